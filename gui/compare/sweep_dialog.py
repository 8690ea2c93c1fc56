"""The dialog before a sweep: one knob or two, their values, seeds and steps."""

import os

from PySide6.QtCore import Signal, Slot
from PySide6.QtWidgets import (
    QComboBox,
    QDialogButtonBox,
    QFormLayout,
    QHBoxLayout,
    QLabel,
    QLineEdit,
    QPushButton,
    QVBoxLayout,
    QWidget,
)

from gui.compare.asking_dialog import AskingDialog
from model.data.dataset import DataError, Dataset
from model.sweeps.axis import KINDS, Axis
from model.sweeps.crew import seconds_each
from model.sweeps.sweep import Sweep
from model.sweeps.table import Table
from model.training.knob import SpecError
from model.training.spec import KNOBS, TrainingSpec
from model.training.typed_number import read_whole
from model.words import clock, msg

_USUAL = {
    "weight_init_std": "0.0001:10:64:log",
    "learning_rate": "0.001:10:64:log",
    "hidden_sizes": "{sizes}",
    "momentum": "0:0.99:34",
    "batch_size": "1:{n_train}:16",
    "seed": "0:99:100",
}
_DEPTHS = (1, 2, 3, 4, 6, 8, 12, 16, 20)


class SweepDialog(AskingDialog):
    """Asks for a Sweep, and tells it with `wanted`; or with `resumed` the Table to go on with."""

    wanted = Signal(object)
    resumed = Signal(object)

    def __init__(
        self,
        spec: TrainingSpec,
        data: Dataset,
        unfinished: Table | None,
        offered: Sweep | None,
        parent: QWidget | None,
    ) -> None:
        super().__init__(parent)
        self._spec = spec if offered is None else offered.base
        self._data = data
        self._unfinished = unfinished
        self._knobs = QComboBox(), QComboBox()
        self._values = QLineEdit(), QLineEdit()
        self._seeds, self._steps = QLineEdit("1"), QLineEdit(str(min(spec.steps, 400) or 400))
        self._resume = QPushButton(str(msg("Resume")))
        self._arrange()
        for combo, field in zip(self._knobs, self._values, strict=True):
            combo.currentIndexChanged.connect(self._fill)
            field.textChanged.connect(self._tell)
        for field in (self._seeds, self._steps):
            field.textChanged.connect(self._tell)
        self._buttons.accepted.connect(self._take)
        self._resume.clicked.connect(self._go_on)
        self._fill()
        if offered is not None:
            self._offer(offered)

    def _offer(self, sweep: Sweep) -> None:
        """Fill in a sweep."""
        for combo, field, axis in zip(self._knobs, self._values, (sweep.x, sweep.y), strict=True):
            combo.setCurrentIndex(0 if axis is None else combo.findData(axis.knob))
            field.setText("" if axis is None else axis.said().partition("=")[2])
        self._seeds.setText(str(sweep.n_seeds))
        self._steps.setText(str(sweep.base.steps))

    def _arrange(self) -> None:
        self.setObjectName("sweep_dialog")
        self.setWindowTitle(str(msg("Sweep")))
        form = QFormLayout()
        labels = str(msg("&Across")), str(msg("&Up"))
        for place, (combo, field, label) in enumerate(zip(self._knobs, self._values, labels, strict=True)):
            name = "xy"[place]
            if place:
                combo.addItem(str(msg("nothing else")), "")
            for knob in KNOBS.values():
                if knob.kind in KINDS:
                    combo.addItem(knob.name, knob.name)
            combo.setCurrentIndex(combo.findData("learning_rate" if place else "weight_init_std"))
            combo.setObjectName(f"sweep_{name}_knob")
            field.setObjectName(f"sweep_{name}_values")
            field.setAccessibleName(str(msg("Values of {axis}", axis=label.replace("&", ""))))
            field.setMinimumWidth(22 * self.fontMetrics().averageCharWidth())
            row = QHBoxLayout()
            row.addWidget(combo)
            row.addWidget(field, 1)
            caption = QLabel(label)
            caption.setBuddy(combo)
            form.addRow(caption, row)
        self._seeds.setObjectName("sweep_seeds")
        self._steps.setObjectName("sweep_steps")
        form.addRow(str(msg("&Seeds")), self._seeds)
        form.addRow(str(msg("S&teps")), self._steps)
        hint = QLabel(str(msg("Values: from:to:count, from:to:count:log, or a list such as 0.01,0.1,1.")))
        hint.setProperty("role", "muted")
        hint.setWordWrap(True)
        self._resume.setObjectName("sweep_resume")
        self._resume.setVisible(self._unfinished is not None)
        if self._unfinished is not None:
            sweep = self._unfinished.sweep
            said = msg("Go on with {axes}: {n:,} of {whole:,} points are there", axes=" · ".join(
                axis.said() for axis in (sweep.x, sweep.y) if axis is not None), n=self._unfinished.n_done,
                whole=sweep.n_points)  # fmt: skip
            self._resume.setToolTip(str(said))
            self._buttons.addButton(self._resume, QDialogButtonBox.ButtonRole.ActionRole)
        column = QVBoxLayout(self)
        column.addLayout(form)
        column.addWidget(hint)
        self._put_answer_below(column, "sweep_told")

    @Slot()
    def _fill(self) -> None:
        """Offer usual values of the chosen knobs."""
        sender = self.sender()
        for combo, field in zip(self._knobs, self._values, strict=True):
            if sender in (combo, None) or not field.text():
                field.setText(self._usual(str(combo.currentData())))
            field.setEnabled(bool(combo.currentData()))
        self._tell()

    def _usual(self, name: str) -> str:
        if not name:
            return ""
        knob = KNOBS[name]
        if knob.kind == "choice":
            return ",".join(knob.choices)
        if knob.kind == "flag":
            return "false,true"
        width = self._spec.hidden_sizes[0]
        sizes = ",".join(f"{width}x{depth}" for depth in _DEPTHS)
        if name in _USUAL:
            return _USUAL[name].format(sizes=sizes, n_train=self._data.n_train)
        return knob.format(getattr(self._spec, name))

    def _sweep(self) -> Sweep:
        axes = [
            Axis.from_text(f"{combo.currentData()}={field.text()}")
            for combo, field in zip(self._knobs, self._values, strict=True)
            if combo.currentData()
        ]
        seeds = read_whole(self._seeds.text())
        if seeds is None:
            raise SpecError({"": msg("Seeds must be a whole number.")})
        base = self._spec.replaced(steps=KNOBS["steps"].parse(self._steps.text()))
        if "weight_init_std" in (axis.knob for axis in axes) and "init" not in (axis.knob for axis in axes):
            base = base.replaced(init="std", weights=None)  # as turning the dial does
        sweep = Sweep(base, axes[0], axes[1] if len(axes) > 1 else None, seeds).checked()
        sweep.check(self._data)
        return sweep

    @Slot()
    def _tell(self) -> None:
        try:
            sweep = self._sweep()
        except SpecError as error:
            self._refuse(error.first)
            return
        except DataError as error:
            self._refuse(error.message)
            return
        seconds = sweep.n_points * seconds_each(sweep.base, self._data) / (os.cpu_count() or 1)
        text = msg("{n:,} runs of {steps:,} steps in the background, about {time}.",
                   n=sweep.n_points, steps=sweep.base.steps, time=clock(seconds))  # fmt: skip
        self._tell_what_comes(text)

    @Slot()
    def _take(self) -> None:
        self.wanted.emit(self._sweep())
        self.accept()

    @Slot()
    def _go_on(self) -> None:
        self.resumed.emit(self._unfinished)
        self.accept()
