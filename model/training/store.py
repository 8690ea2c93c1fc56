"""A growing table of rows: in memory while it is small, in an unnamed file once it is not."""

import mmap
import os
import tempfile
import weakref
from typing import IO, Generic, TypeVar

import numpy as np
import numpy.typing as npt

S = TypeVar("S", bound=np.generic)

IN_MEMORY = 32_000_000
"""Bytes up to which a table stays in memory."""
_FIRST_ROWS = 4096


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
        if self._file is None or not hasattr(mmap, "MADV_DONTNEED"):
            return
        end = upto * self._row_bytes() // mmap.PAGESIZE * mmap.PAGESIZE
        if end - self._released >= IN_MEMORY // 8:
            mapped = self.rows.base
            while isinstance(mapped, np.ndarray):
                mapped = mapped.base
            if isinstance(mapped, memoryview):
                mapped = mapped.obj
            if isinstance(mapped, mmap.mmap):
                mapped.madvise(mmap.MADV_DONTNEED, self._released, end - self._released)
            self._released = end

    def _mapped(self, capacity: int, size: int) -> npt.NDArray[S]:
        fresh = self._file is None
        if self._file is None:
            self._file = tempfile.TemporaryFile(prefix="initscope-")  # noqa: SIM115  lives as long as the table
            weakref.finalize(self, self._file.close)
        _allocate(self._file.fileno(), size)
        mapped = mmap.mmap(self._file.fileno(), size)
        rows: npt.NDArray[S] = np.frombuffer(mapped, dtype=self._dtype).reshape(capacity, *self._row_shape)
        if fresh:
            rows[: len(self.rows)] = self.rows
        return rows

    def _row_bytes(self) -> int:
        return int(np.prod(self._row_shape, dtype=np.int64)) * self._dtype.itemsize


def _allocate(descriptor: int, size: int) -> None:
    """Set the blocks aside now: a disk found full while writing to a mapped page would kill the process."""
    if hasattr(os, "posix_fallocate"):
        os.posix_fallocate(descriptor, 0, size)
    else:
        os.truncate(descriptor, size)
