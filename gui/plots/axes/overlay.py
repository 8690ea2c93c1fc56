"""A few lines of text in a corner of a plot, on a ground that keeps them readable."""

from typing import Any

import pyqtgraph as pg
from PySide6.QtCore import QPointF, QRectF, Slot
from PySide6.QtGui import QColor, QFont, QFontMetricsF, QPainter

from model.figures.text_fit import wrap

Row = tuple[str, str]
"""A line of text and its colour."""

_MOST_LINES = 3
_SHARE, _MOST_SHARE = 0.42, 0.7
"""Of the plot's height that rows may cover, and those that must be read."""
_MARGIN, _PADDING_X, _PADDING_Y = 3.0, 5.0, 3.0


class Overlay(pg.GraphicsObject):
    """Rows of text over a view box, wrapped to its width."""

    def __init__(self, view_box: pg.ViewBox, font: QFont, *, right: bool) -> None:
        super().__init__(view_box)
        self._right = right
        self._rows: tuple[Row, ...] = ()
        self._urgent = 0
        self._lines: list[Row] = []
        self._bounds = QRectF()
        self._ground = QColor()
        self._font = font
        self._metrics = QFontMetricsF(font)
        self.setZValue(100)
        view_box.sigResized.connect(self._lay_out)

    def show_rows(self, rows: tuple[Row, ...], ground: str, urgent: int = 0) -> None:
        """Show these rows, the first of them even where they cover much; costs nothing where they are there already."""
        if (rows, urgent) == (self._rows, self._urgent) and self._ground.name() == ground:
            return
        self._rows, self._urgent = rows, urgent
        self._ground = QColor(ground)
        self._lay_out()

    def boundingRect(self) -> QRectF:
        return self._bounds

    def paint(self, painter: QPainter, *_args: Any) -> None:  # noqa: ANN401
        if not self._lines:
            return
        ground = QColor(self._ground)
        ground.setAlpha(215)
        painter.fillRect(self._bounds, ground)
        painter.setFont(self._font)
        step = self._metrics.lineSpacing()
        for row, (text, ink) in enumerate(self._lines):
            painter.setPen(QColor(ink))
            painter.drawText(QPointF(_PADDING_X, _PADDING_Y + row * step + self._metrics.ascent()), text)

    @Slot()
    def _lay_out(self, *_args: object) -> None:
        room = float(self.parentItem().size().width()) - 2 * (_MARGIN + _PADDING_X)
        measure = self._metrics.horizontalAdvance
        height = float(self.parentItem().size().height()) / self._metrics.lineSpacing()
        self._lines = []
        for place, (text, ink) in enumerate(self._rows):
            lines = wrap(text, max(room, 1.0), _MOST_LINES, measure)
            share = _MOST_SHARE if place < self._urgent else _SHARE
            if len(self._lines) + len(lines) <= share * height:  # half a sentence would say something else
                self._lines += [(line, ink) for line in lines]
        width = max((measure(text) for text, _ in self._lines), default=0.0) + 2 * _PADDING_X
        height = self._metrics.lineSpacing() * len(self._lines) + 2 * _PADDING_Y
        self.prepareGeometryChange()
        self._bounds = QRectF(0, 0, width, height) if self._lines else QRectF()
        self.setPos(room + 2 * _PADDING_X + _MARGIN - width if self._right else _MARGIN, _MARGIN)
        self.update()
