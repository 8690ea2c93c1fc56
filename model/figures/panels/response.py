"""Dose and response: what runs come to along one knob, over seeds, a curve for each value of another."""

from functools import lru_cache

import numpy as np
import numpy.typing as npt

from model.figures.figure import Axis, Dots, Figure, Grips, Line, Mark, Plot, View
from model.figures.panels.swept import axis_of, guides, level_said, nothing_yet, progress, short, value_at, values_at
from model.insight.seed_runs import HIGH, LOW, wilson
from model.sweeps.table import Table
from model.training.frame import Frame
from model.training.spec import KNOBS
from model.words import Message, msg

Floats = npt.NDArray[np.float64]
Band = tuple[Floats, Floats, Floats]

_TITLE = msg("Response")
_MOST_CURVES = 6
_OFF_SCALE = 1e300
_CEILING = 10.0
"""How often the loss of guessing a curve is followed upwards."""


def make(frame: Frame, view: View) -> Figure:
    """Draw final loss, accuracy, steps to a level and share converged against the x knob of a sweep."""
    table = view.sweep
    if table is None:
        text = msg(
            "Sweep weight_init_std (Run › Sweep…) to see which values work: what each comes to, over as many seeds as "
            "you like."
        )
        return nothing_yet("response", _TITLE, text, frame, msg("final loss (nats)"))
    plots = (_losses(frame, table), _accuracies(frame, table), _steps(frame, table), _shares(frame, table))
    return Figure("response", _TITLE, plots, _said(table), columns=2, shape=1.5, n_layers=frame.layout.n_layers)


def turn(
    frame: Frame, view: View, _key: tuple[int, ...], x: float | None, _y: float | None, *, alone: bool
) -> dict[str, object]:
    """Give the knobs of a run at a place of the x axis; the knob of the curves stays as it is now."""
    del alone
    if view.sweep is None or x is None:
        return {}
    sweep = view.sweep.sweep
    kept = {} if sweep.y is None else {sweep.y.knob: getattr(frame.spec_in_force, sweep.y.knob)}
    return {**sweep.base.model_dump(), **kept, sweep.x.knob: value_at(sweep.x, x)}


def rows_shown(table: Table) -> list[int]:
    """Choose the values of y that have a curve: all of a few, of many some that lie apart."""
    n = 1 if table.sweep.y is None else len(table.sweep.y)
    return sorted({round(k) for k in np.linspace(0, n - 1, min(n, _MOST_CURVES)).tolist()})


def rows_of(table: Table, name: str) -> Floats:
    """Give a field as (n_y, n_x, n_seeds), one row where there is no y."""
    values = table.field(name)
    return values[None] if table.sweep.y is None else values


def band(values: Floats) -> Band:
    """Give the quantiles LOW, ½ and HIGH over the seeds (…, n_seeds); a run that broke counts as above all others.

    NaN is a run that is not there, and NaN the quantile of none.
    """
    ordered = np.sort(np.clip(values, -_OFF_SCALE, _OFF_SCALE), axis=-1)  # NaN comes last
    last = np.count_nonzero(~np.isnan(values), axis=-1) - 1
    low, middle, high = (_quantile(ordered, last, q) for q in (LOW, 0.5, HIGH))
    return low, middle, high


def _quantile(ordered: Floats, last: npt.NDArray[np.int64], q: float) -> Floats:
    """Give a quantile of the first `last` + 1 values of each row, as `np.quantile` has it."""
    place = q * np.maximum(last, 0)
    below = place.astype(np.int64)
    pair = np.stack([below, np.minimum(below + 1, np.maximum(last, 0))], axis=-1)
    one, other = np.moveaxis(np.take_along_axis(ordered, pair, axis=-1), -1, 0)
    found = one + (other - one) * (place - below)
    return np.where(last < 0, np.nan, np.where(found >= _OFF_SCALE / 1e6, np.inf, found))


def _losses(frame: Frame, table: Table) -> Plot:
    broke = ~np.isnan(rows_of(table, "diverged_at"))
    done = _done(table)
    losses = rows_of(table, "loss")
    # the mean of infinite losses is no number
    losses = np.where(done & broke & ~np.isfinite(losses), np.inf, losses)
    curves = [band(row) for row in losses[rows_shown(table)]]
    ceiling = _CEILING * max(np.log(max(table.about.n_classes, 2)), 1e-3)
    tops = np.concatenate([curve[1][np.isfinite(curve[1])] for curve in curves] or [np.empty(0)])
    shown = tops[(tops <= ceiling) & (tops > 0)]
    low, high = (float(shown.min()), float(shown.max())) if shown.size else (0.1, float(ceiling))
    y = Axis(msg("final loss (nats)"), log=True, cut=True,
             extent=(float(np.log10(low)) - 0.1, float(np.log10(high)) + 0.15))  # fmt: skip
    return _plot(frame, table, "loss", msg("loss of the last 20 batches"), y, curves)


