"""The Runner: the newest order counts, none is lost, nothing of an older run is left, and no fault ends the service."""

import math
import threading
import time
from collections.abc import Callable, Iterator
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from model.data.dataset import DataRequest, Dataset
from model.data.prepare import load
from model.keeping.record import State
from model.training import warmup
from model.training.engine import Engine, Stepper
from model.training.pace import BACKLOG, SLOW, TICK, Pace
from model.training.runner import Runner
from model.training.spec import TrainingSpec
from model.training.stepper import ClassStepper, kernel_stepper
from model.training.team import Team

PATIENCE = 20.0
"""Seconds after which something will never happen."""
SPEC = TrainingSpec(hidden_sizes=(3,), batch_size=4, steps=20, eval_every=5)
ENDLESS = SPEC.replaced(steps=1_000_000_000, eval_every=1_000_000)


@pytest.fixture(scope="module", autouse=True)
def _kernels() -> None:
    """Have the kernels ready, so that no test waits for a compiler."""
    warmup.exercise()


@pytest.fixture(scope="module")
def data() -> Dataset:
    return load(DataRequest(dataset="moons", samples=40))


@pytest.fixture
def serving() -> Iterator[Callable[..., Runner]]:
    """Start runners in threads of their own, and see to it that those end."""
    threads: list[tuple[Runner, threading.Thread]] = []

    def serve(stepper: Stepper = ClassStepper, **options: float) -> Runner:
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


class Gate:
    """A stepper whose engines are made, and whose training goes on, only while its doors are open."""

    def __init__(self, stepper: Stepper = ClassStepper) -> None:
        self.stepper = stepper
        self.made = 0
        self.making, self.may_make = threading.Event(), threading.Event()
        self.training, self.may_train = threading.Event(), threading.Event()
        self.may_make.set()
        self.may_train.set()

    def __call__(self, engine: Engine) -> Callable[[int], None]:
        self.making.set()
        assert self.may_make.wait(PATIENCE)
        self.made += 1
        steps = self.stepper(engine)

        def train(until: int) -> None:
            self.training.set()
            assert self.may_train.wait(PATIENCE)
            steps(until)

        return train

    def shut(self, door: threading.Event, seen: threading.Event) -> None:
        door.clear()
        seen.clear()


def settle(runner: Runner) -> Engine:
    assert runner.wait_settled(PATIENCE), runner.state
    assert runner.settled()
    assert runner.engine is not None, runner.failure
    return runner.engine


def wait_for(condition: Callable[[], bool], what: str) -> None:
    end = time.monotonic() + PATIENCE
    while not condition():
        assert time.monotonic() < end, f"{what} never came"


def wait_for_step(runner: Runner, step: int) -> None:
    wait_for(lambda: runner.engine is not None and runner.engine.recording.step >= step, f"step {step}")


def closed(like: Engine, stepper: Stepper) -> Engine:
    """Make a run again from its record alone: spec, schedule and how far it went."""
    again = Engine(like.spec, like.data, stepper)
    again.retarget(like.recording.target)
    for step, name, value in like.recording.schedule:
        again.train(step)
        again.edit(name, value)
    again.train(like.recording.step)
    return again


def assert_identical(one: Engine, other: Engine) -> None:
    assert one.params.tobytes() == other.params.tobytes()
    frames = one.recording.frame(), other.recording.frame()
    for name in ("loss", "grad_norms"):
        assert getattr(frames[0], name).tobytes() == getattr(frames[1], name).tobytes()
    assert frames[0].step == frames[1].step
    assert frames[0].schedule == frames[1].schedule


# ── start, pause, step, go on ────────────────────────────────────────────────────────────────────────────────────────


def test_a_run_that_shall_not_train_is_made_evaluated_and_waits(serving, data: Dataset) -> None:
    runner = serving()
    generation = runner.start(SPEC, data, train=False)
    engine = settle(runner)
    assert (runner.state, runner.generation, engine.recording.step) == ("paused", generation, 0)
    assert engine.recording.frame().eval_steps.tolist() == [0]


def test_a_run_of_0_steps_is_finished_at_once(serving, data: Dataset) -> None:
    runner = serving()
    runner.start(SPEC.replaced(steps=0), data, train=True)
    engine = settle(runner)
    assert (runner.state, engine.recording.step) == ("finished", 0)
    assert engine.recording.frame().eval_steps.tolist() == [0]


@pytest.mark.parametrize("stepper", [ClassStepper, kernel_stepper])
def test_a_run_in_the_thread_is_the_closed_run(serving, data: Dataset, stepper: Stepper) -> None:
    runner = serving(stepper)
    runner.start(SPEC, data, train=True)
    engine = settle(runner)
    assert (runner.state, engine.recording.step) == ("finished", 20)
    assert engine.recording.frame().eval_steps.tolist() == [0, 5, 10, 15, 20]
    assert_identical(engine, closed(engine, stepper))


