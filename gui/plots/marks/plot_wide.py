"""What all items of marks share: they cover the plot, and keep what lies far outside it drawable."""

import logging
from typing import Any

import numpy as np
import numpy.typing as npt
import pyqtgraph as pg
from PySide6.QtCore import QRectF, Qt, Signal
from PySide6.QtGui import QColor, QPainter, QPen, QPolygonF

from gui.look.text_size import thickness
from model.figures.figure import Range

Floats = npt.NDArray[np.float64]
Ranges = tuple[Range, Range]

_log = logging.getLogger(__name__)

_FAR = 1e6
"""Axis lengths to which far places are clipped; Qt's geometry overflows somewhere beyond."""


class PlotWideItem(pg.GraphicsObject):
    """An item that covers its whole plot and takes no part in pyqtgraph's auto-range.

    An exception while painting is reported once and the item is not painted again, since every frame would raise it.
    """

    failed = Signal(str)

    def __init__(self) -> None:
        super().__init__()
        self._bounds = QRectF()
        self._broken = False

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

    def paint(self, painter: QPainter, *_args: Any) -> None:  # noqa: ANN401
        if self._broken:
            return
        try:
            self.draw(painter)
        except Exception as error:  # noqa: BLE001  Qt, the caller, does not handle exceptions
            self._broken = True
            _log.exception("a mark cannot be painted")
            self.failed.emit(repr(error))

    def draw(self, painter: QPainter) -> None:
        """Paint the mark."""
        raise NotImplementedError


def polygon(x: Floats, y: Floats) -> QPolygonF:
    """Give finite points (n,) as Qt has them; pyqtgraph's function fails on none."""
    return pg.functions.arrayToQPolygonF(x, y) if len(x) else QPolygonF()


def near(places: Floats, shown: Range) -> Floats:
    """Bring what lies far outside a range near enough to be drawn; NaN stays NaN."""
    reach = _FAR * (shown[1] - shown[0])
    return np.clip(places, shown[0] - reach, shown[1] + reach)


def draw_points(painter: QPainter, points: QPolygonF, pens: tuple[QPen, ...]) -> None:
    """Draw round points with each of these pens, one over the other."""
    at = painter.transform().map(points)
    painter.save()
    painter.resetTransform()  # under the plot's own scales a round point would become a wide one
    for pen in pens:
        pen.setCapStyle(Qt.PenCapStyle.RoundCap)
        painter.setPen(pen)
        painter.drawPoints(at)
    painter.restore()


def cosmetic(ink: QColor, width: float) -> QPen:
    """Give a pen whose strokes have this width, in pixels at the usual text size, whatever the scales of the plot."""
    pen = QPen(ink)
    pen.setCosmetic(True)
    pen.setWidthF(width * thickness())
    return pen
