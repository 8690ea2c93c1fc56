"""The limits of a number format over a panel's values: lines where they lie in its range, and words for the rest."""

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Literal

import numpy as np

from model.figures.figure import Axis, Guide, Note, Range, Texts, View
from model.insight.number_formats import FORMATS, Beyond, NumberFormat
from model.words import Message, Real, msg

_NAMES = {
    "subnormal": msg("smallest subnormal {limit:.2g}"),
    "normal": msg("smallest normal {limit:.2g}"),
    "largest": msg("largest {limit:.5g}"),
}
_NEAR = 0.15
"""The share of an axis by which it may be made longer so that a limit can be seen."""
_APART = 0.005
"""The share of an axis that a limit must be away from 0 to be told from it."""
_ROOT_OF_LARGEST = 1e150


def chosen_format(view: View) -> NumberFormat | None:
    """Give the format that is asked for, None for none."""
    return FORMATS.get(view.number_format)


@dataclass(frozen=True, slots=True)
class Limits:
    """Lines at the limits of a format, the axis that they are on, and words for limits that are not."""

    axis: Axis
    guides: tuple[Guide, ...] = ()
    notes: tuple[Note, ...] = ()


def limits_on(
    axis: Axis, view: View, direction: Literal["vertical", "horizontal"], *, power: int = 1, what: Message | None = None
) -> Limits:
    """Draw the limits of the view's format on an axis of values.

    Parameters
    ----------
    power : of the values that the axis shows: 2 for a variance
    what : of what these are the limits where that is not plain
    """
    kind = chosen_format(view)
    if kind is None:
        return Limits(axis)
    extent, guides, outside = axis.extent, [], []
    for (key, name), limit in zip(_NAMES.items(), kind.limits, strict=True):
        name = replace(name, params={"limit": Real(limit)})  # noqa: PLW2901
        value = limit**power if limit < _ROOT_OF_LARGEST else float("inf")
        places = [at for sign in (1, -1) if (at := _place(sign * value, axis)) is not None]
        fitting = [at for at in places if extent is not None and _reaches(extent, at, log=axis.log)]
        if extent is None or not fitting:
            outside.append(name)
            continue
        extent = min(extent[0], *fitting), max(extent[1], *fitting)
        # what tells it from its neighbour first: a legend may have room for no more
        label = msg("{name} {limit:.2g}, {format}", name=_SHORT[key], limit=Real(limit), format=kind.name)
        label = label if what is None else msg("{label}, {what}", label=label, what=what)
        for at in fitting:
            part = "" if at == fitting[0] else ".negative"
            guides.append(Guide(f"limit_{key}{part}", label, "warn", 10.0**at if axis.log else at, direction))
    said = "; ".join(map(str, outside))
    notes = [Note(msg("not on this axis, of {format}: {limits}", format=kind.name, limits=said))] if outside else []
    return Limits(replace(axis, extent=extent), tuple(guides), tuple(notes))


def _place(value: float, axis: Axis) -> float | None:
    """Give the place of a value on an axis, in display units; None where it has none."""
    if not math.isfinite(value):
        return None
    if axis.log:
        return math.log10(value) if value > 0 else None
    return value


def _reaches(extent: Range, at: float, *, log: bool) -> bool:
    """Whether a place is on an axis, or so near that the axis can reach it; on a linear one also told from 0."""
    span = extent[1] - extent[0]
    near = extent[0] - _NEAR * span <= at <= extent[1] + _NEAR * span
    return near and (log or abs(at) >= _APART * span)


def short_name(guide: Guide) -> Message:
    """Give a name for a line that fits beside it."""
    return _SHORT[guide.key.partition(".")[0].removeprefix("limit_")]


def names_above(limits: Limits, x: Axis, end: Literal["left", "right"] = "right") -> tuple[Texts, ...]:
    """Write the name of each line above one of its ends, where the plot is high enough for letters there."""
    if x.extent is None or limits.axis.extent is None:
        return ()
    (left, right), (low, high) = x.extent, limits.axis.extent
    inside, room = 0.01 * (right - left), _LETTERS * (high - low)
    at = right - inside if end == "right" else left + inside
    names = []
    for guide in limits.guides:
        line = _place(guide.at, limits.axis)
        if line is not None:
            up = line + room / 2 if line + room <= high else line - room / 2
            across, height = (
                np.array([10.0**place if axis.log else place]) for place, axis in ((at, x), (up, limits.axis))
            )
            name = (short_name(guide),)
            names.append(Texts(f"{guide.key}.name", guide.label, "warn", across, height, name, align=end, room=room))
    return tuple(names)


_LETTERS = 0.12
"""The share of an axis that a line of letters is given."""
_SHORT = {"subnormal": msg("min subnormal"), "normal": msg("min normal"), "largest": msg("max")}
_KINDS = {
    "overflow": msg("overflow to {endless}"),
    "to_zero": msg("become 0"),
    "subnormal": msg("lose digits"),
}


def share_words(counted: Beyond, kind: NumberFormat) -> list[Message]:
    """Say which shares of the values of one layer a format does not hold; nothing where it holds all."""
    return [
        msg("{share:.3g} % {what}", share=Real(counted.percent(of)), what=_said(of, kind))
        for of in _KINDS
        if getattr(counted, of)
    ]


def share_notes(names: Sequence[str], counts: Sequence[Beyond], view: View, what: Message) -> list[Note]:
    """Say these shares for several layers or parameters, a note for each kind.

    Parameters
    ----------
    names : of the layers or parameters, as `counts`
    what : whose values were counted
    """
    kind = chosen_format(view)
    if kind is None:
        return []
    notes = []
    for of in _KINDS:
        if any(getattr(counted, of) for counted in counts):
            shares = _listed(names, [f"{Real(counted.percent(of)):.3g}" for counted in counts])
            text = msg("% of {what} that {kind} in {format}: {shares}", what=what, kind=_said(of, kind),
                       format=kind.name, shares=shares)  # fmt: skip
            notes.append(Note(text, "info" if of == "subnormal" else "warn"))
    return notes or [Note(msg("{format} holds all {what}", format=kind.name, what=what))]


def _listed(names: Sequence[str], shares: Sequence[str]) -> str:
    """List shares by their names, neighbours of the same share as one: "1–3: 0, 4: 2.5"."""
    runs: list[tuple[str, str, str]] = []
    for name, share in zip(names, shares, strict=True):
        if runs and runs[-1][2] == share:
            runs[-1] = (runs[-1][0], name, share)
        else:
            runs.append((name, name, share))
    return ", ".join(f"{first if first == last else f'{first}–{last}'}: {share}" for first, last, share in runs)


def _said(of: str, kind: NumberFormat) -> Message:
    return replace(_KINDS[of], params={"endless": kind.endless})
