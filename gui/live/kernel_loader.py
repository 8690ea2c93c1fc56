"""Loads the kernels behind the open window, while the NumPy class trains."""

import logging
import threading

from PySide6.QtCore import QObject, Signal, Slot

from gui.live.patience import step_back

_log = logging.getLogger(__name__)


class KernelLoader(QObject):
    """Loads in a thread; emits `ready` once they can be used, or `failed`."""

    ready = Signal()
    failed = Signal(str)

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        # a daemon: nothing is lost when the program ends while a compiler is at work
        self._thread = threading.Thread(target=self._load, name="kernel-loader", daemon=True)
        self._closed = False

    @Slot()
    def start(self) -> None:
        if not self._closed:
            self._thread.start()

    def close(self) -> None:
        """Emit nothing from now on."""
        self._closed = True

    @property
    def loading(self) -> bool:
        return self._thread.is_alive()

    def _load(self) -> None:
        step_back()
        try:
            from model.training import warmup

            warmup.load()
        except Exception as error:  # noqa: BLE001  whatever is wrong, the class continues training
            if not self._closed:  # else Ctrl-C in a terminal has ended the compiling process too
                _log.warning("the kernels could not be loaded", exc_info=True)
                self.failed.emit(str(error))
        else:
            if not self._closed:
                self.ready.emit()
