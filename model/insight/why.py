"""Why this run does what it does: rules that look at its numbers and find codes, with those numbers."""

import math
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Literal

import numpy as np
import numpy.typing as npt

from model.insight.blocks import mean_and_variance, root_mean_square
from model.insight.first_update import FirstUpdate, first_update
from model.insight.ladder import SATURATED, LayerCounts, layer_counts
from model.insight.passes import Passes, passes
from model.network.initializers import INITIALIZERS
from model.training.frame import Frame

Reals = npt.NDArray[np.floating]
Severity = Literal["info", "warn", "bad"]
Number = int | float | str

VANISHED = 1e-3
"""The share of the logits' gradient below which what comes back to the first layer counts as vanished."""
EXPLODED = 100.0
"""How many times larger something may become on its way before it counts as exploded."""
KEPT = 10.0
"""How many times larger or smaller a signal may become that is about right."""
SMALL_LOGITS = 0.1
HIGH_LOSS = 2.0
"""First losses of so many times ln C are far above it."""
FAIR_LOSS = 1.5
MOSTLY = 0.5
"""The share of saturated outputs that is said."""
MANY_DEAD = 0.25
PLATEAU = 0.02
"""How close to ln C, as a share of it, the loss counts as there."""
PLATEAU_STEPS = 200
LARGE_UPDATE = 0.1
AVERAGED = 20
"""Losses of batches that are averaged."""


@dataclass(frozen=True, slots=True)
class Finding:
    """What a rule found: what it is called, the numbers that show it, and the panel that does."""

    code: str
    severity: Severity
    numbers: Mapping[str, Number]
    panel: str = ""


@dataclass(frozen=True, slots=True)
class _Case:
    """What the rules look at: the run now, as it was at first, and the run before."""

    frame: Frame
    start: Passes
    start_counts: tuple[LayerCounts, ...]
    now: Passes
    now_counts: tuple[LayerCounts, ...]
    before: Frame | None

    @property
    def chance(self) -> float:
        """The loss of guessing, ln C."""
        return math.log(max(self.frame.data.n_classes, 1))

    @property
    def loss(self) -> float:
        """Mean loss of the samples looked at before the first step, in nats."""
        with np.errstate(all="ignore"):
            return float(self.start.losses.mean(dtype=np.float64))

    @property
    def learns(self) -> bool:
        """Whether there is anything to tell apart."""
        return self.frame.data.n_classes > 1


def findings(frame: Frame, ghosts: Sequence[Frame] = (), sample: int = 0) -> tuple[Finding, ...]:
    """Find what can be said of a run, the gravest first.

    Parameters
    ----------
    ghosts : runs before, the newest last
    sample : training samples to look at, as of `passes`
    """
    start, now = passes(replace(frame, params=frame.initial), sample), passes(frame, sample)
    kind = frame.spec.activation
    counts = layer_counts(start, kind, "forward"), layer_counts(now, kind, "forward")
    case = _Case(frame, start, counts[0], now, counts[1], ghosts[-1] if ghosts else None)
    found = [finding for rule in RULES for finding in rule(case)]
    return tuple(sorted(found, key=lambda finding: ("bad", "warn", "info").index(finding.severity)))


def _divergence(case: _Case) -> Iterator[Finding]:
    divergence = case.frame.divergence
    if divergence is None:
        return
    if all(np.isfinite(value).all() for value in case.frame.initial.values()):
        numbers: dict[str, Number] = {"step": divergence.step, "parameter": divergence.parameter}
        yield Finding("diverged", "bad", numbers, "gradients")
    else:
        yield Finding("infinite_start", "bad", {"parameter": divergence.parameter}, "weights")


def _overflow(case: _Case) -> Iterator[Finding]:
    """The weights are finite, but what they make of the inputs is not."""
    if all(np.isfinite(value).all() for value in case.frame.initial.values()) and not math.isfinite(case.loss):
        n = int(np.count_nonzero(~np.isfinite(case.start.losses)))
        yield Finding("overflow", "bad", {"n": n, "of": case.start.n}, "activations")


def _zero(case: _Case) -> Iterator[Finding]:
    """All weights are 0: a network with φ(0) = 0 stays so, but for its last bias; a sigmoid one is one unit."""
    if not _all_zero(case.frame) or not case.learns:
        return
    frame, last = case.frame, f"b{case.frame.layout.n_layers}"
    others = [value for name, value in frame.params.items() if name != last]
    if frame.spec.activation != "sigmoid":
        if not any(value.any() for value in others):
            moved = float(np.abs(frame.params[last]).max())
            yield Finding("zero_frozen", "bad", {"step": frame.step, "last": last, "moved": moved}, "weights")
    elif max(frame.layout.sizes[1:-1]) > 1:
        apart = _apart(frame)
        if apart <= 1e-3:
            numbers: dict[str, Number] = {"step": frame.step, "units": frame.layout.sizes[1], "apart": apart}
            yield Finding("zero_one_unit", "bad", numbers, "activations")


