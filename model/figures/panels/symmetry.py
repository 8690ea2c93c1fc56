"""Symmetry microscope: which hidden units point the same way, and whether a layer learns as one unit.

Effective rank: Roy & Vetterli 2007. That equal weights stay equal is the book's reason (chapter 6) for random ones.
"""

import math
from dataclasses import replace

import numpy as np

from model.figures.figure import (
    Axis,
    Cells,
    Figure,
    Floats,
    Image,
    Mark,
    Note,
    Plot,
    Targets,
    Texts,
    Unit,
    View,
)
from model.figures.notes import listed
from model.figures.panels.common import boxes_outline, divergence_notes
from model.insight.symmetry import Symmetry, symmetry, unmoved
from model.training.frame import Frame
from model.words import Message, Real, msg

_ROWS = 9.0
"""Lines of words that the height of the matrix has room for."""
_WIDTH = 2.25
"""Of matrix and words together, as a share of the matrix's."""
_STEPS = (1, 2, 5, 10, 20, 50, 100)
_MOST_NUMBERS = 6
"""Units that are numbered along the matrix, at most."""
_ROUNDING = 1e-5
"""Differences, as a share of the units' length, that rounding makes."""
_TITLE = msg("Symmetry of units")


def make(frame: Frame, view: View) -> Figure:
    """Draw the cosines between the units of every hidden layer, or those of one with what they come to in words."""
    layers = _layers(frame, view)
    found = [symmetry(frame.params, layer) for layer in layers]
    if len(found) == 1:
        plots: tuple[Plot, ...] = (_alone(frame, view, found[0]),)
    else:
        plots = tuple(_among_others(frame, view, one) for one in found)
    columns = math.ceil(math.sqrt(len(plots)))
    return Figure("symmetry", _TITLE, plots, _summary(frame, found), columns, 1.0, frame.layout.n_layers)


def _layers(frame: Frame, view: View) -> range:
    last = len(frame.layout.sizes) - 2
    if view.layer == 0:
        return range(1, last + 1)
    layer = last if view.layer < 0 else min(view.layer, last)
    return range(layer, layer + 1)


def _alone(frame: Frame, view: View, found: Symmetry) -> Plot:
    """Draw the matrix of a layer with its findings beside it."""
    k = len(found.units)
    axis = _axis(found)
    return Plot(
        "symmetry",
        _TITLE,
        replace(axis, extent=(-0.5, _WIDTH * k - 0.5)),
        axis,
        (*_matrix(view, found), *_words(frame, found, symmetry(frame.initial, found.layer))),
        tuple(divergence_notes(frame)),
        equal=True,
        targets=Targets(_rows(found), _units(found)),
        readings=(_reading(found),),
    )


def _among_others(frame: Frame, view: View, found: Symmetry) -> Plot:
    """Draw the matrix of one layer of several, with the most important in a note."""
    k, first = len(found.units), found.layer == 1
    axis = _axis(found)
    notes = divergence_notes(frame) if first else []
    notes += [*_findings(found), *(_still(frame) if first else [])]
    text = "{distinct} of {k} distinct, rank {rank:.3g} of {most}"
    most = min(frame.layout.shapes[f"W{found.layer}"])
    notes.append(Note(msg(text, distinct=found.n_distinct, k=k, rank=Real(found.effective_rank), most=most)))
    return Plot(
        f"layer{found.layer}",
        msg("layer {layer}", layer=found.layer),
        axis,
        axis,
        tuple(_matrix(view, found)),
        tuple(notes),
        equal=True,
        targets=Targets(_rows(found), _units(found)),
        readings=(_reading(found),),
    )


def _axis(found: Symmetry) -> Axis:
    extent = (-0.5, len(found.units) - 0.5)
    return Axis(msg("unit of layer {layer}", layer=found.layer), extent=extent, exact=True, ticks=_ticks(found))


def _matrix(view: View, found: Symmetry) -> list[Mark]:
    k = len(found.units)
    marks: list[Mark] = [
        Image("cosines", msg("cosine of two units"), found.cosines, (-0.5, k - 0.5), (-0.5, k - 0.5)),
        boxes_outline("edge", "line", np.array([[-0.5, k - 0.5, -0.5, k - 0.5]]), strength=0.3),
    ]
    if view.unit is not None and view.unit[0] == found.layer and view.unit[1] in found.units:
        row = _rows(found)[found.units == view.unit[1]]
        marks.append(boxes_outline("unit", "accent", np.concatenate([row, row[:, [2, 3, 0, 1]]]), strength=0.6))
    return marks


def _rows(found: Symmetry) -> Floats:
    """Give the box of each unit's row: left, right, bottom, top."""
    k = len(found.units)
    edges = np.arange(k) - 0.5
    return np.column_stack([np.full(k, -0.5), np.full(k, k - 0.5), edges, edges + 1])


def _units(found: Symmetry) -> tuple[Unit, ...]:
    return tuple((found.layer, int(unit)) for unit in found.units)


