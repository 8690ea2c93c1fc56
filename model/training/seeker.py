"""The Seeker: makes Frames of earlier steps of runs, those that were wanted last alone, in a thread of its own."""

import logging
import threading
from collections.abc import Callable, Sequence

from model.training.engine import Engine
from model.training.frame import Frame
from model.training.timeline import Timeline

_log = logging.getLogger(__name__)


class Seeker:
    """Serves in one thread until it is closed; everything else may be called from any other.

    Parameters
    ----------
    tell : called in the serving thread with each Frame
    """

    def __init__(self, tell: Callable[[Frame], None]) -> None:
        self._tell = tell
        self._condition = threading.Condition()
        self._wanted: list[tuple[Engine, int]] = []
        self._timelines: dict[Engine, Timeline] = {}
        self._at_work: Timeline | None = None
        self._closing = False

    def want(self, engines: Sequence[Engine], step: int) -> None:
        """Make the Frames of these runs at a step next, one after the other; what goes on for another is given up."""
        with self._condition:
            self._give_up()
            self._wanted = [(engine, step) for engine in engines]
            self._timelines = {engine: self._timelines.get(engine) or Timeline(engine) for engine in engines}
            self._condition.notify_all()

    def forget(self) -> None:
        """Want nothing any more, and let go of the runs."""
        with self._condition:
            self._give_up()
            self._timelines = {}

    def close(self) -> None:
        """Make `serve` return."""
        with self._condition:
            self._give_up()
            self._closing = True
            self._condition.notify_all()

    def wait(self, seconds: float) -> bool:
        """Wait until nothing is wanted or being made; returns whether that came about."""
        with self._condition:
            return self._condition.wait_for(lambda: not self._wanted and self._at_work is None, seconds)

    def serve(self) -> None:
        """Make Frames until `close`."""
        while True:
            with self._condition:
                self._condition.wait_for(lambda: self._wanted or self._closing)
                if self._closing:
                    return
                engine, step = self._wanted.pop(0)
                timeline = self._at_work = self._timelines[engine]
            try:
                frame = timeline.frame(step)
                if frame is not None:
                    self._tell(frame)
            except Exception:  # noqa: BLE001  the window goes on with the newest step
                _log.exception("step %d of run %d could not be made again", step, engine.recording.run)
            finally:
                with self._condition:
                    self._at_work = None
                    self._condition.notify_all()

    def _give_up(self) -> None:
        self._wanted = []
        if self._at_work is not None:
            self._at_work.give_up()
