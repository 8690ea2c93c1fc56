"""The dialog before a run is repeated: how many seeds, and what counts as having converged."""

from PySide6.QtCore import Signal, Slot
from PySide6.QtWidgets import (
    QComboBox,
    QFormLayout,
    QHBoxLayout,
    QLabel,
    QLineEdit,
    QVBoxLayout,
    QWidget,
)

from gui.compare.asking_dialog import AskingDialog
from model.insight.seed_runs import SeedRequest, read_request, usual_request
from model.training.knob import SpecError
from model.words import msg

_QUANTITIES = (("loss", msg("mean loss of 20 batches at most")), ("accuracy", msg("accuracy at least")))
_LEVEL_OF_ACCURACY = "0.9"


class RepeatDialog(AskingDialog):
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
        self._arrange()
        self._n.textChanged.connect(self._tell)
        self._level.textChanged.connect(self._tell)
        self._quantity.currentIndexChanged.connect(self._show_level)
        self._buttons.accepted.connect(self._take)
        self._tell()

    def _arrange(self) -> None:
        self.setObjectName("repeat_dialog")
        self.setWindowTitle(str(msg("Repeat with seeds")))
        for key, words in _QUANTITIES:
            self._quantity.addItem(str(words), key)
        self._n.setObjectName("repeat_seeds")
        self._quantity.setObjectName("repeat_quantity")
        self._level.setObjectName("repeat_level")
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
        self._put_answer_below(column, "repeat_told")
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
            self._refuse(error.first)
            return
        text = msg("{n} runs of {steps:,} steps in the background, alike but for their seeds.",
                   n=request.n, steps=self._steps)  # fmt: skip
        self._tell_what_comes(text)

    @Slot()
    def _take(self) -> None:
        self.wanted.emit(self._request())
        self.accept()
