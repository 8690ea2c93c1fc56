"""Saved runs: every step is in the file, and none of them needs to be in memory."""

import tracemalloc
import zipfile
from collections import deque
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from model.data.dataset import DataRequest
from model.data.prepare import load
from model.figures.tables.record import save_curves
from model.training import store
from model.training.engine import Engine
from model.training.record import save_run
from model.training.spec import TrainingSpec
from model.training.stepper import kernel_stepper

STEPS = 200_000
HISTORY = 8 * 5 * STEPS


@pytest.fixture(scope="module")
def engine() -> Iterator[Engine]:
    """A run whose history lies in a file."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(store, "IN_MEMORY", 100_000)
        patch.setattr(store, "_BLOCK_ROWS", 1024)
        spec = TrainingSpec(dataset="xor", hidden_sizes=(1,), batch_size=1, steps=STEPS, eval_every=STEPS)
        engine = Engine(spec, load(DataRequest(dataset="xor")), kernel_stepper)
        engine.train(STEPS)
        yield engine


@pytest.fixture
def little_memory() -> Iterator[None]:
    """Far less than the history is asked for while the test runs."""
    tracemalloc.start()
    yield
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert peak < HISTORY / 2


@pytest.mark.usefixtures("little_memory")
def test_a_run_file_is_written_without_the_history_in_memory(engine: Engine, tmp_path: Path) -> None:
    save_run(engine, tmp_path / "run.npz")


def test_a_run_file_holds_every_step(engine: Engine, tmp_path: Path) -> None:
    save_run(engine, tmp_path / "run.npz")
    with zipfile.ZipFile(tmp_path / "run.npz") as archive:
        assert archive.testzip() is None
    with np.load(tmp_path / "run.npz", allow_pickle=False) as run:
        np.testing.assert_array_equal(run["loss"], engine.recording.by_step[:STEPS, 0])
        np.testing.assert_array_equal(run["grad_norms"], engine.recording.by_step[:STEPS, 1:])


@pytest.mark.usefixtures("little_memory")
def test_the_curves_are_written_without_the_history_in_memory(engine: Engine, tmp_path: Path) -> None:
    save_curves(engine, tmp_path / "run.csv")
    with (tmp_path / "run.csv").open() as lines:
        (last,) = deque(lines, maxlen=1)
    step, *values = last.split(",")
    assert int(step) == STEPS - 1
    assert [float(value) for value in values] == engine.recording.by_step[STEPS - 1].tolist()


@pytest.mark.usefixtures("little_memory")
def test_a_frame_of_a_long_run_is_made_without_its_history_in_memory(engine: Engine) -> None:
    frame = engine.recording.frame()
    assert frame is not None
    assert frame.step == STEPS
