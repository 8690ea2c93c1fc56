"""The time bar under the panels: a slider over the steps of the present run."""

from PySide6.QtCore import QSize, Qt, Slot
from PySide6.QtGui import QAction
from PySide6.QtWidgets import QHBoxLayout, QLabel, QSizePolicy, QSlider, QToolButton, QWidget

from gui.live.session import Session
from gui.look.lengths import in_font
from model.words import msg

_BUTTONS = ("step_back", "play", "step_forward")
_MOST_PLACES = 100_000
"""Places of the slider; beyond, one stands for several steps."""


class TimeBar(QWidget):
    """Shows which step the panels show, and lets a person look at any other."""

    def __init__(self, session: Session, actions: dict[str, QAction], parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._session = session
        self._per_place = 1
        self._slider = QSlider(Qt.Orientation.Horizontal)
        self._label = QLabel()
        self._arrange(actions)
        self._slider.valueChanged.connect(self._seek)
        session.watcher.frame_changed.connect(self._show)
        session.seeking.changed.connect(self._show)
        session.playing.changed.connect(self._show_playing)
        self._play = actions["play"]
        self._newest = actions["newest_step"]

    def _arrange(self, actions: dict[str, QAction]) -> None:
        self.setObjectName("time_bar")
        self._slider.setObjectName("time_slider")
        self._slider.setAccessibleName(str(msg("Step that the panels show")))
        self._slider.setToolTip(
            str(msg("Look at any step of the run; at the right end the panels follow the training"))
        )
        self._label.setObjectName("time_step")
        self._label.setTextFormat(Qt.TextFormat.PlainText)
        self._label.setProperty("role", "muted")
        self.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Fixed)
        row = QHBoxLayout(self)
        row.setContentsMargins(6, 0, 6, 0)
        row.setSpacing(2)
        for name in _BUTTONS:
            row.addWidget(self._button(actions[name]))
        row.addWidget(self._slider, 1)
        row.addWidget(self._button(actions["newest_step"]))
        row.addWidget(self._button(actions["loop"]))
        row.addWidget(self._label)
        self.take_font()

    def take_font(self) -> None:
        self._label.setMinimumWidth(in_font(self, 190))
        for button in self.findChildren(QToolButton):
            button.setIconSize(QSize(1, 1) * in_font(self, 14))

    def _button(self, action: QAction) -> QToolButton:
        button = QToolButton()
        button.setDefaultAction(action)
        button.setObjectName(f"time_{action.objectName()}")
        button.setAutoRaise(True)
        button.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonIconOnly)
        button.setFocusPolicy(Qt.FocusPolicy.TabFocus)  # a click leaves the keys where they are
        return button

    @Slot()
    def _show(self) -> None:
        """Put the handle where the panels are."""
        session = self._session
        newest, looked_at = session.step, session.seeking.step
        shown = newest if looked_at is None else looked_at
        self._per_place = max(-(-newest // _MOST_PLACES), 1)
        self._slider.blockSignals(True)
        self._slider.setRange(0, -(-newest // self._per_place))
        self._slider.setPageStep(max(self._slider.maximum() // 20, 1))
        self._slider.setValue(-(-shown // self._per_place))
        self._slider.blockSignals(False)
        self.setEnabled(newest > 0)
        self._newest.setEnabled(looked_at is not None)
        told = (
            msg("newest step") if looked_at is None else msg("step {step:,} of {newest:,}", step=shown, newest=newest)
        )
        playing = self._session.playing
        if playing.on or playing.speed != 1:
            told = msg("{told} · ×{speed:g}", told=told, speed=playing.speed)
        self._label.setText(str(told))

    @Slot()
    def _show_playing(self) -> None:
        self._play.setChecked(self._session.playing.on)
        self._show()

    @Slot(int)
    def _seek(self, place: int) -> None:
        self._session.playing.stop()
        self._session.seek(place * self._per_place)
