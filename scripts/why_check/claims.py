"""What each finding claims, and whether it is so."""

import math
import re
from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path

import numpy as np

from scripts.why_check.facts import Facts
from scripts.why_check.half import bounds_of
from scripts.why_check.measures import Pass, at_first, first_reached, near, rms, signal
from scripts.why_check.rerun import best_standard, end_of, trained
from scripts.why_check.width import width_wants_another_rate

Numbers = Mapping[str, object]
TRUE: dict[str, Callable[[Facts, Numbers], bool]] = {}
"""What each code claims."""


def claims(*codes: str) -> Callable[[Callable[[Facts, Numbers], bool]], Callable[[Facts, Numbers], bool]]:
    """Enter a check for these codes."""

    def enter(check: Callable[[Facts, Numbers], bool]) -> Callable[[Facts, Numbers], bool]:
        TRUE.update(dict.fromkeys(codes, check))
        return check

    return enter


@claims("diverged")
def _(o: Facts, n: Numbers) -> bool:
    return not np.isfinite(o.frame.params[str(n["parameter"])]).all() and 0 <= n["step"] < o.frame.step


@claims("infinite_start")
def _(o: Facts, n: Numbers) -> bool:
    return not np.isfinite(o.frame.initial[str(n["parameter"])]).all()


@claims("overflow")
def _(o: Facts, n: Numbers) -> bool:
    return (not np.isfinite(o.first) or o.first > 1e37) and n["n"] > 0


@claims("zero_frozen")
def _(o: Facts, n: Numbers) -> bool:
    params = o.frame.params
    others = [value for name, value in params.items() if name != n["last"]]
    return not any(v.any() for v in others) and near(n["moved"], float(np.abs(params[n["last"]]).max()))


@claims("zero_one_unit")
def _(o: Facts, n: Numbers) -> bool:
    layer = n["layer"]
    w, w2 = (o.frame.params[f"W{k}"].astype(float) for k in (layer, layer + 1))
    apart = max(np.abs(w - w[:, :1]).max(), np.abs(w2 - w2[:1]).max())
    one = apart <= 2e-3 * max(np.abs(w).max(), np.abs(w2).max(), 1e-300)
    return not o.frame.initial["W1"].any() and one and n["units"] == w.shape[1] > 1


@claims("high_loss")
def _(o: Facts, n: Numbers) -> bool:
    right = near(n["loss"], o.first) and near(n["times"], o.first / o.chance) and o.first > 2 * o.chance
    return right and abs(n["sure"] - 100 * o.start.wrong.mean()) <= 100 / len(o.start.t) + 0.05


@claims("loud_output")
def _(o: Facts, n: Numbers) -> bool:
    last = o.frame.layout.n_layers
    quieter = {**o.frame.initial, f"W{last}": n["factor"] * o.frame.initial[f"W{last}"].astype(np.float64)}
    without = float(Pass(o.frame, quieter).losses.mean())
    sizes = near(n["logits"], rms(o.start.z[-1])) and near(n["outputs"], rms(o.start.h[-1]))
    below = near(n["up"], o.up) and 0.33 < o.up < 3.01 and rms(o.start.z[-1]) > 3 * rms(o.start.h[-1])
    # taken away, the loss is about that of guessing; taken away from the other layers instead, it need not be
    cured = near(n["quiet"], without) and without <= 1.51 * o.chance < 2 * o.chance < o.first
    return sizes and below and cured and near(n["loss"], o.first)


@claims("output_gain")
def _(o: Facts, n: Numbers) -> bool:
    return near(n["logits"], rms(o.start.z[-1]))


@claims("gains_off")
def _(o: Facts, n: Numbers) -> bool:
    return [float(part) for part in str(n["value"]).split(",")] == list(o.frame.spec.layer_gains) != [1.0]


@claims("init_file")
def _(o: Facts, n: Numbers) -> bool:
    path = o.frame.spec.weights
    return path is not None and Path(path).name == n["file"] and near(n["std"], rms(o.frame.initial["W1"]))


