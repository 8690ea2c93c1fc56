"""Dynamical isometry: the singular values of the Jacobian from the inputs to each layer, measured and expected.

Pennington, Schoenholz & Ganguli 2017, "Resurrecting the sigmoid in deep learning through dynamical isometry": signals
and gradients keep their size in every direction where all singular values of the input–output Jacobian are near 1. The
Jacobian of layer l is J_l = ∂z_l/∂x = W_lᵀ D_(l−1) … D_1 W_1ᵀ, with the slopes φ'(z) of a sample on the diagonals D.
"""

import math
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from itertools import pairwise

import numpy as np
import numpy.typing as npt

from model.data.dataset import Dataset, cast
from model.insight.passes import passes_of, spread_rows, weights_of
from model.insight.spectrum import is_orthonormal, singular_values
from model.insight.theory import Moments, moments
from model.network.activations import ACTIVATIONS
from model.network.blas import one_blas_thread
from model.training.frame import Frame, Parameters

Floats = npt.NDArray[np.float64]

QUICK_WORK, MOST_WORK = 2e7, 1e8
"""Multiplications, about, that the Jacobians of all samples may take: for the first figure of a run, and for others."""
_MOST_SAMPLES = 64
_TOO_MUCH = 1e9
"""Multiplications for one sample beyond which none is looked at."""
_FEW, _MANY = 0.1, 0.9
"""Shares of the singular values that lie below the ends of the whiskers."""


@dataclass(frozen=True, slots=True, eq=False)
class Isometry:
    """The singular values s of ∂z_l/∂x, of all samples together, for l = 1 … n_layers; NaN where not finite.

    Attributes
    ----------
    n : samples looked at; 0 where a Jacobian is too large
    k : (n_layers,) singular values of each Jacobian that can differ from 0: no more than any width on the way
    root_mean_square : (n_layers,) √(mean s²)
    spread : (n_layers,) standard deviation of s² by its mean, of each sample, and its mean over the samples
    low, middle, high : (n_layers,) the 10 %, 50 % and 90 % points of s
    largest : (n_layers,)
    """

    n: int
    k: npt.NDArray[np.intp]
    root_mean_square: Floats
    spread: Floats
    low: Floats
    middle: Floats
    high: Floats
    largest: Floats


@dataclass(frozen=True, slots=True, eq=False)
class Expected:
    """What is expected before the first step: (n_layers,) each, as in Isometry."""

    root_mean_square: Floats
    spread: Floats


def isometry(frame: Frame, sample: int = 0) -> Isometry:
    """Measure the Jacobians of the network as it is, on training samples evenly spread.

    Parameters
    ----------
    sample : not 0 for a first look, at fewer samples
    """
    params = frame.params if frame.step else frame.initial
    return _measured(params, frame.data, frame.spec.activation, QUICK_WORK if sample else MOST_WORK)


def initial_isometry(frame: Frame, sample: int = 0) -> Isometry:
    """Measure the same before the first step."""
    return _measured(frame.initial, frame.data, frame.spec.activation, QUICK_WORK if sample else MOST_WORK)


def expected_isometry(frame: Frame) -> Expected:
    """Compute what is expected before the first step, for the true widths, sample by sample and then their mean.

    Each sample has its own variance q of the pre-activations from layer to layer, as in `expected_variances`. With
    t₁ = tr JJᵀ and t₂ = tr (JJᵀ)², the mean of s² is E t₁ / k and the relative variance of s² is k E t₂ / E t₁² − 1.
    A weight matrix of independent normal entries takes (E t₁, E t₁², E t₂) to the next layer exactly (moments of a
    Wishart matrix), an orthonormal one too (moments of a random projection); slopes that do not depend on the weights
    multiply what is off the diagonal by (E φ'²)² and what is on it by E φ'⁴. So E s² is a product of std² fan E φ'²; in
    layers of great and equal width the relative variance grows by E φ'⁴ / (E φ'²)² a layer, or by 1 less where the
    weights are orthonormal (Pennington et al. 2017, eq. 17).
    """
    spreads = tuple(zip(frame.stds, frame.bias_stds, strict=True))
    return _expected(frame.data, frame.spec.activation, is_orthonormal(frame), spreads, frame.layout.sizes)


# Measured


@lru_cache(maxsize=4)
def _measured(params: Parameters, data: Dataset, activation: str, most: float) -> Isometry:
    sizes = [weights_of(params)[0].shape[0], *(weight.shape[1] for weight in weights_of(params))]
    k = np.minimum.accumulate(sizes)[1:]
    work = _work(sizes)
    n = min(_MOST_SAMPLES, data.n_train, max(1, int(most / work))) if work <= _TOO_MUCH else 0
    found = np.full((6, len(k)), np.nan)
    if n:
        with one_blas_thread, np.errstate(all="ignore"):
            for layer, (scale, values) in enumerate(_jacobians(params, data, activation, n)):
                found[:, layer] = _numbers(scale, values[:, : k[layer]])
    return Isometry(n, k, *found)


def _work(sizes: list[int]) -> float:
    """Estimate the multiplications for one sample: the products and the decompositions."""
    r = min(sizes[:2])
    steps = [fan_in * fan_out * r + fan_out * r * min(fan_out, r) for fan_in, fan_out in pairwise(sizes[1:])]
    return float(sizes[1] * r * r + sum(steps))


