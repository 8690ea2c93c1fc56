"""The marks of diagrams as items of a plot: points, pictures, links, words."""

from typing import Any

import numpy as np
import pyqtgraph as pg
from PySide6.QtCore import QLineF, QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QFont, QFontMetricsF, QImage, QPainter, QPen, QPolygonF
from PySide6.QtWidgets import QApplication

from model.figures.figure import Dots, Image, Range, Segments, Texts, to_display
from model.figures.palette import Theme, blend, colour
from model.figures.shades import pixels, shades
from model.figures.text_fit import elide, room_beside, shrinking

Ranges = tuple[Range, Range]

_GHOST = 0.45
_LEVELS = 12
"""Strengths that links are sorted into, each drawn at once with a pen of its own."""
_THICKEST = 2.6
_LETTERS = 0.82


class PlotWideItem(pg.GraphicsObject):
    """Painted over the whole of what its plot shows; takes no part in pyqtgraph's own ranging."""

    def __init__(self) -> None:
        super().__init__()
        self._bounds = QRectF()

    def _spread(self, ranges: Ranges) -> None:
        (left, right), (bottom, top) = ranges
        bounds = QRectF(left, bottom, right - left, top - bottom)
        if bounds != self._bounds:
            self.prepareGeometryChange()
            self._bounds = bounds
        self.update()

    def boundingRect(self) -> QRectF:
        return self._bounds

    def dataBounds(self, *_args: Any, **_kwargs: Any) -> tuple[None, None]:  # noqa: ANN401
        return (None, None)


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
        self._points = pg.functions.arrayToQPolygonF(x[shown], y[shown])
        self._whiskers = []
        if dots.low is not None and dots.high is not None:
            low, high = (to_display(end, log=log[1]) for end in (dots.low, dots.high))
            whole = np.flatnonzero(np.isfinite(low) & np.isfinite(high) & np.isfinite(x))
            self._whiskers = [QLineF(x[i], low[i], x[i], high[i]) for i in whole.tolist()]
        self._size = dots.size
        self._spread(ranges)

    def show_theme(self, dots: Dots, theme: Theme, n_layers: int) -> None:
        ink = colour(dots.role, theme, n_layers)
        self._ink = QColor(blend(ink, theme.background, _GHOST if dots.ghost else 1.0))
        self._ring = QColor(theme.background)

    def paint(self, painter: QPainter, *_args: Any) -> None:  # noqa: ANN401
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(_pen(self._ink, 1.3))
        painter.drawLines(self._whiskers)
        points = painter.transform().map(self._points)
        painter.save()
        painter.resetTransform()  # under the plot's own scales a round point would become a wide one
        for ink, size in ((self._ring, self._size + 1.5), (self._ink, self._size)):
            pen = _pen(ink, size)
            pen.setCapStyle(Qt.PenCapStyle.RoundCap)
            painter.setPen(pen)
            painter.drawPoints(points)
        painter.restore()


class ImageItem(PlotWideItem):
    """An Image; not smoothed, since its pixels are what one looks at."""

    def __init__(self) -> None:
        super().__init__()
        self._image: Image | None = None
        self._theme: Theme | None = None
        self._picture = QImage()
        self._place = QRectF()

    def show_mark(self, image: Image, ranges: Ranges, _width: float, *, log: tuple[bool, bool]) -> None:  # noqa: ARG002
        """Colour the pixels where they have changed."""
        if self._image is None or image.values is not self._image.values or image.limit != self._image.limit:
            self._image = image
            self._colour()
        (left, right), (bottom, top) = image.x, image.y
        self._place = QRectF(left, bottom, right - left, top - bottom)
        self._spread(ranges)

    def show_theme(self, image: Image, theme: Theme, _n_layers: int) -> None:
        self._theme = theme
        self._image = image
        self._colour()

    def _colour(self) -> None:
        if self._image is None or self._theme is None:
            return
        rgba = np.ascontiguousarray(pixels(self._image, self._theme))
        height, width, _ = rgba.shape
        self._picture = QImage(rgba.data, width, height, 4 * width, QImage.Format.Format_RGBA8888).copy()

    def paint(self, painter: QPainter, *_args: Any) -> None:  # noqa: ANN401
        painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform, on=False)
        painter.drawImage(self._place, self._picture)


