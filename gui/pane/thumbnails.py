"""The pictures by which data sets are chosen, painted from their own samples."""

import math

from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QImage, QPainter, QPixmap

from model.data.dataset import RawData
from model.data.datasets import DATASETS
from model.figures.palette import Theme

_POINTS = 110
_DIGITS = (4, 2)


def sample_of(name: str) -> RawData:
    """Give a few samples of a data set, as its picture shows them."""
    return DATASETS[name].make(_POINTS, 0.07, 3)


def thumbnail(name: str, theme: Theme, width: int, height: int, ratio: float) -> QPixmap:
    """Paint the picture of a data set: its first digits, or its points by class."""
    pixmap = QPixmap(round(width * ratio), round(height * ratio))
    pixmap.setDevicePixelRatio(ratio)
    pixmap.fill(Qt.GlobalColor.transparent)
    raw = sample_of(name)
    with QPainter(pixmap) as painter:
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        (_paint_images if raw.image_shape else _paint_points)(painter, raw, theme, QRectF(0, 0, width, height))
    return pixmap


def _paint_points(painter: QPainter, raw: RawData, theme: Theme, room: QRectF) -> None:
    reach = max(1e-9, math.hypot(*abs(raw.train.x).max(axis=0)) / math.sqrt(2) * 1.06)
    scale = min(room.width(), room.height()) / 2 / reach
    painter.setPen(Qt.PenStyle.NoPen)
    for (x, y), label in zip(raw.train.x.tolist(), raw.train.t.tolist(), strict=True):
        painter.setBrush(QColor(theme.series[label % len(theme.series)]))
        painter.drawEllipse(room.center() + QPointF(x * scale, -y * scale), 1.3, 1.3)


def _paint_images(painter: QPainter, raw: RawData, theme: Theme, room: QRectF) -> None:
    rows, columns = raw.image_shape or (1, 1)
    across, down = _DIGITS
    side = min(room.width() / across, room.height() / down)
    left = room.center().x() - side * across / 2
    top = room.center().y() - side * down / 2
    ink = QColor(theme.text)
    largest = float(raw.train.x.max()) or 1.0
    for place in range(across * down):
        image = QImage(columns, rows, QImage.Format.Format_ARGB32)
        for pixel, level in enumerate((raw.train.x[place] / largest).tolist()):
            ink.setAlphaF(min(max(level, 0.0), 1.0))
            image.setPixelColor(pixel % columns, pixel // columns, ink)
        corner = QPointF(left + side * (place % across), top + side * (place // across))
        painter.drawImage(QRectF(corner.x() + 1, corner.y() + 1, side - 2, side - 2), image)
