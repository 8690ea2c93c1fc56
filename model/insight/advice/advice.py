"""Advice on a run that has been trained: the knobs that would have made it better, found by turning each by itself."""

import time
from dataclasses import dataclass
from functools import partial
from itertools import pairwise

from model.data.dataset import Dataset
from model.insight.advice.causes import Candidate, candidates, standard_settings
from model.insight.advice.dying import Died, died
from model.insight.advice.trial import Outcome, Workbench, changed, is_better, outcome_of, samples_for
from model.insight.advice.width_rate import WidthRate, width_rate
from model.training.frame import Frame
from model.training.spec import TrainingSpec

HEALTHY = 0.02
"""How far below the best of the standard settings an accuracy may be that is as good."""
MOST_SECONDS = 8.0
_FLOPS = 3e10
LONGEST_TRIAL = 0.4
_UNTRAINED = 400
_FEWEST = 50
MOST_WEIGHTS = 2_000_000
_MOST_PAIRS = 4
_ALONE = ("steps", "parametrization")
"""Knobs that are not turned together with others: a longer run is another one, and μP needs more than a trial."""
_CLOSE = 0.1
_MOST_CAUSES = 3
_BIN = 0.05
"""Accuracies as close as this count as one; of such causes the unusual knob is named first."""


@dataclass(frozen=True, slots=True)
class Helped:
    """A knob that would have helped.

    Attributes
    ----------
    candidate : what to turn
    spec : the run with it turned
    outcome : what became of that
    """

    candidate: Candidate
    spec: TrainingSpec
    outcome: Outcome


@dataclass(frozen=True, slots=True)
class Advice:
    """What trials say of a run at one moment.

    Attributes
    ----------
    run, step : of the Frame that it is about
    base : what the run itself comes to
    best : the best accuracy of the standard settings
    fails, healthy : whether nothing was learned, and whether the run is as good as the standard settings
    helped : the knobs that would have helped, the best first; one of each cause
    together : several knobs at once, where none by itself is enough
    died : when the units died that have died in this run
    width : what shows that it is to this width that the rate is wrong, where that is so
    """

    run: int
    step: int
    base: Outcome
    best: float
    fails: bool
    healthy: bool
    helped: tuple[Helped, ...]
    together: tuple[TrainingSpec, Outcome] | None = None
    died: Died | None = None
    width: WidthRate | None = None


def horizon(frame: Frame) -> int:
    """Give for how many steps trials of this run are made: as many as it has, where that is soon done."""
    steps = min(frame.step or min(frame.target, _UNTRAINED), most_steps(frame.spec, frame.data))
    evaluated = frame.eval_steps[frame.eval_steps <= steps]
    # a step at which the run was evaluated, so that its accuracy there is known
    return int(evaluated[-1]) if frame.step and len(evaluated) and evaluated[-1] > 0 else steps


def within_reach(frame: Frame) -> bool:
    """Whether trials of a run say something of it, and are soon made."""
    steps = horizon(frame)
    small = frame.layout.n_params <= MOST_WEIGHTS
    return small and frame.data.n_classes > 1 and steps >= min(_FEWEST, frame.step or frame.target or _FEWEST)


def most_steps(spec: TrainingSpec, data: Dataset) -> int:
    """Give the most steps that a trial of this spec may take."""
    sizes = data.layer_sizes(spec.hidden_sizes)
    n_params = sum((fan_in + 1) * fan_out for fan_in, fan_out in pairwise(sizes))
    return int(LONGEST_TRIAL / (n_params * spec.batch_size * 6 / _FLOPS + 5e-6))


def advise(frame: Frame, bench: Workbench, most_seconds: float = MOST_SECONDS) -> Advice | None:
    """Make the trials of a run; None where there is nothing to try, or the bench was stopped."""
    if not within_reach(frame):
        return None
    steps, spec, n_classes = horizon(frame), frame.spec_in_force, frame.data.n_classes
    ends = time.monotonic() + most_seconds
    base = outcome_of(frame, steps) if frame.step >= steps else bench.run(spec, frame.data, steps)
    best = _best_of_standards(frame, bench, spec, steps)
    if base is None or bench.stopped:
        return None
    fails = base.fails(n_classes)
    healthy = not fails and base.accuracy >= best - HEALTHY
    helped, width = ([], None) if healthy else _helpful(frame, bench, spec, base, best, ends)
    ranked = _ranked(helped, n_classes)
    together = None
    if not healthy and (not ranked or ranked[0].outcome.fails(n_classes)):
        together = _together(frame, bench, spec, ranked, base, best, ends + most_seconds)
    dead = None if healthy else died(frame, spec, bench)
    if bench.stopped:
        return None
    return Advice(frame.run, frame.step, base, best, fails, healthy, ranked, together, dead, width)


