"""Mean-field theory: how the variance of signals and gradients goes through random layers of great width.

Poole et al. 2016, "Exponential expressivity in deep neural networks through transient chaos"; Schoenholz et al. 2017,
"Deep information propagation". Weights are N(0, σ_w² / fan_in) and biases N(0, σ_b²), so σ_w² = std² · fan_in; q is
the variance of a layer's pre-activations, and z below is a standard normal variable.
"""

import math
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
import numpy.typing as npt

from model.network.activations import ACTIVATIONS, LEAKY_SLOPE, SELU_ALPHA, SELU_SCALE

Floats = npt.NDArray[np.float64]

SMALLEST_Q, LARGEST_Q = 1e-20, 1e20
"""Between these a fixed point is looked for; below it counts as 0, above as infinite."""
_STEP = 0.14
_FARTHEST = 10.0
"""Standard deviations beyond which the normal density adds less than 1e-21."""
_DEEP = 12.0
"""Powers of e below 1/√q from which on φ is as good as constant on the way to 0."""
_AT_ONCE = 64
"""Values of q that are worked on at a time, so that they stay in the cache."""
_SAME = 1e-10
_CLOSE = 1e-13


@dataclass(frozen=True, slots=True, eq=False)
class Moments:
    """What the recursion over layers needs, for each variance q of the pre-activations.

    Attributes
    ----------
    mean : E φ(√q z)
    square : E φ(√q z)²
    slope : E φ'(√q z)²
    fourth : E φ(√q z)⁴
    slope_fourth : E φ'(√q z)⁴
    """

    mean: Floats
    square: Floats
    slope: Floats
    fourth: Floats
    slope_fourth: Floats


@dataclass(frozen=True, slots=True)
class _Edge:
    """A moment's limits where q is 0 and where it is infinite."""

    zero: tuple[float, ...]
    infinite: tuple[float, ...]


# ∫ φ'² / √(2π) of the bounded activations: what √q E φ'² comes to as q grows.
_STEEPEST: dict[str, float] = {"tanh": 4 / 3 / np.sqrt(2 * np.pi), "sigmoid": 1 / 6 / np.sqrt(2 * np.pi)}

# φ is linear on either side of 0, so that the moments are exact: slopes below and above (He et al. 2015).
_PIECEWISE: dict[str, tuple[float, float]] = {
    "relu": (0.0, 1.0),
    "leaky_relu": (LEAKY_SLOPE, 1.0),
    "linear": (1.0, 1.0),
}
_EDGES: dict[str, _Edge] = {
    "tanh": _Edge((0.0, 0.0, 1.0, 0.0, 1.0), (0.0, 1.0, 0.0, 1.0, 0.0)),
    "sigmoid": _Edge((0.5, 0.25, 1 / 16, 1 / 16, 1 / 256), (0.5, 0.5, 0.0, 0.5, 0.0)),
    "gelu": _Edge((0.0, 0.0, 0.25, 0.0, 1 / 16), (np.inf, np.inf, 0.5, np.inf, 0.5)),
    "selu": _Edge(
        (0.0, 0.0, SELU_SCALE**2 * (1 + SELU_ALPHA**2) / 2, 0.0, SELU_SCALE**4 * (1 + SELU_ALPHA**4) / 2),
        (np.inf, np.inf, SELU_SCALE**2 / 2, np.inf, SELU_SCALE**4 / 2),
    ),
}


