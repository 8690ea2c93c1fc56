"""Seeds: how soon, and how often, the same run gets there from other random numbers."""

import numpy as np

from model.figures.figure import Axis, Bars, Dots, Figure, Line, Mark, Note, Passage, Plot, View
from model.figures.panels.common import steps_said
from model.figures.panels.seed_band import of_these_knobs, said
from model.insight.seed_runs import HIGH, LOW, SeedRuns, wilson
from model.training.frame import Frame
from model.words import Message, Real, msg

_TITLE = msg("Seeds")
_ROOM = 1.5
_MOST_BINS = 24
_KEY = "reached"


def make(frame: Frame, view: View) -> Figure:
    """Draw the steps by which the runs reached the level, and the share that had by each step."""
    seeds = view.seeds
    if seeds is None:
        return _nothing_yet(frame)
    role = "train" if of_these_knobs(frame, seeds) else "muted"
    plots = (_when(frame, seeds, role), _how_many(frame, seeds, role))
    passages = tuple(_passages(seeds))
    return Figure("seeds", _TITLE, plots, passages[0].text, columns=2, shape=1.4, n_layers=frame.layout.n_layers,
                  passages=passages)  # fmt: skip


def _nothing_yet(frame: Frame) -> Figure:
    text = msg(
        "Repeat this run with other seeds (Run › Repeat with seeds…) to see what of it is chance: how soon each gets "
        "to a loss or an accuracy, and how many never do."
    )
    steps = Axis(msg("training step"), extent=(0.0, float(max(frame.target, 1))), integer=True, exact=True)
    share = Axis(msg("share of the runs"), extent=(0.0, 1.03), exact=True)
    plot = Plot("share", msg("Have converged by then"), steps, share, (), (Note(msg("not repeated yet")),))
    return Figure("seeds", _TITLE, (plot,), text, n_layers=frame.layout.n_layers, passages=(Passage(text),))


def _last(seeds: SeedRuns) -> float:
    """Give the step up to which there is something to see: a little beyond the last run, where all got there."""
    soon = _ROOM * max(seeds.reached, default=0)
    return max(min(float(seeds.steps), soon) if len(seeds.reached) == seeds.n else float(seeds.steps), 1.0)


def _steps(seeds: SeedRuns) -> Axis:
    return Axis(msg("training step"), extent=(0.0, _last(seeds)), integer=True, exact=True)


def _when(frame: Frame, seeds: SeedRuns, role: str) -> Plot:
    """Count the runs by the step at which they got there; a dot for each run stands below."""
    at = np.array(seeds.reached, dtype=np.float64)
    n_bins = min(_MOST_BINS, max(8, 2 * seeds.n // 3))
    edges = np.linspace(0.0, _last(seeds), n_bins + 1)
    heights = np.histogram(at, edges)[0].astype(np.float64)
    highest = float(heights.max(initial=1.0))
    below = -0.06 * highest
    marks: tuple[Mark, ...] = (
        Bars(_KEY, said(frame, seeds), role, edges, heights),
        Dots(f"{_KEY}.each", said(frame, seeds), role, at, np.full(len(at), below), size=4.5),
    )
    notes = () if len(at) else (Note(msg("none has reached it"), "warn"),)
    y = Axis(msg("runs"), extent=(2 * below, 1.06 * highest), exact=True, integer=True)
    return Plot("reached", msg("Reached {level}", level=_level(seeds)), _steps(seeds), y, marks, notes)


def _how_many(frame: Frame, seeds: SeedRuns, role: str) -> Plot:
    """Draw the share of runs that had got there by each step, with its interval."""
    at = np.array(seeds.reached, dtype=np.float64)
    n = np.arange(len(at) + 1)
    ends = np.array([wilson(int(k), seeds.n) for k in n])
    x = np.concatenate([[0.0], np.repeat(at, 2), [float(seeds.steps)]])
    marks: tuple[Mark, ...] = (
        Line("share", said(frame, seeds), role, x, np.repeat(n / seeds.n, 2), steady=True,
             low=np.repeat(ends[:, 0], 2), high=np.repeat(ends[:, 1], 2)),
    )  # fmt: skip
    y = Axis(msg("share of the runs"), extent=(0.0, 1.03), exact=True)
    note = Note(msg("band: 95 % interval (Wilson 1927)"))
    return Plot("share", msg("Have reached it by then"), _steps(seeds), y, marks, (note,))


def _level(seeds: SeedRuns) -> Message:
    request = seeds.request
    if request.quantity == "loss":
        return msg("a loss of {level:.4g}", level=Real(request.level))
    return msg("an accuracy of {level:.4g}", level=Real(request.level))


def _passages(seeds: SeedRuns) -> list[Passage]:
    share, low, high = seeds.share
    text = msg(
        "Within {steps}, {k} of {n} runs reached {level}: {share:.0f} %. With 95 % confidence, {low:.0f} to "
        "{high:.0f} % of all seeds would.",
        k=len(seeds.reached), n=seeds.n, level=_level(seeds), steps=steps_said(seeds.steps), share=100 * share,
        low=100 * low, high=100 * high,
    )  # fmt: skip
    how = (
        msg("By loss: the mean of 20 batches in a row. Interval of Wilson 1927.")
        if seeds.request.quantity == "loss"
        else msg("By accuracy: at the steps at which a run is evaluated. Interval of Wilson 1927.")
    )
    found = [Passage(text, detail=how)]
    if seeds.reached:
        early, middle, late = np.quantile(seeds.reached, (LOW, 0.5, HIGH)).tolist()
        text = msg(
            "Half of those that did were there by step {middle:,.0f}; the middle 80 % needed {early:,.0f} to "
            "{late:,.0f} steps.",
            middle=middle, early=early, late=late,
        )  # fmt: skip
        found.append(Passage(text))
    broken = sum(run.diverged is not None for run in seeds.runs)
    if broken:
        found.append(Passage(msg("{n} of them diverged.", n=broken), "bad"))
    if seeds.n < seeds.request.n:
        found.append(Passage(msg("{n} of {whole} runs so far.", n=seeds.n, whole=seeds.request.n)))
    return found
