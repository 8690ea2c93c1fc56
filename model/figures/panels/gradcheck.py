"""Gradient check: the gradient that the training follows beside central differences of the loss, a row a parameter."""

import math

import numpy as np
import numpy.typing as npt

from model.figures.figure import Axis, Dots, Figure, Mark, Note, Passage, Plot, Severity, Spots, Texts, View
from model.figures.notes import listed
from model.figures.panels.common import divergence_notes
from model.insight.gradient_check import CLEAR, Checked, Entries, GradientCheck, Verdict, check_gradients
from model.training.frame import Frame
from model.words import Message, Real, msg

Floats = npt.NDArray[np.float64]

_TITLE = msg("Gradient check")
_EXACT, _FAR = 1e-17, 3.0
"""Relative errors are drawn between these; numbers that are the same stand at the first."""
_OWN, _DOUBLE, _WORDS = 0.4, 0.16, 0.72
"""Heights within a row: of the dots of the run's dtype, of those of float64, of the words."""
_LINE = 0.3
VERDICTS: dict[Verdict, Message] = {
    "agrees": msg("agrees"),
    "small": msg("too small to be checked"),
    "differs": msg("differs"),
    "unchecked": msg("not checked"),
}


def make(frame: Frame, view: View) -> Figure:
    """Draw the relative error of every entry that was compared, and say the verdict on each parameter."""
    found = check_gradients(frame, view.patience)
    passages = _passages(found)
    summary = msg("Gradient check at step {step:,}: {said}", step=frame.step, said=passages[0].text)
    unfinished = found is not None and not found.finished
    plots, n_layers = (_plot(frame, found),), frame.layout.n_layers
    return Figure("gradcheck", _TITLE, plots, summary, n_layers=n_layers, passages=passages, unfinished=unfinished)


# The dots


def _plot(frame: Frame, found: GradientCheck | None) -> Plot:
    names = frame.layout.names
    floors = {name: len(names) - 1.0 - place for place, name in enumerate(names)}
    rows = [(one, floors[one.name]) for one in found.parameters] if found is not None else []
    words = Texts(
        "words",
        msg("verdicts"),
        "text",
        np.full(len(rows), 1.4 * _EXACT),
        np.array([floor + _WORDS for _, floor in rows]),
        tuple(row_words(one) for one, _ in rows),
        room=_LINE,
    )
    ends = math.log10(_EXACT) - 0.3, math.log10(_FAR)
    boxes = np.array([[*ends, floor, floor + 1] for floor in floors.values()])
    known = {one.name: row_words(one) for one, _ in rows}
    said = [msg("{name}: {words}", name=name, words=known.get(name, VERDICTS["unchecked"])) for name in names]
    return Plot(
        "gradcheck",
        _TITLE,
        Axis(msg("relative error |g − ĝ| / max(|g|, |ĝ|)"), log=True, extent=ends, exact=True),
        Axis(
            msg("parameter"),
            extent=(-0.1, len(names) + 0.05),
            exact=True,
            ticks=tuple((floor + 0.3, name) for name, floor in floors.items()),
        ),
        (*_dots(frame, rows), words),
        tuple(_notes(frame, found)),
        legend=bool(rows),
        readings=(Spots(boxes, "{words}", {"words": [str(each) for each in said]}),),
    )


def _dots(frame: Frame, rows: list[tuple[Checked, float]]) -> list[Mark]:
    """Draw all entries of a kind as one mark, those that could not be compared palest and below all others."""
    dtype = frame.spec.dtype
    layers = [(dtype, _OWN)] if dtype == "float64" else [(dtype, _OWN), ("float64", _DOUBLE)]
    marks: list[Mark] = []
    kinds: tuple[tuple[str, tuple[str, ...], str, Message], ...] = (
        ("small", ("small",), "muted", msg("too small to be checked")),
        ("agrees", ("agrees", "zero"), "accent", msg("agrees")),
        ("differs", ("differs",), "bad", msg("differs")),
    )
    for kind, verdicts, role, label in kinds:
        x, y = [], []
        for of, height in layers:
            for one, floor in rows:
                entries = one.entries[of]
                here = entries.relative[np.isin(entries.verdicts, verdicts)]
                x.append(np.clip(here, _EXACT, 1.0))
                y.append(np.full(len(here), floor + height))
        places = np.concatenate(x) if x else np.empty(0)
        if len(places):
            size = 6.0 if kind == "differs" else 4.0
            marks.append(Dots(kind, label, role, places, np.concatenate(y), size=size, ghost=kind == "small"))
    return marks


def _notes(frame: Frame, found: GradientCheck | None) -> list[Note]:
    notes = divergence_notes(frame)
    if found is None or not found.parameters:
        return [*notes, Note(_passages(found)[0].text, "warn" if found is None else "bad")]
    if not found.by_kernel:
        notes.append(Note(msg("the gradient is the readable class's: the kernels are still being compiled"), "warn"))
    if frame.spec.dtype != "float64":
        text = msg("upper dots: in {dtype}, lower dots: in float64", dtype=frame.spec.dtype)
        notes.append(Note(text))
    if any(entries.count("zero") for one in found.parameters for entries in one.entries.values()):
        notes.append(Note(msg("at the left edge: both are exactly the same")))
    return notes


