"""Why this run does what it does: rules that look at its numbers and find codes, with those numbers."""

from collections.abc import Callable, Iterator, Sequence

from model.insight.findings import compare, course, data, start
from model.insight.findings.case import Case
from model.insight.findings.finding import Finding
from model.training.frame import Frame

__all__ = ["RULES", "Finding", "findings"]

RULES: tuple[Callable[[Case], Iterator[Finding]], ...] = (
    course.diverged, start.infinite_start, start.overflow, start.zero, course.no_updates, course.rose,
    data.majority, start.high_loss, start.exploding, start.vanishing, start.saturated, course.first_step, course.dead,
    course.plateau, start.about_right, start.small_logits, course.slow_start, compare.compared, course.momentum,
    data.sizes, data.blank, start.scheme,
)  # fmt: skip
"""In the order in which one would tell them, among those as grave."""


def findings(frame: Frame, ghosts: Sequence[Frame] = (), sample: int = 0) -> tuple[Finding, ...]:
    """Find what can be said of a run, the gravest first.

    Parameters
    ----------
    ghosts : runs before, the newest last
    sample : training samples to look at, as of `passes`
    """
    case = Case(frame, ghosts[-1] if ghosts else None, sample)
    found = [finding for rule in RULES for finding in rule(case)]
    return tuple(sorted(found, key=lambda finding: ("bad", "warn", "info").index(finding.severity)))
