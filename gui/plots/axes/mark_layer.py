"""The marks of one plot on the screen: an item for each, kept from figure to figure."""

import pyqtgraph as pg
from PySide6.QtCore import Qt, SignalInstance

from gui.look.text_size import text_size
from gui.plots.marks.mark_items import MarkItem, item_for
from gui.plots.marks.plot_wide import PlotWideItem, Ranges
from gui.plots.marks.still_lines import StillLinesItem
from model.figures.figure import Guide, Line, Mark, Plot, View
from model.figures.legend import is_compared
from model.figures.palette import Theme
from model.figures.stacking import visible_marks

_BELOW = 1e6
"""How deep marks lie below the cursor and the words."""
_MANY = 4
"""Curves of compared runs from which on they are one item."""
_LOOKS = ("ghost", "raised", "filled", "faint", "dash", "steady", "signed")


class MarkLayer:
    """Makes items when a mark first comes, gives them new data while it stays, and takes them away when it goes."""

    def __init__(self, box: pg.ViewBox, failed: SignalInstance) -> None:
        self._box = box
        self._failed = failed
        self._items: dict[str, MarkItem] = {}
        self._kinds: dict[str, object] = {}
        self._styles: dict[str, object] = {}
        self._still: StillLinesItem | None = None
        self._still_keys: tuple[str, ...] = ()

    @property
    def items(self) -> dict[str, MarkItem | StillLinesItem]:
        """The items by the keys of their marks."""
        still = {} if self._still is None else dict.fromkeys(self._still_keys, self._still)
        return {**self._items, **still}

    def show_marks(self, plot: Plot, view: View, ranges: Ranges, theme: Theme, n_layers: int) -> None:
        """Show every visible mark of a plot within these ranges, and nothing else."""
        marks = visible_marks(plot, view)
        still = [mark for mark in marks if isinstance(mark, Line) and is_compared(mark) and not mark.raised]
        if len(still) < _MANY:
            still = []
        self._show_still(still, plot, ranges, theme, n_layers)
        shown = {mark.key: mark for mark in marks if mark.key not in self._still_keys}
        for key in [key for key, kind in self._kinds.items() if key not in shown or kind != _kind(shown[key])]:
            self._box.removeItem(self._items.pop(key))
            del self._kinds[key], self._styles[key]
        width, log = self._box.width(), (plot.x.log, plot.y.log)
        for height, (key, mark) in enumerate(shown.items()):
            if key not in self._items:
                self._items[key], self._kinds[key], self._styles[key] = item_for(mark), _kind(mark), None
                self._box.addItem(self._items[key], ignoreBounds=True)
                if isinstance(self._items[key], PlotWideItem):  # painting comes to its end before the item goes
                    self._items[key].failed.connect(self._failed, Qt.ConnectionType.QueuedConnection)
            item = self._items[key]
            style = (mark.role, n_layers, theme.name, text_size(), *(getattr(mark, look, False) for look in _LOOKS))
            if self._styles[key] != style:
                self._styles[key] = style
                item.show_theme(mark, theme, n_layers)  # type: ignore[arg-type]
            item.setZValue(height - _BELOW)
            item.show_mark(mark, ranges, width, log=log)  # type: ignore[arg-type]

    def _show_still(self, lines: list[Line], plot: Plot, ranges: Ranges, theme: Theme, n_layers: int) -> None:
        """Show the curves of many compared runs in one item, below all that is of the present one."""
        self._still_keys = tuple(line.key for line in lines)
        if not lines:
            if self._still is not None:
                self._box.removeItem(self._still)
                self._still = None
            return
        if self._still is None:
            self._still = StillLinesItem()
            self._box.addItem(self._still, ignoreBounds=True)
            self._still.failed.connect(self._failed, Qt.ConnectionType.QueuedConnection)
            self._still.setZValue(-1 - _BELOW)
        log = plot.x.log, plot.y.log
        self._still.show_lines(lines, ranges, self._box.width(), theme, n_layers, log=log)


def _kind(mark: Mark) -> object:
    """Tell marks apart that one item cannot both show."""
    return type(mark), mark.direction if isinstance(mark, Guide) else ""
