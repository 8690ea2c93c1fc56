"""The title over a plot: one line, shortened to what room there is."""

from typing import Any

from PySide6.QtCore import QPointF
from PySide6.QtGui import QColor, QFont, QFontMetricsF, QPainter
from PySide6.QtWidgets import QGraphicsWidget

from model.figures.text_fit import elide, short_title

_LEFT, _ABOVE, _BELOW = 4.0, 4.0, 4.0


class PlotTitle(QGraphicsWidget):
    """Plain text that takes what width there is, instead of asking for that of its words.

    It begins where the plot does, and where it finds no room there, as far to the left of that as it needs.
    """

    def __init__(self, font: QFont, axis: QGraphicsWidget) -> None:
        super().__init__()
        self._axis = axis
        axis.geometryChanged.connect(self.update)
        self._text = ""
        self._ink = QColor()
        self.show_font(font)

    def show_font(self, font: QFont) -> None:
        """Write in this font from now on."""
        self._font = font
        self._metrics = QFontMetricsF(font)
        height = _ABOVE + self._metrics.height() + _BELOW
        self.setMinimumHeight(height)
        self.setMaximumHeight(height)
        self.update()

    def show_text(self, text: str, ink: str) -> None:
        """Show this in this colour; costs nothing where it is so already."""
        if text != self._text or self._ink.name() != ink:
            self._text, self._ink = text, QColor(ink)
            self.update()

    def paint(self, painter: QPainter, *_args: Any) -> None:  # noqa: ANN401
        measure, beside = self._metrics.horizontalAdvance, self._axis.size().width()
        whole = max(self.size().width() - _LEFT, 1.0)
        room = max(whole - beside, 1.0)
        # the name alone says more than a name and half a shape
        shown = self._text if measure(self._text) <= room else short_title(self._text)
        words = elide(shown, whole, measure)
        left = _LEFT + max(min(beside, whole - measure(words)), 0.0)
        painter.setFont(self._font)
        painter.setPen(self._ink)
        painter.drawText(QPointF(left, _ABOVE + self._metrics.ascent()), words)
