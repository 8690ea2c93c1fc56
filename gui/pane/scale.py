"""The dial's scale: an exact 0, a break, then 1e-5 to 100 by decades; and where its labels go."""

import math
from collections.abc import Sequence
from typing import NamedTuple

LOW, HIGH = 1e-5, 100.0
BREAK = 0.09
"""Where the log part begins; between 0 and here the scale is broken."""

_FIRST, _LAST = round(math.log10(LOW)), round(math.log10(HIGH))
_SUPERSCRIPT = str.maketrans("-0123456789", "⁻⁰¹²³⁴⁵⁶⁷⁸⁹")


class Tick(NamedTuple):
    """A line on the scale; minor ones have no label."""

    position: float
    label: str


class Slot(NamedTuple):
    """The room that a label got."""

    left: float
    width: float


def position_of(std: float) -> float:
    """Give the place of a std on the scale, 0 to 1; what lies beyond the ends is at the ends.

    Only an exact 0 is at 0: a positive std below 1e-5 is at the start of the log part.
    """
    if std <= 0:
        return 0.0
    share = (math.log10(std) - _FIRST) / (_LAST - _FIRST)
    return BREAK + (1 - BREAK) * min(max(share, 0.0), 1.0)


def std_at(position: float) -> float:
    """Give the std at a place, the inverse of `position_of`; the left half of the break is exactly 0."""
    if position < BREAK / 2:
        return 0.0
    share = min(max((position - BREAK) / (1 - BREAK), 0.0), 1.0)
    return min(max(10 ** (_FIRST + (_LAST - _FIRST) * share), LOW), HIGH)


def rounded(std: float) -> float:
    """Round to the three digits that a drag gives."""
    return float(f"{std:.3g}")


def nudged(std: float, factor: float) -> float:
    """Move a std by a factor, as keys and wheel do; 0 lies next to 1e-5, and the way ends at 100."""
    if factor > 1:
        return std if std >= HIGH else min(max(rounded(std * factor), LOW), HIGH)
    if std <= LOW:
        return 0.0
    return min(max(rounded(std * factor), LOW), HIGH)


def ticks() -> list[Tick]:
    """List the lines of the scale from left to right: 0, the labelled decades, and 2 to 9 between."""
    lines = [Tick(0.0, "0")]
    for exponent in range(_FIRST, _LAST + 1):
        decade = 10.0**exponent
        label = f"{decade:g}" if exponent >= -2 else "10" + str(exponent).translate(_SUPERSCRIPT)
        lines.append(Tick(position_of(decade), label))
        if exponent < _LAST:
            lines.extend(Tick(position_of(n * decade), "") for n in range(2, 10))
    return lines


def fan_out(centres: Sequence[float], widths: Sequence[float], room: float, gap: float) -> list[Slot]:
    """Place labels of these widths in 0…room, near their centres, in the same order and never overlapping.

    The smallest total of squared shifts, by pooling neighbours that collide. `centres` ascend. Where the
    room is too small for all, first the gaps and then the labels shrink.
    """
    total = sum(widths)
    if not widths:
        return []
    if total + gap * (len(widths) - 1) > room:
        gap = max(0.0, (room - total) / max(1, len(widths) - 1))
        shrink = min(1.0, room / total) if total else 1.0
        widths = [width * shrink for width in widths]
    before = [sum(widths[:i]) + gap * i for i in range(len(widths))]
    slack = max(0.0, room - before[-1] - widths[-1])
    pools: list[tuple[float, int]] = []
    for centre, width, offset in zip(centres, widths, before, strict=True):
        wish, size = centre - width / 2 - offset, 1
        while pools and pools[-1][0] > wish:
            other, count = pools.pop()
            wish, size = (wish * size + other * count) / (size + count), size + count
        pools.append((wish, size))
    shifts = [min(max(wish, 0.0), slack) for wish, size in pools for _ in range(size)]
    return [Slot(shift + offset, width) for shift, offset, width in zip(shifts, before, widths, strict=True)]
