"""The Runner: trains engines one after the other, at a pace, as another thread orders.

One thread sits in `serve`; any other gives orders, which are state and not a queue: the newest counts,
and a running kernel is interrupted before its next step to look at it.
"""

import math
import threading
import time
import traceback
from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

from model.data.dataset import Dataset
from model.training.engine import Engine, Stepper
from model.training.spec import TrainingSpec
from model.training.stepper import ClassStepper

State = Literal["empty", "training", "paused", "finished", "failed"]

# A paced run wakes at most this often; faster than any screen, slow enough to leave the GIL alone.
TICK = 1 / 120
# A run that fell behind by more than this (the machine slept) goes on from now instead of catching up.
BACKLOG = 0.25
# Up to this speed, in steps a second, a run never catches up: two steps at once would be drawn as one.
SLOW = 30.0
_FAR = 1e15


@dataclass(frozen=True, slots=True)
class Job:
    """A run to make, from its spec and data."""

    generation: int
    spec: TrainingSpec
    data: Dataset
    engine: Engine | None = None
    """A run that was replaced earlier and is had back."""


class Pace:
    """How many steps may have been made by now at so many steps a second."""

    def __init__(self, speed: float, clock: Callable[[], float] = time.monotonic) -> None:
        self.speed = speed
        self._clock = clock
        self._since = clock()
        self._step = 0

    @property
    def slow(self) -> bool:
        """Whether every single step is to be seen."""
        return self.speed <= SLOW

    def anchor(self, step: int) -> None:
        """Count from this step and this moment on."""
        self._since, self._step = self._clock(), step

    def allowed(self, step: int) -> float:
        """The step that may be reached now by a run that is at `step`."""
        if math.isinf(self.speed):
            return math.inf
        due = self._step + math.floor(min((self._clock() - self._since) * self.speed, _FAR))
        if due - step > max(1.0, 0.0 if self.slow else self.speed * BACKLOG):
            self.anchor(step)
            return step + 1
        return due

    def wait(self, step: int) -> float:
        """Seconds until a step after `step` is due, no less than a tick."""
        due_at = self._since + (step + 1 - self._step) / self.speed
        return max(TICK, due_at - self._clock())


class _Overtaken(Exception):  # noqa: N818  no error
    """A replay was given up, because a newer run or the end of the service was ordered."""


