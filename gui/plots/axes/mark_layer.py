"""The marks of one plot on the screen: an item for each, kept from figure to figure."""

import pyqtgraph as pg
from PySide6.QtCore import Qt, SignalInstance

from gui.plots.marks.mark_items import MarkItem, item_for
from gui.plots.marks.plot_wide import PlotWideItem, Ranges
from model.figures.figure import Guide, Mark, Plot, View
from model.figures.palette import Theme
from model.figures.stacking import visible_marks

_BELOW = 1e6
"""How deep marks lie below the cursor and the words."""
_LOOKS = ("ghost", "raised", "filled", "faint", "dash", "steady", "signed")


class MarkLayer:
    """Makes items when a mark first comes, gives them new data while it stays, and takes them away when it goes."""

    def __init__(self, box: pg.ViewBox, failed: SignalInstance) -> None:
        self._box = box
        self._failed = failed
        self._items: dict[str, MarkItem] = {}
        self._kinds: dict[str, object] = {}
        self._styles: dict[str, object] = {}

    @property
    def items(self) -> dict[str, MarkItem]:
        """The items by the keys of their marks."""
        return dict(self._items)

    def show_marks(self, plot: Plot, view: View, ranges: Ranges, theme: Theme, n_layers: int) -> None:
        """Show every visible mark of a plot within these ranges, and nothing else."""
        shown = {mark.key: mark for mark in visible_marks(plot, view)}
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
            style = (mark.role, n_layers, theme.name, *(getattr(mark, look, False) for look in _LOOKS))
            if self._styles[key] != style:
                self._styles[key] = style
                item.show_theme(mark, theme, n_layers)  # type: ignore[arg-type]
            item.setZValue(height - _BELOW)
            item.show_mark(mark, ranges, width, log=log)  # type: ignore[arg-type]


def _kind(mark: Mark) -> object:
    """Tell marks apart that one item cannot both show."""
    return type(mark), mark.direction if isinstance(mark, Guide) else ""
