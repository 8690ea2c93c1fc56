"""Stops: a run ends at the accuracy or the divergence asked for, at the same step however it is made, and says why."""

import math
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import pytest

from model import cli
from model.data.dataset import DataRequest, Dataset
from model.data.prepare import load
from model.network.shared import Control
from model.training.engine import Engine, Stepper
from model.training.record import run_arrays
from model.training.runner import Runner
from model.training.spec import TrainingSpec
from model.training.stepper import ClassStepper, kernel_stepper

PATIENCE = 20.0
STEPPERS = {"kernel": kernel_stepper, "class": ClassStepper}
MOONS = TrainingSpec(
    dataset="moons", samples=200, hidden_sizes=(8,), batch_size=20, steps=400, eval_every=10,
    init="glorot", activation="tanh", learning_rate=0.2,
)  # fmt: skip
SOON = MOONS.replaced(stop_accuracy=0.85)
BURST = MOONS.replaced(activation="linear", learning_rate=1e30, stop_on_divergence=True)


@pytest.fixture(scope="module")
def moons() -> Dataset:
    return load(MOONS.data_request)


@pytest.fixture(scope="module")
def untested() -> Dataset:
    return load(DataRequest(dataset="moons", samples=200, train_fraction=1.0))


def trained(spec: TrainingSpec, data: Dataset, how: str = "kernel") -> Engine:
    engine = Engine(spec, data, STEPPERS[how])
    engine.train(spec.steps)
    return engine


def first_reaching(spec: TrainingSpec, data: Dataset, column: int, accuracy: float) -> int:
    """Find the first evaluation of the run without stops that reaches an accuracy."""
    recording = trained(spec.replaced(stop_accuracy=0.0), data).recording
    frame = recording.frame()
    return int(frame.eval_steps[np.argmax(frame.evaluations[:, column] >= accuracy)])


def state(engine: Engine) -> tuple[object, ...]:
    """Give all that a run left behind, bit by bit."""
    arrays = run_arrays(engine)
    history = engine.recording.by_step[: engine.recording.step]
    return (history.tobytes(), *(np.asarray(value).tobytes() for value in arrays.values()))


# ── accuracy ─────────────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("how", STEPPERS)
@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize("activation", ["relu", "tanh", "sigmoid", "gelu"])
@pytest.mark.parametrize("sizes", [(8,), (8, 6, 4)])
def test_a_run_ends_at_the_first_evaluation_that_reaches_the_accuracy(
    moons: Dataset, how: str, dtype: str, activation: str, sizes: tuple[int, ...]
) -> None:
    spec = SOON.replaced(dtype=dtype, activation=activation, hidden_sizes=sizes, init="lsuv", optimizer="adam",
                         learning_rate=0.01)  # fmt: skip
    engine = trained(spec, moons, how)
    step = first_reaching(spec, moons, 1, 0.85)
    assert 0 < step < 400
    assert engine.recording.step == step
    assert engine.recording.ended_by == "accuracy"
    frame = engine.recording.frame()
    assert frame.stopped_by == "accuracy"
    assert frame.target == 400
    assert frame.accuracy[1] >= 0.85
    assert len(frame.loss) == step == frame.eval_steps[-1]


@pytest.mark.parametrize("how", STEPPERS)
def test_without_a_test_set_the_train_accuracy_counts(untested: Dataset, how: str) -> None:
    engine = trained(SOON.replaced(train_fraction=1.0), untested, how)
    assert engine.recording.step == first_reaching(SOON, untested, 0, 0.85)
    assert engine.recording.ended_by == "accuracy"


@pytest.mark.parametrize("how", STEPPERS)
def test_an_accuracy_that_is_never_reached_stops_nothing(moons: Dataset, how: str) -> None:
    plain, watched = (trained(MOONS.replaced(steps=50, stop_accuracy=a), moons, how) for a in (0.0, 1.0))
    assert watched.recording.ended_by == plain.recording.ended_by == "steps"
    assert watched.params.tobytes() == plain.params.tobytes()
    assert watched.recording.frame().stopped_by is None


