"""Scrubbing: whole runs trained in separate threads, one for each position of a moving dial."""

from PySide6.QtCore import QObject, Signal

from gui.live.present_run import PresentRun
from gui.live.worker import TrainingThread
from model.data.dataset import Dataset
from model.training.engine import Engine
from model.training.runner import Runner
from model.training.scrubber import Scrubber
from model.training.spec import TrainingSpec

_EVALUATIONS = 10
_THREADS = 2
"""Positions trained in parallel: painting one run leaves most of a second core free."""


class Scrubbing(QObject):
    """Takes scrubbed runs from their threads, and lends them as the present run.

    Attributes
    ----------
    on : whether every change trains the whole run at once
    trains : whether the run lent last is still being trained
    trained : there is something new to `follow`
    failed : a run raised an exception, with its traceback
    """

    trained = Signal()
    failed = Signal(str)

    def __init__(self, run: PresentRun, runner: Runner, parent: QObject) -> None:
        super().__init__(parent)
        self.on = False
        self.trains = False
        self._run = run
        self._runner = runner
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
        """Train the whole run of a spec once the one before is done."""
        if self._runner.orders.running:
            self._runner.pause()
        self._scrubber.want(spec, data)
        self._run.ordered.emit()

    def forget(self) -> None:
        """Want nothing any more."""
        self._scrubber.forget()

    def release(self, engine: Engine) -> None:
        """Stop training this run, and wait until that has come about."""
        self._scrubber.release(engine)
        self.trains = False

    def follow(self, *, free: bool) -> None:
        """Make the run trained last the present one, if the screen is free for it."""
        self._scrubber.hurry()
        if not free:
            return
        done = self._scrubber.take()
        engine = done.engine if done is not None else self._scrubber.watched()
        if done is not None and done.engine is None:
            self.failed.emit(done.fault)
        self.trains = engine is not None and done is None
        if engine is not None:
            self._run.borrow(engine, self)

    def is_training(self, spec: TrainingSpec) -> bool:
        """Whether the run lent last is that of a spec, and still being trained."""
        engine = self._run.engine
        return self.trains and engine is not None and engine.spec == spec

    @property
    def idle(self) -> bool:
        """Whether nothing is wanted, trained, or there to take."""
        return self._scrubber.idle

    def _make(self, spec: TrainingSpec, data: Dataset) -> Engine:
        """Make a run, evaluated less often if the spec leaves that open, since that would be half of the work."""
        interval = None if spec.eval_every or spec.stop_accuracy else max(1, spec.steps // _EVALUATIONS)
        return Engine(spec, data, self._runner.stepper, interval)
