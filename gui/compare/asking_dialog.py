"""What the dialogs of runs to be started share: they say below their fields what will come, or why nothing can."""

from PySide6.QtWidgets import QDialog, QDialogButtonBox, QLabel, QVBoxLayout, QWidget

from gui.pane.small_parts import ErrorLabel
from model.words import Message, msg


class AskingDialog(QDialog):
    """Fields above, the answer to them below, and a button that starts only where there is something to start."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._told = QLabel()
        self._refusal = ErrorLabel()
        buttons = QDialogButtonBox.StandardButton
        self._buttons = QDialogButtonBox(buttons.Ok | buttons.Cancel)
        self._buttons.rejected.connect(self.reject)

    def _put_answer_below(self, column: QVBoxLayout, name: str) -> None:
        """Put the answer and the buttons at the end of the dialog; `name` is that of the refusal."""
        self._told.setProperty("role", "muted")
        self._refusal.setObjectName(name)
        for label in (self._told, self._refusal):
            label.setWordWrap(True)
            label.setMinimumHeight(2 * self.fontMetrics().lineSpacing())
        self._buttons.button(QDialogButtonBox.StandardButton.Ok).setText(str(msg("Start")))
        for part in (self._told, self._refusal, self._buttons):
            column.addWidget(part)

    def _tell_what_comes(self, told: Message) -> None:
        self._told.setText(str(told))
        self._show_answer("")

    def _refuse(self, why: Message) -> None:
        self._show_answer(str(why))

    def _show_answer(self, refusal: str) -> None:
        self._told.setVisible(not refusal)
        self._refusal.show_text(refusal)
        self._buttons.button(QDialogButtonBox.StandardButton.Ok).setEnabled(not refusal)
