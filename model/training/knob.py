"""What one knob is: its kind, limits and words, and the strict reading of what people type for it."""

import re
import types
from collections.abc import Mapping
from dataclasses import dataclass
from itertools import groupby
from typing import Any, Literal, Self, cast, get_args, get_origin

from pydantic.fields import FieldInfo

from model.foreign_text import LONGEST_NAME, showable
from model.training.typed_number import LONGEST, read_float, read_whole
from model.words import Message, echo, msg

Group = Literal["initialisation", "network", "data", "training", "numerics", "panel"]
"""Where a knob stands: in a group of the form, or in a panel of its own, which no command line knows."""
Scale = Literal["linear", "log"]
Kind = Literal["float", "int", "choice", "sizes", "factors", "path", "flag", "column"]

_RUN = re.compile(r"([+-]?\d+)(?: ?[x×*] ?(\d+))?", re.ASCII)
"""A layer's size, or many layers of one size: 50, 50x8."""
_FACTORS = re.compile(r"(.+?)(?: ?[x×] ?(\d+))?", re.ASCII)
"""A layer's factor, or that of many layers: 0.5, 0.5x8; here a * multiplies, as in any calculation."""
_ZERO_FIRST = re.compile(r"0\d", re.ASCII)
"""What a decimal comma leaves behind it: 0,01 is no list of two factors."""
_LONG_RUN = 4
"""Layers of one size from which they are written as "50 ×8"."""
_COMMA = re.compile(r"[+-]?\d+,(\d{1,2}|\d{4,})([eE][+-]?\d+)?", re.ASCII)
_GROUPS = re.compile(r"\d{1,3}([, '_\u00a0\u2009\u202f]\d{3})+", re.ASCII)
_KINDS: dict[object, Kind] = {float: "float", int: "int", bool: "flag", str: "column"}


class SpecError(ValueError):
    """Values that a spec cannot take: one message for each knob's name ("" for the whole)."""

    def __init__(self, messages: Mapping[str, Message]) -> None:
        said = (f"{showable(name, LONGEST_NAME)}: {text}" if name else str(text) for name, text in messages.items())
        super().__init__("; ".join(said))
        self.messages = dict(messages)

    @property
    def first(self) -> Message:
        """The first of the messages, where there is room for one."""
        return next(iter(self.messages.values()))


