"""Rules that compare a run with the one that it replaced: by accuracy first, then by how soon its loss came down."""

import math
from collections.abc import Iterator

import numpy as np

from model.insight.findings.case import Case
from model.insight.findings.finding import Finding, Number
from model.training.averaged import is_exact, reached
from model.training.differences import what_differs
from model.training.frame import Frame

AS_SOON = 1.1
"""Times in which two runs need as many steps, about."""


def compared(case: Case) -> Iterator[Finding]:
    """Set the run beside the one before it, at the same step."""
    frame, before = case.frame, case.before
    if before is None or not case.learns or not frame.step or not before.step or not _same_data(frame, before):
        return
    other = str(what_differs(before.spec, frame.spec))
    yield from _accuracy(frame, before, other)
    yield from _speed(case, before, other)


def _accuracy(frame: Frame, before: Frame, other: str) -> Iterator[Finding]:
    """Compare the share of right answers at the last step at which both were evaluated."""
    common = np.intersect1d(frame.eval_steps, before.eval_steps)
    if not len(common) or common[-1] == 0:
        return
    step = int(common[-1])
    column, n, kind = (1, frame.data.n_test, "test") if frame.data.n_test else (0, frame.data.n_train, "training")
    here, there = (float(run.evaluations[np.searchsorted(run.eval_steps, step), column]) for run in (frame, before))
    if not (math.isfinite(here) and math.isfinite(there)):
        return
    apart = round(abs(here - there) * n)
    code = "as_accurate" if apart == 0 else "more_accurate" if here > there else "less_accurate"
    share = (here + there) / 2
    numbers: dict[str, Number] = {"step": step, "right": here, "before": there, "apart": apart, "samples": n}
    numbers |= {"kind": kind, "other": other, "error": math.sqrt(2 * share * (1 - share) / n)}
    yield Finding(code, "info", numbers, "accuracy")


def _speed(case: Case, before: Frame, other: str) -> Iterator[Finding]:
    """Compare the steps to the same loss."""
    frame, level = case.frame, case.chance / 2
    here, there = reached(frame, level), reached(before, level)
    about = not (is_exact(frame) and is_exact(before))
    known: dict[str, Number] = {"level": level, "other": other, "step": frame.step, "last": before.step}
    if here is not None and there is not None:
        soon = 1 / AS_SOON <= here / there <= AS_SOON
        code = "speed_same" if soon else "speed_sooner" if here < there else "speed_later"
        yield Finding(code, "info", {**known, "here": here, "there": there}, "loss", about)
    elif here is not None and before.step > here:
        yield Finding("speed_only_here", "info", {**known, "here": here}, "loss", about)
    elif there is not None and frame.step > there:
        yield Finding("speed_only_there", "info", {**known, "there": there}, "loss", about)


def _same_data(one: Frame, other: Frame) -> bool:
    return one.data is other.data or one.spec.data_request == other.spec.data_request
