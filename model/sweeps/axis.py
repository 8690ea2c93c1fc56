"""An axis of a sweep: a knob, and the values that it takes one after the other."""

from dataclasses import dataclass
from typing import Self

import numpy as np
import numpy.typing as npt

from model.training.knob import Knob, SpecError
from model.training.spec import KNOBS, TrainingSpec
from model.training.typed_number import read_float, read_whole
from model.words import Message, echo, msg

MOST_VALUES = 100_000
KINDS = ("float", "int", "choice", "sizes", "factors", "flag")
_NO_RANGE = "{text} is no range; write FROM:TO:COUNT or FROM:TO:COUNT:log, such as 0.001:1:32:log"
_PARTS = 3
_TWO = 2


@dataclass(frozen=True, slots=True)
class Axis:
    """A knob and its values.

    Attributes
    ----------
    knob : its name
    values : as the spec takes them
    log : whether they lie at equal ratios, not distances
    """

    knob: str
    values: tuple[object, ...]
    log: bool = False

    @classmethod
    def of_range(cls, knob: str, low: float, high: float, n: int, *, log: bool) -> Self:
        """Give n values from `low` to `high`, both among them; raises SpecError where the knob cannot take them."""
        if not 1 <= n <= MOST_VALUES:
            raise _refused(knob, msg("an axis has 1 to {most} values; got {n}", most=f"{MOST_VALUES:,}", n=f"{n:,}"))
        if log and not (low > 0 and high > 0):
            raise _refused(knob, msg("only numbers above 0 lie at equal ratios; leave out :log"))
        found = np.geomspace(low, high, n) if log else np.linspace(low, high, n)
        whole = KNOBS[knob].kind == "int"
        values = tuple(round(value) for value in found.tolist()) if whole else tuple(found.tolist())
        return cls(knob, values, log).checked()

    @classmethod
    def from_text(cls, text: str) -> Self:
        """Read KNOB=A:B:N, KNOB=A:B:N:log or KNOB=a,b,c; raises SpecError where it is none of these."""
        name, equals, values = text.partition("=")
        name = name.strip().replace("-", "_")
        knob = KNOBS.get(name)
        if knob is None or not equals or knob.kind not in KINDS:
            known = ", ".join(each.name for each in KNOBS.values() if each.kind in KINDS)
            said = msg("{text} names no knob that can be an axis; write KNOB=VALUES with one of {known}",
                       text=echo(text, 80), known=known)  # fmt: skip
            raise SpecError({"": said})
        if ":" in values and knob.kind in ("float", "int"):
            return cls._of_range_text(knob, values)
        parts = values.split(";" if ";" in values else ",")
        if len(parts) > MOST_VALUES:
            raise _refused(name, msg("an axis has at most {most} values", most=f"{MOST_VALUES:,}"))
        return cls(name, tuple(knob.parse(part.strip()) for part in parts)).checked()

    @classmethod
    def _of_range_text(cls, knob: Knob, text: str) -> Self:
        parts = text.removesuffix(":log").split(":")
        numbers = [read_float(part) for part in parts[:2]]
        count = read_whole(parts[-1])
        if len(parts) != _PARTS or count is None or None in numbers:
            raise _refused(knob.name, msg(_NO_RANGE, text=echo(text, 80)))
        low, high = (number for number in numbers if number is not None)
        return cls.of_range(knob.name, low, high, count, log=text.endswith(":log"))

    def __len__(self) -> int:
        return len(self.values)

    @property
    def is_number(self) -> bool:
        """Whether its values have a place on a line."""
        return KNOBS[self.knob].kind in ("float", "int")

    @property
    def places(self) -> npt.NDArray[np.float64]:
        """(n,) where the values lie: themselves, or their numbers from 0 where they are no numbers."""
        if self.is_number:
            return np.array(self.values, dtype=np.float64)
        return np.arange(len(self.values), dtype=np.float64)

    @property
    def words(self) -> list[str]:
        """The values as people write them."""
        knob = KNOBS[self.knob]
        return [knob.shown(value) for value in self.values]

    def array(self) -> npt.NDArray[np.generic]:
        """Give the values as SWEEP.npz holds them: numbers, or texts that a knob is read from."""
        if self.is_number:
            return np.array(self.values)
        return np.array([KNOBS[self.knob].format(value) for value in self.values])

    def checked(self) -> Self:
        """Refuse values that the knob cannot take, and those that stand there twice; raises SpecError."""
        if not self.values or not np.isfinite(self.places).all() or (self.log and self.places.min() <= 0):
            raise _refused(self.knob, msg("has values that no axis can have"))
        default = TrainingSpec().model_dump()
        seen: set[object] = set()
        for value in self.values:
            if value in seen:
                again = KNOBS[self.knob].shown(value)
                raise _refused(self.knob, msg("{value} is there twice; use fewer values", value=again))
            seen.add(value)
        # of numbers, the ends tell; others are few
        for value in (min(self.values), max(self.values)) if self.is_number else self.values:  # type: ignore[type-var]
            TrainingSpec.from_values({**default, self.knob: value})
        return self

    def said(self) -> str:
        """Write it as `from_text` reads it."""
        n = len(self.values)
        if self.is_number and n > _TWO:
            way = ":log" if self.log else ""
            first, last = (KNOBS[self.knob].format(value) for value in (self.values[0], self.values[-1]))
            if type(self).of_range(self.knob, float(first), float(last), n, log=self.log).values == self.values:
                return f"{self.knob}={first}:{last}:{n}{way}"
        words = [KNOBS[self.knob].format(value) for value in self.values]
        return f"{self.knob}={(';' if any(',' in word for word in words) else ',').join(words)}"


def _refused(knob: str, why: Message) -> SpecError:
    return SpecError({knob: why})