@pytest.mark.parametrize("stepper", [ClassStepper, kernel_stepper])
def test_a_pause_comes_before_the_next_step_and_going_on_changes_no_bit(
    serving, data: Dataset, stepper: Stepper
) -> None:
    runner = serving(stepper)
    runner.start(ENDLESS, data, train=True)
    reached = 0
    for _ in range(5):
        wait_for_step(runner, reached + 1)
        assert runner.state == "training"
        assert not runner.settled()
        runner.pause()
        engine = settle(runner)
        assert runner.state == "paused"
        reached = engine.recording.step
        assert engine.recording.frame().step == reached
        runner.resume()
    runner.pause()
    engine = settle(runner)
    assert_identical(engine, closed(engine, stepper))


def test_waiting_for_a_run_that_trains_ends_with_its_time(serving, data: Dataset) -> None:
    runner = serving()
    runner.start(ENDLESS, data, train=True)
    assert not runner.wait_settled(0.01)


def test_every_single_step_that_was_ordered_is_made(serving, data: Dataset) -> None:
    runner = serving()
    runner.start(SPEC, data, train=False)
    for _ in range(7):
        runner.step_once()
    engine = settle(runner)
    assert (runner.state, engine.recording.step) == ("paused", 7)
    runner.step_once()
    assert settle(runner).recording.frame().step == 8


def test_a_single_step_ordered_while_training_pauses_after_it(serving, data: Dataset) -> None:
    gate = Gate()
    runner = serving(gate)
    runner.start(ENDLESS, data, train=False)
    engine = settle(runner)
    gate.shut(gate.may_train, gate.training)
    runner.resume()
    assert gate.training.wait(PATIENCE)
    runner.step_once()
    gate.may_train.set()
    settle(runner)
    assert (runner.state, engine.recording.step) == ("paused", 1)


@pytest.mark.parametrize("order", ["set_speed", "edit", "pause", "step_once"])
def test_an_order_that_comes_at_once_takes_away_no_single_step(serving, data: Dataset, order: str) -> None:
    gate = Gate()
    runner = serving(gate)
    runner.start(SPEC, data, train=False)
    engine = settle(runner)
    gate.shut(gate.may_train, gate.training)
    runner.step_once()
    assert gate.training.wait(PATIENCE)
    getattr(runner, order)(*{"set_speed": (60.0,), "edit": ("learning_rate", 0.2)}.get(order, ()))
    gate.may_train.set()
    settle(runner)
    assert (runner.state, engine.recording.step) == ("paused", 2 if order == "step_once" else 1)


def test_a_single_step_beyond_the_end_moves_the_end(serving, data: Dataset) -> None:
    runner = serving(kernel_stepper)
    runner.start(SPEC, data, train=True)
    engine = settle(runner)
    for step in range(21, 40):
        runner.step_once()
        settle(runner)
        frame = engine.recording.frame()
        assert (runner.state, frame.step, frame.target) == ("finished", step, step)
        assert frame.eval_steps[-1] == step
    # every end was evaluated, many more than a run of its length has
    assert len(frame.eval_steps) == 24
    assert len(set(frame.eval_steps.tolist())) == 24


def test_orders_without_a_run_are_forgotten(serving, data: Dataset) -> None:
    runner = serving()
    for order in (runner.resume, runner.step_once, runner.pause):
        order()
    runner.retarget(7, train=True)
    runner.edit("learning_rate", 0.5)
    assert not runner.wait_settled(0.01)
    runner.start(SPEC, data, train=False)
    engine = settle(runner)
    frame = engine.recording.frame()
    assert (runner.state, frame.step, frame.target, frame.schedule) == ("paused", 0, 20, ())


# ── where the run ends ───────────────────────────────────────────────────────────────────────────────────────────────


def test_a_later_end_trains_on_with_the_same_bits(serving, data: Dataset) -> None:
    runner = serving()
    runner.start(SPEC, data, train=True)
    settle(runner)
    runner.retarget(50, train=True)
    engine = settle(runner)
    assert (runner.state, engine.recording.step) == ("finished", 50)
    straight = Engine(SPEC.replaced(steps=50), data, ClassStepper)
    straight.train(50)
    assert_identical(engine, straight)


def test_a_later_end_need_not_train(serving, data: Dataset) -> None:
    runner = serving()
    runner.start(SPEC, data, train=True)
    settle(runner)
    runner.retarget(50, train=False)
    engine = settle(runner)
    assert (runner.state, engine.recording.step, engine.recording.target) == ("paused", 20, 50)


