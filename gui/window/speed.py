"""The speed of the training: a slider from one step a second to as fast as it goes."""

import math

from PySide6.QtCore import Qt, Signal, Slot
from PySide6.QtWidgets import QHBoxLayout, QLabel, QSizePolicy, QSlider, QWidget

from gui.look.lengths import in_font
from model.words import msg, per_second

_TOP = 1000
_FASTEST_PACED = 100_000.0


class SpeedControl(QWidget):
    """Steps a second on a log scale; the right end is "max"."""

    changed = Signal(object)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._value: float | str = "auto"
        self._slider = QSlider(Qt.Orientation.Horizontal)
        self._label = QLabel()
        self.setObjectName("speed")
        self._slider.setObjectName("speed_slider")
        self._slider.setRange(0, _TOP)
        self._slider.setPageStep(_TOP // 20)
        self._slider.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        tip = str(msg("Training speed, from one step per second to as fast as possible"))
        self.setToolTip(tip)
        self.setAccessibleName(tip)
        self._slider.setAccessibleName(tip)
        self._label.setTextFormat(Qt.TextFormat.PlainText)
        self.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Preferred)
        row = QHBoxLayout(self)
        row.setContentsMargins(6, 0, 6, 0)
        row.addWidget(QLabel(str(msg("Speed"))))
        row.addWidget(self._slider)
        row.addWidget(self._label)
        self.take_font()
        self._slider.valueChanged.connect(self._take_slider)

    def take_font(self) -> None:
        self._slider.setFixedWidth(in_font(self, 130))
        self._label.setMinimumWidth(in_font(self, 92))

    def value(self) -> float | str:
        """Give steps a second, "max", or "auto" until a person has chosen."""
        return self._value

    def set_value(self, value: float | str) -> None:
        """Choose "max", "auto" or steps a second (1 or more), as a person would; raises ValueError on others."""
        if value not in ("max", "auto"):
            value = float(value)
            if not value >= 1:
                raise ValueError(str(msg("Speed must be at least 1 step per second, or max; got {value}", value=value)))
            if math.isinf(value):
                value = "max"
        self._value = value
        self.changed.emit(value)

    def show_rate(self, steps_per_second: float) -> None:
        """Show the pace in force, without emitting a signal."""
        self._slider.blockSignals(True)
        self._slider.setValue(_position(steps_per_second))
        self._slider.blockSignals(False)
        self._label.setText(str(msg("max") if math.isinf(steps_per_second) else per_second(steps_per_second)))

    @Slot(int)
    def _take_slider(self, position: int) -> None:
        self.set_value("max" if position >= _TOP else _rate(position))


def _position(rate: float) -> int:
    if math.isinf(rate):
        return _TOP
    share = math.log(max(rate, 1.0)) / math.log(_FASTEST_PACED)
    return min(_TOP - 1, round(share * (_TOP - 1)))


def _rate(position: int) -> float:
    rate = math.pow(_FASTEST_PACED, position / (_TOP - 1))
    digits = -math.floor(math.log10(rate)) + 1
    return max(1.0, float(round(rate, digits)))
