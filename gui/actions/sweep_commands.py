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
    from collections.abc import Callable

    from model.sweeps.sweep import Sweep
    from model.sweeps.table import Table

_MOST_UNASKED = 10_000
"""Points of a picture's sweep that are trained when it is opened."""


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
        self._offered: Sweep | None = None
        self.glimpsing = Glimpsing(session)
        Glimpses(dashboard.panels["map"], self.glimpsing)
        self._zoom = MapZoom(dashboard.panels["map"], self.sweeping)
        self._zoom.entered.connect(self._train_part)
        self._zoom.left.connect(self._bring_back)

    @Slot()
    def do_sweep(self) -> None:
        """Ask what to sweep; while points are being trained, pause."""
        if self.sweeping.active:
            self.sweeping.pause()
            return
        from gui.compare.sweep_dialog import SweepDialog  # which no start waits for

        session, offered = self._session, self._offered
        if offered is not None and offered.base.data_request != session.spec.data_request:
            offered = None  # its samples are no longer those of the window
        dialog = SweepDialog(session.spec, session.data, self.sweeping.unfinished(), offered, self._window)
        dialog.wanted.connect(self.start)
        dialog.resumed.connect(self.go_on)
        dialog.finished.connect(self.sweeping.changed)  # the button goes back up where nothing was begun
        dialog.finished.connect(dialog.deleteLater)
        dialog.open()

    @Slot(object)
    def start(self, sweep: "Sweep") -> None:
        """Begin, and show what comes of it."""
        self._offered = None
        self._zoom.forget()
        self._begin(lambda: self.sweeping.start(sweep))

    @Slot(object)
    def go_on(self, table: "Table") -> None:
        """Go on with what is there of a sweep."""
        self._zoom.forget()
        self._begin(lambda: self.sweeping.go_on(table), table.n_done)

    @Slot(object)
    def start_again(self, sweep: "Sweep") -> None:
        """Make the sweep of a picture again, where it is small and in nobody's way; else offer it."""
        table = self.sweeping.table
        if table is not None and table.sweep.identity() == sweep.identity():
            self.sweeping.grown.emit(table.as_now())
        elif self.sweeping.active or self.sweeping.unfinished() or sweep.n_points > _MOST_UNASKED:
            self._offered = sweep
            self.said.emit(str(msg("The picture shows a sweep of {n:,} points; Sweep… offers it.", n=sweep.n_points)))
        else:
            self._zoom.forget()
            self._begin(lambda: self.sweeping.start(sweep, keep=False))

    @Slot(object)
    def _train_part(self, sweep: "Sweep") -> None:
        """Train the part of a map that is in sight; the file keeps the whole."""
        self._begin(lambda: self.sweeping.start(sweep, keep=False))

    @Slot(object)
    def _bring_back(self, table: "Table") -> None:
        """Show the whole of a map again, and go on with it unless somebody has paused."""
        if self.sweeping.is_paused:
            self.sweeping.show(table)
        else:
            keep = table is self.sweeping.kept
            self._begin(lambda: self.sweeping.go_on(table, keep=keep), table.n_done)

    def _begin(self, begin: "Callable[[], None]", n_done: int = 0) -> None:
        self._began, self._at_first = time.monotonic(), n_done
        try:
            begin()
        except (DataError, SpecError) as error:
            self._tell_fault(str(error))
            return
        table = self.sweeping.table
        name = "response" if table is None or table.sweep.y is None else "map"
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
