"""Runs that were replaced and can be restored, and every change of a knob that can be undone."""

import time
import weakref
from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import partial

from PySide6.QtCore import QObject, Signal, Slot
from PySide6.QtGui import QUndoCommand, QUndoStack

from model.data.dataset import Dataset
from model.training.differences import differences, what_differs
from model.training.engine import Engine
from model.training.frame import Frame
from model.training.spec import TrainingSpec

_MOST = 100
"""Changes that can be undone."""
_MOST_RUNS = 12
"""Changes back to which the runs themselves are kept; beyond, they are trained again."""
_TOGETHER = 1.0
"""Seconds within which turns of one knob of a running training are one change."""


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


@dataclass(frozen=True, slots=True)
class Place:
    """Where a person was: the spec, its data, and the run, None where that can be made again at once."""

    spec: TrainingSpec
    data: Dataset
    run: KeptRun | None


def run_to_keep(engine: Engine | None, shown: Frame | None, spec: TrainingSpec) -> KeptRun | None:
    """Give the present run as one to keep; None if it has not been shown yet."""
    if engine is None or shown is None or shown.run != engine.recording.run:
        return None
    return KeptRun(engine, engine.recording.frame() or shown, spec)


class _Change(QUndoCommand):
    """A change that can be taken back.

    Not by Qt's own `undo` and `redo`, which are called from its side, where an exception ends the process.
    """

    def back(self) -> None:
        """Take the change back."""
        raise NotImplementedError

    def forth(self) -> None:
        """Make it again."""
        raise NotImplementedError


class _Replaced(_Change):
    """The present run made room for another one."""

    def __init__(self, before: Place, where: Callable[[], Place], go: Callable[[Place], None]) -> None:
        super().__init__()
        self.before = before
        self._after: Place | None = None
        self._where = where
        self._go = go

    def back(self) -> None:
        self._after = self._where()
        self._go(self.before)

    def forth(self) -> None:
        if self._after is not None:
            self.before = self._where()
            self._go(self._after)

    def forget_runs(self) -> None:
        """Keep no more than it takes to make the runs again."""
        self.before = replace(self.before, run=None)
        self._after = None if self._after is None else replace(self._after, run=None)


class _Turned(_Change):
    """A knob of the running training was turned."""

    def __init__(self, name: str, old: object, new: object, turn: Callable[[str, object], None], text: str) -> None:
        super().__init__(text)
        self.name, self.old, self.new = name, old, new
        self._turn = turn
        self.at = time.monotonic()

    def id(self) -> int:
        return 1

    def mergeWith(self, other: QUndoCommand) -> bool:
        if not isinstance(other, _Turned) or other.name != self.name or other.at - self.at > _TOGETHER:
            return False
        self.new, self.at = other.new, other.at
        self.setText(other.text())
        return True

    def back(self) -> None:
        self._turn(self.name, self.old)

    def forth(self) -> None:
        self._turn(self.name, self.new)


