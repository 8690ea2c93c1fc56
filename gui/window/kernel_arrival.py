"""Loads the kernels behind the open window, which trains without them until then, or for good if that fails."""

from PySide6.QtCore import QObject, Signal, Slot
from PySide6.QtWidgets import QWidget

from gui.live.kernel_loader import KernelLoader
from gui.live.session import Session
from gui.plots.dashboard import Dashboard
from gui.window.status import StatusBar
from model.training.stepper import kernel_stepper
from model.words import msg


class KernelArrival(QObject):
    """Starts loading once all panels are painted, because the imports would delay the painting."""

    arrived = Signal()

    def __init__(
        self, window: QWidget, loader: KernelLoader, session: Session, dashboard: Dashboard, status: StatusBar
    ) -> None:
        super().__init__(window)
        self._loader = loader
        self._session = session
        self._dashboard = dashboard
        self._status = status
        loader.ready.connect(self.use_kernels)
        loader.failed.connect(self._do_without_kernels)

    def open(self) -> None:
        """Wait until the panels are painted."""
        self._status.show_engine(str(msg("preparing kernels")))
        self._dashboard.opened.connect(self._loader.start)

    def close(self) -> None:
        """Wait for them no longer."""
        self._loader.close()

    @property
    def loading(self) -> bool:
        """Whether a thread is still loading them."""
        return self._loader.loading

    @Slot()
    def use_kernels(self) -> None:
        """Train with them from now on."""
        self._status.show_engine("")
        self._session.run.use(kernel_stepper)
        self.arrived.emit()

    @Slot(str)
    def _do_without_kernels(self, why: str) -> None:
        self._status.show_engine(str(msg("training without kernels")))
        self._status.setToolTip(why)
