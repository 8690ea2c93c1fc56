"""A Line as an item: thinned to what can be seen, and stroked the fast way."""

from typing import Any

import numpy as np
import pyqtgraph as pg
from pyqtgraph.graphicsItems.PlotCurveItem import arrayToLineSegments
from PySide6.QtCore import Qt
from PySide6.QtGui import QColor, QPainter, QPainterPath, QPen, QPolygonF

from gui.plots.marks.plot_wide import PlotWideItem, Ranges, cosmetic, draw_points, near, polygon
from model.figures.bands import outlines
from model.figures.figure import Line, to_display
from model.figures.legend import BAND_INK, strength
from model.figures.palette import Theme, blend, colour, stroke
from model.figures.thinning import envelope, isolated

_DENSE = 400
_RAISED = 1.8
_DOT = 4.0
"""Pixels across a point without neighbours, which no stroke shows."""


class LineItem(PlotWideItem):
    """A Line; pyqtgraph's own asks for its bounds, which are all that the plot shows, many times a frame."""

    def __init__(self) -> None:
        super().__init__()
        self._path = QPainterPath()
        self._segments: Any = None
        self._alone = QPolygonF()
        self._band: list[QPolygonF] = []
        self._band_ink = QColor()
        self._smooth = True
        self._pen, self._ink = QPen(), QColor()
        self._in_segments = False
        self._drawn: tuple[object, ...] = ()

    def show_mark(self, line: Line, ranges: Ranges, width: float, *, log: tuple[bool, bool]) -> None:
        """Draw what of the line lies in the ranges; `width` is the plot's in pixels."""
        drawn = (line.x, line.y, ranges, width, log, self._in_segments)
        if line.ghost and self._is_drawn(drawn):
            return
        self._drawn = drawn
        x = to_display(line.x, log=log[0])
        # what an axis cannot show goes before thinning, so that it hides nothing beside it
        y = np.where(line.y > 0, line.y, np.nan) if log[1] else line.y
        columns = max(int(width) // (4 if line.steady else 2), 50)
        x, y = envelope(x, y, ranges[0], columns, steady=line.steady)
        x, y = near(x, ranges[0]), near(to_display(y, log=log[1]), ranges[1])
        # smooth edges double the time of a noisy curve and cannot be seen there
        self._smooth = len(x) < _DENSE
        if self._in_segments:
            self._segments = arrayToLineSegments(x, y, "finite", finiteCheck=True, out=self._segments)
        else:
            # in shares of the plot, for a path takes no coordinates like 1e300
            (left, right), (bottom, top) = ranges
            shares = (x - left) / (right - left), (y - bottom) / (top - bottom)
            self._path = pg.functions.arrayToQPath(*shares, connect="finite")
        alone = isolated(np.isfinite(x) & np.isfinite(y))
        self._alone = polygon(x[alone], y[alone])
        self._band = [
            polygon(near(outline[:, 0], ranges[0]), near(outline[:, 1], ranges[1]))
            for outline in outlines(line, ranges, log=log)
        ]
        self._spread(ranges)

    def _is_drawn(self, wanted: tuple[object, ...]) -> bool:
        """Whether this is what has been drawn last: a compared run does not change while the present one goes on."""
        drawn = self._drawn
        return bool(drawn) and drawn[0] is wanted[0] and drawn[1] is wanted[1] and drawn[2:] == wanted[2:]

    def show_theme(self, line: Line, theme: Theme, n_layers: int) -> None:
        ink = colour(line.role, theme, n_layers)
        self._ink = QColor(blend(ink, theme.background, strength(line)))
        self._band_ink = QColor(ink)
        self._band_ink.setAlphaF(BAND_INK)
        # a noisy curve would be a band
        wide = _RAISED if line.raised else stroke(line.role, n_layers) if line.steady else 1.0
        pen = cosmetic(self._ink, wide * (1.4 if line.steady or line.dash else 1.0))
        if line.dash:
            pen.setDashPattern([4, 3])
        # a thick path is stroked in one piece, which takes a hundred times as long as its segments one by one
        self._in_segments = pen.widthF() > 1 and not line.dash
        self._pen = pen

    def draw(self, painter: QPainter) -> None:
        painter.setRenderHint(QPainter.RenderHint.Antialiasing, self._smooth)
        if self._band:
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(self._band_ink)
            for outline in self._band:
                painter.drawPolygon(outline)
            painter.setBrush(Qt.BrushStyle.NoBrush)
        painter.setPen(self._pen)
        if self._in_segments:
            painter.drawLines(*self._segments.drawargs())
        else:
            painter.save()
            painter.translate(self._bounds.topLeft())
            painter.scale(self._bounds.width(), self._bounds.height())
            painter.drawPath(self._path)
            painter.restore()
        if self._alone:
            painter.setRenderHint(QPainter.RenderHint.Antialiasing)
            draw_points(painter, self._alone, (cosmetic(self._ink, _DOT),))
