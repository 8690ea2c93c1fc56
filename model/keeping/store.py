"""The store: kept runs in an SQLite database. Nothing else knows of tables; everything from outside is checked."""

import itertools
import json
import math
import sqlite3
import struct
import time
import weakref
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np

from model.keeping.disk import Disk
from model.keeping.faults import StoreError, no_run, shown, told
from model.keeping.owner import lives, me
from model.keeping.record import Array, RunRecord
from model.keeping.rows import SUMMARY, KeptSummary, check, climbs_of, joined, summary_of
from model.training.parting import NO_CLIMB
from model.words import Message, msg

VERSION = 1
_OF_ALL = "SELECT run, name, kind, shape, data FROM arrays WHERE name IN ('eval_steps', 'evaluations')"
_EVALUATIONS = (f"{_OF_ALL} ORDER BY run, name, first", f"{_OF_ALL} AND run = ? ORDER BY run, name, first")
"""What tells how accuracies rose: of all runs, and of one."""
_MARK = b"SQLite format 3\0"
_PART_BYTES = 1 << 20
_MOST_TRIED = 100_000
"""Numbers of runs that are tried in a damaged database that cannot list them."""
_GROWING = ("by_step", "eval_steps", "evaluations", "updates")
"""Arrays that only get more rows while a run goes on."""
_SCHEMA = (
    """CREATE TABLE runs (
        id INTEGER PRIMARY KEY AUTOINCREMENT, name TEXT NOT NULL, note TEXT NOT NULL, starred INTEGER NOT NULL,
        begun REAL NOT NULL, spec TEXT NOT NULL, schedule TEXT NOT NULL, step INTEGER NOT NULL, target INTEGER NOT NULL,
        ended_by TEXT NOT NULL, numbers BLOB NOT NULL, diverged_at INTEGER NOT NULL, eval_interval INTEGER NOT NULL,
        diverged_param INTEGER NOT NULL, passed INTEGER NOT NULL, owner INTEGER NOT NULL, bytes INTEGER NOT NULL,
        deleted INTEGER NOT NULL,
        CHECK (typeof(step) = 'integer' AND typeof(numbers) = 'blob' AND length(numbers) = 24)
    )""",
    """CREATE TABLE arrays (
        run INTEGER NOT NULL, name TEXT NOT NULL, first INTEGER NOT NULL, kind TEXT NOT NULL, shape TEXT NOT NULL,
        data BLOB NOT NULL, PRIMARY KEY (run, name, first), CHECK (typeof(data) = 'blob')
    )""",
)


