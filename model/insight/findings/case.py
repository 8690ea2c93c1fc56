"""What the rules look at: a run now, as it was before the first step, and the run before it."""

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np
import numpy.typing as npt

from model.insight.advice.advice import Advice
from model.insight.advice.promise import Promise
from model.insight.blocks import root_mean_square, signal_variance
from model.insight.ladder import LayerCounts, layer_counts
from model.insight.passes import Passes, passes
from model.training.frame import Frame

Floats = npt.NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class Case:
    """One run to judge.

    Attributes
    ----------
    frame : the run as it is
    before : the run that it replaced, None where there is none
    sample : training samples to look at, as of `passes`
    advice : what trials of this moment found, None where there are none
    promise : what was expected of a run when its knob was turned
    """

    frame: Frame
    before: Frame | None = None
    sample: int = 0
    advice: Advice | None = None
    promise: Promise | None = None

    @cached_property
    def start(self) -> Passes:
        """Everything that passes through the network before the first step."""
        return passes(replace(self.frame, params=self.frame.initial), self.sample)

    @cached_property
    def now(self) -> Passes:
        return passes(self.frame, self.sample)

    @cached_property
    def start_counts(self) -> tuple[LayerCounts, ...]:
        return layer_counts(self.start, self.frame.spec.activation, "forward")

    @cached_property
    def now_counts(self) -> tuple[LayerCounts, ...]:
        return layer_counts(self.now, self.frame.spec.activation, "forward")

    @property
    def chance(self) -> float:
        """The loss of guessing, ln C."""
        return math.log(max(self.frame.data.n_classes, 1))

    @cached_property
    def loss(self) -> float:
        """Mean loss of the samples looked at before the first step, in nats."""
        with np.errstate(all="ignore"):
            return float(self.start.losses.mean(dtype=np.float64))

    @property
    def learns(self) -> bool:
        """Whether there is anything to tell apart."""
        return self.frame.data.n_classes > 1

    @property
    def rate(self) -> float:
        return self.frame.spec_in_force.learning_rate

    @property
    def momentum(self) -> float:
        return self.frame.spec_in_force.momentum

    @cached_property
    def starts_at_zero(self) -> bool:
        return not any(value.any() for value in self.frame.initial.values())

    @cached_property
    def starts_finite(self) -> bool:
        return all(np.isfinite(value).all() for value in self.frame.initial.values())

    @cached_property
    def up(self) -> float:
        """By how much the signal's size grows from the inputs to the last hidden layer before the first step."""
        return ratio(self.signals[1], self.signals[0])

    @cached_property
    def signals(self) -> tuple[float, float]:
        """The size before the first step of what varies over the samples: of the inputs, in the last hidden layer."""
        return math.sqrt(signal_variance(self.start.x)), math.sqrt(signal_variance(self.start.outputs[-1]))

    @cached_property
    def back(self) -> float:
        """By how much the gradient grows from the logits to hidden layer 1 before the first step."""
        return ratio(root_mean_square(self.start.deltas[0]), root_mean_square(self.start.deltas[-1]))


def ratio(value: float, base: float) -> float:
    """Divide, with NaN for a base of 0."""
    return value / base if base else math.nan


def saturation(counts: Sequence[LayerCounts]) -> tuple[float, int]:
    """Give the largest share of saturated outputs, and its layer."""
    shares = [counted.n_saturated / counted.n for counted in counts]
    return max(shares), int(np.argmax(shares)) + 1


def deadest(counts: Sequence[LayerCounts]) -> tuple[float, int]:
    """Give the largest share of dead units, and its layer."""
    shares = [counted.n_dead / counted.n_units for counted in counts]
    return max(shares), int(np.argmax(shares)) + 1