def _vanishing(case: _Case) -> Iterator[Finding]:
    if _all_zero(case.frame) or not math.isfinite(case.loss):
        return
    back, end = root_mean_square(case.start.deltas[0]), root_mean_square(case.start.deltas[-1])
    if end > 0 and back < VANISHED * end:
        first, last = root_mean_square(case.start.x), root_mean_square(case.start.outputs[-1])
        numbers: dict[str, Number] = {"first": back, "logits": end, "factor": back / end, "x": first, "h": last}
        yield Finding("vanishing", "warn", {**numbers, "depth": len(case.start.outputs)}, "backprop")


def _small(case: _Case) -> Iterator[Finding]:
    """The logits hardly differ, so that every class is as likely as any other; no fault in itself."""
    spread = root_mean_square(case.start.pre[-1])
    at_chance = abs(case.loss - case.chance) <= PLATEAU * case.chance
    if case.learns and not _all_zero(case.frame) and spread < SMALL_LOGITS and at_chance:
        numbers: dict[str, Number] = {"loss": case.loss, "chance": case.chance, "logits": spread}
        yield Finding("small_logits", "info", {**numbers, "classes": case.frame.data.n_classes}, "loss")


def _plateau(case: _Case) -> Iterator[Finding]:
    frame = case.frame
    if not case.learns or _all_zero(frame) or frame.step < PLATEAU_STEPS or frame.divergence is not None:
        return
    latest = float(frame.loss[-AVERAGED:].mean())
    if abs(latest - case.chance) <= PLATEAU * case.chance:
        numbers: dict[str, Number] = {"step": frame.step, "loss": latest, "chance": case.chance}
        yield Finding("plateau", "warn", numbers, "loss")


def _right(case: _Case) -> Iterator[Finding]:
    up = _ratio(root_mean_square(case.start.outputs[-1]), root_mean_square(case.start.x))
    back = _ratio(root_mean_square(case.start.deltas[0]), root_mean_square(case.start.deltas[-1]))
    fair = math.isfinite(case.loss) and case.loss <= FAIR_LOSS * case.chance
    kept = all(1 / KEPT <= factor <= KEPT for factor in (up, back))
    if case.learns and fair and kept and _saturation(case)[0] <= MOSTLY and _deadest(case.start_counts)[0] < MANY_DEAD:
        yield Finding("about_right", "info", {"up": up, "back": back, "loss": case.loss}, "variance")


def _high_loss(case: _Case) -> Iterator[Finding]:
    if case.learns and math.isfinite(case.loss) and case.loss > HIGH_LOSS * case.chance:
        numbers: dict[str, Number] = {"loss": case.loss, "chance": case.chance, "times": case.loss / case.chance}
        yield Finding("high_loss", "warn", {**numbers, "classes": case.frame.data.n_classes}, "loss")


def _saturated(case: _Case) -> Iterator[Finding]:
    share, layer = _saturation(case)
    if share > MOSTLY:
        low, high = SATURATED[case.frame.spec.activation]
        numbers: dict[str, Number] = {"share": 100 * share, "layer": layer, "low": low, "high": high}
        yield Finding("saturated", "warn", numbers, "activations")


def _exploding(case: _Case) -> Iterator[Finding]:
    if not math.isfinite(case.loss):
        return
    up = _ratio(root_mean_square(case.start.outputs[-1]), root_mean_square(case.start.x))
    back = _ratio(root_mean_square(case.start.deltas[0]), root_mean_square(case.start.deltas[-1]))
    depth = len(case.start.outputs)
    if EXPLODED < up < math.inf:
        yield Finding("exploding_up", "warn", {"factor": up, "depth": depth}, "variance")
    if EXPLODED < back < math.inf:
        yield Finding("exploding_back", "warn", {"factor": back, "depth": depth}, "variance")


def _dead(case: _Case) -> Iterator[Finding]:
    if case.frame.spec.activation != "relu" or _all_zero(case.frame) or case.frame.divergence is not None:
        return
    share, layer = _deadest(case.now_counts)
    if share >= MANY_DEAD:
        counted = case.now_counts[layer - 1]
        numbers: dict[str, Number] = {"dead": counted.n_dead, "units": counted.n_units, "layer": layer}
        yield Finding("dead", "warn", {**numbers, "samples": case.now.n, "step": case.frame.step}, "activations")


