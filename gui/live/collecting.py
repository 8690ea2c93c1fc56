"""Collecting garbage in the thread of the window.

Python collects in whatever thread makes the next object. Parts of the window that refer to one another were destroyed
in a thread of figures, say, while the window was using their neighbours: Qt may then crash, or never return.
"""

from PySide6.QtCore import QObject, QTimer, Slot

from model import collector

_EVERY_MS = 100


class Collecting(QObject):
    """Takes the place of Python's own collecting, as long as the window lives."""

    def __init__(self, parent: QObject) -> None:
        super().__init__(parent)
        self._timer = QTimer(self)
        self._timer.setInterval(_EVERY_MS)
        self._timer.timeout.connect(self._collect)
        self._timer.start()
        self._closed = False
        collector.hold()

    def close(self) -> None:
        """Give it back to Python."""
        if not self._closed:
            self._closed = True
            self._timer.stop()
            collector.let_go()

    @Slot()
    def _collect(self) -> None:
        collector.collect()