def test_an_earlier_end_ends_the_run_where_it_is(serving, data: Dataset) -> None:
    runner = serving()
    runner.start(ENDLESS, data, train=True)
    wait_for_step(runner, 3)
    runner.retarget(2, train=True)
    engine = settle(runner)
    assert runner.state == "finished"
    assert engine.recording.target == engine.recording.step >= 3
    assert engine.recording.frame().eval_steps[-1] == engine.recording.step


def test_an_evaluation_that_an_order_interrupted_is_made_after_it(serving, data: Dataset) -> None:
    class InterruptedBeforeTheLast(ClassStepper):
        """Its last step is followed by an order, which keeps it from evaluating."""

        def __call__(self, until: int) -> None:
            if until == self._engine.recording.target > self._engine.recording.step:
                super().__call__(until - 1)
                self._step()
            else:
                super().__call__(until)

    runner = serving(InterruptedBeforeTheLast)
    runner.start(SPEC, data, train=True)
    engine = settle(runner)
    assert runner.state == "finished"
    assert engine.recording.frame().eval_steps.tolist() == [0, 5, 10, 15, 20]


# ── live knobs ───────────────────────────────────────────────────────────────────────────────────────────────────────


def test_an_edit_counts_from_the_next_step_on(serving, data: Dataset) -> None:
    runner = serving(kernel_stepper)
    runner.start(SPEC.replaced(optimizer="momentum"), data, train=False)
    for name, value in (("learning_rate", 0.5), ("momentum", 0.1), ("weight_decay", 0.01)):
        runner.edit(name, value)
        runner.step_once()
        settle(runner)
    runner.resume()
    engine = settle(runner)
    assert engine.recording.schedule == ((0, "learning_rate", 0.5), (1, "momentum", 0.1), (2, "weight_decay", 0.01))
    assert_identical(engine, closed(engine, kernel_stepper))
    untouched = Engine(engine.spec, data, kernel_stepper)
    untouched.train(20)
    assert untouched.params.tobytes() != engine.params.tobytes()


def test_edits_while_training_are_in_the_record_and_the_record_makes_the_run_again(serving, data: Dataset) -> None:
    runner = serving()
    runner.start(ENDLESS.replaced(optimizer="nesterov"), data, train=True)
    wait_for_step(runner, 1)
    recording = runner.engine.recording
    for number in range(30):
        runner.edit(("learning_rate", "momentum", "weight_decay")[number % 3], number / 100)
        wait_for(lambda count=number + 1: len(recording.schedule) == count, "the edit")
        wait_for_step(runner, recording.schedule[-1][0] + 1)
    runner.pause()
    engine = settle(runner)
    steps = [step for step, *_ in engine.recording.schedule]
    assert all(earlier < later for earlier, later in pairwise(steps))
    assert_identical(engine, closed(engine, ClassStepper))


def test_a_thousand_edits_during_one_step_leave_the_last_of_each_knob(serving, data: Dataset) -> None:
    gate = Gate()
    runner = serving(gate)
    runner.start(SPEC, data, train=False)
    settle(runner)
    gate.shut(gate.may_train, gate.training)
    runner.step_once()
    assert gate.training.wait(PATIENCE)
    for number in range(1000):
        runner.edit("learning_rate", number / 1000)
        runner.edit("weight_decay", number / 1e6)
    gate.may_train.set()
    engine = settle(runner)
    assert engine.recording.step == 1  # the edits overtook the step, which was made all the same
    assert engine.recording.schedule == ((0, "learning_rate", 0.999), (0, "weight_decay", 0.000999))


def test_a_knob_that_is_not_live_fails_the_run_and_not_the_service(serving, data: Dataset) -> None:
    runner = serving()
    runner.start(SPEC, data, train=False)
    settle(runner)
    runner.edit("seed", 3.0)
    settle(runner)
    assert runner.state == "failed"
    assert "seed cannot change" in runner.failure
    runner.start(SPEC, data, train=True)
    assert settle(runner).recording.step == 20


# ── orders while something goes on ───────────────────────────────────────────────────────────────────────────────────


def test_it_is_not_settled_while_a_run_is_being_made(serving, data: Dataset) -> None:
    gate = Gate()
    runner = serving(gate)
    runner.start(SPEC, data, train=True)
    settle(runner)
    gate.shut(gate.may_make, gate.making)
    generation = runner.start(SPEC, data, train=False)
    assert gate.making.wait(PATIENCE)
    assert not runner.settled()
    gate.may_make.set()
    settle(runner)
    assert runner.generation == generation