def _learning_rate(case: _Case) -> Iterator[Finding]:
    if not math.isfinite(case.loss):
        return
    first: FirstUpdate | None = first_update(case.frame)
    if first is not None and first.ratio > LARGE_UPDATE and first.before < first.after < math.inf:
        numbers: dict[str, Number] = {"rate": first.learning_rate, "parameter": first.parameter, "ratio": first.ratio}
        yield Finding("learning_rate", "warn", {**numbers, "before": first.before, "after": first.after}, "loss")


def _scheme(case: _Case) -> Iterator[Finding]:
    spec, sizes = case.frame.spec, case.frame.layout.sizes
    fan_in, fan_out = sizes[:2]
    numbers: dict[str, Number] = {"fan_in": fan_in, "fan_out": fan_out, "std": case.frame.stds[0]}
    if spec.init == "lsuv":
        _, variance = mean_and_variance(case.start.pre[0])
        yield Finding("scheme_lsuv", "info", {**numbers, "variance": variance}, "weights")
    elif spec.init != "std":
        yield Finding(f"scheme_{spec.init}", "info", numbers, "weights")
    elif spec.weight_init_std > 0 and spec.activation in BEST:
        scheme = BEST[spec.activation]
        other = INITIALIZERS[scheme](fan_in, fan_out)
        share = spec.weight_init_std / other
        if math.isfinite(share):
            yield Finding(f"std_and_{scheme}", "info", {**numbers, "other": other, "share": share}, "weights")


BEST = {
    "relu": "he",
    "leaky_relu": "he",
    "gelu": "he",
    "tanh": "lecun",
    "sigmoid": "lecun",
    "linear": "lecun",
    "selu": "lecun",
}
"""The scheme usual for each activation: he where half of the signal is cut off."""


def _speed(case: _Case) -> Iterator[Finding]:
    """Compare the steps to the same loss with those of the run before."""
    frame, before = case.frame, case.before
    if before is None or not case.learns or not _same_data(frame, before) or not frame.step or not before.step:
        return
    level = case.chance / 2
    here, there = _reached(frame, level), _reached(before, level)
    known: dict[str, Number] = {"level": level, "std": before.stds[0], "step": frame.step, "last": before.step}
    if here is not None and there is not None:
        if here != there:
            yield Finding("speed", "info", {**known, "here": here, "there": there}, "loss")
    elif here is not None and before.step > here:
        yield Finding("speed_only_here", "info", {**known, "here": here}, "loss")
    elif there is not None and frame.step > there:
        yield Finding("speed_only_there", "info", {**known, "there": there}, "loss")


RULES: tuple[Callable[[_Case], Iterator[Finding]], ...] = (
    _divergence, _overflow, _zero, _high_loss, _exploding, _vanishing, _saturated, _learning_rate, _dead, _plateau,
    _right, _small, _speed, _scheme,
)  # fmt: skip
"""In the order in which one would tell them, among those as grave."""


def _all_zero(frame: Frame) -> bool:
    return not any(value.any() for value in frame.initial.values())


def _ratio(value: float, base: float) -> float:
    return value / base if base else math.nan


def _saturation(case: _Case) -> tuple[float, int]:
    """Give the largest share of saturated outputs before the first step, and its layer."""
    shares = [counted.n_saturated / counted.n for counted in case.start_counts]
    return max(shares), int(np.argmax(shares)) + 1


def _deadest(counts: Sequence[LayerCounts]) -> tuple[float, int]:
    shares = [counted.n_dead / counted.n_units for counted in counts]
    return max(shares), int(np.argmax(shares)) + 1


def _apart(frame: Frame) -> float:
    """Give how far apart the units of the first layer are, as a share of the largest weight; 0 for one and the same."""
    rows = np.vstack([frame.params["W1"], frame.params["b1"], frame.params["W2"].T]).astype(np.float64)
    largest = float(np.abs(rows).max())
    return float(np.ptp(rows, axis=1).max()) / largest if largest else 0.0


def _same_data(one: Frame, other: Frame) -> bool:
    return one.data is other.data or one.spec.data_request == other.spec.data_request


def _reached(frame: Frame, level: float) -> int | None:
    """Give the first step at which the mean loss of AVERAGED batches, or of a stretch of more, was at most `level`."""
    _, mean = frame.history.means(0)
    stride = frame.history.stride
    window = max(1, AVERAGED // stride)
    if len(mean) < window:
        return None
    sums = np.concatenate([[0.0], np.cumsum(mean)])
    (below,) = np.nonzero((sums[window:] - sums[:-window]) / window <= level)
    return min(int(below[0] + window) * stride, frame.step) if len(below) else None
