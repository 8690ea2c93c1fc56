"""Ctrl-C, TERM and HUP: what is at work is ended in order, and at once where nothing would be lost by that.

The handlers never raise. An exception that may come out of any line is swallowed by a callback here, taken for a
failed import there, and leaves half-written what was no matter of the line that it hit.
"""

import contextlib
import os
import signal
import sys
import threading
from collections.abc import Callable, Iterator, Sequence
from types import FrameType, TracebackType
from typing import Any, NoReturn, Self

from model import passing

_NAMES = ("SIGINT", "SIGTERM", "SIGHUP")  # the last one is not everywhere


class Interruption:
    """Watches for the signals that ask to end, while its `with` block runs in the main thread.

    The first signal ends the process at once, with status 128 + its number, as shells count; temporary files go first.
    Within `held` the first one is only noted, in `status`, and the second ends at once.

    Parameters
    ----------
    noted : called by the handler when a held signal was noted; has to be quick and must not raise
    even_ignored : signals that are watched for even where this process was started with them ignored. Others stay so:
        nohup ignores hangups, and a script's shell ignores Ctrl-C for what it starts in the background
    """

    def __init__(self, noted: Callable[[], None] | None = None, even_ignored: Sequence[str] = ()) -> None:
        self.status = 0
        """The exit status of the first signal, 0 while none came."""
        self._noted = noted
        self._even_ignored = even_ignored
        self._held = False
        self._old: dict[int, Any] = {}

    def __enter__(self) -> Self:
        if threading.current_thread() is threading.main_thread():
            for name in (name for name in _NAMES if hasattr(signal, name)):
                number = getattr(signal, name)
                if name in self._even_ignored or signal.getsignal(number) is not signal.SIG_IGN:
                    self._old[number] = signal.signal(number, self._take)
        return self

    def __exit__(self, _kind: type[BaseException] | None, _error: object, _trace: TracebackType | None) -> None:
        for number, handler in self._old.items():
            signal.signal(number, handler)
        self._old.clear()

    @contextlib.contextmanager
    def held(self) -> Iterator[None]:
        """Let what is done here be finished after a first signal."""
        self._held = True
        try:
            yield
        finally:
            self._held = False

    def _take(self, number: int, _frame: FrameType | None) -> None:
        first, self.status = not self.status, self.status or 128 + number
        if not (first and self._held):
            self._end()
        if self._noted is not None:
            self._noted()

    def _end(self) -> NoReturn:
        passing.remove_all()
        with contextlib.suppress(OSError):  # nobody may be there any more to read it
            os.write(2, b"\ninterrupted\n")
        os._exit(self.status)


def watch_from_here() -> None:
    """Watch for the rest of this process."""
    Interruption().__enter__()


def ignore_from_here() -> None:
    """Let no signal change the status of a process that has nothing left to do but to end.

    While the interpreter is taken down, its handlers are gone and the system's own would end it by the signal.
    """
    for name in _NAMES:
        if hasattr(signal, name):
            signal.signal(getattr(signal, name), signal.SIG_IGN)


def tell(text: str) -> None:
    """Write on the error stream; where its terminal was closed, nobody is told and nothing is lost by it."""
    try:
        sys.stderr.write(text)
        sys.stderr.flush()
    except OSError:
        sys.stderr = open(os.devnull, "w", encoding="utf-8")  # noqa: SIM115, PTH123  for the rest of this process