def moments(activation: str, q: npt.ArrayLike) -> Moments:
    """Compute the moments of φ and φ' under normal pre-activations of variance q.

    Parameters
    ----------
    activation : a key of ACTIVATIONS
    q : any shape, 0 to inf; at 0 and inf the limits are given, NaN stays NaN

    Returns
    -------
    Moments of the shape of q, with a relative error below 1e-9 for q from 1e-20 to 1e20; exact for relu,
    leaky_relu and linear

    Raises
    ------
    ValueError : no such activation, or a q below 0
    """
    _require_known(activation)
    variance = _variance("q", q)
    if activation in _PIECEWISE:
        below, above = _PIECEWISE[activation]
        even, known = (below**2 + above**2) / 2, np.where(np.isnan(variance), np.nan, 1.0)
        fourth = (below**4 + above**4) / 2
        with np.errstate(over="ignore"):
            mean = (above - below) / np.sqrt(2 * np.pi) * np.sqrt(variance) if above > below else 0 * known
            squares = np.asarray(even * variance)
            return Moments(np.asarray(mean), squares, even * known, 3 * fourth * variance**2, fourth * known)
    flat = variance.ravel()
    results = np.full((5, flat.size), np.nan)
    inside = np.flatnonzero((flat > 0) & (flat < np.inf))
    for start in range(0, inside.size, _AT_ONCE):
        part = inside[start : start + _AT_ONCE]
        results[:, part] = _quadrature(activation, flat[part])
    edge = _EDGES[activation]
    results[:, flat == 0] = np.array(edge.zero)[:, None]
    results[:, flat == np.inf] = np.array(edge.infinite)[:, None]
    return Moments(*results.reshape(5, *variance.shape))


def q_map(activation: str, q: npt.ArrayLike, sigma_w2: npt.ArrayLike, sigma_b2: npt.ArrayLike = 0.0) -> Floats:
    """Compute the next layer's variance q' = σ_w² E φ(√q z)² + σ_b² (Poole et al. 2016, eq. 3).

    Parameters
    ----------
    activation : a key of ACTIVATIONS
    q, sigma_w2, sigma_b2 : variances, 0 to inf, of any shapes that go together; NaN stays NaN

    Returns
    -------
    q' in the shape that they have together

    Raises
    ------
    ValueError : no such activation, or a variance below 0
    """
    weight, bias = _variance("sigma_w2", sigma_w2), _variance("sigma_b2", sigma_b2)
    square = moments(activation, q).square
    with np.errstate(over="ignore", invalid="ignore"):
        # also where the square is infinite
        grown = np.where((weight == 0) & ~np.isnan(square), 0.0, weight * square)
        return np.add(grown, bias)  # of numbers a number, as from any ufunc


def q_star(activation: str, sigma_w2: float, sigma_b2: float = 0.0) -> float:
    """Find the variance that a network of endless depth comes to, from q = 1 on: a fixed point of `q_map`.

    Returns
    -------
    q*; 0 where it is below SMALLEST_Q because the signal dies out, inf where it grows for ever, NaN where a variance
    is. Where every q is a fixed point, as for a ReLU with σ_w² = 2 and σ_b² = 0, it is where it began: 1.

    Raises
    ------
    ValueError : no such activation, or a variance below 0
    """
    return _q_star(*_checked(activation, sigma_w2, sigma_b2))


@lru_cache(maxsize=256)
def _q_star(activation: str, sigma_w2: float, sigma_b2: float) -> float:
    if not np.isfinite(sigma_w2 + sigma_b2):
        return sigma_w2 + sigma_b2
    if activation in _PIECEWISE:
        below, above = _PIECEWISE[activation]
        rate = sigma_w2 * (below**2 + above**2) / 2
        if abs(rate - 1) <= _SAME:
            return 1.0 if sigma_b2 == 0 else np.inf
        return sigma_b2 / (1 - rate) if rate < 1 else np.inf

    def excess(log_q: npt.ArrayLike) -> Floats:
        q = np.exp(np.asarray(log_q, dtype=np.float64))
        with np.errstate(divide="ignore"):
            return np.asarray(np.log(q_map(activation, q, sigma_w2, sigma_b2) / q))

    here = float(excess(0.0))
    if abs(here) <= _SAME:
        return 1.0
    # the map rises with q, so that its iteration moves one way, to the first fixed point there
    end = np.log(LARGEST_Q if here > 0 else SMALLEST_Q)
    places = np.linspace(0.0, end, 185)
    ahead = np.sign(here) * excess(places)
    (passed,) = np.nonzero(ahead < -_SAME)
    if not len(passed):
        # a bounded φ is at its limit there; any other grows for ever
        return float(sigma_w2 * _EDGES[activation].infinite[1] + sigma_b2) if here > 0 else 0.0
    (before,) = np.nonzero(ahead[: passed[0]] > 0)
    low, high = places[before[-1]], places[passed[0]]
    while abs(high - low) > _CLOSE:
        places = np.linspace(low, high, 32)
        last = int(np.nonzero(np.sign(here) * excess(places) > 0)[0].max(initial=0))
        low, high = places[last], places[min(last + 1, len(places) - 1)]
    return float(np.exp((low + high) / 2))