def test_it_is_not_settled_while_a_single_step_is_being_made(serving, data: Dataset) -> None:
    gate = Gate()
    runner = serving(gate)
    runner.start(SPEC, data, train=False)
    engine = settle(runner)
    gate.shut(gate.may_train, gate.training)
    runner.step_once()
    assert gate.training.wait(PATIENCE)
    assert not runner.settled()
    gate.may_train.set()
    settle(runner)
    assert engine.recording.step == 1


def test_it_is_not_settled_while_a_run_is_being_replayed(serving, data: Dataset) -> None:
    gate = Gate()
    runner = serving()
    runner.start(SPEC, data, train=True)
    old = settle(runner)
    gate.shut(gate.may_train, gate.training)
    runner.use(gate)
    assert gate.training.wait(PATIENCE)
    assert not runner.settled()
    gate.may_train.set()
    assert settle(runner) is not old


@pytest.mark.parametrize(("train", "order", "state"), [(False, "resume", "finished"), (True, "pause", "paused")])
def test_an_order_right_after_the_start_is_never_lost(serving, data: Dataset, train: bool, order: str, state: str):
    runner = serving()
    spec = SPEC.replaced(steps=2) if order == "resume" else ENDLESS
    for number in range(500):
        generation = runner.start(spec.replaced(seed=number), data, train=train)
        for _ in range(number % 100 * 10):  # a little later each time, through all that the thread does meanwhile
            pass
        getattr(runner, order)()
        engine = settle(runner)
        assert (runner.state, runner.generation, engine.spec.seed) == (state, generation, number)


def test_orders_given_while_a_run_is_being_made_are_for_that_run(serving, data: Dataset) -> None:
    gate = Gate()
    runner = serving(gate)
    runner.start(SPEC, data, train=False)
    old = settle(runner)
    gate.shut(gate.may_make, gate.making)
    runner.start(SPEC.replaced(seed=1), data, train=False)
    assert gate.making.wait(PATIENCE)
    runner.edit("learning_rate", 0.7)
    runner.retarget(33, train=True)
    gate.may_make.set()
    new = settle(runner)
    assert new.spec.seed == 1
    assert (new.recording.step, new.recording.schedule) == (33, ((0, "learning_rate", 0.7),))
    assert (old.recording.step, old.recording.schedule) == (0, ())


def test_a_start_forgets_the_orders_for_the_run_before(serving, data: Dataset) -> None:
    gate = Gate()
    runner = serving(gate)
    runner.start(SPEC, data, train=False)
    old = settle(runner)
    gate.shut(gate.may_train, gate.training)
    runner.step_once()
    assert gate.training.wait(PATIENCE)
    runner.edit("learning_rate", 0.7)
    runner.step_once()
    runner.retarget(33, train=True)
    runner.start(SPEC.replaced(seed=1), data, train=False)
    gate.may_train.set()
    new = settle(runner)
    frame = new.recording.frame()
    assert (runner.state, frame.step, frame.target, frame.schedule) == ("paused", 0, 20, ())
    assert old.recording.schedule == ()


def test_nothing_of_an_older_run_is_left(serving, data: Dataset) -> None:
    runner = serving(kernel_stepper)
    runner.start(ENDLESS, data, train=True)
    wait_for_step(runner, 10)
    old = runner.engine
    generation = runner.start(SPEC.replaced(seed=5), data, train=True)
    new = settle(runner)
    reached = old.recording.step
    assert (runner.generation, new.spec.seed, new is old) == (generation, 5, False)
    runner.resume()
    settle(runner)
    assert old.recording.step == reached
    assert_identical(new, closed(new, kernel_stepper))


def test_2_000_starts_in_a_row_leave_one_run(serving, data: Dataset) -> None:
    runner = serving()
    numbers = [runner.start(SPEC.replaced(seed=seed), data, train=True) for seed in range(2000)]
    engine = settle(runner)
    assert all(later == earlier + 1 for earlier, later in pairwise(numbers))
    assert (runner.generation, engine.spec.seed, engine.recording.step) == (numbers[-1], 1999, 20)
    assert_identical(engine, closed(engine, ClassStepper))


def test_2_000_starts_during_one_step_make_one_run(serving, data: Dataset) -> None:
    gate = Gate()
    runner = serving(gate)
    runner.start(SPEC, data, train=False)
    settle(runner)
    gate.shut(gate.may_train, gate.training)
    runner.resume()
    assert gate.training.wait(PATIENCE)
    for seed in range(2000):
        runner.start(SPEC.replaced(seed=seed), data, train=False)
    gate.may_train.set()
    engine = settle(runner)
    assert (gate.made, engine.spec.seed) == (2, 1999)


