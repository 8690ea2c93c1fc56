"""An axis whose ticks are those of the exported picture."""

import math
from dataclasses import replace
from typing import Any

import pyqtgraph as pg
from PySide6.QtCore import QLineF, QPointF, QRectF, Qt, Slot
from PySide6.QtGui import QColor, QFont, QFontMetricsF, QPainter, QPen
from PySide6.QtWidgets import QGraphicsItem, QGraphicsSceneWheelEvent, QGraphicsWidget

from model.figures.figure import Axis, Range
from model.figures.palette import Theme
from model.figures.text_fit import elide
from model.figures.ticks import Tick, share_of, spaced_ticks
from model.words import msg

_USUAL_LINE = 12.0
"""Height of a line in the usual font: with a larger one, ticks are further apart by as much."""
_ROOM_ACROSS, _ROOM_DOWN = 52, 28
"""Pixels that a labelled tick takes along a horizontal and a vertical axis."""
_GAP = 6
"""Pixels between two labels at least."""
_LEAST_GAP = 3
"""Pixels that stay between two labels where the ends have pushed them together."""
_LEAST_WIDTH, _BARE = 38, 8
_LINE_SPACE = 6
"""What labels and titles take beside the height of a line, which is at least the usual one."""
_LEAST_TITLE = 5
"""Letters of a title that has been cut, below which it says nothing."""
_MAJOR, _MINOR, _OFFSET = 4.0, 2.0, 4.0
"""Pixels that ticks reach into the plot, and between the axis and its labels."""
_OVERHANG, _COMPACT = 15.0, 0.25
"""Pixels that labels may reach beyond the ends, and the share of that where plots stand close together."""


