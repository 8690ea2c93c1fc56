"""The files that were opened or saved last, as a menu."""

from collections.abc import Iterable
from pathlib import Path

from PySide6.QtCore import QObject, Signal, Slot
from PySide6.QtGui import QAction
from PySide6.QtWidgets import QMenu, QWidget

from gui.look.menu_text import unmarked
from model.foreign_text import showable
from model.training.spec import TrainingSpec
from model.words import msg

MOST = 10


class RecentFiles(QObject):
    """Remembers paths, the newest first; a click on one in its menu opens the file again.

    Attributes
    ----------
    chosen : the path of a file to be opened
    """

    chosen = Signal(str)

    def __init__(self, window: QWidget) -> None:
        super().__init__(window)
        self.paths: tuple[str, ...] = ()
        self.menu = QMenu(str(msg("Open recent")), window)
        self.menu.setObjectName("recent_menu")
        self.menu.setToolTipsVisible(True)
        self.menu.aboutToShow.connect(self._fill)
        self.menu.triggered.connect(self._choose)
        self.menu.setEnabled(False)

    def remember(self, paths: Iterable[str]) -> None:
        """Take these for the newest files, the newest first."""
        self.paths = tuple(paths)[:MOST]
        self.menu.setEnabled(bool(self.paths))

    @Slot(str)
    def note(self, path: str) -> None:
        """A file has been opened or saved."""
        whole = str(Path(path).absolute())
        self.remember((whole, *(other for other in self.paths if other != whole)))

    @Slot(object)
    def note_spec(self, spec: TrainingSpec) -> None:
        """Data or weights out of a file are in force."""
        for path in (spec.weights, spec.data):
            if path is not None and str(Path(path).absolute()) not in self.paths:
                self.note(path)

    @Slot()
    def _fill(self) -> None:
        """List the files that are still there."""
        self.menu.clear()
        for path in self.paths:
            if Path(path).exists():
                action = QAction(unmarked(showable(Path(path).name, 60)), self.menu)
                action.setToolTip(path)
                action.setData(path)
                self.menu.addAction(action)
        if self.menu.isEmpty():
            self.menu.addAction(str(msg("None of them is there any more"))).setEnabled(False)

    @Slot(QAction)
    def _choose(self, action: QAction) -> None:
        self.chosen.emit(str(action.data()))
