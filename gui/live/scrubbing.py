"""Scrubbing: whole runs trained in threads of their own, one for each position of a dial that moves."""

from collections.abc import Callable

from PySide6.QtCore import QObject, Signal

from gui.live.worker import TrainingThread
from model.data.dataset import Dataset
from model.training.engine import Engine
from model.training.scrubber import Scrubbed, Scrubber
from model.training.spec import TrainingSpec

_EVALUATIONS = 10
_THREADS = 2
"""Positions trained side by side: painting one run leaves most of a second core free."""

MakeEngine = Callable[[TrainingSpec, Dataset, int | None], Engine]
"""Gives the engine of a spec and its data, evaluated at an interval; None leaves that to the spec."""


class Scrubbing(QObject):
    """Brings scrubbed runs over from their threads.

    Attributes
    ----------
    on : whether every change trains the whole run at once
    trained : there is something to `take`
    """

    trained = Signal()

    def __init__(self, make: MakeEngine, parent: QObject) -> None:
        super().__init__(parent)
        self.on = False
        self._make_engine = make
        self._scrubber = Scrubber(self._make, self.trained.emit)
        self._threads = [TrainingThread(self._scrubber, f"scrubbing {number}") for number in range(_THREADS)]

    def start(self) -> None:
        """Start the threads."""
        for thread in self._threads:
            thread.start()

    def stop(self) -> bool:
        """End the threads; returns whether all have ended (see TrainingThread.stop)."""
        ended = [thread.stop() for thread in self._threads]
        return all(ended)

    def want(self, spec: TrainingSpec, data: Dataset) -> None:
        """Train the whole run, as soon as one before is done."""
        self._scrubber.want(spec, data)

    def release(self, engine: Engine) -> None:
        """Stop a run that is being trained, and wait until it has."""
        self._scrubber.release(engine)

    def forget(self) -> None:
        """Want nothing any more."""
        self._scrubber.forget()

    def hurry(self) -> None:
        """Give up runs that take long while another is wanted."""
        self._scrubber.hurry()

    def take(self) -> Scrubbed | None:
        """Give the oldest of what is done, once."""
        return self._scrubber.take()

    def watched(self) -> Engine | None:
        """Give the newest run in training, once it takes so long that it is to be watched."""
        return self._scrubber.watched()

    @property
    def idle(self) -> bool:
        """Whether nothing is wanted, trained, or there to take."""
        return self._scrubber.idle

    def _make(self, spec: TrainingSpec, data: Dataset) -> Engine:
        """Make a run that is evaluated less often, where the spec leaves that open: it would be half of the work."""
        interval = None if spec.eval_every or spec.stop_accuracy else max(1, spec.steps // _EVALUATIONS)
        return self._make_engine(spec, data, interval)
