"""The data of *Gradient check*: a row for each entry that was looked at, and one for each parameter."""

import math
from collections.abc import Callable

import numpy as np

from model.figures.figure import View
from model.figures.tables.common import PARAMETER
from model.figures.tables.table import Column, Table, Values, stacked, table_of
from model.insight.gradient_check import Checked, Entries, check_gradients
from model.training.frame import Frame
from model.words import msg

_ROW = Column("row", "integer", msg("row of a weight matrix: the unit, or input, that the weight comes from, from 0"))
_COLUMN = Column("column", "integer", msg("column of a weight matrix, or place of a bias: the unit, from 0"))
_UNIT = "nat per unit of the parameter"
_GRADIENT = Column(
    "gradient", "number", msg("the entry of the gradient that the training follows, in its dtype"), _UNIT
)
_DOUBLE = Column("gradient_float64", "number", msg("the same in float64"), _UNIT)
_NUMERICAL = Column("numerical_gradient", "number", msg("central difference of the batch's loss in float64"), _UNIT)
_UNCERTAIN = Column(
    "uncertainty", "number", msg("what rounding, of the loss and of the dtype, and the formula may be off by"), _UNIT
)
_ERROR = Column("relative_error", "number", msg("difference over the larger of gradient and numerical_gradient"))
_ERROR_DOUBLE = Column("relative_error_float64", "number", msg("the same for gradient_float64"))
_VERDICT = Column(
    "verdict",
    "string",
    msg(
        "agrees, zero (both numbers), small (too small to be checked), differs, kink (the difference crosses one), "
        "endless (not finite)"
    ),
)
_SUMMARY = Column("verdict", "string", msg("agrees, small (too small to be checked), differs, or unchecked"))
_COUNTS: tuple[tuple[Column, Callable[[Checked, Entries], int]], ...] = (
    (Column("entries", "integer", msg("entries of the parameter")), lambda one, _: one.n),
    (Column("looked_at", "integer", msg("entries that were looked at")), lambda _, entries: len(entries.places)),
    (Column("compared", "integer", msg("of those, entries that could be compared")), lambda _, e: int(e.checked.sum())),
    (Column("both_zero", "integer", msg("of those, entries where both numbers are 0")), lambda _, e: e.count("zero")),
    (Column("too_small", "integer", msg("entries too small to be checked")), lambda _, e: e.count("small")),
    (Column("at_kinks", "integer", msg("entries whose difference crosses a kink")), lambda _, e: e.count("kink")),
    (Column("not_finite", "integer", msg("entries that are not finite")), lambda _, e: e.count("endless")),
)
_LARGEST = Column("largest_error", "number", msg("largest relative error of the entries compared"))
_LARGEST_DOUBLE = Column("largest_error_float64", "number", msg("the same for the gradient in float64"))


def gradcheck(frame: Frame, _view: View) -> tuple[Table, ...]:
    """Give every entry that was looked at, and what they say of each parameter."""
    found = check_gradients(frame)
    parameters = () if found is None else found.parameters
    return stacked("entries", [_entries(one) for one in parameters]) if parameters else _none(), _parameters(parameters)


def _entries(one: Checked) -> Table:
    own, double = next(iter(one.entries.values())), one.entries["float64"]
    n = len(own.places)
    places = np.unravel_index(own.places, one.shape)
    row: Values = places[0] if len(places) == 2 else np.ma.MaskedArray(np.zeros(n, dtype=np.int64), mask=True)
    return table_of(
        "entries",
        (PARAMETER, [one.name] * n),
        (_ROW, row),
        (_COLUMN, places[-1]),
        (_GRADIENT, own.backprop),
        (_DOUBLE, double.backprop),
        (_NUMERICAL, own.numerical),
        (_UNCERTAIN, own.error),
        (_ERROR, own.relative),
        (_ERROR_DOUBLE, double.relative),
        (_VERDICT, [str(verdict) for verdict in own.verdicts]),
    )


def _none() -> Table:
    texts, numbers = (PARAMETER, _VERDICT), (_GRADIENT, _DOUBLE, _NUMERICAL, _UNCERTAIN, _ERROR, _ERROR_DOUBLE)
    places: list[tuple[Column, Values]] = [(column, np.empty(0, dtype=np.int64)) for column in (_ROW, _COLUMN)]
    return table_of("entries", (texts[0], []), *places, *((column, np.empty(0)) for column in numbers), (texts[1], []))


def _parameters(found: tuple[Checked, ...]) -> Table:
    own = [next(iter(one.entries.values())) for one in found]
    double = [one.entries["float64"] for one in found]
    counts = (
        (column, np.array([count(*each) for each in zip(found, own, strict=True)], dtype=np.int64))
        for column, count in _COUNTS
    )
    return table_of(
        "parameters",
        (PARAMETER, [one.name for one in found]),
        *counts,
        (_LARGEST, np.array([_largest(entries) for entries in own])),
        (_LARGEST_DOUBLE, np.array([_largest(entries) for entries in double])),
        (_SUMMARY, [one.verdict for one in found]),
    )


def _largest(entries: Entries) -> float:
    return math.nan if entries.worst is None else float(entries.relative[entries.worst])