@settings(max_examples=60)
@given(
    orders=st.lists(
        st.tuples(st.just("start"), st.booleans())
        | st.tuples(st.sampled_from(["pause", "resume", "step_once"]))
        | st.tuples(st.just("retarget"), st.integers(0, 40), st.booleans())
        | st.tuples(st.just("edit"), st.sampled_from(["learning_rate", "weight_decay"]), st.floats(0, 1))
        | st.tuples(st.just("set_speed"), st.sampled_from([1e5, 1e9, math.inf]))
        | st.tuples(st.just("settle")),
        max_size=25,
    )
)
def test_after_any_orders_the_record_makes_the_run_again(orders: list[tuple], data: Dataset) -> None:
    runner = Runner(ClassStepper)
    thread = threading.Thread(target=runner.serve)
    thread.start()
    try:
        generation = runner.start(SPEC, data, train=False)
        for name, *arguments in orders:
            match name:
                case "start":
                    generation = runner.start(SPEC.replaced(seed=generation), data, train=arguments[0])
                case "retarget":
                    runner.retarget(arguments[0], train=arguments[1])
                case "settle":
                    settle(runner)
                case _:
                    getattr(runner, name)(*arguments)
        engine = settle(runner)
        assert runner.generation == generation
        recording = engine.recording
        assert runner.state == ("finished" if recording.step >= recording.target else "paused")
        assert_identical(engine, closed(engine, ClassStepper))
    finally:
        runner.close()
        thread.join(PATIENCE)


# ── faults ───────────────────────────────────────────────────────────────────────────────────────────────────────────


def breaking(at: int, error: BaseException) -> Stepper:
    """A stepper that raises when it has come so far."""

    def bind(engine: Engine) -> Callable[[int], None]:
        steps = ClassStepper(engine)

        def train(until: int) -> None:
            steps(min(until, at))
            if until > at:
                raise error

        return train

    return bind


@pytest.mark.parametrize("error", [ValueError("a bug of ours"), MemoryError("no more"), OSError(28, "disk full")])
def test_an_exception_in_a_step_is_a_state_with_its_traceback(serving, data: Dataset, error: Exception) -> None:
    runner = serving(breaking(7, error))
    generation = runner.start(SPEC, data, train=True)
    engine = settle(runner)
    assert (runner.state, runner.generation, engine.recording.step) == ("failed", generation, 7)
    assert runner.failure.startswith("Traceback")
    assert type(error).__name__ in runner.failure
    assert str(error) in runner.failure


def test_the_next_start_after_a_fault_is_a_run_like_any_other(serving, data: Dataset) -> None:
    runner = serving(breaking(7, ValueError("a bug of ours")))
    for seed in range(3):
        runner.start(SPEC.replaced(seed=seed), data, train=True)
        settle(runner)
        assert runner.state == "failed"
        generation = runner.start(SPEC.replaced(steps=6), data, train=True)
        engine = settle(runner)
        assert (runner.state, runner.failure, runner.generation) == ("finished", "", generation)
        assert_identical(engine, closed(engine, ClassStepper))


def test_orders_for_a_failed_run_are_forgotten_and_hang_nobody(serving, data: Dataset) -> None:
    runner = serving(breaking(7, ValueError("a bug of ours")))
    runner.start(SPEC, data, train=True)
    settle(runner)
    runner.resume()
    runner.step_once()
    runner.retarget(30, train=True)
    runner.edit("learning_rate", 0.3)
    runner.use(breaking(8, ValueError("another")))
    engine = settle(runner)
    assert (runner.state, engine.recording.step, engine.recording.schedule) == ("failed", 7, ())


def test_a_run_that_cannot_be_made_leaves_no_other_in_its_place(serving, data: Dataset) -> None:
    runner = serving()
    runner.start(SPEC, data, train=True)
    settle(runner)

    def cannot(_engine: Engine) -> Callable[[int], None]:
        raise MemoryError("too wide")

    runner.stepper = cannot
    generation = runner.start(SPEC, data, train=True)
    assert runner.wait_settled(PATIENCE)
    assert (runner.state, runner.generation, runner.engine) == ("failed", generation, None)
    assert "too wide" in runner.failure
    runner.resume()
    assert runner.wait_settled(PATIENCE)
    runner.stepper = ClassStepper
    runner.start(SPEC, data, train=True)
    assert settle(runner).recording.step == 20


def test_a_fault_of_the_old_run_takes_no_order_from_the_new_one(serving, data: Dataset) -> None:
    gate = Gate(breaking(0, ValueError("a bug of ours")))
    runner = serving(gate)
    runner.start(SPEC, data, train=False)
    settle(runner)
    gate.shut(gate.may_train, gate.training)
    runner.resume()
    assert gate.training.wait(PATIENCE)
    gate.stepper = ClassStepper
    runner.start(SPEC.replaced(seed=1), data, train=True)
    gate.may_train.set()
    engine = settle(runner)
    assert (runner.state, engine.spec.seed, engine.recording.step) == ("finished", 1, 20)


