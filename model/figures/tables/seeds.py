"""The data of *Seeds*, a row for each run, and of the band that they are in the curves."""

import numpy as np

from model.figures.figure import View
from model.figures.panels.seed_band import accuracy_band, series_band
from model.figures.tables.common import LOSS, grad_norm, smoothed
from model.figures.tables.table import Column, Table, table_of
from model.figures.tables.widths import SEED
from model.insight.seed_runs import HIGH, LOW, SeedRuns
from model.training.frame import Frame
from model.words import msg

Steps = np.ndarray
Series = tuple[Column, np.ndarray, np.ndarray]

_REACHED = Column("reached_at", "integer", msg("step by which the run reached the level; missing where it did not"))
_DIVERGED = Column("diverged_at", "integer", msg("step whose update broke the run; missing where none did"))
_LOSS = Column("final_loss", "number", msg("mean batch loss over the last stretch of the curve"), "nat")
_QUANTITY = Column("level_of", "string", msg("what the level is of: loss or accuracy"))
_LEVEL = Column("level", "number", msg("the loss, in nats, or the accuracy that counts as having converged"))
QUANTILES = (f"{100 * LOW:g} % quantile", "median", f"{100 * HIGH:g} % quantile")


def seeds(_frame: Frame, view: View) -> tuple[Table, ...]:
    """Give what became of each run; no rows where none has been made."""
    made = view.seeds
    runs = () if made is None else made.runs
    last = np.array([run.evaluations[-1] for run in runs]).reshape(-1, 3)
    quantity, level = ("", 0.0) if made is None else (made.request.quantity, made.request.level)
    return (
        table_of(
            "seeds",
            (SEED, np.array([run.seed for run in runs], dtype=np.int64)),
            (_REACHED, _known([run.reached for run in runs])),
            (_DIVERGED, _known([run.diverged for run in runs])),
            (_LOSS, np.array([run.loss for run in runs])),
            (TRAIN, last[:, 0]),
            (TEST, last[:, 1]),
            (_QUANTITY, [quantity] * len(runs)),
            (_LEVEL, np.full(len(runs), level)),
        ),
    )


TRAIN = Column("train_accuracy", "number", msg("fraction of the training samples classified correctly"))
TEST = Column("test_accuracy", "number", msg("fraction of the test samples classified correctly"))


def losses(made: SeedRuns, view: View) -> list[list[Series]]:
    """Give the three curves of the band of the loss."""
    return _with_average(made, view, [(LOSS, 0)])


def norms(made: SeedRuns, view: View) -> list[list[Series]]:
    """Give the three curves of the band of every gradient norm."""
    return _with_average(made, view, [(grad_norm(name), 1 + place) for place, name in enumerate(made.names)])


def accuracies(made: SeedRuns, _view: View) -> list[list[Series]]:
    """Give the three curves of the band of both accuracies."""
    bands = [(column, accuracy_band(made, place)) for place, column in enumerate((TRAIN, TEST))]
    return [[(column, made.eval_steps, band[1 + k]) for column, band in bands] for k in range(3)]


def _with_average(made: SeedRuns, view: View, wanted: list[tuple[Column, int]]) -> list[list[Series]]:
    found: list[list[Series]] = [[], [], []]
    for column, series in wanted:
        forms = [(column, 0.0)] + ([(smoothed(column, view.smoothing), view.smoothing)] if view.smoothing else [])
        for form, smoothing in forms:
            band = series_band(made, series, smoothing)
            for k, curve in enumerate(found):
                curve.append((form, made.first.astype(np.int64), band[1 + k]))
    return found


def _known(values: list[int | None]) -> np.ndarray:
    found = np.ma.MaskedArray([-1 if value is None else value for value in values], dtype=np.int64)
    found.mask = [value is None for value in values]
    return found
