"""The knobs that may be to blame, and what each could be turned to instead."""

import math
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from model.data.dataset import Dataset
from model.insight.advice.width_rate import is_far
from model.network.initializers import INITIALIZERS
from model.network.parametrization import base_sizes
from model.training.spec import TrainingSpec

BEST = {
    "relu": "he", "leaky_relu": "he", "gelu": "he", "tanh": "lecun", "sigmoid": "lecun", "linear": "lecun",
    "selu": "lecun",
}  # fmt: skip
"""The scheme usual for each activation: he where half of the signal is cut off."""
USUAL_RATE = {"sgd": 0.1, "momentum": 0.01, "nesterov": 0.01, "adagrad": 0.01, "rmsprop": 0.001, "adam": 0.001}
USUAL_MOMENTUM = 0.9
UNUSUAL = 5.0
"""How many times larger or smaller than usual a rate or a std is unusual."""
LOUD, QUIET = 2.0, 0.1
"""How many times LeCun's std an output layer has whose weights are tried smaller, and by what factor."""
NARROW, WIDE = 8, 50
DEEP = 5
SMALL_BATCH, USUAL_BATCH = 32, 100
FEW_STEPS = 400
MUCH_NOISE, USUAL_NOISE = 0.3, 0.1
FEW_SAMPLES, MANY_SAMPLES = 200, 1000
FEW_TO_TRAIN, USUAL_FRACTION = 0.5, 0.8


@dataclass(frozen=True, slots=True)
class Candidate:
    """One knob turned.

    Attributes
    ----------
    cause : what would be to blame, were this better: the code of a finding
    knob, value : what is turned, and to what
    unusual : whether the knob is far from where it usually is
    scheme : the `init` that comes into force where a file of weights is left out
    """

    cause: str
    knob: str
    value: object
    unusual: bool = False
    scheme: str | None = None

    @property
    def changes(self) -> dict[str, object]:
        """The knobs that differ in the trial, and their values there."""
        return {self.knob: self.value} | ({} if self.scheme is None else {"init": self.scheme})


def _rates(spec: TrainingSpec, _data: Dataset) -> Iterator[Candidate]:
    rate, usual = spec.learning_rate, USUAL_RATE[spec.optimizer]
    far = not 1 / UNUSUAL <= rate / usual <= UNUSUAL
    values = [rate / 10, rate / 100, rate * 10, rate * 100] if rate else []
    for value in dict.fromkeys(float(f"{each:.3g}") for each in (*values, usual)):
        if value != rate and 0 < value < math.inf:
            yield Candidate("rate_high" if value < rate else "rate_low", "learning_rate", value, far)


def _width_rate(spec: TrainingSpec, _data: Dataset) -> Iterator[Candidate]:
    if is_far(spec):
        yield Candidate("width_rate", "parametrization", "mup", unusual=True)


def _momentum(spec: TrainingSpec, _data: Dataset) -> Iterator[Candidate]:
    if spec.optimizer in ("momentum", "nesterov"):
        for value in (USUAL_MOMENTUM, 0.0):
            if value < spec.momentum:
                yield Candidate("momentum_high", "momentum", value, spec.momentum > USUAL_MOMENTUM)


def _decay(spec: TrainingSpec, _data: Dataset) -> Iterator[Candidate]:
    if spec.weight_decay:
        yield Candidate("decay", "weight_decay", 0.0, unusual=True)


def _init(spec: TrainingSpec, data: Dataset) -> Iterator[Candidate]:
    if spec.weights is not None:
        for scheme in dict.fromkeys((BEST[spec.activation], "he", "lecun")):
            yield Candidate("init_file", "weights", None, unusual=True, scheme=scheme)
        return
    sizes = base_sizes(data.layer_sizes(spec.hidden_sizes), spec.parametrization, spec.base_width)
    best = BEST[spec.activation]
    cause, far = "init_other", spec.init != "std" and spec.init not in (best, "glorot", "orthogonal", "lsuv")
    if spec.init == "std":
        usual = INITIALIZERS[best](*sizes[1:3]) if len(sizes) > 3 else INITIALIZERS[best](*sizes[:2])
        share = spec.weight_init_std * spec.layer_gains[0] / usual
        far = not 1 / UNUSUAL <= share <= UNUSUAL
        cause = "init_zero" if share == 0 else "init_small" if share < 1 else "init_large"
    for scheme in dict.fromkeys((best, "he", "lecun", "lsuv")):
        if scheme != spec.init:
            yield Candidate(cause, "init", scheme, far)


def _gains(spec: TrainingSpec, data: Dataset) -> Iterator[Candidate]:
    if spec.weights is not None:
        return
    n_layers = len(spec.hidden_sizes) + 1
    *hidden, last = spec.layer_gains if len(spec.layer_gains) > 1 else spec.layer_gains * n_layers
    fans = data.layer_sizes(spec.hidden_sizes)[-2:]
    std = spec.weight_init_std if spec.init == "std" else INITIALIZERS.get(spec.init, INITIALIZERS["lecun"])(*fans)
    share = std * last / INITIALIZERS["lecun"](*fans)
    if share > LOUD:
        for factor in (QUIET, QUIET**2):
            gain = float(f"{last * factor:.3g}")
            yield Candidate("output_gain", "layer_gains", (*hidden, gain), share > UNUSUAL)
    if set(spec.layer_gains) != {1.0}:
        # a small gain of the output layer is usual
        far = not all(1 / UNUSUAL <= gain <= UNUSUAL for gain in hidden) or last > UNUSUAL
        yield Candidate("gains_off", "layer_gains", (1.0,), far)


