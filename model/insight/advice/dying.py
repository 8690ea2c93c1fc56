"""When the units of a ReLU network died: its run made again, with a look at the units on the way."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from model.insight.advice.trial import Workbench
from model.insight.passes import spread_rows
from model.network.blas import one_blas_thread
from model.training.frame import Frame
from model.training.spec import TrainingSpec

Reals = npt.NDArray[np.floating]

MOST_SAMPLES = 5000
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
    rows = spread_rows(frame.data.n_train, min(frame.data.n_train, MOST_SAMPLES))
    x = frame.data.x_train[rows].astype(spec.dtype)
    start, end = _dead(frame.initial, x), _dead(frame.params, x)
    layer = int(np.argmax((end - start) / np.array(frame.layout.sizes[1:-1])))
    if end[layer] - start[layer] < MANY * frame.layout.sizes[1 + layer]:
        return None
    steps = [0, *(2**k for k in range(frame.step.bit_length()) if 2**k < frame.step), frame.step]
    frames = bench.watch(spec, frame.data, steps[1:-1])
    if frames is None:
        return None
    counts = [start[layer], *(_dead(each.params, x)[layer] for each in frames), end[layer]]
    place = int(np.argmax(np.diff(counts)))
    return Died(layer + 1, steps[place], steps[place + 1], int(counts[place]), int(counts[place + 1]))


def _dead(params: Mapping[str, Reals], x: Reals) -> npt.NDArray[np.intp]:
    """Count the units of each hidden layer that give 0 for every sample; a layer at a time, and nothing of it kept."""
    counts, h = [], x
    with one_blas_thread, np.errstate(all="ignore"):
        for layer in range(1, len(params) // 2):
            h = h @ params[f"W{layer}"]
            h += params[f"b{layer}"]
            np.maximum(h, 0, out=h)
            counts.append(np.count_nonzero(h.max(axis=0) == 0))
    return np.array(counts)
