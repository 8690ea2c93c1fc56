"""What the action does that sweeps a knob or two."""

import time
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal, Slot
from PySide6.QtWidgets import QWidget

from gui.actions.map_zoom import MapZoom
from gui.live.glimpsing import Glimpsing
from gui.live.session import Session
from gui.live.sweeping import Sweeping
from gui.messages import Messages
from gui.plots.dashboard import Dashboard
from gui.plots.panel.glimpses import Glimpses
from model.data.dataset import DataError
from model.training.knob import SpecError
from model.words import clock, echo, msg

if TYPE_CHECKING:
    from model.sweeps.sweep import Sweep
    from model.sweeps.table import Table


class SweepCommands(QObject):
    """Carries out `sweep`, and shows how far the points are.

    Attributes
    ----------
    said : how far they are, in words
    """

    said = Signal(str)

    def __init__(self, window: QWidget, session: Session, dashboard: Dashboard, messages: Messages, file: Path) -> None:
        super().__init__(window)
        self._window = window
        self._session = session
        self._dashboard = dashboard
        self._messages = messages
        self._began, self._at_first = 0.0, 0
        self.sweeping = Sweeping(session, file)
        self.sweeping.grown.connect(self._show)
        self.sweeping.failed.connect(self._tell_fault)
        self.glimpsing = Glimpsing(session)
        Glimpses(dashboard.panels["map"], self.glimpsing)
        MapZoom(dashboard.panels["map"]).wanted.connect(self.go_on)

    @Slot()
    def do_sweep(self) -> None:
        """Ask what to sweep; while points are being trained, pause."""
        if self.sweeping.active:
            self.sweeping.pause()
            return
        from gui.compare.sweep_dialog import SweepDialog  # which no start waits for

        dialog = SweepDialog(self._session.spec, self._session.data, self.sweeping.unfinished(), self._window)
        dialog.wanted.connect(self.start)
        dialog.resumed.connect(self.go_on)
        dialog.finished.connect(self.sweeping.changed)  # the button goes back up where nothing was begun
        dialog.finished.connect(dialog.deleteLater)
        dialog.open()

    @Slot(object)
    def start(self, sweep: "Sweep") -> None:
        """Begin, and show what comes of it."""
        from model.sweeps.table import About, Table

        self.go_on(Table(sweep, About.of(self._session.data)))

    @Slot(object)
    def start_again(self, sweep: "Sweep") -> None:
        """Make the sweep of a picture again, unless it is there."""
        table = self.sweeping.table
        if table is None or table.sweep.identity() != sweep.identity():
            self.start(sweep)

    @Slot(object)
    def go_on(self, table: "Table") -> None:
        """Go on with what is there of a sweep."""
        self._began, self._at_first = time.monotonic(), table.n_done
        try:
            self.sweeping.go_on(table)
        except (DataError, SpecError) as error:
            self._tell_fault(str(error))
            return
        name = "response" if table.sweep.y is None else "map"
        if not self._dashboard.panels[name].in_sight:  # a maximised panel stays so
            self._dashboard.reveal(name)

    @Slot(object)
    def _show(self, table: "Table") -> None:
        self._dashboard.runs.show_sweep(table)
        n, whole = table.n_done, table.sweep.n_points
        if table.is_whole:
            self.said.emit(str(msg("All {n:,} points of the sweep are trained.", n=whole)))
        elif not self.sweeping.active:
            self.said.emit(str(msg("Paused at {n:,} of {whole:,} points; Sweep… goes on.", n=n, whole=whole)))
        elif n > self._at_first:
            left = (time.monotonic() - self._began) / (n - self._at_first) * (whole - n)
            self.said.emit(str(msg("{n:,} of {whole:,} points, about {left} left", n=n, whole=whole, left=clock(left))))
        else:
            self.said.emit(str(msg("Training {n:,} points…", n=whole)))

    @Slot(str)
    def _tell_fault(self, why: str) -> None:
        self._messages.tell(msg("The sweep cannot go on."), msg("{why}", why=echo(why, 300)))