def _biases(spec: TrainingSpec, _data: Dataset) -> Iterator[Candidate]:
    if spec.init != "torch" and spec.weights is None and spec.bias_init_std:
        yield Candidate("biases_large", "bias_init_std", 0.0, spec.bias_init_std > 1)


def _inputs(spec: TrainingSpec, _data: Dataset) -> Iterator[Candidate]:
    if spec.scaling != "standard":
        yield Candidate("inputs", "scaling", "standard", spec.data is not None)


def _activation(spec: TrainingSpec, _data: Dataset) -> Iterator[Candidate]:
    others = ("relu", "tanh", "leaky_relu") if spec.activation == "relu" else ("relu", "tanh")
    for other in others:
        if other != spec.activation:
            cause = "linear" if spec.activation == "linear" else "activation"
            yield Candidate(cause, "activation", other, spec.activation == "linear")


def _layers(spec: TrainingSpec, _data: Dataset) -> Iterator[Candidate]:
    if spec.weights is not None:
        return  # it fits only a network of these sizes
    sizes = spec.hidden_sizes
    for fewer in dict.fromkeys((sizes[:1], sizes[:2])):
        if len(fewer) < len(sizes):
            yield Candidate("depth", "hidden_sizes", fewer, len(sizes) > DEEP)
    if min(sizes) < WIDE:
        yield Candidate("width", "hidden_sizes", tuple(max(size, WIDE) for size in sizes), min(sizes) < NARROW)
    if len(sizes) < 3:
        yield Candidate("shallow", "hidden_sizes", (*sizes, max(sizes[-1], NARROW)))


def _batch(spec: TrainingSpec, _data: Dataset) -> Iterator[Candidate]:
    if spec.batch_size < SMALL_BATCH:
        yield Candidate("batch", "batch_size", USUAL_BATCH, spec.batch_size < 4)


def _steps(spec: TrainingSpec, _data: Dataset) -> Iterator[Candidate]:
    if spec.steps < FEW_STEPS:
        yield Candidate("few_steps", "steps", 2 * FEW_STEPS, spec.steps < FEW_STEPS // 4)
    else:
        yield Candidate("few_steps", "steps", 4 * spec.steps)


def _samples(spec: TrainingSpec, _data: Dataset) -> Iterator[Candidate]:
    if spec.data is not None or spec.dataset == "digits":
        return
    if spec.noise > MUCH_NOISE:
        yield Candidate("noise", "noise", USUAL_NOISE, unusual=True)
    if spec.samples < FEW_SAMPLES:
        yield Candidate("few_samples", "samples", MANY_SAMPLES, unusual=True)
    if spec.train_fraction < FEW_TO_TRAIN:
        yield Candidate("few_samples", "train_fraction", USUAL_FRACTION, unusual=True)


def _optimizer(spec: TrainingSpec, _data: Dataset) -> Iterator[Candidate]:
    for other in ("sgd", "adam"):
        if other != spec.optimizer:
            yield Candidate("optimizer", "optimizer", other)


def _precision(spec: TrainingSpec, _data: Dataset) -> Iterator[Candidate]:
    if spec.dtype == "float32":
        yield Candidate("precision", "dtype", "float64")


FAMILIES: tuple[Callable[[TrainingSpec, Dataset], Iterator[Candidate]], ...] = (
    _width_rate, _decay, _rates, _momentum, _init, _gains, _biases, _inputs, _samples, _activation, _layers, _batch,
    _optimizer, _steps, _precision,
)  # fmt: skip
"""In the order in which one would suspect them."""


def candidates(spec: TrainingSpec, data: Dataset) -> tuple[Candidate, ...]:
    """List every knob that could be turned, the unusual ones first."""
    every = [candidate for family in FAMILIES for candidate in family(spec, data)]
    return tuple(sorted(every, key=lambda candidate: not candidate.unusual))


def standard_settings(spec: TrainingSpec) -> tuple[dict[str, object], ...]:
    """Give six settings that people begin with, for the data and the length of this run."""
    common: dict[str, object] = {
        "hidden_sizes": (WIDE,), "batch_size": USUAL_BATCH, "weight_decay": 0.0, "momentum": USUAL_MOMENTUM,
        "scaling": "standard", "init_distribution": "normal", "dtype": "float32",
        "layer_gains": (1.0,), "bias_init_std": 0.0, "weights": None,
    }  # fmt: skip
    if spec.data and spec.scaling != "standard":
        common["scaling"] = spec.scaling
    rows = (
        ("relu", "he", "sgd", 0.1), ("relu", "he", "momentum", 0.01), ("relu", "he", "adam", 0.01),
        ("tanh", "lecun", "sgd", 0.1), ("tanh", "glorot", "adam", 0.01), ("selu", "lecun", "sgd", 0.1),
    )  # fmt: skip
    names = ("activation", "init", "optimizer", "learning_rate")
    return tuple({**common, **dict(zip(names, row, strict=True))} for row in rows)
