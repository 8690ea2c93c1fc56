"""Starting the window: arguments, the QApplication, signals of the system, and the loop."""

import faulthandler
import logging
import signal
import socket
from collections.abc import Sequence
from contextlib import ExitStack

import pyqtgraph as pg
from PySide6.QtCore import QCoreApplication, QObject, QSocketNotifier, Qt, Slot
from PySide6.QtWidgets import QApplication

from gui.fault_hook import FaultHook
from gui.leaving import leave
from gui.live.kernel_loader import KernelLoader
from gui.live.patience import PatientStepper
from gui.live.session import Session
from gui.look.text_size import set_text_size
from gui.look.theme import begin_theme, resolve_style
from gui.settings import Settings
from gui.window.main_window import MainWindow
from model import collector
from model.arguments import WindowArguments, parse_window_arguments
from model.data.dataset import DataError
from model.data.prepare import load
from model.interruption import Interruption
from model.training import memory
from model.training.knob import SpecError
from model.training.spec import TrainingSpec
from model.words import use_language

APPLICATION = "initscope"
"""The name of its folders, and both halves of WM_CLASS."""
DESKTOP_FILE = "org.initscope.Initscope"
"""The desktop entry, by which a desktop knows the window's name and icon: under Wayland there is nothing else."""
_log = logging.getLogger(__name__)


def configure(application: QApplication) -> None:
    """Set the application up: its name, and pyqtgraph's ways."""
    application.setApplicationName(APPLICATION)
    application.setApplicationDisplayName("Initscope")
    application.setDesktopFileName(DESKTOP_FILE)
    pg.setConfigOptions(
        imageAxisOrder="row-major",
        exitCleanup=False,
        antialias=False,
        useOpenGL=False,
        mouseRateLimit=0,  # it drops the last move of a mouse too, and Qt joins moves that come too fast
    )


def launch(argv: Sequence[str]) -> tuple[QApplication, MainWindow]:
    """Show the window for these arguments (without a program name) and return without entering the loop.

    Raises SystemExit with status 2 where the arguments cannot be taken.
    """
    arguments = parse_window_arguments(argv)
    use_language(arguments.lang)
    QCoreApplication.setAttribute(Qt.ApplicationAttribute.AA_DontShowIconsInMenus)
    existing = QApplication.instance()
    application = existing if isinstance(existing, QApplication) else QApplication([APPLICATION])
    configure(application)
    settings = Settings()
    if arguments.reset:
        settings.clear()
    session = _session(arguments, settings)
    style = arguments.style or settings.memory.style
    set_text_size(application, settings.memory.text_size)
    begin_theme(application, resolve_style(style, application))
    window = MainWindow(session, settings, style, KernelLoader())
    window.show()
    window.open()
    if arguments.recipe is not None and arguments.recipe.run.reached:
        window.desk.bring_back(arguments.recipe)
    if arguments.runs is not None:
        window.run_files.open(arguments.runs)
    return application, window


def main(argv: Sequence[str]) -> int:
    """Run the program until its window is closed; returns the exit status."""
    faulthandler.enable()
    application, window = launch(argv)
    guard, hook = _SignalGuard(window), FaultHook(window.messages)
    for at_first_paint in (collector.settle, window.session.train):  # sooner, training would hold that up
        window.dashboard.painted.connect(at_first_paint, Qt.ConnectionType.SingleShotConnection)
    status = application.exec() or guard.status
    hook.close()
    guard.close()
    if window.loads_kernels:
        # the interpreter cannot be taken down while another thread imports numba: that ended in a crash now and then
        leave(status)
    return status


def _session(arguments: WindowArguments, settings: Settings) -> Session:
    """Make the session of the arguments, or of last time where they name no knob."""
    spec = TrainingSpec.from_values(arguments.values) if arguments.values else settings.memory.spec or TrainingSpec()
    try:
        data = load(spec.data_request)
        memory.check(spec, data)
    except (DataError, SpecError) as error:
        if arguments.values:
            arguments.refuse(error)
        _log.info("the spec of last time cannot be taken any more: %s", error)
        spec = TrainingSpec()
        data = load(spec.data_request)
    return Session(spec, data, PatientStepper)


class _SignalGuard(QObject):
    """Ends the program in order on Ctrl-C, TERM and HUP; a second time at once.

    Python sees a signal only when it runs next, which in an idle Qt loop may be never, so the
    interpreter writes to a socket that Qt watches.
    """

    def __init__(self, window: MainWindow) -> None:
        super().__init__(window)
        self._window = window
        self._read, self._write = socket.socketpair()
        for end in (self._read, self._write):
            end.setblocking(False)
        self._notifier = QSocketNotifier(self._read.fileno(), QSocketNotifier.Type.Read, self)
        self._notifier.activated.connect(self._wake)
        self._old_wakeup = signal.set_wakeup_fd(self._write.fileno(), warn_on_full_buffer=False)
        self._signals = ExitStack()
        self._interruption = self._signals.enter_context(Interruption(even_ignored=("SIGINT",)))
        self._signals.enter_context(self._interruption.held())

    @property
    def status(self) -> int:
        """The exit status of the signal that ended the program, 0 where none did."""
        return self._interruption.status

    def close(self) -> None:
        """Give the signals back."""
        self._signals.close()
        signal.set_wakeup_fd(self._old_wakeup)
        self._read.close()
        self._write.close()

    @Slot()
    def _wake(self) -> None:
        try:
            self._read.recv(64)
        except BlockingIOError:
            return
        if self.status:
            self._window.close()
