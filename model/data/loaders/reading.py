"""The guarded way into a file: opened once, only if it is a regular file, and read under caps."""

import math
import os
import stat
from collections.abc import Callable
from pathlib import Path
from types import TracebackType
from typing import Protocol, Self

import numpy as np
import numpy.typing as npt

from model.data.dataset import DataError, never
from model.foreign_text import showable
from model.words import echo, human_bytes, msg

# Samples are held as float64, so this many cells are 2 GB: CIFAR-10 (1.8e8) fits, and what scaling and
# splitting copy still fits into the memory of an ordinary machine.
MAX_CELLS = 250_000_000
# A 180 × 180 colour picture; beyond that a fully connected first layer is no longer what is wanted.
MAX_COLUMNS = 100_000
# Pictures and tables shrink 2 to 100 times. Only nonsense shrinks more, and harms only when large.
MAX_RATIO = 500
RATIO_MATTERS_ABOVE = 10_000_000
# One read never asks for more, so a length that lies inside a file cannot fill the memory.
BLOCK = 4_000_000
_LONGEST_TITLE = 40

Numbers = npt.NDArray[np.generic]


class Stream(Protocol):
    """Anything that gives at most n bytes, and b"" at its end."""

    def read(self, n: int = ..., /) -> bytes: ...


class Source:
    """A regular file open for reading; each read is at most BLOCK long and can be cancelled.

    Everything is read through the one descriptor that was checked, so a file that is replaced
    meanwhile changes nothing.

    Raises
    ------
    DataError
        If the path is not a regular file or cannot be opened.
    """

    def __init__(self, path: Path, cancelled: Callable[[], bool] = never) -> None:
        self.path = path
        self.title = title(path)
        self.shown = echo(path.name or str(path))
        self._cancelled = cancelled
        self._check(status_of(path))
        # Should the path have become a pipe since, O_NONBLOCK keeps the opening from waiting for a writer.
        flags = os.O_RDONLY | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_CLOEXEC", 0) | getattr(os, "O_BINARY", 0)
        try:
            descriptor = os.open(path, flags)
        except (OSError, ValueError) as error:
            raise unreadable(path, error) from None
        self._file = os.fdopen(descriptor, "rb")
        try:
            status = os.fstat(descriptor)
            self._check(status)
        except BaseException:
            self._file.close()
            raise
        self.size = status.st_size

    def _check(self, status: os.stat_result) -> None:
        if not stat.S_ISREG(status.st_mode):
            raise DataError(msg("{path} is not a regular file; choose an NPZ, CSV or IDX file.", path=self.shown))
        if status.st_size == 0:
            raise DataError(msg("{path} is empty.", path=self.shown))

    def read(self, n: int = -1, /) -> bytes:
        """Read at most n bytes, or all that is left; raises DataError if that is more than BLOCK."""
        if self._cancelled():
            raise DataError(msg("Reading was cancelled."))
        if n < 0:
            n = max(0, self.size - self._file.tell())
        if n > BLOCK:
            raise damaged(self.shown)
        return self._file.read(n)

    def seek(self, offset: int, whence: int = os.SEEK_SET, /) -> int:
        return self._file.seek(offset, whence)

    def seekable(self) -> bool:
        return True

    def tell(self) -> int:
        return self._file.tell()

    def head(self, n: int) -> bytes:
        """Look at the first n bytes and go back to the beginning."""
        self.seek(0)
        start = self.read(n)
        self.seek(0)
        return start

    def __enter__(self) -> Self:
        return self

    def __exit__(self, _kind: type[BaseException] | None, _error: object, _trace: TracebackType | None) -> None:
        self._file.close()


def title(path: Path) -> str:
    """Give a file's name as it can be shown: printable, and not too long."""
    return showable(path.name or str(path), _LONGEST_TITLE)


def status_of(path: Path) -> os.stat_result:
    """Ask for the status of a path; raises DataError where there is none."""
    try:
        return path.stat()
    except (OSError, ValueError) as error:
        raise unreadable(path, error) from None


