"""The keeper: keeps runs in a thread of its own; who hands it one never waits for a disk."""

import logging
import threading
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from model.keeping.disk import Disk
from model.keeping.faults import StoreError
from model.keeping.record import RunRecord, State, record_of
from model.keeping.rows import KeptSummary
from model.keeping.store import Store
from model.training.engine import Engine
from model.words import Message

_log = logging.getLogger(__name__)

MOST_RUNS = 1000
MOST_BYTES = 2_000_000_000
_RETRY_SECONDS = 5.0
Order = Callable[[Store], None]


@dataclass(frozen=True, slots=True, eq=False)
class _Put:
    """A run to keep: in this state, or in that of its newest checkpoint if it is to be `lately` and that is later."""

    engine: Engine
    state: State | None
    lately: bool
    name: str
    training: bool


class Keeper:
    """Serves in one thread until it is closed; everything else may be called from any other.

    Parameters
    ----------
    path : of the database
    changed : called in the serving thread when `runs` or `trouble` have changed
    most_runs, most_bytes : how much is kept; the oldest that are not starred go first

    Attributes
    ----------
    trouble : why nothing can be written now, None while all is well; what there is to write waits
    said : what was found when the database was opened
    """

    def __init__(
        self,
        path: Path,
        changed: Callable[[], None] = lambda: None,
        *,
        disk: Disk | None = None,
        most_runs: int = MOST_RUNS,
        most_bytes: int = MOST_BYTES,
    ) -> None:
        self.trouble: Message | None = None
        self.said: tuple[Message, ...] = ()
        self._path, self._changed, self._disk = path, changed, disk
        self.most = most_runs, most_bytes
        self._condition = threading.Condition()
        self._puts: dict[int, _Put] = {}
        self._orders: deque[Order] = deque()
        self._ids: dict[int, int] = {}
        self._runs: dict[int, KeptSummary] = {}
        self._store: Store | None = None
        self._refused: _Put | None = None
        self._busy = False
        self._closing = False
        self._thread = threading.Thread(target=self._serve, name="keeping", daemon=True)

    def start(self) -> None:
        """Open the database, once and not after `close`, and keep what is handed over from now on."""
        if self._thread.ident is None and not self._closing:
            self._thread.start()

    # Orders, from any thread

    def keep(self, engine: Engine, *, training: bool, still: bool | None = None, name: str = "") -> None:
        """Keep a run as it stands; while it trains, or may not stand `still`, as it stood at its newest checkpoint."""
        lately = training if still is None else not still
        state = None if lately else State.now(engine)
        with self._condition:
            waiting = self._puts.get(engine.recording.run)
            if lately and waiting is not None:
                state = waiting.state
            self._puts[engine.recording.run] = _Put(engine, state, lately, name, training)
            self._condition.notify_all()

    def change(self, run: int, *, name: str | None = None, note: str | None = None, starred: bool | None = None,
               deleted: bool | None = None) -> None:  # fmt: skip
        """Rename, annotate, star, delete or restore a kept run."""

        def order(store: Store) -> None:
            store.change(run, name=name, note=note, starred=starred, deleted=deleted)
            self._refresh(store)

        self._order(order)

    def load(self, run: int, done: Callable[[KeptSummary, RunRecord], None]) -> None:
        """Read a kept run, and hand it to `done` in the serving thread; not if it cannot be read, which is said."""

        def order(store: Store) -> None:
            done(*store.get(run))

        self._order(order)

    def limit(self, runs: int, n_bytes: int) -> None:
        """Keep no more than so many runs, and bytes; starred ones are always kept."""
        if (runs, n_bytes) != self.most:
            self.most = runs, n_bytes
            self._order(self._open_list)

    def disown(self, run: int) -> None:
        """Note that the end of a run that was interrupted has been told."""
        self._order(lambda store: store.disown(run))

    def id_of(self, number: int) -> int | None:
        """Give the number under which the run of this number is kept, None where it is not yet."""
        return self._ids.get(number)

    def adopt(self, engine: Engine, run: int) -> None:
        """Know an engine as a kept run, which it was revived from."""
        self._ids[engine.recording.run] = run

    @property
    def runs(self) -> tuple[KeptSummary, ...]:
        """The kept runs, the oldest first."""
        return tuple(self._runs.values())

    @property
    def behind(self) -> bool:
        """Whether there is something to keep that is not written."""
        return bool(self._puts)

    def settle(self, timeout: float) -> bool:
        """Wait until all that was handed over is written; returns whether it is."""
        with self._condition:
            return self._condition.wait_for(lambda: not (self._puts or self._orders or self._busy), timeout)

    def close(self, timeout: float) -> bool:
        """Write what there is, and end; returns whether the thread has ended in time."""
        with self._condition:
            self._closing = True
            self._condition.notify_all()
        if self._thread.ident is not None:
            self._thread.join(timeout)
        return not self._thread.is_alive()

    # The thread

    def _serve(self) -> None:
        try:
            self._order(self._open_list)
            while self._await_work():
                self._work()
                if self.trouble is not None and self._closing:
                    break
        finally:
            if self._store is not None:
                self._store.close()

    def _await_work(self) -> bool:
        """Wait for something to do; after trouble, for a while; returns False at the end."""
        with self._condition:
            self._busy = False
            self._condition.notify_all()
            if self.trouble is not None:
                self._condition.wait_for(lambda: self._closing, _RETRY_SECONDS)
            self._condition.wait_for(lambda: self._puts or self._orders or self._closing)
            self._busy = bool(self._puts or self._orders)
            return self._busy

    def _work(self) -> None:
        """Carry out what is wanted; what fails for want of a disk is tried again."""
        try:
            store = self._opened()
        except StoreError as error:
            self._tell(error.message)
            return
        while True:
            with self._condition:
                order = self._orders.popleft() if self._orders else None
                number, put = next(iter(self._puts.items()), (0, None)) if order is None else (0, None)
            if order is None and put is None:
                break
            try:
                if order is not None:
                    order(store)
                elif put is not None:
                    self._write(store, number, put)
            except StoreError as error:
                if self._put_off(error, order, put):
                    return
            except Exception:  # noqa: BLE001  one run that cannot be kept is no reason to keep no other
                _log.exception("run %d cannot be kept", number)
                with self._condition:
                    self._puts.pop(number, None)
                continue
        if self.trouble is not None:
            self._tell(None)

    def _put_off(self, error: StoreError, order: Order | None, put: _Put | None) -> bool:
        """See to what has failed: to be tried again, or told and done with; returns whether to wait for a while."""
        with self._condition:
            if order is not None and error.passing:
                self._orders.appendleft(order)
        if error.passing or (put is not None and put is not self._refused):
            if not error.passing and self._store is not None:
                self._refused = put
                self._store.close()
                self._store = None  # it is looked at again when it is opened
            self._tell(error.message)
            return True
        self.said += (error.message,)
        if put is not None:
            with self._condition:
                self._puts.pop(put.engine.recording.run, None)
        self._changed()
        return False

    def _write(self, store: Store, number: int, put: _Put) -> None:
        states = [state for state in (put.state, State.lately(put.engine) if put.lately else None) if state is not None]
        state = max(states, key=lambda state: state.step, default=None)
        if state is not None:
            known = self._ids.get(number)
            record = record_of(put.engine, state)
            self._ids[number] = store.put(record, known, name=put.name, training=put.training)
            if not put.training:
                store.purge(*self.most)
        with self._condition:
            if self._puts.get(number) is put:
                del self._puts[number]
        if put.training and state is not None:
            self._runs |= {kept.id: kept for kept in store.summaries(self._ids[number])}
            self._changed()
        else:
            self._refresh(store)

    def _opened(self) -> Store:
        if self._store is not None and not self._store.stands:
            self._store.close()
            self._store = None  # what was in it is gone with the file; what comes is kept in a new one
        if self._store is None:
            self._store = Store(self._path, self._disk, check=True)
            self.said += self._store.said
        return self._store

    def _open_list(self, store: Store) -> None:
        store.purge(*self.most)
        self._refresh(store)

    def _refresh(self, store: Store) -> None:
        self._runs = {kept.id: kept for kept in store.summaries()}
        self._changed()

    def _order(self, order: Order) -> None:
        with self._condition:
            self._orders.append(order)
            self._condition.notify_all()

    def _tell(self, trouble: Message | None) -> None:
        self.trouble = trouble
        self._changed()
