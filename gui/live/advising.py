"""Advice on the run that is shown: trials in a separate thread, while nothing else is running."""

from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, QTimer, Signal, Slot

from gui.live.patience import step_back
from gui.live.session import Session
from gui.live.worker import TrainingThread
from model.training.engine import Stepper

if TYPE_CHECKING:  # loaded once there is something to advise on: no start waits for it
    from model.insight.advice.advice import Advice
    from model.insight.advice.adviser import Adviser

_QUIET_MS = 400
"""How long a trained run must stand still before trials start."""
_UNTRAINED_MS = 1500


class Advising(QObject):
    """Watches the session, and starts trials of its run while that stands still; only the newest run counts.

    Attributes
    ----------
    advised : an Advice; of a run that may have been replaced meanwhile
    """

    advised = Signal(object)

    def __init__(self, session: Session, stepper: Stepper, parent: QObject) -> None:
        super().__init__(parent)
        self._session = session
        self._stepper = stepper
        self._adviser: Adviser | None = None
        self._thread = TrainingThread(self, "advice")
        self._served = False
        self._ready = False
        self._rest = QTimer(self)
        self._rest.setSingleShot(True)
        self._rest.timeout.connect(self._ask)
        session.watcher.frame_changed.connect(self._begin_anew)
        session.watcher.state_changed.connect(self._begin_anew)

    @Slot()
    def start(self) -> None:
        """Start advising, now that the kernels are ready."""
        from model.insight.advice.adviser import Adviser

        self._adviser = Adviser(self._stepper, self._tell)
        self._ready = True
        self._begin_anew()

    def stop(self) -> bool:
        """Stop advising; returns whether the thread has ended (see TrainingThread.stop)."""
        self._ready = False
        self._rest.stop()
        return not self._served or self._thread.stop()

    @property
    def idle(self) -> bool:
        """Whether no trial is running or about to start."""
        return not self._rest.isActive() and (self._adviser is None or self._adviser.idle)

    # The thread

    def serve(self) -> None:
        """Make trials until `close`, at the lowest priority."""
        step_back()
        if self._adviser is not None:
            self._adviser.serve()

    def close(self) -> None:
        """Make `serve` return."""
        if self._adviser is not None:
            self._adviser.close()

    def _tell(self, advice: "Advice") -> None:
        self.advised.emit(advice)

    # The window's thread

    @Slot()
    def _begin_anew(self) -> None:
        """Stop the trials of a run that has changed, and wait until it stands still again."""
        if self._adviser is not None:
            self._adviser.forget()
        self._rest.stop()
        if self._ready and not self._session.is_training:
            self._rest.start(_QUIET_MS if self._session.step else _UNTRAINED_MS)

    @Slot()
    def _ask(self) -> None:
        from model.insight.advice.advice import within_reach

        engine, frame, adviser = self._session.engine(), self._session.frame, self._adviser
        if self._session.is_training or not (adviser and engine and frame) or not within_reach(frame):
            return
        if frame.run != engine.recording.run or frame.step != engine.recording.step:
            if self._session.seeking.step is None:
                self._rest.start(_QUIET_MS)  # what is shown is not yet where the run stands
            return
        if not self._served:
            self._served = True
            self._thread.start()
        adviser.want(frame)
