"""Runs that were replaced and can be restored; and runs that were undone."""

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
    """A replaced run: its engine, to continue; its last frame, to show; and its spec with the live changes."""

    engine: Engine
    frame: Frame
    spec: TrainingSpec

    @property
    def untrained(self) -> bool:
        """Whether it shows nothing that a new run would not show."""
        return self.frame.step == 0


def run_to_keep(engine: Engine | None, shown: Frame | None, spec: TrainingSpec) -> KeptRun | None:
    """Give the present run as one to keep; None if it has not been shown yet."""
    if engine is None or shown is None or shown.run != engine.recording.run:
        return None
    return KeptRun(engine, engine.recording.frame() or shown, spec)


class KeptRuns(QObject):
    """The last dozen replaced runs. Those between the start and the end of a drag are not kept.

    Parameters
    ----------
    present : gives the present run as one to keep, None if it has not been shown yet

    Attributes
    ----------
    dragging : whether the dial is being dragged
    left : this run, as one to keep, is being replaced
    changed : the run before may be another one
    dragged : a drag has started or ended
    """

    left = Signal(object)
    changed = Signal()
    dragged = Signal()

    def __init__(self, present: Callable[[], KeptRun | None], parent: QObject) -> None:
        super().__init__(parent)
        self._present = present
        self._runs: deque[KeptRun] = deque(maxlen=_MOST)
        self._undone: list[KeptRun] = []
        self._before_drag: KeptRun | None = None
        self.dragging = False

    def keep(self) -> None:
        """Keep the present run, which is being replaced, unless a drag is going on; undone runs are forgotten."""
        self._undone.clear()
        run = None if self.dragging else self._present()
        if run is not None and not run.untrained:
            self._runs.append(run)
            self.left.emit(run)

    @Slot()
    def start_drag(self) -> None:
        """Keep no runs until `end_drag`: the run from before the drag stays the one before."""
        self.dragging = True
        run = self._present()
        self._before_drag = None if run is None or run.untrained else run
        if self._before_drag is not None:
            self.left.emit(self._before_drag)
        self.dragged.emit()

    @Slot()
    def end_drag(self) -> None:
        """Keep the run from before the drag, if the drag has replaced it."""
        self.dragging = False
        run, self._before_drag = self._before_drag, None
        present = self._present()
        if run is not None and (present is None or run.engine is not present.engine):
            self._runs.append(run)
        self.dragged.emit()
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
    def before(self) -> KeptRun | None:
        """The run before the present one, or before the drag that is going on."""
        return self._before_drag or (self._runs[-1] if self._runs else None)

    @property
    def can_undo(self) -> bool:
        """Whether there is a run to restore."""
        return bool(self._runs)

    @property
    def can_redo(self) -> bool:
        """Whether there is an undone run to return to."""
        return bool(self._undone)
