"""Why this run does what it does: rules that look at its numbers and find codes, with those numbers."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace

from model.insight.advice.advice import Advice
from model.insight.advice.promise import Promise
from model.insight.findings import advised, compare, course, data, formats, start
from model.insight.findings.case import Case
from model.insight.findings.finding import Finding
from model.insight.findings.order import arranged
from model.training.frame import Frame

__all__ = ["RULES", "Finding", "findings"]

RULES: tuple[Callable[[Case], Iterator[Finding]], ...] = (
    advised.promised, advised.causes, advised.as_good, course.diverged, start.infinite_start, start.overflow,
    start.zero, course.no_updates, course.rose, data.majority, start.loud_output, start.high_loss, start.exploding,
    start.vanishing, start.saturated, course.first_step, course.updates, course.dead, course.dying, course.plateau,
    course.momentum, data.sizes, formats.overflow, formats.underflow, start.about_right, start.small_logits,
    course.slow_start, compare.compared, data.blank, start.scheme,
)  # fmt: skip
"""In the order in which one would tell them, among those as grave."""


def findings(
    frame: Frame,
    before: Sequence[Frame] = (),
    sample: int = 0,
    advice: Advice | None = None,
    promise: Promise | None = None,
) -> tuple[Finding, ...]:
    """Find what can be said of a run: causes first, those that would help most before the others.

    Parameters
    ----------
    before : compared runs, the newest last
    sample : training samples to look at, as of `passes`
    advice : what trials of this very moment found; of another moment it is left out
    promise : what was expected of a run that it began with
    """
    if advice is not None and (advice.run, advice.step) != (frame.run, frame.step):
        advice = None
    case = Case(frame, before[-1] if before else None, sample, advice, promise)
    found = [finding for rule in RULES for finding in rule(case)]
    if advice is not None:
        found = [_weighed(finding, advice) for finding in found if not _refuted(finding, advice)]
    return arranged(found)


def _weighed(finding: Finding, advice: Advice) -> Finding:
    """Warn of nothing in a run that is as good as any."""
    return replace(finding, severity="info") if advice.healthy else finding


def _refuted(finding: Finding, advice: Advice) -> bool:
    """Whether trials found otherwise: an initialisation to blame is not about right."""
    blamed = any(helped.candidate.knob in ("init", "weights") for helped in advice.helped)
    return finding.code == "about_right" and blamed
