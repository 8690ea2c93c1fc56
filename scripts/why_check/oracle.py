"""Whether what a finding says of a run is so, computed anew in plain NumPy from the run's samples and parameters."""

import math
from collections.abc import Callable, Mapping
from functools import cached_property
from typing import Any, Protocol

import numpy as np
import numpy.typing as npt

from model.network.activations import ACTIVATIONS
from model.network.multi_layer_net import MultiLayerNet
from model.network.optimizers import OPTIMIZERS, State
from model.training.frame import Frame
from scripts.why_check.rerun import best_standard, end_of, trained

Reals = npt.NDArray[np.floating]


class Said(Protocol):
    """What the oracle needs to know of a finding."""

    @property
    def promise(self) -> Any: ...  # noqa: ANN401  the run that is promised, and what it is to come to

    @property
    def code(self) -> str: ...

    @property
    def numbers(self) -> Mapping[str, object]: ...


def near(value: object, expected: float, rel: float = 2e-3) -> bool:
    """Whether a number that was said is the one that it should be."""
    said = float(value)  # type: ignore[arg-type]
    # below 1e-37 single precision holds only a few digits
    return bool(said == expected or abs(said - expected) <= rel * max(abs(said), abs(expected)) + 1e-37)


def rms(values: Reals) -> float:
    """Root mean square."""
    return float(np.sqrt(np.mean(np.square(values.astype(np.float64)))))


def signal(values: Reals) -> float:
    """What of a layer varies over the samples."""
    return float(np.sqrt(values.astype(np.float64).var(axis=0).mean()))


class Pass:
    """All samples through a network with these parameters: layers up, gradients back, losses."""

    def __init__(self, frame: Frame, params: Mapping[str, Reals]) -> None:
        phi, depth = ACTIVATIONS[frame.spec.activation], frame.layout.n_layers
        h, self.z = [frame.data.x_train.astype(params["W1"].dtype)], []
        with np.errstate(all="ignore"):
            for layer in range(1, depth + 1):
                self.z.append(h[-1] @ params[f"W{layer}"] + params[f"b{layer}"])
                h.append(phi.forward(self.z[-1]))
            logits = self.z[-1].astype(np.float64)
            top = logits.max(axis=1, keepdims=True)
            log_p = logits - top - np.log(np.exp(logits - top).sum(axis=1, keepdims=True))
            self.t = frame.data.t_train
            rows = np.arange(len(self.t))
            delta = np.exp(log_p)
            self.wrong = (delta.max(axis=1) >= 0.9) & (delta.argmax(axis=1) != self.t)
            delta[rows, self.t] -= 1
            self.deltas = [delta.astype(params["W1"].dtype)]
            for layer in range(depth, 1, -1):
                back = self.deltas[0] @ params[f"W{layer}"].T
                self.deltas.insert(0, back * phi.derivative(self.z[layer - 2], h[layer - 1]))
        self.h, self.losses = h[1:-1], -log_p[rows, self.t]


BLAMED = {
    "rate_high": "learning_rate", "rate_low": "learning_rate", "momentum_high": "momentum", "decay": "weight_decay",
    "init_zero": "init", "init_small": "init", "init_large": "init", "init_other": "init", "inputs": "scaling",
    "linear": "activation", "activation": "activation", "depth": "hidden_sizes", "shallow": "hidden_sizes",
    "width": "hidden_sizes", "batch": "batch_size", "optimizer": "optimizer", "few_steps": "steps", "noise": "noise",
    "precision": "dtype",
}  # fmt: skip
"""The knob that each code of a cause blames."""
FEW = {"samples", "train_fraction"}
"""The knobs that few samples come of."""


