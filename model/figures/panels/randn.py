"""The randn bench: the very numbers that NumPy's seeded generator gives, against the density they are drawn from."""

import math
from dataclasses import replace
from functools import lru_cache

import numpy as np

from model.figures.figure import Axis, Bars, Figure, Line, Mark, Note, Passage, Plot, View
from model.figures.histogram import bin_counts, bin_edges, extent_of, zero_bar
from model.insight.randn import RandnRequest, measured, numbers, printed, request_of
from model.network.initializers import ORTHONORMAL
from model.training.frame import Frame
from model.words import Message, msg

_TITLE = msg("randn bench")
_REACH = 4.0
_POINTS = 121
_SMOOTH = 100
"""Representable numbers a standard deviation from which on a density is worth its name."""


def make(frame: Frame, view: View) -> Figure:
    """Draw the numbers asked for, or those behind the run's own W1."""
    request = view.randn or request_of(frame)
    figure = _drawn(request, view.bins, log=view.log_y)
    passages = figure.passages
    if _is_noise_of(frame, request):
        std = frame.stds[0]
        said = msg("These are the numbers behind the run's initial W1, which is {std:.4g} times them.", std=std)
        passages = (passages[0], Passage(said, panel="weights"), *passages[1:])
    return replace(figure, passages=passages, summary=_summary(frame, request), n_layers=frame.layout.n_layers)


def _is_noise_of(frame: Frame, request: RandnRequest) -> bool:
    drawn = (
        frame.spec.weights is None
        and frame.spec.init not in (*ORTHONORMAL, "torch")
        and frame.spec.init_distribution == "normal"
    )
    asked = request.function == "randn" and request.seed == frame.spec.seed
    return drawn and asked and request.shape == frame.layout.shapes["W1"]


@lru_cache(maxsize=8)
def _drawn(request: RandnRequest, bins: int, *, log: bool) -> Figure:
    values = numbers(request)
    found = extent_of(values)
    marks: list[Mark] = []
    tallest = 1.0
    extent = (request.mean - 1.0, request.mean + 1.0)
    if found.range is not None:
        edges = bin_edges(found.range, bins)
        counts = bin_counts(values, edges)
        tallest, extent = max(float(counts.max()), 1.0), (float(edges[0]), float(edges[-1]))
        marks.append(Bars("drawn", msg("drawn"), "W1", edges, counts))
        if request.std > _SMOOTH * np.spacing(abs(request.mean)):
            line = _density(request, edges)
            tallest = max(tallest, float(line.y.max()))
            marks.append(line)
    if found.n_zero:
        marks.append(zero_bar("W1", found.n_zero, extent, bins))
        tallest = max(tallest, min(float(found.n_zero), 2 * tallest))
    height = (math.log10(0.5), math.log10(tallest)) if log else (0.0, tallest)
    plot = Plot(
        "randn",
        msg("{call}", call=request.call),
        Axis(msg("value"), extent=extent, exact=True),
        Axis(msg("count"), log=log, extent=height, integer=True),
        tuple(marks),
        tuple(_notes(values, found.n_zero)),
        legend=True,
    )
    return Figure("randn", _TITLE, (plot,), msg(""), passages=_passages(request))


def _density(request: RandnRequest, edges: np.ndarray) -> Line:
    """The count that the normal density leads one to expect in each bin."""
    z = np.linspace(-_REACH, _REACH, _POINTS)
    width = float(edges[1] - edges[0]) / request.std
    y = request.n * width / math.sqrt(2 * math.pi) * np.exp(-0.5 * z * z)
    label = msg("N({mean:g}, {std:g}²)", mean=request.mean, std=request.std)
    return Line("density", label, "theory", request.mean + request.std * z, y, dash=True)


def _notes(values: np.ndarray, n_zero: int) -> list[Note]:
    if values.size > 1 and float(np.ptp(values)) == 0.0:
        return [Note(msg("all {n:,} numbers are the same", n=values.size), "warn")]
    return [Note(msg("{zero:,} of {n:,} exactly 0", zero=n_zero, n=values.size))] if n_zero else []


def _passages(request: RandnRequest) -> tuple[Passage, ...]:
    values = numbers(request)
    said = msg(
        "{n:,} numbers: mean {mean}, expected {loc:g}; std {std}, expected {scale:g}.",
        n=request.n,
        mean=_with_error(measured(values).mean, measured(values).mean_error),
        loc=request.mean,
        std=_with_error(measured(values).std, measured(values).std_error),
        scale=request.std,
    )
    detail = msg("value ± standard error: s/√n for the mean, s/√(2(n − 1)) for s, which is taken with n − 1")
    return Passage(said, detail=detail), Passage(msg("{array}", array=printed(values)), verbatim=True)


def _with_error(value: float, error: float) -> str:
    """Write a value with its error, both to the error's second digit."""
    if math.isnan(error):
        return "–" if math.isnan(value) else f"{value:.6g}"
    if error == 0:
        return f"{value:.6g} ± 0"
    power = math.floor(math.log10(error))
    if not -6 <= power <= 3:
        return f"{value:.4e} ± {error:.1e}"
    digits = max(0, 1 - power)
    return f"{value:.{digits}f} ± {error:.{digits}f}"


def _summary(frame: Frame, request: RandnRequest) -> Message:
    found = measured(numbers(request))
    return msg(
        "Bench at step {step:,}: seed {seed}, {n:,} numbers with mean {mean:.4g} and std {std:.4g}.",
        step=frame.step, seed=request.seed, n=request.n, mean=found.mean, std=found.std,
    )  # fmt: skip
