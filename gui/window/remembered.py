"""What a window remembers from one start to the next: its place, its panels, the form and the speed."""

from PySide6.QtCore import QByteArray, QObject, Slot
from PySide6.QtGui import QAction
from PySide6.QtWidgets import QMainWindow, QSplitter

from gui.actions.keys import Keys
from gui.files.recent import RecentFiles
from gui.look.text_size import text_size
from gui.pane.spec_form import SpecForm
from gui.plots.dashboard import Dashboard
from gui.settings import Memory, Settings
from gui.window.finding import Finding
from gui.window.speed import SpeedControl
from model.keeping.keeper import Keeper
from model.training.spec import TrainingSpec


class Remembered(QObject):
    """Puts the parts of a window back as the settings have them, and writes down how they are left."""

    def __init__(
        self,
        settings: Settings,
        window: QMainWindow,
        splitter: QSplitter,
        form: SpecForm,
        dashboard: Dashboard,
        speed: SpeedControl,
        recent: RecentFiles,
        keeper: Keeper,
        keys: Keys,
        finding: Finding,
    ) -> None:
        super().__init__(window)
        self._settings = settings
        self._form = form
        self._dashboard = dashboard
        self._speed = speed
        self._window = window
        self._splitter = splitter
        self._recent = recent
        self._keeper = keeper
        self._keys = keys
        self._finding = finding
        keys.changed.connect(self._save_keys)
        grid = window.findChild(QAction, "grid")
        assert grid is not None  # noqa: S101  the window has one
        self._grid = grid

    def restore(self) -> None:
        """Put everything back."""
        memory = self._settings.memory
        for state, put_back in (
            (memory.geometry, self._window.restoreGeometry),
            (memory.panels, self._dashboard.docks.restore),
            (memory.splitter, self._splitter.restoreState),
        ):
            if state:
                put_back(QByteArray(state))
        self._form.restore(memory.groups)
        self._dashboard.choose(memory.views)
        self._speed.set_value(memory.speed)
        self._recent.remember(memory.recent)
        self._keys.remember(memory.keys)
        self._finding.recent = tuple(memory.palette)
        if memory.grid:
            self._grid.trigger()
        self._keeper.limit(memory.kept_runs, memory.kept_bytes)

    def save(self, spec: TrainingSpec, style: str) -> None:
        """Write everything down, with the spec and the style's name."""
        values = {
            "spec": spec,
            "style": style,
            "text_size": text_size(),
            "grid": self._grid.isChecked(),
            "speed": self._speed.value(),
            "groups": self._form.state(),
            "views": self._dashboard.choices(),
            "geometry": self._window.saveGeometry().data(),
            "panels": self._dashboard.docks.state().data(),
            "splitter": self._splitter.saveState().data(),
            "recent": list(self._recent.paths),
            "keys": self._key_edits(),
            "palette": list(self._finding.recent),
            "kept_runs": self._keeper.most[0],
            "kept_bytes": self._keeper.most[1],
        }
        self._settings.keep(Memory.of(values))

    @Slot()
    def _save_keys(self) -> None:
        """Write down at once what took some thought, and leave the rest as it was."""
        self._settings.keep(self._settings.memory.model_copy(update={"keys": self._key_edits()}))

    def _key_edits(self) -> dict[str, list[str]]:
        return {name: list(keys) for name, keys in self._keys.edits.items()}