class Oracle:
    """Judges the sentences about one run."""

    def __init__(self, frame: Frame, before: Frame | None = None) -> None:
        self.frame, self.before = frame, before
        self.chance = math.log(frame.data.n_classes)

    @cached_property
    def start(self) -> Pass:
        """The network before its first step."""
        return Pass(self.frame, dict(self.frame.initial))

    @cached_property
    def now(self) -> Pass:
        """The network as it is."""
        return Pass(self.frame, dict(self.frame.params))

    def is_true(self, said: Said) -> bool:
        """Whether the numbers of a finding are so, and are what its words need."""
        with np.errstate(all="ignore"):
            if said.promise is not None and not self.helps(said.code, said.promise):
                return False
            return bool(TRUE[said.code](self, said.numbers))

    def helps(self, code: str, promise: Any) -> bool:  # noqa: ANN401
        """Whether the promised run differs by the one knob that is blamed, and ends better than this one."""
        spec, live = self.frame.spec, {name: value for _, name, value in self.frame.schedule}
        there, here = promise.spec.model_dump(), {**spec.model_dump(), **live}
        turned = {name for name in there if there[name] != here[name]}
        one = turned == {BLAMED[code]} if code in BLAMED else len(turned) > 1 or turned < FEW
        steps = promise.expected.steps
        promised = end_of(trained(promise.spec.replaced(steps=steps)))
        now = end_of(trained(spec.replaced(**live, steps=promise.base.steps)))
        return one and promised.better_than(now, self.frame.data.n_classes)

    def keeps(self, promise: Any) -> bool:  # noqa: ANN401
        """Whether the promised run comes to what was promised, within two points and a tenth of the loss."""
        end = end_of(trained(promise.spec.replaced(steps=promise.expected.steps)))
        expected = promise.expected
        loss = end.loss <= 1.1 * expected.loss + 0.01
        return end.broke == (not expected.finite) and end.accuracy >= expected.accuracy - 0.02 and loss

    def helps_elsewhere(self, promise: Any) -> bool:  # noqa: ANN401
        """Whether the same turn makes the run better with the next seed too."""
        seed, n_classes = (promise.spec.seed + 1) % 2**32, self.frame.data.n_classes
        promised = trained(promise.spec.replaced(seed=seed, steps=promise.expected.steps))
        now = trained(promise.before.replaced(seed=seed, steps=promise.base.steps))
        return end_of(promised).better_than(end_of(now), n_classes)

    @cached_property
    def first(self) -> float:
        return float(self.start.losses.mean())

    @cached_property
    def up(self) -> float:
        return signal(self.start.h[-1]) / signal(self.frame.data.x_train)

    @cached_property
    def back(self) -> float:
        return rms(self.start.deltas[0]) / rms(self.start.deltas[-1])

    @cached_property
    def fans(self) -> tuple[int, int]:
        return self.frame.data.n_features, self.frame.spec.hidden_sizes[0]

    def first_batch(self) -> tuple[Reals, npt.NDArray[np.int64]]:
        """The first batch of the run's own random stream."""
        frame, rng = self.frame, np.random.RandomState(self.frame.spec.seed)
        for name, shape in frame.layout.shapes.items():
            if name[0] == "W":
                rng.randn(*shape) if frame.spec.init_distribution == "normal" else rng.uniform(size=shape)
        rows = rng.choice(frame.data.n_train, frame.spec.batch_size)
        return frame.data.x_train[rows].astype(frame.spec.dtype), frame.data.t_train[rows]

    def loss_after(self, decay: float) -> tuple[float, float]:
        """The loss of the first batch before its update and after it, with so much weight decay."""
        frame, (x, t) = self.frame, self.first_batch()
        rate, momentum = at_first(frame, "learning_rate"), at_first(frame, "momentum")
        net = MultiLayerNet.from_params({k: v.copy() for k, v in frame.initial.items()}, frame.spec.activation)
        before, gradient = net.loss_and_gradient(x, t)
        after = {}
        for name, value in frame.initial.items():
            pull = gradient[name] + (decay * value if name[0] == "W" else 0)
            state = State(np.zeros_like(value), np.zeros_like(value), step=1)
            after[name] = value + OPTIMIZERS[frame.spec.optimizer].delta(pull, state, rate, momentum)
        return float(before), float(MultiLayerNet.from_params(after, frame.spec.activation).loss(x, t))


def at_first(frame: Frame, knob: str) -> float:
    """What a live knob was at the first step."""
    edits = [value for step, name, value in frame.schedule if step == 0 and name == knob]
    return float(edits[-1] if edits else getattr(frame.spec, knob))


def first_reached(frame: Frame) -> int | None:
    """The first step by which 20 batches in a row had a mean loss of at most half that of guessing: the plain loop."""
    for end in range(20, frame.step + 1):
        if frame.loss[end - 20 : end].mean() <= math.log(frame.data.n_classes) / 2:
            return end
    return None


Numbers = Mapping[str, object]
TRUE: dict[str, Callable[[Oracle, Numbers], bool]] = {}
"""What each code claims."""


