"""What really becomes of a run with one knob turned: it is made again, and judged by measures of its own."""

from dataclasses import dataclass
from functools import lru_cache

import numpy as np

from model.data.dataset import DataRequest, Dataset
from model.data.prepare import load
from model.training.engine import Engine
from model.training.frame import Frame
from model.training.spec import TrainingSpec
from model.training.stepper import kernel_stepper


@lru_cache(maxsize=64)
def samples(request: DataRequest) -> Dataset:
    """Load a data set once."""
    return load(request)


@lru_cache(maxsize=32)
def trained(spec: TrainingSpec) -> Frame:
    """Train a spec to its end."""
    engine = Engine(spec, samples(spec.data_request), kernel_stepper)
    engine.train(spec.steps)
    frame = engine.recording.frame()
    if frame is None:
        raise RuntimeError("a run without a frame")
    return frame


@dataclass(frozen=True, slots=True)
class End:
    """How a run ended: the loss before the first and of the last 20 updates, the last accuracy, whether it broke."""

    first: float
    loss: float
    accuracy: float
    broke: bool

    def fails(self, n_classes: int) -> bool:
        """At most 1.2 / C right, a loss above its start, or not finite."""
        return self.broke or not self.accuracy > 1.2 / n_classes or not self.loss <= self.first

    def better_than(self, other: "End", n_classes: int) -> bool:
        """Whole where the other broke, learns where the other fails; or more accurate by a point, or a lower loss."""
        if self.broke or other.broke:
            return other.broke and not self.broke
        if self.fails(n_classes) != other.fails(n_classes):
            return not self.fails(n_classes)
        if self.fails(n_classes) and self.loss > other.loss:
            return False
        as_accurate = self.accuracy >= other.accuracy - 0.01
        return self.accuracy >= other.accuracy + 0.01 or (as_accurate and self.loss <= 0.95 * other.loss)


def end_of(frame: Frame) -> End:
    """Judge a run by its record."""
    accuracy = float(frame.evaluations[-1][1 if frame.data.n_test else 0])
    last = frame.loss[-20:]
    params = all(np.isfinite(value).all() for value in frame.params.values())
    broke = not params or not bool(np.isfinite(last).all())
    return End(float(frame.loss[0]), float(last.mean()), accuracy, broke)


STANDARDS = (
    {"activation": "relu", "init": "he", "optimizer": "sgd", "learning_rate": 0.1},
    {"activation": "relu", "init": "he", "optimizer": "momentum", "learning_rate": 0.01, "momentum": 0.9},
    {"activation": "relu", "init": "he", "optimizer": "adam", "learning_rate": 0.01},
    {"activation": "tanh", "init": "lecun", "optimizer": "sgd", "learning_rate": 0.1},
    {"activation": "tanh", "init": "glorot", "optimizer": "adam", "learning_rate": 0.01},
    {"activation": "selu", "init": "lecun", "optimizer": "sgd", "learning_rate": 0.1},
)
"""Six settings that people begin with, on standardised inputs with 50 hidden units."""


def best_standard(spec: TrainingSpec) -> float:
    """Give the best accuracy of the six standard settings on the same samples, after as many steps."""
    base = TrainingSpec(seed=spec.seed, steps=spec.steps, scaling="standard").model_dump()
    request = {name: value for name, value in spec.model_dump().items() if name in _OF_SAMPLES}
    ends = [end_of(trained(TrainingSpec(**{**base, **request, **setting}))) for setting in STANDARDS]
    return max((end.accuracy for end in ends if not end.broke), default=0.0)


_OF_SAMPLES = ("dataset", "noise", "samples", "data_seed", "train_fraction")
