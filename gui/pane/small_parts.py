"""The small parts that every editor has: the line for an error and the button that resets."""

import re

from PySide6.QtCore import QPointF, QRectF, QSize, Qt, Signal, Slot
from PySide6.QtGui import QColor, QPainter, QPainterPath, QPaintEvent, QPen, QPolygonF
from PySide6.QtWidgets import QAbstractButton, QLabel, QSizePolicy, QToolButton, QWidget

from gui.look.lengths import in_font
from gui.look.theme import theme_of
from model.words import msg

_ENDLESS = re.compile(r"\S{12}(?=\S)")
"""A stretch without a space, after which a line may be broken."""


class ErrorLabel(QLabel):
    """A sentence under a field, wrapped; it takes no room while there is none."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setTextFormat(Qt.TextFormat.PlainText)
        self.setWordWrap(True)
        self.setProperty("role", "error")
        self.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        self.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Minimum)
        self._said = ""
        self.hide()

    def said(self) -> str:
        """Give the sentence as it was put."""
        return self._said

    def show_text(self, text: str) -> None:
        self._said = text
        self.setText(_ENDLESS.sub("\\g<0>\u200b", text))
        self.setVisible(bool(text))


class SuggestionButton(QToolButton):
    """Offers what was surely meant, to be taken by a click; it takes no room while there is nothing to offer."""

    chosen = Signal(str)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setProperty("role", "link")
        self.setCursor(Qt.CursorShape.PointingHandCursor)
        self._text = ""
        self.clicked.connect(self._choose)
        self.hide()

    def offer(self, text: str) -> None:
        self._text = text
        self.setText(str(msg("Use {suggestion}", suggestion=text)))
        self.setVisible(bool(text))

    @Slot()
    def _choose(self) -> None:
        self.chosen.emit(self._text)


class ResetButton(QAbstractButton):
    """A small ↺ that keeps its place when it is not needed."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        policy = self.sizePolicy()
        policy.setRetainSizeWhenHidden(True)
        self.setSizePolicy(policy)
        self.take_font()
        self.setCursor(Qt.CursorShape.PointingHandCursor)
        self.hide()

    def take_font(self) -> None:
        self.setFixedSize(self.sizeHint())

    def sizeHint(self) -> QSize:
        return QSize(1, 1) * in_font(self, 18)

    def paintEvent(self, _event: QPaintEvent) -> None:
        theme = theme_of(self.palette())
        lively = self.underMouse() or self.hasFocus()
        with QPainter(self) as painter:
            painter.setRenderHint(QPainter.RenderHint.Antialiasing)
            painter.translate(QRectF(self.rect()).center())
            painter.scale(self.width() / 18, self.height() / 18)
            pen = QPen(QColor(theme.accent if lively else theme.muted), 1.4)
            pen.setCapStyle(Qt.PenCapStyle.RoundCap)
            painter.setPen(pen)
            ring = QPainterPath()
            ring.arcMoveTo(QRectF(-5, -5, 10, 10), 150)
            ring.arcTo(QRectF(-5, -5, 10, 10), 150, 285)
            painter.drawPath(ring)
            painter.drawPolyline(QPolygonF([QPointF(-5.2, -6.6), QPointF(-4.6, -2.4), QPointF(-0.6, -3.2)]))
