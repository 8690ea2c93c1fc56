"""The data of *Spectrum*: a row for each singular value of each weight matrix, and for the Jacobian of each layer."""

import numpy as np

from model.figures.figure import View
from model.figures.tables.common import PARAMETER
from model.figures.tables.table import Column, Table, Values, gaps, stacked, table_of
from model.insight.isometry import expected_isometry, initial_isometry, isometry
from model.insight.spectrum import Spectrum, spectra
from model.training.frame import Frame
from model.words import Message, msg

_NUMBER = Column("number", "integer", msg("which singular value of its matrix, 1 the largest"))
_VALUE = Column("singular_value", "number", msg("the singular value now"), "unit of the weights")
_BEFORE = Column("singular_value_at_step_0", "number", msg("the singular value before the first step"), _VALUE.unit)
_LOW = Column("edge_low", "number", msg("lower edge of the Marchenko–Pastur bulk at step 0"), _VALUE.unit)
_HIGH = Column("edge_high", "number", msg("upper edge of the Marchenko–Pastur bulk at step 0"), _VALUE.unit)
_LEAST = Column("chance_low", "number", msg("below this 1 untrained matrix in 1,000 has a value"), _VALUE.unit)
_MOST = Column("chance_high", "number", msg("above this 1 untrained matrix in 1,000 has a value"), _VALUE.unit)
_ABOVE = Column("values_above", "integer", msg("singular values of the matrix above chance_high"))
_BELOW = Column("values_below", "integer", msg("singular values of the matrix below chance_low"))
_CONDITION = Column("condition_number", "number", msg("largest by smallest singular value of the matrix"))
_STABLE = Column("stable_rank", "number", msg("‖W‖_F² / ‖W‖₂² of the matrix"))


_LAYER = Column("layer", "integer", msg("1 for the first hidden layer, the last for the logits"))
_SAMPLES = Column("jacobians", "integer", msg("training samples whose Jacobian ∂z/∂x was decomposed"))
_PER_INPUT = "unit of z per unit of x"
_RMS = Column("root_mean_square", "number", msg("root mean square of the singular values of ∂z/∂x"), _PER_INPUT)
_TENTH = Column("tenth", "number", msg("a tenth of those singular values lie below"), _PER_INPUT)
_MIDDLE = Column("middle", "number", msg("median of those singular values"), _PER_INPUT)
_NINE_TENTHS = Column("nine_tenths", "number", msg("a tenth of those singular values lie above"), _PER_INPUT)
_LARGEST = Column("largest", "number", msg("the largest of those singular values, of all samples"), _PER_INPUT)
_SPREAD = Column("spread", "number", msg("standard deviation of their squares by the mean of their squares"))


def spectrum(frame: Frame, view: View) -> tuple[Table, ...]:
    """Give every singular value now and at step 0, with the edges of the bulk; and what those of ∂z/∂x come to."""
    matrices = stacked("spectrum", [_of_matrix(view, one) for one in spectra(frame, view.sample)])
    return matrices, _jacobians(frame, view)


def _of_matrix(view: View, one: Spectrum) -> Table:
    n = max(len(one.values), len(one.initial), 1)
    columns: list[tuple[Column, Values]] = [(PARAMETER, [f"W{one.layer}"] * n), (_NUMBER, np.arange(1, n + 1))]
    for key, column, values in (("now", _VALUE, one.values), ("initial", _BEFORE, one.initial)):
        if not view.hides(key):
            columns.append((column, values if len(values) else gaps(n)))
    if not view.hides("theory"):
        edges = one.edges
        for column, edge in (
            (_LOW, edges and edges.low), (_HIGH, edges and edges.high),
            (_LEAST, edges and edges.least), (_MOST, edges and edges.most),
        ):  # fmt: skip
            columns.append((column, gaps(n) if edge is None else np.full(n, edge)))
    facts = ((_ABOVE, one.above), (_BELOW, one.below), (_CONDITION, one.condition), (_STABLE, one.stable_rank))
    return table_of("spectrum", *columns, *((column, np.full(n, fact)) for column, fact in facts))


def _jacobians(frame: Frame, view: View) -> Table:
    now, before, theory = isometry(frame, view.sample), initial_isometry(frame, view.sample), expected_isometry(frame)
    n = len(now.k)
    columns: list[tuple[Column, Values]] = [(_LAYER, np.arange(1, n + 1)), (_SAMPLES, np.full(n, now.n))]
    if not view.hides("now"):
        columns += [
            (_RMS, now.root_mean_square),
            (_TENTH, now.low),
            (_MIDDLE, now.middle),
            (_NINE_TENTHS, now.high),
            (_LARGEST, now.largest),
            (_SPREAD, now.spread),
        ]
    for key, ending, said, of in (
        ("initial", "at_step_0", msg("before the first step"), before),
        ("theory", "expected", msg("as expected before the first step"), theory),
    ):
        if not view.hides(key):
            columns += [(_other(_RMS, ending, said), of.root_mean_square), (_other(_SPREAD, ending, said), of.spread)]
    return table_of("jacobian", *columns)


def _other(column: Column, ending: str, said: Message) -> Column:
    meaning = msg("{what}; {when}", what=column.meaning, when=said)
    return Column(f"{column.name}_{ending}", column.kind, meaning, column.unit)