class Store:
    """The database at a path; for one thread at a time. What fails raises StoreError, and leaves it as it was.

    Attributes
    ----------
    said : what was found to be wrong when it was opened, and what was done about it
    """

    def __init__(self, path: Path, disk: Disk | None = None, *, check: bool = False) -> None:
        self._path = path
        self._disk = disk or Disk()
        self._aside = ""
        self.said: tuple[Message, ...] = ()
        with told(path):
            self._set_aside_foreign()
            self._finish_saving()
            try:
                self._connect(check=check)
            except sqlite3.DatabaseError as error:
                if isinstance(error, sqlite3.OperationalError):
                    raise
                self._connection.close()
                self._save_what_can_be_read()
                self._connect(check=False)
            self._inode = path.stat().st_ino

    def close(self) -> None:
        """Let go of the file."""
        with suppress(sqlite3.Error):
            self._connection.close()

    def become_one_file(self) -> None:
        """Let go of the file, with nothing beside it, so that it can be moved in one step."""
        with told(self._path):
            self._run("PRAGMA wal_checkpoint(TRUNCATE)")
            self._run("PRAGMA journal_mode = DELETE")
        self.close()

    @property
    def stands(self) -> bool:
        """Whether the file is still the one that was opened: a deleted one takes writes and loses them."""
        try:
            return self._path.stat().st_ino == self._inode
        except OSError:
            return False

    # Runs

    def put(self, record: RunRecord, run: int | None = None, *, name: str = "", training: bool = False) -> int:
        """Keep a run, or what has come to one that is kept; returns its number.

        What is kept never becomes less: of an earlier state nothing is taken but that nobody trains the run any more.

        Parameters
        ----------
        run : the number of the run, None for a new one; one that has gone another way since gets a number of its own
        training : whether this process still trains it
        """
        with self._transaction():
            owner = me() if training else 0
            if run is None or not self._is_of(run, record):
                run = self._insert(record, name)
            elif record.summary.step < self._one("SELECT step FROM runs WHERE id = ?", run)[0]:
                self._run("UPDATE runs SET owner = ? WHERE id = ?", owner, run)
                return run
            self._write_summary(run, record, owner)
            self._write_arrays(run, record)
            self._run(
                "UPDATE runs SET bytes = (SELECT TOTAL(LENGTH(data)) FROM arrays WHERE run = id) WHERE id = ?", run
            )
        return run

    def summaries(self, run: int | None = None) -> list[KeptSummary]:
        """Give all runs, the oldest first, or one; those that cannot be read are left out, which is `said`."""
        which, values = ("", ()) if run is None else ("AND id = ? ", (run,))
        with told(self._path):
            rows = self._run(f"SELECT {SUMMARY} FROM runs WHERE deleted = 0 {which}ORDER BY id", *values).fetchall()  # noqa: S608  ours
            climbs = climbs_of(self._run(_EVALUATIONS[run is not None], *values).fetchall())
        found, damaged = [], 0
        for row in rows:
            try:
                kept = summary_of(row)
                found.append(replace(kept, climb=climbs.get(kept.id, NO_CLIMB)))
            except Exception:  # noqa: BLE001  a damaged row fails in a dozen ways
                damaged += 1
        if damaged:
            one, many = "1 kept run is damaged and left out.", "{n} kept runs are damaged and left out."
            self.said = (msg(one if damaged == 1 else many, n=damaged),)
        return found

    def get(self, run: int) -> tuple[KeptSummary, RunRecord]:
        """Give a run with all that is kept of it."""
        if not 0 < run < 1 << 63:
            raise no_run(run)
        with told(self._path):
            row = self._run(f"SELECT {SUMMARY} FROM runs WHERE id = ? AND deleted = 0", run).fetchone()  # noqa: S608
            if row is None:
                raise no_run(run)
            more = self._one("SELECT eval_interval, diverged_param, passed FROM runs WHERE id = ?", run)
            arrays_of = "SELECT name, kind, shape, data FROM arrays WHERE run = ? ORDER BY name, first"
            parts = self._run(arrays_of, run).fetchall()
        try:
            kept = summary_of(row)
            interval, param, passed = (int(value) for value in more)
            arrays = {name: joined(list(group)) for name, group in itertools.groupby(parts, key=lambda part: part[0])}
            record = RunRecord(kept.summary, interval, param, passed, arrays)
            check(record)
        except Exception:  # noqa: BLE001  a damaged row fails in a dozen ways
            raise StoreError(msg("The kept run {run} is damaged.", run=run)) from None
        return kept, record

    def change(self, run: int, *, name: str | None = None, note: str | None = None, starred: bool | None = None,
               deleted: bool | None = None) -> None:  # fmt: skip
        """Rename, annotate, star or delete a run, which can be undone while this process lives, until `purge`."""
        gone = None if deleted is None else me() if deleted else 0
        values = {"name": name, "note": note, "starred": starred, "deleted": gone}
        if not 0 < run < 1 << 63:
            raise no_run(run)
        with self._transaction():
            for column, value in values.items():
                if value is not None:
                    kept = value if isinstance(value, str) else int(value)
                    changed = self._run(f"UPDATE runs SET {column} = ? WHERE id = ?", kept, run)  # noqa: S608  ours
                    if not changed.rowcount:
                        raise no_run(run)

    def renumber(self, run: int, number: int, *, begun: float, owner: int) -> None:
        """Give a run the number, the time and the owner that it had elsewhere; the number must be free."""
        with self._transaction():
            values = number, begun, owner, run
            self._run("UPDATE runs SET id = ?, begun = ?, owner = ? WHERE id = ?", *values)
            self._run("UPDATE arrays SET run = ? WHERE run = ?", number, run)

    def purge(self, most_runs: int, most_bytes: int, *, own: bool = False) -> None:
        """Remove deleted runs, and the oldest that are neither starred nor trained while there is more than that.

        Of the deleted ones those stay which a process that lives may bring back; this one's go if `own` says so.
        """
        with self._transaction():
            deleted = self._run("SELECT id, CAST(deleted AS INTEGER) FROM runs WHERE deleted != 0").fetchall()
            gone = [run for run, by in deleted if (own if by == me() else not lives(by))]
            # cast, for a damaged row may hold anything
            rows = self._run(
                "SELECT id, COALESCE(CAST(bytes AS INTEGER), 0), starred, CAST(owner AS INTEGER) FROM runs "
                "WHERE deleted = 0 ORDER BY id DESC"
            ).fetchall()
            count = size = 0
            newest = max((row[0] for row in rows), default=0)
            # what stays takes its room first
            kept = [(run, held, bool(starred) or (owner != 0 and lives(owner))) for run, held, starred, owner in rows]
            for run, held, fixed in sorted(kept, key=lambda row: not row[2]):
                count, size = count + 1, size + held
                if not fixed and run != newest and (count > most_runs or size > most_bytes):
                    gone.append(run)
                    count, size = count - 1, size - held
            for run in gone:
                self._run("DELETE FROM arrays WHERE run = ?", run)
                self._run("DELETE FROM runs WHERE id = ?", run)

    def disown(self, run: int) -> None:
        """Note that nobody trains a run any more, and that this has been told."""
        with self._transaction():
            self._run("UPDATE runs SET owner = 0 WHERE id = ?", run)

    # Within

    def _connect(self, *, check: bool) -> None:
        self._connection = self._disk.open(self._path)
        self._connection.text_factory = _text
        weakref.finalize(self, self._connection.close)
        (version,) = self._one("PRAGMA user_version")
        if version > VERSION:
            self._connection.close()
            raise StoreError(
                msg("{path} was written by a newer version of this program and is left alone.", path=shown(self._path))
            )
        self._run("PRAGMA journal_mode = WAL")
        self._run("PRAGMA synchronous = NORMAL")
        if check and self._one("PRAGMA quick_check(1)")[0] != "ok":
            raise sqlite3.DatabaseError("quick_check")
        if version == 0:
            with self._transaction():
                if self._one("PRAGMA user_version")[0] == 0:  # another process may have been quicker
                    for statement in _SCHEMA:
                        self._run(statement)
                    self._run(f"PRAGMA user_version = {VERSION}")
        try:
            for columns, table in ((f"{SUMMARY}, eval_interval, diverged_param, passed, bytes, deleted", "runs"),
                                   ("run, name, first, kind, shape, data", "arrays")):  # fmt: skip
                self._run(f"SELECT {columns} FROM {table} LIMIT 0")  # noqa: S608  ours
        except sqlite3.OperationalError as error:
            if "no such" in str(error):
                raise sqlite3.DatabaseError(str(error)) from error
            raise

    @property
    def _saved(self) -> Path:
        """Where the runs of a damaged database are gathered; it stands alone only once that is done."""
        return self._path.with_name(f"{self._path.name}.saved")

    def _finish_saving(self) -> None:
        """Go on where a program ended while it saved what could be read of a damaged database."""
        for ending in ("-wal", "-shm", ""):
            part = Path(f"{self._saved}{ending}")
            if part.exists() and self._path.exists():
                part.unlink()  # it was not finished: the damaged one has all
            elif part.exists() and not ending:
                self._disk.move(part, self._path)

    def _save_what_can_be_read(self) -> None:
        """Set a damaged database aside, and begin with those of its runs that can still be read."""
        n, found = 0, 0
        with suppress(sqlite3.Error):  # it may be damaged so that it cannot even be opened
            old = _Damaged(self._path, self._disk)
            n, found = old.copy(self._saved)
            old.close()
        self._set_aside()
        if found:
            self._disk.move(self._saved, self._path)
            text = "The database of kept runs was damaged and set aside as {name}; {found} of its {n} runs were saved."
            self.said = (msg(text, name=self._aside, found=found, n=n),)

    def _set_aside_foreign(self) -> None:
        """Move a file away that is no database, or the beginning of one."""
        if not self._path.exists():
            return
        with self._path.open("rb") as file:
            head = file.read(len(_MARK))
        if head and head != _MARK:
            self._set_aside()

    def _set_aside(self) -> None:
        """Give a damaged database, with what belongs to it, a name of its own; nothing is deleted."""
        stem = f"{self._path.name}.corrupt-{time.strftime('%Y%m%d-%H%M%S')}"
        free = next(n for n in itertools.count() if not self._path.with_name(f"{stem}{f'-{n}' if n else ''}").exists())
        aside = self._path.with_name(f"{stem}{f'-{free}' if free else ''}")
        self._aside = aside.name
        for ending in ("-wal", "-shm", ""):
            part = Path(f"{self._path}{ending}")
            if part.exists():
                self._disk.move(part, Path(f"{aside}{ending}"))
        self.said = (
            msg(
                "The database of kept runs was damaged. It was set aside as {name}; new runs are kept.", name=aside.name
            ),
        )

    @contextmanager
    def _transaction(self) -> Iterator[None]:
        with told(self._path):
            self._run("BEGIN IMMEDIATE")
            try:
                yield
                self._run("COMMIT")
            except BaseException:
                with suppress(sqlite3.Error):
                    self._connection.rollback()
                raise

    def _run(self, statement: str, *values: object) -> sqlite3.Cursor:
        try:
            return self._disk.execute(self._connection, statement, values)
        except UnicodeDecodeError as error:  # of what it says of a damaged table
            raise sqlite3.DatabaseError("a table is damaged") from error

    def _one(self, statement: str, *values: object) -> tuple[Any, ...]:
        found: tuple[Any, ...] = self._run(statement, *values).fetchone()
        return found

    def _is_of(self, run: int, record: RunRecord) -> bool:
        """Whether a kept run is the one of a record, earlier or later: the same as far as both go.

        It may be another one that took the number in a new file, or one that two programs have gone on with.
        """
        kept = self._run("SELECT spec, eval_interval, schedule, step FROM runs WHERE id = ?", run).fetchone()
        if kept is None or kept[:2] != (record.summary.spec.to_json(), record.eval_interval):
            return False
        common = min(kept[3], record.summary.step)
        both = json.loads(kept[2]), record.summary.schedule
        edits = [[tuple(edit) for edit in edits if edit[0] < common] for edits in both]
        return edits[0] == edits[1] and all(self._agrees(run, name, record.arrays[name]) for name in _GROWING)

    def _agrees(self, run: int, name: str, array: Array) -> bool:
        """Whether the last row that is both kept and in an array is the same there and here."""
        held, size = min(len(array), self._held(run, name, array)), _row_bytes(array)
        if held == 0:
            return True
        (kept,) = self._one("SELECT SUBSTR(data, 1 + (? - first) * ?, ?) FROM arrays WHERE run = ? AND name = ? "
                            "AND first < ? ORDER BY first DESC", held - 1, size, size, run, name, held)  # fmt: skip
        return bool(kept == _little(array[held - 1 : held]).tobytes())

    def _held(self, run: int, name: str, array: Array) -> int:
        """Count the rows that are kept of an array."""
        return int(self._one("SELECT COALESCE(MAX(first + LENGTH(data) / ?), 0) FROM arrays WHERE run = ? AND name = ?",
                             _row_bytes(array), run, name)[0])  # fmt: skip

    def _insert(self, record: RunRecord, name: str) -> int:
        columns = (
            "name, note, starred, begun, spec, schedule, step, target, ended_by, numbers, diverged_at, eval_interval, "
            "diverged_param, passed, owner, bytes, deleted"
        )
        values = (
            name,
            "",
            0,
            time.time(),
            record.summary.spec.to_json(),
            "[]",
            0,
            0,
            "",
            bytes(24),
            -1,
            1,
            -1,
            0,
            0,
            0,
            0,
        )
        marks = ", ".join("?" * len(values))
        return int(self._run(f"INSERT INTO runs ({columns}) VALUES ({marks})", *values).lastrowid or 0)  # noqa: S608

    def _write_summary(self, run: int, record: RunRecord, owner: int) -> None:
        summary = record.summary
        numbers = struct.pack("<3d", summary.loss, summary.train_accuracy, summary.test_accuracy)
        values = (
            json.dumps(summary.schedule, allow_nan=False), summary.step, summary.target, summary.ended_by, numbers,
            summary.diverged_at, record.eval_interval, record.diverged_param, record.passed, owner,
        )  # fmt: skip
        self._run(
            "UPDATE runs SET schedule = ?, step = ?, target = ?, ended_by = ?, numbers = ?, diverged_at = ?, "
            "eval_interval = ?, diverged_param = ?, passed = ?, owner = ? WHERE id = ?", *values, run,
        )  # fmt: skip

    def _write_arrays(self, run: int, record: RunRecord) -> None:
        """Write the rows that have come, and everything else anew."""
        for name, array in record.arrays.items():
            held = self._held(run, name, array) if name in _GROWING else 0
            if held > len(array) or name not in _GROWING:
                self._run("DELETE FROM arrays WHERE run = ? AND name = ?", run, name)
                held = 0
            rows = max(1, _PART_BYTES // _row_bytes(array)) if name in _GROWING else max(1, len(array))
            for first in range(held, max(len(array), held + (not held)), rows):
                part = _little(array[first : first + rows])
                self._run("INSERT INTO arrays VALUES (?, ?, ?, ?, ?, ?)", run, name, first, part.dtype.str,
                          json.dumps(part.shape), part.tobytes())  # fmt: skip


class _Damaged(Store):
    """A damaged database, opened to be read as far as that goes; it is not changed."""

    def __init__(self, path: Path, disk: Disk) -> None:
        self._path = path
        self._disk = disk
        self.said = ()
        self._connection = disk.open_to_read(path)
        self._connection.text_factory = _text

    def copy(self, into: Path) -> tuple[int, int]:
        """Copy the runs that can be read into a new database; returns how many there were, and how many are copied.

        Nothing stays of a new one without any run.
        """
        ids, found = self._ids(), 0
        if ids:
            new = Store(into, self._disk)
            for run in ids:
                with suppress(StoreError, sqlite3.Error):
                    kept, record = self.get(run)
                    (owner,) = self._one("SELECT CAST(owner AS INTEGER) FROM runs WHERE id = ?", run)
                    number = new.put(record, name=kept.name)
                    new.change(number, note=kept.note, starred=kept.starred)
                    new.renumber(number, run, begun=kept.begun, owner=owner)
                    found += 1
            new.become_one_file()
        if not found:
            into.unlink(missing_ok=True)
        return len(ids), found

    def _ids(self) -> list[int]:
        """List the runs; where the list itself is damaged, every number that was ever given out."""
        try:
            return [int(run) for (run,) in self._run("SELECT id FROM runs WHERE deleted = 0 ORDER BY id")]
        except (sqlite3.Error, TypeError, ValueError):
            pass
        try:
            (last,) = self._one("SELECT CAST(seq AS INTEGER) FROM sqlite_sequence WHERE name = 'runs'")
            return list(range(1, min(int(last), _MOST_TRIED) + 1))
        except (sqlite3.Error, TypeError, ValueError):
            return []


def _row_bytes(array: Array) -> int:
    return array.dtype.itemsize * math.prod(array.shape[1:])


def _text(raw: bytes) -> str:
    return raw.decode(errors="replace")  # so that a damaged row spoils no other


def _little(array: Array) -> Array:
    """Give an array as it is kept: in one piece, the lowest byte first."""
    part = np.ascontiguousarray(array)
    return part.astype(part.dtype.newbyteorder("<"), copy=False)
