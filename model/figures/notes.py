"""The notes of a plot as it is shown: its own, and how many values its range leaves out."""

import numpy as np

from model.figures.figure import Dots, Line, Note, Plot, Range, Severity, View, to_display
from model.words import Message, Real, msg

_URGENCY: dict[Severity, int] = {"bad": 0, "warn": 1, "info": 2}


def shown_notes(plot: Plot, view: View, shown: Range) -> list[Note]:
    """Give the notes to show, the most urgent first; those that only explain can be turned off."""
    notes = [note for note in (*plot.notes, *outside_notes(plot, view, shown)) if view.notes or note.severity != "info"]
    return sorted(notes, key=lambda note: _URGENCY[note.severity])


def outside_notes(plot: Plot, view: View, shown: Range) -> list[Note]:
    """Count the values of the present run that the automatic range left out, where `shown` leaves them out too.

    Parameters
    ----------
    shown : the range of the vertical axis, in display units
    """
    if not plot.y.cut or plot.y.extent is None:
        return []
    low, high = min(plot.y.extent[0], shown[0]), max(plot.y.extent[1], shown[1])
    below, above, far_low, far_high, exact = [], [], np.inf, -np.inf, True
    for mark in plot.marks:
        if not isinstance(mark, Line | Dots) or mark.ghost or view.hides(mark.key) or getattr(mark, "steady", False):
            continue
        y = to_display(mark.y, log=plot.y.log)
        with np.errstate(invalid="ignore"):
            under, over = y < low, y > high
        below.append(mark.x[under])
        above.append(mark.x[over])
        far_low = min(far_low, float(mark.y[under].min(initial=np.inf)))
        far_high = max(far_high, float(mark.y[over].max(initial=-np.inf)))
        exact &= getattr(mark, "steps", 1) == 1
    steps = plot.x.integer
    return [
        Note(_said(n, far, above=is_above, steps=steps, exact=exact), "warn")
        for places, far, is_above in ((above, far_high, True), (below, far_low, False))
        if (n := len(set(np.concatenate(places).tolist())) if places else 0)
    ]


def listed(names: list[str]) -> str:
    """Name a few, and of more the first two and the last."""
    return ", ".join(names) if len(names) <= 4 else f"{names[0]}, {names[1]} … {names[-1]}"


def _said(n: int, far: float, *, above: bool, steps: bool, exact: bool) -> Message:
    what = ("1 step" if n == 1 and exact else "{n:,} steps") if steps else "1 value" if n == 1 else "{n:,} values"
    where = " above, to {far:.2g}" if above else " below, down to {far:.2g}"
    return msg(("" if exact else "at least ") + what + where, n=n, far=Real(far))
