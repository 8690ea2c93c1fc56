"""A growing table of rows: in memory while it is small, in an unnamed file once it is not."""

import mmap
import os
import tempfile
import weakref
from collections.abc import Iterator
from pathlib import Path
from typing import IO, Generic, TypeVar

import numpy as np
import numpy.typing as npt
from platformdirs import user_cache_path

S = TypeVar("S", bound=np.generic)

IN_MEMORY = 32_000_000
"""Bytes up to which a table stays in memory."""
_FIRST_ROWS = 4096
_BLOCK_ROWS = 1 << 14
_FILE_SYSTEMS_IN_MEMORY = {"tmpfs", "ramfs"}


class Store(Generic[S]):
    """Rows (capacity, *row_shape), addressed like an array; views taken before a growth stay valid.

    Attributes
    ----------
    rows : the array itself, C-contiguous; replaced by a longer one that begins with the same rows
    """

    def __init__(self, row_shape: tuple[int, ...], dtype: type[S]) -> None:
        self._row_shape = row_shape
        self._dtype = np.dtype(dtype)
        self._file: IO[bytes] | None = None
        self._released = 0
        self.rows: npt.NDArray[S] = np.empty((0, *row_shape), dtype=dtype)

    def reserve(self, needed: int, most: int) -> None:
        """Make room for `needed` rows, and some more but for no more than `most`; raises OSError on a full disk."""
        if needed <= len(self.rows):
            return
        capacity = max(needed, min(most, max(2 * len(self.rows), _FIRST_ROWS)))
        size = capacity * self._row_bytes()
        if size <= IN_MEMORY:
            longer = np.empty((capacity, *self._row_shape), dtype=self._dtype)
            longer[: len(self.rows)] = self.rows
        else:
            longer = self._mapped(capacity, size)
        self.rows = longer

    def release(self, upto: int) -> None:
        """Let go of the memory of the rows below `upto`; those of a file are read again when they are asked for."""
        if (upto - self._released) * self._row_bytes() >= IN_MEMORY // 8:
            self._let_go(self._released, upto)
            self._released = upto

    def blocks(self, begin: int, end: int) -> Iterator[npt.NDArray[S]]:
        """Go through the rows from `begin` to `end`, a few at a time, without the memory for all of them."""
        for start in range(begin, end, _BLOCK_ROWS):
            stop = min(start + _BLOCK_ROWS, end)
            yield self.rows[start:stop]
            self._let_go(start, stop)

    def _let_go(self, begin: int, end: int) -> None:
        if self._file is None or not hasattr(mmap, "MADV_DONTNEED"):
            return
        mapped = self.rows.base
        while isinstance(mapped, np.ndarray):
            mapped = mapped.base
        if isinstance(mapped, memoryview):
            mapped = mapped.obj
        first, last = (row * self._row_bytes() // mmap.PAGESIZE * mmap.PAGESIZE for row in (begin, end))
        if isinstance(mapped, mmap.mmap) and last > first:
            mapped.madvise(mmap.MADV_DONTNEED, first, last - first)

    def _mapped(self, capacity: int, size: int) -> npt.NDArray[S]:
        fresh = self._file is None
        if self._file is None:
            self._file = tempfile.TemporaryFile(prefix="initscope-", dir=spill_folder())  # noqa: SIM115  lives as long as the table
            weakref.finalize(self, self._file.close)
        _allocate(self._file.fileno(), size)
        mapped = mmap.mmap(self._file.fileno(), size)
        rows: npt.NDArray[S] = np.frombuffer(mapped, dtype=self._dtype).reshape(capacity, *self._row_shape)
        if fresh:
            rows[: len(self.rows)] = self.rows
        return rows

    def _row_bytes(self) -> int:
        return int(np.prod(self._row_shape, dtype=np.int64)) * self._dtype.itemsize


def spill_folder() -> Path:
    """Give the folder for what is too much for memory: the system's for temporary files, where that is on a disk."""
    usual = Path(tempfile.gettempdir())
    others = (Path("/var/tmp"), user_cache_path())  # noqa: S108  the file in it has no name
    on_disk = (folder for folder in (usual, *others) if os.access(folder, os.W_OK) and not in_memory(folder))
    return next(on_disk, usual)


def in_memory(folder: Path) -> bool:
    """Whether what is written to this folder stays in memory, as /tmp does on some systems; told on Linux alone."""
    try:
        device = folder.stat().st_dev
        mounts = Path("/proc/self/mountinfo").read_text(encoding="utf-8", errors="replace").splitlines()
    except OSError:
        return False
    number = f"{os.major(device)}:{os.minor(device)}"
    kinds = {line.split()[2]: line.partition(" - ")[2].split()[0] for line in mounts}
    return kinds.get(number) in _FILE_SYSTEMS_IN_MEMORY


def _allocate(descriptor: int, size: int) -> None:
    """Set the blocks aside now: a disk found full while writing to a mapped page would kill the process."""
    if hasattr(os, "posix_fallocate"):
        os.posix_fallocate(descriptor, 0, size)
    else:
        os.truncate(descriptor, size)
