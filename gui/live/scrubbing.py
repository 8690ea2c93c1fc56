"""Scrubbing: whole runs trained in a thread of their own, one for each position of a dial that moves."""

from collections.abc import Callable

from PySide6.QtCore import QObject, Signal

from gui.live.worker import TrainingThread
from model.data.dataset import Dataset
from model.training.engine import Engine
from model.training.scrubber import PATIENCE, Scrubber
from model.training.spec import TrainingSpec

_EVALUATIONS = 20

MakeEngine = Callable[[TrainingSpec, Dataset, int | None], Engine]
"""Gives the engine of a spec and its data, evaluated at an interval; None leaves that to the spec."""


class Scrubbing(QObject):
    """Brings scrubbed runs over from their thread.

    Attributes
    ----------
    on : whether every change trains the whole run at once
    trained : a run, as far as it got
    failed : the traceback of an exception in one
    """

    trained = Signal(object)
    failed = Signal(str)

    def __init__(self, make: MakeEngine, parent: QObject) -> None:
        super().__init__(parent)
        self.on = False
        self._make_engine = make
        self._scrubber = Scrubber(self._make, self._tell)
        self._thread = TrainingThread(self._scrubber, "scrubbing")

    def start(self) -> None:
        """Start the thread."""
        self._thread.start()

    def stop(self) -> bool:
        """End the thread; returns whether it has ended (see TrainingThread.stop)."""
        return self._thread.stop()

    def want(self, spec: TrainingSpec, data: Dataset) -> None:
        """Train the whole run, as soon as the one before is done."""
        self._scrubber.want(spec, data)

    def forget(self) -> None:
        """Want nothing any more."""
        self._scrubber.forget()

    def hurry(self) -> None:
        """Give up a run that takes long while another is wanted."""
        self._scrubber.hurry()

    @property
    def idle(self) -> bool:
        """Whether nothing is wanted and nothing trained."""
        return self._scrubber.idle

    @property
    def engine(self) -> Engine | None:
        """The run being trained."""
        return self._scrubber.engine

    @property
    def long_engine(self) -> Engine | None:
        """The run being trained, once it takes so long that it is to be watched."""
        return self._scrubber.engine if self._scrubber.seconds > PATIENCE else None

    def _make(self, spec: TrainingSpec, data: Dataset) -> Engine:
        """Make a run that is evaluated less often, where the spec leaves that open: it would be half of the work."""
        interval = None if spec.eval_every or spec.stop_accuracy else max(1, spec.steps // _EVALUATIONS)
        return self._make_engine(spec, data, interval)

    def _tell(self, engine: Engine | None, fault: str) -> None:
        if engine is None:
            self.failed.emit(fault)
        else:
            self.trained.emit(engine)
