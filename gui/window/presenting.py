"""Presentation mode: the panels in sight alone, on the whole screen, in letters for the back row."""

from PySide6.QtCore import QObject, Slot
from PySide6.QtGui import QAction
from PySide6.QtWidgets import QMainWindow, QSplitter, QToolBar, QWidget

from gui.look.text_size import SIZES, text_size
from gui.plots.docks import Docks
from gui.window.appearance import Appearance

_LARGER = 1.5
"""How much larger text and lines are than before."""


class Presenting(QObject):
    """Begins and ends the mode; the end brings everything back as it was.

    Attributes
    ----------
    on : whether it is in force
    """

    def __init__(
        self, window: QMainWindow, splitter: QSplitter, docks: Docks, appearance: Appearance, action: QAction
    ) -> None:
        super().__init__(window)
        self._window = window
        self._splitter = splitter
        self._docks = docks
        self._appearance = appearance
        self._action = action
        self.on = False

    @Slot(bool)
    def show(self, on: bool) -> None:  # noqa: FBT001  Qt's signal says so
        """Begin or end."""
        if on and not self.on:
            self._begin()
        elif not on:
            self.end()

    def end(self) -> bool:
        """End; returns whether there was anything to end."""
        if not self.on:
            return False
        self.on = False
        self._action.setChecked(False)
        window = self._window
        window.setWindowState(self._state)
        if window.windowState() == self._state and not window.isMaximized():
            window.setGeometry(self._place)
        for part in self._hidden:
            part.show()
        self._appearance.show_text_size(self._size)
        self._docks.end_presenting()
        self._splitter.restoreState(self._sizes)
        return True

    def _begin(self) -> None:
        self.on = True
        window = self._window
        self._state, self._place = window.windowState(), window.geometry()
        self._size, self._sizes = text_size(), self._splitter.saveState()
        bar = window.findChild(QToolBar, "toolbar")
        parts: tuple[QWidget | None, ...] = (self._splitter.widget(0), bar, window.menuBar(), window.statusBar())
        self._hidden = [part for part in parts if part is not None and not part.isHidden()]
        self._docks.present()
        for part in self._hidden:
            part.hide()
        self._appearance.show_text_size(min(round(self._size * _LARGER), SIZES[-1]))
        window.showFullScreen()
        window.setFocus()
