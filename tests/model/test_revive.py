"""Runs brought back from their records go on bit by bit as if they had never been interrupted."""

import numpy as np
import pytest

from model.data.dataset import Dataset
from model.data.prepare import load
from model.keeping.record import RunRecord, State, record_of
from model.keeping.revive import forked, revive
from model.network.optimizers import OPTIMIZERS
from model.training.engine import Engine
from model.training.frame import Frame
from model.training.record import run_arrays
from model.training.spec import TrainingSpec
from model.training.stepper import ClassStepper, kernel_stepper

STEPPERS = {"kernel": kernel_stepper, "class": ClassStepper}
EDITS = {10: ("learning_rate", 0.02), 25: ("weight_decay", 0.1)}


@pytest.fixture(scope="module")
def data() -> Dataset:
    rng = np.random.default_rng(11)
    x, t = rng.normal(size=(60, 5)), rng.integers(0, 3, 60)
    return Dataset("points", x[:40], t[:40], x[40:], t[40:], ("a", "b", "c"), None)


def spec(**knobs: object) -> TrainingSpec:
    values = {"hidden_sizes": (7, 6), "steps": 40, "batch_size": 8, "learning_rate": 0.05, "eval_every": 4}
    return TrainingSpec.from_values({**values, **knobs})


def train(engine: Engine, until: int, edits: dict[int, tuple[str, float]] | None = None) -> None:
    for step in sorted(step for step in edits or {} if engine.recording.step <= step < until):
        engine.train(step)
        if step not in {at for at, *_ in engine.recording.schedule}:
            engine.edit(*(edits or {})[step])
    engine.train(until)


def same(one: Engine, other: Engine) -> None:
    frames = one.recording.frame(), other.recording.frame()
    assert all(isinstance(frame, Frame) for frame in frames)
    for name in ("loss", "grad_norms", "eval_steps", "evaluations", "update_norms", "weight_norms"):
        assert getattr(frames[0], name).tobytes() == getattr(frames[1], name).tobytes(), name
    told = [run_arrays(engine) for engine in (one, other)]
    for name, value in told[0].items():
        assert np.asarray(value).tobytes() == np.asarray(told[1][name]).tobytes(), name
    for name in ("params", "first", "second"):
        assert getattr(one, name).tobytes() == getattr(other, name).tobytes(), name
    assert frames[0].history.mean.tobytes() == frames[1].history.mean.tobytes()
    assert (frames[0].schedule, frames[0].target, frames[0].stopped_by) == (
        frames[1].schedule, frames[1].target, frames[1].stopped_by)  # fmt: skip


@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize("optimizer", list(OPTIMIZERS))
@pytest.mark.parametrize("stepper", list(STEPPERS))
@pytest.mark.parametrize("at", [0, 1, 24, 25, 40])
def test_a_revived_run_goes_on_as_if_it_had_never_ended(data, stepper, optimizer, dtype, at) -> None:
    knobs = spec(optimizer=optimizer, dtype=dtype)
    whole, cut = (Engine(knobs, data, STEPPERS[stepper]) for _ in range(2))
    train(whole, 40, EDITS)
    train(cut, at, EDITS)
    back = revive(record_of(cut, State.now(cut)), data, STEPPERS[stepper])
    same(back, cut)
    train(back, 40, EDITS)
    same(back, whole)


@pytest.mark.parametrize("at", [0, 7, 16, 33])
def test_an_earlier_state_of_a_run_that_goes_on_makes_a_record_of_that_step(data, at) -> None:
    engine, cut = (Engine(spec(), data, kernel_stepper) for _ in range(2))
    train(engine, 40, EDITS)
    train(cut, at, EDITS)
    back = forked(engine, at, kernel_stepper)
    assert back is not None
    back.recording.target = cut.recording.target = 40
    edits = [edit for edit in engine.recording.schedule if edit[0] <= at]
    assert list(back.recording.schedule) == edits
    train(back, 40, EDITS)
    same(back, engine)


