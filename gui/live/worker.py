"""The worker: a QObject that lives in a QThread and does nothing but let a service serve there."""

import logging
import sys
from typing import Protocol

from PySide6.QtCore import QObject, QThread, Slot

_log = logging.getLogger(__name__)

PATIENCE_MS = 2000
"""How long a closing program waits for the step that is being made."""
_SWITCH_SECONDS = 0.001
"""A thread that trains needs the GIL for moments; by default it would wait for each until 5 ms of painting are over."""


class Service(Protocol):
    """What serves in a thread until it is closed: a Runner, a Scrubber."""

    def serve(self) -> None:
        """Carry out orders until `close`."""

    def close(self) -> None:
        """Make `serve` return; from any thread."""


class Worker(QObject):
    """Occupies its thread for as long as the service serves; orders reach that through shared memory."""

    def __init__(self, service: Service) -> None:
        super().__init__()
        self._service = service

    @Slot()
    def run(self) -> None:
        """Serve, and let the thread end when told to close."""
        self._service.serve()
        self.thread().quit()


class TrainingThread:
    """Owns a thread and its worker: one way to start, one to end."""

    def __init__(self, service: Service, name: str) -> None:
        self._service = service
        self._worker = Worker(service)
        self._thread = QThread()
        self._thread.setObjectName(name)
        self._worker.moveToThread(self._thread)
        self._thread.started.connect(self._worker.run)

    def start(self) -> None:
        sys.setswitchinterval(_SWITCH_SECONDS)
        self._thread.start()

    def stop(self) -> bool:
        """Ask, and wait at most two seconds; returns whether the thread has ended.

        A QThread that is destroyed while it runs aborts the process, so who gets False must leave by
        `os._exit` once all that is to be kept has been written.
        """
        self._service.close()
        ended = self._thread.wait(PATIENCE_MS)
        if not ended:
            _log.error("the training thread did not end within %d ms", PATIENCE_MS)
        return ended
