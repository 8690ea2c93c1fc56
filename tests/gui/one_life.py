"""Runs the program once as `main.py` does, and ends it as it is told; the tests of its life start this.

`python -m tests.gui.one_life ENDING STEPS [FILE]`: once so many steps are trained, the line "there" is written and
the ENDING comes: "close", "quit", "wait" (somebody else ends it), "stuck" (the event loop hangs), or "export", which
closes the window while FILE is being written.
"""

import os
import sys
from pathlib import Path

from PySide6.QtCore import QObject, QTimer, Slot
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
        from gui.main_window import MainWindow

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
            case "stuck":
                while True:
                    os.getpid()

    def _export(self, window: QObject) -> None:
        from gui.export_dialog import ExportRequest
        from model.figures.export import PictureOptions

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
