"""Sweeping: the runs of a sweep trained in the background, while everything else goes on."""

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

    from model.data.dataset import Dataset
    from model.sweeps.sweep import Sweep
    from model.sweeps.table import Table

_LAST_SECONDS = 3.0
_SHOW_EVERY = 0.12
_SHOW_SHARE = 0.1
"""The most of its time that the training of a sweep spends on showing what it has so far."""
_SAVE_EVERY, _SAVE_SHARE = 10.0, 0.05


class Sweeping(QObject):
    """Trains one sweep at a time; what is finished is kept in a file, from which a later start goes on.

    Attributes
    ----------
    table : what is known of the last sweep; None where there was none, or it is no longer wanted
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
        self._thread: threading.Thread | None = None
        self._saving = threading.Lock()
        self.table: Table | None = None
        self._arrived.connect(self._take)
        self._ended.connect(self._end)
        self._rated.connect(self._show_rates)

    @property
    def active(self) -> bool:
        """Whether points are being trained."""
        return self._stop is not None

    def unfinished(self) -> "Table | None":
        """Give the sweep that could go on: the paused one, or that of an earlier start."""
        from model.sweeps.table import SweepFileError, Table

        if self.table is None and self._file.exists():
            try:
                self.table = Table.load(self._file)
            except SweepFileError:  # of a newer version, or damaged: nothing that anybody asked for
                return None
        return None if self.table is None or self.table.is_whole else self.table

    def start(self, sweep: "Sweep") -> None:
        """Train these points; what was under way ends."""
        from model.sweeps.table import About, Table

        self.go_on(Table(sweep, About.of(self._session.data)))

    def go_on(self, table: "Table") -> None:
        """Train what is missing in a table; raises DataError and SpecError where its samples cannot be had."""
        from model.data.prepare import load

        self.pause()
        self.stop()
        sweep, session = table.sweep, self._session
        same = sweep.base.data_request == session.spec.data_request
        data = session.data if same else load(sweep.base.data_request)
        sweep.check(data)
        self._stop, self.table = threading.Event(), table
        self._thread = threading.Thread(target=self._work, args=(table, data, self._stop), name="sweeping", daemon=True)
        self._thread.start()
        if sweep.beside_rate is not None and table.stable_rates is None:
            threading.Thread(target=self._rate, args=(table, data, self._stop), name="rates", daemon=True).start()
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
        if self._thread is None:
            return True
        self._thread.join(_LAST_SECONDS)
        return not self._thread.is_alive()

    # In threads of their own

    def _work(self, table: "Table", data: "Dataset", stop: threading.Event) -> None:
        """Train the points that a table does not have."""
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
        if table is self.table:
            self._save(table)

    def _rate(self, table: "Table", data: "Dataset", stop: threading.Event) -> None:
        """Find the learning rates that are stable at the start."""
        from model.insight.sharpness import stable_rates

        step_back()
        rates = stable_rates(table.sweep.specs_beside_rate(), data, stop.is_set)
        if not stop.is_set():
            table.stable_rates = rates
            self._rated.emit(table)

    def _save(self, table: "Table") -> None:
        from model.files import FileError

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
            if not self.active:
                self._save(table)

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
