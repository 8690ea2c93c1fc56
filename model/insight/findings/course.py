"""Rules about the training: what its steps did, and what came of them."""

import math
from collections.abc import Iterator

import numpy as np

from model.insight.advice.causes import USUAL_MOMENTUM
from model.insight.findings.case import Case, deadest
from model.insight.findings.finding import Finding, Number
from model.insight.findings.start import AT_CHANCE, MANY_DEAD
from model.insight.first_update import FirstUpdate, first_update
from model.insight.updates import update_ratios
from model.training.averaged import AVERAGED, averaged_losses, is_exact

PLATEAU_STEPS = 200
SLOW_START = 50
"""Steps at the loss of guessing from which a slow start is said."""
LARGE_UPDATE = 0.1
HUGE_UPDATE = 0.5
ROSE = 1.05
"""How many times the first loss the last ones may be without being said to have risen."""


def diverged(case: Case) -> Iterator[Finding]:
    """An update made a parameter NaN or infinite."""
    divergence = case.frame.divergence
    if divergence is not None and case.starts_finite:
        numbers: dict[str, Number] = {"step": divergence.step, "parameter": divergence.parameter}
        yield Finding("diverged", "bad", numbers, "gradients")


def first_step(case: Case) -> Iterator[Finding]:
    """The first update is large and raises the loss of its own batch: with or without its decay."""
    if not math.isfinite(case.loss):
        return
    first: FirstUpdate | None = first_update(case.frame)
    if first is None or not (first.ratio > LARGE_UPDATE and first.before < first.after < math.inf):
        return
    numbers: dict[str, Number] = {"rate": first.learning_rate, "parameter": first.parameter, "ratio": first.ratio}
    numbers |= {"before": first.before, "after": first.after}
    if first.without_decay <= first.before:
        numbers |= {"decay": first.weight_decay, "without": first.without_decay}
        yield Finding("update_decay", "warn", numbers, "loss")
    else:
        yield Finding("update_large", "warn", numbers, "loss")


def updates(case: Case) -> Iterator[Finding]:
    """An update in the course of the training was about as large as the weights."""
    steps, ratios = update_ratios(case.frame)
    weights = [place for place, name in enumerate(case.frame.layout.names) if name.startswith("W")]
    of_weights = np.where(np.isfinite(ratios[:, weights]), ratios[:, weights], 0.0)
    if not of_weights.size or case.starts_at_zero:
        return
    row, column = np.unravel_index(int(np.argmax(of_weights)), of_weights.shape)
    if of_weights[row, column] > HUGE_UPDATE:
        parameter = case.frame.layout.names[weights[int(column)]]
        numbers: dict[str, Number] = {"step": int(steps[row]), "parameter": parameter}
        yield Finding("updates_large", "info", {**numbers, "ratio": float(of_weights[row, column])}, "updates")


def dying(case: Case) -> Iterator[Finding]:
    """When the units died that are dead now."""
    died = None if case.advice is None else case.advice.died
    if died is not None:
        numbers: dict[str, Number] = {"alive": died.alive, "by": died.by, "before": died.before, "after": died.after}
        yield Finding("dying", "info", {**numbers, "layer": died.layer}, "activations")


def rose(case: Case) -> Iterator[Finding]:
    """The loss ends above where it began."""
    frame = case.frame
    ends, means = averaged_losses(frame)
    if not case.learns or not len(means) or frame.step < 2 * AVERAGED:
        return
    first, last = float(frame.loss[0]), float(means[-1])
    if math.isfinite(first) and last > ROSE * first:
        (below,) = np.nonzero(~(means > first))
        since = int(ends[below[-1]]) if len(below) else 0
        numbers: dict[str, Number] = {"first": first, "last": last, "step": frame.step, "since": since}
        yield Finding("loss_rose", "warn", numbers, "loss", not is_exact(frame))


def no_updates(case: Case) -> Iterator[Finding]:
    """With a rate of 0 nothing is ever changed."""
    if case.learns and case.rate == 0 and case.frame.divergence is None:
        yield Finding("rate_zero", "warn", {"rate": 0.0}, "updates")


def momentum(case: Case) -> Iterator[Finding]:
    """Momentum multiplies the rate by 1 / (1 - m)."""
    spec = case.frame.spec
    if spec.optimizer in ("momentum", "nesterov") and case.momentum > USUAL_MOMENTUM and case.rate > 0:
        times = 1 / (1 - case.momentum) if case.momentum < 1 else math.inf
        numbers: dict[str, Number] = {"momentum": case.momentum, "rate": case.rate}
        if math.isfinite(times):
            yield Finding("momentum", "info", {**numbers, "times": times, "whole": case.rate * times}, "updates")
        else:
            yield Finding("momentum_endless", "info", numbers, "updates")


def dead(case: Case) -> Iterator[Finding]:
    """Many ReLU units answer no sample."""
    if case.frame.spec.activation != "relu" or case.starts_at_zero or case.frame.divergence is not None:
        return
    share, layer = deadest(case.now_counts)
    if share >= MANY_DEAD:
        counted, before = case.now_counts[layer - 1], case.start_counts[layer - 1]
        numbers: dict[str, Number] = {"dead": counted.n_dead, "units": counted.n_units, "layer": layer}
        numbers |= {"samples": case.now.n, "step": case.frame.step, "before": before.n_dead}
        yield Finding("dead", "warn", numbers, "activations")


def plateau(case: Case) -> Iterator[Finding]:
    """After many steps the loss is still that of guessing."""
    frame = case.frame
    if not case.learns or case.starts_at_zero or frame.step < PLATEAU_STEPS or frame.divergence is not None:
        return
    latest = float(frame.loss[-AVERAGED:].mean())
    if abs(latest - case.chance) <= AT_CHANCE * case.chance:
        numbers: dict[str, Number] = {"step": frame.step, "loss": latest, "chance": case.chance}
        yield Finding("plateau", "warn", numbers, "loss")


def slow_start(case: Case) -> Iterator[Finding]:
    """The loss stayed at that of guessing before it began to fall."""
    if not case.learns:
        return
    ends, means = averaged_losses(case.frame)
    (left,) = np.nonzero(~(np.abs(means - case.chance) <= AT_CHANCE * case.chance))
    if len(left) and left[0] > 0 and means[left[0]] < case.chance and ends[left[0] - 1] >= SLOW_START:
        numbers: dict[str, Number] = {"since": int(ends[left[0] - 1]), "chance": case.chance}
        numbers["share"] = 100 * AT_CHANCE
        yield Finding("slow_start", "info", numbers, "loss", not is_exact(case.frame))
