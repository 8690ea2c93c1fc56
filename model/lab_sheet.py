"""A lab sheet: one page of HTML with all in it that a run is told by, to be printed, mailed or put on a server."""

import base64
import math
import time
from collections.abc import Iterator, Sequence
from html import escape
from pathlib import Path

from model import __version__
from model.figures.export import picture_bytes
from model.figures.figure import Compared, Passage
from model.figures.panels.beside import compared
from model.figures.picture import PictureOptions
from model.figures.shot import Shot
from model.files import write_whole
from model.foreign_text import showable
from model.keeping.table import how_it_ended
from model.training.frame import Frame
from model.training.spec import KNOBS, TrainingSpec
from model.words import Message, Real, msg

OPTIONS = PictureOptions(620, 400)
"""The size of its pictures: two lie side by side on a printed page that is turned, one on a page that is not."""
_LONGEST = 2000
USUAL = ("loss", "accuracy", "weights", "gradients")
"""The panels of a sheet for which none were named."""

_STYLE = """
body { font: 15px/1.45 system-ui, "Segoe UI", "DejaVu Sans", sans-serif; color: #1c1c1c; background: #fff;
  margin: 2em auto; max-width: 1280px; padding: 0 1em; }
h1 { font-size: 1.5em; margin: 0 0 .2em; }
h2 { font-size: 1.1em; margin: 1.6em 0 .5em; border-bottom: 1px solid #ccc; }
table { border-collapse: collapse; }
th, td { text-align: left; padding: .15em 1.2em .15em 0; vertical-align: top; }
td.number, th.number { text-align: right; font-variant-numeric: tabular-nums; }
thead th { border-bottom: 1px solid #999; }
.pictures { display: flex; flex-wrap: wrap; gap: 1em; }
figure { margin: 0; flex: 1 1 480px; max-width: 620px; break-inside: avoid; }
figure img { width: 100%; }
figcaption, .detail, footer { color: #555; font-size: .87em; }
li.bad { color: #a01818; }
li.below { margin-left: 1.5em; }
code { font-family: ui-monospace, "DejaVu Sans Mono", monospace; overflow-wrap: anywhere; }
@media print { body { margin: 0; max-width: none; } }
"""


def save_sheet(
    path: Path,
    shots: Sequence[Shot],
    said: Sequence[Passage],
    command: str,
    *,
    name: str = "",
    overwrite: bool = False,
) -> None:
    """Write a lab sheet; raises FileError, and ExportError where a picture is too large to make.

    Parameters
    ----------
    shots : the pictures, all of one run, the first of which has the runs beside it
    said : what *Why?* says of the run
    command : that makes the run again
    name : of the run, where a person gave it one
    """
    raw = sheet(shots, said, command, name=name).encode("utf-8", errors="backslashreplace")

    def write(stream: object) -> None:
        stream.write(raw)  # type: ignore[attr-defined]

    write_whole(path, write, overwrite=overwrite)


def sheet(shots: Sequence[Shot], said: Sequence[Passage], command: str, *, name: str = "") -> str:
    """Give the page; see `save_sheet`."""
    frame, view = shots[0].frame, shots[0].view
    title = showable(name, 200) or str(msg("Run at step {step:,}", step=frame.step))
    runs = [(each, str(one.label)) for each, one in zip(view.beside(frame), compared(frame, view), strict=True)]
    parts = [
        f"<h1>{escape(title)}</h1>",
        f"<p>{escape(str(_in_brief(frame)))}</p>",
        _heading(msg("Knobs that differ from the defaults")),
        _knobs(frame.spec_in_force),
        *([_heading(msg("Compared runs")), _compared(frame, runs)] if runs else []),
        _heading(msg("Pictures")),
        f'<div class="pictures">{"".join(map(_picture, shots))}</div>',
        *([_heading(msg("Why?")), _said(said)] if said else []),
        _heading(msg("Once more")),
        f"<p><code>{escape(showable(command, _LONGEST))}</code></p>",
        *_edits(frame),
    ]
    day = time.strftime("%Y-%m-%d")
    foot = f"<footer>Initscope {__version__}, {day}</footer>"
    head = f'<meta charset="utf-8"><title>{escape(title)}</title><style>{_STYLE}</style>'
    return (
        f'<!DOCTYPE html>\n<html lang="en">\n<head>{head}</head>\n<body>\n{_joined([*parts, foot])}\n</body>\n</html>\n'
    )


def _joined(parts: Sequence[str]) -> str:
    return "\n".join(parts)


