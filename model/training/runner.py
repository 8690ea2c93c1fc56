"""The Runner: trains engines one after the other, at a pace, as another thread orders.

One thread sits in `serve`; any other gives orders, which are state and not a queue: the newest counts,
and a running kernel is interrupted before its next step to look at it.
"""

import math
import threading
import traceback
from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

from model.data.dataset import Dataset
from model.training.engine import Engine, Stepper
from model.training.orders import Orders
from model.training.pace import Pace
from model.training.replaying import Replay
from model.training.spec import TrainingSpec
from model.training.stepper import ClassStepper
from model.training.team import Team

State = Literal["empty", "training", "paused", "finished", "failed"]


@dataclass(frozen=True, slots=True)
class Job:
    """A run to make, from its spec and data."""

    generation: int
    spec: TrainingSpec
    data: Dataset
    team: Team | None = None
    """A run that was replaced earlier and is restored, or runs that are made already."""


class Runner:
    """Trains in the thread that calls `serve`; takes orders from any other.

    Attributes
    ----------
    team : the present run with those that keep step with it, or None before the first
    generation : number of the job that `engine` was made for
    state : what goes on; "failed" until the next job after an exception, which `failure` holds as text
        and `fault` as such
    orders : what the present run is to do
    stepper : how the steps of new engines are made; set by `use`
    shown : the step that the screen has got to, where there is one; slow motion waits for it
    """

    def __init__(self, stepper: Stepper = ClassStepper, *, speed: float = math.inf) -> None:
        self.team: Team | None = None
        self.generation = 0
        self.state: State = "empty"
        self.failure = ""
        self.fault: Exception | None = None
        self.orders = Orders()
        self.shown = math.inf
        self.stepper = stepper
        self._pace = Pace(speed)
        self._condition = threading.Condition()
        self._job: Job | None = None
        self._last_generation = 0
        self._begun = 0
        self._busy = False
        self._replaying: Replay | None = None
        self._closing = False

    @property
    def engine(self) -> Engine | None:
        """The present run, None before the first."""
        return self.team.lead if self.team is not None else None

    # Orders, from any thread

    def start(self, spec: TrainingSpec, data: Dataset, *, train: bool, team: Team | None = None) -> int:
        """Replace the run; returns the new generation. Orders for the old one are forgotten."""
        with self._condition:
            self._last_generation += 1
            self._job = Job(self._last_generation, spec, data, team)
            self.orders = Orders(running=train)
            self._interrupt()
            return self._last_generation

    def resume(self) -> None:
        """Train on until the target."""
        self._order(self._run)

    def resume_until(self, step: int) -> None:
        """Train on to a step and pause there; where the run ends, and what is recorded of it, stays as it is."""
        self._order(lambda: self._run(step))

    def pause(self) -> None:
        """Stop before the next step."""

        def order() -> None:
            self.orders.rest()

        self._order(order)

    def step_once(self) -> None:
        """Make one step, and pause."""

        def order() -> None:
            self.orders.rest()
            self.orders.single_steps += 1

        self._order(order)

    def retarget(self, steps: int, *, train: bool, past_stop: bool = False) -> None:
        """Set where the run ends; `train` goes on to it, with `past_stop` also a run that a stop has ended."""

        def order() -> None:
            self.orders.target = steps
            self.orders.past_stop |= past_stop
            if train:
                self._run()

        self._order(order)

    def edit(self, name: str, value: float, *, train: bool = False) -> None:
        """Turn a live knob of the run; `train` goes on where that undoes the stop that ended it."""

        def order() -> None:
            self.orders.edits.append((name, value))
            if train:
                self._run()

        self._order(order)

    def between_steps(self, look: Callable[[Team], None]) -> None:
        """Call something in the thread that trains, between two steps; not if another run is begun before that."""
        self._order(lambda: self.orders.looks.append(look))

    def set_speed(self, steps_per_second: float) -> None:
        """Set the pace; inf is as fast as it goes."""

        def order() -> None:
            self._pace.speed = steps_per_second
            self._pace.anchor(self.team.step if self.team else 0)

        self._order(order)

    def use(self, stepper: Stepper) -> None:
        """Make steps this way from now on; a single run is replayed from step 0 and goes on unseen."""

        def order() -> None:
            self.stepper = stepper
            self.orders.replay = True

        self._order(order)

    def close(self) -> None:
        """Make `serve` return."""
        self._order(lambda: setattr(self, "_closing", True))

    def settled(self) -> bool:
        """Whether nothing goes on and nothing is ordered: the newest snapshot is the last one."""
        with self._condition:
            idle = self._job is None and not self._busy and not self.orders.pending
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
                self.team, self.generation = None, self._begun
            self.state = "failed"
            if self._job is None:  # else the orders are for the next run
                self.orders = Orders()

    def _next(self) -> Callable[[], None] | None:
        """Choose what to do now, None to wait. Called with the lock held."""
        if self._closing:
            return _CLOSE
        if self._job is not None:
            job, self._job = self._job, None
            self._begun = job.generation
            return lambda: self._begin(job)
        team, orders = self.team, self.orders
        if team is None or self.state == "failed":
            self.orders = Orders()
            return None
        team.clear_interrupt()
        if orders.replay:
            orders.replay = False
            if not team.others:
                return lambda: self._replay_run(team.lead)
        orders.change(team)
        step, target = team.step, team.lead.recording.target
        if orders.looks:
            look = orders.looks.pop(0)
            return lambda: look(team)
        if orders.single_steps:
            return lambda: self._make_step(team)
        ended = team.ended
        if team.evaluation_due and not (orders.running and not ended):
            return lambda: team.train(step)  # nothing trained yet, or the evaluation was interrupted
        halted = orders.halt is not None and step >= orders.halt
        if orders.running and (ended or halted):
            orders.running, orders.halt = False, None
        self.state = "training" if orders.running else "finished" if ended else "paused"
        orders.undecided = False
        seen = self.shown + 1 if self._pace.slow else math.inf
        until = min(target, orders.halt or target, self._pace.allowed(step), seen) if orders.running else step
        return (lambda: team.train(int(until))) if until > step else None

    def _patience(self) -> float | None:
        """Seconds to wait for orders before looking again; None for as long as it takes."""
        return self._pace.wait(self.team.step) if self.orders.running and self.team else None

    def _begin(self, job: Job) -> None:
        team = job.team or Team(Engine(job.spec, job.data, self.stepper))
        with self._condition:
            self.team, self.generation = team, job.generation
            self.state = "training" if self.orders.running else "paused"
            self.failure = ""
            self.orders.replay = team.lead.stepper is not self.stepper
            self._pace.anchor(team.step)

    def _make_step(self, team: Team) -> None:
        step = team.step
        team.train(step + 1)
        with self._condition:
            # an order that came at once may have interrupted it before it was made; another run has its own steps
            if self._job is None and self.orders.single_steps and team.step > step:
                self.orders.single_steps -= 1

    def _replay_run(self, old: Engine) -> None:
        replay = self._replaying = Replay(old, self.stepper)
        try:
            if not replay.run(lambda: self._job is not None or self._closing):
                return
        finally:
            self._replaying = None
        new = replay.engine
        with self._condition:
            if self._job is None:
                if new.recording.stopped_by & old.passed:
                    new.lift_stop()  # the old one was to go on, and had not made a step since
                # where the old one was stopped only by its rounding, this one goes on as it would have done
                self.orders.running |= old.recording.stopped_by != 0 and not new.recording.ended
                self.team = Team(new)
                self._pace.anchor(new.recording.step)

    def _order(self, change: Callable[[], None]) -> None:
        with self._condition:
            change()
            self._interrupt()

    def _interrupt(self) -> None:
        if self.team is not None:
            self.team.interrupt()
        if self._replaying is not None:
            self._replaying.engine.interrupt()
        self._condition.notify_all()

    def _run(self, halt: int | None = None) -> None:
        self.orders.run(halt)
        if self.team is not None:
            self._pace.anchor(self.team.step)


def _CLOSE() -> None:  # noqa: N802  a marker, never called
    raise AssertionError
