"""What a window remembers from one start to the next: its place, its panels, the form and the speed."""

from PySide6.QtCore import QByteArray
from PySide6.QtWidgets import QMainWindow, QSplitter

from gui.pane.spec_form import SpecForm
from gui.plots.dashboard import Dashboard
from gui.settings import Settings
from gui.window.speed import SpeedControl


class Remembered:
    """Puts the parts of a window back as the settings have them, and writes down how they are left."""

    def __init__(
        self,
        settings: Settings,
        window: QMainWindow,
        splitter: QSplitter,
        form: SpecForm,
        dashboard: Dashboard,
        speed: SpeedControl,
    ) -> None:
        self._settings = settings
        self._form = form
        self._dashboard = dashboard
        self._speed = speed
        self._window = window
        self._splitter = splitter

    def restore(self) -> None:
        """Put everything back."""
        settings = self._settings
        for name, put_back in (
            ("geometry", self._window.restoreGeometry),
            ("panels", self._dashboard.restore_layout),
            ("splitter", self._splitter.restoreState),
        ):
            state = settings.data(name)
            if not state.isEmpty():
                put_back(state)
        self._form.restore(settings.table("groups"))
        self._dashboard.choose(settings.table("views"))
        self._speed.set_value(settings.speed())

    def save(self, spec: str, style: str) -> None:
        """Write everything down, with the spec as JSON and the style's name."""
        settings = self._settings
        settings.put("geometry", self._window.saveGeometry())
        settings.put("panels", QByteArray(self._dashboard.layout_state()))
        settings.put("splitter", self._splitter.saveState())
        settings.put_table("groups", self._form.state())
        settings.put_table("views", self._dashboard.choices())
        settings.put("spec", spec)
        settings.put("style", style)
        settings.put("speed", str(self._speed.value()))