def chi_1(activation: str, sigma_w2: float, sigma_b2: float = 0.0) -> float:
    """Compute χ₁ = σ_w² E φ'(√q* z)²: how much the gradient's variance changes from layer to layer.

    Below 1 gradients vanish and close inputs become alike; above 1 they explode and close inputs part (Schoenholz
    et al. 2017, eq. 5). σ_w² / 2 exactly for a ReLU. Where q* is 0 or inf, the limit; NaN where a variance is.

    Raises
    ------
    ValueError : no such activation, or a variance below 0
    """
    return _chi_1(*_checked(activation, sigma_w2, sigma_b2))


@lru_cache(maxsize=256)
def _chi_1(activation: str, sigma_w2: float, sigma_b2: float) -> float:
    q = _q_star(activation, sigma_w2, sigma_b2)
    if q > LARGEST_Q and activation in _STEEPEST:
        return _STEEPEST[activation] * sigma_w2 / math.sqrt(q) if sigma_w2 < np.inf else np.inf
    return float(sigma_w2 * moments(activation, q).slope)


def depth_scale(activation: str, sigma_w2: float, sigma_b2: float = 0.0) -> float:
    """Compute ξ = -1 / ln χ₁ in layers: over ξ layers the gradient's variance falls by e (Schoenholz et al. 2017).

    Negative where gradients explode (it grows by e over |ξ| layers), inf where χ₁ is 1, 0 where it is 0 or infinite,
    NaN where a variance is. Raises ValueError as `chi_1` does.
    """
    chi = chi_1(activation, sigma_w2, sigma_b2)
    if chi <= 0 or chi == np.inf:
        return 0.0
    return np.inf if abs(chi - 1) <= _SAME else float(-1 / np.log(chi))


def _require_known(activation: str) -> None:
    if activation not in ACTIVATIONS:
        raise ValueError(f"no activation {activation!r}; there are {', '.join(ACTIVATIONS)}")


def _variance(name: str, value: npt.ArrayLike) -> Floats:
    """Give a variance as an array; NaN is let through, as everywhere in NumPy."""
    variance = np.asarray(value, dtype=np.float64)
    if np.any(variance < 0):
        raise ValueError(f"{name} is a variance: it must be 0 or larger")
    return variance


def _checked(activation: str, sigma_w2: float, sigma_b2: float) -> tuple[str, float, float]:
    _require_known(activation)
    return activation, float(_variance("sigma_w2", sigma_w2)), float(_variance("sigma_b2", sigma_b2))


def _quadrature(activation: str, q: Floats) -> Floats:
    """Integrate φ, φ², φ'², φ⁴ and φ'⁴ against the normal density for each q (n,), with the trapezium rule in ln |z|.

    The rule converges exponentially for functions that are analytic in a strip about the line and fade at both
    ends (Trefethen & Weideman 2014, "The exponentially convergent trapezoidal rule"). In ln |z| a kink at 0 is an
    end, and every scale 1/√q is as wide as any other.
    """
    root = np.sqrt(q)
    deep = _DEEP + max(0.0, float(np.log(root.max())))
    z = np.exp(np.arange(np.log(_FARTHEST), -deep, -_STEP))
    weight = _STEP / np.sqrt(2 * np.pi) * z * np.exp(-0.5 * z * z)
    weight[-1] /= 1 - np.exp(-_STEP)  # and all that would follow, where nothing changes any more
    phi = ACTIVATIONS[activation]
    total = np.zeros((5, q.size))
    with np.errstate(over="ignore", under="ignore"):
        for side in (-1.0, 1.0):
            x = np.multiply.outer(root, side * z)
            h = phi.forward(x)
            slope = phi.derivative(x, h)
            squares, slopes = h * h, slope * slope
            total += [h @ weight, *(part @ weight for part in (squares, slopes, squares * squares, slopes * slopes))]
    return total