def claims(*codes: str) -> Callable[[Callable[[Oracle, Numbers], bool]], Callable[[Oracle, Numbers], bool]]:
    """Enter a check for these codes."""

    def enter(check: Callable[[Oracle, Numbers], bool]) -> Callable[[Oracle, Numbers], bool]:
        TRUE.update(dict.fromkeys(codes, check))
        return check

    return enter


@claims("diverged")
def _(o: Oracle, n: Numbers) -> bool:
    return not np.isfinite(o.frame.params[str(n["parameter"])]).all() and 0 <= n["step"] < o.frame.step


@claims("infinite_start")
def _(o: Oracle, n: Numbers) -> bool:
    return not np.isfinite(o.frame.initial[str(n["parameter"])]).all()


@claims("overflow")
def _(o: Oracle, n: Numbers) -> bool:
    return (not np.isfinite(o.first) or o.first > 1e37) and n["n"] > 0


@claims("zero_frozen")
def _(o: Oracle, n: Numbers) -> bool:
    params = o.frame.params
    others = [value for name, value in params.items() if name != n["last"]]
    return not any(v.any() for v in others) and near(n["moved"], float(np.abs(params[n["last"]]).max()))


@claims("zero_one_unit")
def _(o: Oracle, n: Numbers) -> bool:
    layer = n["layer"]
    w, w2 = (o.frame.params[f"W{k}"].astype(float) for k in (layer, layer + 1))
    apart = max(np.abs(w - w[:, :1]).max(), np.abs(w2 - w2[:1]).max())
    one = apart <= 2e-3 * max(np.abs(w).max(), np.abs(w2).max(), 1e-300)
    return not o.frame.initial["W1"].any() and one and n["units"] == w.shape[1] > 1


@claims("high_loss")
def _(o: Oracle, n: Numbers) -> bool:
    right = near(n["loss"], o.first) and near(n["times"], o.first / o.chance) and o.first > 2 * o.chance
    return right and abs(n["sure"] - 100 * o.start.wrong.mean()) <= 100 / len(o.start.t) + 0.05


@claims("exploding_up")
def _(o: Oracle, n: Numbers) -> bool:
    return near(n["factor"], o.up) and o.up > 100


@claims("exploding_back")
def _(o: Oracle, n: Numbers) -> bool:
    return near(n["factor"], o.back) and o.back > 100


@claims("vanishing")
def _(o: Oracle, n: Numbers) -> bool:
    sizes = near(n["first"], rms(o.start.deltas[0])) and near(n["logits"], rms(o.start.deltas[-1]))
    signals = near(n["x"], signal(o.frame.data.x_train)) and near(n["h"], signal(o.start.h[-1]), 0.02)
    return sizes and signals and o.back < 1e-3


@claims("saturated")
def _(o: Oracle, n: Numbers) -> bool:
    values = o.start.h[n["layer"] - 1]
    share = 100 * np.mean((values < n["low"]) | (values > n["high"]))
    return near(n["share"], share) and share > 50


@claims("about_right")
def _(o: Oracle, n: Numbers) -> bool:
    kept = 0.1 <= o.up <= 10 and 0.1 <= o.back <= 10
    return (
        near(n["up"], o.up)
        and near(n["back"], o.back)
        and near(n["loss"], o.first)
        and kept
        and (o.first < 1.51 * o.chance)
    )


@claims("small_logits")
def _(o: Oracle, n: Numbers) -> bool:
    small = rms(o.start.z[-1])
    return (
        near(n["loss"], o.first) and abs(o.first / o.chance - 1) <= 0.0201 and near(n["logits"], small) and small < 0.1
    )


@claims("update_large")
def _(o: Oracle, n: Numbers) -> bool:
    before, after = o.loss_after(at_first(o.frame, "weight_decay"))
    _, without = o.loss_after(0.0)
    begins = not o.frame.step or near(n["before"], float(o.frame.loss[0]))
    return begins and near(n["before"], before) and after > before and without > before and n["ratio"] > 0.1


@claims("update_decay")
def _(o: Oracle, n: Numbers) -> bool:
    before, after = o.loss_after(at_first(o.frame, "weight_decay"))
    _, without = o.loss_after(0.0)
    return (
        near(n["before"], before)
        and near(n["after"], after)
        and near(n["without"], without, 0.01)
        and (without <= before < after)
    )


