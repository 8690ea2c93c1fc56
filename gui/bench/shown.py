"""A window really shown, and waiting for it: what every measurement of the window begins with."""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from PySide6.QtCore import QEvent, QEventLoop, QTimer
from PySide6.QtWidgets import QApplication

from gui.live.session import Session
from gui.settings import Settings
from gui.window.main_window import MainWindow
from model.data.dataset import Dataset
from model.figures.palette import LIGHT
from model.training.spec import TrainingSpec
from model.training.stepper import kernel_stepper


@contextmanager
def shown_window(spec: TrainingSpec, data: Dataset) -> Iterator[MainWindow]:
    """Show the program's window on an untrained run, at full speed, and put it away afterwards."""
    settings = Settings()
    settings.clear()  # the window before has left its layout there
    window = MainWindow(Session(spec, data, kernel_stepper), settings, LIGHT.name, None)
    window.resize(1400, 900)
    window.show()
    window.open()
    window.speed.set_value("max")
    wait_until(lambda: window.session.frames > 0)
    try:
        yield window
    finally:
        window.close()
        window.deleteLater()
        QApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete)


def spin(seconds: float) -> None:
    """Let the event loop run for so long."""
    loop = QEventLoop()
    QTimer.singleShot(int(seconds * 1000), loop.quit)
    loop.exec()


def wait_until(condition: Callable[[], bool], timeout: float = 60.0) -> None:
    """Let the event loop run until a condition holds; raises TimeoutError."""
    end = time.perf_counter() + timeout
    while not condition():
        if time.perf_counter() > end:
            raise TimeoutError("the window did not come to what the bench waits for")
        QApplication.processEvents(QEventLoop.ProcessEventsFlag.WaitForMoreEvents, 5)