def _reading(found: Symmetry) -> Cells:
    k, names = len(found.units), tuple(str(unit) for unit in found.units.tolist())
    side = (-0.5, k - 0.5)
    return Cells(side, side, found.cosines, "cosine of units {up} and {across}: {value:.2f}", names, names)


def _words(frame: Frame, found: Symmetry, before: Symmetry) -> list[Mark]:
    """Set the findings in lines beside the matrix."""
    k = len(found.units)
    step = k / _ROWS
    lines = [*_numbers(frame, found, before), *_findings(found), *_still(frame)]
    places = np.array([k - 0.5 - step * (0.5 + row) for row in range(len(lines))], dtype=np.float64)
    marks: list[Mark] = []
    for role, severity in (("text", "info"), ("warn", "warn"), ("bad", "bad")):
        rows = [row for row, note in enumerate(lines) if note.severity == severity]
        if rows:
            texts = tuple(lines[row].text for row in rows)
            x = np.full(len(rows), 1.04 * k - 0.5)
            marks.append(Texts(f"words.{role}", msg("findings"), role, x, places[rows], texts, room=step))
    return marks


def _numbers(frame: Frame, found: Symmetry, before: Symmetry) -> list[Note]:
    k, n = len(found.units), found.n_units
    most = min(frame.layout.shapes[f"W{found.layer}"])
    notes = []
    if found.n_bad < k:
        text = msg("layer {layer}: {distinct} of {n} units distinct", layer=found.layer, distinct=found.n_distinct, n=k)
        notes.append(Note(text))
    if np.isfinite(found.effective_rank):
        rank = found.effective_rank
        notes.append(
            Note(msg("effective rank of W{layer}: {rank:.3g} of {most}", layer=found.layer, rank=rank, most=most))
        )
    if np.isfinite(found.order):
        notes.append(Note(msg("in common: {now:.3g} (0: nothing, 1: all units the same)", now=Real(found.order))))
    if frame.step and np.isfinite(before.effective_rank):
        notes.append(
            Note(
                msg(
                    "at step 0: {distinct} distinct, rank {rank:.3g}",
                    distinct=before.n_distinct,
                    rank=before.effective_rank,
                )
            )
        )
    if k < n:
        notes.append(Note(msg("{k} of {n} units compared, evenly spread", k=k, n=n)))
    return notes


def _findings(found: Symmetry) -> list[Note]:
    k = len(found.units)
    notes = []
    if found.n_bad:
        notes.append(Note(msg("{n} units are not finite", n=found.n_bad), "bad"))
    if found.n_zero:
        notes.append(Note(msg("{n} units are 0: no direction", n=found.n_zero), "warn"))
    if found.n_distinct == 1 and k > 1 and not found.n_bad:
        notes.append(Note(msg("all {n} units are the same", n=k), "warn"))
        if not found.n_zero:
            notes.append(Note(_difference(found), "warn"))
    elif found.n_directions == 1 and k > 1 and not found.n_bad:
        text = msg("all {n} units point the same way", n=k)
        low, high = Real(found.lengths.min()), Real(found.lengths.max())
        notes += [Note(text, "warn"), Note(msg("with lengths of {low:.2g} to {high:.2g}", low=low, high=high), "warn")]
    return notes


def _still(frame: Frame) -> list[Note]:
    """Name the weights that have never moved."""
    still = unmoved(frame)
    if not still:
        return []
    zeros = not any(frame.params[name].any() for name in still)
    text = "{names} exactly 0: never moved" if zeros else "{names} exactly as at step 0"
    return [Note(msg(text, names=listed(still)), "warn")]


def _difference(found: Symmetry) -> Message:
    if found.difference == 0:
        return msg("equal to the last bit")
    text = (
        "equal up to rounding ({share:.1g})"
        if found.difference < _ROUNDING
        else "equal up to {share:.1g} of their length"
    )
    return msg(text, share=Real(found.difference))


def _ticks(found: Symmetry) -> tuple[tuple[float, str], ...]:
    """Number some of the units along the matrix alone, not below the words."""
    k = len(found.units)
    step = next(step for step in _STEPS if step * _MOST_NUMBERS >= k)
    return tuple((float(place), str(found.units[place])) for place in range(0, k, step))


def _summary(frame: Frame, found: list[Symmetry]) -> Message:
    if len(found) > 1:
        by_layer = ", ".join(f"{one.n_distinct} of {len(one.units)}" for one in found)
        return msg("Symmetry at step {step:,}: distinct units by layer {found}.", step=frame.step, found=by_layer)
    (one,) = found
    return msg(
        "Symmetry at step {step:,}: {distinct} of {k} units of layer {layer} distinct, effective rank {rank:.3g}.",
        step=frame.step,
        distinct=one.n_distinct,
        k=len(one.units),
        layer=one.layer,
        rank=one.effective_rank,
    )
