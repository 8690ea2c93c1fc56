"""Every step of a run can be had again, bit by bit as it was, wherever it is asked for and however it was trained."""

import numpy as np
import pytest

from model.data.dataset import Dataset
from model.network.optimizers import OPTIMIZERS
from model.training.checkpoints import MOST_BYTES, MOST_ROWS, Checkpoints
from model.training.engine import Engine
from model.training.frame import Frame
from model.training.spec import TrainingSpec
from model.training.stepper import ClassStepper, kernel_stepper
from model.training.timeline import Timeline

STEPPERS = {"kernel": kernel_stepper, "class": ClassStepper}


@pytest.fixture(scope="module")
def data() -> Dataset:
    rng = np.random.default_rng(11)
    x, t = rng.normal(size=(60, 5)), rng.integers(0, 3, 60)
    return Dataset("points", x[:40], t[:40], x[40:], t[40:], ("a", "b", "c"), None)


def spec(**knobs: object) -> TrainingSpec:
    values = {"hidden_sizes": (7, 6), "steps": 40, "batch_size": 8, "learning_rate": 0.05}
    return TrainingSpec.from_values({**values, **knobs})


def lived(engine: Engine, steps: int, edits: dict[int, tuple[str, float]] | None = None) -> list[Frame]:
    """Train step by step, and give the frame that a person would have seen at each."""
    frames = []
    for step in range(steps + 1):
        engine.train(step)
        if step in (edits or {}):
            engine.edit(*(edits or {})[step])
            engine.publish()
        frames.append(engine.recording.frame())
    return frames


def assert_same(past: Frame | None, lived: Frame) -> None:
    assert past is not None
    assert past.step == lived.step
    assert past.run == lived.run
    assert past.initial is lived.initial
    for name, values in lived.params.items():
        assert past.params[name].tobytes() == values.tobytes(), (lived.step, name)
    arrays = ("loss", "grad_norms", "eval_steps", "evaluations", "update_norms", "weight_norms")
    for name in arrays:
        assert getattr(past, name).tobytes() == getattr(lived, name).tobytes(), (lived.step, name)
    for name in ("first", "low", "high", "mean", "n_nan", "n_inf", "n_not_positive"):
        assert getattr(past.history, name).tobytes() == getattr(lived.history, name).tobytes(), (lived.step, name)
    assert (past.schedule, past.spec_in_force) == (lived.schedule, lived.spec_in_force)
    assert told(past) == told(lived)


def told(frame: Frame) -> tuple[int, str] | None:
    """Give what a frame says of its divergence."""
    return (frame.divergence.step, frame.divergence.parameter) if frame.divergence else None


@pytest.mark.parametrize("stepper", STEPPERS)
@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize("optimizer", OPTIMIZERS)
def test_every_step_is_as_it_was_in_whatever_order_they_are_asked_for(data, optimizer, dtype, stepper):
    engine = Engine(spec(optimizer=optimizer, dtype=dtype, weight_decay=0.01), data, STEPPERS[stepper], 7)
    frames = lived(engine, 40)
    timeline = Timeline(engine)
    for step in (13, 14, 40, 0, 39, 7, 8, 6, 21, 1):
        assert_same(timeline.frame(step), frames[step])


@pytest.mark.parametrize("stepper", STEPPERS)
def test_live_changes_are_made_again_where_they_were_made(data, stepper):
    engine = Engine(spec(optimizer="momentum"), data, STEPPERS[stepper], 7)
    edits = {0: ("momentum", 0.5), 9: ("learning_rate", 0.3), 20: ("weight_decay", 0.2), 31: ("learning_rate", 0.01)}
    frames = lived(engine, 40, edits)
    timeline = Timeline(engine)
    for step in (25, 9, 10, 40, 20, 21, 0, 31, 32):
        assert_same(timeline.frame(step), frames[step])


