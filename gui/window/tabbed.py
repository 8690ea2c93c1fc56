"""Keys that belong to a widget which Tab led to, before they are the window's shortcuts; and where Tab goes on."""

import shiboken6
from PySide6.QtCore import QEvent, Qt
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QAbstractButton, QAbstractSlider, QApplication, QComboBox, QTabBar, QWidget

_ARROWS = (Qt.Key.Key_Left, Qt.Key.Key_Right, Qt.Key.Key_Up, Qt.Key.Key_Down)


class Tabbed:
    """Remembers where Tab has led: there Space presses a button or opens a list, and arrows move a slider.

    Tabs take the focus by Tab alone, so that arrows are always theirs. A field that gave the keys back to the
    window is where Tab goes on from.
    """

    def __init__(self) -> None:
        self._widget: QWidget | None = None
        self._left: QWidget | None = None

    def note(self) -> None:
        """Tab has moved the focus."""
        self._widget = QApplication.focusWidget()

    def follow(self, window: QWidget, old: QWidget | None, new: QWidget | None) -> None:
        """Follow the focus: a widget of the window that gives it to the window itself is where it came from."""
        if new is window:
            self._left = old
        elif new is not None:
            self._left = None

    @property
    def start(self) -> QWidget | None:
        """Where Tab goes on from: the focus, or what gave it to the window."""
        left = self._left is not None and shiboken6.isValid(self._left)
        return self._left if left else QApplication.focusWidget()

    def owns(self, event: QEvent) -> bool:
        """Whether this would trigger a shortcut with a key that is the widget's own."""
        if event.type() != QEvent.Type.ShortcutOverride or not isinstance(event, QKeyEvent):
            return False
        focused, key = QApplication.focusWidget(), event.key()
        if isinstance(focused, QTabBar):
            return key in _ARROWS
        pressed = key == Qt.Key.Key_Space and isinstance(focused, QAbstractButton | QComboBox)
        moved = key in _ARROWS and isinstance(focused, QAbstractSlider)
        return focused is self._widget and (pressed or moved)