def is_folder(path: Path) -> bool:
    """Whether a path is a folder; raises DataError where nothing is there."""
    return stat.S_ISDIR(status_of(path).st_mode)


def unreadable(path: Path, error: Exception) -> DataError:
    """Make the error that repeats why the system refused a path."""
    why = getattr(error, "strerror", None) or str(error)
    return DataError(msg("{path} cannot be read: {why}.", path=echo(path.name or str(path)), why=why))


def damaged(shown: str) -> DataError:
    """Make the error for content that contradicts itself; `shown` is a name that was already echoed."""
    return DataError(msg("{name} is damaged or incomplete; get or save it again.", name=shown))


def check_length(shown: str, shape: tuple[int, ...], needed: int, held: int) -> None:
    """Refuse an array whose file is longer or shorter, in bytes, than its shape needs."""
    if needed != held:
        raise DataError(
            msg(
                "{name} is damaged: shape {shape} needs {needed:,} bytes and {held:,} are there. Get or save it again.",
                name=shown,
                shape=shape_text(shape),
                needed=needed,
                held=held,
            )
        )


def check_size(shown: str, shape: tuple[int, ...]) -> None:
    """Refuse an array by its shape alone, before anything is allocated for it."""
    cells, columns = math.prod(shape), math.prod(shape[1:])
    if columns > MAX_COLUMNS:
        raise DataError(
            msg(
                "{name} has {n} columns; at most {limit:,} can be taken. Leave some out.",
                name=shown,
                n=short_number(columns),
                limit=MAX_COLUMNS,
            )
        )
    if cells > MAX_CELLS:
        raise DataError(
            msg(
                "{name} of shape {shape} would need {size}; at most {limit} can be taken. Leave some rows out.",
                name=shown,
                shape=shape_text(shape),
                size=human_bytes(8 * cells) if cells < 10**18 else "…",
                limit=human_bytes(8 * MAX_CELLS),
            )
        )


def check_ratio(shown: str, packed: int, expanded: int) -> None:
    """Refuse compressed data that would grow as only a decompression bomb does."""
    if expanded > RATIO_MATTERS_ABOVE and expanded > MAX_RATIO * max(packed, 1):
        raise DataError(
            msg(
                "{name} would grow from {packed} to {expanded}, more than any real data; save it uncompressed.",
                name=shown,
                packed=human_bytes(packed),
                expanded=human_bytes(expanded),
            )
        )


def short_number(n: int) -> str:
    """Write a count so that it stays readable, however large a file claims it to be."""
    return f"{n:,}" if n < 10**15 else "10^15 or more"


def shape_text(shape: tuple[int, ...]) -> str:
    """Write a shape as NumPy does, (1500, 64), with absurd lengths cut short."""
    parts = [str(length) if length < 10**15 else "…" for length in shape[:6]] + ["…"] * (len(shape) > 6)
    return f"({', '.join(parts)}{',' if len(parts) == 1 else ''})"


def fill(stream: Stream, stored: np.dtype[np.generic], target: npt.DTypeLike, count: int, shown: str) -> Numbers:
    """Read exactly `count` numbers and then the end of the stream.

    Parameters
    ----------
    stored : the type in the file, in any byte order
    target : the type to give them back in

    Returns
    -------
    (count,) array of dtype `target`; what is too large for it is inf
    """
    numbers = np.empty(count, dtype=target)
    step = max(1, BLOCK // (4 * stored.itemsize))
    for start in range(0, count, step):
        wanted = min(step, count - start) * stored.itemsize
        block = exactly(stream, wanted, shown)
        with np.errstate(over="ignore", invalid="ignore"):
            numbers[start : start + step] = np.frombuffer(block, dtype=stored)
    if stream.read(1):
        raise damaged(shown)
    return numbers


def exactly(stream: Stream, n: int, shown: str) -> bytes:
    """Read n bytes, in as many pieces as the stream gives them; raises DataError if it ends before."""
    pieces: list[bytes] = []
    while n > 0:
        piece = stream.read(n)
        if not piece:
            raise damaged(shown)
        pieces.append(piece)
        n -= len(piece)
    return b"".join(pieces)
