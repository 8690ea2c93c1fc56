"""Zooming into a map: what is in sight is trained as finely as the whole was."""

from dataclasses import replace
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, QTimer, Signal, Slot

from gui.live.sweeping import Sweeping
from gui.plots.panel.panel_view import PanelView

if TYPE_CHECKING:
    from model.sweeps.sweep import Sweep
    from model.sweeps.table import Table

_REST_MS = 350
"""How long the axes rest before what they show is trained."""


class MapZoom(QObject):
    """Follows the axes of the map, unless somebody has paused its sweep.

    Attributes
    ----------
    entered : a Sweep of what is in sight is to be trained
    left : the axes are fitted again, and the Table of the whole is to come back
    """

    entered = Signal(object)
    left = Signal(object)

    def __init__(self, view: PanelView, sweeping: Sweeping) -> None:
        super().__init__(view)
        self._view = view
        self._sweeping = sweeping
        self._whole: Table | None = None
        self._inner: Sweep | None = None
        self._rest = QTimer(self)
        self._rest.setSingleShot(True)
        self._rest.setInterval(_REST_MS)
        self._rest.timeout.connect(self._look)
        view.faced.connect(self._begin)

    def forget(self) -> None:
        """Show all of whatever sweep comes next."""
        self._whole = self._inner = None
        self._rest.stop()
        for area in self._view.areas().values():
            area.fit()

    @Slot()
    def _begin(self) -> None:
        self._view.face.figure_view.ranged.connect(self._take)

    @Slot()
    def _take(self) -> None:
        area = self._view.areas().get("map")
        if area is not None and area.is_manual:
            self._rest.start()
            return
        self._rest.stop()
        if self._whole is not None:
            whole, self._whole, self._inner = self._whole, None, None
            self.left.emit(whole)

    @Slot()
    def _look(self) -> None:
        """Ask for what is in sight, where that is not what the map has."""
        from model.figures.panels.swept import within

        area, table = self._view.areas().get("map"), self._sweeping.table
        if area is None or not area.is_manual or table is None or table.sweep.y is None or self._sweeping.is_paused:
            return
        axes = within(table.sweep, area.display_range())
        if axes is None:
            return
        if self._inner is None or self._inner != table.sweep:
            self._whole = table
        self._inner = replace(table.sweep, x=axes[0], y=axes[1])
        self.entered.emit(self._inner)
