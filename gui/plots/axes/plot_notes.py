"""The notes of a plot: placed where nothing is drawn, or in a strip above the plot if there is no such place."""

import time
from typing import Any

import pyqtgraph as pg
from PySide6.QtGui import QFont, QFontMetricsF, QPainter
from PySide6.QtWidgets import QGraphicsWidget

from gui.plots.axes.overlay import (
    MARGIN,
    MOST_LINES,
    PADDING_X,
    PADDING_Y,
    Row,
    TextBlock,
    block_size,
    paint_lines,
)
from model.figures.emptiness import Place, free_place, taken_cells
from model.figures.figure import Plot, Range, View
from model.figures.text_fit import wrap

_WIDTHS = (1.0, 0.62, 0.4)
"""Shares of the plot's width that notes within it are wrapped to, tried in this order."""
_LEAST_PLOT = 36.0
"""Pixels of a plot's height that a strip above it leaves to it; notes without room are in its tool tip."""
_LEAST_SHARE = 0.6
"""Of the plot's height that notes which only explain leave to it."""
_SHARE, _MOST_SHARE = 0.42, 0.7
"""Of the plot's height that notes may take, and those that must be read."""
_KEPT_SECONDS = 0.2
"""How long notes stay where they are while figures follow one another: looking for room takes as long as the marks."""


class NoteStrip(QGraphicsWidget):
    """Lines of text, as high as they need to be; no lines take no height."""

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

    def show_font(self, font: QFont) -> None:
        """Write in another font, from the next lines on."""
        self._font = font
        self._lines = []

    def _set_height(self, height: float) -> None:
        self.setMinimumHeight(height)
        self.setMaximumHeight(height)

    def paint(self, painter: QPainter, *_args: Any) -> None:  # noqa: ANN401
        paint_lines(painter, self._lines, self._font)