@pytest.mark.parametrize("how", STEPPERS)
def test_the_numbers_up_to_the_stop_are_those_of_the_run_without_it(moons: Dataset, how: str) -> None:
    engine = trained(SOON, moons, how)
    plain = trained(MOONS.replaced(steps=engine.recording.step), moons, how)
    assert engine.params.tobytes() == plain.params.tobytes()
    assert engine.recording.frame().loss.tobytes() == plain.recording.frame().loss.tobytes()


@pytest.mark.parametrize("how", STEPPERS)
def test_training_on_goes_past_the_stop_as_if_there_had_been_none(moons: Dataset, how: str) -> None:
    engine = trained(SOON, moons, how)
    assert engine.recording.step < 400
    engine.train(400)
    assert engine.recording.step == 400
    assert engine.recording.ended_by == "steps"
    assert engine.params.tobytes() == trained(MOONS, moons, how).params.tobytes()


@pytest.mark.parametrize("how", STEPPERS)
def test_however_a_run_is_sliced_it_stops_at_the_same_step(moons: Dataset, how: str) -> None:
    for spec in (SOON, BURST):
        whole, sliced = trained(spec, moons, how), Engine(spec, moons, STEPPERS[how])
        while not sliced.recording.ended:
            sliced.recording.request()
            sliced.train(sliced.recording.step + 1)
        assert state(sliced) == state(whole)


# ── divergence ───────────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize("how", STEPPERS)
@pytest.mark.parametrize("sizes", [(8,), (8, 6, 4)])
def test_a_run_ends_right_after_the_step_at_which_it_diverged(
    moons: Dataset, how: str, dtype: str, sizes: tuple[int, ...]
) -> None:
    engine = trained(BURST.replaced(dtype=dtype, hidden_sizes=sizes), moons, how)
    diverged_at = int(engine.control[Control.DIVERGED_AT])
    assert 0 <= diverged_at < 399
    assert engine.recording.step == diverged_at + 1
    assert engine.recording.ended_by == engine.recording.frame().stopped_by == "divergence"
    assert all(np.isfinite(value).all() for value in engine.final_parameters().values())


def test_kernel_and_class_stop_at_the_same_divergence(moons: Dataset) -> None:
    spec = BURST.replaced(dtype="float64", learning_rate=1e3)
    steps = {trained(spec, moons, how).recording.step for how in STEPPERS}
    assert len(steps) == 1
    assert 1 < steps.pop() < 400


@pytest.mark.parametrize("how", STEPPERS)
def test_a_start_that_is_not_finite_ends_after_its_first_step(moons: Dataset, how: str) -> None:
    engine = trained(BURST.replaced(init="std", weight_init_std=1e308), moons, how)
    assert engine.recording.step == 1
    assert engine.recording.ended_by == "divergence"


@pytest.mark.parametrize("how", STEPPERS)
def test_without_the_stop_a_diverged_run_trains_on(moons: Dataset, how: str) -> None:
    engine = trained(BURST.replaced(stop_on_divergence=False, steps=30), moons, how)
    assert engine.control[Control.DIVERGED_AT] >= 0
    assert engine.recording.step == 30
    assert engine.recording.ended_by == "steps"


@pytest.mark.parametrize("how", STEPPERS)
def test_a_diverged_run_can_be_trained_on_too(moons: Dataset, how: str) -> None:
    engine = trained(BURST, moons, how)
    engine.train(50)
    assert engine.recording.step == 50


@pytest.mark.parametrize("how", STEPPERS)
def test_a_divergence_at_the_very_last_step_is_what_ended_the_run(moons: Dataset, how: str) -> None:
    last = trained(BURST, moons).recording.step
    assert trained(BURST.replaced(steps=last), moons, how).recording.ended_by == "divergence"


