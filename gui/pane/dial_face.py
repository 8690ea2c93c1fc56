"""How the dial looks: two small screens (exact 0, and the decades), a trace, marks on leader lines, a handle.

The trace is where the sizes of the weights lie: the density of ln|w|. On a log scale it keeps its shape and
travels with the std in force; a normal draw has its top right there, a truncated one a little above, a uniform one
at its edge, √3 times that.
"""

import math
from collections.abc import Mapping
from dataclasses import dataclass, field

from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QFont, QFontMetricsF, QLinearGradient, QPainter, QPainterPath, QPen, QPolygonF

from gui.pane.scale import BREAK, HIGH, LOW, Slot, fan_out, position_of, ticks
from model.figures.palette import Theme, blend
from model.network.initializers import CUT, STD_OF_CUT
from model.network.marks import BOOK
from model.training.differences import SCHEMES
from model.words import Message, msg

FILE = "file"
"""Stands for a scheme where the weights come from a file."""
TITLES: dict[str, Message] = {BOOK: msg("book 0.01"), **SCHEMES, FILE: msg("File")}
HANDLE = 9.0
_EDGE = 14.0
_LEADER = 16.0
_TICKS = ticks()
_CENTRE = Qt.AlignmentFlag.AlignCenter


@dataclass(frozen=True, slots=True)
class DialView:
    """All that the dial shows."""

    std: float
    scheme: str = "std"
    distribution: str = "normal"
    marks: Mapping[str, float] = field(default_factory=dict)
    hovered: str = ""
    """A mark's key, "handle", or ""."""
    measured: float | None = None
    """The spread of the first layer by a scheme without a mark; None until the run is there to tell."""
    held: bool = False
    focused: bool = False

    @property
    def in_force(self) -> float | None:
        """The standard deviation that the first layer really gets; None where that is not known yet."""
        return self.std if self.scheme == "std" else self.marks.get(self.scheme, self.measured)


