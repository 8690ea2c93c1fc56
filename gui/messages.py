"""The one place where errors are shown to the user, in message boxes that do not block."""

import logging

from PySide6.QtCore import QObject, Qt, Slot
from PySide6.QtWidgets import QMessageBox, QWidget

from model.words import Message, echo, msg

_log = logging.getLogger(__name__)


class Messages(QObject):
    """Shows errors, each only once at a time."""

    def __init__(self, window: QWidget) -> None:
        super().__init__(window)
        self._window = window
        self._shown: dict[tuple[str, str], QMessageBox] = {}

    def tell(self, what: Message, why: Message) -> None:
        """Show what went wrong and why; nothing is added while the same message is still shown."""
        key = (str(what), str(why))
        if key in self._shown:
            return
        box = self.box(what, why)
        self._shown[key] = box
        box.finished.connect(self._forget)
        box.open()

    def box(self, what: Message, why: Message) -> QMessageBox:
        """Make a box without showing it, so that buttons can be added."""
        box = QMessageBox(self._window)
        box.setObjectName("fault")
        box.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        box.setIcon(QMessageBox.Icon.Warning)
        box.setTextFormat(Qt.TextFormat.PlainText)
        box.setWindowTitle(str(msg("Initscope")))
        box.setText(str(what))
        box.setInformativeText(str(why))
        return box

    def tell_bug(self, error: Exception) -> None:
        """Show an unexpected error; the log has the traceback."""
        _log.error("unforeseen", exc_info=error)
        self.tell_fault(error)

    @Slot(object)
    def tell_fault(self, error: Exception) -> None:
        """Show an error that is in the log already."""
        if isinstance(error, MemoryError):
            self.tell(
                msg("There is not enough memory for this."),
                msg("What has been trained so far is kept. Try a smaller network or fewer samples."),
            )
            return
        self.tell(msg("This is a bug in Initscope."), msg("{text}", text=echo(repr(error), 200)))

    @Slot()
    def _forget(self) -> None:
        box = self.sender()
        self._shown = {key: shown for key, shown in self._shown.items() if shown is not box}
