"""What each action does that compares runs."""

from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal, Slot
from PySide6.QtWidgets import QWidget

from gui.live.racing import Racing
from gui.live.session import Session
from gui.messages import Messages
from model.training.knob import SpecError
from model.words import echo, msg

if TYPE_CHECKING:
    from gui.compare.race_dialog import RaceDialog


class CompareCommands(QObject):
    """Carries out actions; `do_<id>` belongs to the action of that id."""

    raced = Signal()
    cleared = Signal()
    """No other runs are to be shown."""

    def __init__(self, window: QWidget, session: Session, messages: Messages) -> None:
        super().__init__(window)
        self._window = window
        self._session = session
        self._messages = messages
        self._dialog: RaceDialog | None = None
        self.racing = Racing(session)
        self.racing.started.connect(self.raced)
        self.racing.failed.connect(self._tell_fault)

    @Slot()
    def do_pin(self) -> None:
        self._session.shelving.pin()

    @Slot()
    def do_unpin_all(self) -> None:
        for run in self._session.shelf.beside():
            self._session.shelf.change(run.number, beside=False)
        self.cleared.emit()

    @Slot()
    def do_race(self) -> None:
        """Ask which values; the dialog that was there last has them still."""
        if self._dialog is None:
            from gui.compare.race_dialog import RaceDialog  # which no start waits for

            self._dialog = RaceDialog(self._session.spec, self._window)
            self._dialog.wanted.connect(self._race)
            self._session.spec_changed.connect(self._dialog.show_spec)
        self._dialog.show()
        self._dialog.raise_()
        self._dialog.activateWindow()

    @Slot(str, str)
    def _race(self, name: str, text: str) -> None:
        assert self._dialog is not None  # noqa: S101  it sends this
        try:
            self.racing.race(name, text)
        except SpecError as error:
            self._dialog.refuse(error.first)
        else:
            self._dialog.accept()

    @Slot(str)
    def _tell_fault(self, why: str) -> None:
        self._messages.tell(msg("The race cannot begin."), msg("{why}", why=echo(why, 300)))