@claims("biases_large")
def _(o: Facts, n: Numbers) -> bool:
    return float(n["value"]) == o.frame.spec.bias_init_std and bool(o.frame.initial["b1"].any())


@claims("exploding_up")
def _(o: Facts, n: Numbers) -> bool:
    return near(n["factor"], o.up) and o.up > 100


@claims("exploding_back")
def _(o: Facts, n: Numbers) -> bool:
    return near(n["factor"], o.back) and o.back > 100


@claims("vanishing")
def _(o: Facts, n: Numbers) -> bool:
    sizes = near(n["first"], rms(o.start.deltas[0])) and near(n["logits"], rms(o.start.deltas[-1]))
    # what is left of a signal may be no more than the rounding of the outputs that it is in
    h, rounding = signal(o.start.h[-1]), float(np.finfo(o.frame.initial["W1"].dtype).eps) * rms(o.start.h[-1])
    signals = near(n["x"], signal(o.frame.data.x_train)) and (near(n["h"], h, 0.02) or abs(n["h"] - h) <= rounding)
    return sizes and signals and o.back < 1e-3


@claims("saturated")
def _(o: Facts, n: Numbers) -> bool:
    values = o.start.h[n["layer"] - 1]
    share = 100 * np.mean((values < n["low"]) | (values > n["high"]))
    return near(n["share"], share) and share > 50


@claims("about_right")
def _(o: Facts, n: Numbers) -> bool:
    kept = 0.1 <= o.up <= 10 and 0.1 <= o.back <= 10
    return (
        near(n["up"], o.up)
        and near(n["back"], o.back)
        and near(n["loss"], o.first)
        and kept
        and (o.first < 1.51 * o.chance)
    )


@claims("small_logits")
def _(o: Facts, n: Numbers) -> bool:
    small = rms(o.start.z[-1])
    return (
        near(n["loss"], o.first) and abs(o.first / o.chance - 1) <= 0.0201 and near(n["logits"], small) and small < 0.1
    )


@claims("update_large")
def _(o: Facts, n: Numbers) -> bool:
    before, after = o.loss_after(at_first(o.frame, "weight_decay"))
    _, without = o.loss_after(0.0)
    begins = not o.frame.step or near(n["before"], float(o.frame.loss[0]))
    return begins and near(n["before"], before) and after > before and without > before and n["ratio"] > 0.1


@claims("update_decay")
def _(o: Facts, n: Numbers) -> bool:
    before, after = o.loss_after(at_first(o.frame, "weight_decay"))
    _, without = o.loss_after(0.0)
    return (
        near(n["before"], before)
        and near(n["after"], after)
        and near(n["without"], without, 0.01)
        and (without <= before < after)
    )


@claims("loss_rose")
def _(o: Facts, n: Numbers) -> bool:
    loss = o.frame.loss
    means = [loss[end - 20 : end].mean() for end in range(20, len(loss) + 1)]
    below = [end for end, mean in enumerate(means, start=20) if not mean > loss[0]]
    since = below[-1] if below else 0
    return near(n["last"], means[-1]) and near(n["first"], loss[0]) and means[-1] > loss[0] and n["since"] == since


@claims("rate_zero")
def _(o: Facts, n: Numbers) -> bool:
    moved = any(not np.array_equal(v, o.frame.initial[k], equal_nan=True) for k, v in o.frame.params.items())
    return n["rate"] == 0 and (bool(o.frame.schedule) or not moved)


@claims("momentum", "momentum_endless")
def _(o: Facts, n: Numbers) -> bool:
    steady = 0.0
    for _ in range(100_000):
        steady = n["momentum"] * steady + n["rate"]
    return o.frame.spec.optimizer in ("momentum", "nesterov") and (
        near(n["whole"], steady, 0.01) if "whole" in n else steady > 1e4 * n["rate"]
    )