# The words


def row_words(one: Checked) -> Message:
    """Say the verdict on a parameter, on how many entries it stands and where the largest error is."""
    entries = next(iter(one.entries.values()))
    parts = ["{verdict}"]
    for dtype, each in one.entries.items():
        if each.worst is not None:
            parts.append(f"{{error_{dtype}:.2g}} in {dtype}")
    parts.append("{looked:,} of {n:,} entries")
    parts += [f"{{{kind}:,}} {words}" for kind, words in _ASIDE.items() if entries.count(kind)]
    errors = {f"error_{dtype}": Real(_error(each)) for dtype, each in one.entries.items()}
    counts = {kind: entries.count(kind) for kind in _ASIDE}
    verdict, looked = VERDICTS[one.verdict], len(entries.places)
    return msg(" · ".join(parts), verdict=verdict, looked=looked, n=one.n, **errors, **counts)


_ASIDE = {"zero": "both 0", "small": "too small", "kink": "across a kink", "endless": "not finite"}


def _error(entries: Entries) -> float:
    return math.nan if entries.worst is None else float(entries.relative[entries.worst])


def _passages(found: GradientCheck | None) -> tuple[Passage, ...]:
    if found is None:
        return (Passage(msg("The network is too large to check its gradient here.")),)
    if not found.parameters:
        return (Passage(msg("The loss is not finite: there is nothing to check."), "bad"),)
    text, severity = _verdict(found)
    detail = msg(
        "ĝ = (L(w + h) − L(w − h)) / 2h in float64, with the h of least error; L is the mean cross-entropy of {n:,} "
        "samples. A gradient below {clear:,.0f} times the error of ĝ is too small to be checked, and an entry whose "
        "difference crosses the kink of a unit is left out.",
        n=found.n_samples,
        clear=CLEAR,
    )
    return Passage(text, severity, detail), Passage(msg("{table}", table=table_of_words(found)), verbatim=True)


def _verdict(found: GradientCheck) -> tuple[Message, Severity]:
    """Say what came of it in a sentence."""
    rest = "" if found.finished else " …"
    of = msg("the compiled kernels") if found.by_kernel else msg("the readable class")
    if wrong := found.named("differs"):
        text = "Differs from central differences: the gradient of {names} by {of}." + rest
        return msg(text, names=listed(wrong), of=of), "bad"
    agree, small = found.named("agrees"), found.named("small")
    if not agree:
        text = "The gradient is too small to be checked." if small else "No entry could be checked."
        return msg(text + rest), "info"
    errors = {dtype: [_error(one.entries[dtype]) for one in found.parameters] for dtype in found.parameters[0].entries}
    said = [f"{Real(np.nanmax(each)):.1g} in {dtype}" for dtype, each in errors.items() if not np.isnan(each).all()]
    text = "The gradient of {names} by {of} agrees with central differences, to {errors}"
    text += "; that of {small} is too small to be checked." if small else "."
    return msg(text + rest, names=listed(agree), of=of, errors=" and ".join(said), small=listed(small)), "info"


def table_of_words(found: GradientCheck) -> str:
    """Write the check as a table for letters of one width."""
    dtypes = list(found.parameters[0].entries)
    head = ["", "verdict", "entries", "compared", "small", "kinks", *(f"error {dtype}" for dtype in dtypes), "worst at"]
    rows = [head]
    for one in found.parameters:
        entries = one.entries[dtypes[0]]
        worst = str(list(one.index(int(entries.places[entries.worst])))) if _error(entries) > 0 else "–"
        rows.append(
            [
                one.name,
                _SHORT[one.verdict],
                f"{len(entries.places):,}/{one.n:,}",
                f"{int(entries.checked.sum()):,}",
                f"{entries.count('small'):,}",
                f"{entries.count('kink'):,}",
                *(_written(_error(one.entries[dtype])) for dtype in dtypes),
                worst,
            ]
        )
    widths = [max(len(row[k]) for row in rows) for k in range(len(head))]
    return "\n".join("  ".join([*_padded(row, widths)]).rstrip() for row in rows)


def _padded(row: list[str], widths: list[int]) -> list[str]:
    """Bring words to the left and numbers to the right of their columns."""
    cells = zip(row, widths, strict=True)
    return [cell.ljust(width) if place < _WORDY else cell.rjust(width) for place, (cell, width) in enumerate(cells)]


_WORDY = 2
_SHORT: dict[Verdict, str] = {
    "agrees": "agrees", "small": "too small", "differs": "DIFFERS", "unchecked": "not checked"
}  # fmt: skip


def _written(error: float) -> str:
    return "–" if math.isnan(error) else f"{error:.1e}" if error else "0"
