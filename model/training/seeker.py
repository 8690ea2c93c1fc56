"""The Seeker: makes Frames of earlier steps, the step that was wanted last alone, in a thread of its own."""

import logging
import threading
from collections.abc import Callable

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
        self._wanted: tuple[Engine, int] | None = None
        self._timeline: Timeline | None = None
        self._engine: Engine | None = None
        self._at_work = False
        self._closing = False

    def want(self, engine: Engine, step: int) -> None:
        """Make the Frame of this step next; what goes on for another is given up."""
        with self._condition:
            self._give_up()
            self._wanted = engine, step
            self._condition.notify_all()

    def forget(self) -> None:
        """Want nothing any more, and let go of the run."""
        with self._condition:
            self._give_up()
            self._engine = self._timeline = None

    def close(self) -> None:
        """Make `serve` return."""
        with self._condition:
            self._give_up()
            self._closing = True
            self._condition.notify_all()

    def wait(self, seconds: float) -> bool:
        """Wait until nothing is wanted or being made; returns whether that came about."""
        with self._condition:
            return self._condition.wait_for(lambda: self._wanted is None and not self._at_work, seconds)

    def serve(self) -> None:
        """Make Frames until `close`."""
        while True:
            with self._condition:
                self._condition.wait_for(lambda: self._wanted is not None or self._closing)
                if self._closing or self._wanted is None:
                    return
                (engine, step), self._wanted = self._wanted, None
                if engine is not self._engine or self._timeline is None:
                    self._engine, self._timeline = engine, Timeline(engine)
                timeline = self._timeline
                self._at_work = True
            try:
                frame = timeline.frame(step)
                if frame is not None:
                    self._tell(frame)
            except Exception:  # noqa: BLE001  the window goes on with the newest step
                _log.exception("step %d of run %d could not be made again", step, engine.recording.run)
            finally:
                with self._condition:
                    self._at_work = False
                    self._condition.notify_all()

    def _give_up(self) -> None:
        self._wanted = None
        if self._at_work and self._timeline is not None:
            self._timeline.give_up()
