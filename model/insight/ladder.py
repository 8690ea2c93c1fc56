"""What goes up and down the layers, in numbers: spread, zeros, saturated and dead units, counted exactly."""

import math
from dataclasses import dataclass
from functools import lru_cache
from typing import Literal

import numpy as np
import numpy.typing as npt

from model.insight.blocks import correlation, mean_and_variance, signal_variance
from model.insight.passes import Passes

Reals = npt.NDArray[np.floating]
Direction = Literal["forward", "backward"]

SATURATED: dict[str, tuple[float, float]] = {"tanh": (-0.97, 0.97), "sigmoid": (0.015, 0.985)}
"""Beyond these outputs a unit hardly answers any more: where tanh'(z) < 0.06, the same point for the sigmoid."""


@dataclass(frozen=True, slots=True)
class LayerCounts:
    """One layer's values over all samples looked at.

    Attributes
    ----------
    n : values, samples × units
    mean, std : of the finite values, in float64
    signal : what of it varies over the samples: the root of the units' mean variance; NaN where a value is not finite
    correlation : mean cosine between two samples; both NaN on the way back, which has no such meaning
    n_zero, n_nan, n_inf : exact zeros, and what is not finite
    n_saturated : outputs beyond SATURATED; 0 where the activation does not saturate, or on the way back
    n_dead : units that answer none of the samples: a ReLU whose largest output is 0; on the way back, units
        to which no gradient at all comes back
    n_units : width of the layer
    """

    n: int
    mean: float
    std: float
    signal: float
    correlation: float
    n_zero: int
    n_nan: int
    n_inf: int
    n_saturated: int
    n_dead: int
    n_units: int


def layer_values(passed: Passes, direction: Direction) -> tuple[Reals, ...]:
    """Give the outputs of the hidden layers, or the gradients that come back to their pre-activations."""
    return passed.outputs if direction == "forward" else passed.deltas[:-1]


@lru_cache(maxsize=8)
def layer_counts(passed: Passes, activation: str, direction: Direction) -> tuple[LayerCounts, ...]:
    """Count every hidden layer, the first one first."""
    return tuple(_counted(values, activation, direction) for values in layer_values(passed, direction))


def _counted(values: Reals, activation: str, direction: Direction) -> LayerCounts:
    n_nan, n_inf = int(np.count_nonzero(np.isnan(values))), int(np.count_nonzero(np.isinf(values)))
    mean, variance = mean_and_variance(values)
    n_saturated = 0
    dead: npt.NDArray[np.bool_] = np.zeros(values.shape[1], dtype=np.bool_)
    if direction == "backward":
        dead = np.asarray(~values.any(axis=0))
    elif activation == "relu":
        dead = np.asarray(~(values > 0).any(axis=0) & ~np.isnan(values).any(axis=0))
    if direction == "forward" and activation in SATURATED:
        low, high = SATURATED[activation]
        n_saturated = int(np.count_nonzero((values < low) | (values > high)))
    n_zero = values.size - int(np.count_nonzero(values))
    forward = direction == "forward"
    return LayerCounts(
        values.size,
        mean,
        math.sqrt(variance),
        math.sqrt(signal_variance(values)) if forward else math.nan,
        correlation(values) if forward else math.nan,
        n_zero,
        n_nan,
        n_inf,
        n_saturated,
        int(np.count_nonzero(dead)),
        values.shape[1],
    )
