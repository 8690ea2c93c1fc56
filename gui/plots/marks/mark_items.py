"""The marks of a Figure as pyqtgraph items that are made once and then only given new data."""

from typing import Any

import numpy as np
import numpy.typing as npt
import pyqtgraph as pg
from pyqtgraph.graphicsItems.PlotCurveItem import arrayToLineSegments
from PySide6.QtCore import QRectF, Qt
from PySide6.QtGui import QBrush, QColor, QPainter, QPainterPath, QPen, QPolygonF

from gui.plots.marks.diagram_items import DotsItem, ImageItem, PlotWideItem, SegmentsItem, TextsItem
from model.figures.figure import Bars, Dots, Guide, Image, Line, Mark, Range, Segments, Texts, to_display
from model.figures.palette import Theme, blend, colour
from model.figures.thinning import envelope, isolated

Floats = npt.NDArray[np.float64]
Ranges = tuple[Range, Range]

_DENSE = 400
_DOT = 5.0
"""Pixels across a point that no line joins to another."""
_GHOST = 0.5
_FAINT = 0.26
_FILL = 0.30
_GHOST_FILL = 0.16


class LineItem(PlotWideItem):
    """A Line; pyqtgraph's own asks for its bounds, which are all that the plot shows, many times a frame."""

    def __init__(self) -> None:
        super().__init__()
        self._path = QPainterPath()
        self._segments: Any = None
        self._smooth = True
        self._alone = QPolygonF()
        self._pen, self._dot = QPen(), QPen()
        self._in_segments = False

    def show_mark(self, line: Line, ranges: Ranges, width: float, *, log: tuple[bool, bool]) -> None:
        """Draw what of the line lies in the ranges; `width` is the plot's in pixels."""
        x = to_display(line.x, log=log[0]) if log[0] else line.x
        # what an axis cannot show goes before thinning, so that it hides nothing beside it
        y = np.where(line.y > 0, line.y, np.nan) if log[1] else line.y
        columns = max(int(width) // (4 if line.steady else 2), 50)
        x, y = envelope(x, y, ranges[0], columns, steady=line.steady)
        y = to_display(y, log=log[1])
        # smooth edges double the time of a noisy curve and cannot be seen there
        self._smooth = len(x) < _DENSE
        if self._in_segments:
            self._segments = arrayToLineSegments(x, y, "finite", finiteCheck=True, out=self._segments)
        else:
            self._path = pg.functions.arrayToQPath(x, y, connect="finite")
        alone = isolated(np.isfinite(x) & np.isfinite(y))
        self._alone = pg.functions.arrayToQPolygonF(x[alone], y[alone]) if alone.any() else QPolygonF()
        self._spread(ranges)

    def show_theme(self, line: Line, theme: Theme, n_layers: int) -> None:
        ink = colour(line.role, theme, n_layers)
        share = _GHOST if line.ghost else _FAINT if line.faint else 1.0
        pen = QPen(QColor(blend(ink, theme.background, share)))
        pen.setCosmetic(True)
        pen.setWidthF(1.4 if line.steady or line.dash else 1.0)
        if line.dash:
            pen.setDashPattern([4, 3])
        # a thick path is stroked in one piece, which takes a hundred times as long as its segments one by one
        self._in_segments = line.steady and not line.dash
        self._pen = pen
        self._dot = QPen(pen.color(), _DOT, Qt.PenStyle.SolidLine, Qt.PenCapStyle.RoundCap)
        self._dot.setCosmetic(True)

    def paint(self, painter: QPainter, *_args: Any) -> None:  # noqa: ANN401
        painter.setRenderHint(QPainter.RenderHint.Antialiasing, self._smooth)
        painter.setPen(self._pen)
        if self._in_segments:
            painter.drawLines(*self._segments.drawargs())
        else:
            painter.drawPath(self._path)
        if not self._alone.isEmpty():
            painter.setRenderHint(QPainter.RenderHint.Antialiasing, True)
            painter.setPen(self._dot)
            painter.drawPoints(self._alone)


class BarsItem(pg.GraphicsObject):
    """Bars: a filled outline, painted as one polygon."""

    def __init__(self) -> None:
        super().__init__()
        self._outline = QPolygonF()
        self._drawn: tuple[object, object, float, bool] = (None, None, 0.0, False)
        self._bounds = QRectF()
        self._pen = QPen(Qt.PenStyle.NoPen)
        self._brush = QBrush()

    def show_mark(self, bars: Bars, ranges: Ranges, _width: float, *, log: tuple[bool, bool]) -> None:
        """Draw the bars from the bottom of the plot; one of count 0 has no height."""
        base = ranges[1][0] if log[1] else bars.base
        drawn = (bars.edges, bars.heights, base, log[1])
        if (
            all(new is old for new, old in zip(drawn[:2], self._drawn[:2], strict=True))
            and drawn[2:] == self._drawn[2:]
        ):
            return
        self._drawn = drawn
        tops = to_display(bars.tops, log=log[1])
        tops = np.where(np.isfinite(tops), np.maximum(tops, base), base)
        x = np.repeat(bars.edges, 2)
        y = np.concatenate([[base], np.repeat(tops, 2), [base]])
        self.prepareGeometryChange()
        self._outline = pg.functions.arrayToQPolygonF(x, y)
        low, high = float(y.min()), float(y.max())
        self._bounds = QRectF(float(x[0]), low, float(x[-1] - x[0]), high - low)
        self.update()

    def show_theme(self, bars: Bars, theme: Theme, n_layers: int) -> None:
        ink = colour(bars.role, theme, n_layers)
        self._brush = QBrush(QColor(blend(ink, theme.background, _GHOST_FILL if bars.ghost else _FILL)))
        if bars.ghost:
            self._pen = QPen(QColor(blend(ink, theme.background, _GHOST)))
        else:
            self._pen = QPen(QColor(ink))
        self._pen.setCosmetic(True)
        if not bars.ghost:
            fill = QColor(ink)
            fill.setAlphaF(_FILL)
            self._brush = QBrush(fill)

    def boundingRect(self) -> QRectF:
        return self._bounds

    def dataBounds(self, *_args: Any, **_kwargs: Any) -> tuple[None, None]:  # noqa: ANN401
        """Take no part in pyqtgraph's own ranging."""
        return (None, None)

    def paint(self, painter: QPainter, *_args: Any) -> None:  # noqa: ANN401
        painter.setPen(self._pen)
        painter.setBrush(self._brush)
        painter.drawPolygon(self._outline)


class GuideItem(pg.InfiniteLine):
    """A Guide."""

    def __init__(self, guide: Guide) -> None:
        super().__init__(angle=90 if guide.direction == "vertical" else 0, movable=False)

    def show_mark(self, guide: Guide, _ranges: Ranges, _width: float, *, log: tuple[bool, bool]) -> None:
        """Move the line, or hide it where its value has no place on a log axis."""
        is_log = log[0] if guide.direction == "vertical" else log[1]
        place = float(to_display(np.array([guide.at]), log=is_log)[0])
        self.setVisible(bool(np.isfinite(place)))
        if np.isfinite(place) and place != self.value():
            self.setValue(place)

    def show_theme(self, guide: Guide, theme: Theme, n_layers: int) -> None:
        pen = QPen(QColor(colour(guide.role, theme, n_layers)))
        pen.setCosmetic(True)
        pen.setWidthF(1.0 if guide.dash else 1.6)
        if guide.dash:
            pen.setDashPattern([4, 3])
        self.setPen(pen)


MarkItem = LineItem | BarsItem | GuideItem | DotsItem | ImageItem | SegmentsItem | TextsItem


def item_for(mark: Mark) -> MarkItem:
    """Make the item that shows this kind of mark."""
    match mark:
        case Line():
            return LineItem()
        case Bars():
            return BarsItem()
        case Guide():
            return GuideItem(mark)
        case Dots():
            return DotsItem()
        case Image():
            return ImageItem()
        case Segments():
            return SegmentsItem()
        case Texts():
            return TextsItem()
