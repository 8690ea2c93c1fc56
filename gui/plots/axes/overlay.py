"""The reading under the mouse, over the upper right of a plot, on a ground that keeps it readable."""

from typing import Any

import pyqtgraph as pg
from PySide6.QtCore import QPointF, QRectF, Slot
from PySide6.QtGui import QColor, QFont, QFontMetricsF, QPainter

from model.figures.text_fit import wrap

Row = tuple[str, str]
"""A line of text and its colour."""

MOST_LINES = 3
MARGIN, PADDING_X, PADDING_Y = 3.0, 5.0, 3.0
_MOST_SHARE = 0.7
"""Of the plot's height that rows may cover."""


class TextBlock(pg.GraphicsObject):
    """Lines of text at a place of a view box, in its pixels."""

    def __init__(self, view_box: pg.ViewBox, font: QFont) -> None:
        super().__init__(view_box)
        self._lines: list[Row] = []
        self._bounds = QRectF()
        self._ground = QColor()
        self._font = font
        self.metrics = QFontMetricsF(font)
        self.setZValue(100)

    def show_font(self, font: QFont) -> None:
        """Write in another font, from the next lines on."""
        self._font = font
        self.metrics = QFontMetricsF(font)
        self._lines = []

    def show_lines(self, lines: list[Row], ground: str, left: float, top: float) -> None:
        """Show these lines with their upper left corner there; costs nothing where they are there already."""
        if lines != self._lines or ground != self._ground.name():
            self._lines, self._ground = lines, QColor(ground)
            self.prepareGeometryChange()
            self._bounds = QRectF(0, 0, *block_size(lines, self.metrics))
            self.update()
        self.setPos(left, top)

    def boundingRect(self) -> QRectF:
        return self._bounds

    def paint(self, painter: QPainter, *_args: Any) -> None:  # noqa: ANN401
        if self._lines:
            ground = QColor(self._ground)
            ground.setAlpha(215)
            painter.fillRect(self._bounds, ground)
            paint_lines(painter, self._lines, self._font)


class Overlay(TextBlock):
    """Rows of text at the upper right of a view box, wrapped to its width."""

    def __init__(self, view_box: pg.ViewBox, font: QFont) -> None:
        super().__init__(view_box, font)
        self._rows: tuple[Row, ...] = ()
        self._new_ground = ""
        view_box.sigResized.connect(self._lay_out)

    def show_font(self, font: QFont) -> None:
        super().show_font(font)
        self._lay_out()

    def show_rows(self, rows: tuple[Row, ...], ground: str) -> None:
        """Show these rows, as many as have room."""
        if rows != self._rows or ground != self._new_ground:
            self._rows, self._new_ground = rows, ground
            self._lay_out()

    @Slot()
    def _lay_out(self, *_args: object) -> None:
        size = self.parentItem().size()
        room = size.width() - 2 * (MARGIN + PADDING_X)
        most = int(_MOST_SHARE * size.height() / self.metrics.lineSpacing())
        lines = wrapped(self._rows, room, most, self.metrics)
        self.show_lines(lines, self._new_ground, size.width() - MARGIN - block_size(lines, self.metrics)[0], MARGIN)


def wrapped(rows: tuple[Row, ...], width: float, most: int, metrics: QFontMetricsF) -> list[Row]:
    """Break rows into lines of a width, at most so many; a row that finds no room for all of it is left out."""
    lines: list[Row] = []
    for text, ink in rows:
        more = wrap(text, max(width, 1.0), MOST_LINES, metrics.horizontalAdvance)
        if len(lines) + len(more) <= most:  # half a sentence would say something else
            lines += [(line, ink) for line in more]
    return lines


def block_size(lines: list[Row], metrics: QFontMetricsF) -> tuple[float, float]:
    """Give the width and height that lines take with room around them; none take none."""
    if not lines:
        return 0.0, 0.0
    width = max(metrics.horizontalAdvance(text) for text, _ in lines) + 2 * PADDING_X
    return width, metrics.lineSpacing() * len(lines) + 2 * PADDING_Y


def paint_lines(painter: QPainter, lines: list[Row], font: QFont) -> None:
    """Write lines from the origin on."""
    metrics = QFontMetricsF(font)
    painter.setFont(font)
    for row, (text, ink) in enumerate(lines):
        painter.setPen(QColor(ink))
        painter.drawText(QPointF(PADDING_X, PADDING_Y + row * metrics.lineSpacing() + metrics.ascent()), text)
