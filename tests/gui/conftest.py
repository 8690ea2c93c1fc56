"""The real window for tests of it: opened as the program opens it, and closed as a person closes it."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
import shiboken6
from PySide6.QtCore import QCoreApplication, QEvent
from PySide6.QtTest import QSignalSpy
from PySide6.QtWidgets import QApplication

from gui.app import launch
from gui.look.text_size import USUAL, set_text_size
from gui.window.main_window import MainWindow
from model.training import warmup
from model.training.stepper import kernel_stepper
from tests.gui.person import settle, until

Opener = Callable[..., MainWindow]


@pytest.fixture(scope="session")
def kernels() -> None:
    """Compiled kernels; where they lie in the cache already, this takes a moment."""
    warmup.load()


@pytest.fixture
def open_window(qapp: QApplication, kernels: None, home: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Opener]:
    """Opens windows for command lines; the kernels are ready in them from the first step on."""
    monkeypatch.setattr("gui.app.KernelLoader", _no_loader)
    monkeypatch.setattr("gui.app.PatientStepper", kernel_stepper)
    opened: list[MainWindow] = []

    def open_(*argv: str) -> MainWindow:
        _, window = launch(list(argv))
        opened.append(window)
        wait_until_shown(window)
        return window

    yield open_
    for window in opened:
        shut(window)


@pytest.fixture
def window(open_window: Opener) -> MainWindow:
    """A window of its own for one test."""
    return open_window()


@pytest.fixture
def shared_window(_module_window: MainWindow) -> Iterator[MainWindow]:
    """One window for tests of a module that only look at it, or leave it as it was."""
    yield _module_window
    _module_window.session.run.pause()
    settle(_module_window)
    _module_window._unrolling.rest()  # a panel that looks back may be in sight still


@pytest.fixture(scope="module")
def _module_window(qapp: QApplication, kernels: None, tmp_path_factory: pytest.TempPathFactory) -> Iterator[MainWindow]:
    folder = str(tmp_path_factory.mktemp("shared_window"))
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("XDG_CONFIG_HOME", folder)
        patch.setattr("gui.app.KernelLoader", _no_loader)
        patch.setattr("gui.app.PatientStepper", kernel_stepper)
        _, window = launch([])
    opened = QSignalSpy(window.dashboard.opened)
    try:
        wait_until_shown(window)
        # threads that began in a test would be taken for ones that it left behind
        window._advising.stop()
        window._unrolling.begin()
        until(opened.count)
        yield window
    finally:
        shut(window)


def _no_loader() -> None:
    return None


def wait_until_shown(window: MainWindow) -> None:
    """Wait until a window is on the screen, active, with its first frame on every panel that is made at once."""
    window.activateWindow()
    until(lambda: window.isActiveWindow() and window.session.frames > 0)
    at_once = [view for view in window.dashboard.panels.values() if view.in_sight and not view.panel.slow]
    until(lambda: all(view.figure is not None for view in at_once))


def shut(window: MainWindow) -> None:
    """Close a window, and have nothing left of it."""
    if shiboken6.isValid(window):
        if window.isVisible():
            window.close()
        window.deleteLater()
    QCoreApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete)
    if not any(isinstance(widget, MainWindow) for widget in QApplication.topLevelWidgets()):
        application = QApplication.instance()
        assert isinstance(application, QApplication)
        set_text_size(application, USUAL)
        application.setStyleSheet("")  # as the next window will find it in a program of its own
