"""Dragging the grips of a panel, by mouse or by arrow keys, which turns knobs."""

from collections.abc import Mapping

import pyqtgraph as pg
from PySide6.QtCore import QEvent, QObject, QPointF, Qt, Signal
from PySide6.QtGui import QKeyEvent, QMouseEvent
from PySide6.QtWidgets import QWidget

from gui.plots.axes.plot_area import PlotArea
from gui.plots.panel.figure_view import FigureView
from model.figures.figure import Grips, Range
from model.figures.palette import Theme

_REACH = 9.0
"""Pixels around a grip that belong to it."""
_STILL = 4.0
"""Pixels along an axis that a drag may go without turning the knob of that axis."""
_SHARE = 0.01
"""Of an axis, that a key moves a grip."""
_KEYS: Mapping[int, tuple[int, int]] = {
    Qt.Key.Key_Left: (-1, 0),
    Qt.Key.Key_Right: (1, 0),
    Qt.Key.Key_Down: (0, -1),
    Qt.Key.Key_Up: (0, 1),
}
_OTHERS: Mapping[int, int] = {Qt.Key.Key_PageUp: -1, Qt.Key.Key_PageDown: 1}
_RING = 17.0
Key = tuple[int, ...]


class Grasp(QObject):
    """Holds one grip of a panel's plots, and tells where the person moves it.

    `moved` carries the grip, the place in display units, None along an axis where it stays, and whether it moves alone.
    """

    moved = Signal(object, object, object, bool)
    taken = Signal(object)
    """A drag begins: the ranges of the plot by its key, which stay until it ends."""
    let_go = Signal()

    def __init__(self, panel: QWidget, figure_view: FigureView) -> None:
        super().__init__(panel)
        self._figure_view = figure_view
        self._viewport: QWidget | None = None
        self._key: Key | None = None
        self._drag: _Drag | None = None
        self._pressed: QPointF | None = None
        """Where a press found no grip, and a click may take one."""
        self._ring: pg.ScatterPlotItem | None = None
        self._ringed: PlotArea | None = None
        self._ink = ""
        panel.installEventFilter(self)

    @property
    def chosen(self) -> Key | None:
        """The grip that keys move."""
        return self._key

    def follow(self) -> None:
        """A figure has been drawn: the ring stays around the chosen grip, if that is still there."""
        if self._viewport is None:
            self._viewport = self._figure_view.canvas.viewport()
            self._viewport.setMouseTracking(True)
            self._viewport.installEventFilter(self)
        if self._drag is None and self._key is not None and self._place_of(self._key) is None:
            self._key = None
        self._show_ring()

    def show_theme(self, theme: Theme) -> None:
        """Draw the ring in the colours of this theme."""
        self._ink = theme.warn
        if self._ring is not None:
            self._ring.setPen(pg.mkPen(self._ink, width=2))

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if isinstance(event, QMouseEvent) and watched is self._viewport:
            return self._take_mouse(event)
        if isinstance(event, QKeyEvent) and watched is self.parent():
            return self._take_key(event)
        if event.type() == QEvent.Type.Hide and watched is self._viewport:
            self._release()
        elif event.type() == QEvent.Type.FocusOut and watched is self.parent():
            self._choose(None)
        return False

    # The mouse

    def _take_mouse(self, event: QMouseEvent) -> bool:
        at = self._figure_view.canvas.mapToScene(event.position().toPoint())
        match event.type():
            case QEvent.Type.MouseButtonPress if event.button() == Qt.MouseButton.LeftButton:
                return self._press(at, alone=bool(event.modifiers() & Qt.KeyboardModifier.ShiftModifier))
            case QEvent.Type.MouseMove if self._drag is not None:
                self._drag_to(self._drag, at)
                return True
            case QEvent.Type.MouseMove:
                self._show_cursor(Qt.CursorShape.OpenHandCursor if self._grip_at(at) else None)
            case QEvent.Type.MouseButtonRelease if self._drag is not None:
                self._release()
                return True
            case QEvent.Type.MouseButtonRelease if self._pressed is not None:
                pressed, self._pressed = self._pressed, None
                if (at - pressed).manhattanLength() <= _STILL:
                    self._click(at)
            case QEvent.Type.MouseButtonDblClick:
                self._pressed = None
        return False

    def _press(self, at: QPointF, *, alone: bool) -> bool:
        found = self._grip_at(at)
        self._choose(None if found is None else found[1])
        if found is None:
            self._pressed = at
            return False
        area, key = found
        self._drag = _Drag(area, at, self._scene_place(area, key) or at, alone=alone)
        self._show_cursor(Qt.CursorShape.ClosedHandCursor)
        return True

    def _click(self, at: QPointF) -> None:
        """Take the grip that goes anywhere to where the mouse has clicked."""
        for area, grips in self._grips():
            if grips.anywhere and area.plot is not None and area.box.sceneBoundingRect().contains(at):
                place = area.box.mapSceneToView(at)
                self.taken.emit({area.plot.key: area.display_range()})
                self.moved.emit(grips.anywhere, place.x(), place.y(), False)
                self.let_go.emit()

    def _drag_to(self, drag: "_Drag", at: QPointF) -> None:
        if not drag.begin(at) or self._key is None or drag.area.plot is None:
            return
        if not drag.told:
            drag.told = True
            self.taken.emit({drag.area.plot.key: drag.ranges})
        x, y = drag.place(at)
        self._figure_view.pointed.emit(at)
        self.moved.emit(self._key, x, y, drag.alone)
        self._show_ring()

    def _release(self) -> None:
        drag, self._drag = self._drag, None
        if drag is not None:
            self._show_cursor(None)
            if drag.told:
                self.let_go.emit()

    def _show_cursor(self, shape: Qt.CursorShape | None) -> None:
        if self._viewport is None:
            return
        if shape is None:
            self._viewport.unsetCursor()
        else:
            self._viewport.setCursor(shape)

    # The keys

    def _take_key(self, event: QKeyEvent) -> bool:
        key = event.key()
        known = key in _OTHERS or (self._key is not None and (key in _KEYS or key == Qt.Key.Key_Escape))
        if not known or not self._keys():
            return False
        if event.type() == QEvent.Type.ShortcutOverride:
            event.accept()  # so that an arrow is no shortcut of the window
            return True
        if event.type() != QEvent.Type.KeyPress:
            return False
        if key == Qt.Key.Key_Escape:
            self._choose(None)
        elif key in _OTHERS:
            self._choose_next(_OTHERS[key])
        else:
            self._nudge(*_KEYS[key], alone=bool(event.modifiers() & Qt.KeyboardModifier.ShiftModifier))
        return True

    def _choose_next(self, step: int) -> None:
        keys = self._keys()
        place = keys.index(self._key) + step if self._key in keys else 0 if step > 0 else -1
        self._choose(keys[place % len(keys)])

    def _nudge(self, across: int, up: int, *, alone: bool) -> None:
        found = None if self._key is None else self._place_of(self._key)
        if found is None or self._key is None:
            return
        area, (x, y) = found
        (left, right), (bottom, top) = area.display_range()
        to_x = x + across * _SHARE * (right - left) if across else None
        to_y = y + up * _SHARE * (top - bottom) if up else None
        self.moved.emit(self._key, to_x, to_y, alone)

    # Which grip

    def _choose(self, key: Key | None) -> None:
        self._key = key
        self._show_ring()

    def _grips(self) -> list[tuple[PlotArea, Grips]]:
        areas = self._figure_view.areas.values()
        return [(area, area.plot.grips) for area in areas if area.plot is not None and area.plot.grips is not None]

    def _keys(self) -> list[Key]:
        return [key for _, grips in self._grips() for key in grips.keys]

    def _place_of(self, key: Key) -> tuple[PlotArea, tuple[float, float]] | None:
        """Give the display place of a grip, or of one that stands for some of the same."""
        for same in (lambda other: other == key, lambda other: bool(set(other) & set(key))):
            for area, grips in self._grips():
                for x, y, other in zip(grips.x.tolist(), grips.y.tolist(), grips.keys, strict=True):
                    if same(other):
                        return area, (x, y)
        return None

    def _scene_place(self, area: PlotArea, key: Key) -> QPointF | None:
        found = self._place_of(key)
        return None if found is None else area.box.mapViewToScene(QPointF(*found[1]))

    def _grip_at(self, at: QPointF) -> tuple[PlotArea, Key] | None:
        """Give the nearest grip within reach of a point of the scene."""
        near = []
        for area, grips in self._grips():
            for x, y, key in zip(grips.x.tolist(), grips.y.tolist(), grips.keys, strict=True):
                away = area.box.mapViewToScene(QPointF(x, y)) - at
                near.append((max(abs(away.x()), abs(away.y())), area, key))
        nearest = min(near, key=lambda one: one[0], default=None)
        return None if nearest is None or nearest[0] > _REACH else nearest[1:]

    def _show_ring(self) -> None:
        """Put the ring around the chosen grip."""
        found = None if self._key is None else self._place_of(self._key)
        area = None if found is None else found[0]
        if area is not self._ringed:
            if self._ringed is not None and self._ring is not None:
                self._ringed.box.removeItem(self._ring)
            self._ring = None
            self._ringed = area
        if found is None or area is None:
            return
        if self._ring is None:
            self._ring = pg.ScatterPlotItem(pxMode=True, size=_RING, brush=None, pen=pg.mkPen(self._ink, width=2))
            self._ring.setZValue(40)
            area.box.addItem(self._ring, ignoreBounds=True)
        self._ring.setData([found[1][0]], [found[1][1]])


class _Drag:
    """A drag under way: where it began, and which axes it has gone along."""

    def __init__(self, area: PlotArea, at: QPointF, grip: QPointF, *, alone: bool) -> None:
        self.area = area
        self.alone = alone
        self.told = False
        self.ranges: tuple[Range, Range] = area.display_range()
        self._began = at
        self._away = grip - at
        self._goes = [False, False]

    def begin(self, at: QPointF) -> bool:
        """Note which way the mouse has gone; returns whether it has gone any."""
        gone = at - self._began
        self._goes = [self._goes[0] or abs(gone.x()) > _STILL, self._goes[1] or abs(gone.y()) > _STILL]
        return any(self._goes)

    def place(self, at: QPointF) -> tuple[float | None, float | None]:
        """Give the display place that the grip is dragged to, within the plot; None along an axis where it stays."""
        there = self.area.box.mapSceneToView(at + self._away)
        x, y = (
            min(max(value, low), high) if goes else None
            for value, (low, high), goes in zip((there.x(), there.y()), self.ranges, self._goes, strict=True)
        )
        return x, y
