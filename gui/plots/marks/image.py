"""An Image as an item."""

import numpy as np
from PySide6.QtCore import QRectF
from PySide6.QtGui import QImage, QPainter

from gui.plots.marks.plot_wide import PlotWideItem, Ranges
from model.figures.figure import Image, to_display
from model.figures.palette import Theme
from model.figures.shades import pixels


class ImageItem(PlotWideItem):
    """An Image; not smoothed, since its pixels are what one looks at."""

    def __init__(self) -> None:
        super().__init__()
        self._image: Image | None = None
        self._theme: Theme | None = None
        self._picture = QImage()
        self._place = QRectF()

    def show_mark(self, image: Image, ranges: Ranges, _width: float, *, log: tuple[bool, bool]) -> None:
        """Colour the pixels where they have changed."""
        if self._image is None or image.values is not self._image.values or image.limit != self._image.limit:
            self._image = image
            self._colour()
        left, right = to_display(np.array(image.x), log=log[0]).tolist()
        bottom, top = to_display(np.array(image.y), log=log[1]).tolist()
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

    def draw(self, painter: QPainter) -> None:
        painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform, on=False)
        painter.drawImage(self._place, self._picture)
