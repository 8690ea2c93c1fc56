"""Rules about the network before its first step: what the initial weights make of signal and gradient."""

import math
from collections.abc import Iterator
from pathlib import PurePath

import numpy as np
import numpy.typing as npt

from model.foreign_text import LONGEST_NAME, showable
from model.insight.advice.causes import BEST
from model.insight.blocks import mean_and_variance, root_mean_square
from model.insight.findings.case import Case, deadest, saturation
from model.insight.findings.finding import Finding, Number
from model.insight.ladder import SATURATED
from model.network.initializers import INITIALIZERS, ORTHONORMAL
from model.network.multi_layer_net import log_softmax
from model.network.parametrization import base_sizes
from model.training.differences import SCHEMES
from model.training.frame import Frame
from model.training.spec import KNOBS

VANISHED = 1e-3
"""The share of the logits' gradient below which what comes back to the first layer counts as vanished."""
EXPLODED = 100.0
"""How many times larger something may become on its way before it counts as exploded."""
KEPT = 10.0
"""How many times larger or smaller a signal may become that is about right."""
SMALL_LOGITS = 0.1
AT_CHANCE = 0.02
"""How close to ln C, as a share of it, a loss counts as that of guessing."""
HIGH_LOSS = 2.0
"""First losses of so many times ln C are far above it."""
HARDLY = 3.0
"""How many times larger or smaller a signal becomes at most that hardly changes."""
LOUD = 3.0
"""How many times larger than the outputs of the last hidden layer logits are that are too large."""
QUIET = 0.01
"""The factor by which people make an output layer quiet."""
SURE = 0.9
FAIR_LOSS = 1.5
MOSTLY = 0.5
"""The share of saturated outputs that is said."""
MANY_DEAD = 0.25
ONE_UNIT = 1e-3
"""How far apart units may be, as a share of the largest weight, that count as one."""


def infinite_start(case: Case) -> Iterator[Finding]:
    """Some initial weight is too large for the dtype."""
    if case.frame.divergence is not None and not case.starts_finite:
        yield Finding("infinite_start", "bad", {"parameter": case.frame.divergence.parameter}, "weights")


def overflow(case: Case) -> Iterator[Finding]:
    """The weights are finite, but what they make of the inputs is not."""
    if case.starts_finite and not math.isfinite(case.loss):
        n = int(np.count_nonzero(~np.isfinite(case.start.losses)))
        yield Finding("overflow", "bad", {"n": n, "of": case.start.n}, "activations")


def zero(case: Case) -> Iterator[Finding]:
    """All weights are 0: a network with φ(0) = 0 stays so, but for its last bias; a sigmoid one is one unit."""
    if not case.starts_at_zero or not case.learns:
        return
    frame, last = case.frame, f"b{case.frame.layout.n_layers}"
    others = [value for name, value in frame.params.items() if name != last]
    if frame.spec.activation != "sigmoid":
        if not any(value.any() for value in others):
            moved = float(np.abs(frame.params[last]).max())
            yield Finding("zero_frozen", "bad", {"step": frame.step, "last": last, "moved": moved}, "weights")
    elif max(frame.layout.sizes[1:-1]) > 1:
        layer = int(np.argmax(frame.layout.sizes[1:-1])) + 1
        apart = _apart(frame, layer)
        if apart <= ONE_UNIT:
            numbers: dict[str, Number] = {"step": frame.step, "units": frame.layout.sizes[layer], "apart": apart}
            numbers["layer"] = layer
            yield Finding("zero_one_unit", "bad", numbers, "activations")


def high_loss(case: Case) -> Iterator[Finding]:
    """The untrained network does far worse than guessing."""
    if case.learns and math.isfinite(case.loss) and case.loss > HIGH_LOSS * case.chance:
        numbers: dict[str, Number] = {"loss": case.loss, "chance": case.chance, "times": case.loss / case.chance}
        sure = 100 * float(np.mean(_sure_and_wrong(case)))
        yield Finding("high_loss", "warn", {**numbers, "classes": case.frame.data.n_classes, "sure": sure}, "loss")


