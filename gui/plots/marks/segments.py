"""Segments as an item."""

import numpy as np
from PySide6.QtCore import QLineF
from PySide6.QtGui import QColor, QPainter

from gui.plots.marks.plot_wide import PlotWideItem, Ranges, cosmetic, near
from model.figures.figure import Segments, to_display
from model.figures.palette import Theme, colour
from model.figures.shades import shades

_LEVELS = 12
"""Strengths that links are sorted into, each drawn with its own pen."""
_THICKEST = 2.6


class SegmentsItem(PlotWideItem):
    """Segments, the strong ones over the weak ones."""

    def __init__(self) -> None:
        super().__init__()
        self._bundles: list[tuple[float, list[QLineF]]] = []
        self._theme: Theme | None = None
        self._ink = ""

    def show_mark(self, segments: Segments, ranges: Ranges, _width: float, *, log: tuple[bool, bool]) -> None:
        """Sort the links into bundles of about one strength."""
        share = np.clip(np.nan_to_num(segments.values / segments.limit), -1, 1)
        level = np.round(share * _LEVELS).astype(np.int64)
        x, y = near(to_display(segments.x, log=log[0]), ranges[0]), near(to_display(segments.y, log=log[1]), ranges[1])
        ends = np.column_stack([x[:, 0], y[:, 0], x[:, 1], y[:, 1]])
        drawable = np.isfinite(ends).all(axis=1)
        self._bundles = [
            (k / _LEVELS, [QLineF(*row) for row in ends[drawable & (level == k)].tolist()])
            for k in sorted(range(-_LEVELS, _LEVELS + 1), key=abs)
        ]
        self._spread(ranges)

    def show_theme(self, segments: Segments, theme: Theme, n_layers: int) -> None:
        self._theme = theme
        self._ink = "" if segments.signed else colour(segments.role, theme, n_layers)

    def draw(self, painter: QPainter) -> None:
        if self._theme is None:
            return
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        for share, lines in self._bundles:
            if lines:
                ink = shades(np.array(share), self._theme, ink=self._ink)
                painter.setPen(cosmetic(QColor(*ink.tolist()), 0.4 + (_THICKEST - 0.4) * abs(share)))
                painter.drawLines(lines)
