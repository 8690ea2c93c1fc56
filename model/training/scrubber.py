"""The Scrubber: trains whole runs, one for each position of a dial that moves, and always the newest.

A run that has begun is finished even when the dial moves on meanwhile, as long as it is short: else a
moving dial would never show a finished curve. A long one is given up, as far as it got.
"""

import threading
import time
import traceback
from collections.abc import Callable

from model.data.dataset import Dataset
from model.training.engine import Engine
from model.training.spec import TrainingSpec

PATIENCE = 0.1
"""Seconds for which a run goes on when a newer position is waiting."""


class Scrubber:
    """Trains in the thread that calls `serve`; `want` and `hurry` come from another.

    Parameters
    ----------
    make : gives the engine of a spec and its data
    done : called in the serving thread with every engine that was trained, and with no engine and a
        traceback after an exception
    """

    def __init__(
        self, make: Callable[[TrainingSpec, Dataset], Engine], done: Callable[[Engine | None, str], None]
    ) -> None:
        self._make = make
        self._done = done
        self._condition = threading.Condition()
        self._wanted: tuple[TrainingSpec, Dataset] | None = None
        self._engine: Engine | None = None
        self._began = 0.0
        self._closing = False

    def want(self, spec: TrainingSpec, data: Dataset) -> None:
        """Train this next; what was wanted and not begun is forgotten."""
        with self._condition:
            self._wanted = (spec, data)
            self._condition.notify_all()
        self.hurry()

    def hurry(self) -> None:
        """Give up a run that has taken too long for the one that waits."""
        with self._condition:
            late = time.monotonic() - self._began > PATIENCE
            if self._engine is not None and (self._closing or (self._wanted is not None and late)):
                self._engine.interrupt()

    def forget(self) -> None:
        """Want nothing any more, and stop what is being trained."""
        with self._condition:
            self._wanted = None
            if self._engine is not None:
                self._engine.interrupt()

    @property
    def engine(self) -> Engine | None:
        """The run being trained now, to be watched while it takes long."""
        return self._engine

    @property
    def seconds(self) -> float:
        """How long the present run has taken; 0 while there is none."""
        return time.monotonic() - self._began if self._engine is not None else 0.0

    @property
    def idle(self) -> bool:
        """Whether nothing is wanted and nothing trained."""
        with self._condition:
            return self._wanted is None and self._engine is None

    def close(self) -> None:
        """Make `serve` return."""
        with self._condition:
            self._closing = True
            self._condition.notify_all()
        self.hurry()

    def serve(self) -> None:
        """Train what is wanted until `close`."""
        while True:
            with self._condition:
                self._condition.wait_for(lambda: self._closing or self._wanted is not None)
                if self._closing or self._wanted is None:
                    return
                spec, data = self._wanted
                self._wanted = None
            try:
                self._train(spec, data)
            except Exception:  # noqa: BLE001  a fault of one run; the next position may do
                self._engine = None
                self._done(None, traceback.format_exc())

    def _train(self, spec: TrainingSpec, data: Dataset) -> None:
        engine = self._make(spec, data)
        with self._condition:
            self._began = time.monotonic()
            self._engine = engine
        engine.train(spec.steps)
        with self._condition:
            self._engine = None
        engine.clear_interrupt()
        self._done(engine, "")
