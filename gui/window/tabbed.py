"""Keys that belong to a widget which Tab led to, before they are the window's shortcuts."""

from PySide6.QtCore import QEvent, Qt
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QAbstractButton, QAbstractSlider, QApplication, QWidget

_ARROWS = (Qt.Key.Key_Left, Qt.Key.Key_Right, Qt.Key.Key_Up, Qt.Key.Key_Down)


class Tabbed:
    """Remembers where Tab has led: there Space presses a button, and arrows move a slider."""

    def __init__(self) -> None:
        self._widget: QWidget | None = None

    def note(self) -> None:
        """Tab has moved the focus."""
        self._widget = QApplication.focusWidget()

    def owns(self, event: QEvent) -> bool:
        """Whether this would trigger a shortcut with a key that is the widget's own."""
        if event.type() != QEvent.Type.ShortcutOverride or not isinstance(event, QKeyEvent):
            return False
        focused = QApplication.focusWidget()
        pressed = event.key() == Qt.Key.Key_Space and isinstance(focused, QAbstractButton)
        moved = event.key() in _ARROWS and isinstance(focused, QAbstractSlider)
        return focused is self._widget and (pressed or moved)
