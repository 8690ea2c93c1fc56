"""Rules about trials: the knobs that would have made the run better, and whether what was promised came true."""

from collections.abc import Iterator
from pathlib import PurePath

from model.foreign_text import LONGEST_NAME, showable
from model.insight.advice.causes import BEST
from model.insight.advice.promise import Promise
from model.insight.advice.trial import outcome_of
from model.insight.blocks import root_mean_square
from model.insight.findings.case import Case
from model.insight.findings.data import inputs
from model.insight.findings.finding import Finding, Number, Severity
from model.network.initializers import INITIALIZERS
from model.training.differences import SCHEMES
from model.training.spec import KNOBS


def causes(case: Case) -> Iterator[Finding]:
    """The knobs that trials found to blame."""
    advice = case.advice
    if advice is None:
        return
    spec = case.frame.spec_in_force
    severity: Severity = "bad" if advice.fails else "warn"
    for helped in advice.helped:
        code, knob = helped.candidate.cause, helped.candidate.knob
        promise = Promise(helped.spec, spec, helped.outcome, advice.base)
        value = getattr(spec, knob)
        said = str(SCHEMES[value]) if knob == "init" and value in SCHEMES else KNOBS[knob].shown(value)
        numbers: dict[str, Number] = {"knob": knob, "value": said, "steps": advice.base.steps}
        yield Finding(code, severity, {**numbers, **_evidence(case, code)}, _PANELS.get(knob, "loss"), promise=promise)
    if advice.together is not None:
        code = "several" if advice.helped else "several_only"
        promise = Promise(advice.together[0], spec, advice.together[1], advice.base)
        yield Finding(code, severity, {"steps": advice.base.steps}, "loss", promise=promise)
    elif advice.fails and not advice.helped:
        yield Finding("no_remedy", severity, {"steps": advice.base.steps}, "loss")


def as_good(case: Case) -> Iterator[Finding]:
    """The run is as good as the best of the settings that people begin with."""
    advice = case.advice
    if advice is not None and advice.healthy:
        numbers = {"accuracy": advice.base.accuracy, "best": advice.best, "steps": advice.base.steps}
        yield Finding("as_good", "info", numbers, "accuracy")


def promised(case: Case) -> Iterator[Finding]:
    """What was promised of this run, and whether it came true."""
    promise, frame = case.promise, case.frame
    if promise is None or frame.spec_in_force != promise.spec:
        return
    steps = promise.expected.steps
    numbers: dict[str, Number] = {"steps": steps, "accuracy": promise.expected.accuracy, "loss": promise.expected.loss}
    if frame.step < steps and frame.divergence is None:
        yield Finding("promise_open", "info", {**numbers, "step": frame.step}, "accuracy")
        return
    outcome = outcome_of(frame, min(steps, frame.step))
    kept = promise.kept_by(outcome)
    numbers |= {"found": outcome.accuracy, "found_loss": outcome.loss}
    yield Finding("promise_kept" if kept else "promise_broken", "info" if kept else "warn", numbers, "accuracy")


def _evidence(case: Case, code: str) -> dict[str, Number]:
    spec, sizes = case.frame.spec, case.frame.layout.sizes
    width = None if case.advice is None else case.advice.width
    match code:
        case "width_rate" if width is not None:
            return {
                "rate": case.rate,
                "scaled": width.spec.learning_rate,
                "base": spec.base_width,
                "sizes": KNOBS["hidden_sizes"].shown(spec.hidden_sizes),
                "accuracy": width.here.accuracy,
                "accuracy_scaled": width.here_scaled.accuracy,
                "at_base": width.there.accuracy,
                "at_base_scaled": width.there_scaled.accuracy,
            }
        case "momentum_high" if spec.momentum < 1:
            return {"rate": case.rate, "whole": case.rate / (1 - case.momentum)}
        case "init_small" | "init_large":
            usual = INITIALIZERS[BEST[spec.activation]](*sizes[:2])
            return {
                "std": case.frame.stds[0],
                "share": case.frame.stds[0] / usual,
                "scheme": str(SCHEMES[BEST[spec.activation]]),
            }
        case "init_file" if spec.weights is not None and case.advice is not None:
            scheme = next(each.spec.init for each in case.advice.helped if each.candidate.cause == code)
            file = showable(PurePath(spec.weights).name, LONGEST_NAME)
            return {"file": file, "std": case.frame.stds[0], "scheme": str(SCHEMES[scheme])}
        case "output_gain":
            return {"logits": root_mean_square(case.start.pre[-1])}
        case "inputs":
            found = inputs(case.frame.data)
            return {"size": found.size, "spread": found.spread, "median": found.median}
        case "few_samples":
            return {"samples": case.frame.data.n_train}
    return {}


_PANELS = {
    "learning_rate": "updates", "momentum": "updates", "weight_decay": "updates", "init": "variance",
    "weights": "variance", "layer_gains": "variance", "bias_init_std": "variance", "parametrization": "transfer",
    "scaling": "activations", "activation": "activations", "noise": "decision",
}  # fmt: skip
"""The panel that shows what a knob does."""