class SegmentsItem(PlotWideItem):
    """Segments, the strong ones over the weak ones."""

    def __init__(self) -> None:
        super().__init__()
        self._bundles: list[tuple[float, list[QLineF]]] = []
        self._theme: Theme | None = None
        self._ink = ""

    def show_mark(self, segments: Segments, ranges: Ranges, _width: float, *, log: tuple[bool, bool]) -> None:  # noqa: ARG002
        """Sort the links into bundles of about one strength."""
        share = np.clip(np.nan_to_num(segments.values / segments.limit), -1, 1)
        level = np.round(share * _LEVELS).astype(np.int64)
        ends = np.column_stack([segments.x[:, 0], segments.y[:, 0], segments.x[:, 1], segments.y[:, 1]])
        self._bundles = [
            (k / _LEVELS, [QLineF(*row) for row in ends[level == k].tolist()])
            for k in sorted(range(-_LEVELS, _LEVELS + 1), key=abs)
        ]
        self._spread(ranges)

    def show_theme(self, segments: Segments, theme: Theme, n_layers: int) -> None:
        self._theme = theme
        self._ink = "" if segments.signed else colour(segments.role, theme, n_layers)

    def paint(self, painter: QPainter, *_args: Any) -> None:  # noqa: ANN401
        if self._theme is None:
            return
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        for share, lines in self._bundles:
            if lines:
                ink = shades(np.array(share), self._theme, ink=self._ink)
                painter.setPen(_pen(QColor(*ink.tolist()), 0.4 + (_THICKEST - 0.4) * abs(share)))
                painter.drawLines(lines)


class TextsItem(PlotWideItem):
    """Texts, in letters of one size whatever the zoom."""

    def __init__(self) -> None:
        super().__init__()
        self._texts: Texts | None = None
        self._ink = QColor()
        self._font = QFont(QApplication.font())
        self._font.setPointSizeF(self._font.pointSizeF() * _LETTERS)
        self._metrics = QFontMetricsF(self._font)

    def show_mark(self, texts: Texts, ranges: Ranges, _width: float, *, log: tuple[bool, bool]) -> None:  # noqa: ARG002
        self._texts = texts
        self._spread(ranges)

    def show_theme(self, texts: Texts, theme: Theme, n_layers: int) -> None:
        self._ink = QColor(colour(texts.role, theme, n_layers))

    def paint(self, painter: QPainter, *_args: Any) -> None:  # noqa: ANN401
        texts = self._texts
        if texts is None:
            return
        to_pixels = painter.transform()
        shown = to_pixels.mapRect(self._bounds)
        if texts.room and texts.room / self._bounds.height() * shown.height() < self._metrics.height():
            return
        places = [to_pixels.map(QPointF(x, y)) for x, y in zip(texts.x.tolist(), texts.y.tolist(), strict=True)]
        rooms = [room_beside(at.x() - shown.left(), shown.right() - at.x(), texts.align) for at in places]
        words = [str(text) for text in texts.texts]
        font, metrics = self._font, self._metrics
        seen = [number for number, place in enumerate(places) if shown.contains(place)]
        share = shrinking([words[k] for k in seen], [rooms[k] for k in seen], metrics.horizontalAdvance)
        if share < 1:
            font = QFont(font)
            font.setPointSizeF(font.pointSizeF() * share)
            metrics = QFontMetricsF(font)
        painter.save()
        painter.resetTransform()
        painter.setFont(font)
        painter.setPen(self._ink)
        for place, said, room in zip(places, words, rooms, strict=True):
            text = elide(said, room, metrics.horizontalAdvance)
            back = {"left": 0.0, "right": 1.0, "center": 0.5}[texts.align] * metrics.horizontalAdvance(text)
            base = place.y() + (metrics.ascent() - metrics.descent()) / 2
            painter.drawText(QPointF(place.x() - back, base), text)
        painter.restore()


def _pen(ink: QColor, width: float) -> QPen:
    pen = QPen(ink)
    pen.setCosmetic(True)
    pen.setWidthF(width)
    return pen
