"""How many entries of a gradient become 0 in half precision, between bounds: rounding decides some of them.

A gradient is computed in the run's own precision, where 1 − y² of a saturated unit is 0 or a few units in the last
place, as the rounding of y has it. So it is computed anew in float64, with a bound on what rounding may have made of
each number; an entry is then surely lost, surely kept, surely 0, or open.
"""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from model.network.activations import ACTIVATIONS, SELU_ALPHA, SELU_SCALE

Reals = npt.NDArray[np.floating]
Floats = npt.NDArray[np.float64]
Labels = npt.NDArray[np.integer]

TO_ZERO = 2.0**-25
"""The largest size of which the nearest number of fp16 is 0."""
FEW = 4.0
"""Units in the last place by which a result of a few roundings may be wrong."""
MANY = 1000.0
"""… and one of sums over layers, of the size of their terms."""
SURELY_ROUNDED = 1 / 16
"""Up to this part of a unit in the last place below 1 a number is surely taken for 1."""


@dataclass(frozen=True, slots=True)
class Bounds:
    """At least and at most how many entries are other than 0, and how many of these become 0 in fp16."""

    other: tuple[int, int]
    lost: tuple[int, int]


@dataclass(frozen=True, slots=True, eq=False)
class _About:
    """Numbers (n, width), and how far from each the run's own may be."""

    value: Floats
    error: Floats

    def through(self, matrix: Floats, unit: float) -> "_About":
        """Multiply by a matrix (width, m)."""
        size = np.abs(matrix)
        return _About(self.value @ matrix, self.error @ size + unit * (np.abs(self.value) @ size))

    def times(self, other: "_About") -> "_About":
        mine, others = np.abs(self.value), np.abs(other.value)
        error = self.error * others + mine * other.error + self.error * other.error
        return _About(self.value * other.value, error)


def bounds_of(params: Mapping[str, Reals], activation: str, x: Reals, t: Labels, layer: int) -> Bounds:
    """Bound the counts in the gradient of a weight matrix, of the mean loss over samples x (n, n_features), t (n,)."""
    dtype, depth, phi = params["W1"].dtype, len(params) // 2, ACTIVATIONS[activation]
    unit, tiny = float(np.finfo(dtype).eps), float(np.finfo(dtype).smallest_normal)  # smaller ones may be taken for 0
    weights = [params[f"W{k}"].astype(np.float64) for k in range(1, depth + 1)]
    h, z = [x.astype(dtype).astype(np.float64)], list[_About]()
    for k, weight in enumerate(weights, start=1):
        passed = _About(h[-1], np.zeros_like(h[-1])).through(weight, MANY * unit)
        z.append(_About(passed.value + params[f"b{k}"], passed.error))
        h.append(np.asarray(phi.forward(z[-1].value)))
    delta = _of_logits(z[-1].value, t, unit)
    for k in range(depth, layer, -1):
        slope = _slope(activation, z[k - 2], h[k - 1], unit)
        slope = _About(slope.value, slope.error + np.minimum(tiny, np.abs(slope.value)))
        back = delta.through(weights[k - 1].T, MANY * unit).times(slope)
        delta = _About(back.value, back.error + np.minimum(tiny, np.abs(back.value)))
    below = _About(delta.value.T / len(t), delta.error.T / len(t)).through(h[layer - 1], MANY * unit)
    return _counted(np.abs(below.value), below.error, tiny)


def _counted(size: Floats, error: Floats, tiny: float) -> Bounds:
    least, most = size - error, size + error
    sure, possible = least >= tiny, most > 0
    lost, maybe = sure & (most <= TO_ZERO), possible & (least <= TO_ZERO)
    return Bounds(*((int(low.sum()), int(high.sum())) for low, high in ((sure, possible), (lost, maybe))))


def _of_logits(z: Floats, t: Labels, unit: float) -> _About:
    """Give p − 1 of the right class, which is 0 where p is taken for 1, and p of the others."""
    shifted = z - z.max(axis=1, keepdims=True)
    log_p = shifted - np.log(np.exp(shifted).sum(axis=1, keepdims=True))
    value, rows = np.exp(log_p), np.arange(len(t))
    error = MANY * unit * value
    value[rows, t] = np.expm1(log_p[rows, t])
    error[rows, t] = FEW * unit
    return _rounded(value, error, unit, at=np.eye(z.shape[1], dtype=bool)[t])


def _slope(activation: str, z: _About, h: Floats, unit: float) -> _About:
    """Give φ'(z), with the error that its formula has near a flat end of φ."""
    a = z.value
    match activation:
        case "tanh":
            value = 1 / np.cosh(np.clip(a, -350, 350)) ** 2
            return _rounded(value, FEW * unit + MANY * unit * value, unit, at=np.ones_like(a, dtype=bool))
        case "sigmoid":
            small = np.exp(-np.abs(a))
            value = small / np.square(1 + small)
            return _rounded(value, FEW * unit * (a > 0) + MANY * unit * value, unit, at=a > 0)
        case "selu":
            value = np.where(a > 0, SELU_SCALE, SELU_SCALE * SELU_ALPHA * np.exp(np.minimum(a, 0)))
            return _rounded(value, FEW * unit * (a <= 0) + MANY * unit * value, unit, at=a <= 0)
        case "relu" | "leaky_relu":
            value = ACTIVATIONS[activation].derivative(a, h)
            return _About(value, (np.abs(a) <= z.error) * 1.0)
    value = ACTIVATIONS[activation].derivative(a, h)
    return _About(value, MANY * unit * (np.abs(value) + np.abs(a) * np.exp(-0.5 * a * a)))


def _rounded(value: Floats, error: Floats, unit: float, at: npt.NDArray[np.bool_]) -> _About:
    """Let what is a difference from a larger number be exactly 0 where that surely rounds to it."""
    gone = at & (np.abs(value) < SURELY_ROUNDED * unit)
    return _About(np.where(gone, 0.0, value), np.where(gone, 0.0, error))
