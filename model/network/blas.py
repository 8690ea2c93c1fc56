"""One BLAS thread wherever results must be the same bits again: how many there are decides how sums are split.

Besides, threads that wait for one another cost seconds where the machine is busy with something else.
"""

import threading
from contextlib import AbstractContextManager, ExitStack
from types import TracebackType
from typing import Self


class _OneThread(AbstractContextManager["_OneThread"]):
    """The limit belongs to the process: it is lifted when the last of those who asked for it is done."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._users = 0
        self._limits = ExitStack()

    def __enter__(self) -> Self:
        from threadpoolctl import threadpool_limits

        with self._lock:
            # every time, as a library may have been loaded since
            self._limits.enter_context(threadpool_limits(1, user_api="blas"))
            self._users += 1
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        with self._lock:
            self._users -= 1
            if self._users == 0:
                self._limits.close()


one_blas_thread = _OneThread()
