"""The pace: the speed that a person chose, and the steps a second which that means for a run."""

from dataclasses import dataclass
from typing import Literal

Speed = float | Literal["auto"]

_DEFAULT_SECONDS = 6.0
"""The time over which the default speed spreads a run: at full speed it is over in four frames."""


@dataclass(frozen=True, slots=True)
class Pace:
    """A speed in steps a second; inf is as fast as it goes, "auto" spreads a run over six seconds."""

    speed: Speed = "auto"

    def steps_per_second(self, steps: int) -> float:
        """Give the pace of a run of so many steps."""
        return max(1.0, steps / _DEFAULT_SECONDS) if self.speed == "auto" else self.speed