@dataclass(frozen=True, slots=True)
class Knob:
    """One knob, read from its declaration in TrainingSpec."""

    name: str
    kind: Kind
    default: object
    label: str
    help: str
    group: Group
    unit: str
    low: float | None
    high: float | None
    scale: Scale
    choices: tuple[str, ...]
    live: bool
    """Whether a new value applies to the running training instead of starting it anew."""
    zero: str = ""
    """The word for 0, where that is no number but a choice: auto, off."""

    @classmethod
    def of_field(cls, name: str, field: FieldInfo) -> Self:
        """Derive the knob from a field of TrainingSpec."""
        extra = cast("dict[str, Any]", field.json_schema_extra)
        limits: dict[str, float] = {}
        for item in field.metadata:
            limits |= {side: getattr(item, side) for side in ("ge", "le", "max_length") if hasattr(item, side)}
        return cls(
            name=name,
            kind=_kind(field.annotation),
            default=field.default,
            label=field.title or name,
            help=field.description or "",
            low=limits.get("ge"),
            high=limits.get("le", limits.get("max_length")),
            choices=get_args(field.annotation) if get_origin(field.annotation) is Literal else (),
            **extra,
        )

    @property
    def flag(self) -> str:
        """The command-line flag: `--weight-init-std`."""
        return "" if self.group == "panel" else "--" + self.name.replace("_", "-")

    def limits(self) -> Message:
        """Say what the knob takes, to complete "must be …"."""
        low, high = _plain(self.low), _plain(self.high)
        match self.kind:
            case "choice":
                return msg("one of {choices}", choices=", ".join(self.choices))
            case "sizes":
                if self.group == "panel":
                    return msg("1 to {high} whole numbers, each at least 1, such as 50 or 50,50", high=high)
                return msg("1 to {high} whole numbers, each at least 1, such as 50, 50,20 or 50x8", high=high)
            case "factors":
                text = "one factor or one for each weight layer, at most {high}; each 0 or larger, such as 1 or 1,0.01"
                return msg(text, high=high)
            case "path":
                return msg("the path of a file or a folder") if self.group == "data" else msg("the path of a file")
            case "flag":
                return msg("true or false")
            case "column":
                return msg("auto, first, last, a column's name, or its number from 1")
            case "int" | "float":
                numbers = self._numbers(low, high)
                return msg("{numbers}, or {zero}", numbers=numbers, zero=self.zero) if self.zero else numbers

    def _numbers(self, low: str, high: str) -> Message:
        if self.kind == "int" and self.high is None:
            return msg("a whole number, at least {low}", low=low)
        if self.kind == "int":
            return msg("a whole number from {low} to {high}", low=low, high=high)
        if self.high is None:
            return msg("a finite number, {low} or larger", low=low)
        return msg("a finite number from {low} to {high}", low=low, high=high)

    def refusal(self, value: object) -> Message:
        """Say that `value` cannot be taken, and what could."""
        if isinstance(value, str) and self.kind in ("float", "int", "sizes", "factors", "column") and not value:
            return msg("is empty; must be {limits}", limits=self.limits())
        suggestion = self.suggestion(value) if isinstance(value, str) else ""
        if suggestion and self.kind in ("float", "factors"):
            return msg("Use {suggestion}, with a point; must be {limits}", suggestion=suggestion, limits=self.limits())
        if suggestion:
            text = "Use {suggestion}, without separators; must be {limits}"
            return msg(text, suggestion=suggestion, limits=self.limits())
        if self.kind == "float" and isinstance(value, str) and "," in value:
            return msg("Use a decimal point and no separators, as in 0.01; must be {limits}", limits=self.limits())
        if isinstance(value, str) and len(value) > LONGEST:
            return msg("is too large: must be {limits}; got {text}", limits=self.limits(), text=echo(value))
        text = value if isinstance(value, str) else self._shown(value)
        return msg("must be {limits}; got {text}", limits=self.limits(), text=echo(text))

    def suggestion(self, text: str) -> str:
        """Give what was surely meant by a text that is refused, to be offered and never taken unasked; "" otherwise."""
        if len(text) > LONGEST:
            return ""
        if self.kind in ("float", "factors"):
            usual = text.replace("\u2212", "-")
            return usual.replace(",", ".") if _COMMA.fullmatch(usual) else ""
        return re.sub(r"\D", "", text) if self.kind == "int" and _GROUPS.fullmatch(text) else ""

    def parse(self, text: str) -> object:
        """Read what a person typed; raises SpecError where it is not this kind of value.

        Numbers have one form, digits with a decimal point and perhaps an exponent, whatever the language: guessing
        at commas is how 0,01 becomes 1. A calculation such as 1/64 or sqrt(2/784) is worked out. Limits are the
        spec's to check.
        """
        match self.kind:
            case "float" if (number := read_float(text)) is not None:
                return number
            case "int" if (whole := read_whole(text)) is not None:
                return whole
            case "int" if self.zero and text == self.zero:
                return 0
            case "float" if self.zero and text == self.zero:
                return 0.0
            case "sizes" | "factors" if len(text) <= LONGEST and (of_layers := self._of_layers(text)):
                return of_layers
            case "choice" if text in self.choices:
                return text
            case "flag" if text in ("true", "false"):
                return text == "true"
            case "path" if "\0" not in text:
                return text or None
            case "column" if 0 < len(text) <= LONGEST:
                return text
        raise SpecError({self.name: self.refusal(text)})

    def format(self, value: object) -> str:
        """Write a value so that `parse` gives it back exactly."""
        if isinstance(value, bool):
            return "true" if value else "false"
        if isinstance(value, float):
            return repr(int(value)) if value.is_integer() and abs(value) < 1e15 else repr(value)
        if isinstance(value, tuple):
            return ",".join(self.format(each) for each in value)
        return "" if value is None else str(value)

    def shown(self, value: object) -> str:
        """Write a value for people: `format`, with a word for a 0 that has one, and many equal layers as one."""
        if self.zero and value == 0:
            return self.zero
        if isinstance(value, tuple) and self.group != "panel":
            runs = ((self.format(each), len(list(run))) for each, run in groupby(value))
            return ",".join(f"{size} ×{n}" if n >= _LONG_RUN else ",".join([size] * n) for size, n in runs)
        return self.format(value)

    def _of_layers(self, text: str) -> tuple[float, ...]:
        return _factors(text) if self.kind == "factors" else self._sizes(text)

    def _sizes(self, text: str) -> tuple[int, ...]:
        """Read sizes, with runs of equal ones if they are layers; empty where the text is something else."""
        found = [_RUN.fullmatch(part) for part in text.split(",")]
        runs = [(int(run[1]), int(run[2] or 1)) for run in found if run is not None]
        layers = sum(n for _, n in runs)
        plain = len(runs) == len(found) and (self.group != "panel" or layers == len(runs))
        if not plain or layers > LONGEST or any(n == 0 for _, n in runs):
            return ()
        return tuple(size for size, n in runs for _ in range(n))

    def _shown(self, value: object) -> str:
        if isinstance(value, int) and value.bit_length() > 4 * LONGEST:
            return "…"  # Python itself refuses to write out more than 4,300 digits
        return self.format(value) if isinstance(value, (int, tuple)) else repr(value)


def _factors(text: str) -> tuple[float, ...]:
    """Read factors of layers, with runs of equal ones; empty where the text is something else."""
    found: list[float] = []
    for part in text.split(","):
        run = None if _ZERO_FIRST.match(part) else _FACTORS.fullmatch(part)
        factor = None if run is None else read_float(run[1])
        n = int(run[2] or 1) if run is not None and len(run[2] or "") < _LONG_RUN else 0
        if factor is None or n == 0:
            return ()
        found += [factor] * n
    return tuple(found)


def _kind(annotation: object) -> Kind:
    if get_origin(annotation) is Literal:
        return "choice"
    if get_origin(annotation) is types.UnionType:
        return "path"
    if get_origin(annotation) is tuple:
        return "factors" if float in get_args(get_args(annotation)[0]) else "sizes"
    return _KINDS[annotation]


def _plain(limit: float | None) -> str:
    return "" if limit is None else f"{limit:g}" if isinstance(limit, float) else str(limit)
