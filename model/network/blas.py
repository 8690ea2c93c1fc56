"""One BLAS thread wherever results must be the same bits again: how many there are decides how sums are split.

Besides, threads that wait for one another cost seconds where the machine is busy with something else.
"""

import sys
import threading
from contextlib import AbstractContextManager, ExitStack
from types import TracebackType
from typing import TYPE_CHECKING, Self

if TYPE_CHECKING:
    from threadpoolctl import ThreadpoolController


class _OneThread(AbstractContextManager["_OneThread"]):
    """The limit belongs to the process: it is lifted when the last of those who asked for it is done."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._users = 0
        self._limits = ExitStack()
        self._libraries: ThreadpoolController | None = None
        self._modules: tuple[int, str] = (0, "")

    def __enter__(self) -> Self:
        with self._lock:
            if self._look() or self._users == 0:
                assert self._libraries is not None  # noqa: S101  it has looked
                self._limits.enter_context(self._libraries.limit(limits=1, user_api="blas"))
            self._users += 1
        return self

    def _look(self) -> bool:
        """Look for libraries that came since; returns whether there may be some.

        One comes with a module; the newest is looked at beside their number, since an import that fails takes
        its modules away again. To look takes the GIL anew for every library of the process, so where another
        thread holds it long, a thread would wait that often.
        """
        modules = (len(sys.modules), next(reversed(sys.modules)))
        if self._modules == modules:
            return False
        from threadpoolctl import ThreadpoolController

        self._libraries = ThreadpoolController()
        self._modules = modules
        return True

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        with self._lock:
            self._users -= 1
            if self._users == 0:
                self._limits.close()


one_blas_thread = _OneThread()
