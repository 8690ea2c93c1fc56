"""A frame that takes the focus, and shows it if the keyboard gave it."""

from PySide6.QtCore import QSize, Qt
from PySide6.QtGui import QFocusEvent
from PySide6.QtWidgets import QFrame, QWidget


class KeyedFrame(QFrame):
    """Has a ring while it has the focus from the keyboard, not from the mouse."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)

    def minimumSizeHint(self) -> QSize:
        """Ask for no more than any other panel, since Qt would take the difference from its neighbours for good."""
        return QSize(120, 64)

    def focusInEvent(self, event: QFocusEvent) -> None:
        super().focusInEvent(event)
        self._show_keyed(keyed=event.reason() in (Qt.FocusReason.TabFocusReason, Qt.FocusReason.BacktabFocusReason))

    def focusOutEvent(self, event: QFocusEvent) -> None:
        super().focusOutEvent(event)
        self._show_keyed(keyed=False)

    def _show_keyed(self, *, keyed: bool) -> None:
        self.setProperty("keyed", keyed)
        self.style().polish(self)
