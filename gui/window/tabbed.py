"""Keys that act on a widget reached with Tab instead of being shortcuts of the window; and where Tab continues."""

import shiboken6
from PySide6.QtCore import QEvent, Qt
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import (
    QAbstractButton,
    QAbstractScrollArea,
    QAbstractSlider,
    QApplication,
    QComboBox,
    QLineEdit,
    QTabBar,
    QWidget,
)

_VERTICAL = (Qt.Key.Key_Up, Qt.Key.Key_Down, Qt.Key.Key_PageUp, Qt.Key.Key_PageDown)
_ARROWS = (Qt.Key.Key_Left, Qt.Key.Key_Right, Qt.Key.Key_Up, Qt.Key.Key_Down)


class Tabbed:
    """Remembers the widget reached with Tab, where Space presses a button or opens a list, and arrows move a slider.

    Tab bars take the focus by Tab alone, so arrows always act on them. Up, Down and the page keys always act on fields,
    lists and sliders. Tab continues from a field that gave the focus back to the window.
    """

    def __init__(self) -> None:
        self._widget: QWidget | None = None
        self._left: QWidget | None = None

    def note(self) -> None:
        """Tab has moved the focus."""
        self._widget = QApplication.focusWidget()

    def follow(self, window: QWidget, old: QWidget | None, new: QWidget | None) -> None:
        """Follow the focus, and remember the widget that gave it back to the window."""
        if new is window:
            self._left = old
        elif new is not None:
            self._left = None

    @property
    def start(self) -> QWidget | None:
        """Where Tab continues from: the focus, or the widget that gave it back to the window."""
        left = self._left is not None and shiboken6.isValid(self._left)
        return self._left if left else QApplication.focusWidget()

    def owns(self, event: QEvent) -> bool:
        """Whether this key would trigger a shortcut but acts on the focused widget."""
        if event.type() != QEvent.Type.ShortcutOverride or not isinstance(event, QKeyEvent):
            return False
        focused, key = QApplication.focusWidget(), event.key()
        if event.modifiers() & ~Qt.KeyboardModifier.KeypadModifier != Qt.KeyboardModifier.NoModifier:
            return False
        if key in _VERTICAL and isinstance(focused, QLineEdit | QComboBox | QAbstractSlider | QAbstractScrollArea):
            return True  # whatever action has been given that key
        if isinstance(focused, QTabBar):
            return key in _ARROWS
        pressed = key == Qt.Key.Key_Space and isinstance(focused, QAbstractButton | QComboBox)
        moved = key in _ARROWS and isinstance(focused, QAbstractSlider)
        return focused is self._widget and (pressed or moved)
