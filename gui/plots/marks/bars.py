"""Bars as an item."""

import numpy as np
from PySide6.QtCore import Qt
from PySide6.QtGui import QBrush, QColor, QPainter, QPen, QPolygonF

from gui.plots.marks.plot_wide import PlotWideItem, Ranges, cosmetic, near, polygon
from model.figures.figure import Bars, to_display
from model.figures.legend import strength
from model.figures.palette import Theme, blend, colour

_FILL = 0.30
_GHOST_FILL = 0.16


class BarsItem(PlotWideItem):
    """Bars: a filled outline, painted as one polygon."""

    def __init__(self) -> None:
        super().__init__()
        self._outline = QPolygonF()
        self._drawn: tuple[object, object] = (None, None)
        self._how: object = None
        self._pen = QPen(Qt.PenStyle.NoPen)
        self._brush = QBrush()

    def show_mark(self, bars: Bars, ranges: Ranges, _width: float, *, log: tuple[bool, bool]) -> None:
        """Draw the bars, on a log axis from the bottom of the plot; one of count 0 has no height."""
        how = (ranges, log, bars.base, bars.unit)
        if bars.edges is self._drawn[0] and bars.heights is self._drawn[1] and how == self._how:
            return
        self._drawn, self._how = (bars.edges, bars.heights), how
        (left, _), (bottom, _) = ranges
        base = bottom if log[1] else bars.base
        tops = to_display(bars.tops, log=log[1])
        tops = np.where(np.isfinite(tops), np.maximum(tops, base), base)
        edges = to_display(bars.edges, log=log[0])
        # upright bars lose nothing by being cut off outside the plot, so those from 0 on begin at its left end
        edges = near(np.where(np.isfinite(edges), edges, min([left, *edges[np.isfinite(edges)]])), ranges[0])
        outline = near(np.concatenate([[base], np.repeat(tops, 2), [base]]), ranges[1])
        self._outline = polygon(np.repeat(edges, 2), outline)
        self._spread(ranges)

    def show_theme(self, bars: Bars, theme: Theme, n_layers: int) -> None:
        ink = colour(bars.role, theme, n_layers)
        if not bars.filled:
            stroke, fill = QColor(blend(ink, theme.background, strength(bars))), QColor(Qt.GlobalColor.transparent)
        elif bars.ghost:
            stroke, fill = (QColor(blend(ink, theme.background, share)) for share in (strength(bars), _GHOST_FILL))
        else:
            stroke, fill = QColor(ink), QColor(ink)
            fill.setAlphaF(_FILL)
        self._pen = cosmetic(stroke, 2.0 if bars.raised else 1.0 if bars.filled else 1.3)
        self._brush = QBrush(fill)

    def draw(self, painter: QPainter) -> None:
        painter.setPen(self._pen)
        painter.setBrush(self._brush)
        painter.drawPolygon(self._outline)
