"""The Pace: how many steps a run may have made by now at so many steps a second."""

import math
import time
from collections.abc import Callable

# A paced run wakes at most this often; faster than any screen, slow enough to leave the GIL alone.
TICK = 1 / 120
# A run that fell behind by more than this (the machine slept) goes on from now instead of catching up.
BACKLOG = 0.25
# Up to this speed, in steps a second, a run never catches up: two steps at once would be drawn as one.
SLOW = 30.0
_FAR = 1e15


class Pace:
    """How many steps may have been made by now at so many steps a second."""

    def __init__(self, speed: float, clock: Callable[[], float] = time.monotonic) -> None:
        self.speed = speed
        self._clock = clock
        self._since = clock()
        self._step = 0

    @property
    def slow(self) -> bool:
        """Whether every single step is to be seen."""
        return self.speed <= SLOW

    def anchor(self, step: int) -> None:
        """Count from this step and this moment on."""
        self._since, self._step = self._clock(), step

    def allowed(self, step: int) -> float:
        """The step that may be reached now by a run that is at `step`."""
        if math.isinf(self.speed):
            return math.inf
        due = self._step + math.floor(min((self._clock() - self._since) * self.speed, _FAR))
        if due - step > max(1.0, 0.0 if self.slow else self.speed * BACKLOG):
            self.anchor(step)
            return step + 1
        return due

    def wait(self, step: int) -> float:
        """Seconds until a step after `step` is due, no less than a tick."""
        due_at = self._since + (step + 1 - self._step) / self.speed
        return max(TICK, due_at - self._clock())
