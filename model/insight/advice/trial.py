"""A trial: what would have become of a run with other knobs, found by running it."""

import math
import threading
from collections.abc import Sequence
from dataclasses import dataclass

from model.data.dataset import DataError, Dataset
from model.data.prepare import load
from model.training.averaged import AVERAGED
from model.training.engine import Engine, Stepper
from model.training.frame import Frame
from model.training.initial import check_gains
from model.training.knob import SpecError
from model.training.spec import TrainingSpec

_MADE_AGAIN = 2_000_000
"""Numbers of a data set up to which it is read or made again, to be scaled or drawn another way."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a run had come to after some steps.

    Attributes
    ----------
    first, loss : the first batch's loss, and the mean of the last AVERAGED ones, in nats
    accuracy : of the test samples, or of the training samples without any
    finite : whether all parameters were
    """

    steps: int
    first: float
    loss: float
    accuracy: float
    finite: bool

    def fails(self, n_classes: int) -> bool:
        """Whether nothing was learned: no better than guessing, worse than at the start, or broken."""
        return not self.finite or not self.accuracy > CHANCE / n_classes or not self.loss <= self.first


CHANCE = 1.2
"""How many times 1/C an accuracy must be to be more than guessing."""
BETTER = 0.02
"""How much more accurate a trial must be to count as better."""
LOWER = 0.1
"""The share by which a loss must be lower to count as better at the same accuracy."""


def is_better(tried: Outcome, base: Outcome, n_classes: int) -> bool:
    """Whether a trial came to more than the run itself."""
    if tried.finite != base.finite:
        return tried.finite
    failing = tried.fails(n_classes)
    if not tried.finite or failing != base.fails(n_classes):
        return tried.finite and not failing
    lower = tried.loss <= (1 - LOWER) * base.loss
    if failing and not tried.loss <= base.loss:
        return False
    return tried.accuracy >= base.accuracy + BETTER or (lower and tried.accuracy >= base.accuracy - BETTER / 4)


def outcome_of(frame: Frame, steps: int) -> Outcome:
    """Tell what a run had come to after `steps` of its steps, at least 1."""
    losses = frame.loss[:steps]
    evaluated = int((frame.eval_steps <= steps).sum())
    column = 1 if frame.data.n_test else 0
    accuracy = float(frame.evaluations[evaluated - 1, column]) if evaluated else math.nan
    finite = frame.divergence is None or frame.divergence.step >= steps
    return Outcome(steps, float(losses[0]), float(losses[-AVERAGED:].mean()), accuracy, finite)


class Workbench:
    """Makes trials, one after the other, until another thread says stop."""

    def __init__(self, stepper: Stepper) -> None:
        self._stepper = stepper
        self._lock = threading.Lock()
        self._engine: Engine | None = None
        self.stopped = False

    def stop(self) -> None:
        """Make a trial that goes on end, and all that follow come to nothing; from any thread."""
        with self._lock:
            self.stopped = True
            if self._engine is not None:
                self._engine.interrupt()

    def run(self, spec: TrainingSpec, data: Dataset, steps: int) -> Outcome | None:
        """Train a spec for so many steps; None where that was stopped."""
        frames = self.watch(spec, data, [steps])
        return None if frames is None else outcome_of(frames[0], steps)

    def watch(self, spec: TrainingSpec, data: Dataset, steps: Sequence[int]) -> list[Frame] | None:
        """Train a spec, and give it as it is after each of these steps, in ascending order; None where stopped."""
        if not steps:
            return []
        spec = spec.replaced(steps=steps[-1], stop_accuracy=0.0, stop_on_divergence=False)
        engine = Engine(spec, data, self._stepper, eval_interval=steps[-1])
        with self._lock:
            if self.stopped:
                return None
            self._engine = engine
        frames = []
        for step in steps:
            engine.train(step)
            frame = engine.recording.frame()
            if self.stopped or frame is None:
                return None
            frames.append(frame)
        return frames


def samples_for(spec: TrainingSpec, frame: Frame) -> Dataset | None:
    """Give the samples that a changed spec asks for; None where that would take long, or cannot be."""
    if spec.data_request == frame.spec.data_request:
        return frame.data
    if frame.data.x_train.size > _MADE_AGAIN:
        return None
    try:
        return load(spec.data_request)
    except (DataError, OSError, MemoryError):
        return None


def changed(spec: TrainingSpec, changes: dict[str, object]) -> TrainingSpec | None:
    """Turn knobs; None where the spec cannot be so."""
    try:
        turned = spec.replaced(**changes)
        check_gains(turned)
    except SpecError:
        return None
    return turned
