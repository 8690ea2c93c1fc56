"""The one way to the disk that the store takes, so that every step of it can be made to fail in a test."""

import sqlite3
from collections.abc import Sequence
from pathlib import Path

_BUSY_SECONDS = 2.0
"""How long another program on the same data is waited for."""


class Disk:
    """Opens a database, sends it statements, and moves files."""

    def open(self, path: Path) -> sqlite3.Connection:
        """Open a database, and make it and its folder where there is none."""
        path.parent.mkdir(parents=True, exist_ok=True)
        # transactions begin and end where the store says so
        return sqlite3.connect(path, timeout=_BUSY_SECONDS, isolation_level=None, check_same_thread=False)

    def open_to_read(self, path: Path) -> sqlite3.Connection:
        """Open a database that is there, without changing it."""
        return sqlite3.connect(f"{path.absolute().as_uri()}?mode=ro", uri=True, check_same_thread=False)

    def execute(self, connection: sqlite3.Connection, statement: str, values: Sequence[object] = ()) -> sqlite3.Cursor:
        """Carry out one statement."""
        return connection.execute(statement, values)

    def move(self, old: Path, new: Path) -> None:
        """Give a file another name."""
        old.rename(new)
