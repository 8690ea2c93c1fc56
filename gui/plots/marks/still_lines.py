"""The curves of the compared runs of a plot as one item, drawn once for as long as they and the axes stay as they are.

Every frame of the present run paints the whole plot, and twenty runs are a hundred curves that have not changed.
"""

from collections.abc import Sequence

from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QPainter, QPixmap, QTransform

from gui.look.text_size import text_size
from gui.plots.marks.line import LineItem
from gui.plots.marks.plot_wide import PlotWideItem, Ranges
from model.figures.figure import Line
from model.figures.palette import Theme


class StillLinesItem(PlotWideItem):
    """Lines under all that is of the present run, kept as a picture."""

    def __init__(self) -> None:
        super().__init__()
        self._lines: dict[str, LineItem] = {}
        self._looks: dict[str, tuple[object, ...]] = {}
        self._shown: tuple[object, ...] = ()
        self._picture = QPixmap()
        self._made_for: tuple[object, ...] = ()

    def show_lines(
        self,
        lines: Sequence[Line],
        ranges: Ranges,
        width: float,
        theme: Theme,
        n_layers: int,
        *,
        log: tuple[bool, bool],
    ) -> None:
        """Draw these, the first one deepest."""
        arrays = tuple(part for line in lines for part in (line.x, line.y, line.low, line.high))
        looks = tuple(
            (line.key, line.role, line.dash, line.ghost, line.raised, line.faint, line.steady) for line in lines
        )
        shown = (looks, ranges, width, theme.name, text_size(), n_layers, log)
        if shown == self._shown[1:] and _same(arrays, self._shown[0]):
            return
        self._shown = (arrays, *shown)
        self._made_for = ()
        known, self._lines = self._lines, {}
        for line in lines:
            if line.key not in known:
                self._looks.pop(line.key, None)  # a new item has no pen yet
            self._lines[line.key] = known.get(line.key) or LineItem()
        for line in lines:
            item = self._lines[line.key]
            look = (*_look(line), theme.name, text_size(), n_layers)
            if self._looks.get(line.key) != look:
                self._looks[line.key] = look
                item.show_theme(line, theme, n_layers)
            item.show_mark(line, ranges, width, log=log)
        self._spread(ranges)

    def draw(self, painter: QPainter) -> None:
        transform, device = painter.transform(), painter.device()
        ratio = device.devicePixelRatioF() if device is not None else 1.0
        place = transform.mapRect(self.boundingRect())
        wanted = (transform.m11(), transform.m22(), place.x() % 1, place.y() % 1, place.width(), place.height(), ratio)
        if wanted != self._made_for:
            self._made_for = wanted
            self._make(transform, place, ratio)
        painter.save()
        painter.resetTransform()
        painter.drawPixmap(QPointF(int(place.x()), int(place.y())), self._picture)
        painter.restore()

    def _make(self, transform: QTransform, place: QRectF, ratio: float) -> None:
        """Paint the lines into the picture as they would stand in the plot."""
        corner = QPointF(int(place.x()), int(place.y()))
        self._picture = QPixmap(int((place.width() + 2) * ratio), int((place.height() + 2) * ratio))
        self._picture.setDevicePixelRatio(ratio)
        self._picture.fill(Qt.GlobalColor.transparent)
        with QPainter(self._picture) as painter:
            painter.setTransform(transform * QTransform.fromTranslate(-corner.x(), -corner.y()))
            for item in self._lines.values():
                item.draw(painter)


def _look(line: Line) -> tuple[object, ...]:
    return line.role, line.dash, line.ghost, line.raised, line.faint, line.steady


def _same(arrays: Sequence[object], others: object) -> bool:
    """Whether these are the very same arrays."""
    return isinstance(others, tuple) and len(arrays) == len(others) and all(map(_is, arrays, others))


def _is(one: object, other: object) -> bool:
    return one is other