# ── live ─────────────────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("how", STEPPERS)
def test_a_stop_set_while_it_trains_ends_the_run_and_stands_in_the_schedule(moons: Dataset, how: str) -> None:
    engine = Engine(MOONS, moons, STEPPERS[how])
    engine.train(15)
    engine.edit("stop_accuracy", 0.85)
    engine.train(400)
    assert engine.recording.step == first_reaching(MOONS, moons, 1, 0.85)
    assert engine.recording.schedule == ((15, "stop_accuracy", 0.85),)
    assert engine.recording.frame().stop_accuracy == 0.85
    assert run_arrays(engine)["stopped_by"] == "accuracy"
    again = Engine(MOONS, moons, STEPPERS[how])
    for step, name, value in engine.recording.schedule:
        again.train(step)
        again.edit(name, value)
    again.train(400)
    assert state(again)[:-1] == state(engine)[:-1]


@pytest.mark.parametrize("how", STEPPERS)
def test_a_stop_that_was_passed_counts_again_once_it_is_turned(moons: Dataset, how: str) -> None:
    engine = trained(SOON, moons, how)
    step = engine.recording.step
    engine.train(step + 30)
    engine.edit("stop_accuracy", 0.5)
    engine.train(400)
    assert engine.recording.step == 10 * math.ceil((step + 31) / 10)
    assert engine.recording.ended_by == "accuracy"


@pytest.mark.parametrize(("value", "over"), [(0.0, False), (0.999, False), (0.5, True)])
def test_turning_the_stop_that_ended_a_run_lifts_it_only_where_it_would_not_end_it_now(
    moons: Dataset, value: float, over: bool
) -> None:
    engine = trained(SOON, moons)
    engine.edit("stop_accuracy", value)
    assert engine.recording.ended is over


def test_another_knob_lifts_no_stop(moons: Dataset) -> None:
    engine = trained(SOON, moons)
    for name, value in (("learning_rate", 0.5), ("stop_on_divergence", 1.0)):
        engine.edit(name, value)
        assert engine.recording.ended_by == "accuracy"


@pytest.mark.parametrize("how", STEPPERS)
def test_a_diverged_run_ends_at_the_next_step_once_that_is_asked_for(moons: Dataset, how: str) -> None:
    engine = Engine(BURST.replaced(stop_on_divergence=False), moons, STEPPERS[how])
    engine.train(30)
    engine.edit("stop_on_divergence", 1.0)
    engine.train(400)
    assert engine.recording.step == 31
    engine.edit("stop_on_divergence", 0.0)
    assert not engine.recording.ended


# ── the Runner ───────────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.fixture
def serving() -> Iterator[Callable[..., Runner]]:
    """Start runners in threads of their own, and see to it that those end."""
    threads: list[tuple[Runner, threading.Thread]] = []

    def serve(stepper: Stepper = kernel_stepper, **options: float) -> Runner:
        runner = Runner(stepper, **options)
        thread = threading.Thread(target=runner.serve, name="training")
        threads.append((runner, thread))
        thread.start()
        return runner

    yield serve
    for runner, _ in threads:
        runner.close()
    for _, thread in threads:
        thread.join(PATIENCE)
        assert not thread.is_alive()


def settled(runner: Runner) -> Engine:
    assert runner.wait_settled(PATIENCE), runner.state
    assert runner.engine is not None, runner.failure
    return runner.engine


@pytest.mark.parametrize("spec", [SOON, BURST], ids=["accuracy", "divergence"])
@pytest.mark.parametrize("speed", [math.inf, 3000.0])
def test_a_stopped_run_is_finished_and_the_same_as_in_one_go(
    serving: Callable[..., Runner], moons: Dataset, spec: TrainingSpec, speed: float
) -> None:
    runner = serving(speed=speed)
    runner.start(spec, moons, train=True)
    engine = settled(runner)
    assert runner.state == "finished"
    assert state(engine) == state(trained(spec, moons))


