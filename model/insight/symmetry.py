"""How alike the hidden units of a layer are: those that begin alike and are fed alike learn as one."""

from dataclasses import dataclass
from functools import lru_cache

import numpy as np
import numpy.typing as npt

from model.insight.passes import spread_rows
from model.network.blas import one_blas_thread
from model.training.frame import Frame, Parameters

Reals = npt.NDArray[np.floating]
Floats = npt.NDArray[np.float64]
Indices = npt.NDArray[np.intp]

MOST_UNITS = 400
"""Units that are compared with one another; of wider layers so many, evenly spread."""
ALIKE = 1 - 1e-6
"""Units whose vectors have a larger cosine point the same way."""
AS_LONG = 1e-3
"""The share by which the lengths of units may differ that point the same way and count as one."""


@dataclass(frozen=True, slots=True, eq=False)
class Symmetry:
    """The units of one hidden layer, each as the vector u_j = (W_l[:, j], b_l[j], W_{l+1}[j, :]).

    Attributes
    ----------
    layer : 1 for the first hidden layer
    n_units : its width
    units : (k,) indices of the units looked at
    cosines : (k, k) cosine of the angle between two of them; NaN where one is 0 or not finite
    n_distinct : units without a twin before them, of the same direction and length; all that are exactly 0 are twins
    n_directions : units without one before them that points the same way, those that are exactly 0 counted as one
    lengths : (k,) Euclidean norm of each vector
    n_zero, n_bad : units whose vector is exactly 0, or not finite
    difference : the largest distance of a unit from the mean of all, as a share of that mean's length
    order : 1 - mean |u_j - ū|² / mean |u_j|²: 1 where all units are the same, about 1/k where they are independent
    effective_rank : of W_l: exp of the entropy of its singular values' shares (Roy & Vetterli 2007, "The effective
        rank: a measure of effective dimensionality"); 0 where W_l is, NaN where it is not finite
    """

    layer: int
    n_units: int
    units: Indices
    cosines: Floats
    n_distinct: int
    n_directions: int
    lengths: Floats
    n_zero: int
    n_bad: int
    difference: float
    order: float
    effective_rank: float


def symmetry(params: Parameters, layer: int) -> Symmetry:
    """Compare the units of a hidden layer; the same parameters asked twice cost once."""
    with one_blas_thread:
        return _symmetry(params, layer)


def unmoved(frame: Frame) -> list[str]:
    """Name the weights that training has left exactly as they were, bit by bit; none before the first step."""
    if frame.step == 0:
        return []
    names = [name for name in frame.params if name.startswith("W")]
    return [name for name in names if np.array_equal(frame.params[name], frame.initial[name], equal_nan=True)]


def unit_vectors(params: Parameters, layer: int, units: Indices) -> Floats:
    """Gather (W_l[:, j], b_l[j], W_{l+1}[j, :]) of these units as rows (k, fan_in + 1 + fan_out)."""
    parts = (params[f"W{layer}"][:, units].T, params[f"b{layer}"][units, None], params[f"W{layer + 1}"][units])
    return np.concatenate(parts, axis=1, dtype=np.float64)


def effective_rank(matrix: Reals) -> float:
    """Compute the effective rank of a matrix (Roy & Vetterli 2007): between 1 and its rank, 0 for zeros."""
    largest = float(np.abs(matrix).max())
    if not np.isfinite(largest):
        return np.nan
    if largest == 0:
        return 0.0
    scaled = matrix.astype(np.float64) / largest
    # the squares of the singular values, of the smaller of the two products
    gram = scaled @ scaled.T if matrix.shape[0] < matrix.shape[1] else scaled.T @ scaled
    singular = np.sqrt(np.clip(np.linalg.eigvalsh(gram), 0, None))
    shares = singular[singular > 0] / singular.sum()
    return float(np.exp(-(shares * np.log(shares)).sum()))


@lru_cache(maxsize=64)
def _symmetry(params: Parameters, layer: int) -> Symmetry:
    n_units = params[f"W{layer}"].shape[1]
    units = spread_rows(n_units, min(n_units, MOST_UNITS))
    u = unit_vectors(params, layer, units)
    largest = np.abs(u).max(axis=1)
    finite = np.isfinite(largest)
    zero = largest == 0
    with np.errstate(all="ignore"):
        scaled = u / largest[:, None]  # before squaring, which would overflow or vanish
        sizes = np.sqrt((scaled * scaled).sum(axis=1))
        scaled /= sizes[:, None]
        lengths = np.where(zero, 0.0, largest * sizes)
        cosines = np.clip(scaled @ scaled.T, -1, 1)
        as_long = np.abs(lengths[:, None] / lengths - 1) <= AS_LONG
    n_zero = int(zero.sum())
    n_distinct, n_directions = (
        int(np.count_nonzero(finite & ~zero & ~np.triu(alike, 1).any(axis=0))) + (n_zero > 0)
        for alike in ((cosines > ALIKE) & as_long, cosines > ALIKE)
    )
    difference, order = _agreement(u[finite] / max(float(largest[finite].max(initial=0.0)), 1e-300))
    return Symmetry(
        layer,
        n_units,
        units,
        cosines,
        n_distinct,
        n_directions,
        lengths,
        n_zero,
        int(np.count_nonzero(~finite)),
        difference,
        order,
        effective_rank(params[f"W{layer}"]),
    )


def _agreement(u: Floats) -> tuple[float, float]:
    """How far the units are from their mean, and the order parameter; NaN where all are 0."""
    if not u.any():
        return (0.0 if len(u) else np.nan), np.nan
    mean = u.mean(axis=0)
    squares = ((u - mean) ** 2).sum(axis=1)
    length = float(np.sqrt((mean * mean).sum()))
    with np.errstate(all="ignore"):
        order = 1 - float(squares.mean() / (u * u).sum(axis=1).mean())
    return (float(np.sqrt(squares.max())) / length if length else np.inf), order
