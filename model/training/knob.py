"""What one knob is: its kind, limits and words, and the strict reading of what people type for it."""

import math
import re
import types
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal, Self, cast, get_args, get_origin

from pydantic.fields import FieldInfo

from model.foreign_text import LONGEST_NAME, showable
from model.words import Message, echo, msg

Group = Literal["initialisation", "network", "data", "training", "numerics", "panel"]
"""Where a knob stands: in a group of the form, or in a panel of its own, which no command line knows."""
Scale = Literal["linear", "log"]
Kind = Literal["float", "int", "choice", "sizes", "path", "flag", "column"]

_FLOAT = re.compile(r"[+-]?(\d+(\.\d*)?|\.\d+)([eE][+-]?\d+)?", re.ASCII)
_NON_FINITE = re.compile(r"[+-]?(nan|inf|infinity)", re.ASCII | re.IGNORECASE)
_INT = re.compile(r"[+-]?\d+", re.ASCII)
_COMMA = re.compile(r"[+-]?\d+,(\d{1,2}|\d{4,})([eE][+-]?\d+)?", re.ASCII)
LONGEST = 400
"""Characters of a number: more are a mistake, and above 4,300 digits Python itself raises."""
_KINDS: dict[object, Kind] = {float: "float", int: "int", bool: "flag", str: "column"}


class SpecError(ValueError):
    """Values that a spec cannot take: one message for each knob's name ("" for the whole)."""

    def __init__(self, messages: Mapping[str, Message]) -> None:
        said = (f"{showable(name, LONGEST_NAME)}: {text}" if name else str(text) for name, text in messages.items())
        super().__init__("; ".join(said))
        self.messages = dict(messages)


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
                return msg("1 to {high} whole numbers, each at least 1, such as 50 or 50,50", high=high)
            case "path":
                return msg("the path of a file or a folder")
            case "flag":
                return msg("true or false")
            case "column":
                return msg("auto, first, last, a column's name, or its number from 1")
            case "int" if self.high is None:
                return msg("a whole number, at least {low}", low=low)
            case "int":
                return msg("a whole number from {low} to {high}", low=low, high=high)
            case "float" if self.high is None:
                return msg("a finite number, {low} or larger", low=low)
            case "float":
                return msg("a finite number from {low} to {high}", low=low, high=high)

    def refusal(self, value: object) -> Message:
        """Say that `value` cannot be taken, and what could."""
        if isinstance(value, str) and self.kind in ("float", "int", "sizes", "column") and not value:
            return msg("is empty; must be {limits}", limits=self.limits())
        if self.kind == "float" and isinstance(value, str) and _COMMA.fullmatch(value):
            suggestion = value.replace(",", ".")
            return msg("Use {suggestion}, with a point; must be {limits}", suggestion=suggestion, limits=self.limits())
        if self.kind == "float" and isinstance(value, str) and "," in value:
            return msg("Use a decimal point and no separators, as in 0.01; must be {limits}", limits=self.limits())
        if isinstance(value, str) and len(value) > LONGEST:
            return msg("is too large: must be {limits}; got {text}", limits=self.limits(), text=echo(value))
        text = value if isinstance(value, str) else self._shown(value)
        return msg("must be {limits}; got {text}", limits=self.limits(), text=echo(text))

    def parse(self, text: str) -> object:
        """Read what a person typed; raises SpecError where it is not this kind of value.

        Numbers have one form, digits with a decimal point and perhaps an exponent, whatever the
        language: guessing at commas is how 0,01 becomes 1. Limits are the spec's to check.
        """
        match self.kind:
            case "float" if _FLOAT.fullmatch(text) and len(text) <= LONGEST and math.isfinite(float(text)):
                return float(text)
            case "int" if _INT.fullmatch(text) and len(text) <= LONGEST:
                return int(text)
            case "sizes" if len(text) <= LONGEST and all(_INT.fullmatch(part) for part in text.split(",")):
                return tuple(int(part) for part in text.split(","))
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
            return ",".join(str(size) for size in value)
        return "" if value is None else str(value)

    def _shown(self, value: object) -> str:
        if isinstance(value, int) and value.bit_length() > 4 * LONGEST:
            return "…"  # Python itself refuses to write out more than 4,300 digits
        return self.format(value) if isinstance(value, (int, tuple)) else repr(value)


def _kind(annotation: object) -> Kind:
    if get_origin(annotation) is Literal:
        return "choice"
    if get_origin(annotation) is types.UnionType:
        return "path"
    return _KINDS.get(annotation, "sizes")


def _plain(limit: float | None) -> str:
    return "" if limit is None else f"{limit:g}" if isinstance(limit, float) else str(limit)
