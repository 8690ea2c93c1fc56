"""Which runs come to the shelf: those that have finished or were paused, and those that a person pins."""

from collections.abc import Callable

from PySide6.QtCore import QObject, Slot

from gui.live.kept_runs import KeptRun, KeptRuns
from gui.live.scrubbing import Scrubbing
from gui.live.shelf import Shelf
from gui.live.watcher import Watcher


class Shelving(QObject):
    """Puts the present run on the shelf when it comes to rest, and keeps what is there up to date.

    Parameters
    ----------
    present : gives the present run as one to keep, None if it has not been shown yet
    """

    def __init__(
        self,
        shelf: Shelf,
        present: Callable[[], KeptRun | None],
        watcher: Watcher,
        kept: KeptRuns,
        scrubbing: Scrubbing,
        parent: QObject,
    ) -> None:
        super().__init__(parent)
        self._shelf = shelf
        self._present = present
        self._scrubbing = scrubbing
        watcher.settled.connect(self._shelve)
        kept.left.connect(self._leave)

    def pin(self) -> None:
        """Keep the present run in sight while others follow, or no longer."""
        run = self._present()
        if run is None:
            return
        known = self._shelf.get(run.frame.run)
        self._shelf.put(run.engine, run.frame, beside=known is None or not known.beside)

    @property
    def pinned(self) -> bool:
        """Whether the present run will stay in sight."""
        run = self._present()
        known = self._shelf.get(run.frame.run) if run is not None else None
        return known is not None and known.beside

    @Slot()
    def _shelve(self) -> None:
        run = self._present()
        known = self._shelf.get(run.frame.run) if run is not None else None
        news = known is None or run is None or known.frame.step != run.frame.step
        if run is not None and news and not run.untrained and not self._scrubbing.on:
            self._shelf.put(run.engine, run.frame)

    @Slot(object)
    def _leave(self, run: KeptRun) -> None:
        """Bring a run that is being replaced up to date, if it is there."""
        if self._shelf.get(run.frame.run) is not None:
            self._shelf.put(run.engine, run.frame)