def test_no_room_for_a_longer_history_fails_the_run_and_not_the_service(
    serving, data: Dataset, monkeypatch: pytest.MonkeyPatch
) -> None:
    runner = serving()
    runner.start(SPEC, data, train=True)
    engine = settle(runner)

    def full(_until: int) -> int:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(engine.recording, "reserve", full)
    runner.retarget(10_000, train=True)
    settle(runner)
    assert runner.state == "failed"
    assert "No space left" in runner.failure
    assert engine.recording.frame().step == 20


# ── other ways to make steps, and runs had back ──────────────────────────────────────────────────────────────────────


def edited_run(runner: Runner, data: Dataset) -> Engine:
    """A run by the class with a schedule, paused on its way."""
    runner.start(SPEC.replaced(optimizer="momentum", steps=60), data, train=False)
    for name, value in (("learning_rate", 0.3), ("momentum", 0.5), ("weight_decay", 0.02)):
        for _ in range(9):
            runner.step_once()
        settle(runner)
        runner.edit(name, value)
    return settle(runner)


def test_a_run_of_the_class_is_replayed_to_the_bits_of_the_kernel(serving, data: Dataset) -> None:
    runner = serving()
    old = edited_run(runner, data)
    runner.use(kernel_stepper)
    new = settle(runner)
    assert new is not old
    assert (runner.state, new.recording.step, len(new.recording.schedule)) == ("paused", 27, 3)
    assert new.recording.schedule == old.recording.schedule
    assert_identical(new, closed(new, kernel_stepper))
    runner.resume()
    finished = settle(runner)
    assert finished is new
    assert finished.recording.step == 60
    assert_identical(finished, closed(finished, kernel_stepper))


def test_the_kernel_takes_over_from_a_class_that_is_training(serving, data: Dataset) -> None:
    runner = serving()
    generation = runner.start(SPEC.replaced(steps=3000), data, train=True)
    wait_for_step(runner, 5)
    runner.use(kernel_stepper)
    engine = settle(runner)
    assert (runner.state, runner.generation, engine.recording.step) == ("finished", generation, 3000)
    assert_identical(engine, closed(engine, kernel_stepper))


def test_a_lengthened_run_is_replayed_to_its_new_end(serving, data: Dataset) -> None:
    runner = serving()
    runner.start(SPEC, data, train=True)
    settle(runner)
    runner.retarget(45, train=True)
    settle(runner)
    runner.use(kernel_stepper)
    engine = settle(runner)
    assert (runner.state, engine.recording.step, engine.recording.target) == ("finished", 45, 45)
    assert_identical(engine, closed(engine, kernel_stepper))


def test_a_run_that_was_being_made_when_the_kernel_came_is_made_by_it_too(serving, data: Dataset) -> None:
    gate = Gate()
    runner = serving(gate)
    gate.shut(gate.may_make, gate.making)
    runner.start(SPEC, data, train=True)
    assert gate.making.wait(PATIENCE)
    runner.use(kernel_stepper)
    gate.may_make.set()
    engine = settle(runner)
    assert engine.stepper is kernel_stepper
    assert_identical(engine, closed(engine, kernel_stepper))


def test_a_run_made_beforehand_is_taken_over_by_the_kernel_that_came_since(serving, data: Dataset) -> None:
    runner = serving()
    early = Engine(SPEC, data, runner.stepper)
    runner.use(kernel_stepper)
    runner.start(SPEC, data, train=True, team=Team(early))
    engine = settle(runner)
    assert engine.stepper is kernel_stepper
    assert_identical(engine, closed(engine, kernel_stepper))


def test_a_run_made_beforehand_is_the_run(serving, data: Dataset) -> None:
    runner = serving()
    engine = Engine(SPEC, data, runner.stepper)
    runner.start(SPEC, data, train=True, team=Team(engine))
    assert settle(runner) is engine
    assert engine.recording.step == 20


def test_a_run_had_back_is_just_as_it_was_left_and_goes_on(serving, data: Dataset) -> None:
    runner = serving()
    old = edited_run(runner, data)
    left = old.params.tobytes()
    runner.start(SPEC, data, train=True)
    settle(runner)
    runner.start(old.spec, data, train=False, team=Team(old))
    assert settle(runner) is old
    assert (runner.state, old.recording.step, old.params.tobytes()) == ("paused", 27, left)
    runner.resume()
    settle(runner)
    assert old.recording.step == 60
    assert_identical(old, closed(old, ClassStepper))


