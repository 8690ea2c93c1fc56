"""The text a person would have typed for a value that a program gives."""

import decimal
import numbers

from model.training.knob import Knob


def as_typed(knob: Knob, value: object) -> str:
    """Write any value the way a person enters it, right or wrong: judging it is the parser's part."""
    if isinstance(value, str):
        return value
    if value is None or isinstance(value, bool):
        return knob.format(value)
    if isinstance(value, (list, tuple)):
        return ",".join(as_typed(knob, part) for part in value)
    if isinstance(value, numbers.Integral):
        return _digits(int(value))
    if isinstance(value, numbers.Real):
        narrow = not isinstance(value, float)  # a float32 is typed as it prints, not as its float64 neighbour
        return knob.format(float(str(value)) if narrow else float(value))
    return str(value)


def _digits(value: int) -> str:
    try:
        return str(value)
    except ValueError:  # Python writes out at most 4,300 digits
        return str(decimal.Decimal(value))