@pytest.mark.parametrize("width", [300, 20])
def test_between_checkpoints_far_apart_every_step_is_as_it_was(data, width, monkeypatch):
    monkeypatch.setattr("model.training.checkpoints.MOST_ROWS", 4)
    engine = Engine(
        spec(hidden_sizes=(width,), optimizer="adam", learning_rate=0.003, steps=90), data, kernel_stepper, 7
    )
    frames = lived(engine, 90)
    assert engine.checkpoints.marks[1:].tolist() == [32, 3, 0]
    assert [engine.checkpoints.last_before(step).step for step in (0, 31, 32, 63, 64, 90)] == [0, 0, 32, 32, 64, 64]
    timeline = Timeline(engine)
    for step in (90, 63, 64, 65, 31, 1, 89):
        assert_same(timeline.frame(step), frames[step])


def test_a_run_that_diverges_and_one_that_begins_so_are_told_as_they_were(data):
    for knobs in ({"learning_rate": 1e30}, {"weight_init_std": 1e308, "dtype": "float32"}):
        engine = Engine(spec(**knobs), data, kernel_stepper, 7)
        frames = lived(engine, 12)
        assert frames[-1].divergence is not None
        timeline = Timeline(engine)
        for step in range(12, -1, -1):
            assert_same(timeline.frame(step), frames[step])


@pytest.mark.parametrize("knobs", [{"stop_accuracy": 0.4}, {"stop_on_divergence": True, "learning_rate": 1e30}])
def test_a_run_that_was_stopped_and_continued_has_its_steps_on_both_sides(data, knobs):
    engine = Engine(spec(**knobs), data, kernel_stepper, 7)
    engine.train(40)
    stopped_at = engine.recording.step
    assert stopped_at < 40
    timeline = Timeline(engine)
    assert timeline.frame(stopped_at).stopped_by is not None
    engine.train(40)
    other = Engine(engine.spec.replaced(stop_accuracy=0, stop_on_divergence=False), data, kernel_stepper, 7)
    for step in range(41):
        other.train(step)
        past = timeline.frame(step)
        assert past.step == step
        assert past.params["W1"].tobytes() == other.recording.frame().params["W1"].tobytes()


def test_a_run_that_trains_on_is_looked_at_meanwhile(data):
    engine = Engine(spec(steps=300), data, kernel_stepper, 7)
    timeline = Timeline(engine)
    kept = []
    for step in range(0, 301, 10):
        engine.train(step)
        kept.append(engine.recording.frame())
        assert_same(timeline.frame(step // 20 * 10), kept[step // 20])


def test_no_step_after_the_newest_can_be_had_and_none_before_the_first(data):
    engine = Engine(spec(), data, kernel_stepper, 7)
    engine.train(5)
    assert Timeline(engine).frame(1000).step == 5
    with pytest.raises(ValueError, match="no step -1"):
        Timeline(engine).frame(-1)


def test_what_is_given_up_gives_nothing_and_the_next_step_is_right(data, monkeypatch):
    engine = Engine(spec(steps=40), data, kernel_stepper, 7)
    frames = lived(engine, 40)
    timeline = Timeline(engine)
    given_up = timeline._given_up

    class GivesUp:
        def clear(self) -> None: ...

        def is_set(self) -> bool:
            return True

    timeline._given_up = GivesUp()
    monkeypatch.setattr(engine.checkpoints, "last_before", lambda _: None)
    assert timeline.frame(20) is None
    timeline._given_up = given_up
    assert_same(timeline.frame(20), frames[20])


def test_checkpoints_take_no_more_room_than_they_are_given():
    small, large = np.zeros(42, np.float32), np.zeros(5_000_000, np.float64)
    assert len(Checkpoints(small, 2).states) == MOST_ROWS
    assert len(Checkpoints(large, 2).states) == 0
    middle = Checkpoints(np.zeros(100_000), 1)
    assert 0.8 * MOST_BYTES < middle.states.nbytes + middle.streams.nbytes <= MOST_BYTES
