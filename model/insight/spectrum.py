"""The singular values of the weight matrices, and where those of untrained ones lie.

Marchenko & Pastur 1967, "Distribution of eigenvalues for some sets of random matrices"; what training has learned
leaves that bulk (Martin & Mahoney 2021, "Implicit self-regularization in deep neural networks", count such spikes).
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
import numpy.typing as npt

from model.insight.passes import weights_of
from model.network.blas import one_blas_thread
from model.network.initializers import ORTHONORMAL
from model.training.frame import Frame, Parameters

Reals = npt.NDArray[np.floating]
Floats = npt.NDArray[np.float64]

QUICK_WORK, MOST_WORK = 2e8, 4e9
"""Multiplications, about, that the decompositions of a figure may take: of the first one of a run, and of others."""
CHANCE = 3.2724
"""The 99.9 % point of the Tracy–Widom law of order 1: an untrained matrix has 1 chance in 1,000 to pass it."""
_BRIEF_WORK = 4e6
"""Multiplications that NumPy may make at a stretch while it holds the GIL; it lets go where it gives back more
numbers than _UNHELD."""
_UNHELD = 500
_ROUNDING = 16.0
"""Units in the last place of a weight by which the singular values of an orthonormal matrix may differ."""


@dataclass(frozen=True, slots=True)
class Edges:
    """Where the singular values of an untrained matrix lie.

    Attributes
    ----------
    low, high : std · |√fan_in − √fan_out| and std · (√fan_in + √fan_out), the ends of the Marchenko–Pastur bulk; both
        the scale itself where all singular values are equal, as those of an orthonormal matrix
    least, most : how far beyond the edges chance may take the smallest and the largest one; see `edges_of`
    """

    low: float
    high: float
    least: float
    most: float

    @property
    def single(self) -> bool:
        """Whether all values are expected to be equal, and not 0."""
        return self.low == self.high > 0


@dataclass(frozen=True, slots=True, eq=False)
class Spectrum:
    """The singular values of one weight matrix.

    Attributes
    ----------
    layer : 1 for W1
    values : (k,) now, k = min(fan_in, fan_out), the largest first; what rounding leaves of a 0 is 0; empty where the
        matrix is not finite, or too large to be decomposed in time
    initial : the same before the first step
    edges : of the initial matrix; None where its std is not finite
    finite, measured : whether the matrix is finite now; whether it was small enough to be decomposed
    """

    layer: int
    values: Floats
    initial: Floats
    edges: Edges | None
    finite: bool
    measured: bool

    @property
    def condition(self) -> float:
        """Largest by smallest singular value; inf where the smallest is 0, NaN of nothing but zeros."""
        if not len(self.values) or self.values[0] == 0:
            return math.nan
        return float(self.values[0] / self.values[-1]) if self.values[-1] else math.inf

    @property
    def stable_rank(self) -> float:
        """‖W‖_F² / ‖W‖₂², between 1 and the rank; NaN of nothing but zeros."""
        if not len(self.values) or self.values[0] == 0:
            return math.nan
        return float(np.square(self.values / self.values[0]).sum())

    @property
    def above(self) -> int:
        """How many values lie farther above the bulk than chance would take them."""
        return int(np.count_nonzero(self.values > self.edges.most)) if self.edges else 0

    @property
    def below(self) -> int:
        """How many values lie farther below the bulk than chance would take them."""
        return int(np.count_nonzero(self.values < self.edges.least)) if self.edges else 0


def spectra(frame: Frame, sample: int = 0) -> tuple[Spectrum, ...]:
    """Decompose every weight matrix as it is, and as it was before the first step.

    Parameters
    ----------
    sample : not 0 for a first look, which leaves out large matrices
    """
    work = QUICK_WORK if sample else MOST_WORK
    initial = _all_values(frame.initial, work)
    now = _all_values(frame.params, work) if frame.step else initial
    matrices = weights_of(frame.params)
    return tuple(
        Spectrum(
            layer,
            values.values,
            before.values,
            edges_of(matrix.shape[0], matrix.shape[1], std, matrix.dtype, orthonormal=is_orthonormal(frame)),
            values.finite,
            values.measured,
        )
        for layer, (matrix, std, values, before) in enumerate(
            zip(matrices, frame.stds, now, initial, strict=True), start=1
        )
    )


def is_orthonormal(frame: Frame) -> bool:
    """Whether the run began with orthonormal weights; those of a file are taken for independent ones."""
    return frame.spec.init in ORTHONORMAL and frame.spec.weights is None


def edges_of(
    fan_in: int, fan_out: int, std: float, dtype: npt.DTypeLike = np.float64, *, orthonormal: bool = False
) -> Edges | None:
    """Tell where the singular values of a matrix of independent entries lie, and how far chance may take them.

    The largest squared one fluctuates about (√(n − ½) + √(k − ½))² by (√(n − ½) + √(k − ½)) (1/√(n − ½) + 1/√(k − ½))^⅓
    times a variable of the Tracy–Widom law, n and k being the larger and the smaller of the two fans; the smallest one
    likewise with minus signs, downwards (Johnstone 2001; Ma 2012, "Accuracy of the Tracy–Widom limits for the extreme
    eigenvalues in white Wishart matrices"). CHANCE of such sizes is allowed for. Those of an orthonormal matrix are all
    std · √n, up to the rounding of its entries.

    Returns
    -------
    None where the std is not finite
    """
    n, k = max(fan_in, fan_out), min(fan_in, fan_out)
    if not math.isfinite(std):
        return None
    if orthonormal:
        scale = std * math.sqrt(n)
        rounding = _ROUNDING * float(np.finfo(dtype).eps)
        return Edges(scale, scale, scale * (1 - rounding), scale * (1 + rounding))
    outer, inner = math.sqrt(n - 0.5), math.sqrt(k - 0.5)
    largest = (outer + inner) ** 2 + CHANCE * (outer + inner) * (1 / outer + 1 / inner) ** (1 / 3)
    smallest = (outer - inner) ** 2 - CHANCE * (outer - inner) * (1 / inner - 1 / outer) ** (1 / 3)
    return Edges(
        std * (math.sqrt(n) - math.sqrt(k)),
        std * (math.sqrt(n) + math.sqrt(k)),
        std * math.sqrt(max(smallest, 0.0)),
        std * math.sqrt(largest),
    )


def bulk_density(s: Floats, fan_in: int, fan_out: int, std: float) -> Floats:
    """Give how many singular values of an untrained matrix are expected at s, per unit of s (Marchenko & Pastur).

    √((s₊² − s²)(s² − s₋²)) / (π std² s) between the edges s₋ and s₊, 0 elsewhere; its integral is min(fan_in, fan_out).
    """
    s = np.asarray(s, dtype=np.float64) / std
    low, high = (math.sqrt(fan_in) - math.sqrt(fan_out)) ** 2, (math.sqrt(fan_in) + math.sqrt(fan_out)) ** 2
    with np.errstate(all="ignore"):
        inside = np.clip((high - s * s) * (s * s - low), 0.0, None)
        return np.where(s > 0, np.sqrt(inside) / (math.pi * s), 0.0) / std


def singular_values(matrices: Reals) -> Floats:
    """Decompose matrices (…, m, n) into their singular values (…, k), without holding the GIL for long.

    In float64. Not by the eigenvalues of WᵀW, which lose half the digits: a condition number of 10⁸ would be noise.
    What lies below the rounding of the largest value becomes 0.
    """
    a = np.asarray(matrices, dtype=np.float64)
    m, n = a.shape[-2:]
    k, count = min(m, n), math.prod(a.shape[:-2])
    held = count * k <= _UNHELD and count * m * n * k > _BRIEF_WORK
    with one_blas_thread:
        values = np.linalg.svd(a, full_matrices=False)[1] if held else np.linalg.svd(a, compute_uv=False)
    rounding = max(m, n) * np.finfo(np.float64).eps
    return np.asarray(np.where(values > rounding * values[..., :1], values, 0.0), dtype=np.float64)


def work_of(shapes: Sequence[tuple[int, ...]]) -> list[float]:
    """Estimate the multiplications that the decomposition of each takes."""
    return [math.prod(shape) * float(min(shape)) for shape in shapes]


@dataclass(frozen=True, slots=True, eq=False)
class _Values:
    values: Floats
    finite: bool
    measured: bool


@lru_cache(maxsize=64)
def still_values(params: Parameters, sample: int = 0) -> tuple[Floats, ...]:
    """Give the singular values of W1, W2, … of a compared run, empty where `spectra` leaves them out."""
    found = _all_values.__wrapped__(params, QUICK_WORK if sample else MOST_WORK)
    return tuple(one.values for one in found)


@lru_cache(maxsize=4)
def _all_values(params: Parameters, most: float) -> tuple[_Values, ...]:
    """Decompose W1, W2, …, the small ones first, until the work is done that may be."""
    matrices = weights_of(params)
    works = work_of([matrix.shape for matrix in matrices])
    found: dict[int, _Values] = {}
    for place in sorted(range(len(works)), key=works.__getitem__):
        most -= works[place]
        found[place] = _values(matrices[place]) if most >= 0 else _Values(np.empty(0), finite=True, measured=False)
    return tuple(found[place] for place in range(len(matrices)))


def _values(matrix: Reals) -> _Values:
    largest = float(np.abs(matrix).max())
    if not math.isfinite(largest):
        return _Values(np.empty(0), finite=False, measured=True)
    if largest == 0:
        return _Values(np.zeros(min(matrix.shape)), finite=True, measured=True)
    with np.errstate(all="ignore"):  # of weights near the largest number a singular value may overflow
        return _Values(largest * singular_values(matrix / np.float64(largest)), finite=True, measured=True)
