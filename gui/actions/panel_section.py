"""The part of a menu that acts on one panel, under that panel's name."""

from collections.abc import Callable

from PySide6.QtCore import QObject, Slot
from PySide6.QtWidgets import QMenu

from gui.look.menu_text import unmarked
from model.words import Message, msg


class PanelSection(QObject):
    """Names, whenever the menu opens, the panel that its next actions will act on."""

    def __init__(self, menu: QMenu, current: Callable[[], Message]) -> None:
        super().__init__(menu)
        self._current = current
        self._head = menu.addSection("")
        menu.aboutToShow.connect(self._name)

    @Slot()
    def _name(self) -> None:
        self._head.setText(unmarked(str(msg("Panel: {panel}", panel=self._current()))))
