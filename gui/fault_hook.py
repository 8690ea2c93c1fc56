"""Reports unexpected errors: on stderr with a traceback, and in the window, once for each cause."""

import sys
import threading
from types import TracebackType

from PySide6.QtCore import QObject, Qt, Signal

from gui.messages import Messages

_Kind = type[BaseException]


class FaultHook(QObject):
    """Hears of errors in slots, paint events and threads; they come in the thread that they happened in."""

    _came = Signal(object)

    def __init__(self, messages: Messages) -> None:
        super().__init__(messages)
        self._seen: set[tuple[object, ...]] = set()
        self._came.connect(messages.tell_fault, Qt.ConnectionType.QueuedConnection)
        self._before = sys.excepthook, threading.excepthook
        sys.excepthook = self._note
        threading.excepthook = self._note_of_thread

    def close(self) -> None:
        """Give the hooks back."""
        sys.excepthook, threading.excepthook = self._before

    def _note(self, kind: _Kind, error: BaseException, trace: TracebackType | None) -> None:
        if not isinstance(error, Exception):
            self._before[0](kind, error, trace)
            return
        cause = (kind, *_place(trace))
        if cause in self._seen and not isinstance(error, MemoryError):
            return  # a paint event that fails does so sixty times a second
        self._seen.add(cause)
        sys.__excepthook__(kind, error, trace)
        self._came.emit(error.with_traceback(None))  # which would keep alive whatever the failing call held

    def _note_of_thread(self, args: threading.ExceptHookArgs) -> None:
        if args.exc_value is not None:
            self._note(args.exc_type, args.exc_value, args.exc_traceback)


def _place(trace: TracebackType | None) -> tuple[object, ...]:
    """Give file and line that an error was raised in."""
    if trace is None:
        return ()
    while trace.tb_next is not None:
        trace = trace.tb_next
    return trace.tb_frame.f_code.co_filename, trace.tb_lineno
