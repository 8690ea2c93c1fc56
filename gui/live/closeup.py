"""The close-up: the stretch of steps that the axes show while a person watches one step after the other."""

from model.figures.figure import Range
from model.training.frame import Frame

_WIDTHS = (2, 5, 10)
"""Widths of the stretch: these times a power of ten, from 20 steps on."""
_BEFORE = 10
_MOST = 16
"""Runs that are remembered: as many as can be restored, and some more."""
_ROOM = 0.012
"""Of the width, so that the whole of a point is seen at the first step."""


class Closeup:
    """Follows the steps of each run from where they are first made singly, until they no longer are."""

    def __init__(self) -> None:
        self._run = 0
        self._step = 0
        self._began: dict[int, int] = {}
        """Where the close-up of each run begins, so that a restored run looks as it was left."""

    def follow(self, frame: Frame, *, singly: bool, training: bool) -> Range | None:
        """Take a frame, and give the steps to show; None for those of the whole run.

        Parameters
        ----------
        frame : the moment that is shown next
        singly : whether every step that is made now is to be seen
        training : whether steps are made; a run at rest stays as it was shown
        """
        if frame.run != self._run:
            self._run, self._step = frame.run, frame.step
        if not singly and frame.step != self._step:
            self._began.pop(frame.run, None)
        elif singly and training and frame.run not in self._began:
            self._began[frame.run] = max(self._step - self._step % _BEFORE - _BEFORE, 0)
            self._began = dict(list(self._began.items())[-_MOST:])
        self._step = frame.step
        began = self._began.get(frame.run)
        return None if began is None else _stretch(began, frame)


def _stretch(began: int, frame: Frame) -> Range | None:
    """Give the steps from where it began to a round number of them later, None where the run has no more than those."""
    power = 10
    while began + _WIDTHS[-1] * power < frame.step:
        power *= 10
    end = next(began + each * power for each in _WIDTHS if began + each * power >= frame.step)
    if began == 0 and end >= frame.target:
        return None
    return began - _ROOM * (end - began), float(end)
