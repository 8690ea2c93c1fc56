"""Segments as an item."""

from typing import Any

import numpy as np
import pyqtgraph as pg
from PySide6.QtCore import QLineF
from PySide6.QtGui import QColor, QPainter

from gui.plots.marks.plot_wide import PlotWideItem, Ranges, cosmetic, near
from model.figures.figure import Floats, Segments, to_display
from model.figures.palette import Theme, colour
from model.figures.shades import shades

_LEVELS = 12
"""Strengths that links are sorted into, each drawn with its own pen."""
_THICKEST = 2.6


class SegmentsItem(PlotWideItem):
    """Segments, the strong ones over the weak ones."""

    def __init__(self) -> None:
        super().__init__()
        self._bundles: list[tuple[float, Any]] = []
        self._theme: Theme | None = None
        self._ink = ""

    def show_mark(self, segments: Segments, ranges: Ranges, _width: float, *, log: tuple[bool, bool]) -> None:
        """Sort the links into bundles of about one strength."""
        share = np.clip(np.nan_to_num(segments.values / segments.limit), -1, 1)
        level = np.round(share * _LEVELS).astype(np.int64)
        x, y = near(to_display(segments.x, log=log[0]), ranges[0]), near(to_display(segments.y, log=log[1]), ranges[1])
        ends = np.column_stack([x[:, 0], y[:, 0], x[:, 1], y[:, 1]])
        drawable = np.isfinite(ends).all(axis=1)
        strengths = sorted(np.unique(level[drawable]).tolist(), key=abs)
        self._bundles = [(k / _LEVELS, _lines(ends[drawable & (level == k)])) for k in strengths]
        self._spread(ranges)

    def show_theme(self, segments: Segments, theme: Theme, n_layers: int) -> None:
        self._theme = theme
        self._ink = "" if segments.signed else colour(segments.role, theme, n_layers)

    def draw(self, painter: QPainter) -> None:
        if self._theme is None:
            return
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        for share, lines in self._bundles:
            ink = shades(np.array(share), self._theme, ink=self._ink)
            painter.setPen(cosmetic(QColor(*ink.tolist()), 0.4 + (_THICKEST - 0.4) * abs(share)))
            painter.drawLines(*lines.drawargs())


def _lines(ends: Floats) -> pg.Qt.internals.PrimitiveArray:
    """Give lines (n, 4) to Qt as one array: as many Python objects would take a hundred times as long."""
    array = pg.Qt.internals.PrimitiveArray(QLineF, 4)
    array.resize(len(ends))
    array.ndarray()[:] = ends
    return array
