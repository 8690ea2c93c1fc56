"""The networks that are measured, and what they are measured on."""

from dataclasses import dataclass

import numpy as np

from model.data.dataset import DataRequest, Dataset
from model.data.prepare import load
from model.training.spec import TrainingSpec

NEVER = 1_000_000_000
"""An evaluation interval: training is compared, and its peers do not evaluate either."""


@dataclass(frozen=True, slots=True)
class Case:
    """A network, its batches and its data; `widen` makes 28×28 pictures of the 8×8 digits, to have 784 inputs."""

    name: str
    dataset: str
    hidden: int
    batch_size: int
    widen: bool = False
    depth: int = 1

    def data(self) -> Dataset:
        """Give the samples, in memory."""
        data = load(DataRequest(dataset=self.dataset))
        return _widened(data) if self.widen else data

    def spec(self, steps: int) -> TrainingSpec:
        """Give the default training of this network, evaluated at the start and the end only."""
        return TrainingSpec.from_values(
            {
                "dataset": self.dataset,
                "hidden_sizes": (self.hidden,) * self.depth,
                "batch_size": self.batch_size,
                "steps": steps,
                "eval_every": NEVER,
            }
        )


LARGE = Case("784-50-10", "digits", 50, 100, widen=True)
DIGITS = Case("64-50-10", "digits", 50, 100)
SMALL = Case("2-8-2", "moons", 8, 10)
CASES = (LARGE, DIGITS, SMALL)
DEEP = Case("64-10×100-10", "digits", 100, 100, depth=10)
"""What panels over layers have most to do with; not compared with peers."""


def _widened(digits: Dataset) -> Dataset:
    def widen(x: np.ndarray) -> np.ndarray:
        large = np.repeat(np.repeat(x.reshape(-1, 8, 8), 3, axis=1), 3, axis=2)
        return np.ascontiguousarray(np.pad(large, ((0, 0), (2, 2), (2, 2))).reshape(len(x), 784))

    return Dataset(
        "digits, 28×28",
        widen(digits.x_train),
        digits.t_train,
        widen(digits.x_test),
        digits.t_test,
        digits.class_names,
        (28, 28),
    )
