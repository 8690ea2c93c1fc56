"""What a picture's page is made of: boxes, lines of words, and strips of colours."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Literal

from model.figures.colour_key import ColourKey
from model.figures.text_fit import elide, one_line

Measure = Callable[[str, float], float]
"""The width of a text at a font size, both in logical pixels (1/96 inch)."""

SMALL = 0.92
LINE_HEIGHT = 1.4
_STRIP_WIDTH, _STRIP_HEIGHT = 5.0, 0.75
"""Of a strip of colours, in font sizes."""


@dataclass(frozen=True, slots=True)
class Box:
    """A rectangle in logical pixels; y grows upwards."""

    left: float
    bottom: float
    width: float
    height: float

    @property
    def right(self) -> float:
        return self.left + self.width

    @property
    def top(self) -> float:
        return self.bottom + self.height


@dataclass(frozen=True, slots=True)
class Label:
    """One line of text: (x, y) is a point of its baseline, or its middle where it stands upright."""

    text: str
    x: float
    y: float
    size: float
    role: str
    align: Literal["left", "center", "right"] = "left"
    upright: bool = False
    mono: bool = False


@dataclass(frozen=True, slots=True, eq=False)
class Strip:
    """The colours of a key from one end to the other, in a box."""

    key: ColourKey
    box: Box


def lay_keys(
    keys: Sequence[ColourKey], space: Box, size: float, measure: Measure, beside: float
) -> tuple[tuple[Strip, ...], tuple[Label, ...], bool]:
    """Set keys to the colours in a line at the top of a space; returns strips, words, and whether they need the line.

    They stand at the right of a title that takes the width `beside`, if both have room in one line; otherwise what
    finds no room in a line of theirs is left out, names before numbers.
    """
    small, gap = SMALL * size, 0.5 * size
    strips, labels = [], []
    wide = sum(measure(f"{''.join(key.ends)}{key.label}", small) + _STRIP_WIDTH * size + 6 * gap for key in keys)
    shares = beside + wide <= space.width
    x, base = space.right - wide if shares else space.left, space.top - small
    for key in keys:
        low, high = key.ends
        ends = measure(low, small), measure(high, small)
        if x + sum(ends) + _STRIP_WIDTH * size + 2 * gap > space.right:
            break
        labels.append(Label(low, x, base, small, "muted"))
        x += ends[0] + gap
        strips.append(Strip(key, Box(x, base - 0.1 * small, _STRIP_WIDTH * size, _STRIP_HEIGHT * small)))
        x += _STRIP_WIDTH * size + gap
        labels.append(Label(high, x, base, small, "muted"))
        x += ends[1] + gap
        name = elide(one_line(str(key.label)), space.right - x, lambda text: measure(text, small))
        labels.append(Label(name, x, base, small, "text"))
        x += measure(name, small) + 3 * gap
    return tuple(strips), tuple(labels), bool(strips) and not shares