class KeptRuns(QObject):
    """What can be undone. Runs between the start and the end of a drag are not kept.

    Parameters
    ----------
    present : gives the present run as one to keep, None if it has not been shown yet
    where : gives where one is, with the run if it has been shown
    exact : gives the same with the run in any case
    go : makes a place the present one
    turn : turns a knob of the running training

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

    def __init__(
        self,
        present: Callable[[], KeptRun | None],
        where: Callable[[], Place],
        exact: Callable[[], Place],
        go: Callable[[Place], None],
        turn: Callable[[str, object], None],
        parent: QObject,
    ) -> None:
        super().__init__(parent)
        self._present = present
        self._where = where
        self._exact = exact
        self._go = go
        self._turn = turn
        self._stack = QUndoStack(self)
        self._stack.setUndoLimit(_MOST)
        self._before_drag: Place | None = None
        self.dragging = False

    def keep(self, *, untrained: bool = False) -> None:
        """Keep where one is, which is being left, unless a drag is going on.

        Parameters
        ----------
        untrained : also where nothing was trained, for a knob is being turned
        """
        if self.dragging:
            return
        place = self._where()
        trained = place.run is not None and not place.run.untrained
        if trained or untrained:
            self._push(_Replaced(place, self._exact, self._go))
        if trained:
            self.left.emit(place.run)

    def keep_knobs(self) -> None:
        """Keep the spec alone, which is being left, unless a drag is going on."""
        if not self.dragging:
            self._push(_Replaced(replace(self._where(), run=None), self._exact, self._go))

    def keep_turn(self, name: str, old: TrainingSpec, new: TrainingSpec) -> None:
        """Keep that a knob of the running training has been turned."""
        text, engine = str(what_differs(new, old)), self._engine
        turn = partial(self._turn_in, None if engine is None else weakref.ref(engine))
        self._stack.push(_Turned(name, getattr(old, name), getattr(new, name), turn, text))
        self._spare()
        self.changed.emit()

    def lay_before(self, run: KeptRun) -> None:
        """Let a run be the one before the present one."""
        self._push(_Replaced(Place(run.spec, run.engine.data, run), self._exact, self._go))
        self.changed.emit()

    @property
    def _engine(self) -> Engine | None:
        run = self._exact().run
        return None if run is None else run.engine

    def _turn_in(self, engine: "weakref.ref[Engine] | None", name: str, value: object) -> None:
        """Turn a knob of the run that it was turned in; another one is not to be changed."""
        here = self._engine
        if engine is not None and here is not None and engine() is here:
            self._turn(name, value)

    def _push(self, change: _Replaced) -> None:
        self._stack.push(change)
        self._spare()

    def _spare(self) -> None:
        """Let go of the runs of changes that are far from where one is."""
        here = self._stack.index()
        for place in range(self._stack.count()):
            command = self._stack.command(place)
            if abs(place - here) > _MOST_RUNS and isinstance(command, _Replaced):
                command.forget_runs()

    @Slot()
    def start_drag(self) -> None:
        """Keep no runs until `end_drag`: the run from before the drag stays the one before."""
        self.dragging = True
        self._before_drag = self._where()
        if self._before_run is not None:
            self.left.emit(self._before_run)
        self.dragged.emit()

    @Slot()
    def end_drag(self) -> None:
        """Keep where one was before the drag, if the drag has led elsewhere."""
        self.dragging = False
        before, self._before_drag = self._before_drag, None
        run, here = self._trained(before), self._exact()
        left = run is not None and (here.run is None or here.run.engine is not run.engine)
        if before is not None and (left or before.spec != here.spec):
            self._push(_Replaced(before, self._exact, self._go))
        self.dragged.emit()
        self.changed.emit()

    def undo(self) -> None:
        """Go back to where one was before the last change."""
        command = self._stack.command(self._stack.index() - 1)
        self._stack.undo()
        if isinstance(command, _Change):
            command.back()
        self._spare()
        self.changed.emit()

    def redo(self) -> None:
        """Go to where one was before the last `undo`."""
        command = self._stack.command(self._stack.index())
        self._stack.redo()
        if isinstance(command, _Change):
            command.forth()
        self._spare()
        self.changed.emit()

    @staticmethod
    def _trained(place: Place | None) -> KeptRun | None:
        run = None if place is None else place.run
        return None if run is None or run.untrained else run

    @property
    def _before_run(self) -> KeptRun | None:
        return self._trained(self._before_drag)

    @property
    def before(self) -> KeptRun | None:
        """The run before the present one, or before the drag that is going on."""
        if self._before_run is not None:
            return self._before_run
        for place in range(self._stack.index() - 1, -1, -1):
            command = self._stack.command(place)
            if isinstance(command, _Replaced) and command.before.run is not None and not command.before.run.untrained:
                return command.before.run
        return None

    @property
    def change(self) -> str:
        """What `undo` would take back, in words; "" where that is no knob, or nothing."""
        command = self._stack.command(self._stack.index() - 1) if self.can_undo else None
        if isinstance(command, _Replaced):
            found = differences(self._where().spec, command.before.spec)
            return ", ".join(map(str, found))
        return command.text() if command is not None else ""

    @property
    def can_undo(self) -> bool:
        """Whether there is anything to undo."""
        return self._stack.canUndo()

    @property
    def can_redo(self) -> bool:
        """Whether there is anything undone."""
        return self._stack.canRedo()