@claims("loss_rose")
def _(o: Oracle, n: Numbers) -> bool:
    loss = o.frame.loss
    means = [loss[end - 20 : end].mean() for end in range(20, len(loss) + 1)]
    below = [end for end, mean in enumerate(means, start=20) if not mean > loss[0]]
    since = below[-1] if below else 0
    return near(n["last"], means[-1]) and near(n["first"], loss[0]) and means[-1] > loss[0] and n["since"] == since


@claims("rate_zero")
def _(o: Oracle, n: Numbers) -> bool:
    moved = any(not np.array_equal(v, o.frame.initial[k], equal_nan=True) for k, v in o.frame.params.items())
    return n["rate"] == 0 and (bool(o.frame.schedule) or not moved)


@claims("momentum", "momentum_endless")
def _(o: Oracle, n: Numbers) -> bool:
    steady = 0.0
    for _ in range(100_000):
        steady = n["momentum"] * steady + n["rate"]
    return o.frame.spec.optimizer in ("momentum", "nesterov") and (
        near(n["whole"], steady, 0.01) if "whole" in n else steady > 1e4 * n["rate"]
    )


@claims("dead")
def _(o: Oracle, n: Numbers) -> bool:
    def count(passed: Pass) -> int:
        return int((~(passed.h[n["layer"] - 1] > 0).any(axis=0)).sum())

    width = o.frame.spec.hidden_sizes[n["layer"] - 1]
    return n["dead"] == count(o.now) >= width / 4 and n["before"] == count(o.start) and n["units"] == width


@claims("plateau")
def _(o: Oracle, n: Numbers) -> bool:
    return near(n["loss"], o.frame.loss[-20:].mean()) and abs(n["loss"] / o.chance - 1) <= 0.0201


@claims("slow_start")
def _(o: Oracle, n: Numbers) -> bool:
    means = [o.frame.loss[end - 20 : end].mean() for end in range(20, o.frame.step + 1)]
    close = [abs(mean - o.chance) <= n["share"] / 100 * o.chance for mean in means]
    return all(close[: n["since"] - 19]) and not close[n["since"] - 19] and n["since"] >= 50


@claims("majority")
def _(o: Oracle, n: Numbers) -> bool:
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
def _(o: Oracle, n: Numbers) -> bool:
    size = rms(o.frame.data.x_train)
    return near(n["size"], size) and not 0.05 <= size <= 10


@claims("inputs_unequal")
def _(o: Oracle, n: Numbers) -> bool:
    spreads = o.frame.data.x_train.std(axis=0)
    varying = spreads[np.ptp(o.frame.data.x_train, axis=0) > 0]
    widest = int(np.argmax(spreads)) + 1 == n["feature"] and near(n["spread"], spreads.max())
    return widest and near(n["median"], float(np.median(varying))) and spreads.max() > 30 * np.median(varying)


@claims("inputs_blank")
def _(o: Oracle, n: Numbers) -> bool:
    blank = int((~o.frame.data.x_train.any(axis=0)).sum())
    still = o.frame.spec.weight_decay > 0 or bool(o.frame.schedule)
    rows = ~o.frame.data.x_train.any(axis=0)
    frozen = still or np.array_equal(o.frame.params["W1"][rows], o.frame.initial["W1"][rows], equal_nan=True)
    broke = o.frame.divergence is not None
    return n["inputs"] == blank and n["weights"] == blank * o.fans[1] and (frozen or broke)


@claims("more_accurate", "less_accurate", "as_accurate")
def _(o: Oracle, n: Numbers) -> bool:
    column = 1 if o.frame.data.n_test else 0
    here, there = (run.evaluations[list(run.eval_steps).index(n["step"]), column] for run in (o.frame, o.before))
    return near(n["right"], here) and near(n["before"], there) and round(abs(here - there) * n["samples"]) == n["apart"]


@claims("speed_sooner")
def _(o: Oracle, n: Numbers) -> bool:
    return n["here"] == first_reached(o.frame) < first_reached(o.before) == n["there"]


@claims("speed_later")
def _(o: Oracle, n: Numbers) -> bool:
    return n["here"] == first_reached(o.frame) > first_reached(o.before) == n["there"]


