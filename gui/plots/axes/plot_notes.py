"""The notes of a plot: where nothing is drawn, or in a strip above it where there is no such place."""

from typing import Any

import pyqtgraph as pg
from PySide6.QtGui import QFont, QFontMetricsF, QPainter
from PySide6.QtWidgets import QGraphicsWidget

from gui.plots.axes.overlay import MARGIN, PADDING_X, PADDING_Y, Row, TextBlock, block_size, paint_lines, wrapped
from model.figures.emptiness import Place, free_place, taken_cells
from model.figures.figure import Plot, Range, View

_WIDTHS = (1.0, 0.62, 0.4)
"""Shares of the plot's width that notes within it are wrapped to, tried in this order."""
_LEAST_PLOT = 36.0
"""Pixels of a plot's height that a strip above it leaves to it; notes without room are in its tool tip."""
_SHARE, _MOST_SHARE = 0.42, 0.7
"""Of the plot's height that notes may take, and those that must be read."""


class NoteStrip(QGraphicsWidget):
    """Lines of text that take what height they need, and none where there are none."""

    def __init__(self, font: QFont) -> None:
        super().__init__()
        self._font = font
        self._lines: list[Row] = []
        self._set_height(0.0)

    def show_lines(self, lines: list[Row]) -> None:
        """Show these lines."""
        if lines != self._lines:
            self._lines = lines
            self._set_height(block_size(lines, QFontMetricsF(self._font))[1])
            self.update()

    def _set_height(self, height: float) -> None:
        self.setMinimumHeight(height)
        self.setMaximumHeight(height)

    def paint(self, painter: QPainter, *_args: Any) -> None:  # noqa: ANN401
        paint_lines(painter, self._lines, self._font)


class PlotNotes:
    """Decides where the notes of a plot stand, and moves them as seldom as can be."""

    def __init__(self, box: pg.ViewBox, font: QFont) -> None:
        self.strip = NoteStrip(font)
        self._box = box
        self._block = TextBlock(box, font)
        self._metrics = QFontMetricsF(font)
        self._rows: tuple[Row, ...] = ()
        self._place: Place | None = None
        self._outside = False

    @property
    def inside(self) -> bool:
        """Whether the notes stand within the plot."""
        return bool(self._rows) and not self._outside

    def clear(self) -> None:
        """Show nothing, and forget where the notes stood."""
        self._rows, self._place, self._outside = (), None, False
        self.strip.show_lines([])
        self._block.show_lines([], "#000000", 0.0, 0.0)
        self._box.setToolTip("")

    def show_rows(
        self, rows: tuple[Row, ...], urgent: int, ground: str, plot: Plot, view: View, ranges: tuple[Range, Range]
    ) -> None:
        """Show these rows, the first `urgent` of which must be read, over a plot that shows these ranges."""
        if [text for text, _ in rows] != [text for text, _ in self._rows]:
            self._outside = False
        self._rows = rows
        found = self._fitted(urgent, plot, view, ranges) if rows and not self._outside else None
        self._outside = bool(rows) and found is None
        lines, left, top = found or ([], 0.0, 0.0)
        self._block.show_lines(lines, ground, left, top)
        beside = self._above(urgent) if self._outside else []
        self.strip.show_lines(beside)
        whole = _same_words(beside or lines, list(rows))
        self._box.setToolTip("" if whole else "\n".join(text for text, _ in rows))

    def _fitted(
        self, urgent: int, plot: Plot, view: View, ranges: tuple[Range, Range]
    ) -> tuple[list[Row], float, float] | None:
        """Find lines and a place for them in pixels, None where they would cover something."""
        width, height = self._box.width(), self._box.height()
        if width < 1 or height < 1:
            return None
        taken = taken_cells(plot, view, ranges)
        whole = self._lines(1.0, urgent)
        for share in _WIDTHS:
            lines = self._lines(share, urgent)
            if not _same_words(lines, whole):
                break  # narrow lines would cut words short
            wide, high = (side + 2 * MARGIN for side in block_size(lines, self._metrics))
            place = free_place(taken, wide / width, high / height, self._place)
            if lines and place is not None:
                self._place = place
                left = min(place[0] * width + MARGIN, width - wide + MARGIN)
                return lines, left, min(place[1] * height + MARGIN, height - high + MARGIN)
        return None

    def _above(self, urgent: int) -> list[Row]:
        """Give the lines for the strip: as many as leave something of a plot."""
        room = self._box.height() + self.strip.minimumHeight() - _LEAST_PLOT - 2 * PADDING_Y
        most = int(room / self._metrics.lineSpacing())
        lines = self._lines(1.0, urgent)
        if len(lines) <= most:
            return lines
        return wrapped(self._rows, self._box.width() - 2 * (MARGIN + PADDING_X), most, self._metrics)

    def _lines(self, share: float, urgent: int) -> list[Row]:
        """Wrap the rows to a share of the plot's width, the urgent ones even where they take much of its height."""
        room = share * self._box.width() - 2 * (MARGIN + PADDING_X)
        height = (self._box.height() + self.strip.minimumHeight()) / self._metrics.lineSpacing()
        lines = wrapped(self._rows[:urgent], room, max(int(_MOST_SHARE * height), 1), self._metrics)
        left = int(_SHARE * height) - len(lines)
        return lines + wrapped(self._rows[urgent:], room, max(left, 0), self._metrics)


def _same_words(one: list[Row], other: list[Row]) -> bool:
    """Whether lines say the same, wherever they are broken."""
    return " ".join(text for text, _ in one).split() == " ".join(text for text, _ in other).split()