def test_a_new_run_overtakes_a_replay(serving, data: Dataset) -> None:
    gate = Gate()
    runner = serving()
    runner.start(SPEC.replaced(steps=300), data, train=True)
    settle(runner)
    gate.shut(gate.may_train, gate.training)
    runner.use(gate)
    assert gate.training.wait(PATIENCE)
    replay = runner._replaying
    generation = runner.start(SPEC, data, train=True)
    gate.may_train.set()
    engine = settle(runner)
    assert (runner.generation, engine.spec, engine.recording.step) == (generation, SPEC, 20)
    assert replay.engine.recording.step == 0


def test_other_orders_wait_for_the_replay_and_count_then(serving, data: Dataset) -> None:
    gate = Gate()
    runner = serving()
    runner.start(SPEC, data, train=True)
    settle(runner)
    gate.shut(gate.may_train, gate.training)
    runner.use(gate)
    assert gate.training.wait(PATIENCE)
    runner.edit("learning_rate", 0.4)
    runner.retarget(30, train=True)
    gate.may_train.set()
    engine = settle(runner)
    assert (engine.recording.step, engine.recording.schedule) == (30, ((20, "learning_rate", 0.4),))
    assert_identical(engine, closed(engine, ClassStepper))


# ── the end ──────────────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("stepper", [ClassStepper, kernel_stepper])
@pytest.mark.parametrize("speed", [math.inf, 50.0], ids=["max", "paced"])
def test_closing_while_training_ends_the_thread(data: Dataset, stepper: Stepper, speed: float) -> None:
    runner = Runner(stepper, speed=speed)
    thread = threading.Thread(target=runner.serve)
    thread.start()
    runner.start(ENDLESS, data, train=True)
    wait_for_step(runner, 1)
    runner.close()
    thread.join(PATIENCE)
    assert not thread.is_alive()
    assert runner.engine.recording.frame().step == runner.engine.recording.step


def test_closing_during_a_replay_ends_the_thread_without_finishing_it(data: Dataset) -> None:
    gate = Gate()
    runner = Runner(ClassStepper)
    thread = threading.Thread(target=runner.serve)
    thread.start()
    runner.start(SPEC.replaced(steps=300), data, train=True)
    old = settle(runner)
    gate.shut(gate.may_train, gate.training)
    runner.use(gate)
    assert gate.training.wait(PATIENCE)
    replay = runner._replaying
    runner.close()
    gate.may_train.set()
    thread.join(PATIENCE)
    assert not thread.is_alive()
    assert runner.engine is old
    assert replay.engine.recording.step == 0


def test_closing_before_any_run_ends_the_thread() -> None:
    runner = Runner()
    runner.close()
    runner.serve()


# ── the pace ─────────────────────────────────────────────────────────────────────────────────────────────────────────


class Clock:
    """A clock that goes when it is told to."""

    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now


def test_at_full_speed_every_step_is_allowed_at_once() -> None:
    assert Pace(math.inf, Clock()).allowed(0) == math.inf


def test_a_pace_allows_what_its_time_has_brought() -> None:
    clock = Clock()
    pace = Pace(100, clock)
    assert pace.allowed(0) == 0
    clock.now += 0.0501
    assert pace.allowed(0) == 5
    clock.now += 0.05
    assert pace.allowed(5) == 10
    pace.anchor(8)
    assert pace.allowed(8) == 8
    clock.now += 0.0101
    assert pace.allowed(8) == 9


@pytest.mark.parametrize("speed", [1.0, 60.0, 1e4, 1e6])
@pytest.mark.parametrize("gap", [BACKLOG * 1.5, 60.0, 1e7])
def test_after_a_long_gap_a_run_goes_on_without_a_burst(speed: float, gap: float) -> None:
    clock = Clock()
    pace = Pace(speed, clock)
    gap = max(gap, 3 / speed)
    clock.now += gap  # the machine slept
    assert pace.allowed(0) == 1
    assert pace.allowed(1) <= 1
    clock.now += 10.5 / speed
    assert pace.allowed(1) == (10 if speed * BACKLOG >= 9 else 2)


@given(
    speed=st.floats(1, SLOW),
    ticks=st.lists(st.floats(0, 2.0), min_size=1, max_size=60),
)
def test_at_a_slow_pace_there_are_never_two_steps_at_once(speed: float, ticks: list[float]) -> None:
    clock = Clock()
    pace = Pace(speed, clock)
    step = 0
    for tick in ticks:
        clock.now += tick
        allowed = int(pace.allowed(step))
        assert allowed <= step + 1
        step = max(step, allowed)
    assert step <= (clock.now - 1000.0) * speed + 1e-6