class FigureAxis(QGraphicsWidget):
    """One axis of a plot, in display units; painted once and kept as a pixmap until it changes.

    pyqtgraph's own takes five times as long to lay out its labels, and a new run moves most axes: that is
    Python at work under the GIL, for which the training waits.
    """

    def __init__(self, side: str, font: QFont, *, compact: bool) -> None:
        super().__init__()
        self._spec = Axis(msg(""))
        self._upright = side == "left"
        self._compact = compact
        self._box: pg.ViewBox | None = None
        self._line, self._ink = QPen(), QColor()
        self._width = float(_LEAST_WIDTH)
        self._take_measures(font, compact=compact)
        self._take_room()
        self.setCacheMode(QGraphicsItem.CacheMode.DeviceCoordinateCache)

    def _take_measures(self, font: QFont, *, compact: bool) -> None:
        self._font = font
        self._metrics = QFontMetricsF(font)
        self._laid_out: tuple[object, tuple[Tick, ...]] = (None, ())
        self._scale = max(1.0, self._metrics.height() / _USUAL_LINE)
        self.overhang = _OVERHANG * self._scale * (_COMPACT if compact else 1.0)
        self._line_room = math.ceil(max(_USUAL_LINE, self._metrics.height())) + _LINE_SPACE

    def show_font(self, font: QFont, *, compact: bool) -> None:
        """Write in another font from now on."""
        titled = self._title_room
        self.prepareGeometryChange()
        self._take_measures(font, compact=compact)
        self._take_room(titled)
        self.forget_room()
        self.update()

    def _take_room(self, titled: float = 0.0) -> None:
        """Take room for the title beside that for the labels, which an upright axis may have had for `titled`."""
        if self._upright:
            self._set_width(self._width + self._title_room - titled)
        else:
            height = self._line_room + (0 if self._compact else self._line_room - 2)
            self.setMinimumHeight(height)
            self.setMaximumHeight(height)

    def show_title(self, *, shown: bool) -> None:
        """Show the title of the axis, or leave its room to the plot."""
        if shown == self._compact:
            titled = self._title_room
            self._compact = not shown
            self._take_room(titled)
            self.update()

    @property
    def _title_room(self) -> float:
        return 0 if self._compact else self._line_room

    def link_to(self, box: pg.ViewBox) -> None:
        """Show the range of this box, beside which the axis lies."""
        self._box = box
        (box.sigYRangeChanged if self._upright else box.sigXRangeChanged).connect(self._follow)
        box.sigResized.connect(self._follow)

    @Slot()
    def _follow(self, *_args: object) -> None:
        self.update()

    def show_axis(self, spec: Axis) -> None:
        """Label the axis and choose its kind of ticks; costs nothing where nothing changed."""
        if _look(spec) != _look(self._spec):
            self.update()
        self._spec = spec

    def make_room(self, shown: Range, size: float) -> None:
        """Widen a vertical axis for its longest label, in steps, so that it does not waver."""
        if self._spec.ticks == ():
            self._set_width(_BARE + self._title_room)
            return
        widest = max((self._metrics.horizontalAdvance(tick.label) for tick in self._ticks(shown, size)), default=0.0)
        needed = max(_LEAST_WIDTH, math.ceil((widest + 12) / 8) * 8) + self._title_room
        if needed > self._width or needed < self._width - 16:
            self._set_width(needed)

    def forget_room(self) -> None:
        """Take as much room as before the first label."""
        if self._upright:
            self._set_width(_LEAST_WIDTH + self._title_room)

    def _set_width(self, width: float) -> None:
        if width != self.minimumWidth():
            self._width = width
            self.setMinimumWidth(width)
            self.setMaximumWidth(width)

    def labelled(self, shown: Range, size: float) -> list[float]:
        """Give the places of the numbers along this axis; names stand at what they name, which needs no line."""
        if self._spec.ticks is not None:
            return []
        return [tick.at for tick in self._ticks(shown, size) if tick.label]

    def _ticks(self, shown: Range, size: float) -> tuple[Tick, ...]:
        """Lay out the ticks, once for making room and for painting."""
        spec = self._spec
        key = (spec.log, spec.integer, spec.ticks, shown, size)
        if self._laid_out[0] != key:
            most = max(4, int(size / self._scale / (_ROOM_DOWN if self._upright else _ROOM_ACROSS)))
            height = 1.2 * self._metrics.height()
            measure = self._metrics.horizontalAdvance
            need = (lambda _: height) if self._upright else (lambda label: measure(label) + _GAP)
            ticks = spaced_ticks(spec, shown, size, most, need)
            self._laid_out = (key, ticks if self._upright else self._apart(ticks, shown, size))
        return self._laid_out[1]

    def _apart(self, ticks: tuple[Tick, ...], shown: Range, length: float) -> tuple[Tick, ...]:
        """Take the labels away that would touch another: at the ends they stand further in than their ticks."""
        kept, free = [], math.inf
        for tick in sorted(ticks, key=lambda tick: tick.at, reverse=True):
            left = self._label_left(tick, shown, length)
            fits = left + self._metrics.horizontalAdvance(tick.label) + _LEAST_GAP <= free
            kept.append(tick if fits or not tick.label else replace(tick, label=""))
            free = left if fits and tick.label else free
        return tuple(reversed(kept))

    def _label_left(self, tick: Tick, shown: Range, length: float) -> float:
        """Give where a label along a horizontal axis begins; it stays within the bounds."""
        width = self._metrics.horizontalAdvance(tick.label)
        left = share_of(tick.at, shown) * length - width / 2
        return min(max(left, -self.overhang), length + self.overhang - width)

    def show_theme(self, theme: Theme) -> None:
        self._line, self._ink = QPen(QColor(theme.line)), QColor(theme.muted)
        self.update()

    def boundingRect(self) -> QRectF:
        over = self.overhang
        if self._upright:
            return self.rect().adjusted(0, -over, _MAJOR, over)
        return self.rect().adjusted(-over, -_MAJOR, over, 0)

    def paint(self, painter: QPainter, *_args: Any) -> None:  # noqa: ANN401
        if self._box is None:
            return
        room = self.rect()
        (low, high), length = self._box.viewRange()[self._upright], room.height() if self._upright else room.width()
        ticks = self._ticks((low, high), length)
        painter.setPen(self._line)
        painter.drawLines(self._strokes(room, ticks, (low, high)))
        painter.setPen(self._ink)
        painter.setFont(self._font)
        for tick in ticks:
            if tick.label:
                painter.drawText(self._place(tick, room, (low, high)), tick.label)
        if not self._compact and self._spec.ticks != ():
            self._paint_title(painter, room)

    def _strokes(self, room: QRectF, ticks: tuple[Tick, ...], shown: Range) -> list[QLineF]:
        """Give the axis and its ticks, which point into the plot."""
        if self._upright:
            edge = room.right() - 1
            strokes = [QLineF(edge, room.top() - 1, edge, room.bottom() + 1)]
        else:
            edge = room.top() + 1
            strokes = [QLineF(room.left() - 1, edge, room.right() + 1, edge)]
        if self._spec.ticks is not None:
            return strokes  # names stand beside what they name; over a matrix a stroke would be read as a minus sign
        for tick in ticks:
            share, reach = share_of(tick.at, shown), _MAJOR if tick.label else _MINOR
            if not 0 <= share <= 1:
                continue
            if self._upright:
                y = room.bottom() - share * room.height()
                strokes.append(QLineF(room.right(), y, room.right() + reach, y))
            else:
                x = room.left() + share * room.width()
                strokes.append(QLineF(x, room.top(), x, room.top() - reach))
        return strokes

    def _place(self, tick: Tick, room: QRectF, shown: Range) -> QPointF:
        """Give where the label of a tick begins, on its base line; it stays within the bounds."""
        share, width = share_of(tick.at, shown), self._metrics.horizontalAdvance(tick.label)
        if self._upright:
            middle = room.bottom() - share * room.height()
            return QPointF(room.right() - _OFFSET - width, middle + self._metrics.ascent() - self._metrics.height() / 2)
        return QPointF(
            room.left() + self._label_left(tick, shown, room.width()), room.top() + _OFFSET + self._metrics.ascent()
        )

    def _paint_title(self, painter: QPainter, room: QRectF) -> None:
        along = Qt.AlignmentFlag.AlignHCenter | Qt.TextFlag.TextDontClip
        length, height = room.height() if self._upright else room.width(), self._metrics.height()
        title = elide(str(self._spec.label), length, self._metrics.horizontalAdvance)
        if title != str(self._spec.label) and len(title) <= _LEAST_TITLE:
            return
        if not self._upright:
            painter.drawText(QRectF(room.left(), room.bottom() - height, room.width(), height), along, title)
            return
        painter.save()
        painter.rotate(-90)
        painter.drawText(QRectF(-room.bottom(), room.left(), room.height(), height), along, title)
        painter.restore()

    # pyqtgraph's scene delivers drags to items that have a method of this name

    def mouseDragEvent(self, event: Any) -> None:  # noqa: ANN401
        """Pan or zoom along this axis alone."""
        if self._box is None or self._box.sceneBoundingRect().contains(event.buttonDownScenePos()):
            event.ignore()
        else:
            self._box.mouseDragEvent(event, axis=int(self._upright))

    def wheelEvent(self, event: QGraphicsSceneWheelEvent) -> None:
        if self._box is not None:
            self._box.wheelEvent(event, axis=int(self._upright))


def _look(spec: Axis) -> tuple[object, ...]:
    """Give what of an axis can be seen, but for its range."""
    return (spec.label, spec.log, spec.integer, spec.ticks)
