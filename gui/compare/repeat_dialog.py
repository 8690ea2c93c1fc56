"""The dialog before a run is repeated: how many seeds, and what counts as having converged."""

from PySide6.QtCore import Signal, Slot
from PySide6.QtWidgets import (
    QComboBox,
    QDialog,
    QDialogButtonBox,
    QFormLayout,
    QHBoxLayout,
    QLabel,
    QLineEdit,
    QVBoxLayout,
    QWidget,
)

from gui.pane.small_parts import ErrorLabel
from model.insight.seed_runs import SeedRequest, read_request, usual_request
from model.training.knob import SpecError
from model.words import Message, msg

_QUANTITIES = (("loss", msg("mean loss of 20 batches at most")), ("accuracy", msg("accuracy at least")))
_LEVEL_OF_ACCURACY = "0.9"


class RepeatDialog(QDialog):
    """Asks for a SeedRequest, and tells it with `wanted`."""

    wanted = Signal(object)

    def __init__(self, n_classes: int, steps: int, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._steps = steps
        usual = usual_request(n_classes)
        self._levels = {"loss": f"{usual.level:g}", "accuracy": _LEVEL_OF_ACCURACY}
        self._n = QLineEdit(str(usual.n))
        self._quantity = QComboBox()
        self._level = QLineEdit(self._levels["loss"])
        self._told = QLabel()
        self._refusal = ErrorLabel()
        buttons = QDialogButtonBox.StandardButton
        self._buttons = QDialogButtonBox(buttons.Ok | buttons.Cancel)
        self._arrange()
        self._n.textChanged.connect(self._tell)
        self._level.textChanged.connect(self._tell)
        self._quantity.currentIndexChanged.connect(self._show_level)
        self._buttons.accepted.connect(self._take)
        self._buttons.rejected.connect(self.reject)
        self._tell()

    def _arrange(self) -> None:
        self.setObjectName("repeat_dialog")
        self.setWindowTitle(str(msg("Repeat with seeds")))
        for key, words in _QUANTITIES:
            self._quantity.addItem(str(words), key)
        self._n.setObjectName("repeat_seeds")
        self._quantity.setObjectName("repeat_quantity")
        self._level.setObjectName("repeat_level")
        self._refusal.setObjectName("repeat_told")
        self._told.setProperty("role", "muted")
        for label in (self._told, self._refusal):
            label.setWordWrap(True)
            label.setMinimumHeight(2 * self.fontMetrics().lineSpacing())
        self._buttons.button(QDialogButtonBox.StandardButton.Ok).setText(str(msg("Start")))
        level = QHBoxLayout()
        level.addWidget(self._quantity)
        level.addWidget(self._level, 1)
        form = QFormLayout()
        form.addRow(str(msg("&Seeds")), self._n)
        converged = QLabel(str(msg("&Converged")))
        converged.setBuddy(self._quantity)
        form.addRow(converged, level)
        column = QVBoxLayout(self)
        column.addLayout(form)
        column.addWidget(self._told)
        column.addWidget(self._refusal)
        column.addWidget(self._buttons)
        self._n.selectAll()
        self._n.setFocus()

    @property
    def _kind(self) -> str:
        return str(self._quantity.currentData())

    def _request(self) -> SeedRequest:
        return read_request(self._n.text(), self._kind, self._level.text())

    @Slot()
    def _show_level(self) -> None:
        self._level.setText(self._levels[self._kind])

    @Slot()
    def _tell(self) -> None:
        try:
            request = self._request()
        except SpecError as error:
            self._show_answer(error.first)
            return
        text = msg("{n} runs of {steps:,} steps in the background, alike but for their seeds.",
                   n=request.n, steps=self._steps)  # fmt: skip
        self._told.setText(str(text))
        self._show_answer(None)

    def _show_answer(self, refusal: Message | None) -> None:
        self._told.setVisible(refusal is None)
        self._refusal.show_text("" if refusal is None else str(refusal))
        self._buttons.button(QDialogButtonBox.StandardButton.Ok).setEnabled(refusal is None)

    @Slot()
    def _take(self) -> None:
        self.wanted.emit(self._request())
        self.accept()
