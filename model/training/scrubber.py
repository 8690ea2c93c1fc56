"""The Scrubber: trains whole runs, one for each position of a dial that moves, and always the newest.

A run that has begun is finished even when the dial moves on meanwhile, as long as it is short: else a
moving dial would never show a finished curve. A long one is given up, as far as it got. Nothing new is begun
while a finished run waits to be taken: a run that nobody gets to see takes time from those that are seen.
"""

import threading
import time
import traceback
from bisect import insort
from collections.abc import Callable
from dataclasses import dataclass

from model.data.dataset import Dataset
from model.network.blas import one_blas_thread
from model.training.engine import Engine
from model.training.spec import TrainingSpec

PATIENCE = 0.1
"""Seconds for which a run goes on when a newer position is there."""


@dataclass(slots=True, eq=False)
class _Position:
    """A position of the dial: the run that is wanted there, and its engine once that is made."""

    number: int
    spec: TrainingSpec
    data: Dataset
    began: float = 0.0
    engine: Engine | None = None
    given_up: bool = False

    def give_up(self) -> None:
        """Stop where it is; one that has not begun to train does not begin."""
        self.given_up = True
        if self.engine is not None:
            self.engine.interrupt()


@dataclass(frozen=True, slots=True, eq=False)
class Scrubbed:
    """What became of a position: its run as far as it got, or the traceback of an exception."""

    engine: Engine | None
    fault: str = ""


class Scrubber:
    """Trains in every thread that calls `serve`, a position in each; all else comes from one other thread.

    Runs come back in the order in which they were wanted: one that is done after a newer one was taken is dropped.

    Parameters
    ----------
    make : gives the engine of a spec and its data
    tell : called in a serving thread when there is something to `take`
    """

    def __init__(self, make: Callable[[TrainingSpec, Dataset], Engine], tell: Callable[[], None]) -> None:
        self._make = make
        self._tell = tell
        self._condition = threading.Condition()
        self._newest = 0
        self._least = 1
        """Number of the oldest position that may still be shown."""
        self._wanted: _Position | None = None
        self._training: list[_Position] = []
        self._done: list[tuple[int, Scrubbed]] = []
        self._closing = False

    def want(self, spec: TrainingSpec, data: Dataset) -> None:
        """Train this next; what was wanted and not begun is forgotten."""
        with self._condition:
            self._newest += 1
            self._wanted = _Position(self._newest, spec, data)
            self._condition.notify()
        self.hurry()

    def hurry(self) -> None:
        """Give up what has taken too long while a newer position is there."""
        with self._condition:
            for position in self._training:
                if position.number < self._newest and _seconds(position) > PATIENCE:
                    position.give_up()

    def release(self, engine: Engine) -> None:
        """Stop a run that is being trained, and wait until it has: for at most a step."""
        with self._condition:
            for position in self._training:
                if position.engine is engine:
                    position.give_up()
                    self._least = max(self._least, position.number + 1)
            self._condition.wait_for(lambda: all(each.engine is not engine for each in self._training))

    def forget(self) -> None:
        """Want nothing any more: nothing of what was wanted so far will be there to take."""
        with self._condition:
            self._wanted = None
            self._done.clear()
            self._least = self._newest + 1
            for position in self._training:
                position.give_up()

    def take(self) -> Scrubbed | None:
        """Give the oldest of what is done, once."""
        with self._condition:
            if not self._done:
                return None
            number, done = self._done.pop(0)
            self._least = number + 1
            self._condition.notify_all()
            return done

    def watched(self) -> Engine | None:
        """Give the newest run in training, once it takes so long that it is to be watched; no older one comes after."""
        with self._condition:
            late = [each for each in self._training if each.engine is not None and _seconds(each) > PATIENCE]
            if not late or late[-1].number < self._least or self._done:
                return None
            self._least = late[-1].number
            return late[-1].engine

    @property
    def idle(self) -> bool:
        """Whether nothing is wanted, trained, or there to take."""
        with self._condition:
            return self._wanted is None and not self._training and not self._done

    def close(self) -> None:
        """Make every `serve` return."""
        self.forget()
        with self._condition:
            self._closing = True
            self._condition.notify_all()

    def serve(self) -> None:
        """Train what is wanted until `close`."""
        position = self._next()
        if position is None:
            return
        with one_blas_thread:  # limits that stay need not be set and lifted with every run
            while position is not None:
                self._serve_one(position)
                position = self._next()

    def _serve_one(self, position: _Position) -> None:
        try:
            done = Scrubbed(self._trained(position))
        except Exception:  # noqa: BLE001  a fault of one run; the next position may do
            done = Scrubbed(None, traceback.format_exc())
        with self._condition:
            self._training.remove(position)
            self._condition.notify_all()
            if position.number < self._least:
                return
            insort(self._done, (position.number, done), key=_number)
        self._tell()

    def _next(self) -> _Position | None:
        with self._condition:
            self._condition.wait_for(lambda: self._closing or (self._wanted is not None and not self._done))
            position, self._wanted = self._wanted, None
            if self._closing or position is None:
                return None
            position.began = time.monotonic()
            self._training.append(position)
            return position

    def _trained(self, position: _Position) -> Engine:
        engine = self._make(position.spec, position.data)
        with self._condition:
            position.engine = engine
            if position.given_up:
                engine.interrupt()
        engine.train(position.spec.steps)
        engine.clear_interrupt()
        return engine


def _number(done: tuple[int, Scrubbed]) -> int:
    return done[0]


def _seconds(position: _Position) -> float:
    return time.monotonic() - position.began
