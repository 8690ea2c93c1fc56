"""A finding: what a rule saw in a run, as a code and the numbers that show it."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from model.insight.advice.promise import Promise

Severity = Literal["info", "warn", "bad"]
Number = int | float | str


@dataclass(frozen=True, slots=True)
class Finding:
    """What a rule found: what it is called, the numbers that show it, and the panel that does."""

    code: str
    severity: Severity
    numbers: Mapping[str, Number]
    panel: str = ""
    about: bool = False
    """Whether its steps are those of stretches of a long history, not exact."""
    cause: str = ""
    """The code of the finding that this is a symptom of."""
    promise: Promise | None = None
    """What to do about it, and what that is expected to bring."""