def _heading(words: Message) -> str:
    return f"<h2>{escape(str(words))}</h2>"


def _in_brief(frame: Frame) -> Message:
    if not frame.step:
        return msg("Not trained yet; {samples}.", samples=_samples(frame))
    on_train, on_test = frame.accuracy
    loss = float(frame.loss[-1])
    known = str(msg("train accuracy {value:.4g}", value=Real(on_train)))
    if frame.data.n_test:
        known += str(msg(", test accuracy {value:.4g}", value=Real(on_test)))
    text = "{step:,} of {target:,} steps, loss of the last batch {loss:.4g}, {known}; {samples}."
    return msg(text, step=frame.step, target=frame.target, loss=Real(loss), known=known, samples=_samples(frame))


def _samples(frame: Frame) -> Message:
    return msg("{train:,} training and {test:,} test samples", train=frame.data.n_train, test=frame.data.n_test)


def _knobs(spec: TrainingSpec) -> str:
    usual = TrainingSpec()
    rows = [
        (knob.label, _shown(name, spec), _shown(name, usual))
        for name, knob in KNOBS.items()
        if getattr(spec, name) != getattr(usual, name)
    ]
    if not rows:
        return f"<p>{escape(str(msg('None.')))}</p>"
    return _table((msg("Knob"), msg("Here"), msg("Default")), rows)


def _shown(name: str, spec: TrainingSpec) -> str:
    return showable(KNOBS[name].shown(getattr(spec, name)) or str(msg("none")), 200)


def _compared(frame: Frame, runs: Sequence[tuple[Compared, str]]) -> str:
    lines = [_line(str(msg("this run")), frame), *(_line(label, one.frame) for one, label in runs)]
    titles = (msg("Run"), msg("Steps"), msg("Loss"), msg("Train accuracy"), msg("Test accuracy"), msg("Ended"))
    return _table(titles, lines, numbers=(1, 2, 3, 4))


def _line(label: str, frame: Frame) -> tuple[str, ...]:
    loss = float(frame.loss[-1]) if frame.step else math.nan
    on_train, on_test = (f"{Real(value):.4g}" for value in frame.accuracy)
    diverged = -1 if frame.divergence is None else frame.divergence.step
    ended = str(how_it_ended(frame.stopped_by or ("steps" if frame.step >= frame.target else "interrupt"), diverged))
    return (label, f"{frame.step:,}", f"{Real(loss):.4g}", on_train, on_test, ended)


def _table(titles: Sequence[Message], rows: Sequence[Sequence[str]], numbers: Sequence[int] = ()) -> str:
    def cell(kind: str, place: int, text: str) -> str:
        mark = ' class="number"' if place in numbers else ""
        return f"<{kind}{mark}>{escape(text)}</{kind}>"

    head = "".join(cell("th", place, str(title)) for place, title in enumerate(titles))
    body = "\n".join(f"<tr>{''.join(cell('td', place, text) for place, text in enumerate(row))}</tr>" for row in rows)
    return f"<table><thead><tr>{head}</tr></thead>\n<tbody>\n{body}\n</tbody></table>"


def _said(passages: Sequence[Passage]) -> str:
    items = []
    for passage in passages:
        kinds = " ".join([*(["bad"] if passage.severity == "bad" else []), *(["below"] if passage.level else [])])
        detail = "" if passage.detail is None else f'<br><span class="detail">{escape(str(passage.detail))}</span>'
        items.append(f'<li class="{kinds}">{escape(str(passage.text))}{detail}</li>')
    return f"<ul>\n{_joined(items)}\n</ul>"


def _picture(shot: Shot) -> str:
    """Draw a picture into the page; as an image of its own, which keeps its recipe where it is saved from there."""
    figure = shot.figure()
    raw = picture_bytes(figure, shot.view, "svg", options=OPTIONS, provenance=shot.provenance(OPTIONS))
    source = base64.b64encode(raw).decode("ascii")
    alt = escape(str(figure.summary), quote=True)
    caption = escape(f"{shot.panel.title}. {shot.panel.help}")
    image = f'<img alt="{alt}" src="data:image/svg+xml;base64,{source}">'
    return f"<figure>{image}<figcaption>{caption}</figcaption></figure>"


def _edits(frame: Frame) -> Iterator[str]:
    if frame.schedule:
        said = "; ".join(f"{name} = {value:g} at step {step:,}" for step, name, value in frame.schedule[:20])
        more = "; …" if len(frame.schedule) > 20 else ""
        yield f"<p>{escape(str(msg('Live changes: {said}.', said=said + more)))}</p>"
