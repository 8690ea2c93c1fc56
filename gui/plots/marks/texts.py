"""Texts as an item."""

from PySide6.QtCore import QPointF
from PySide6.QtGui import QColor, QFont, QFontInfo, QFontMetricsF, QPainter

from gui.look.text_size import plot_font
from gui.plots.marks.plot_wide import PlotWideItem, Ranges
from model.figures.figure import Texts, to_display
from model.figures.palette import Theme, colour
from model.figures.text_fit import elide, letter_share, room_beside

_LETTERS = 0.82


class TextsItem(PlotWideItem):
    """Texts, in letters of one size whatever the zoom."""

    def __init__(self) -> None:
        super().__init__()
        self._texts: Texts | None = None
        self._said: list[tuple[QPointF, str]] = []
        self._ink = QColor()
        self._font = plot_font(_LETTERS)
        self._metrics = QFontMetricsF(self._font)

    def show_mark(self, texts: Texts, ranges: Ranges, _width: float, *, log: tuple[bool, bool]) -> None:
        (left, right), (bottom, top) = ranges
        x, y = to_display(texts.x, log=log[0]), to_display(texts.y, log=log[1])
        self._texts = texts
        self._said = [
            (QPointF(at, height), str(text))
            for at, height, text in zip(x.tolist(), y.tolist(), texts.texts, strict=True)
            if left <= at <= right and bottom <= height <= top
        ]
        self._spread(ranges)

    def show_theme(self, texts: Texts, theme: Theme, n_layers: int) -> None:
        self._ink = QColor(colour(texts.role, theme, n_layers))
        self._font = plot_font(_LETTERS)
        self._metrics = QFontMetricsF(self._font)

    def draw(self, painter: QPainter) -> None:
        texts = self._texts
        if texts is None:
            return
        to_pixels = painter.transform()
        shown = to_pixels.mapRect(self._bounds)
        places = [to_pixels.map(place) for place, _ in self._said]
        rooms = [room_beside(at.x() - shown.left(), shown.right() - at.x(), texts.align) for at in places]
        words = [text for _, text in self._said]
        font, metrics = self._font, self._metrics
        height, size = texts.room / self._bounds.height() * shown.height(), QFontInfo(font).pixelSize()
        share = letter_share(words, rooms, metrics.horizontalAdvance, height=height, size=size)
        if share == 0:
            return
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