@claims("dead")
def _(o: Facts, n: Numbers) -> bool:
    def count(passed: Pass) -> int:
        return int((~(passed.h[n["layer"] - 1] > 0).any(axis=0)).sum())

    width = o.frame.spec.hidden_sizes[n["layer"] - 1]
    return n["dead"] == count(o.now) >= width / 4 and n["before"] == count(o.start) and n["units"] == width


@claims("plateau")
def _(o: Facts, n: Numbers) -> bool:
    return near(n["loss"], o.frame.loss[-20:].mean()) and abs(n["loss"] / o.chance - 1) <= 0.0201


@claims("slow_start")
def _(o: Facts, n: Numbers) -> bool:
    means = [o.frame.loss[end - 20 : end].mean() for end in range(20, o.frame.step + 1)]
    close = [abs(mean - o.chance) <= n["share"] / 100 * o.chance for mean in means]
    return all(close[: n["since"] - 19]) and not close[n["since"] - 19] and n["since"] >= 50


@claims("majority")
def _(o: Facts, n: Numbers) -> bool:
    data = o.frame.data
    t = data.t_test if data.n_test else data.t_train
    label = data.class_names.index(n["name"])
    share = float(np.mean(t == label))
    return (
        near(n["share"], 100 * share)
        and abs(n["accuracy"] - share) <= 0.0101
        and (share == max(np.bincount(t)) / len(t))
    )


@claims("inputs_large", "inputs_small")
def _(o: Facts, n: Numbers) -> bool:
    size = rms(o.frame.data.x_train)
    return near(n["size"], size) and not 0.05 <= size <= 10


@claims("inputs_unequal")
def _(o: Facts, n: Numbers) -> bool:
    spreads = o.frame.data.x_train.std(axis=0)
    varying = spreads[np.ptp(o.frame.data.x_train, axis=0) > 0]
    widest = int(np.argmax(spreads)) + 1 == n["feature"] and near(n["spread"], spreads.max())
    return widest and near(n["median"], float(np.median(varying))) and spreads.max() > 30 * np.median(varying)


@claims("half_overflow")
def _(o: Facts, n: Numbers) -> bool:
    z = o.now.z[n["layer"] - 1].astype(np.float64)
    beyond = np.isinf(z.astype(np.float16))
    shares = [np.isinf(each.astype(np.float16)).sum() for each in o.now.z]
    counted = near(n["n"], beyond.sum()) and n["of"] == z.size and near(n["share"], 100 * beyond.mean())
    return bool(counted and beyond.sum() >= 0.998 * max(shares) and near(n["largest"], np.abs(z).max()))


@claims("half_underflow")
def _(o: Facts, n: Numbers) -> bool:
    frame = o.frame
    size = min(frame.spec.batch_size, frame.data.n_train)
    rows = np.linspace(0, frame.data.n_train - 1, size).round().astype(int)
    some = replace(frame.data, x_train=frame.data.x_train[rows], t_train=frame.data.t_train[rows])
    bounds = bounds_of(dict(frame.params), frame.spec.activation, some.x_train, some.t_train, int(n["parameter"][1:]))
    counted = bounds.lost[0] <= n["n"] <= bounds.lost[1] and bounds.other[0] <= n["of"] <= bounds.other[1]
    return counted and near(n["share"], 100 * n["n"] / n["of"]) and n["share"] >= 49.5


@claims("inputs_blank")
def _(o: Facts, n: Numbers) -> bool:
    blank = int((~o.frame.data.x_train.any(axis=0)).sum())
    still = o.frame.spec.weight_decay > 0 or bool(o.frame.schedule)
    rows = ~o.frame.data.x_train.any(axis=0)
    frozen = still or np.array_equal(o.frame.params["W1"][rows], o.frame.initial["W1"][rows], equal_nan=True)
    broke = o.frame.divergence is not None
    return n["inputs"] == blank and n["weights"] == blank * o.fans[1] and (frozen or broke)


