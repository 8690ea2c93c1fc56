"""The menu of figures from the literature."""

from collections.abc import Iterable

from PySide6.QtCore import Signal, Slot
from PySide6.QtGui import QAction
from PySide6.QtWidgets import QMenu, QWidget

from gui.look.menu_text import unmarked
from model.training.presets import Preset
from model.words import msg


class PresetMenu(QMenu):
    """Lists presets by group, and emits the chosen one."""

    chosen = Signal(object)

    def __init__(self, presets: Iterable[Preset], parent: QWidget) -> None:
        super().__init__(str(msg("&Presets")), parent)
        self.setObjectName("presets")
        self.setToolTipsVisible(True)
        groups: dict[str, QMenu] = {}
        for preset in presets:
            if preset.group not in groups:
                groups[preset.group] = self.addMenu(unmarked(str(msg(preset.group))))
                groups[preset.group].setToolTipsVisible(True)
            groups[preset.group].addAction(self._made_action(preset))

    def _made_action(self, preset: Preset) -> QAction:
        action = QAction(unmarked(str(msg(preset.title))), self)
        action.setObjectName(f"preset_{preset.id.replace('-', '_')}")
        action.setToolTip(str(msg("{source}. {look}", source=preset.source, look=msg(preset.look))))
        action.setData(preset)
        action.triggered.connect(self._tell)
        return action

    @Slot()
    def _tell(self) -> None:
        action = self.sender()
        if isinstance(action, QAction):
            self.chosen.emit(action.data())
