"""The dialog of a race: which knob, and which of its values train side by side."""

from functools import partial

from PySide6.QtCore import Signal, Slot
from PySide6.QtWidgets import (
    QComboBox,
    QDialog,
    QDialogButtonBox,
    QFormLayout,
    QHBoxLayout,
    QLabel,
    QLineEdit,
    QPushButton,
    QVBoxLayout,
    QWidget,
)

from gui.pane.small_parts import ErrorLabel
from model.training.idle import idle_knobs
from model.training.knob import SpecError
from model.training.race import joined, needs, raceable, racers, split, suggestions, usual
from model.training.spec import KNOBS, TrainingSpec
from model.words import Message, msg

_WIDTH = 60
"""Letters that a list of values has room for."""


class RaceDialog(QDialog):
    """Asks for a knob and its values; `wanted` tells them when they can be raced."""

    wanted = Signal(str, str)

    def __init__(self, spec: TrainingSpec, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._spec = spec
        self._knob = QComboBox()
        self._values = QLineEdit()
        self._chips = QHBoxLayout()
        self._told = QLabel()
        self._refusal = ErrorLabel()
        buttons = QDialogButtonBox.StandardButton
        self._buttons = QDialogButtonBox(buttons.Ok | buttons.Cancel)
        self._arrange()
        self._knob.currentIndexChanged.connect(self._show_knob)
        self._values.textChanged.connect(self._tell)
        self._buttons.accepted.connect(self._take)
        self._buttons.rejected.connect(self.reject)
        self._show_knob()

    def show_spec(self, spec: TrainingSpec) -> None:
        """Race with the other knobs as they are in this spec."""
        self._spec = spec
        self._tell()

    def refuse(self, message: Message) -> None:
        """Say why these values cannot be raced."""
        self._show_answer("", str(message))

    def _arrange(self) -> None:
        self.setObjectName("race_dialog")
        self.setWindowTitle(str(msg("Race")))
        idle = idle_knobs(self._spec)
        for knob in raceable():
            if knob.name not in idle or knob.name == "weight_init_std":
                self._knob.addItem(knob.label, knob.name)
        self._knob.setObjectName("race_knob")
        self._values.setObjectName("race_values")
        self._values.setMinimumWidth(_WIDTH * self.fontMetrics().averageCharWidth())
        self._told.setProperty("role", "muted")
        self._refusal.setObjectName("race_told")
        for label in (self._told, self._refusal):
            label.setWordWrap(True)
            label.setMinimumHeight(2 * self.fontMetrics().lineSpacing())
        self._buttons.button(QDialogButtonBox.StandardButton.Ok).setText(str(msg("Start")))
        form = QFormLayout()
        form.addRow(str(msg("&Knob")), self._knob)
        form.addRow(str(msg("&Values")), self._values)
        form.addRow("", self._chips)
        column = QVBoxLayout(self)
        column.addLayout(form)
        column.addWidget(self._told)
        column.addWidget(self._refusal)
        column.addWidget(self._buttons)
        self._values.setFocus()

    @property
    def _name(self) -> str:
        return str(self._knob.currentData())

    @Slot()
    def _show_knob(self) -> None:
        while (item := self._chips.takeAt(0)) is not None:
            if (widget := item.widget()) is not None:
                widget.deleteLater()
        for value in suggestions(self._spec, self._name):
            chip = QPushButton(value)
            chip.setObjectName(f"race_add_{value}")
            chip.setToolTip(str(msg("Add this value, or take it away")))
            chip.setAutoDefault(False)
            chip.clicked.connect(partial(self._toggle, value))
            self._chips.addWidget(chip)
        self._chips.addStretch(1)
        self._values.setToolTip(str(needs(KNOBS[self._name])))
        self._values.setText(usual(self._spec, self._name))
        self._tell()

    def _toggle(self, value: str) -> None:
        """Add a value, or take it away where it is there."""
        knob = KNOBS[self._name]
        values = split(knob, self._values.text())
        if value in values:
            values.remove(value)
        else:
            values.append(value)
        self._values.setText(joined(knob, values))

    @Slot()
    def _tell(self) -> None:
        try:
            n = len(racers(self._spec, self._name, self._values.text()))
        except SpecError as error:
            self.refuse(error.first)
            return
        text = "{n} runs, from the same random numbers and batches, always at the same step."
        self._show_answer(str(msg(text, n=n)), "")

    def _show_answer(self, told: str, refusal: str) -> None:
        """Say what will be raced, or why nothing can be, which is shown in the same place."""
        self._told.setText(told)
        self._told.setVisible(not refusal)
        self._refusal.show_text(refusal)
        self._buttons.button(QDialogButtonBox.StandardButton.Ok).setEnabled(not refusal)

    @Slot()
    def _take(self) -> None:
        self.wanted.emit(self._name, self._values.text())
