"""The data of a view through time: a row for each bin of each layer at each of the steps."""

import numpy as np

from model.figures.figure import View
from model.figures.tables.common import COUNT, LAYER, N_VALUES, N_ZERO, PARAMETER, STEP, VALUE_FROM, VALUE_TO
from model.figures.tables.table import Column, Table, table_of
from model.insight.strips import QUANTILES, Strips
from model.training.frame import Frame
from model.words import msg

_N_ODD = Column("not_finite", "integer", msg("how many of them are NaN or infinite"))
_N_BEYOND = Column("beyond", "integer", msg("how many finite ones lie so far out that they are in no bin"))
_QUANTILES = [
    Column(f"quantile_{100 * q:02.0f}", "number", msg("{share:g} % of the finite values other than 0 lie below",
                                                      share=100 * q))
    for q in QUANTILES
]  # fmt: skip


def through_time(frame: Frame, view: View) -> tuple[Table, ...]:
    """Give the bins that hold values, and the numbers of each step."""
    strips = view.past if isinstance(view.past, Strips) else None
    layers = [] if strips is None or strips.run != frame.run else list(strips.columns.items())
    of_parameters = strips is None or strips.kind == "weights"
    columns = [(name, column) for name, found in layers for column in found]
    bins = [(name, column, np.flatnonzero(column.counts)) for name, column in columns]
    sizes = [len(full) for _, _, full in bins]
    starts = np.concatenate([np.empty(0), *((c.first + full) * c.width for _, c, full in bins)])
    widths = np.repeat(np.array([c.width for _, c, _ in bins], dtype=np.float64), np.array(sizes, dtype=np.intp))
    counts = np.concatenate([np.empty(0, dtype=np.int64), *(c.counts[full] for _, c, full in bins)])
    at = np.repeat(np.array([c.step for _, c, _ in bins], dtype=np.int64), np.array(sizes, dtype=np.intp))

    def named(names: list[str]) -> tuple[Column, object]:
        return (PARAMETER, names) if of_parameters else (LAYER, np.array([int(n[1:]) for n in names], dtype=np.int64))

    each = [name for (name, _, _), size in zip(bins, sizes, strict=True) for _ in range(size)]
    quantiles = np.array([column.quantiles for _, column in columns], dtype=np.float64).reshape(-1, len(QUANTILES))
    return (
        table_of(
            "bins",
            named(each),  # type: ignore[arg-type]
            (STEP, at),
            (VALUE_FROM, starts),
            (VALUE_TO, starts + widths),
            (COUNT, counts),
        ),
        table_of(
            "steps",
            named([name for name, _ in columns]),  # type: ignore[arg-type]
            (STEP, np.array([column.step for _, column in columns], dtype=np.int64)),
            (N_VALUES, np.array([column.n for _, column in columns], dtype=np.int64)),
            (N_ZERO, np.array([column.n_zero for _, column in columns], dtype=np.int64)),
            (_N_ODD, np.array([column.n_odd for _, column in columns], dtype=np.int64)),
            (_N_BEYOND, np.array([column.n_beyond for _, column in columns], dtype=np.int64)),
            *((column, quantiles[:, place]) for place, column in enumerate(_QUANTILES)),
        ),
    )
