"""A line to type into: Enter or leaving commits, Escape takes back, Up, Down and the wheel step."""

from PySide6.QtCore import QEvent, QRect, Qt, Signal, Slot
from PySide6.QtGui import QFocusEvent, QKeyEvent, QPainter, QPaintEvent, QWheelEvent
from PySide6.QtWidgets import QLineEdit, QWidget

from gui.look.lengths import in_font
from gui.look.theme import theme_of

LONGEST = 5000
"""Nobody types more; what is longer is refused as a whole, never cut to something else."""
_HEAD = 40


class TextField(QLineEdit):
    """A plain line edit that says when a text is meant, and shows a unit at its right end."""

    entered = Signal(str)
    abandoned = Signal()
    finished = Signal()
    """Enter or Escape: nothing more will be typed."""
    stepped = Signal(int)

    def __init__(self, unit: str = "", parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._unit = unit
        self._turned = 0
        self.take_font()
        self.returnPressed.connect(self._finish)
        self.textChanged.connect(self._refuse_the_endless)

    def take_font(self) -> None:
        self.setMinimumWidth(in_font(self, 40))
        self._make_room()

    def show_unit(self, unit: str) -> None:
        """Show another unit, or whatever else belongs to the value."""
        if unit != self._unit:
            self._unit = unit
            self._make_room()
            self.update()

    def show_text(self, text: str) -> None:
        """Show a text that needs no commit."""
        if text != self.text():
            self.setText(text)
            self.setCursorPosition(0)
        self.setModified(False)

    def show_typed(self, text: str) -> None:
        """Show a text as if it had been typed, at most its head if it is endless."""
        self.show_text(text if len(text) <= LONGEST else text[:_HEAD] + "…")

    @Slot()
    def _finish(self) -> None:
        self._enter()
        self.finished.emit()

    def _enter(self) -> None:
        self.setModified(False)
        self.entered.emit(self.text())

    @Slot(str)
    def _refuse_the_endless(self, text: str) -> None:
        if len(text) > LONGEST:
            self.show_typed(text)
            self.entered.emit(text)

    def _make_room(self) -> None:
        width = self.fontMetrics().horizontalAdvance(self._unit) + 4 if self._unit else 0
        self.setTextMargins(0, 0, width, 0)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        key = event.key()
        if key == Qt.Key.Key_Escape:
            self.abandoned.emit()
            self.finished.emit()
        elif key in (Qt.Key.Key_Up, Qt.Key.Key_Down):
            self.stepped.emit(1 if key == Qt.Key.Key_Up else -1)
        else:
            super().keyPressEvent(event)

    def wheelEvent(self, event: QWheelEvent) -> None:
        if not self.hasFocus():
            event.ignore()
            return
        self._turned += event.angleDelta().y()
        notches = int(self._turned / 120)
        self._turned -= 120 * notches
        for _ in range(abs(notches)):
            self.stepped.emit(1 if notches > 0 else -1)
        event.accept()

    def focusOutEvent(self, event: QFocusEvent) -> None:
        super().focusOutEvent(event)
        if self.isModified() and event.reason() != Qt.FocusReason.PopupFocusReason:
            self._enter()

    def changeEvent(self, event: QEvent) -> None:
        super().changeEvent(event)
        if event.type() == QEvent.Type.FontChange:
            self._make_room()

    def paintEvent(self, event: QPaintEvent) -> None:
        super().paintEvent(event)
        if not self._unit or self.text().isalpha():  # words such as auto have none
            return
        with QPainter(self) as painter:
            painter.setPen(theme_of(self.palette()).muted)
            room = QRect(0, 0, self.width() - 8, self.height())
            painter.drawText(room, Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter, self._unit)