class Face:
    """Where everything is on a dial of one size, and the painting of it."""

    def __init__(self, size: QRectF, font: QFont) -> None:
        self.font = QFont(font)
        self.font.setPointSizeF(max(6.0, font.pointSizeF() * 0.88))
        self._metrics = QFontMetricsF(self.font)
        line = self._metrics.height()
        self.label_height = line + 4
        self.size = size
        top = self.label_height + _LEADER
        self.axis = size.height() - line - HANDLE - 6
        self.zero_screen = QRectF(self.x(0) - 10, top, 19, self.axis - top)
        start = self.x(BREAK) - 7
        self.screen = QRectF(start, top, size.width() - start - 2, self.axis - top)

    @staticmethod
    def height(font: QFont) -> float:
        """Give the height that a dial wants in this font."""
        return 2 * QFontMetricsF(font).height() + _LEADER + HANDLE + 74

    def x(self, position: float) -> float:
        """Give the pixel of a place on the scale."""
        return _EDGE + position * (self.size.width() - 2 * _EDGE)

    def position(self, x: float) -> float:
        """Give the place on the scale of a pixel."""
        return (x - _EDGE) / max(1.0, self.size.width() - 2 * _EDGE)

    def labels(self, marks: Mapping[str, float]) -> dict[str, QRectF]:
        """Give the room of each mark's label, fanned out in the order of the marks."""
        order = sorted(marks, key=lambda name: marks[name])
        widths = [self._metrics.horizontalAdvance(str(TITLES[name])) + 12 for name in order]
        slots: list[Slot] = fan_out([self.x(position_of(marks[n])) for n in order], widths, self.size.width(), 3)
        return {
            name: QRectF(slot.left, 0.5, slot.width, self.label_height - 1)
            for name, slot in zip(order, slots, strict=True)
        }

    # ---- painting

    def ground_of(self, view: DialView) -> tuple[object, ...]:
        """Give what the ground depends on besides size, font and theme."""
        return (view.scheme, view.hovered, self._on_book(view), tuple(view.marks.items()))

    def paint_ground(self, painter: QPainter, view: DialView, theme: Theme) -> None:
        """Paint all that stays while the dial is turned."""
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setFont(self.font)
        self._paint_screens(painter, theme)
        self._paint_marks(painter, view, theme)
        self._paint_scale(painter, theme)

    def paint(self, painter: QPainter, view: DialView, theme: Theme) -> None:
        """Paint what moves, over the ground."""
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        self._paint_trace(painter, view, theme)
        self._paint_handle(painter, view, theme)

    def _paint_screens(self, painter: QPainter, theme: Theme) -> None:
        painter.setPen(QPen(QColor(theme.line), 1))
        painter.setBrush(QColor(theme.background))
        for screen in (self.zero_screen, self.screen):
            painter.drawRoundedRect(screen, 3, 3)
        painter.setPen(QPen(QColor(blend(theme.line, theme.background, 0.55)), 1))
        for share in (0.25, 0.5, 0.75):
            y = round(self.screen.top() + share * self.screen.height()) + 0.5
            painter.drawLine(QPointF(self.screen.left() + 1, y), QPointF(self.screen.right() - 1, y))
        for tick in _TICKS[1:]:
            if tick.label:
                x = round(self.x(tick.position)) + 0.5
                painter.drawLine(QPointF(x, self.screen.top() + 1), QPointF(x, self.axis))

    def _paint_scale(self, painter: QPainter, theme: Theme) -> None:
        faint, plain = QPen(QColor(blend(theme.muted, theme.background, 0.6)), 1), QPen(QColor(theme.muted), 1)
        baseline = self.axis + HANDLE + 3
        for tick in _TICKS:
            x = round(self.x(tick.position)) + 0.5
            painter.setPen(plain if tick.label else faint)
            painter.drawLine(QPointF(x, self.axis), QPointF(x, self.axis - (6 if tick.label else 3)))
            if tick.label:
                painter.setPen(theme.muted)
                room = QRectF(x - 24, baseline, 48, self._metrics.height())
                room.moveRight(min(room.right(), self.size.width() + 24 - self._half(tick.label)))
                painter.drawText(room, _CENTRE, tick.label)
        painter.setPen(QPen(QColor(theme.muted), 1.2))
        painter.drawLine(QPointF(self.zero_screen.left(), self.axis), QPointF(self.zero_screen.right(), self.axis))
        painter.drawLine(QPointF(self.screen.left(), self.axis), QPointF(self.screen.right(), self.axis))
        middle = (self.zero_screen.right() + self.screen.left()) / 2
        for shift in (-1.6, 1.6):
            painter.drawLine(QPointF(middle + shift - 1.5, self.axis + 4), QPointF(middle + shift + 1.5, self.axis - 4))

    def _half(self, label: str) -> float:
        return self._metrics.horizontalAdvance(label) / 2 + 1

    def _paint_marks(self, painter: QPainter, view: DialView, theme: Theme) -> None:
        for name, room in self.labels(view.marks).items():
            active = name == view.scheme
            met = active or (name == BOOK and self._on_book(view))
            hovered = name == view.hovered
            ink = theme.accent if met or hovered else blend(theme.muted, theme.surface, 0.75)
            pen = QPen(QColor(ink), 1.4 if met else 1.0)
            painter.setPen(pen)
            x, bend = self.x(position_of(view.marks[name])), 3.0
            middle, top = room.center().x(), self.screen.top()
            line = [
                QPointF(middle, room.bottom()),
                QPointF(middle, room.bottom() + bend),
                QPointF(x, top - bend),
                QPointF(x, top),
            ]
            painter.drawPolyline(QPolygonF(line))
            pen.setDashPattern([3, 2.5])
            painter.setPen(pen)
            painter.drawLine(QPointF(x, top), QPointF(x, self.axis))
            painter.setPen(Qt.PenStyle.NoPen)
            if active:
                painter.setBrush(QColor(theme.accent))
            else:
                painter.setBrush(QColor(blend(theme.accent, theme.surface, 0.2 if hovered else 0.1 if met else 0.0)))
            painter.drawRoundedRect(room, 4, 4)
            painter.setPen(QColor(theme.on_accent if active else theme.accent if met or hovered else theme.text))
            painter.drawText(room, _CENTRE, str(TITLES[name]))

    @staticmethod
    def _on_book(view: DialView) -> bool:
        return view.scheme == "std" and view.std == view.marks.get(BOOK)

    def _paint_trace(self, painter: QPainter, view: DialView, theme: Theme) -> None:
        std = view.in_force
        if std is None:
            return
        ink = QColor(theme.accent)
        if std <= 0:
            painter.setPen(QPen(ink, 2))
            painter.drawLine(QPointF(self.x(0), self.zero_screen.top() + 8), QPointF(self.x(0), self.axis))
            return
        height = self.screen.height() - 9
        trace = [QPointF(x, self.axis - height * share) for x, share in self._heights(std, view.distribution)]
        outline = QPainterPath()
        outline.addPolygon(QPolygonF(trace))
        filled = QPainterPath(outline)
        filled.lineTo(trace[-1].x(), self.axis)
        filled.lineTo(trace[0].x(), self.axis)
        glow = QLinearGradient(0, self.screen.top(), 0, self.axis)
        for place, alpha in ((0, 105), (1, 22)):
            ink.setAlpha(alpha)
            glow.setColorAt(place, ink)
        painter.save()
        painter.setClipRect(self.screen.adjusted(1, 1, -1, 0))
        painter.fillPath(filled, glow)
        painter.strokePath(outline, QPen(QColor(theme.accent), 1.6))
        painter.restore()

    def _heights(self, std: float, distribution: str) -> list[tuple[float, float]]:
        """Sample the density of ln|w| across the screen, its top at 1."""
        first, last = self.screen.left(), self.screen.right()
        n = max(2, int((last - first) / 1.5))
        decades = math.log10(HIGH / LOW) / (self.x(1) - self.x(BREAK))
        centre = math.log10(std) - math.log10(LOW)
        points = []
        for i in range(n + 1):
            x = first + (last - first) * i / n
            ratio = 10 ** min(3.0, (x - self.x(BREAK)) * decades - centre)
            if distribution == "uniform":
                share = ratio / math.sqrt(3) if ratio <= math.sqrt(3) else 0.0
            elif distribution == "truncated":
                whole = ratio * STD_OF_CUT
                share = whole * math.exp((1 - whole * whole) / 2) if whole <= CUT else 0.0
            else:
                share = ratio * math.exp((1 - ratio * ratio) / 2)
            points.append((x, share))
        return points

    def _paint_handle(self, painter: QPainter, view: DialView, theme: Theme) -> None:
        centre = QPointF(self.x(position_of(view.std)), self.axis)
        turned = view.scheme == "std"
        ink = QColor(theme.accent if turned else theme.muted)
        screen = self.zero_screen if view.std <= 0 else self.screen
        if turned:
            painter.setPen(QPen(ink, 1.4))
            painter.drawLine(QPointF(centre.x(), screen.top() + 1), centre)
        if view.focused or view.held or view.hovered == "handle":
            halo = QColor(theme.accent)
            halo.setAlpha(80 if view.held else 50)
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(halo)
            painter.drawEllipse(centre, HANDLE + 4, HANDLE + 4)
        painter.setPen(QPen(QColor(theme.surface if turned else ink), 2 if turned else 1.6))
        painter.setBrush(ink if turned else QColor(theme.surface))
        painter.drawEllipse(centre, HANDLE, HANDLE)
        self._paint_grip(painter, centre, view.std, QColor(theme.on_accent) if turned else ink)

    @staticmethod
    def _paint_grip(painter: QPainter, centre: QPointF, std: float, ink: QColor) -> None:
        """Three ridges on the handle; an arrow instead where the std lies beyond the scale."""
        pen = QPen(ink, 1.6)
        pen.setCapStyle(Qt.PenCapStyle.RoundCap)
        painter.setPen(pen)
        if std > HIGH or 0 < std < LOW:
            side = 1 if std > HIGH else -1
            for shift in (-3.0, 1.0):
                tip = QPointF(centre.x() + side * (shift + 3), centre.y())
                painter.drawPolyline(QPolygonF([tip + QPointF(-3 * side, -3.5), tip, tip + QPointF(-3 * side, 3.5)]))
            return
        pen.setWidthF(1.2)
        painter.setPen(pen)
        for shift in (-2.6, 0.0, 2.6):
            painter.drawLine(centre + QPointF(shift, -2.8), centre + QPointF(shift, 2.8))
