"""Compared runs in all panels alike: what is shown, pointed at or hidden in one is so in every other."""

from collections.abc import Mapping
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Slot

from gui.plots.panel.panel_view import PanelView
from model.figures.figure import Compared

if TYPE_CHECKING:
    from model.insight.seed_runs import SeedRuns
    from model.sweeps.table import Table


class SharedRuns(QObject):
    """Keeps the compared runs of the panels together."""

    def __init__(self, panels: Mapping[str, PanelView], parent: QObject) -> None:
        super().__init__(parent)
        self._views = [view for view in panels.values() if "compared" in view.panel.options]
        self._sweeping = [view for view in panels.values() if "sweep" in view.panel.options]
        self._banded = [view for view in panels.values() if "seeds" in view.panel.options]
        for view in self._views:
            view.run_pointed.connect(self._raise)
            view.run_hidden.connect(self._hide)

    def show(self, compared: tuple[Compared, ...]) -> None:
        """Draw these runs beside the present one, from the next frame on."""
        for view in self._views:
            view.view = view.view.with_(compared=compared)

    def show_seeds(self, seeds: "SeedRuns | None") -> None:
        """Draw the band of these runs behind the curves; None draws none."""
        for view in self._banded:
            view.set_view(seeds=seeds)

    def show_sweep(self, table: "Table | None") -> None:
        """Show what is known of a sweep; None shows none."""
        for view in self._sweeping:
            view.set_view(sweep=table)

    @Slot(int)
    def _raise(self, run: int) -> None:
        """Bring a run to the fore, 0 for none."""
        for view in self._views:
            if view.view.compared and view.view.raised != run:
                view.set_view(raised=run)

    @Slot(str, bool)
    def _hide(self, key: str, hidden: bool) -> None:  # noqa: FBT001  Qt's signal says so
        """Hide a run, or show it again."""
        for view in self._views:
            if (key in view.view.hidden) != hidden:
                view.set_view(hidden=view.view.hidden | {key} if hidden else view.view.hidden - {key})
