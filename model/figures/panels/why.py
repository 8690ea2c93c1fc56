"""Why?: what can be said of this run in words, each sentence with its numbers, its formula and its source."""

from dataclasses import replace

from model.figures.figure import Figure, Passage, View
from model.figures.panels.why_words import WORDS
from model.insight.findings import Finding, findings
from model.insight.passes import passes
from model.training.frame import Frame
from model.words import Message, Real, msg


def make(frame: Frame, view: View) -> Figure:
    """Put what was found into words."""
    found = findings(frame, view.ghosts, view.sample)
    passages = (*(passage_of(finding) for finding in found), *_sample(frame, view, said=bool(found)))
    return Figure("why", msg("Why?"), (), _summary(frame, passages), n_layers=frame.layout.n_layers, passages=passages)


def _sample(frame: Frame, view: View, *, said: bool) -> tuple[Passage, ...]:
    """Say on how many samples all this stands, where that is not all of them."""
    n = passes(frame, view.sample).n
    if not said or n == frame.data.n_train:
        return ()
    return (Passage(msg("Found on {n:,} of {all:,} training samples.", n=n, all=frame.data.n_train)),)


def passage_of(finding: Finding) -> Passage:
    """Say one finding."""
    words = WORDS[finding.code]
    shown: dict[str, object] = {
        name: Real(value) if isinstance(value, float) else value for name, value in finding.numbers.items()
    }
    step = msg("about {n:,}") if finding.about else msg("{n:,}")
    shown |= {name: replace(step, params={"n": shown[name]}) for name in _STEPS if name in shown}
    detail = None if words.detail is None else replace(words.detail, params=shown)
    return Passage(replace(words.text, params=shown), finding.severity, detail, finding.panel)


def _summary(frame: Frame, passages: tuple[Passage, ...]) -> Message:
    if not passages:
        return msg("Why: nothing stands out at step {step:,}.", step=frame.step)
    said = " ".join(str(passage.text) for passage in passages)
    return msg("Why, at step {step:,}: {said}", step=frame.step, said=said)


_STEPS = ("here", "there", "steps")
"""Numbers of steps, which are "about" so many where a finding says so."""
