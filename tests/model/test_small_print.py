"""Details that nothing else would miss: each was once broken by hand without any other test failing."""

import re
import sys
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import numpy.typing as npt
import pytest
from hypothesis import given
from hypothesis import strategies as st

from model import cli
from model.data.dataset import DataRequest, Dataset
from model.data.prepare import load
from model.network.kernels.updates import step_bound
from model.network.optimizers import OPTIMIZERS, State
from model.network.shared import N_SLOTS
from model.training import history, store
from model.training.engine import Engine
from model.training.history import History
from model.training.record import save_run
from model.training.replay import read_run
from model.training.spec import TrainingSpec
from model.training.stepper import ClassStepper
from model.training.store import Store

SPEC = TrainingSpec(hidden_sizes=(3,), batch_size=4, steps=400)


@pytest.fixture(scope="module")
def data() -> Dataset:
    return load(DataRequest(dataset="moons", samples=40))


@pytest.mark.parametrize(
    ("steps", "interval"), [(0, 1), (1, 1), (199, 1), (250, 2), (2000, 20), (9900, 99), (10**6, 10**4)]
)
def test_the_accuracy_is_evaluated_every_hundredth_of_the_steps(steps: int, interval: int) -> None:
    assert TrainingSpec(steps=steps).eval_interval == interval
    assert TrainingSpec(steps=steps, eval_every=7).eval_interval == 7


def test_an_interrupted_run_is_evaluated_as_often_when_it_is_made_again(data: Dataset, tmp_path: Path) -> None:
    engine = Engine(SPEC, data, ClassStepper)
    engine.train(37)
    engine.retarget(SPEC.steps)
    save_run(engine, tmp_path / "run.npz")
    spec, *_ = read_run(tmp_path / "run.npz")
    again = Engine(spec, data, ClassStepper)
    again.train(spec.steps)
    assert (spec.steps, spec.eval_interval) == (37, SPEC.eval_interval)
    evaluated = engine.recording.frame().eval_steps
    assert again.recording.frame().eval_steps[: len(evaluated)].tolist() == evaluated.tolist() != []


@pytest.mark.parametrize("steps", [9, 16, 33])
def test_a_curve_of_stretches_has_its_points_in_their_middle(monkeypatch: pytest.MonkeyPatch, steps: int) -> None:
    monkeypatch.setattr(history, "MOST", 8)
    gathered = History(1)
    gathered.extend(np.arange(steps, dtype=np.float64)[:, None])
    summary = gathered.summary()
    assert summary.stride > 1
    middles = [start + (summary.stride - 1) / 2 for start in range(0, steps, summary.stride)]
    x, mean = summary.means(0)
    assert x.tolist() == middles
    assert summary.curve(0)[0].tolist() == [middle for middle in middles for _ in range(2)]
    whole = steps // summary.stride
    assert mean[:whole].tolist() == middles[:whole]  # the values are the steps themselves


class Overtaken:
    """Snapshots that the writer comes round to write over while one of them is being read."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._slots = engine.recording.slots
        self.overtakings = 0

    def __getitem__(self, slot: int) -> npt.NDArray[np.floating]:
        if not self.overtakings:
            self.overtakings = N_SLOTS
            for _ in range(N_SLOTS):
                self._engine.train(self._engine.recording.step + 1)
        return self._slots[slot]

    def __setitem__(self, slot: int, values: npt.NDArray[np.floating]) -> None:
        self._slots[slot] = values

    def __len__(self) -> int:
        return len(self._slots)


def test_a_snapshot_that_is_written_over_while_it_is_read_is_read_anew(data: Dataset) -> None:
    engine = Engine(SPEC, data, ClassStepper)
    engine.train(3)
    slots = engine.recording.slots = Overtaken(engine)  # type: ignore[assignment]
    frame = engine.recording.frame()
    assert slots.overtakings == N_SLOTS
    assert frame.step == 3 + N_SLOTS
    np.testing.assert_array_equal(frame.params["W1"], engine.layout.views(engine.params)["W1"])


SIZES = st.floats(0, 1e6)


@given(
    gradient=SIZES,
    speed=SIZES,
    rate=st.floats(0, 10),
    momentum=st.floats(0, 1),
    signs=st.tuples(*[st.sampled_from([-1, 1])] * 2),
)
@pytest.mark.parametrize("name", ["sgd", "momentum", "nesterov"])
def test_no_step_is_longer_than_its_bound(
    name: str, gradient: float, speed: float, rate: float, momentum: float, signs: tuple[int, int]
) -> None:
    optimizer = OPTIMIZERS[name]
    state = State(np.array([signs[1] * speed]), np.zeros(1))
    bound_of_speed, bound = step_bound(optimizer.code, gradient, 0.0, speed, rate, momentum, 0.0)
    delta = optimizer.delta(np.array([signs[0] * gradient]), state, rate, momentum)
    slack = 1 + 1e-9
    assert abs(delta[0]) <= bound * slack
    if name != "sgd":
        assert abs(state.first[0]) <= bound_of_speed * slack


def test_the_stop_in_force_is_the_one_that_was_turned_last(data: Dataset) -> None:
    engine = Engine(SPEC, data, ClassStepper)
    assert engine.recording.frame().stop_accuracy == SPEC.stop_accuracy
    for step, accuracy in ((2, 0.99), (4, 0.0), (6, 0.995)):
        engine.train(step)
        engine.edit("stop_accuracy", accuracy)
        engine.publish()
        assert engine.recording.frame().stop_accuracy == accuracy


@pytest.mark.skipif(sys.platform != "linux", reason="the system tells elsewhere too, but not here")
def test_rows_that_are_let_go_of_leave_memory_and_are_still_there(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(store, "IN_MEMORY", 1 << 16)
    table = Store((128,), np.float64)
    rows = 4096
    table.reserve(rows, rows)
    table.rows[:] = np.arange(rows)[:, None]
    assert resident(table.rows) >= table.rows.nbytes
    table.release(rows // 2)
    assert resident(table.rows) <= 0.6 * table.rows.nbytes
    assert (table.rows == np.arange(rows)[:, None]).all()


def resident(rows: npt.NDArray[np.float64]) -> int:
    """Count the bytes of an array's mapping that are in memory, as the system tells."""
    address = rows.__array_interface__["data"][0]
    inside = False
    for line in Path("/proc/self/smaps").read_text(encoding="utf-8").splitlines():
        if found := re.match(r"([0-9a-f]+)-([0-9a-f]+) ", line):
            inside = int(found[1], 16) <= address < int(found[2], 16)
        elif inside and line.startswith("Rss:"):
            return int(line.split()[1]) * 1024
    raise AssertionError("the rows are in no mapping")


def test_the_time_left_is_that_of_the_steps_that_are_left(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    now = [100.0]
    monkeypatch.setattr(cli.time, "monotonic", lambda: now[0])
    progress = cli._Progress(100)
    now[0] += 30.0
    recording = SimpleNamespace(step=75, by_step=np.ones((75, 1)))
    progress.show(SimpleNamespace(recording=recording))  # type: ignore[arg-type]
    assert capsys.readouterr().err.rstrip().endswith("ETA 0:10")