def loud_output(case: Case) -> Iterator[Finding]:
    """Only the output layer is too large: a hundredth of its weights would begin at the loss of guessing."""
    if not case.learns or not math.isfinite(case.loss) or case.loss <= HIGH_LOSS * case.chance:
        return
    logits, outputs = (root_mean_square(values) for values in (case.start.pre[-1], case.start.outputs[-1]))
    kept = 1 / HARDLY <= case.up <= HARDLY and saturation(case.start_counts)[0] <= MOSTLY
    quiet = _loss_of_a_quiet_output(case)
    if kept and logits > LOUD * outputs and quiet <= FAIR_LOSS * case.chance:
        numbers: dict[str, Number] = {"logits": logits, "outputs": outputs, "times": logits / outputs, "up": case.up}
        numbers |= {"loss": case.loss, "quiet": quiet, "factor": QUIET}
        yield Finding("loud_output", "warn", numbers, "loss")


def exploding(case: Case) -> Iterator[Finding]:
    """Signal or gradient grows many times over."""
    if not math.isfinite(case.loss):
        return
    depth = len(case.start.outputs)
    if EXPLODED < case.up < math.inf:
        yield Finding("exploding_up", "warn", {"factor": case.up, "depth": depth}, "variance")
    if EXPLODED < case.back < math.inf:
        yield Finding("exploding_back", "warn", {"factor": case.back, "depth": depth}, "variance")


def vanishing(case: Case) -> Iterator[Finding]:
    """Hardly any gradient comes back to the first layer."""
    if case.starts_at_zero or not math.isfinite(case.loss):
        return
    back, end = root_mean_square(case.start.deltas[0]), root_mean_square(case.start.deltas[-1])
    if end > 0 and back < VANISHED * end:
        first, last = case.signals
        numbers: dict[str, Number] = {"first": back, "logits": end, "factor": back / end, "x": first, "h": last}
        yield Finding("vanishing", "warn", {**numbers, "depth": len(case.start.outputs)}, "backprop")


def saturated(case: Case) -> Iterator[Finding]:
    """Most outputs of a layer lie where the activation is flat."""
    share, layer = saturation(case.start_counts)
    if share > MOSTLY:
        low, high = SATURATED[case.frame.spec.activation]
        numbers: dict[str, Number] = {"share": 100 * share, "layer": layer, "low": low, "high": high}
        yield Finding("saturated", "warn", numbers, "activations")


def about_right(case: Case) -> Iterator[Finding]:
    """Signal, gradient and first loss are all of a reasonable size."""
    fair = math.isfinite(case.loss) and case.loss <= FAIR_LOSS * case.chance
    kept = all(1 / KEPT <= factor <= KEPT for factor in (case.up, case.back))
    alive = saturation(case.start_counts)[0] <= MOSTLY and deadest(case.start_counts)[0] < MANY_DEAD
    if case.learns and fair and kept and alive:
        numbers: dict[str, Number] = {"up": case.up, "back": case.back, "loss": case.loss}
        yield Finding("about_right", "info", numbers, "variance")


def small_logits(case: Case) -> Iterator[Finding]:
    """The logits hardly differ, so that every class is as likely as any other; no fault in itself."""
    spread = root_mean_square(case.start.pre[-1])
    at_chance = abs(case.loss - case.chance) <= AT_CHANCE * case.chance
    if case.learns and not case.starts_at_zero and spread < SMALL_LOGITS and at_chance:
        numbers: dict[str, Number] = {"loss": case.loss, "chance": case.chance, "logits": spread}
        yield Finding("small_logits", "info", {**numbers, "classes": case.frame.data.n_classes}, "loss")