@given(
    speed=st.floats(SLOW, 1e6, exclude_min=True),
    ticks=st.lists(st.floats(0, 0.1), min_size=1, max_size=60),
)
def test_a_pace_keeps_its_speed_however_the_ticks_fall(speed: float, ticks: list[float]) -> None:
    clock = Clock()
    pace = Pace(speed, clock)
    step = 0
    for tick in ticks:
        clock.now += tick
        step = max(step, int(pace.allowed(step)))
    due = (clock.now - 1000.0) * speed
    assert due - 1 - 1e-6 * due <= step <= due + 1e-6 * due


@given(speed=st.floats(1, 1e308), gaps=st.lists(st.floats(0, 1e6), max_size=30))
def test_no_pace_ever_bursts_or_breaks(speed: float, gaps: list[float]) -> None:
    clock = Clock()
    pace = Pace(speed, clock)
    step = 0
    for gap in gaps:
        clock.now += gap
        allowed = pace.allowed(step)
        assert allowed - step <= max(1.0, speed * BACKLOG)
        step = max(step, min(int(allowed), step + 10**9))
        wait = pace.wait(step)
        assert wait >= TICK


@given(speed=st.floats(1, 1e5), gap=st.floats(0, 10))
def test_after_its_wait_a_step_is_due(speed: float, gap: float) -> None:
    clock = Clock()
    pace = Pace(speed, clock)
    clock.now += gap
    step = max(0, int(pace.allowed(0)))
    clock.now += pace.wait(step) + 1e-9
    assert pace.allowed(step) > step


def start_paced(runner: Runner, speed: float, clock: Clock, data: Dataset) -> None:
    runner._pace = Pace(speed, clock)
    runner.start(ENDLESS, data, train=True)
    wait_for(lambda: runner.state == "training", "the run")
    assert not runner.settled()  # takes the lock, under which the pace was anchored


def test_a_paced_run_makes_the_steps_that_are_due_and_no_more(serving, data: Dataset) -> None:
    clock = Clock()
    runner = serving()
    start_paced(runner, 1000.0, clock, data)
    for moment in (1, 25, 7):
        before = runner.engine.recording.step
        clock.now += (moment + 0.5) / 1000
        wait_for_step(runner, before + moment)
        assert runner.state == "training"
        runner.pause()
        assert settle(runner).recording.step == before + moment
        runner.resume()


def test_a_paced_run_that_slept_goes_on_from_now(serving, data: Dataset) -> None:
    clock = Clock()
    runner = serving()
    start_paced(runner, 1000.0, clock, data)
    for step in (1, 2, 3):
        clock.now += 3600
        wait_for_step(runner, step)
        runner.pause()
        assert settle(runner).recording.step == step
        runner.resume()


def test_a_paced_run_is_the_closed_run(serving, data: Dataset) -> None:
    runner = serving(kernel_stepper, speed=3000.0)
    runner.start(SPEC.replaced(steps=100), data, train=True)
    engine = settle(runner)
    assert (runner.state, engine.recording.step) == ("finished", 100)
    assert_identical(engine, closed(engine, kernel_stepper))


def test_a_change_of_speed_counts_from_now(serving, data: Dataset) -> None:
    runner = serving(speed=1.0)
    runner.start(ENDLESS.replaced(steps=2000), data, train=True)
    runner.set_speed(math.inf)
    assert settle(runner).recording.step == 2000


# ── a look between two steps ─────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("stepper", [kernel_stepper, ClassStepper])
def test_a_look_between_steps_finds_the_run_standing_still_and_it_goes_on(
    serving: Callable[..., Runner], data: Dataset, stepper: Stepper
) -> None:
    runner = serving(stepper)
    runner.start(ENDLESS, data, train=True)
    wait_for_step(runner, 20)
    states: list[State] = []
    for n in range(1, 4):
        runner.between_steps(lambda team: states.append(State.now(team.lead)))
        wait_for(lambda n=n: len(states) == n, "a look")
        at = states[-1].step
        wait_for_step(runner, at + 1)
    assert runner.state == "training"
    runner.pause()
    for state in states:
        other = Engine(ENDLESS, data, stepper)
        other.train(state.step)
        assert (other.params == state.params).all()
        assert (other.stream == state.stream).all()


def test_a_look_at_a_run_that_rests_is_had_at_once_and_forgotten_with_its_run(
    serving: Callable[..., Runner], data: Dataset
) -> None:
    runner = serving()
    runner.start(SPEC, data, train=False)
    assert runner.wait_settled(PATIENCE)
    seen: list[int] = []
    runner.between_steps(lambda team: seen.append(team.step))
    assert runner.wait_settled(PATIENCE)
    assert seen == [0]