class PlotNotes:
    """Decides where the notes of a plot are placed, and moves them as rarely as possible."""

    def __init__(self, box: pg.ViewBox, font: QFont) -> None:
        self.strip = NoteStrip(font)
        self._box = box
        self._block = TextBlock(box, font)
        self._metrics = QFontMetricsF(font)
        self._rows: tuple[Row, ...] = ()
        self._place: Place | None = None
        self._outside = False
        self._unsaid: tuple[Row, ...] = ()
        self._width = 1.0
        """Share of the plot's width that the notes are wrapped to."""
        self._searched = 0.0

    @property
    def inside(self) -> bool:
        """Whether the notes stand within the plot."""
        return bool(self._rows) and not self._outside

    def show_font(self, font: QFont) -> None:
        """Write in another font from now on, and look for room anew."""
        self._metrics = QFontMetricsF(font)
        self.strip.show_font(font)
        self._block.show_font(font)
        self._place, self._outside = None, False

    def clear(self) -> None:
        """Show nothing, and forget where the notes stood."""
        self._rows, self._unsaid, self._place, self._outside = (), (), None, False
        self.strip.show_lines([])
        self._block.show_lines([], "#000000", 0.0, 0.0)
        self._box.setToolTip("")

    @property
    def rows(self) -> tuple[Row, ...]:
        """All there is to say."""
        return self._rows

    @property
    def unsaid(self) -> tuple[Row, ...]:
        """What must be read and has found no room in or above the plot."""
        return self._unsaid

    def show_rows(
        self, rows: tuple[Row, ...], urgent: int, ground: str, plot: Plot, view: View, ranges: tuple[Range, Range], *,
        moving: bool = False,
    ) -> None:  # fmt: skip
        """Show these rows, the first `urgent` of which must be read, over a plot that shows these ranges.

        While figures follow one another quickly (`moving`), notes that were placed a moment ago keep their place.
        """
        kept = moving and len(rows) == len(self._rows) and time.perf_counter() - self._searched < _KEPT_SECONDS
        if not kept and [text for text, _ in rows] != [text for text, _ in self._rows]:
            self._outside = False
        self._rows = rows
        found = None
        if rows and not self._outside:
            found = (self._stayed(urgent) if kept else None) or self._fitted(urgent, plot, view, ranges)
        self._outside = bool(rows) and found is None
        lines, left, top = found or ([], 0.0, 0.0)
        self._block.show_lines(lines, ground, left, top)
        beside = self._above(urgent) if self._outside else []
        self.strip.show_lines(beside)
        said = beside or lines
        self._unsaid = tuple(row for row in rows[:urgent] if not _says(said, row))
        whole = all(_says(said, row) for row in rows)
        self._box.setToolTip("" if whole else "\n".join(text for text, _ in rows))

    def _fitted(
        self, urgent: int, plot: Plot, view: View, ranges: tuple[Range, Range]
    ) -> tuple[list[Row], float, float] | None:
        """Find lines and a place for them in pixels, None where they would cover something."""
        width, height = self._box.width(), self._box.height()
        if width < 1 or height < 1:
            return None
        self._searched = time.perf_counter()
        taken = taken_cells(plot, view, ranges)
        whole = self._lines(1.0, urgent)
        for share in _WIDTHS:
            lines = self._lines(share, urgent)
            if not _same_words(lines, whole):
                break  # narrow lines would cut words short
            size = block_size(lines, self._metrics)
            wide, high = (side + 2 * MARGIN for side in size)
            place = free_place(taken, wide / width, high / height, self._place)
            if lines and place is not None:
                self._place, self._width = place, share
                return self._within(lines, size, place)
        return None

    def _stayed(self, urgent: int) -> tuple[list[Row], float, float] | None:
        """Give lines where the last ones were, None where they would not fit."""
        lines = self._lines(self._width, urgent)
        size = block_size(lines, self._metrics)
        room = (self._box.width(), self._box.height())
        fits = all(side + 2 * MARGIN <= most for side, most in zip(size, room, strict=True))
        return self._within(lines, size, self._place) if lines and fits and self._place is not None else None

    def _within(self, lines: list[Row], size: tuple[float, float], place: Place) -> tuple[list[Row], float, float]:
        """Add the corner of a place in pixels, moved so far that lines of this size end within the plot."""
        wide, high = size
        left = min(place[0] * self._box.width() + MARGIN, self._box.width() - wide - MARGIN)
        return lines, left, min(place[1] * self._box.height() + MARGIN, self._box.height() - high - MARGIN)

    def _above(self, urgent: int) -> list[Row]:
        """Give the lines for the strip: as many as leave something of a plot, and much of it if they only explain."""
        width, height = self._box.width() - 2 * (MARGIN + PADDING_X), self._whole_height
        most, few = (
            int((height - left - 2 * PADDING_Y) / self._metrics.lineSpacing())
            for left in (_LEAST_PLOT, max(_LEAST_PLOT, _LEAST_SHARE * height))
        )
        lines = _whole_rows(self._rows[:urgent], width, most, self._metrics)
        return lines + _whole_rows(self._rows[urgent:], width, few - len(lines), self._metrics)

    def _lines(self, share: float, urgent: int) -> list[Row]:
        """Wrap the rows to a share of the plot's width, the urgent ones even where they take much of its height."""
        room = share * self._box.width() - 2 * (MARGIN + PADDING_X)
        height = self._whole_height / self._metrics.lineSpacing()
        lines = _whole_rows(self._rows[:urgent], room, max(int(_MOST_SHARE * height), 1), self._metrics)
        left = int(_SHARE * height) - len(lines)
        return lines + _whole_rows(self._rows[urgent:], room, left, self._metrics)

    @property
    def _whole_height(self) -> float:
        return float(self._box.height() + self.strip.minimumHeight())


def _whole_rows(rows: tuple[Row, ...], width: float, most: int, metrics: QFontMetricsF) -> list[Row]:
    """Break rows into lines of a width, at most so many; half a sentence would say something else."""
    lines: list[Row] = []
    for text, ink in rows:
        more = [(line, ink) for line in wrap(text, max(width, 1.0), MOST_LINES, metrics.horizontalAdvance)]
        if len(lines) + len(more) <= most and _says(more, (text, ink)):
            lines += more
    return lines


def _same_words(one: list[Row], other: list[Row]) -> bool:
    """Whether lines say the same, wherever they are broken."""
    return _words(one) == _words(other)


def _says(lines: list[Row], row: Row) -> bool:
    """Whether a row stands in these lines whole."""
    return _words([row]) in _words(lines)


def _words(rows: list[Row]) -> str:
    # Chinese and Japanese are broken where there is no space
    return "".join("".join(text.split()) for text, _ in rows)
