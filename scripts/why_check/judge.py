"""One run, what *Why?* says of it once trials are made, and the oracle's verdict on every sentence."""

from dataclasses import dataclass, field

import numpy as np

from model.insight.advice.advice import advise
from model.insight.advice.trial import Workbench
from model.insight.findings import findings
from model.network.blas import one_blas_thread
from model.training.spec import TrainingSpec
from model.training.stepper import kernel_stepper
from scripts.why_check.facts import BLAMED
from scripts.why_check.oracle import Oracle
from scripts.why_check.rerun import best_standard, end_of, trained

AS_GOOD = 0.02
"""How far below the best of the standard settings an accuracy is still that of a healthy run."""


@dataclass(slots=True)
class Verdict:
    """What the oracle found.

    Attributes
    ----------
    fails, healthy : what the run is, by the oracle's own measures
    named : "one" where a single knob is named that helps, "several" where only more do, "none" otherwise
    promises, kept, elsewhere : remedies offered, those that came to what was promised, and those that help with
        another seed too
    warned : the codes that a healthy run is warned by
    said : every code that was said, with whether it was so
    """

    spec: str
    fails: bool = False
    healthy: bool = False
    named: str = "none"
    promises: int = 0
    kept: int = 0
    elsewhere: int = 0
    warned: list[str] = field(default_factory=list)
    said: list[tuple[str, bool]] = field(default_factory=list)


def judge(spec: TrainingSpec) -> Verdict:
    """Make a run, and judge what is said of it."""
    with one_blas_thread, np.errstate(all="ignore"):
        frame = trained(spec)
        end, n_classes = end_of(frame), frame.data.n_classes
        advice = advise(frame, Workbench(kernel_stepper), most_seconds=60.0)
        found = findings(frame, advice=advice)
        verdict = Verdict(spec.to_json(), fails=end.fails(n_classes))
        verdict.healthy = not verdict.fails and end.accuracy >= best_standard(spec) - AS_GOOD
        oracle = Oracle(frame)
        for finding in found:
            verdict.said.append((finding.code, oracle.is_true(finding)))
            if finding.promise is None:
                continue
            verdict.promises += 1
            verdict.kept += oracle.keeps(finding.promise)
            verdict.elsewhere += oracle.helps_elsewhere(finding.promise)
            if oracle.helps(finding.code, finding.promise):
                single = finding.code in BLAMED or finding.code == "few_samples"
                verdict.named = "one" if single or verdict.named == "one" else "several"
        if verdict.healthy:
            verdict.warned = [finding.code for finding in found if finding.severity != "info"]
    return verdict