def scheme(case: Case) -> Iterator[Finding]:
    """What the scheme gives the first layer, and what the gains make of that."""
    spec, sizes = case.frame.spec, case.frame.layout.sizes
    if spec.weights is not None:
        yield _of_file(case, spec.weights)
        return
    fan_in, fan_out = sizes[:2]
    if spec.init == "glorot":
        fan_out = base_sizes(sizes, spec.parametrization, spec.base_width)[1]
    std = INITIALIZERS[spec.init](fan_in, fan_out) if spec.init in INITIALIZERS else spec.weight_init_std
    if spec.init in ORTHONORMAL:
        std = root_mean_square(case.frame.initial["W1"])
    length = std * math.sqrt(max(fan_in, fan_out))
    numbers: dict[str, Number] = {"fan_in": fan_in, "fan_out": fan_out, "std": std, "length": length}
    if spec.init == "lsuv":
        _, variance = mean_and_variance(case.start.pre[0])
        yield Finding("scheme_lsuv", "info", {**numbers, "variance": variance}, "weights")
    elif spec.init == "he" and BEST[spec.activation] != "he":
        yield Finding("scheme_he_for_relu", "info", {**numbers, "activation": spec.activation}, "weights")
    elif spec.init != "std":
        yield Finding(f"scheme_{spec.init}", "info", numbers, "weights")
    elif spec.weight_init_std > 0 and spec.activation in BEST:
        usual = BEST[spec.activation]
        other = INITIALIZERS[usual](fan_in, fan_out)
        share = spec.weight_init_std / other
        if math.isfinite(share):
            yield Finding(f"std_and_{usual}", "info", {**numbers, "other": other, "share": share}, "weights")
    if set(spec.layer_gains) != {1.0}:
        gained: dict[str, Number] = {"gains": KNOBS["layer_gains"].shown(spec.layer_gains), "std": case.frame.stds[0]}
        yield Finding("gains", "info", gained, "weights")


def _of_file(case: Case, path: str) -> Finding:
    """What the first layer of a file of weights is like beside the usual scheme."""
    frame = case.frame
    usual = BEST[frame.spec.activation]
    fan_in, fan_out = frame.layout.sizes[:2]
    other = INITIALIZERS[usual](fan_in, fan_out)
    numbers: dict[str, Number] = {"file": showable(PurePath(path).name, LONGEST_NAME), "scheme": str(SCHEMES[usual])}
    numbers |= {"std": frame.stds[0], "other": other, "share": frame.stds[0] / other, "fan_in": fan_in}
    return Finding("scheme_file", "info", numbers, "weights")


def _apart(frame: Frame, layer: int) -> float:
    """Give how far apart the units of a layer are, as a share of the largest weight; 0 for one and the same."""
    names = (f"W{layer}", f"b{layer}", f"W{layer + 1}")
    rows = np.vstack([frame.params[names[0]], frame.params[names[1]], frame.params[names[2]].T]).astype(np.float64)
    largest = float(np.abs(rows).max())
    return float(np.ptp(rows, axis=1).max()) / largest if largest else 0.0


def _loss_of_a_quiet_output(case: Case) -> float:
    """Compute the mean loss before the first step with QUIET times the weights of the output layer."""
    bias = case.frame.initial[f"b{case.frame.layout.n_layers}"].astype(np.float64)
    with np.errstate(all="ignore"):
        losses = -log_softmax(QUIET * (case.start.pre[-1].astype(np.float64) - bias) + bias)
        return float(losses[np.arange(len(losses)), case.start.t].mean())


def _sure_and_wrong(case: Case) -> npt.NDArray[np.bool_]:
    """Tell of each sample (n,) whether a wrong class has a probability of at least SURE."""
    with np.errstate(all="ignore"):
        logits = case.start.pre[-1].astype(np.float64)
        logits -= logits.max(axis=1, keepdims=True)
        shares = np.exp(logits)
        shares /= shares.sum(axis=1, keepdims=True)
        return np.asarray((shares.max(axis=1) >= SURE) & (shares.argmax(axis=1) != case.start.t))
