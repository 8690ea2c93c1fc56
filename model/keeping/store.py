"""The store: kept runs in an SQLite database. Nothing else knows of tables; everything from outside is checked."""

import itertools
import json
import os
import sqlite3
import struct
import time
import weakref
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import numpy as np

from model.keeping.disk import Disk
from model.keeping.record import RunRecord
from model.keeping.rows import SUMMARY, KeptSummary, check, joined, summary_of
from model.words import Message, echo, msg

VERSION = 1
_MARK = b"SQLite format 3\0"
_PART_BYTES = 1 << 20
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


class StoreError(Exception):
    """The store cannot do what was asked; `message` says why."""

    def __init__(self, message: Message) -> None:
        super().__init__(str(message))
        self.message = message


class Store:
    """The database at a path; for one thread at a time. What fails raises StoreError, and leaves it as it was.

    Attributes
    ----------
    said : what was found to be wrong when it was opened, and what was done about it
    """

    def __init__(self, path: Path, disk: Disk | None = None, *, check: bool = False) -> None:
        self._path = path
        self._disk = disk or Disk()
        self.said: tuple[Message, ...] = ()
        with _told(path):
            self._set_aside_foreign()
            try:
                self._connect(check=check)
            except sqlite3.DatabaseError as error:
                if isinstance(error, sqlite3.OperationalError):
                    raise
                self._connection.close()
                self._set_aside()
                self._connect(check=False)
            self._inode = path.stat().st_ino

    def close(self) -> None:
        """Let go of the file."""
        with suppress(sqlite3.Error):
            self._connection.close()

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

        Parameters
        ----------
        run : the number of the run, None for a new one
        training : whether this process still trains it
        """
        with self._transaction():
            known = run is not None and self._one("SELECT COUNT(*) FROM runs WHERE id = ?", run)[0] > 0
            if not known:
                run = self._insert(record, name)
            assert run is not None  # noqa: S101  it has just been given
            self._write_summary(run, record, owner=os.getpid() if training else 0)
            self._write_arrays(run, record)
            self._run(
                "UPDATE runs SET bytes = (SELECT TOTAL(LENGTH(data)) FROM arrays WHERE run = id) WHERE id = ?", run
            )
        return run

    def summaries(self, run: int | None = None) -> list[KeptSummary]:
        """Give all runs, the oldest first, or one; those that cannot be read are left out, which is `said`."""
        which, values = ("", ()) if run is None else ("AND id = ? ", (run,))
        with _told(self._path):
            rows = self._run(f"SELECT {SUMMARY} FROM runs WHERE deleted = 0 {which}ORDER BY id", *values).fetchall()  # noqa: S608  ours
        found, damaged = [], 0
        for row in rows:
            try:
                found.append(summary_of(row))
            except Exception:  # noqa: BLE001  a damaged row fails in a dozen ways
                damaged += 1
        if damaged:
            one, many = "1 kept run is damaged and left out.", "{n} kept runs are damaged and left out."
            self.said = (msg(one if damaged == 1 else many, n=damaged),)
        return found

    def get(self, run: int) -> tuple[KeptSummary, RunRecord]:
        """Give a run with all that is kept of it."""
        with _told(self._path):
            row = self._run(f"SELECT {SUMMARY} FROM runs WHERE id = ? AND deleted = 0", run).fetchone()  # noqa: S608
            if row is None:
                raise StoreError(msg("There is no kept run {run}.", run=run))
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
        """Rename, annotate, star or delete a run, which can be undone until `purge`."""
        values = {"name": name, "note": note, "starred": starred, "deleted": deleted}
        with self._transaction():
            for column, value in values.items():
                if value is not None:
                    kept = value if isinstance(value, str) else int(value)
                    self._run(f"UPDATE runs SET {column} = ? WHERE id = ?", kept, run)  # noqa: S608  one of ours

    def purge(self, most_runs: int, most_bytes: int) -> None:
        """Remove deleted runs, and the oldest that are neither starred nor trained while there is more than that."""
        with self._transaction():
            gone = [row[0] for row in self._run("SELECT id FROM runs WHERE deleted = 1")]
            rows = self._run(
                "SELECT id, bytes, starred OR owner FROM runs WHERE deleted = 0 ORDER BY 3 DESC, id DESC"
            ).fetchall()
            count = size = 0
            newest = max((row[0] for row in rows), default=0)
            for run, held, fixed in rows:
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
        weakref.finalize(self, self._connection.close)
        (version,) = self._one("PRAGMA user_version")
        if version > VERSION:
            self._connection.close()
            raise StoreError(
                msg("{path} was written by a newer version of this program and is left alone.", path=_shown(self._path))
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
        with _told(self._path):
            self._run("BEGIN IMMEDIATE")
            try:
                yield
                self._run("COMMIT")
            except BaseException:
                with suppress(sqlite3.Error):
                    self._connection.rollback()
                raise

    def _run(self, statement: str, *values: object) -> sqlite3.Cursor:
        return self._disk.execute(self._connection, statement, values)

    def _one(self, statement: str, *values: object) -> tuple[Any, ...]:
        found: tuple[Any, ...] = self._run(statement, *values).fetchone()
        return found

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
            held = 0
            if name in _GROWING:
                held = int(self._one("SELECT COALESCE(MAX(first + json_extract(shape, '$[0]')), 0) FROM arrays "
                                     "WHERE run = ? AND name = ?", run, name)[0])  # fmt: skip
            if held > len(array) or name not in _GROWING:
                self._run("DELETE FROM arrays WHERE run = ? AND name = ?", run, name)
                held = 0
            rows = max(1, _PART_BYTES // max(1, array[:1].nbytes)) if name in _GROWING else max(1, len(array))
            for first in range(held, max(len(array), held + (not held)), rows):
                part = np.ascontiguousarray(array[first : first + rows])
                part = part.astype(part.dtype.newbyteorder("<"), copy=False)
                self._run("INSERT INTO arrays VALUES (?, ?, ?, ?, ?, ?)", run, name, first, part.dtype.str,
                          json.dumps(part.shape), part.tobytes())  # fmt: skip


def _shown(path: Path) -> str:
    return echo(str(path), 200)


@contextmanager
def _told(path: Path) -> Iterator[None]:
    """Turn what a database or a disk raises into a StoreError that says what to mend."""
    try:
        yield
    except sqlite3.OperationalError as error:
        raise StoreError(msg("{path}: {why}.", path=_shown(path), why=_why(str(error)))) from error
    except sqlite3.Error as error:
        raise StoreError(msg("{path} is damaged: {why}.", path=_shown(path), why=echo(str(error), 100))) from error
    except OSError as error:
        why = error.strerror or str(error)
        raise StoreError(msg("{path}: {why}.", path=_shown(path), why=echo(why, 100))) from error


def _why(said: str) -> str:
    known = {"full": "the disk is full", "locked": "another program holds it", "readonly": "it is read-only",
             "unable to open": "it cannot be opened"}  # fmt: skip
    return next((words for part, words in known.items() if part in said), echo(said, 100))
