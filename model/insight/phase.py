"""The plane of σ_w² and σ_b²: where the signal of an endless network comes to rest, and what its gradients do there.

Poole et al. 2016, "Exponential expressivity in deep neural networks through transient chaos"; Schoenholz et al. 2017,
"Deep information propagation". The formulas are those of `theory`, here for many points of the plane at once.
"""

from dataclasses import dataclass
from functools import lru_cache

import numpy as np
import numpy.typing as npt

from model.insight.theory import moments
from model.training.frame import Frame

Floats = npt.NDArray[np.float64]
Bools = npt.NDArray[np.bool_]
Indices = npt.NDArray[np.intp]

_STEP = 0.1
"""Between the values of ln q that are looked up."""
_FARTHEST = 27.6
"""Largest |ln q| that is looked up: a q* below 1e-12 counts as 0, one above 1e12 as infinite."""
_AT_ONCE = 32
"""Points that are worked on at a time, so that no call takes long."""
_HALVINGS = 40
_SAME = 1e-10
_ENDLESS = -1


@dataclass(frozen=True, slots=True, eq=False)
class Rest:
    """Where the signal comes to rest at points of the plane, all of one shape.

    Attributes
    ----------
    q : q*, the fixed point that q comes to from 1 on; 0 where the signal dies out, inf where it grows for ever
    chi : χ₁ = σ_w² E φ'(√q* z)², at its limit where q* is 0 or inf
    """

    q: Floats
    chi: Floats


@dataclass(frozen=True, slots=True)
class LayerPlace:
    """Where a layer's initial weights and biases lie in the plane.

    Attributes
    ----------
    layer : 1 for W1 and b1, …
    sigma_w2 : fan_in · Var W, inf where that overflows
    sigma_b2 : Var b
    """

    layer: int
    sigma_w2: float
    sigma_b2: float


@dataclass(frozen=True, slots=True, eq=False)
class _Table:
    """Moments over q, evenly spaced in ln q, with q = 1 in the middle; and the limits of E φ'² at q = 0 and inf."""

    log_q: Floats
    square: Floats
    slope: Floats
    slope_at_zero: float
    slope_at_infinity: float


def layer_places(frame: Frame) -> tuple[LayerPlace, ...]:
    """Place every layer by the spread that its initial weights and biases were given."""
    rows = zip(
        frame.layout.sizes[:-1], frame.stds, getattr(frame, "bias_stds", (0.0,) * frame.layout.n_layers), strict=True
    )
    with np.errstate(over="ignore"):
        return tuple(
            LayerPlace(layer, float(fan_in * np.float64(std) ** 2), float(np.float64(bias_std) ** 2))
            for layer, (fan_in, std, bias_std) in enumerate(rows, start=1)
        )


def rest(activation: str, sigma_w2: npt.ArrayLike, sigma_b2: npt.ArrayLike) -> Rest:
    """Find q* and χ₁ at many points at once, as `theory.q_star` and `theory.chi_1` do for one.

    Parameters
    ----------
    activation : a key of ACTIVATIONS
    sigma_w2, sigma_b2 : finite variances, 0 or larger, of any shapes that go together

    Returns
    -------
    Rest of the shape that they have together, with a relative error below 1e-5: the moments between looked-up values
    of q are those of a cubic through four of them
    """
    weight, bias = np.broadcast_arrays(np.asarray(sigma_w2, np.float64), np.asarray(sigma_b2, np.float64))
    table = _table(activation)
    w, b = weight.ravel(), bias.ravel()
    up, left = np.empty(w.size, np.bool_), np.empty(w.size, np.intp)
    for start in range(0, w.size, _AT_ONCE):
        part = slice(start, start + _AT_ONCE)
        up[part], left[part] = _way(table, w[part], b[part])
    q, slope = _settled(table, w, b, up, left)
    return Rest(q.reshape(weight.shape), (w * slope).reshape(weight.shape))


@lru_cache(maxsize=16)
def rest_of(activation: str, places: tuple[LayerPlace, ...]) -> Rest:
    """Find q* and χ₁ (n,) of layers, as if all of a network were like each; NaN where a variance is infinite."""
    w, b = (np.array(at) for at in ([one.sigma_w2 for one in places], [one.sigma_b2 for one in places]))
    finite = np.isfinite(w) & np.isfinite(b)
    found = rest(activation, np.where(finite, w, 0.0), np.where(finite, b, 0.0))
    return Rest(np.where(finite, found.q, np.nan), np.where(finite, found.chi, np.nan))


