"""The dialog of a race: which knob, and which of its values train side by side."""

from functools import partial

from PySide6.QtCore import Signal, Slot
from PySide6.QtWidgets import (
    QComboBox,
    QFormLayout,
    QHBoxLayout,
    QLineEdit,
    QPushButton,
    QVBoxLayout,
    QWidget,
)

from gui.compare.asking_dialog import AskingDialog
from model.training.idle import idle_knobs
from model.training.knob import SpecError
from model.training.race import joined, needs, raceable, racers, split, suggestions, usual
from model.training.spec import KNOBS, TrainingSpec
from model.words import Message, msg

_WIDTH = 60
"""Letters that a list of values has room for."""


class RaceDialog(AskingDialog):
    """Asks for a knob and its values; `wanted` tells them when they can be raced."""

    wanted = Signal(str, str)

    def __init__(self, spec: TrainingSpec, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._spec = spec
        self._knob = QComboBox()
        self._values = QLineEdit()
        self._chips = QHBoxLayout()
        self._arrange()
        self._knob.currentIndexChanged.connect(self._show_knob)
        self._values.textChanged.connect(self._tell)
        self._buttons.accepted.connect(self._take)
        self._show_knob()

    def show_spec(self, spec: TrainingSpec) -> None:
        """Race with the other knobs as they are in this spec."""
        self._spec = spec
        self._tell()

    def refuse(self, message: Message) -> None:
        """Say why these values cannot be raced."""
        self._refuse(message)

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
        form = QFormLayout()
        form.addRow(str(msg("&Knob")), self._knob)
        form.addRow(str(msg("&Values")), self._values)
        form.addRow("", self._chips)
        column = QVBoxLayout(self)
        column.addLayout(form)
        self._put_answer_below(column, "race_told")
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
        self._tell_what_comes(msg(text, n=n))

    @Slot()
    def _take(self) -> None:
        self.wanted.emit(self._name, self._values.text())
