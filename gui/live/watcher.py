"""The watcher: brings news of the present run to the screen, at most once per refresh."""

from PySide6.QtCore import QObject, Qt, QTimer, Signal, Slot

from gui.live.closeup import Closeup
from gui.live.pace import Pace
from gui.live.present_run import PresentRun
from gui.live.screen import REFRESH_MS, Screen
from gui.live.scrubbing import Scrubbing
from gui.live.seeking import Seeking
from model.figures.figure import Range
from model.training.frame import Frame
from model.training.runner import Runner, State


class Watcher(QObject):
    """Watches the present run as long as it may change.

    Attributes
    ----------
    steps : those that the axes should show with the newest frame, None for all steps of the run
    """

    frame_changed = Signal(object)
    state_changed = Signal(str)
    settled = Signal()
    """Nothing new will come until something is ordered."""

    def __init__(
        self, run: PresentRun, runner: Runner, scrubbing: Scrubbing, seeking: Seeking, pace: Pace, parent: QObject
    ) -> None:
        super().__init__(parent)
        self._run = run
        self._runner = runner
        self._scrubbing = scrubbing
        self._seeking = seeking
        self._pace = pace
        self._screen = Screen()
        self._closeup = Closeup()
        self.steps: Range | None = None
        self._shown_state: State = "empty"
        self._timer = QTimer(self)
        self._timer.setTimerType(Qt.TimerType.PreciseTimer)
        self._timer.setInterval(REFRESH_MS)
        self._timer.timeout.connect(self._refresh)
        self._soon = QTimer(self)
        self._soon.setSingleShot(True)
        self._soon.timeout.connect(self._refresh)
        # by a timer, for a slot that is queued would come before all timers: painting, which asks for the next run when
        # it has ended, would never let go of the event loop
        scrubbing.trained.connect(self._soon.start, Qt.ConnectionType.QueuedConnection)
        run.ordered.connect(self.look)
        seeking.found.connect(self._show_past)
        seeking.changed.connect(self._return)

    @property
    def frame(self) -> Frame | None:
        """Shown last."""
        return self._screen.frame

    @property
    def frames(self) -> int:
        """Times that new training state reached the screen."""
        return self._screen.painted

    @property
    def draws_whole(self) -> bool:
        """Whether each frame goes to all panels at once, as when scrubbing or in slow motion."""
        return self._scrubbing.on or self._pace.slow

    @property
    def looking(self) -> bool:
        """Whether something new may still come."""
        return self._timer.isActive()

    @Slot()
    def look(self) -> None:
        """Look at the run until it has settled."""
        if not self._timer.isActive():
            self._timer.start()

    def begin(self) -> None:
        """Treat everything about the present run as new."""
        self._screen.forget()
        self._shown_state = "empty"  # a run may fail like the last one before the first look
        self.look()

    def prompt(self) -> None:
        """Show a new run now instead of at the next tick, but no more often than the screen refreshes."""
        if self._screen.allows_prompt():
            self._refresh()

    def stop(self) -> None:
        """Stop looking."""
        self._timer.stop()
        self._soon.stop()

    @Slot()
    def note_paint(self) -> None:
        """Note that the plots have been painted."""
        self._screen.note_paint()
        if self._scrubbing.on:
            self._scrubbing.trained.emit()

    def _stretch(self, frame: Frame) -> Range | None:
        singly = (self._pace.slow or self._run.stepping) and not self._scrubbing.on
        return self._closeup.follow(frame, singly=singly, training=self._run.stepping or self._run.state == "training")

    @Slot(object)
    def _show_past(self, frame: Frame) -> None:
        """Show an earlier step instead of the newest."""
        self._screen.show(frame)
        self.frame_changed.emit(frame)

    @Slot()
    def _return(self) -> None:
        if self._seeking.step is None:
            self._screen.forget()
            self.look()

    @Slot()
    def _refresh(self) -> None:
        """Bring news to the screen; at rest, stop looking."""
        settled = self._runner.settled() and self._scrubbing.idle
        if self._scrubbing.on:
            self._scrubbing.follow(free=not self._screen.awaits_paint())
        engine = self._run.engine
        if engine is not None:
            held = self._seeking.step is not None or (self._pace.slow and self._screen.awaits_paint())
            frame = None if held else self._screen.news(engine.recording)
            if frame is not None:
                self._runner.shown = frame.step
                self.steps = self._stretch(frame)
                self.frame_changed.emit(frame)
            if self._run.state == "training":
                self._run.request()
        state = self._run.state
        if state != self._shown_state:
            self._shown_state = state
            self.state_changed.emit(state)
        looks_back = self._seeking.step is not None
        if settled and (engine is None or looks_back or self._screen.has_seen(engine.recording)):
            self._timer.stop()
            self.settled.emit()