def test_only_who_asks_for_it_goes_past_a_stop(serving: Callable[..., Runner], moons: Dataset) -> None:
    runner = serving()
    runner.start(SOON, moons, train=True)
    step = settled(runner).recording.step
    runner.resume()
    runner.retarget(500, train=True)
    assert settled(runner).recording.step == step
    assert runner.state == "finished"
    runner.retarget(500, train=True, past_stop=True)
    engine = settled(runner)
    assert (engine.recording.step, engine.recording.ended_by) == (500, "steps")
    assert engine.params.tobytes() == trained(MOONS.replaced(steps=500), moons).params.tobytes()


def test_a_single_step_leads_on_from_a_stop_to_a_pause(serving: Callable[..., Runner], moons: Dataset) -> None:
    runner = serving()
    runner.start(SOON, moons, train=True)
    step = settled(runner).recording.step
    runner.step_once()
    assert settled(runner).recording.step == step + 1
    assert runner.state == "paused"
    assert runner.engine.recording.ended_by == "interrupt"


def test_undoing_the_stop_that_ended_a_run_trains_on_if_asked(serving: Callable[..., Runner], moons: Dataset) -> None:
    runner = serving()
    runner.start(SOON, moons, train=True)
    settled(runner)
    runner.edit("stop_accuracy", 0.0, train=True)
    assert settled(runner).recording.step == 400


@pytest.mark.parametrize("further", [False, True])
def test_a_replayed_run_stands_where_it_stood(serving: Callable[..., Runner], moons: Dataset, further: bool) -> None:
    runner = serving(ClassStepper)
    runner.start(SOON, moons, train=True)
    old = settled(runner)
    if further:
        runner.retarget(450, train=True, past_stop=True)
        old = settled(runner)
    runner.use(kernel_stepper)
    new = settled(runner)
    assert new is not old
    assert runner.state == "finished"
    assert new.recording.step == old.recording.step
    assert new.recording.ended_by == old.recording.ended_by == ("steps" if further else "accuracy")


class Rounding:
    """A stepper whose test accuracies come out a little different, as another order of sums can make them."""

    def __init__(self, by: float) -> None:
        self.by = by

    def __call__(self, engine: Engine) -> Callable[[int], None]:
        stepper = ClassStepper(engine)
        measure = stepper._accuracy_and_loss
        stepper._accuracy_and_loss = lambda x, t: (measure(x, t)[0] + self.by, measure(x, t)[1])
        return stepper


@pytest.mark.parametrize("by", [-0.05, 0.05])
def test_a_replayed_run_stops_where_the_new_way_of_making_steps_has_it(
    serving: Callable[..., Runner], moons: Dataset, by: float
) -> None:
    runner = serving(Rounding(by))
    runner.start(SOON, moons, train=True)
    settled(runner)
    runner.use(kernel_stepper)
    engine = settled(runner)
    assert state(engine) == state(trained(SOON, moons))


# ── the record ───────────────────────────────────────────────────────────────────────────────────────────────────────


def test_the_record_says_why_the_run_ended(moons: Dataset) -> None:
    paused = Engine(MOONS, moons, kernel_stepper)
    paused.train(7)
    ends = [run_arrays(engine)["stopped_by"] for engine in (*(trained(s, moons) for s in (MOONS, SOON, BURST)), paused)]
    assert ends == ["steps", "accuracy", "divergence", "interrupt"]


@pytest.mark.parametrize(
    ("spec", "told"),
    [(SOON, "accuracy 0.85 reached"), (BURST, "divergence"), (MOONS, "")],
    ids=["accuracy", "divergence", "steps"],
)
def test_the_command_line_says_in_its_last_lines_why_it_stopped(
    spec: TrainingSpec, told: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert cli.train([*spec.flags(), "--out", str(tmp_path / "run.npz")]) == 0
    with np.load(tmp_path / "run.npz") as run:
        step = int(run["step"])
        assert run["stopped_by"] == (told.split(" ", maxsplit=1)[0] or "steps")
        assert len(run["loss"]) == step
    last_lines = capsys.readouterr().err.splitlines()[-3:]
    assert (f"stopped at step {step:,}: {told}" in last_lines) == bool(told)
