"""The dialog that sets how much is kept on disk."""

from PySide6.QtCore import Signal, Slot
from PySide6.QtWidgets import QDialog, QDialogButtonBox, QFormLayout, QLabel, QLineEdit, QVBoxLayout, QWidget

from gui.pane.small_parts import ErrorLabel
from model.training.knob import Knob, SpecError
from model.words import msg

_GB = 1e9
_RUNS = Knob("kept_runs", "int", 1000, "Runs", "", "panel", "", 1, 1_000_000, "linear", (), live=False)
_SIZE = Knob("kept_size", "float", 2.0, "GB", "", "panel", "", 0.001, 1_000_000, "linear", (), live=False)


class KeepDialog(QDialog):
    """Asks for a number of runs and for bytes, and tells both with `wanted`."""

    wanted = Signal(int, object)

    def __init__(self, runs: int, n_bytes: int, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("keep_dialog")
        self.setWindowTitle(str(msg("Keep runs")))
        self._runs, self._size = QLineEdit(f"{runs}"), QLineEdit(f"{n_bytes / _GB:g}")
        self._runs.setObjectName("keep_runs")
        self._size.setObjectName("keep_size")
        told = QLabel(str(msg("The oldest runs are dropped first. Starred runs are never dropped.")))
        told.setWordWrap(True)
        told.setProperty("role", "muted")
        self._refusal = ErrorLabel()
        buttons = QDialogButtonBox.StandardButton
        self._buttons = QDialogButtonBox(buttons.Ok | buttons.Cancel)
        form = QFormLayout()
        form.addRow(str(msg("At most this many &runs")), self._runs)
        form.addRow(str(msg("At most this many &gigabytes")), self._size)
        column = QVBoxLayout(self)
        column.addLayout(form)
        for part in (told, self._refusal, self._buttons):
            column.addWidget(part)
        for line in (self._runs, self._size):
            line.textChanged.connect(self._judge)
        self._buttons.accepted.connect(self._take)
        self._buttons.rejected.connect(self.reject)
        self._judge()

    def _read(self) -> tuple[int, int]:
        found = []
        for knob, line in ((_RUNS, self._runs), (_SIZE, self._size)):
            value = knob.parse(line.text().strip())
            if not (isinstance(value, int | float) and (knob.low or 0) <= value <= (knob.high or 0)):
                raise SpecError({knob.name: knob.refusal(value)})
            found.append(value)
        return int(found[0]), round(found[1] * _GB)

    @Slot()
    def _judge(self) -> None:
        try:
            self._read()
        except SpecError as error:
            self._refusal.show_text(str(error.first))
        else:
            self._refusal.show_text("")
        self._buttons.button(QDialogButtonBox.StandardButton.Ok).setEnabled(not self._refusal.text())

    @Slot()
    def _take(self) -> None:
        self.wanted.emit(*self._read())
        self.accept()