def _helpful(
    frame: Frame, bench: Workbench, spec: TrainingSpec, base: Outcome, best: float, ends: float
) -> tuple[list[Helped], WidthRate | None]:
    """Turn every suspected knob by itself, and keep what helped."""
    n_classes, helped, width = frame.data.n_classes, list[Helped](), None
    for candidate in candidates(spec, frame.data):
        if time.monotonic() > ends or _enough(helped, best):
            break
        tried = _tried(frame, bench, spec, candidate, base.steps)
        if tried is None or not is_better(tried.outcome, base, n_classes):
            continue
        if candidate.cause == "width_rate":
            run = partial(_outcome, frame, bench, steps=base.steps)
            width = width_rate(spec, base, tried.outcome, n_classes, run)
            if width is None:
                continue
            helped.append(_scaled(spec, width))
        helped.append(tried)
    return helped, width


def _scaled(spec: TrainingSpec, width: WidthRate) -> Helped:
    """Give the rate that suits this width as something that would have helped by itself."""
    rate = width.spec.learning_rate
    cause = "rate_high" if rate < spec.learning_rate else "rate_low"
    return Helped(Candidate(cause, "learning_rate", rate, unusual=True), width.spec, width.here_scaled)


def _enough(helped: list[Helped], best: float) -> bool:
    """Whether as many knobs as are told bring the run about as far as the standard settings."""
    good = {each.candidate.knob for each in helped if each.outcome.accuracy >= best - _BIN}
    return len(good) >= _MOST_CAUSES


def _best_of_standards(frame: Frame, bench: Workbench, spec: TrainingSpec, steps: int) -> float:
    accuracies = [0.0]
    for setting in standard_settings(spec):
        standard = changed(spec, setting)
        data = None if standard is None else samples_for(standard, frame)
        outcome = None if standard is None or data is None else bench.run(standard, data, steps)
        if outcome is not None and outcome.finite:
            accuracies.append(outcome.accuracy)
    return max(accuracies)


def _tried(frame: Frame, bench: Workbench, spec: TrainingSpec, candidate: Candidate, steps: int) -> Helped | None:
    turned = changed(spec, candidate.changes)
    if turned is None:
        return None
    outcome = _outcome(frame, bench, turned, turned.steps if candidate.knob == "steps" else steps)
    return None if outcome is None else Helped(candidate, turned, outcome)


def _outcome(frame: Frame, bench: Workbench, spec: TrainingSpec, steps: int) -> Outcome | None:
    """Make a trial, unless its samples or its steps would take long."""
    data = samples_for(spec, frame)
    return None if data is None or most_steps(spec, data) < steps else bench.run(spec, data, steps)


def _ranked(helped: list[Helped], n_classes: int) -> tuple[Helped, ...]:
    """Keep the best value of each knob, and put first what would help most."""

    def rank(each: Helped) -> tuple[bool, float, bool, float]:
        outcome = each.outcome
        return (
            outcome.fails(n_classes),
            -round(outcome.accuracy / _BIN),
            not each.candidate.unusual,
            -outcome.accuracy,
        )

    best: dict[str, Helped] = {}
    # of values that do about as well the one that was suspected first
    for each in sorted(helped, key=lambda each: (each.outcome.fails(n_classes), -round(each.outcome.accuracy / _BIN))):
        best.setdefault(each.candidate.knob, each)
    ranked = sorted(best.values(), key=rank)
    # what leaves a run failing is no remedy where another one is
    rescues = [each for each in ranked if not each.outcome.fails(n_classes)]
    return tuple((rescues or ranked)[:_MOST_CAUSES])


def _together(
    frame: Frame,
    bench: Workbench,
    spec: TrainingSpec,
    ranked: tuple[Helped, ...],
    base: Outcome,
    best: float,
    ends: float,
) -> tuple[TrainingSpec, Outcome] | None:
    """Turn a second knob where one was not enough; take a standard setting where that is not enough either."""
    n_classes, found = frame.data.n_classes, list[tuple[TrainingSpec, Outcome]]()
    suspects = [each.candidate for each in ranked] or list(candidates(spec, frame.data))
    for first in [each for each in suspects if each.knob not in _ALONE][:_MOST_PAIRS]:
        turned = changed(spec, first.changes)
        for second in () if turned is None else candidates(turned, frame.data):
            if time.monotonic() > ends or bench.stopped:
                break
            apart = second.knob not in (first.knob, *_ALONE)
            tried = _tried(frame, bench, turned, second, base.steps) if turned is not None and apart else None
            if tried is not None and not tried.outcome.fails(n_classes):
                found.append((tried.spec, tried.outcome))
                if tried.outcome.accuracy >= best - _CLOSE and is_better(tried.outcome, base, n_classes):
                    return found[-1]
    for setting in standard_settings(spec):
        standard = changed(spec, setting)
        data = None if standard is None else samples_for(standard, frame)
        outcome = None if standard is None or data is None else bench.run(standard, data, base.steps)
        if standard is not None and outcome is not None:
            found.append((standard, outcome))
    better = [pair for pair in found if is_better(pair[1], base, n_classes)]
    return max(better, key=lambda pair: pair[1].accuracy, default=None)
