"""Two runs held against each other: the knobs that differ, where their losses part, and how soon each got anywhere."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from model.training.frame import Frame
from model.training.spec import KNOBS, TrainingSpec

Floats = npt.NDArray[np.float64]
Steps = npt.NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Parting:
    """Where two runs part.

    Attributes
    ----------
    step : the first whose batch losses differ in any bit; None where all that both made are equal
    common : steps that both made
    losses : of both at `step`, or at the last common one; NaN where there is none
    """

    step: int | None
    common: int
    losses: tuple[float, float]


def parting(one: Frame, other: Frame) -> Parting:
    """Find the first step at which two runs differ; NaN equals NaN."""
    common = min(one.step, other.step)
    if not common:
        return Parting(None, 0, (float("nan"), float("nan")))
    mine, others = one.loss[:common], other.loss[:common]
    (apart,) = np.nonzero(~((mine == others) | (np.isnan(mine) & np.isnan(others))))
    step = int(apart[0]) if len(apart) else None
    at = common - 1 if step is None else step
    return Parting(step, common, (float(mine[at]), float(others[at])))


def knobs_apart(one: TrainingSpec, other: TrainingSpec) -> list[tuple[str, str, str]]:
    """List the knobs that differ: the label, and the value of each as people write it."""
    return [
        (knob.label, knob.shown(getattr(one, name)), knob.shown(getattr(other, name)))
        for name, knob in KNOBS.items()
        if getattr(one, name) != getattr(other, name)
    ]


@dataclass(frozen=True, slots=True, eq=False)
class Climb:
    """How the accuracy rose: the steps (k,) at which it was higher than ever before, and what it came to (k,)."""

    steps: Steps
    accuracy: Floats

    def reached(self, level: float) -> int | None:
        """Give the step at which an accuracy was first reached, None where it never was."""
        place = int(np.searchsorted(self.accuracy, level))
        return int(self.steps[place]) if place < len(self.steps) else None


def climb(eval_steps: Steps, evaluations: Floats) -> Climb:
    """Follow the accuracy on the test samples, or on the training samples where there are no others.

    Parameters
    ----------
    eval_steps, evaluations : (k,) and (k, 3) as in a Frame
    """
    if not len(eval_steps):
        return NO_CLIMB
    accuracy = evaluations[:, 0] if np.isnan(evaluations[:, 1]).all() else evaluations[:, 1]
    best = np.fmax.accumulate(accuracy)
    rises = np.isfinite(best) & np.append(True, ~(best[1:] == best[:-1]))
    return Climb(eval_steps[rises].astype(np.int64), best[rises].astype(np.float64))


NO_CLIMB = Climb(np.empty(0, dtype=np.int64), np.empty(0))