class Runner:
    """Trains in the thread that calls `serve`; takes orders from any other.

    Attributes
    ----------
    engine : the present run, or None before the first
    generation : number of the job that `engine` was made for
    state : what goes on; "failed" until the next job after an exception, which `failure` holds as text
        and `fault` as such
    shown : the step that the screen has got to, where there is one; slow motion waits for it
    undecided : an order to train or to pause has been given that `state` does not show yet
    """

    def __init__(self, stepper: Stepper = ClassStepper, *, speed: float = math.inf) -> None:
        self.engine: Engine | None = None
        self.generation = 0
        self.state: State = "empty"
        self.failure = ""
        self.fault: Exception | None = None
        self.undecided = False
        self.shown = math.inf
        self._stepper = stepper
        self._pace = Pace(speed)
        self._condition = threading.Condition()
        self._job: Job | None = None
        self._last_generation = 0
        self._begun = 0
        self._busy = False
        self._running = False
        self._single_steps = 0
        self._target: int | None = None
        self._halt: int | None = None
        self._edits: list[tuple[str, float]] = []
        self._past_stop = False
        self._replay = False
        self._replaying: Engine | None = None
        self._closing = False

    # Orders, from any thread

    def start(self, spec: TrainingSpec, data: Dataset, *, train: bool, engine: Engine | None = None) -> int:
        """Replace the run; returns the new generation. Orders for the old one are forgotten."""
        with self._condition:
            self._last_generation += 1
            self._job = Job(self._last_generation, spec, data, engine)
            self._forget_orders()
            self._running = train
            self._interrupt()
            return self._last_generation

    def make(self, spec: TrainingSpec, data: Dataset, eval_interval: int | None = None) -> Engine:
        """Make an engine as a job would, to hand it to `start`: for who needs its first snapshot at once."""
        return Engine(spec, data, self._stepper, eval_interval)

    def resume(self) -> None:
        """Train on until the target."""
        self._order(lambda: self._set_running(running=True))

    def resume_until(self, step: int) -> None:
        """Train on to a step and pause there; where the run ends, and what is recorded of it, stays as it is."""

        def order() -> None:
            self._set_running(running=True)
            self._halt = step

        self._order(order)

    def pause(self) -> None:
        """Stop before the next step."""
        self._order(lambda: self._set_running(running=False))

    def step_once(self) -> None:
        """Make one step, and pause."""

        def order() -> None:
            self._set_running(running=False)
            self._single_steps += 1

        self._order(order)

    def retarget(self, steps: int, *, train: bool, past_stop: bool = False) -> None:
        """Set where the run ends; `train` goes on to it, with `past_stop` also a run that a stop has ended."""

        def order() -> None:
            self._target = steps
            self._past_stop |= past_stop
            if train:
                self._set_running(running=True)

        self._order(order)

    def edit(self, name: str, value: float, *, train: bool = False) -> None:
        """Turn a live knob of the run; `train` goes on where that undoes the stop that ended it."""

        def order() -> None:
            self._edits.append((name, value))
            if train:
                self._set_running(running=True)

        self._order(order)

    def set_speed(self, steps_per_second: float) -> None:
        """Set the pace; inf is as fast as it goes."""

        def order() -> None:
            self._pace.speed = steps_per_second
            self._pace.anchor(self.engine.recording.step if self.engine else 0)

        self._order(order)

    def use(self, stepper: Stepper) -> None:
        """Make steps this way from now on; the present run is replayed from step 0 and goes on unseen."""

        def order() -> None:
            self._stepper = stepper
            self._replay = True

        self._order(order)

    def close(self) -> None:
        """Make `serve` return."""
        self._order(lambda: setattr(self, "_closing", True))

    def settled(self) -> bool:
        """Whether nothing goes on and nothing is ordered: the newest snapshot is the last one."""
        with self._condition:
            idle = self._job is None and not self._busy and not self._pending()
            return idle and self.state not in ("training", "empty")

    def wait_settled(self, timeout: float) -> bool:
        """Wait until `settled`, at most so many seconds; returns whether it is."""
        with self._condition:
            return self._condition.wait_for(self.settled, timeout)

    # The thread that trains

    def serve(self) -> None:
        """Carry out orders until `close`; an exception ends the run it came from, not the service."""
        while True:
            try:
                work = self._await_work()
                if work is _CLOSE:
                    return
                work()
            except Exception as error:  # noqa: BLE001  any fault of a run is a state that the window shows
                self._fail(error)

    def _await_work(self) -> Callable[[], None]:
        with self._condition:
            self._busy = False
            while (work := self._next()) is None:
                self._condition.notify_all()
                self._condition.wait(self._patience())
            self._busy = True
            return work

    def _fail(self, error: Exception) -> None:
        with self._condition:
            self.failure = traceback.format_exc()
            self.fault = error.with_traceback(None)  # whose frames would keep the arrays of the run alive
            if self.generation < self._begun:  # the engine could not even be made
                self.engine, self.generation = None, self._begun
            self.state = "failed"
            if self._job is None:  # else the orders are for the next run
                self._forget_orders()

    def _next(self) -> Callable[[], None] | None:
        """Choose what to do now, None to wait. Called with the lock held."""
        if self._closing:
            return _CLOSE
        if self._job is not None:
            job, self._job = self._job, None
            self._begun = job.generation
            return lambda: self._begin(job)
        engine = self.engine
        if engine is None or self.state == "failed":
            self._forget_orders()
            return None
        engine.clear_interrupt()
        if self._replay:
            self._replay = False
            return lambda: self._replay_run(engine)
        self._apply_orders(engine)
        step, target = engine.recording.step, engine.recording.target
        if self._single_steps:
            return lambda: self._make_step(engine)
        ended = engine.recording.ended
        if engine.recording.evaluation_due() and not (self._running and not ended):
            return lambda: engine.train(step)  # nothing trained yet, or the evaluation was interrupted
        halted = self._halt is not None and step >= self._halt
        if self._running and (ended or halted):
            self._set_running(running=False)
        self.state = "training" if self._running else "finished" if ended else "paused"
        self.undecided = False
        seen = self.shown + 1 if self._pace.slow else math.inf
        until = min(target, self._halt or target, self._pace.allowed(step), seen) if self._running else step
        return (lambda: engine.train(int(until))) if until > step else None

    def _patience(self) -> float | None:
        """Seconds to wait for orders before looking again; None for as long as it takes."""
        return self._pace.wait(self.engine.recording.step) if self._running and self.engine else None

    def _apply_orders(self, engine: Engine) -> None:
        if self._target is not None:
            engine.retarget(max(self._target, engine.recording.step))
            self._target = None
        if self._past_stop:
            engine.lift_stop()
            self._past_stop = False
        for name, value in self._edits:
            engine.edit(name, value)
        self._edits.clear()

    def _begin(self, job: Job) -> None:
        engine = job.engine or Engine(job.spec, job.data, self._stepper)
        with self._condition:
            self.engine, self.generation = engine, job.generation
            self.state = "training" if self._running else "paused"
            self.failure = ""
            self._replay = engine.stepper is not self._stepper
            self._pace.anchor(engine.recording.step)

    def _make_step(self, engine: Engine) -> None:
        step = engine.recording.step
        engine.train(step + 1)
        with self._condition:
            # an order that came at once may have interrupted it before it was made; another run has its own steps
            if self._job is None and self._single_steps and engine.recording.step > step:
                self._single_steps -= 1

    def _replay_run(self, old: Engine) -> None:
        new = self._replaying = Engine(old.spec, old.data, self._stepper)
        try:
            new.retarget(old.recording.target)
            for step, name, value in old.recording.schedule:
                self._reach(new, step)
                new.edit(name, value)
            self._reach(new, old.recording.step, old.passed)
        except _Overtaken:
            return
        finally:
            self._replaying = None
        with self._condition:
            if self._job is None:
                if new.recording.stopped_by & old.passed:
                    new.lift_stop()  # the old one was to go on, and had not made a step since
                # where the old one was stopped only by its rounding, this one goes on as it would have done
                self._running |= old.recording.stopped_by != 0 and not new.recording.ended
                self.engine = new
                self._pace.anchor(new.recording.step)

    def _reach(self, engine: Engine, step: int, passed: int = -1) -> None:
        """Train to a step whatever is ordered meanwhile, but for another run or the end.

        A stop that is not among those `passed` holds: by another rounding a run may reach it sooner.
        """
        while engine.recording.step < step and not engine.recording.stopped_by & ~passed:
            engine.clear_interrupt()
            if self._job is not None or self._closing:
                raise _Overtaken
            engine.train(step)

    def _order(self, change: Callable[[], None]) -> None:
        with self._condition:
            change()
            self._interrupt()

    def _interrupt(self) -> None:
        for engine in (self.engine, self._replaying):
            if engine is not None:
                engine.interrupt()
        self._condition.notify_all()

    def _set_running(self, *, running: bool) -> None:
        self._running = running
        self._halt = None
        self.undecided = True
        if running and self.engine is not None:
            self._pace.anchor(self.engine.recording.step)

    def _forget_orders(self) -> None:
        self._edits.clear()
        self._target = None
        self._past_stop = False
        self._single_steps = 0
        self._replay = False
        self._running = False
        self._halt = None

    def _pending(self) -> bool:
        return bool(self._edits or self._single_steps or self._replay or self._target is not None or self._running)


def _CLOSE() -> None:  # noqa: N802  a marker, never called
    raise AssertionError
