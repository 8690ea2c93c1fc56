"""What the action does that repeats the present run with other seeds."""

from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal, Slot
from PySide6.QtWidgets import QWidget

from gui.live.repeating import Repeating
from gui.live.session import Session
from gui.messages import Messages
from gui.plots.dashboard import Dashboard
from model.training.spec import TrainingSpec
from model.words import echo, msg

if TYPE_CHECKING:
    from model.insight.seed_runs import SeedRequest, SeedRuns


class RepeatCommands(QObject):
    """Carries out `repeat`, and shows how far the runs are.

    Attributes
    ----------
    said : how far they are, in words
    """

    said = Signal(str)

    def __init__(self, window: QWidget, session: Session, dashboard: Dashboard, messages: Messages) -> None:
        super().__init__(window)
        self._window = window
        self._session = session
        self._dashboard = dashboard
        self._messages = messages
        self.repeating = Repeating(session)
        self.repeating.grown.connect(self._show)
        self.repeating.failed.connect(self._tell_fault)

    @Slot()
    def do_repeat(self) -> None:
        """Ask how often; while runs are being made, make no more."""
        if self.repeating.active:
            self.repeating.cancel()
            return
        from gui.compare.repeat_dialog import RepeatDialog  # which no start waits for

        dialog = RepeatDialog(self._session.data.n_classes, self.repeating.spec.steps, self._window)
        dialog.wanted.connect(self.start)
        dialog.finished.connect(self.repeating.changed)  # the button goes back up where nothing was begun
        dialog.finished.connect(dialog.deleteLater)
        dialog.open()

    @Slot(object)
    def start(self, request: "SeedRequest") -> None:
        """Begin, and show what comes of it."""
        self.repeating.start(request)
        self._dashboard.reveal("seeds")
        self.said.emit(str(msg("Training {n} runs with other seeds…", n=request.n)))

    @Slot(object, object)
    def start_again(self, spec: TrainingSpec, request: "SeedRequest") -> None:
        """Make the band of a picture again, where its runs have the samples of the present one."""
        if spec.data_request == self._session.spec.data_request:
            self.repeating.start(request, spec)

    @Slot(object)
    def _show(self, runs: "SeedRuns | None") -> None:
        self._dashboard.runs.show_seeds(runs)
        if runs is not None and runs.n < runs.request.n:
            left = msg("about {seconds:,.0f} s left", seconds=max(runs.seconds_left, 1.0))
            self.said.emit(str(msg("{n} of {whole} seeds, {left}", n=runs.n, whole=runs.request.n, left=left)))
        elif runs is not None:
            self.said.emit(str(msg("All {n} seeds are trained.", n=runs.n)))

    @Slot(str)
    def _tell_fault(self, why: str) -> None:
        self._messages.tell(msg("The run could not be repeated."), msg("{why}", why=echo(why, 300)))
