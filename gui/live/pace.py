"""The pace: the speed that a person chose, and the steps a second which that means for a run."""

from collections.abc import Callable
from typing import Literal

from model.training.pace import SLOW

Speed = float | Literal["auto"]

_DEFAULT_SECONDS = 6.0
"""The time over which the default speed spreads a run: at full speed it is over in four frames."""


class Pace:
    """A speed in steps a second; inf is as fast as it goes, "auto" spreads a run over six seconds.

    Parameters
    ----------
    apply : told the steps a second whenever something that they depend on was set
    """

    def __init__(self, apply: Callable[[float], None], steps: int) -> None:
        self.speed: Speed = "auto"
        self._steps = steps
        self._apply = apply

    def set_speed(self, speed: Speed) -> None:
        """Set the speed."""
        self.speed = speed
        self._apply(self.steps_per_second)

    def set_steps(self, steps: int) -> None:
        """Tell the length of the run."""
        self._steps = steps
        self._apply(self.steps_per_second)

    @property
    def steps_per_second(self) -> float:
        """The pace in force."""
        return max(1.0, self._steps / _DEFAULT_SECONDS) if self.speed == "auto" else self.speed

    @property
    def slow(self) -> bool:
        """Whether every single step is to be seen."""
        return self.steps_per_second <= SLOW
