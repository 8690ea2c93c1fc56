"""The order of Tab: every visible widget that takes keys, in reading order."""

from collections.abc import Iterator

from PySide6.QtCore import QPoint, Qt
from PySide6.QtWidgets import QDockWidget, QMainWindow, QScrollArea, QTabBar, QToolBar, QWidget

from gui.pane.spec_form import SpecForm
from gui.plots.panel.header import PanelHeader
from gui.plots.panel.panel_view import PanelView

_MARGIN = 12
_NEAR = 12
"""Pixels between tabs and the dock below them."""


def next_stop(window: QMainWindow, start: QWidget | None, *, forward: bool) -> QWidget | None:
    """Give the widget that Tab moves to from `start`, None if there is no other."""
    stops = tab_stops(window)
    if not stops:
        return None
    if start not in stops:
        return stops[0 if forward else -1]
    return stops[(stops.index(start) + (1 if forward else -1)) % len(stops)]


def tab_stops(window: QMainWindow) -> list[QWidget]:
    """List the stops of Tab: the toolbar, the form, then the panels by their places.

    Qt keeps hidden tabs outside the window, and its own order would include them.
    """
    docks = [dock for dock in window.findChildren(QDockWidget) if not dock.visibleRegion().isEmpty()]
    found = [widget for widget in _chain(window) if _takes_keys(widget) and _can_be_seen(widget)]
    return sorted(found, key=lambda widget: _place(widget, window, docks))


def bring_into_sight(widget: QWidget) -> None:
    """Scroll all areas around a widget so that it can be seen."""
    for parent in _parents(widget):
        if isinstance(parent, QScrollArea):
            parent.ensureWidgetVisible(widget, _MARGIN, _MARGIN)


def _chain(window: QWidget) -> Iterator[QWidget]:
    widget = window.nextInFocusChain()
    while widget is not None and widget is not window:
        yield widget
        widget = widget.nextInFocusChain()


def _takes_keys(widget: QWidget) -> bool:
    by_tab = Qt.FocusPolicy.TabFocus.value & widget.focusPolicy().value
    return bool(by_tab) and widget.isEnabled() and widget.focusProxy() is None


def _can_be_seen(widget: QWidget) -> bool:
    area = next((parent for parent in _parents(widget) if isinstance(parent, QScrollArea)), None)
    if area is not None:
        return widget.isVisibleTo(area) and _can_be_seen(area)
    return widget.isVisible() and not widget.visibleRegion().isEmpty()


def _parents(widget: QWidget) -> Iterator[QWidget]:
    parent = widget.parentWidget()
    while parent is not None:
        yield parent
        parent = parent.parentWidget()


def _place(widget: QWidget, window: QWidget, docks: list[QDockWidget]) -> tuple[int, int, int, int]:
    """Give a widget's place in the reading order: region, top, left, and rank within that place."""
    for parent in (widget, *_parents(widget)):
        if isinstance(parent, QToolBar):
            return (0, 0, 0, 0)
        if isinstance(parent, SpecForm):
            return (1, 0, 0, 0)
        if isinstance(parent, QTabBar):
            corner = parent.mapTo(window, QPoint(0, parent.height()))
            below = (_corner(dock, window) for dock in docks)
            top = next((at for at in below if (at - corner).manhattanLength() < _NEAR), corner)
            return (2, top.y(), top.x(), 0)
        if isinstance(parent, QDockWidget):
            top = _corner(parent, window)
            return (2, top.y(), top.x(), _rank(widget))
    return (2, -1, 0, 0)  # the note above them


def _rank(widget: QWidget) -> int:
    if any(isinstance(parent, PanelHeader) for parent in _parents(widget)):
        return 1
    return 2 if isinstance(widget, PanelView) else 3


def _corner(widget: QWidget, window: QWidget) -> QPoint:
    return widget.mapTo(window, QPoint(0, 0))
