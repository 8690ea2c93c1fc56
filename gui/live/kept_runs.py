"""Runs that were replaced: shown pale behind the present one, and to be had back; and runs that were undone."""

from collections import deque
from collections.abc import Callable
from dataclasses import dataclass

from PySide6.QtCore import QObject, Signal, Slot

from model.training.engine import Engine
from model.training.frame import Frame
from model.training.spec import TrainingSpec

_MOST = 12


@dataclass(frozen=True, slots=True)
class KeptRun:
    """A replaced run: its engine to go on with, its last frame to show, and its spec with the live changes."""

    engine: Engine
    frame: Frame
    spec: TrainingSpec

    @property
    def untrained(self) -> bool:
        """Whether there is nothing to see of it that a new run would not show."""
        return self.frame.step == 0


class KeptRuns(QObject):
    """The last dozen of replaced runs. Those between the two ends of a drag are only passing positions.

    Parameters
    ----------
    present : gives the present run as one to keep, None where it has not been shown yet

    Attributes
    ----------
    changed : the ghosts may have become others
    """

    changed = Signal()

    def __init__(self, present: Callable[[], KeptRun | None], parent: QObject) -> None:
        super().__init__(parent)
        self._present = present
        self._runs: deque[KeptRun] = deque(maxlen=_MOST)
        self._undone: list[KeptRun] = []
        self._before_drag: KeptRun | None = None
        self._dragging = False

    def keep(self) -> None:
        """Keep the present run, which is being replaced, unless a drag goes on; what was undone is past then."""
        self._undone.clear()
        run = None if self._dragging else self._present()
        if run is not None and not run.untrained:
            self._runs.append(run)

    @Slot()
    def start_drag(self) -> None:
        """From here on, replaced runs are passing positions of the dial: the one before stays the ghost."""
        self._dragging = True
        run = self._present()
        self._before_drag = None if run is None or run.untrained else run

    @Slot()
    def end_drag(self) -> None:
        """Keep the run from before the drag, if the drag has replaced it."""
        self._dragging = False
        run, self._before_drag = self._before_drag, None
        present = self._present()
        if run is not None and (present is None or run.engine is not present.engine):
            self._runs.append(run)
        self.changed.emit()

    def take_back(self) -> KeptRun | None:
        """Give the run that was replaced last, and keep the present one for `take_forward`."""
        if not self._runs:
            return None
        present = self._present()
        if present is not None:
            self._undone.append(present)
        return self._runs.pop()

    def take_forward(self) -> KeptRun | None:
        """Give the run that was undone last, and keep the present one for `take_back`."""
        if not self._undone:
            return None
        run = self._undone.pop()
        present = self._present()
        if present is not None and not present.untrained:
            self._runs.append(present)
        return run

    @property
    def ghosts(self) -> tuple[Frame, ...]:
        """The moment to show pale: of the run before the present one, or before the drag that goes on."""
        run = self._before_drag or (self._runs[-1] if self._runs else None)
        return (run.frame,) if run is not None else ()

    @property
    def can_undo(self) -> bool:
        """Whether there is a run to have back."""
        return bool(self._runs)

    @property
    def can_redo(self) -> bool:
        """Whether there is an undone run to have again."""
        return bool(self._undone)
