"""The share of the window that each place has, so that a window that shrinks and grows again looks as before."""

from collections.abc import Mapping

from PySide6.QtCore import QSize, Qt
from PySide6.QtWidgets import QDockWidget, QMainWindow, QTabBar

_DIRECTIONS = (Qt.Orientation.Horizontal, Qt.Orientation.Vertical)


class Shares:
    """The sizes of places as the user left them, and the size of the window at that time.

    When a window shrinks, Qt takes space from any dock that can give it, and when it grows, gives it to another. So the
    sizes for a new window size are always computed from those of the user, never from the last ones.
    """

    def __init__(self, window: QMainWindow, in_sight: Mapping[str, QDockWidget]) -> None:
        self._room = window.size()
        self._sizes = {name: _place_size(window, dock) for name, dock in in_sight.items()}

    def apply(self, window: QMainWindow, docks: Mapping[str, QDockWidget]) -> None:
        """Give each place that is not hidden its share of the room that `window` has now."""
        shown = {name: size for name, size in self._sizes.items() if not docks[name].isHidden()}
        for direction in _DIRECTIONS:
            factor = _along(window.size(), direction) / max(1, _along(self._room, direction))
            wanted = [round(_along(size, direction) * factor) for size in shown.values()]
            window.resizeDocks([docks[name] for name in shown], wanted, direction)


def _place_size(window: QMainWindow, dock: QDockWidget) -> QSize:
    """Measure a dock including the tabs above it, as `resizeDocks` expects."""
    tabbed = any(not other.isHidden() for other in window.tabifiedDockWidgets(dock))
    bars = [bar.height() for bar in window.findChildren(QTabBar) if bar.isVisible()]
    return dock.size() + QSize(0, max(bars, default=0) if tabbed else 0)


def _along(size: QSize, direction: Qt.Orientation) -> int:
    return size.width() if direction == Qt.Orientation.Horizontal else size.height()
