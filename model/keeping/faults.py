"""What goes wrong with a disk or a database, in words that say what to mend."""

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from model.foreign_text import showable
from model.words import Message, echo, msg


class StoreError(Exception):
    """The store cannot do what was asked; `message` says why, and `passing` whether it may do it later."""

    def __init__(self, message: Message, *, passing: bool = False) -> None:
        super().__init__(str(message))
        self.message = message
        self.passing = passing


def no_run(run: int) -> StoreError:
    """Say that there is no such run."""
    return StoreError(msg("There is no kept run {run}.", run=showable(str(run), 40)))


def shown(path: Path) -> str:
    """Give a path as it is shown."""
    return echo(str(path), 200)


@contextmanager
def told(path: Path) -> Iterator[None]:
    """Turn what a database or a disk raises into a StoreError that says what to mend."""
    try:
        yield
    except sqlite3.OperationalError as error:
        raise StoreError(msg("{path}: {why}.", path=shown(path), why=_why(str(error))), passing=True) from error
    except sqlite3.Error as error:
        raise StoreError(msg("{path} is damaged: {why}.", path=shown(path), why=echo(str(error), 100))) from error
    except OSError as error:
        why = error.strerror or str(error)
        raise StoreError(msg("{path}: {why}.", path=shown(path), why=echo(why, 100)), passing=True) from error


def _why(said: str) -> str:
    known = {"full": "the disk is full", "locked": "another program holds it", "readonly": "it is read-only",
             "unable to open": "it cannot be opened"}  # fmt: skip
    return next((words for part, words in known.items() if part in said), echo(said, 100))
