"""The dial of weight_init_std: an oscilloscope's scale to drag along, with the schemes' marks to click."""

from dataclasses import replace

from PySide6.QtCore import QEvent, Qt, Signal, Slot
from PySide6.QtGui import QFocusEvent, QHideEvent, QKeyEvent, QMouseEvent, QWheelEvent
from PySide6.QtWidgets import QWidget

from gui.pane.dial_screen import STEPS, DialScreen
from gui.pane.scale import HIGH, nudged, position_of, rounded, std_at

_QUIET = (Qt.FocusReason.MouseFocusReason, Qt.FocusReason.ActiveWindowFocusReason)
"""Reasons for focus other than the keyboard, for which it is not shown."""
_KEYS: dict[int, float] = {
    Qt.Key.Key_Left: 1 / 1.02,
    Qt.Key.Key_Down: 1 / 1.02,
    Qt.Key.Key_Right: 1.02,
    Qt.Key.Key_Up: 1.02,
    Qt.Key.Key_PageUp: 10,
    Qt.Key.Key_PageDown: 1 / 10,
}


class Dial(DialScreen):
    """Takes mouse, wheel and keys; asks for a std or a scheme, and shows what it is given in answer."""

    turned = Signal(float)
    mark_chosen = Signal(str)
    drag_started = Signal()
    drag_finished = Signal()

    def __init__(self, std: float, parent: QWidget | None = None) -> None:
        super().__init__(std, parent)
        self._grip: float | None = None
        """While dragged, the distance of the mouse from the handle's centre, to the right."""
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setMouseTracking(True)
        self.valueChanged.connect(self._follow)

    def _ask(self, std: float) -> None:
        if std != self._view.std or self._view.scheme != "std":
            self.turned.emit(std)

    @Slot(int)
    def _follow(self, value: int) -> None:
        """Turn where assistive technology moved the slider."""
        self._ask(rounded(std_at(value / STEPS)))

    # ---- mouse

    def mousePressEvent(self, event: QMouseEvent) -> None:
        if event.button() != Qt.MouseButton.LeftButton:
            event.ignore()
            return
        mark = self._target(event.position())
        if mark in self._view.marks:
            self.mark_chosen.emit(mark)
            return
        face = self.face()
        if event.position().y() < face.label_height:
            return
        self._grip = event.position().x() - face.x(position_of(self._view.std)) if mark == "handle" else 0.0
        self._show(replace(self._view, held=True))
        self.drag_started.emit()
        if mark != "handle":
            self._drag_to(event.position().x())

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        if self._grip is not None:
            self._drag_to(event.position().x())
        else:
            self._hover(self._target(event.position()))

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        if event.button() == Qt.MouseButton.LeftButton:
            self._let_go()

    def leaveEvent(self, event: QEvent) -> None:
        super().leaveEvent(event)
        self._hover("")

    def hideEvent(self, event: QHideEvent) -> None:
        super().hideEvent(event)
        self._let_go()

    def _drag_to(self, x: float) -> None:
        self._ask(rounded(std_at(self.face().position(x - (self._grip or 0.0)))))

    def _let_go(self) -> None:
        if self._grip is not None:
            self._grip = None
            self._show(replace(self._view, held=False))
            self.drag_finished.emit()

    def _hover(self, target: str) -> None:
        if target != self._view.hovered:
            self._show(replace(self._view, hovered=target))
            pointing = target in self._view.marks
            self.setCursor(Qt.CursorShape.PointingHandCursor if pointing else Qt.CursorShape.ArrowCursor)

    def wheelEvent(self, event: QWheelEvent) -> None:
        if not self.hasFocus():
            event.ignore()
            return
        self._ask(nudged(self._view.std, 1.1 ** (event.angleDelta().y() / 120)))
        event.accept()

    # ---- keyboard

    def keyPressEvent(self, event: QKeyEvent) -> None:
        key = event.key()
        if key in _KEYS:
            self._ask(nudged(self._view.std, _KEYS[key]))
        elif key in (Qt.Key.Key_Home, Qt.Key.Key_End):
            self._ask(0.0 if key == Qt.Key.Key_Home else HIGH)
        else:
            event.ignore()

    def focusInEvent(self, event: QFocusEvent) -> None:
        super().focusInEvent(event)
        self._show(replace(self._view, focused=event.reason() not in _QUIET))

    def focusOutEvent(self, event: QFocusEvent) -> None:
        super().focusOutEvent(event)
        self._show(replace(self._view, focused=False))
