"""Findings in the order in which one would tell them: causes first, each with its symptoms under it."""

from collections.abc import Sequence
from dataclasses import replace

from model.insight.findings.finding import Finding, Severity

_RATES = (
    "decay",
    "width_rate",
    "rate_high",
    "momentum_high",
    "update_decay",
    "update_large",
    "momentum",
    "momentum_endless",
)
_LARGE = ("init_large", "init_file", "gains_off", "biases_large", "inputs", "inputs_large", "inputs_unequal")
_SMALL = ("init_zero", "init_small", "init_file", "gains_off", "activation", "depth", "inputs", "inputs_small")
CAUSES: dict[str, tuple[str, ...]] = {
    "diverged": (*_RATES, *_LARGE, "output_gain", "optimizer", "activation", "depth"),
    "infinite_start": (*_LARGE, "precision"),
    "overflow": (*_LARGE, "precision", "depth"),
    "zero_frozen": ("init_zero", "init_file"),
    "zero_one_unit": ("init_zero", "init_file"),
    "loud_output": ("output_gain", *_LARGE, "init_other"),
    "high_loss": (*_LARGE, "output_gain", "init_other", "loud_output"),
    "exploding_up": (*_LARGE, "depth", "activation"),
    "exploding_back": (*_LARGE, "depth", "activation"),
    "vanishing": _SMALL,
    "saturated": (*_LARGE, "activation"),
    "small_logits": ("init_small", "init_file"),
    "slow_start": ("init_small", "init_file", "small_logits", "rate_low", "inputs"),
    "update_large": ("width_rate", "rate_high", "momentum_high", *_LARGE),
    "update_decay": ("decay",),
    "updates_large": (*_RATES, *_LARGE, "init_small"),
    "dying": ("dead",),
    "loss_rose": (*_RATES, "optimizer", "batch", *_LARGE, "output_gain"),
    "rate_zero": ("rate_low",),
    "rate_high": ("width_rate",),
    "rate_low": ("width_rate",),
    "momentum": ("momentum_high", "rate_high"),
    "momentum_endless": ("momentum_high",),
    "dead": (*_RATES, *_LARGE, "output_gain", "activation", "init_small", "depth"),
    "plateau": (
        "decay",
        "width_rate",
        "rate_low",
        *_SMALL,
        "zero_frozen",
        "rate_high",
        "linear",
        "optimizer",
        "momentum_high",
        "output_gain",
    ),
    "majority": (
        "decay",
        "width_rate",
        "rate_low",
        *_SMALL,
        "rate_high",
        "linear",
        "shallow",
        "width",
        "few_steps",
        "optimizer",
    ),
    "half_overflow": ("exploding_up", "high_loss", *_RATES, *_LARGE, "depth"),
    "half_underflow": ("vanishing", *_SMALL),
    "inputs_large": ("inputs",),
    "inputs_small": ("inputs",),
    "inputs_unequal": ("inputs",),
}
"""What each symptom may come of, the likeliest first."""

_GRAVEST: tuple[Severity, ...] = ("bad", "warn", "info")


def arranged(found: Sequence[Finding]) -> tuple[Finding, ...]:
    """Put the gravest first and every symptom under its cause, of several causes the one that is told first."""
    codes = [finding.code for finding in found]
    roots = {code: _root(code, codes) for code in codes}
    families: dict[str, list[Finding]] = {}
    for finding in found:
        families.setdefault(roots[finding.code], []).append(finding)
    told = []
    for root, family in families.items():
        head = [finding for finding in family if finding.code == root]
        below = [replace(finding, cause=root) for finding in family if finding.code != root]
        grave = min(_GRAVEST.index(finding.severity) for finding in family)
        told.append((grave, [replace(one, severity=_GRAVEST[grave]) if below else one for one in head] + below))
    return tuple(finding for _, family in sorted(told, key=lambda each: each[0]) for finding in family)


def _root(code: str, codes: Sequence[str]) -> str:
    """Follow the causes that are there up to one that has none."""
    seen = {code}
    while causes := [each for each in codes if each in CAUSES.get(code, ()) and each not in seen]:
        code = causes[0]
        seen.add(code)
    return code
