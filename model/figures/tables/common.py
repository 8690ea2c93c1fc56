"""Columns that more than one panel's data have."""

from collections.abc import Sequence

import numpy as np

from model.figures.tables.table import Column, Values
from model.insight.number_formats import Beyond
from model.words import msg

RUN = Column("run", "string", msg("which run: now, or a compared one by its label"))
STEP = Column("step", "integer", msg("training step: updates made before the value was taken"))
LOSS = Column("loss", "number", msg("mean cross-entropy of the step's batch before its update"), "nat")
PARAMETER = Column("parameter", "string", msg("W1, b1, W2, b2, …: weights and biases of the layers"))
LAYER = Column("layer", "integer", msg("layer, 1 for the first hidden one"))
UNIT = Column("unit", "integer", msg("unit of the layer, from 0"))
VALUE_FROM = Column("value_from", "number", msg("lower edge of the bin, in the unit of what is counted"))
VALUE_TO = Column("value_to", "number", msg("upper edge of the bin, in the unit of what is counted"))
COUNT = Column("count", "integer", msg("values in the bin now; exact zeros are in none"))
EXPECTED = Column("count_expected", "number", msg("values in the bin that the density they were drawn from predicts"))
OF_UNIT = Column("count_of_unit", "integer", msg("values in the bin that belong to the unit pointed at"))
N_VALUES = Column("values", "integer", msg("how many values there are in all"))
N_ZERO = Column("exactly_zero", "integer", msg("how many of them are exactly 0"))
N_NAN = Column("nan", "integer", msg("how many of them are NaN"))
N_INF = Column("infinite", "integer", msg("how many of them are infinite"))
CHI_1 = Column("chi_1", "number", msg("χ₁ = σ_w² E φ'(√q* z)²: factor of a gradient's variance from layer to layer"))
WEIGHT = Column("weight", "number", msg("the weight now"))
WEIGHT_BEFORE = Column("weight_at_step_0", "number", msg("the weight before the first step"))


N_OTHER = Column("other_than_zero", "integer", msg("how many of them are finite and not 0"))
FORMAT = Column("number_format", "string", msg("the number format that they are held against"))
_BEYOND = {
    "overflow": Column("overflow", "integer", msg("of those, how many become infinite or NaN in the number format")),
    "to_zero": Column("to_zero", "integer", msg("of those, how many become 0 in the number format")),
    "subnormal": Column("subnormal", "integer", msg("of those, how many become subnormal numbers of the format")),
}


def format_columns(name: str, counts: Sequence[Beyond]) -> list[tuple[Column, Values]]:
    """Give the columns of what a number format cannot hold, a row for each count; none for the format "none"."""
    if name == "none":
        return []
    columns: list[tuple[Column, Values]] = [
        (FORMAT, [name] * len(counts)),
        (N_OTHER, np.array([counted.n for counted in counts], dtype=np.int64)),
    ]
    for field, column in _BEYOND.items():
        columns.append((column, np.array([getattr(counted, field) for counted in counts], dtype=np.int64)))
    return columns


def grad_norm(parameter: str) -> Column:
    """The column of the gradient norms of a parameter."""
    text = msg("Euclidean norm of the gradient of the batch's loss with respect to {name}", name=parameter)
    return Column(f"grad_norm_{parameter}", "number", text, "nat per unit of the parameter")


def smoothed(column: Column, weight: float) -> Column:
    """The column of a curve's moving average."""
    text = msg("{what}: moving average with weight {weight:g} on the past", what=column.meaning, weight=weight)
    return Column(f"{column.name}_smoothed", column.kind, text, column.unit)
