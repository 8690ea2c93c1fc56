"""Measuring the training without a window: what the live figures are compared with."""

import time
from dataclasses import dataclass

import numpy as np

from model.data.dataset import DataRequest, Dataset
from model.data.prepare import load
from model.network.shared import Control
from model.training.engine import Engine
from model.training.spec import TrainingSpec
from model.training.stepper import kernel_stepper

NEVER = 1_000_000_000
_WARM_SECONDS = 0.3


@dataclass(frozen=True, slots=True)
class Case:
    """A network to measure; `widen` makes 28×28 pictures of the 8×8 digits, to have 784 inputs."""

    name: str
    widen: bool

    def data(self) -> Dataset:
        """Give the digits, in memory."""
        digits = load(DataRequest())
        return _widened(digits) if self.widen else digits


CASES = (Case("784-50-10", widen=True), Case("64-50-10", widen=False))


def bench_spec(steps: int) -> TrainingSpec:
    """Give the default network, evaluated at the start and the end only, for so many steps."""
    return TrainingSpec(steps=steps, eval_every=NEVER)


def closed_rate(data: Dataset, seconds: float) -> float:
    """Steps a second of the kernels with no window, over about so many seconds."""
    engine = Engine(bench_spec(1_000_000), data, kernel_stepper)
    rate = _steps_in(engine, 0, _WARM_SECONDS)
    began, step = time.perf_counter(), engine.recording.step
    engine.train(step + max(1, int(rate * seconds)))
    return (engine.recording.step - step) / (time.perf_counter() - began)


def _steps_in(engine: Engine, step: int, seconds: float) -> float:
    began = time.perf_counter()
    while time.perf_counter() - began < seconds:
        step += 50
        engine.train(step)
    return int(engine.control[Control.STEP]) / (time.perf_counter() - began)


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