@claims("speed_same")
def _(o: Oracle, n: Numbers) -> bool:
    return n["here"] == first_reached(o.frame) and n["there"] == first_reached(o.before)


@claims("speed_only_here")
def _(o: Oracle, n: Numbers) -> bool:
    return n["here"] == first_reached(o.frame) and first_reached(o.before) is None


@claims("speed_only_there")
def _(o: Oracle, n: Numbers) -> bool:
    return first_reached(o.frame) is None and n["there"] == first_reached(o.before)


@claims("scheme_he", "scheme_he_for_relu", "scheme_lecun", "scheme_glorot")
def _(o: Oracle, n: Numbers) -> bool:
    fan_in, fan_out = o.fans
    std = {"he": 2 / fan_in, "lecun": 1 / fan_in, "glorot": 2 / (fan_in + fan_out)}[o.frame.spec.init]
    return near(n["std"], math.sqrt(std))


@claims("scheme_orthogonal")
def _(o: Oracle, n: Numbers) -> bool:
    return near(n["std"], rms(o.frame.initial["W1"]))


@claims("scheme_lsuv")
def _(o: Oracle, n: Numbers) -> bool:
    z = o.frame.data.x_train @ o.frame.initial["W1"].astype(np.float64)
    return near(n["std"], rms(o.frame.initial["W1"])) and near(n["variance"], float(z.var()))


@claims("std_and_he", "std_and_lecun")
def _(o: Oracle, n: Numbers) -> bool:
    usual = math.sqrt((2 if o.frame.spec.activation in ("relu", "leaky_relu", "gelu") else 1) / o.fans[0])
    return near(n["share"] * usual, o.frame.spec.weight_init_std)


@claims("updates_large")
def _(o: Oracle, n: Numbers) -> bool:
    one = o.frame.layout.names.index(n["parameter"])
    ratios = o.frame.update_norms / o.frame.weight_norms
    row = list(o.frame.eval_steps).index(n["step"])
    return near(n["ratio"], ratios[row, one]) and n["ratio"] > 0.5


@claims("dying")
def _(o: Oracle, n: Numbers) -> bool:
    def dead(steps: int) -> int:
        frame = trained(o.frame.spec.replaced(steps=steps))
        return int((~(Pass(frame, dict(frame.params)).h[n["layer"] - 1] > 0).any(axis=0)).sum())

    return dead(n["alive"]) == n["before"] < n["after"] == dead(n["by"])


@claims("rate_high", "rate_low", "momentum_high", "decay", "noise", "linear", "activation", "depth", "shallow", "width")
@claims("batch", "optimizer", "few_steps", "precision", "init_other")
def _(o: Oracle, n: Numbers) -> bool:
    value = getattr(o.frame.spec, n["knob"])
    shown = ",".join(map(str, value)) if isinstance(value, tuple) else f"{value}"
    same = n["value"] == shown or float(n["value"]) == float(value)
    return bool(o.frame.schedule) or same


@claims("init_zero")
def _(o: Oracle, _n: Numbers) -> bool:
    return not any(value.any() for value in o.frame.initial.values())


@claims("init_small", "init_large")
def _(o: Oracle, n: Numbers) -> bool:
    spec = o.frame.spec
    usual = math.sqrt((2 if spec.activation in ("relu", "leaky_relu", "gelu") else 1) / o.fans[0])
    share = spec.weight_init_std / usual
    return near(n["std"], spec.weight_init_std) and near(n["share"], share)


@claims("inputs")
def _(o: Oracle, n: Numbers) -> bool:
    return near(n["size"], rms(o.frame.data.x_train)) and near(n["spread"], o.frame.data.x_train.std(axis=0).max())


@claims("few_samples")
def _(o: Oracle, n: Numbers) -> bool:
    return n["samples"] == o.frame.data.n_train


@claims("several", "several_only", "no_remedy")
def _(o: Oracle, _n: Numbers) -> bool:
    return o.frame.data.n_classes > 1


@claims("as_good")
def _(o: Oracle, n: Numbers) -> bool:
    best = best_standard(o.frame.spec.replaced(steps=n["steps"]))
    return near(n["best"], best) and n["accuracy"] >= best - 0.0201


@claims("promise_open", "promise_kept", "promise_broken")
def _(o: Oracle, n: Numbers) -> bool:
    return o.frame.step < n["steps"] if "step" in n else near(n["found"], end_of(o.frame).accuracy)
