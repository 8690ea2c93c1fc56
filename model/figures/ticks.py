"""Where an axis has ticks and what they say: round values, exact labels, no library's guess."""

import math
from collections.abc import Callable
from dataclasses import dataclass
from decimal import Decimal
from itertools import pairwise

from model.figures.figure import Axis, Range

_THIN_SPACE = "\u2009"
_SUPERSCRIPTS = str.maketrans("-0123456789", "⁻⁰¹²³⁴⁵⁶⁷⁸⁹")
_PLAIN = (Decimal("1e-3"), Decimal("1e6"))
"""From where to where values are written without a power of ten."""
_FINER = {5: (2, 0), 2: (1, 0), 1: (5, -1)}
"""The next smaller round step, as factor and change of its power."""
_EPSILON = 1e-9
_FARTHEST_POWER = 1000.0
"""Powers of ten beyond this are no float's, whatever an axis is told to show."""


@dataclass(frozen=True, slots=True)
class Tick:
    """One tick: its place in display units and its label, empty for a minor one."""

    at: float
    label: str = ""


def ticks_of(axis: Axis, shown: Range, most: int) -> tuple[Tick, ...]:
    """Choose the ticks of an axis: its own named places, thinned to at most so many, or round numbers."""
    if axis.ticks is None:
        return axis_ticks(shown, most, log=axis.log, integer=axis.integer)
    inside = [Tick(at, name) for at, name in axis.ticks if shown[0] <= at <= shown[1]]
    return tuple(inside[:: -(-len(inside) // max(most, 1)) or 1])


def spaced_ticks(axis: Axis, shown: Range, length: float, most: int, need: Callable[[str], float]) -> tuple[Tick, ...]:
    """Choose as many ticks as have room beside one another.

    Parameters
    ----------
    length : of the axis, in pixels
    most : labels that there may be, but for places with names of their own
    need : gives the pixels that a label takes along the axis, with the room around it
    """
    ticks: tuple[Tick, ...] = ()
    for count in range(len(axis.ticks or ()) or most, 0, -1):
        ticks = ticks_of(axis, shown, count)
        named = sorted((tick for tick in ticks if tick.label), key=lambda tick: tick.at)
        places = [share_of(tick.at, shown) * length for tick in named]
        halves = [need(tick.label) / 2 for tick in named]
        if all(b - a >= sum(both) for (a, b), both in zip(pairwise(places), pairwise(halves), strict=True)):
            return ticks
    return ticks


def share_of(at: float, shown: Range) -> float:
    """Give how far along an axis a place is, 0 to 1 where it is shown."""
    return (at / 2 - shown[0] / 2) / (shown[1] / 2 - shown[0] / 2)


def axis_ticks(shown: Range, most: int, *, log: bool = False, integer: bool = False) -> tuple[Tick, ...]:
    """Choose the ticks of an axis.

    Parameters
    ----------
    shown : the axis's range in display units, low < high
    most : how many labelled ticks there is room for
    log : whether display units are log10 of the values; ticks then stand at powers of ten, or at
        1-2-5 and rounder where fewer than two powers are in sight
    integer : ticks only at whole values
    """
    low, high = shown
    if not log:
        return tuple(Tick(float(value), label) for value, label in _linear(low, high, most, integer=integer))
    low, high = max(low, -_FARTHEST_POWER), min(high, _FARTHEST_POWER)
    if low > high:
        return ()
    powers = range(max(math.ceil(low - _EPSILON), 0 if integer else -1000), math.floor(high + _EPSILON) + 1)
    if len(powers) >= 2:
        return _decades(low, high, powers, most)
    return _within_a_decade(low, high, most, integer=integer)


def number(value: Decimal) -> str:
    """Write a number for people: 0.05, 2000, 10 000, 2×10⁻⁵; its trailing zeros are kept where plain."""
    if not value:
        return "0"
    if not _PLAIN[0] <= abs(value) < _PLAIN[1]:
        return _scientific(value)
    return _plain(value, abs(value))


def _scientific(value: Decimal) -> str:
    power = value.adjusted()
    mantissa = f"{value.scaleb(-power).normalize():f}".replace("-", "−")
    return f"{mantissa}×{_power_of_ten(power)}"


def _power_of_ten(power: int) -> str:
    return f"10{str(power).translate(_SUPERSCRIPTS)}"


def _linear(low: float, high: float, most: int, *, integer: bool) -> list[tuple[Decimal, str]]:
    factor, power = _step(low, high, most, integer=integer)
    first, last = _whole_steps(low, high, factor, power)
    indices = range(first, last + 1)
    while len(indices) < 2 <= most and low < high and (power > 0 or factor > 1 or not integer):
        factor, power = _FINER[factor][0], power + _FINER[factor][1]
        first, last = _whole_steps(low, high, factor, power)
        indices = _evenly(first, last, most)
    # Counting in whole steps keeps 3 × 0.1 from becoming 0.30000000000000004.
    values = [Decimal(index * factor).scaleb(power) for index in indices]
    largest = max((abs(value) for value in values), default=Decimal(0))
    plain = _PLAIN[0] <= largest < _PLAIN[1]
    return [(value, (number(value) if not plain else _plain(value, largest))) for value in values]


def _evenly(first: int, last: int, most: int) -> range:
    """Choose whole numbers at one distance, both ends among them: as many as allowed, which is two or more."""
    span = max(last - first, 1)
    return range(first, last + 1, next(s for s in range(1, span + 1) if span % s == 0 and span // s < most))


def _plain(value: Decimal, largest: Decimal) -> str:
    if not value:
        return "0"
    text = f"{value:,f}" if largest >= 10_000 else f"{value:f}"
    return text.replace(",", _THIN_SPACE).replace("-", "−")


def _step(low: float, high: float, most: int, *, integer: bool) -> tuple[int, int]:
    raw = max((high - low) / (most + 1), 1e-320)
    power = math.floor(math.log10(raw)) - 1
    if integer:
        power = max(power, 0)
    while True:
        for factor in (1, 2, 5):
            first, last = _whole_steps(low, high, factor, power)
            if last - first + 1 <= most:
                return factor, power
        power += 1


def _whole_steps(low: float, high: float, factor: int, power: int) -> tuple[int, int]:
    step = Decimal(factor).scaleb(power)
    below, above = Decimal(low) / step, Decimal(high) / step
    slack = (above - below) * Decimal(_EPSILON)
    return math.ceil(below - slack), math.floor(above + slack)


def _decades(low: float, high: float, powers: range, most: int) -> tuple[Tick, ...]:
    strides = (1, 2, 5, 10, 20, 50, 100, 200, 500, 1000)
    stride = next((s for s in strides if len(_multiples(powers, s)) <= most), 2 * strides[-1])
    labelled = _multiples(powers, stride)
    if len(labelled) < 2 <= most:
        labelled = _evenly(powers[0], powers[-1], most)
    major = [Tick(float(power), _power_of_ten(power)) for power in labelled]
    if stride > 1:
        minor = [Tick(float(power)) for power in powers if power not in labelled] if len(powers) <= 60 else []
    else:
        places = [power + math.log10(m) for power in range(powers[0] - 1, powers[-1] + 1) for m in range(2, 10)]
        minor = [Tick(place) for place in places if low <= place <= high] if len(powers) <= 10 else []
    return tuple(major + minor)


def _multiples(powers: range, stride: int) -> range:
    return range(-(-powers.start // stride) * stride, powers.stop, stride)


def _within_a_decade(low: float, high: float, most: int, *, integer: bool) -> tuple[Tick, ...]:
    first, last = math.floor(low) - 1, math.ceil(high) + 1
    values = [Decimal(m).scaleb(p) for p in range(first, last + 1) for m in (1, 2, 5) if p >= 0 or not integer]
    places = [(float(value.log10()), value) for value in values]
    inside = [(place, value) for place, value in places if low - _EPSILON <= place <= high + _EPSILON]
    if len(inside) >= 2:
        inside = inside[:: -(-len(inside) // max(most, 1))]
        return tuple(Tick(place, number(value)) for place, value in inside)
    if max(abs(low), abs(high)) > 300:
        return tuple(Tick(place, number(value)) for place, value in inside)
    between = _linear(10.0**low, 10.0**high, most, integer=integer)
    return tuple(Tick(float(value.log10()), label) for value, label in between if value > 0)