def line_of(activation: str, chi: float, sigma_b2: Floats, within: tuple[float, float]) -> Floats:
    """Find for each σ_b² (n,) the σ_w² at which χ₁ passes a value, by halving the interval `within`.

    With `chi` 1 that is the critical line, between the ordered phase, where gradients vanish, and the chaotic one.

    Returns
    -------
    (n,) σ_w²; NaN where χ₁ does not pass the value within the interval. Where χ₁ jumps past it, as for a GELU with
    little bias, the place of the jump
    """
    low, high = (np.full(len(sigma_b2), end) for end in within)
    passes = (rest(activation, low, sigma_b2).chi < chi) & (rest(activation, high, sigma_b2).chi >= chi)
    for _ in range(_HALVINGS):
        middle = (low + high) / 2
        below = rest(activation, middle, sigma_b2).chi < chi
        low, high = np.where(below, middle, low), np.where(below, high, middle)
    return np.where(passes, high, np.nan)


@lru_cache(maxsize=8)
def _table(activation: str) -> _Table:
    n = round(_FARTHEST / _STEP)
    log_q: Floats = _STEP * np.arange(-n, n + 1, dtype=np.float64)
    found, ends = moments(activation, np.exp(log_q)), moments(activation, [0.0, np.inf])
    return _Table(log_q, found.square, found.slope, float(ends.slope[0]), float(ends.slope[1]))


def _way(table: _Table, w: Floats, b: Floats) -> tuple[Bools, Indices]:
    """Follow the map from q = 1 on: whether it goes up, and before which looked-up q it ends; -1 where it does not."""
    one = len(table.log_q) // 2
    with np.errstate(over="ignore"):
        grows = np.multiply.outer(w, table.square) + b[:, None] > np.exp(table.log_q)
    up = grows[:, one]
    above, below = np.argmin(grows[:, one:], axis=1), np.argmax(grows[:, one::-1], axis=1)
    left = np.where(up, one + above - 1, one - below)
    return up, np.where(np.where(up, above, below) > 0, left, _ENDLESS)


def _settled(table: _Table, w: Floats, b: Floats, up: Bools, left: Indices) -> tuple[Floats, Floats]:
    """Place each fixed point between two looked-up values of q; give q* and E φ'² there."""
    one = len(table.log_q) // 2
    around = np.clip(left, 1, len(table.log_q) - 3)[:, None] + np.arange(-1, 3)
    with np.errstate(divide="ignore", over="ignore"):
        excess = np.log(w[:, None] * table.square[around] + b[:, None]) - table.log_q[around]
        still = np.abs(np.log(w * table.square[one] + b)) <= _SAME
    share = _root(np.where(np.isfinite(excess), excess, -1.0))
    ended = left != _ENDLESS
    q = np.where(ended, np.exp(table.log_q[around[:, 1]] + _STEP * share), np.where(up, np.inf, 0.0))
    limits = np.where(up, table.slope_at_infinity, table.slope_at_zero)
    slope = np.where(ended, _cubic(table.slope[around], share), limits)
    return np.where(still, 1.0, q), np.where(still, table.slope[one], slope)


def _root(excess: Floats) -> Floats:
    """Find where the cubics through four points (n, 4) at -1, 0, 1, 2 are 0 between 0 and 1, by halving."""
    low, high = np.zeros(len(excess)), np.ones(len(excess))
    falls = excess[:, 1] > excess[:, 2]
    for _ in range(30):
        middle = (low + high) / 2
        beyond = (_cubic(excess, middle) < 0) == falls
        low, high = np.where(beyond, low, middle), np.where(beyond, middle, high)
    return (low + high) / 2


def _cubic(values: Floats, share: Floats) -> Floats:
    """Read the cubics through four points (n, 4) at -1, 0, 1, 2 at a place each (n,)."""
    t = share
    weights = (
        -t * (t - 1) * (t - 2) / 6,
        (t + 1) * (t - 1) * (t - 2) / 2,
        -(t + 1) * t * (t - 2) / 2,
        (t + 1) * t * (t - 1) / 6,
    )
    return np.asarray(sum(weight * values[:, k] for k, weight in enumerate(weights)))
