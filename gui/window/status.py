"""The status bar: step, steps a second, loss, accuracy, and what the program is doing."""

import math
import time

from PySide6.QtCore import QSize, Qt, Slot
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QLabel, QStatusBar, QWidget

from gui.look.lengths import in_font
from model.training.frame import Frame
from model.training.runner import State
from model.words import Message, clock, msg, per_second

_STATES: dict[State, Message] = {
    "empty": msg("starting"),
    "training": msg("training"),
    "paused": msg("paused"),
    "finished": msg("finished"),
    "failed": msg("failed: press Train to restart"),
}
_SAID_MS = 6000
_GAP = 7
_WINDOW = 1.0
_ETA_FROM = 2.0
"""Remaining seconds below which the estimate is not shown."""


class StatusBar(QStatusBar):
    """Shows the newest numbers; a message of the moment covers none of them."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("status")
        self.setSizeGripEnabled(False)
        self._widths: dict[QLabel, int] = {}
        self._doing = self._label("status_doing", 0)
        self._step = self._label("status_step", 130)
        self._rate = self._label("status_rate", 110)
        self._eta = self._label("status_eta", 70)
        self._loss = self._label("status_loss", 90)
        self._accuracy = self._label("status_accuracy", 170)
        self._steps = self._label("status_engine", 0)
        self._first_to_go = (self._steps, self._eta, self._rate, self._accuracy, self._loss)
        self.messageChanged.connect(self._leave_out)
        self._past: list[tuple[float, int, int]] = []
        self._state: State = "empty"

    def take_font(self) -> None:
        for label, width in self._widths.items():
            label.setMinimumWidth(in_font(self, width))
        self._leave_out()

    @Slot(str)
    def say(self, text: str) -> None:
        """Say a short sentence for a moment."""
        self.showMessage(text, _SAID_MS)

    def show_frame(self, frame: Frame) -> None:
        """Show the numbers of this moment."""
        self._step.setText(str(msg("step {step:,} of {target:,}", step=frame.step, target=frame.target)))
        loss = float(frame.loss[-1]) if frame.step else math.nan
        self._loss.setText(str(msg("loss {loss}", loss=_short(loss))))
        self._accuracy.setText(str(self._accuracy_of(frame)))
        self._show_rate(frame)
        self._show_doing(frame)

    def show_state(self, state: State, frame: Frame | None) -> None:
        self._state = state
        self._past.clear()
        if state != "training":
            self._rate.setText("")
            self._eta.setText("")
        if frame is not None:
            self._accuracy.setText(str(self._accuracy_of(frame)))
        self._show_doing(frame)

    def show_engine(self, text: str) -> None:
        """Say how steps are made, where that is worth saying."""
        self._steps.setText(text)

    def _show_doing(self, frame: Frame | None) -> None:
        text = _STATES[self._state]
        if self._state == "paused" and frame is not None and frame.step == 0:
            text = msg("ready")
        stopped_by = frame.stopped_by if frame is not None and self._state == "finished" else None
        if frame is not None and stopped_by == "accuracy":
            accuracy = f"{frame.stop_accuracy:g}"
            text = msg("finished: accuracy {accuracy} reached at step {step:,}", accuracy=accuracy, step=frame.step)
        elif frame is not None and frame.divergence is not None:
            step, name = frame.divergence.step, frame.divergence.parameter
            if stopped_by == "divergence":
                text = msg("finished: diverged at step {step:,} ({name})", step=step, name=name)
            else:
                text = msg("diverged at step {step:,} ({name})", step=step, name=name)
        self._doing.setText(str(text))

    def _accuracy_of(self, frame: Frame) -> Message:
        """Word the newest accuracy, with the step that it belongs to unless that is the one shown beside it."""
        train, test = (_short(value) for value in frame.accuracy)
        at = frame.evaluated_at
        if at is None or (at == frame.step and self._state != "training"):  # else the words would come and go
            return msg("train {train}  test {test}", train=train, test=test)
        return msg("train {train}  test {test} at step {step:,}", train=train, test=test, step=at)

    def _show_rate(self, frame: Frame) -> None:
        now = time.monotonic()
        if self._past and self._past[-1][1] != frame.run:
            self._past.clear()
        self._past.append((now, frame.run, frame.step))
        while now - self._past[0][0] > _WINDOW:
            self._past.pop(0)
        (then, _, before) = self._past[0]
        if now - then < _WINDOW / 4 or self._state != "training":
            return
        rate = (frame.step - before) / (now - then)
        left = (frame.target - frame.step) / rate if rate > 0 else 0.0
        self._rate.setText(str(per_second(rate)))
        self._eta.setText(str(msg("{time} left", time=clock(left))) if left >= _ETA_FROM else "")

    def minimumSizeHint(self) -> QSize:
        """Ask for no width: if there is little, the least important numbers are hidden."""
        return QSize(0, super().minimumSizeHint().height())

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._leave_out()

    @Slot()
    def _leave_out(self) -> None:
        """Hide the least important numbers where there is no room for all."""
        labels = (self._doing, self._step, *self._first_to_go)
        room = self.width() - sum(self._wanted(label) for label in labels)
        if room >= 0 and self.currentMessage():  # beside one, what is empty may go, and the numbers stay
            needed = self.fontMetrics().horizontalAdvance(self.currentMessage()) + 3 * _GAP
            for label in self._first_to_go:
                label.setVisible(room >= needed or bool(label.text()))
                room += 0 if label.isVisibleTo(self) else self._wanted(label)
            return
        for label in self._first_to_go:
            label.setVisible(room >= 0)
            room += 0 if room >= 0 else self._wanted(label)

    @staticmethod
    def _wanted(label: QLabel) -> int:
        return max(label.minimumWidth(), label.sizeHint().width()) + _GAP

    def _label(self, name: str, width: int) -> QLabel:
        label = QLabel()
        label.setObjectName(name)
        label.setTextFormat(Qt.TextFormat.PlainText)
        self._widths[label] = width
        label.setMinimumWidth(in_font(self, width))
        label.setContentsMargins(6, 0, 6, 0)
        self.addPermanentWidget(label)
        return label


def _short(value: float) -> str:
    return "–" if math.isnan(value) else f"{value:.4g}"
