"""The shelf: the runs that a person can come back to and lay beside the present one."""

from collections.abc import Iterator
from dataclasses import dataclass, replace

from PySide6.QtCore import QObject, Signal

from model.training.engine import Engine
from model.training.frame import Frame

_MOST_ENGINES = 12


@dataclass(frozen=True, slots=True, eq=False)
class ShelfRun:
    """A run on the shelf.

    Attributes
    ----------
    frame : its last moment
    engine : that trained it and can go on; None where only the curves are still there
    slot : its colour, from 1 on, for ever
    name, note : that a person gave it
    beside : whether it is shown beside the present run
    """

    frame: Frame
    engine: Engine | None
    slot: int
    name: str = ""
    note: str = ""
    starred: bool = False
    beside: bool = False

    @property
    def number(self) -> int:
        """Of the run, in this process."""
        return self.frame.run


class Shelf(QObject):
    """Runs by their numbers, in the order in which they came.

    Attributes
    ----------
    changed : something of the run with this number
    listed : a run has come or gone
    """

    changed = Signal(int)
    listed = Signal()

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._runs: dict[int, ShelfRun] = {}
        self._slots = 0

    def __iter__(self) -> Iterator[ShelfRun]:
        return iter(tuple(self._runs.values()))

    def __len__(self) -> int:
        return len(self._runs)

    def get(self, number: int) -> ShelfRun | None:
        """Give a run; None where it is not on the shelf."""
        return self._runs.get(number)

    def put(self, engine: Engine, frame: Frame, **changes: object) -> ShelfRun:
        """Put a run on the shelf, or bring what is there up to date."""
        known = self._runs.get(frame.run)
        if known is None:
            self._slots += 1
            known = ShelfRun(frame, engine, self._slots)
            self._runs[frame.run] = replace(known, **changes)  # type: ignore[arg-type]
            self.listed.emit()
        else:
            self.change(frame.run, frame=frame, engine=engine, **changes)
        self._let_go()
        return self._runs[frame.run]

    def follow(self, frame: Frame) -> None:
        """Bring a run that is being trained up to date; nobody is told, so often does it happen."""
        self._runs[frame.run] = replace(self._runs[frame.run], frame=frame)

    def forget(self, number: int) -> None:
        """Take a run off the shelf."""
        if self._runs.pop(number, None) is not None:
            self.listed.emit()

    def change(self, number: int, **changes: object) -> None:
        """Change what is said of a run, or whether it is shown."""
        self._runs[number] = replace(self._runs[number], **changes)  # type: ignore[arg-type]
        self.changed.emit(number)

    def _let_go(self) -> None:
        """Keep the engines of the newest runs only, and of those that are shown: each has a dozen megabytes."""
        for number in list(self._runs)[:-_MOST_ENGINES]:
            if self._runs[number].engine is not None and not self._runs[number].beside:
                self._runs[number] = replace(self._runs[number], engine=None)

    def beside(self) -> list[ShelfRun]:
        """Give the runs that are shown beside the present one, in the order in which they came."""
        return [run for run in self._runs.values() if run.beside]
