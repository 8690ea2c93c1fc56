"""Work that must not hold up the window: one job after the other in a thread, its outcome brought back as a signal."""

import logging
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor, wait

from PySide6.QtCore import QObject, Signal, SignalInstance

_log = logging.getLogger(__name__)


class Job(QObject):
    """One piece of work; its signals arrive in the thread that the job was made in."""

    done = Signal(object)
    failed = Signal(object)

    def __init__(self, work: Callable[[], object], parent: QObject) -> None:
        super().__init__(parent)
        self._work = work
        self._abandoned = False

    def run(self) -> None:
        """Do the work, and report how it ended."""
        try:
            result = self._work()
        except Exception as error:  # noqa: BLE001  every outcome is reported
            _log.info("a job in the background failed", exc_info=True)
            self._tell(self.failed, error)
        else:
            self._tell(self.done, result)

    def abandon(self) -> None:
        """Report nothing from now on."""
        self._abandoned = True

    def _tell(self, signal: SignalInstance, outcome: object) -> None:
        if not self._abandoned:
            signal.emit(outcome)


class Background:
    """A thread for exports and for reading files."""

    def __init__(self, name: str) -> None:
        self._pool = ThreadPoolExecutor(1, thread_name_prefix=name)
        self._futures: dict[Future[None], Job] = {}

    def submit(self, job: Job) -> Job:
        """Do a job when those before it are done."""
        for future in [future for future in self._futures if future.done()]:
            self._futures.pop(future).deleteLater()  # its owner would keep it, and the data it worked on, for good
        self._futures[self._pool.submit(job.run)] = job
        return job

    @property
    def busy(self) -> bool:
        return any(not future.done() for future in self._futures)

    def close(self, patience: float) -> bool:
        """Drop what has not begun and wait for what has, so long; returns whether it has ended."""
        for job in self._futures.values():
            job.abandon()
        self._pool.shutdown(wait=False, cancel_futures=True)
        _, late = wait(self._futures, timeout=patience)
        return not late
