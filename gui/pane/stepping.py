"""What one press of Up or Down makes of a number: 1-2-5 on log knobs, an even step on linear ones."""

import math

from model.training.knob import Knob

_SMALLEST = 1e-5


def stepped(knob: Knob, value: float, direction: int) -> float:
    """Give the neighbour of `value` above (direction 1) or below (-1), inside the knob's limits."""
    whole = knob.kind == "int"
    if knob.scale == "log":
        new = _log_neighbour(value, direction, 1.0 if whole else _SMALLEST)
    elif whole:
        new = value + direction
    else:
        new = _lattice_neighbour(value, direction, 0.01 if knob.high is not None and knob.high <= 1 else 0.05)
    low = -math.inf if knob.low is None else knob.low
    high = math.inf if knob.high is None else knob.high
    new = min(max(new, low), high)
    if not math.isfinite(new):
        return value
    return round(new) if whole else float(new)


def _lattice_neighbour(value: float, direction: int, step: float) -> float:
    lines = value / step
    line = math.floor(lines + 1e-9) + 1 if direction > 0 else math.ceil(lines - 1e-9) - 1
    return float(f"{line * step:.9g}")


def _log_neighbour(value: float, direction: int, smallest: float) -> float:
    if value <= 0:
        return smallest if direction > 0 else 0.0
    exponent = math.floor(math.log10(value))
    series = [float(f"{digit}e{exponent + shift}") for shift in (-1, 0, 1) for digit in (1, 2, 5)]
    if direction > 0:
        return next(number for number in [*series, math.inf] if number > value * (1 + 1e-9))
    below = [number for number in series if number < value * (1 - 1e-9)]
    return below[-1] if below and below[-1] >= smallest * (1 - 1e-9) else 0.0
