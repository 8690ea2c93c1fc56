"""When the units of a ReLU network died: its run made again, with a look at the units on the way."""

from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

from model.insight.advice.trial import Workbench
from model.insight.ladder import layer_counts
from model.insight.passes import Passes, passes
from model.training.frame import Frame
from model.training.spec import TrainingSpec

MANY = 0.25
"""The share of a layer's units whose death is looked into."""


@dataclass(frozen=True, slots=True)
class Died:
    """The stretch of steps in which most units of a layer died.

    Attributes
    ----------
    layer : the hidden layer, 1 for the first
    alive, by : steps before and after that stretch
    before, after : dead units at either end
    """

    layer: int
    alive: int
    by: int
    before: int
    after: int


def died(frame: Frame, spec: TrainingSpec, bench: Workbench) -> Died | None:
    """Find when units died; None where few did, or where that was stopped."""
    if spec.activation != "relu" or frame.step == 0 or frame.divergence is not None or frame.schedule:
        return None
    start = _dead(passes(replace(frame, params=frame.initial)))
    end = _dead(passes(frame))
    layer = int(np.argmax((end - start) / np.array(frame.layout.sizes[1:-1])))
    if end[layer] - start[layer] < MANY * frame.layout.sizes[1 + layer]:
        return None
    steps = [0, *(2**k for k in range(frame.step.bit_length()) if 2**k < frame.step), frame.step]
    frames = bench.watch(spec, frame.data, steps[1:-1])
    if frames is None:
        return None
    counts = [start[layer], *(_dead(passes(each))[layer] for each in frames), end[layer]]
    place = int(np.argmax(np.diff(counts)))
    return Died(layer + 1, steps[place], steps[place + 1], int(counts[place]), int(counts[place + 1]))


def _dead(passed: Passes) -> npt.NDArray[np.intp]:
    return np.array([counted.n_dead for counted in layer_counts(passed, "relu", "forward")])