def test_a_fork_can_be_turned_and_leaves_the_run_that_it_came_from_alone(data) -> None:
    engine = Engine(spec(), data, kernel_stepper)
    engine.train(40)
    losses = engine.recording.frame().loss.copy()
    fork = forked(engine, 20, kernel_stepper)
    fork.edit("learning_rate", 1.0)
    fork.train(40)
    of_fork = fork.recording.frame().loss
    assert np.array_equal(of_fork[:21], losses[:21])
    assert not np.array_equal(of_fork[21:], losses[21:])
    assert np.array_equal(engine.recording.frame().loss, losses)
    again = Engine(spec(), data, kernel_stepper)
    again.train(20)
    again.edit("learning_rate", 1.0)
    again.train(40)
    same(fork, again)


def test_the_newest_checkpoint_makes_a_record_while_the_run_goes_on(data) -> None:
    engine = Engine(spec(steps=2000), data, kernel_stepper)
    engine.train(1500)
    state = State.lately(engine)
    assert 1000 < state.step <= 1500
    back = revive(record_of(engine, state), data, kernel_stepper)
    assert back.recording.step == state.step
    back.train(1500)
    engine.retarget(2000)
    back.retarget(2000)
    same(back, engine)
    later = State.lately(back)  # a revived run has checkpoints of its own
    assert later.step > state.step


@pytest.mark.parametrize(
    "knobs",
    [{"stop_accuracy": 0.4}, {"learning_rate": 1e6, "stop_on_divergence": True}, {"weight_init_std": 1e308},
     {"learning_rate": 1e30, "dtype": "float32"}],
    ids=["accuracy", "divergence", "bad start", "diverged"],
)  # fmt: skip
def test_stops_and_divergence_are_kept(data, knobs) -> None:
    engine = Engine(spec(**knobs), data, kernel_stepper)
    engine.train(40)
    back = revive(record_of(engine, State.now(engine)), data, kernel_stepper)
    same(back, engine)
    step = engine.recording.step
    for one in (engine, back):  # past the stop
        one.train(step + 5)
    same(back, engine)


def test_a_run_too_long_to_be_kept_step_by_step_is_trained_again(data, monkeypatch) -> None:
    monkeypatch.setattr("model.keeping.record.MOST_STEPS", 20)
    engine = Engine(spec(), data, kernel_stepper)
    train(engine, 40, EDITS)
    record = record_of(engine, State.now(engine))
    assert isinstance(record, RunRecord)
    assert not record.whole
    same(revive(record, data, kernel_stepper), engine)


def test_other_data_are_refused(data) -> None:
    engine = Engine(spec(), data, kernel_stepper)
    other = Dataset("wide", np.ones((40, 9)), data.t_train, np.ones((20, 9)), data.t_test, data.class_names, None)
    with pytest.raises(ValueError, match="data"):
        revive(record_of(engine, State.now(engine)), other, kernel_stepper)


@pytest.mark.parametrize("change", ["a value", "a label", "the order", "nothing", "the last digits"])
def test_a_file_that_has_changed_since_is_refused_though_it_has_as_many_samples(tmp_path, change) -> None:
    rng = np.random.default_rng(3)
    x, t = rng.standard_normal((40, 4)), rng.integers(0, 2, 40)
    path = tmp_path / "own.npz"
    np.savez(path, x=x, y=t)
    spec = TrainingSpec(data=str(path), hidden_sizes=(3,), steps=5)
    engine = Engine(spec, load(spec.data_request), kernel_stepper)
    engine.train(5)
    kept = record_of(engine, State.now(engine))
    if change == "a value":
        x[7, 2] += 0.5
    elif change == "a label":
        t[3] = 1 - t[3]
    elif change == "the order":
        x = x[::-1]
    elif change == "the last digits":
        x = x * (1 + 1e-13)
    np.savez(path, x=x, y=t)
    data = load(spec.data_request)
    if change in ("nothing", "the last digits"):
        assert revive(kept, data, kernel_stepper).recording.step == 5
    else:
        with pytest.raises(ValueError, match="the data are others"):
            revive(kept, data, kernel_stepper)


def test_a_fork_from_before_a_stop_stops_there_too(data) -> None:
    knobs = spec(stop_accuracy=0.4, steps=200)
    engine = Engine(knobs, data, kernel_stepper)
    engine.train(200)
    stopped_at = engine.recording.step
    assert 1 < stopped_at < 200
    engine.train(200)  # on, past the stop
    fork = forked(engine, stopped_at - 1, kernel_stepper)
    fork.train(200)
    assert fork.recording.step == stopped_at
    beyond = forked(engine, stopped_at + 1, kernel_stepper)
    beyond.train(200)
    assert beyond.recording.step == 200
