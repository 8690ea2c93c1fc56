"""Faint lines across a plot at the labelled ticks of its axes."""

from collections.abc import Sequence

from PySide6.QtCore import QLineF
from PySide6.QtGui import QColor, QPainter

from gui.plots.marks.plot_wide import PlotWideItem, Ranges, cosmetic
from model.figures.palette import Theme


class GridItem(PlotWideItem):
    """Lines at places of both axes, in display units."""

    def __init__(self) -> None:
        super().__init__()
        self._lines: list[QLineF] = []
        self._ink = QColor()

    def show_lines(self, x: Sequence[float], y: Sequence[float], ranges: Ranges, theme: Theme) -> None:
        """Draw an upright line at each x and a level one at each y."""
        (left, right), (bottom, top) = ranges
        self._lines = [QLineF(at, bottom, at, top) for at in x] + [QLineF(left, at, right, at) for at in y]
        self._ink = QColor(theme.grid)
        self._spread(ranges)

    def draw(self, painter: QPainter) -> None:
        painter.setPen(cosmetic(self._ink, 1.0))
        painter.drawLines(self._lines)