@claims("more_accurate", "less_accurate", "as_accurate")
def _(o: Facts, n: Numbers) -> bool:
    column = 1 if o.frame.data.n_test else 0
    here, there = (run.evaluations[list(run.eval_steps).index(n["step"]), column] for run in (o.frame, o.before))
    return near(n["right"], here) and near(n["before"], there) and round(abs(here - there) * n["samples"]) == n["apart"]


@claims("speed_sooner")
def _(o: Facts, n: Numbers) -> bool:
    return n["here"] == first_reached(o.frame) < first_reached(o.before) == n["there"]


@claims("speed_later")
def _(o: Facts, n: Numbers) -> bool:
    return n["here"] == first_reached(o.frame) > first_reached(o.before) == n["there"]


@claims("speed_same")
def _(o: Facts, n: Numbers) -> bool:
    return n["here"] == first_reached(o.frame) and n["there"] == first_reached(o.before)


@claims("speed_only_here")
def _(o: Facts, n: Numbers) -> bool:
    return n["here"] == first_reached(o.frame) and first_reached(o.before) is None


@claims("speed_only_there")
def _(o: Facts, n: Numbers) -> bool:
    return first_reached(o.frame) is None and n["there"] == first_reached(o.before)


@claims("scheme_he", "scheme_he_for_relu", "scheme_lecun", "scheme_glorot", "scheme_torch")
def _(o: Facts, n: Numbers) -> bool:
    fan_in, fan_out = o.fans
    if o.frame.spec.parametrization == "mup":
        fan_out = o.frame.spec.base_width  # at which the scheme is asked
    std = {
        "he": 2 / fan_in, "lecun": 1 / fan_in, "glorot": 2 / (fan_in + fan_out), "torch": 1 / (3 * fan_in),
    }[o.frame.spec.init]  # fmt: skip
    w, gain = o.frame.initial["W1"], o.frame.spec.layer_gains[0]
    # the drawn weights have it within five standard errors
    drawn = abs(rms(w) - gain * math.sqrt(std)) <= 5 * gain * math.sqrt(std / w.size)
    biased = bool(o.frame.initial["b1"].any())
    return near(n["std"], math.sqrt(std)) and drawn and (o.frame.spec.init != "torch" or biased)


@claims("scheme_file")
def _(o: Facts, n: Numbers) -> bool:
    usual = math.sqrt((2 if o.frame.spec.activation in ("relu", "leaky_relu", "gelu") else 1) / o.fans[0])
    size = rms(o.frame.initial["W1"])
    same = near(n["other"], usual) and near(n["std"], size) and near(n["share"], size / usual)
    return same and str(n["file"]) in str(o.frame.spec.weights)


@claims("gains")
def _(o: Facts, n: Numbers) -> bool:
    gains = o.frame.spec.layer_gains
    runs = [[*run.split(" ×"), "1"][:2] for run in str(n["gains"]).split(",")]
    said = [float(factor) for factor, times in runs for _ in range(int(times))]
    w = o.frame.initial["W1"]
    drawn = not np.isfinite(w).all() or abs(rms(w) - n["std"]) <= 5 * n["std"] / math.sqrt(w.size) + 1e-37
    return said == list(gains) and drawn


@claims("scheme_orthogonal")
def _(o: Facts, n: Numbers) -> bool:
    w = o.frame.initial["W1"].astype(np.float64)
    shorter = w if w.shape[0] >= w.shape[1] else w.T
    return near(n["std"], rms(w)) and near(n["length"], float(np.linalg.norm(shorter, axis=0).mean()))


@claims("scheme_lsuv")
def _(o: Facts, n: Numbers) -> bool:
    z = o.frame.data.x_train @ o.frame.initial["W1"].astype(np.float64) + o.frame.initial["b1"]
    return near(n["std"], rms(o.frame.initial["W1"])) and near(n["variance"], float(z.var()))


