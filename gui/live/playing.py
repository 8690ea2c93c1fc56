"""Playing: the present run through time, as a film is played."""

import time

from PySide6.QtCore import QObject, Qt, QTimer, Signal, Slot

from gui.live.present_run import PresentRun
from gui.live.seeking import Seeking

_SECONDS = 10.0
"""How long a whole run takes to be played at speed 1."""
_REFRESH_MS = 16
SPEEDS = (0.125, 0.25, 0.5, 1.0, 2.0, 4.0, 8.0)


class Playing(QObject):
    """Seeks one step after the other.

    Attributes
    ----------
    loops : whether it begins again at the end, instead of following the newest step
    speed : of SPEEDS; with 1, any run takes ten seconds
    changed : something of these, or whether it plays
    """

    changed = Signal()

    def __init__(self, run: PresentRun, seeking: Seeking, parent: QObject) -> None:
        super().__init__(parent)
        self.loops = False
        self.speed = 1.0
        self._run = run
        self._seeking = seeking
        self._at = 0.0
        self._then = 0.0
        self._timer = QTimer(self)
        self._timer.setTimerType(Qt.TimerType.PreciseTimer)
        self._timer.setInterval(_REFRESH_MS)
        self._timer.timeout.connect(self._advance)
        seeking.changed.connect(self._end_with_it)

    @property
    def on(self) -> bool:
        """Whether it plays."""
        return self._timer.isActive()

    @Slot()
    def toggle(self) -> None:
        """Play on from the step that is looked at, or from the first; or stay where it is."""
        if self.on:
            self.stop()
        elif self._run.step > 0:
            self._at = float(self._seeking.step or 0)
            self._then = time.monotonic()
            self._seeking.seek(int(self._at))
            self._timer.start()
            self.changed.emit()

    @Slot()
    def stop(self) -> None:
        """Stay at the step that is looked at."""
        if self.on:
            self._timer.stop()
            self.changed.emit()

    def step_by(self, steps: int) -> None:
        """Look at a step before or after the one that is looked at."""
        self.stop()
        here = self._run.step if self._seeking.step is None else self._seeking.step
        self._seeking.seek(max(here + steps, 0))

    def change_speed(self, by: int) -> None:
        """Play faster or slower by so many places of SPEEDS."""
        place = SPEEDS.index(self.speed) + by
        self.speed = SPEEDS[min(max(place, 0), len(SPEEDS) - 1)]
        self.changed.emit()

    def set_loops(self, *, on: bool) -> None:
        """Begin again at the end, or not."""
        self.loops = on
        self.changed.emit()

    @Slot()
    def _advance(self) -> None:
        now, newest = time.monotonic(), self._run.step
        self._at += (now - self._then) * self.speed * newest / _SECONDS
        self._then = now
        if self._at >= newest and self.loops:
            self._at = 0.0
        if self._at >= newest:
            self.stop()
            self._seeking.follow()
        elif self._seeking.idle:  # a step that takes long to make is shown before the next is asked for
            self._seeking.seek(int(self._at))

    @Slot()
    def _end_with_it(self) -> None:
        if self._seeking.step is None:
            self.stop()