def _accuracies(frame: Frame, table: Table) -> Plot:
    name = "test_accuracy" if table.about.tested else "train_accuracy"
    curves = [band(row) for row in rows_of(table, name)[rows_shown(table)]]
    words = msg("test accuracy") if table.about.tested else msg("training accuracy")
    return _plot(frame, table, "accuracy", words, Axis(words, extent=(0.0, 1.03), exact=True), curves)


def _steps(frame: Frame, table: Table) -> Plot:
    curves = [band(row) for row in rows_of(table, "reached_at")[rows_shown(table)]]
    known = [curve[1][np.isfinite(curve[1])] for curve in curves]
    found = np.concatenate(known) if known else np.empty(0)
    low, high = (float(found.min()), float(found.max())) if found.size else (1.0, float(max(table.sweep.base.steps, 2)))
    extent = float(np.log10(max(low, 1.0))) - 0.1, float(np.log10(max(high, 1.0))) + 0.1
    y = Axis(msg("training step"), log=True, extent=extent)
    return _plot(frame, table, "reached", msg("step by which loss ≤ {level}", level=level_said(table)), y, curves)


def _shares(frame: Frame, table: Table) -> Plot:
    came, done = ~np.isnan(rows_of(table, "reached_at")), _done(table)
    curves = []
    for row in rows_shown(table):
        n = done[row].sum(axis=-1)
        k = (came[row] & done[row]).sum(axis=-1)
        ends = np.array([_interval(a, b) for a, b in zip(k.tolist(), n.tolist(), strict=True)])
        with np.errstate(invalid="ignore", divide="ignore"):
            curves.append((ends[:, 0], k / np.where(n, n, np.nan), ends[:, 1]))
    y = Axis(msg("share of the seeds"), extent=(0.0, 1.03), exact=True)
    return _plot(frame, table, "share", msg("share that came there, 95 % interval"), y, curves)


@lru_cache(maxsize=4096)
def _interval(k: int, n: int) -> tuple[float, float]:
    return wilson(k, n) if n else (np.nan, np.nan)


def _done(table: Table) -> npt.NDArray[np.bool_]:
    done = table.done.reshape(table.sweep.shape)
    return done[None] if table.sweep.y is None else done


def _plot(frame: Frame, table: Table, key: str, title: Message, y: Axis, curves: list[Band]) -> Plot:
    x, covered = axis_of(table.sweep.x)
    at = values_at(table.sweep.x, x, table.sweep.x.places)
    order = np.argsort(at)
    many = table.sweep.n_seeds > 1
    marks: list[Mark] = list(guides(frame, table, table.sweep.x, "vertical", covered))
    for place, (row, (low, middle, high)) in enumerate(zip(rows_shown(table), curves, strict=True)):
        role, name = f"class{place}", _name(table, row)
        shown = np.where(np.isfinite(middle), middle, np.nan)[order]
        below, above = (low[order], high[order]) if many else (None, None)
        if x.ticks is None and len(at) > 1:
            marks.append(Line(f"{key}{row}", name, role, at[order], shown, steady=True, low=below, high=above))
        else:
            marks.append(Dots(f"{key}{row}", name, role, at[order], shown, below, above, size=8.0))
    return Plot(key, title, x, y, tuple(marks), tuple(progress(table)), legend=key == "loss",
                grips=Grips(np.empty(0), np.empty(0), (), anywhere=(0,)))  # fmt: skip


def _name(table: Table, row: int) -> Message:
    sweep = table.sweep
    if sweep.y is None:
        return msg("median of {n} seeds", n=sweep.n_seeds) if sweep.n_seeds > 1 else msg("each value")
    return msg("{knob} {value}", knob=KNOBS[sweep.y.knob].name, value=short(sweep.y.words[row]))


def _said(table: Table) -> Message:
    """Name the values that worked best, or say that none did."""
    accuracy = rows_of(table, "test_accuracy" if table.about.tested else "train_accuracy")
    middle = band(accuracy)[1]
    knob = KNOBS[table.sweep.x.knob]
    if not np.isfinite(middle).any():
        return msg("The first points of the sweep are being trained.")
    row, column = np.unravel_index(int(np.nanargmax(np.where(np.isfinite(middle), middle, np.nan))), middle.shape)
    came: list[bool] = np.any(~np.isnan(rows_of(table, "reached_at")), axis=(0, 2)).tolist()
    works = [word for word, good in zip(table.sweep.x.words, came, strict=True) if good]
    y = table.sweep.y
    where = "" if y is None else f" ({y.knob} {short(y.words[int(row)])})"
    best = {
        "where": where,
        "knob": knob.name,
        "value": short(table.sweep.x.words[int(column)]),
        "accuracy": float(middle[row, column]),
    }
    if not works:
        text = "No value of {knob} came to a loss of {level}; the best accuracy was {accuracy:.3g}, at {value}{where}."
        return msg(text, **best, level=level_said(table))
    return msg(
        "Best {knob}: {value}{where}, accuracy {accuracy:.3g}. {n} of {whole} values came to a loss of {level} with at "
        "least one seed.",
        **best, n=len(works), whole=len(table.sweep.x), level=level_said(table),
    )  # fmt: skip
