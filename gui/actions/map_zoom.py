"""Zooming into a map: what is in sight is trained as finely as the whole was."""

from dataclasses import replace
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, QTimer, Signal, Slot

from gui.plots.panel.panel_view import PanelView

if TYPE_CHECKING:
    from model.sweeps.table import Table

_REST_MS = 350
"""How long the axes rest before what they show is trained."""


class MapZoom(QObject):
    """Follows the axes of the map; the whole map comes back, as far as it was, when the axes are fitted to it.

    Attributes
    ----------
    wanted : a Table to train: of what is in sight, or the whole again
    """

    wanted = Signal(object)

    def __init__(self, view: PanelView) -> None:
        super().__init__(view)
        self._view = view
        self._whole: Table | None = None
        self._inner: Table | None = None
        self._rest = QTimer(self)
        self._rest.setSingleShot(True)
        self._rest.setInterval(_REST_MS)
        self._rest.timeout.connect(self._look)
        view.faced.connect(self._begin)

    @Slot()
    def _begin(self) -> None:
        self._view.face.figure_view.ranged.connect(self._take)

    @Slot()
    def _take(self) -> None:
        area = self._view.areas().get("map")
        if area is None or self._table is None:
            return
        if area.is_manual:
            self._rest.start()
            return
        self._rest.stop()
        if self._whole is not None and self._inner is not None and self._inner.sweep == self._table.sweep:
            whole, self._whole = self._whole, None
            self.wanted.emit(whole)

    @property
    def _table(self) -> "Table | None":
        table = self._view.view.sweep
        return table if table is not None and table.sweep.y is not None else None

    @Slot()
    def _look(self) -> None:
        """Ask for what is in sight, where that is not what the map has."""
        from model.figures.panels.swept import within
        from model.sweeps.table import Table

        area, table = self._view.areas().get("map"), self._table
        if area is None or table is None or not area.is_manual:
            return
        axes = within(table.sweep, area.display_range())
        if axes is None:
            return
        if self._inner is None or self._inner.sweep != table.sweep:
            self._whole = table
        self._inner = Table(replace(table.sweep, x=axes[0], y=axes[1]), table.about)
        self.wanted.emit(self._inner)
