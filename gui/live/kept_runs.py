"""Runs that were replaced: shown pale behind the present one, and to be had back."""

from collections import deque
from dataclasses import dataclass

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


class KeptRuns:
    """The last dozen of replaced runs. Those between the two ends of a drag are only passing positions."""

    def __init__(self) -> None:
        self._runs: deque[KeptRun] = deque(maxlen=_MOST)
        self._before_drag: KeptRun | None = None
        self._dragging = False

    def keep(self, run: KeptRun | None) -> None:
        """Keep a run that is being replaced, unless a drag goes on."""
        if run is not None and not self._dragging:
            self._runs.append(run)

    def start_drag(self, run: KeptRun | None) -> None:
        """From here on, replaced runs are passing: the one before stays the ghost."""
        self._dragging = True
        self._before_drag = run

    def end_drag(self, present: Engine | None) -> None:
        """Keep the run from before the drag, if the drag has replaced it."""
        self._dragging = False
        run, self._before_drag = self._before_drag, None
        if run is not None and run.engine is not present:
            self._runs.append(run)

    def take_back(self) -> KeptRun | None:
        """Give the run that was replaced last, and keep it no longer."""
        return self._runs.pop() if self._runs else None

    @property
    def ghosts(self) -> tuple[Frame, ...]:
        """The moment to show pale: of the run before the present one, or before the drag that goes on."""
        run = self._before_drag or (self._runs[-1] if self._runs else None)
        return (run.frame,) if run is not None else ()

    def __bool__(self) -> bool:
        return bool(self._runs)
