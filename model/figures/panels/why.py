"""Why?: what can be said of this run in words, each sentence with its numbers, its formula and its source."""

from dataclasses import replace

from model.figures.figure import Figure, Offer, Passage, View
from model.figures.panels.why_words import WORDS
from model.insight.advice.promise import Promise
from model.insight.findings import Finding, findings
from model.insight.passes import passes
from model.training.differences import what_differs
from model.training.frame import Frame
from model.words import Message, Real, msg


def make(frame: Frame, view: View) -> Figure:
    """Put what was found into words."""
    found = findings(frame, [one.frame for one in view.beside(frame)], view.sample, view.advice, view.promise)
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
    offer = None if finding.promise is None else offer_of(finding.promise)
    text = replace(words.text, params=shown)
    return Passage(text, finding.severity, detail, finding.panel, level=int(finding.cause != ""), offer=offer)


def offer_of(promise: Promise) -> Offer:
    """Put a remedy on a button, and into words what a click is expected to bring."""
    expected, base = promise.expected, promise.base
    what = what_differs(promise.spec, promise.before)
    numbers = {"steps": expected.steps, "loss": Real(expected.loss), "accuracy": expected.accuracy}
    if base.finite:
        expects = msg(
            "Expected after {steps:,} steps: accuracy {accuracy:.3f} instead of {base:.3f}, loss {loss:.3g} instead of "
            "{base_loss:.3g}.",
            **numbers,
            base=base.accuracy,
            base_loss=Real(base.loss),
        )
    else:
        expects = msg(
            "Expected after {steps:,} steps: accuracy {accuracy:.3f} and loss {loss:.3g}, where this run broke.",
            **numbers,
        )
    return Offer(msg("Try {what}", what=what), expects, promise)


def _summary(frame: Frame, passages: tuple[Passage, ...]) -> Message:
    if not passages:
        return msg("Why: nothing stands out at step {step:,}.", step=frame.step)
    said = " ".join(
        f"{passage.text} {passage.offer.expects}" if passage.offer else str(passage.text) for passage in passages
    )
    return msg("Why, at step {step:,}: {said}", step=frame.step, said=said)


_STEPS = ("here", "there", "since")
"""Numbers of steps, which are "about" so many where a finding says so."""
