"""Sweeping: the runs of a sweep trained in the background, while everything else goes on."""

import logging
import threading
import time
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal, Slot

from gui.live.patience import step_back
from gui.live.session import Session

if TYPE_CHECKING:  # loaded when first wanted
    import numpy as np
    import numpy.typing as npt

    from model.data.dataset import DataRequest, Dataset
    from model.sweeps.sweep import Sweep
    from model.sweeps.table import Table

_log = logging.getLogger(__name__)

_LAST_SECONDS = 3.0
_SHOW_EVERY = 0.12
_SHOW_SHARE = 0.1
"""The most of its time that the training of a sweep spends on showing what it has so far."""
_SAVE_EVERY, _SAVE_SHARE = 10.0, 0.05


class Sweeping(QObject):
    """Trains one sweep at a time; what is finished is kept in a file, from which a later start goes on.

    Attributes
    ----------
    table : what is known of the sweep that is shown; None where there was none, or it is no longer wanted
    kept : what the file holds: the last sweep that somebody asked for, not a part of it that was looked at
    grown : more points are finished, with the Table so far
    changed : it has begun, paused or ended
    failed : it ended by an exception, with its words
    """

    grown = Signal(object)
    changed = Signal()
    failed = Signal(str)
    _arrived = Signal(object, object)
    _ended = Signal(object, str)
    _rated = Signal(object)

    def __init__(self, session: Session, file: Path) -> None:
        super().__init__(session)
        self._session = session
        self._file = file
        self._stop: threading.Event | None = None
        self._given_up = threading.Event()
        self._thread: threading.Thread | None = None
        self._saving = threading.Lock()
        self.table: Table | None = None
        self.kept: Table | None = None
        self._arrived.connect(self._take)
        self._ended.connect(self._end)
        self._rated.connect(self._show_rates)

    @property
    def active(self) -> bool:
        """Whether points are being trained."""
        return self._stop is not None

    @property
    def is_paused(self) -> bool:
        """Whether the sweep that is shown could go on, and does not."""
        return not self.active and self.table is not None and not self.table.is_whole

    def unfinished(self) -> "Table | None":
        """Give the sweep that could go on: the paused one, or that of an earlier start."""
        from model.sweeps.table import SweepFileError, Table

        if self.kept is None and self._file.exists():
            try:
                self.kept = Table.load(self._file)
            except SweepFileError:  # of a newer version, or damaged: nothing that anybody asked for
                return None
        return None if self.kept is None or self.kept.is_whole else self.kept

    def start(self, sweep: "Sweep", *, keep: bool = True) -> None:
        """Train these points; raises DataError and SpecError where that cannot be done.

        Parameters
        ----------
        keep : whether they take the place of what the file holds
        """
        from model.sweeps.table import About, Table

        data = self._samples(sweep.base.data_request)
        self._begin(Table(sweep, About.of(data)), data, keep=keep)

    def go_on(self, table: "Table", *, keep: bool = True) -> None:
        """Train what is missing in a table; as `start` does."""
        self._begin(table, self._samples(table.sweep.base.data_request), keep=keep)

    def show(self, table: "Table") -> None:
        """Show a table, and train nothing."""
        self.pause()
        self.table = table
        self.grown.emit(table.as_now())
        self.changed.emit()

    def pause(self) -> None:
        """Train no more; what is finished stays, and can go on."""
        if self._stop is not None:
            self._stop.set()
            self._stop = None
            if self.table is not None:
                self.grown.emit(self.table.as_now())
            self.changed.emit()

    def stop(self) -> bool:
        """Train no more, and wait for the thread; returns whether it has ended."""
        if self._stop is not None:
            self._stop.set()
            self._stop = None
        self._given_up.set()
        if self._thread is None:
            return True
        self._thread.join(_LAST_SECONDS)
        return not self._thread.is_alive()

    def _samples(self, request: "DataRequest") -> "Dataset":
        from model.data.prepare import load

        return self._session.data if request == self._session.spec.data_request else load(request)

    def _begin(self, table: "Table", data: "Dataset", *, keep: bool) -> None:
        table.sweep.check(data)
        self.pause()
        self.stop()
        self._stop, self._given_up, self.table = threading.Event(), threading.Event(), table
        if keep:
            self.kept = table
        self._thread = threading.Thread(
            target=self._work, args=(table, data, self._stop, self._given_up), name="sweeping", daemon=True
        )
        self._thread.start()
        self.grown.emit(table.as_now())
        self.changed.emit()

    # In a thread of its own

    def _work(self, table: "Table", data: "Dataset", stop: threading.Event, given_up: threading.Event) -> None:
        """Train the points that a table does not have, and then look at what theory says of them."""
        from model.sweeps.crew import Threads, chunks_of

        step_back()
        crew = Threads(stepper=self._session.run.stepper, prepare=step_back)
        shown, saved = _Pace(_SHOW_EVERY, _SHOW_SHARE), _Pace(_SAVE_EVERY, _SAVE_SHARE)
        saved.note()

        def take(places: "npt.NDArray[np.int64]", rows: "npt.NDArray[np.float64]") -> None:
            table.take(places, rows)
            if shown.is_due():
                self._arrived.emit(stop, table.as_now())
                shown.note()
            if saved.is_due():
                self._save(table)
                saved.note()

        try:
            crew.work(table.sweep, data, table.missing(chunks_of(table.sweep, data, crew)), take, stop)
        except (Exception, MemoryError) as error:  # noqa: BLE001  whatever it is, the window says it
            self._ended.emit(stop, str(error) or type(error).__name__)
        else:
            self._ended.emit(stop, "")
        self._save(table)
        if table.is_whole and table.stable_rates is None and table.sweep.beside_rate is not None:
            self._rate(table, data, given_up)  # not before: it asks for Python's lock so often that frames come late

    def _rate(self, table: "Table", data: "Dataset", given_up: threading.Event) -> None:
        """Find the learning rates that are stable at the start."""
        from model.insight.sharpness import stable_rates

        try:
            rates = stable_rates(table.sweep, data, given_up.is_set)
        except Exception:  # noqa: BLE001  the map does without that line
            _log.exception("no stable rates were found for a map")
            return
        if not given_up.is_set():
            table.stable_rates = rates
            self._rated.emit(table)
            self._save(table)

    def _save(self, table: "Table") -> None:
        from model.files import FileError

        if table is not self.kept:
            return
        try:
            with self._saving:
                self._file.parent.mkdir(parents=True, exist_ok=True)
                table.save(self._file)
        except (FileError, OSError):  # the window has it still; nobody has named this file
            return

    # In that of the window

    @Slot(object)
    def _show_rates(self, table: "Table") -> None:
        if table is self.table:
            self.grown.emit(table.as_now())

    @Slot(object, object)
    def _take(self, stop: threading.Event, table: "Table") -> None:
        if stop is self._stop:
            self.grown.emit(table)

    @Slot(object, str)
    def _end(self, stop: threading.Event, fault: str) -> None:
        if stop is self._stop:
            self._stop = None
            if self.table is not None:
                self.grown.emit(self.table.as_now())
            self.changed.emit()
            if fault:
                self.failed.emit(fault)


class _Pace:
    """Says when to show more: now and then, and the less often the longer it takes."""

    def __init__(self, every: float, share: float) -> None:
        self._every = every
        self._share = share
        self._next = self._asked = 0.0

    def is_due(self) -> bool:
        self._asked = time.monotonic()
        return self._asked >= self._next

    def note(self) -> None:
        now = time.monotonic()
        self._next = now + max(self._every, (now - (self._asked or now)) / self._share)