@claims("std_and_he", "std_and_lecun")
def _(o: Facts, n: Numbers) -> bool:
    usual = math.sqrt((2 if o.frame.spec.activation in ("relu", "leaky_relu", "gelu") else 1) / o.fans[0])
    return near(n["share"] * usual, o.frame.spec.weight_init_std)


@claims("updates_large")
def _(o: Facts, n: Numbers) -> bool:
    one = o.frame.layout.names.index(n["parameter"])
    ratios = o.frame.update_norms / o.frame.weight_norms
    row = list(o.frame.eval_steps).index(n["step"])
    return near(n["ratio"], ratios[row, one]) and n["ratio"] > 0.5


@claims("dying")
def _(o: Facts, n: Numbers) -> bool:
    def dead(steps: int) -> int:
        frame = trained(o.frame.spec.replaced(steps=steps))
        return int((~(Pass(frame, dict(frame.params)).h[n["layer"] - 1] > 0).any(axis=0)).sum())

    return dead(n["alive"]) == n["before"] < n["after"] == dead(n["by"])


@claims("rate_high", "rate_low", "momentum_high", "decay", "noise", "linear", "activation", "depth", "shallow", "width")
@claims("batch", "optimizer", "few_steps", "precision")
def _(o: Facts, n: Numbers) -> bool:
    value = getattr(o.frame.spec, n["knob"])
    shown = ",".join(map(str, value)) if isinstance(value, tuple) else f"{value}"
    said = re.sub(r"(\d+) ×(\d+)", lambda run: ",".join([run[1]] * int(run[2])), str(n["value"]))
    same = said == shown or float(said) == float(value)
    return bool(o.frame.schedule) or same


@claims("width_rate")
def _(o: Facts, n: Numbers) -> bool:
    sizes = ",".join(map(str, o.frame.spec.hidden_sizes))
    live = {name: value for _, name, value in o.frame.schedule}
    return n["sizes"] == sizes and width_wants_another_rate(o.frame.spec.replaced(**live), o.frame.data.n_classes, n)


@claims("init_other")
def _(o: Facts, n: Numbers) -> bool:
    names = {
        "LeCun": "lecun", "Glorot": "glorot", "He": "he", "PyTorch": "torch", "Orthogonal": "orthogonal",
        "LSUV": "lsuv",
    }  # fmt: skip
    return names[str(n["value"])] == o.frame.spec.init


@claims("init_zero")
def _(o: Facts, _n: Numbers) -> bool:
    return not any(value.any() for value in o.frame.initial.values())


@claims("init_small", "init_large")
def _(o: Facts, n: Numbers) -> bool:
    spec = o.frame.spec
    usual = math.sqrt((2 if spec.activation in ("relu", "leaky_relu", "gelu") else 1) / o.fans[0])
    std = spec.weight_init_std * spec.layer_gains[0]
    return near(n["std"], std) and near(n["share"], std / usual)


@claims("inputs")
def _(o: Facts, n: Numbers) -> bool:
    return near(n["size"], rms(o.frame.data.x_train)) and near(n["spread"], o.frame.data.x_train.std(axis=0).max())


@claims("few_samples")
def _(o: Facts, n: Numbers) -> bool:
    return n["samples"] == o.frame.data.n_train


@claims("several", "several_only", "no_remedy")
def _(o: Facts, _n: Numbers) -> bool:
    return o.frame.data.n_classes > 1


@claims("as_good")
def _(o: Facts, n: Numbers) -> bool:
    best = best_standard(o.frame.spec.replaced(steps=n["steps"]))
    return near(n["best"], best) and n["accuracy"] >= best - 0.0201


@claims("promise_open", "promise_kept", "promise_broken")
def _(o: Facts, n: Numbers) -> bool:
    return o.frame.step < n["steps"] if "step" in n else near(n["found"], end_of(o.frame).accuracy)
