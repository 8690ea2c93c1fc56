"""Runs the program once as `main.py` does, and ends it as it is told; the tests of its life start this.

`python -m tests.gui.one_life ENDING STEPS [FILE]`: once so many steps are trained, the line "there" is written and
the ENDING comes: "close", "quit", "wait" (somebody else ends it), "stuck" (the event loop hangs), "export", which
closes the window while FILE is being written, "kernels", which waits until they are loaded and writes by how many
milliseconds a heartbeat of 5 ms was late at most, or "cramped", which limits the memory to what is in use and 600 MB,
writes what is said of a network for which that is too little, and closes once a smaller one has trained.
"""

import os
import sys
import time
from pathlib import Path

from PySide6.QtCore import QObject, Qt, QTimer, Slot
from PySide6.QtGui import QAction
from PySide6.QtWidgets import QApplication

from gui.start import prepare

TINY = ["--hidden-sizes", "8", "--steps", "1000000"]


class Fate(QObject):
    """Looks for the window, waits until it has trained, and ends it."""

    def __init__(self, ending: str, steps: int, file: str) -> None:
        super().__init__()
        self._ending = ending
        self._steps = steps
        self._file = file
        self._timer = QTimer(self)
        self._timer.timeout.connect(self._look)
        self._timer.start(1)

    @Slot()
    def _look(self) -> None:
        from gui.window.main_window import MainWindow

        windows = [w for w in QApplication.topLevelWidgets() if isinstance(w, MainWindow)]
        if windows and windows[0].isVisible() and windows[0].session.step >= self._steps:
            self._timer.stop()
            sys.stdout.write("there\n")
            sys.stdout.flush()
            self._end(windows[0])

    def _end(self, window: QObject) -> None:
        match self._ending:
            case "close":
                window.close()
            case "quit":
                window.findChild(QAction, "quit").trigger()
            case "export":
                self._export(window)
            case "kernels":
                self._beat(window)
            case "cramped":
                self._window = window
                self._timer.timeout.disconnect(self._look)
                self._timer.timeout.connect(self._cramp)
                self._timer.start(10)
            case "stuck":
                while True:
                    os.getpid()

    def _beat(self, window: QObject) -> None:
        self._last, self._worst, self._window, self._loading = time.perf_counter(), 0.0, window, False
        self._heart = heart = QTimer(self, timerType=Qt.TimerType.PreciseTimer, interval=5)
        heart.timeout.connect(self._feel)
        heart.start()

    @Slot()
    def _feel(self) -> None:
        now = time.perf_counter()
        self._worst = max(self._worst, now - self._last - 0.005)
        self._last = now
        self._loading |= self._window.loads_kernels
        if self._loading and not self._window.loads_kernels:
            sys.stdout.write(f"{1000 * self._worst:.0f}\n")
            sys.stdout.flush()
            self._heart.stop()
            self._window.close()

    @Slot()
    def _cramp(self) -> None:
        if self._window.loads_kernels:
            return
        import resource

        in_use = int(Path("/proc/self/statm").read_text(encoding="ascii").split()[0]) * resource.getpagesize()
        resource.setrlimit(resource.RLIMIT_AS, (in_use + (600 << 20), in_use + (600 << 20)))
        sizes = self._window.form.editor("hidden_sizes")
        sizes.set_value("8000,8000")
        sys.stdout.write(f"{sizes.error()}\n")
        sys.stdout.flush()
        sizes.set_value("300")
        self._timer.timeout.disconnect(self._cramp)
        self._timer.timeout.connect(self._close_when_trained)

    @Slot()
    def _close_when_trained(self) -> None:
        if self._window.session.spec.hidden_sizes == (300,) and self._window.session.step >= 20:
            self._timer.stop()
            self._window.close()

    def _export(self, window: QObject) -> None:
        from gui.files.export_dialog import ExportRequest
        from model.figures.picture import PictureOptions

        path = Path(self._file)
        window.desk.save(ExportRequest("weights", path.suffix[1:], path, PictureOptions(1200, 900, 300)))
        window.close()


def main(ending: str, steps: str, file: str = "") -> int:
    """Live once; returns the exit status."""
    prepare()
    application = QApplication(["initscope"])
    fate = Fate(ending, int(steps), file)
    from gui.app import main as run

    status = run(TINY)
    del fate, application
    return status


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