def _jacobians(params: Parameters, data: Dataset, activation: str, n: int) -> Iterator[tuple[float, Floats]]:
    """Give for each layer, as far as all is finite, a scale and the singular values (n, k) to be multiplied by it."""
    passed = passes_of(params, data, activation, n)
    phi = ACTIVATIONS[activation]
    slopes = (phi.derivative(z, h) for z, h in zip(passed.pre[:-1], passed.outputs, strict=True))
    first, *others = (weight.astype(np.float64) for weight in weights_of(params))
    scale, jacobian = _scaled(first.T[None])
    if not math.isfinite(scale):
        return
    rank = min(first.shape)
    if first.shape[0] > rank:  # a rotation of the inputs changes no singular value, and leaves as many as units
        u, s, _ = np.linalg.svd(jacobian, full_matrices=False)
        jacobian = u * s[:, None]
    yield scale, np.repeat(singular_values(jacobian), passed.n, axis=0)
    for weight, slope in zip(others, slopes, strict=True):
        factor, jacobian = _scaled(np.matmul(weight.T, slope.astype(np.float64)[:, :, None] * jacobian))
        scale *= factor
        if not math.isfinite(factor):
            return
        yield scale, singular_values(jacobian)


def _scaled(jacobian: Floats) -> tuple[float, Floats]:
    """Take a scale out, so that squares neither overflow nor vanish."""
    largest = float(np.abs(jacobian).max())
    return largest, jacobian / largest if 0 < largest < np.inf else jacobian


def _numbers(scale: float, values: Floats) -> tuple[float, ...]:
    k = values.shape[1]
    squares = values * values
    means = squares.mean(axis=1)
    relative = np.sqrt(np.maximum((squares / means[:, None] - 1) ** 2, 0).mean(axis=1)) if k > 1 else 0 * means
    spread = float(np.nanmean(relative)) if np.isfinite(relative).any() else math.nan
    points = np.quantile(values, [_FEW, 0.5, _MANY])
    sizes = np.array([math.sqrt(float(means.mean())), *points, values.max()]) * scale
    return float(sizes[0]), spread, *map(float, sizes[1:])


# Expected


@lru_cache(maxsize=4)
def _expected(
    data: Dataset,
    activation: str,
    orthonormal: bool,  # noqa: FBT001
    spreads: tuple[tuple[float, float], ...],
    sizes: tuple[int, ...],
) -> Expected:
    x = cast(data.x_train[spread_rows(data.n_train, min(_MOST_SAMPLES, data.n_train))], "float64")
    spread = np.array(spreads)  # its squares may overflow to inf, Python's own may not
    through = _orthonormal if orthonormal else _independent
    d = k = sizes[0]
    traces = _Traces(np.full(len(x), math.log(d)), np.ones(len(x)), np.full(len(x), 1 / d), np.zeros(len(x)))
    found = []
    with np.errstate(all="ignore"):
        q = np.square(spread[0, 0]) * np.square(x).sum(axis=1) + np.square(spread[0, 1])
        for layer, (fan_in, fan_out) in enumerate(pairwise(sizes)):
            std, bias_std = spread[layer]
            if layer:
                known = moments(activation, q)
                traces = _through_slopes(traces, known)
                q = (std**2 * fan_in * known.square if std else np.zeros_like(q)) + bias_std**2
            traces = through(traces, fan_in, fan_out, std)
            k = min(k, fan_out)
            relative = np.sqrt(np.maximum(k * traces.fourth / traces.square - 1, 0))
            if not spread[: layer + 1, 0].all():
                relative = np.full_like(relative, np.nan)  # all are 0, and there is no mean to compare with
            found.append((np.sqrt(np.exp(traces.log_mean).mean() / k), relative.mean()))
    return Expected(*np.array(found).T)


@dataclass(frozen=True, slots=True, eq=False)
class _Traces:
    """Moments of B = JJᵀ for each sample, all but the first by (E t₁)², so that nothing overflows.

    Attributes
    ----------
    log_mean : (n,) ln E t₁
    square, fourth : (n,) E t₁² and E t₂
    diagonal : (n,) E Σ B_ii²
    """

    log_mean: Floats
    square: Floats
    fourth: Floats
    diagonal: Floats


def _independent(of: _Traces, _fan_in: int, fan_out: int, std: float) -> _Traces:
    """Take B to WᵀBW with independent normal entries of W."""
    n = fan_out
    log_mean = of.log_mean + np.log(np.square(std) * n)
    both = of.square + 2 * of.fourth
    return _Traces(log_mean, of.square + 2 * of.fourth / n, of.fourth + (of.square + of.fourth) / n, both / n)


def _orthonormal(of: _Traces, fan_in: int, fan_out: int, std: float) -> _Traces:
    """Take B to WᵀBW with std √n Q for W, where Q has orthonormal columns or rows spread evenly over all such."""
    n, m = fan_in, fan_out
    log_mean = of.log_mean + np.log(np.square(std) * m)
    both = of.square + 2 * of.fourth
    if m >= n:  # B itself is only turned
        return _Traces(log_mean, of.square, of.fourth, both * m / (m * (m + 2)))
    # E P_ij P_kl = α δ_ij δ_kl + β (δ_ik δ_jl + δ_il δ_jk) of a random projection P = QQᵀ of rank m
    beta = m * (n - m) / (n * (n - 1) * (n + 2))
    alpha = m / n - (n + 1) * beta
    share = (m / n) ** 2
    square, fourth = alpha * of.square + 2 * beta * of.fourth, (alpha + beta) * of.fourth + beta * of.square
    return _Traces(log_mean, square / share, fourth / share, both * m / (n * (n + 2)) / share)


def _through_slopes(of: _Traces, slopes: Moments) -> _Traces:
    """Take B to DBD with independent slopes on the diagonal of D."""
    excess = (slopes.slope_fourth / slopes.slope**2 - 1) * of.diagonal
    return _Traces(of.log_mean + np.log(slopes.slope), of.square + excess, of.fourth + excess, of.diagonal)
