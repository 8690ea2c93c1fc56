"""Seeking: an earlier step of the present run on every panel, while the run may go on."""

from PySide6.QtCore import QObject, Signal, Slot

from gui.live.present_run import PresentRun
from gui.live.worker import TrainingThread
from model.training.frame import Frame
from model.training.seeker import Seeker

_AT_ONCE = 0.05
"""Seconds that the window waits for a step, so that most are shown with the next paint."""


class Seeking(QObject):
    """Brings back steps of the present run, until the newest is wanted again or there is an order for the run.

    Attributes
    ----------
    step : that is looked at, None while the newest is
    found : a Frame of that step is there
    changed : another step is looked at, or the newest again
    """

    found = Signal(object)
    changed = Signal()

    def __init__(self, run: PresentRun, parent: QObject) -> None:
        super().__init__(parent)
        self.step: int | None = None
        self._run = run
        self._seeker = Seeker(self._tell)
        self._thread = TrainingThread(self._seeker, "seeking")
        self._serving = False
        self._frames: list[Frame] = []
        self._arrived.connect(self._show)
        run.ordered.connect(self.follow)

    _arrived = Signal()

    def seek(self, step: int) -> None:
        """Look at the run as it was after so many steps; at the newest step, or beyond, follow it again."""
        engine = self._run.engine
        if engine is None or step >= engine.recording.step:
            self.follow()
            return
        if not self._serving:
            self._serving = True
            self._thread.start()
        self.step = max(step, 0)
        self._seeker.want([engine], self.step)
        self.changed.emit()
        if self._seeker.wait(_AT_ONCE):
            self._show()

    @Slot()
    def follow(self) -> None:
        """Look at the newest step again, and go on doing so."""
        if self.step is not None:
            self.step = None
            self._seeker.forget()
            self._frames.clear()
            self.changed.emit()

    @property
    def idle(self) -> bool:
        """Whether no step is being made again."""
        return self._seeker.wait(0) and not self._frames

    def stop(self) -> bool:
        """End the thread; returns whether it has ended (see TrainingThread.stop)."""
        return not self._serving or self._thread.stop()

    def _tell(self, frame: Frame) -> None:
        self._frames.append(frame)
        self._arrived.emit()

    @Slot()
    def _show(self) -> None:
        """Show what has been found last, if it is what is looked at."""
        frame = self._frames.pop() if self._frames else None
        self._frames.clear()
        engine = self._run.engine
        current = frame is not None and engine is not None and frame.run == engine.recording.run
        if frame is not None and current and frame.step == self.step:
            self.found.emit(frame)
