"""Dots as an item."""

import numpy as np
from PySide6.QtCore import QLineF
from PySide6.QtGui import QColor, QPainter, QPolygonF

from gui.plots.marks.plot_wide import PlotWideItem, Ranges, cosmetic, draw_points, near, polygon
from model.figures.figure import Dots, to_display
from model.figures.legend import strength
from model.figures.palette import Theme, blend, colour


class DotsItem(PlotWideItem):
    """Dots."""

    def __init__(self) -> None:
        super().__init__()
        self._points = QPolygonF()
        self._whiskers: list[QLineF] = []
        self._size = 1.0
        self._ink, self._ring = QColor(), QColor()

    def show_mark(self, dots: Dots, ranges: Ranges, _width: float, *, log: tuple[bool, bool]) -> None:
        """Place the points; one that has no place on an axis is left out."""
        x, y = (to_display(values, log=is_log) for values, is_log in zip((dots.x, dots.y), log, strict=True))
        shown = np.isfinite(x) & np.isfinite(y)
        x, y = near(x, ranges[0]), near(y, ranges[1])
        self._points = polygon(x[shown], y[shown])
        self._whiskers = []
        if dots.low is not None and dots.high is not None:
            low, high = (near(to_display(end, log=log[1]), ranges[1]) for end in (dots.low, dots.high))
            whole = np.flatnonzero(np.isfinite(low) & np.isfinite(high) & np.isfinite(x))
            self._whiskers = [QLineF(x[i], low[i], x[i], high[i]) for i in whole.tolist()]
        self._size = dots.size
        self._spread(ranges)

    def show_theme(self, dots: Dots, theme: Theme, n_layers: int) -> None:
        ink = colour(dots.role, theme, n_layers)
        self._ink = QColor(blend(ink, theme.background, strength(dots)))
        self._ring = QColor(theme.background)

    def draw(self, painter: QPainter) -> None:
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(cosmetic(self._ink, 1.3))
        painter.drawLines(self._whiskers)
        ring, dot = cosmetic(self._ring, self._size + 1.5), cosmetic(self._ink, self._size)
        draw_points(painter, self._points, (ring, dot))
