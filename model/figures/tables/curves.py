"""The data of the panels over training steps: a row for each step at which something was measured, in every run."""

from collections.abc import Callable

import numpy as np
import numpy.typing as npt

from model.figures.figure import View
from model.figures.panels.beside import compared
from model.figures.panels.seed_band import KEY, said
from model.figures.smoothing import smooth
from model.figures.tables import seeds
from model.figures.tables.common import LOSS, PARAMETER, RUN, STEP, format_columns, grad_norm, smoothed
from model.figures.tables.table import Column, Table, gaps, joined, table_of
from model.insight.number_formats import beyond_gradients
from model.insight.seed_runs import SeedRuns
from model.insight.updates import first_update_ratios, update_ratios
from model.training.frame import Frame
from model.words import msg

Floats = npt.NDArray[np.float64]
Steps = npt.NDArray[np.int64]
Series = tuple[Column, Steps, Floats]

_TEST_LOSS = Column("test_loss", "number", msg("mean cross-entropy of the whole test set"), "nat")


def loss(frame: Frame, view: View) -> tuple[Table, ...]:
    """Give the loss of every batch, and of the test set where it was evaluated."""
    return (_by_step("loss", frame, view, _losses, seeds.losses),)


def accuracy(frame: Frame, view: View) -> tuple[Table, ...]:
    """Give both accuracies at every evaluation."""
    return (_by_step("accuracy", frame, view, _accuracies, seeds.accuracies),)


def gradients(frame: Frame, view: View) -> tuple[Table, ...]:
    """Give the norm of every parameter's gradient at every step; of a number format, what it cannot hold now."""
    norms = _by_step("gradients", frame, view, _norms, seeds.norms)
    if view.number_format == "none":
        return (norms,)
    counts = beyond_gradients(frame, view.number_format)
    columns = format_columns(view.number_format, list(counts.values()))
    return (norms, table_of("entries", (PARAMETER, list(counts)), *columns))


def updates(frame: Frame, view: View) -> tuple[Table, ...]:
    """Give log10 of ‖Δθ‖ / ‖θ‖ of every recorded update: -inf where nothing changed."""
    return (_by_step("updates", frame, view, _ratios),)


def _by_step(
    name: str,
    frame: Frame,
    view: View,
    measured: Callable[[Frame, View], list[Series]],
    repeated: Callable[[SeedRuns, View], list[list[Series]]] | None = None,
) -> Table:
    """Join what a run measured by its steps; below, told apart by `run`, compared runs and the quantiles of seeds."""
    beside = [one for one in compared(frame, view) if not view.hides(one.key)]
    runs = [(measured(frame, view), "now"), *((measured(one.frame, view), str(one.label)) for one in beside)]
    if view.seeds is not None and repeated is not None and not view.hides(KEY):
        words = str(said(frame, view.seeds))
        names = [f"{words}: {quantile}" for quantile in seeds.QUANTILES]
        runs += zip(repeated(view.seeds, view), names, strict=True)
    steps = [_all_steps(series) for series, _ in runs]
    columns = {column.name: column for series, _ in runs for column, _, _ in series}
    labels = [label for (_, label), places in zip(runs, steps, strict=True) for _ in places]
    return table_of(
        name,
        *([(RUN, labels)] if len(runs) > 1 else []),
        (STEP, np.concatenate(steps)),
        *(
            (
                column,
                joined([_placed(column, series, at) for (series, _), at in zip(runs, steps, strict=True)]),
            )
            for column in columns.values()
        ),
    )


def _all_steps(series: list[Series]) -> Steps:
    return np.unique(np.concatenate([np.empty(0, np.int64), *(steps for _, steps, _ in series)]))


def _placed(wanted: Column, series: list[Series], places: Steps) -> Floats:
    """Bring what was measured at some steps to all of `places`, which hold them; elsewhere there is nothing."""
    found = gaps(len(places))
    for column, steps, values in series:
        if column.name == wanted.name:
            found[np.searchsorted(places, steps)] = values
    return found


def _losses(frame: Frame, view: View) -> list[Series]:
    found: list[Series] = []
    if not view.hides("train"):
        found += _with_average(LOSS, frame.loss, view)
    if frame.data.n_test and not view.hides("test"):
        found.append((_TEST_LOSS, frame.eval_steps, frame.evaluations[:, 2]))
    return found


def _accuracies(frame: Frame, view: View) -> list[Series]:
    found = [] if view.hides("train") else [(seeds.TRAIN, frame.eval_steps, frame.evaluations[:, 0])]
    if frame.data.n_test and not view.hides("test"):
        found.append((seeds.TEST, frame.eval_steps, frame.evaluations[:, 1]))
    return found


def _norms(frame: Frame, view: View) -> list[Series]:
    shown = [(place, name) for place, name in enumerate(frame.layout.names) if not view.hides(name)]
    return [
        series for place, name in shown for series in _with_average(grad_norm(name), frame.grad_norms[:, place], view)
    ]


def _with_average(column: Column, values: Floats, view: View) -> list[Series]:
    steps = np.arange(len(values))
    found = [(column, steps, values)]
    if view.smoothing:
        found.append((smoothed(column, view.smoothing), steps, smooth(values, view.smoothing)))
    return found


def _ratios(frame: Frame, view: View) -> list[Series]:
    steps, ratios = update_ratios(frame)
    if not len(steps):
        steps, ratios = np.zeros(1, dtype=np.int64), first_update_ratios(frame)[None]
    with np.errstate(all="ignore"):
        powers = np.log10(ratios)
    return [
        (_update_ratio(name), steps, powers[:, place])
        for place, name in enumerate(frame.layout.names)
        if not view.hides(name)
    ]


def _update_ratio(name: str) -> Column:
    text = msg("log₁₀ of ‖Δ{name}‖ / ‖{name}‖: size of the update made from this step / size before", name=name)
    return Column(f"log10_update_ratio_{name}", "number", text)
