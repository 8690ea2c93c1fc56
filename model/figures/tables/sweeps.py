"""The data of *Response* and *Map*: a row for each run of a sweep."""

import numpy as np

from model.figures.figure import View
from model.figures.tables.seeds import TEST, TRAIN
from model.figures.tables.table import Column, Table, Values, table_of
from model.figures.tables.widths import SEED
from model.sweeps.axis import Axis
from model.training.frame import Frame
from model.training.several import FIELDS
from model.training.spec import KNOBS
from model.words import msg

_LOSS = Column("final_loss", "number", msg("mean of the last 20 batch losses, or of all if there are fewer"), "nat")
_DIVERGED = Column("diverged_at", "integer", msg("step whose update broke the run; missing where none did"))
_REACHED = Column("reached_at", "integer", msg("first step by which the mean loss of 20 batches was at most ½ ln C"))
_STEPS = Column("steps", "integer", msg("training steps made"), "steps")


def sweep(_frame: Frame, view: View) -> tuple[Table, ...]:
    """Give the runs that are finished; no rows where there is no sweep."""
    columns: list[tuple[Column, Values]] = []
    seeds, rows = np.empty(0, dtype=np.int64), np.empty((0, len(FIELDS)))
    if view.sweep is not None:
        made, known = view.sweep.sweep, np.flatnonzero(view.sweep.done)
        *indices, k = np.unravel_index(known, made.shape)
        by_axis = dict(zip(made.axes, indices, strict=True))
        columns = [(_column(axis), _values(axis, index)) for axis, index in by_axis.items() if axis.knob != "seed"]
        first = made.base.seed if made.seed_axis is None else made.seed_axis.places[by_axis[made.seed_axis]]
        seeds, rows = (first + k).astype(np.int64), view.sweep.rows[known]
    loss, on_train, on_test, diverged, reached, steps = rows.T
    return (
        table_of(
            "points", *columns[::-1], (SEED, seeds), (_LOSS, loss), (TRAIN, on_train), (TEST, on_test),
            (_DIVERGED, _step(diverged)), (_REACHED, _step(reached)), (_STEPS, steps.astype(np.int64)),
        ),
    )  # fmt: skip


def _column(axis: Axis) -> Column:
    knob = KNOBS[axis.knob]
    kind = {"float": "number", "int": "integer"}.get(knob.kind, "string")
    return Column(knob.name, kind, msg("{label} of the run", label=knob.label), knob.unit)  # type: ignore[arg-type]


def _values(axis: Axis, index: np.ndarray) -> Values:
    if axis.is_number:
        return np.asarray(axis.array()[index])
    words = [KNOBS[axis.knob].format(value) for value in axis.values]
    return [words[place] for place in index.tolist()]


def _step(values: np.ndarray) -> np.ndarray:
    return np.ma.MaskedArray(values.astype(np.int64), mask=values < 0)
