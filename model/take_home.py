"""A run as a NumPy script in the style of the book "Deep Learning from Scratch", with only what the run uses."""

from collections.abc import Sequence
from itertools import pairwise
from pathlib import Path
from typing import cast

import numpy as np

from model import __version__
from model.data.dataset import Dataset
from model.files import check_target, write_whole
from model.network.initializers import CUT, STD_OF_CUT, noise_distribution
from model.network.layout import Layout
from model.network.parametrization import rate_factors
from model.training.differences import differences
from model.training.frame import Schedule
from model.training.initial import Initial, initial_values
from model.training.spec import TrainingSpec

DATA = "-data.npz"
"""The ending of the file beside a script that holds its data."""
Lines = list[str]

_FORWARD = {
    "relu": ["return np.maximum(a, 0)"],
    "leaky_relu": ["return np.where(a > 0, a, 0.01 * a)"],
    "tanh": ["return np.tanh(a)"],
    "sigmoid": ["small = np.exp(-np.abs(a))", "return np.where(a >= 0, 1, small) / (1 + small)"],
    "linear": ["return a"],
    "gelu": ["return a * normal_cdf(a)"],
    "selu": ["return 1.0507009873554805 * np.where(a > 0, a, 1.6732632423543772 * np.expm1(np.minimum(a, 0)))"],
}
_SLOPE = {
    "relu": "h > 0",
    "leaky_relu": "np.where(h > 0, 1, 0.01)",
    "tanh": "(1 - h * h)",
    "sigmoid": "h * (1 - h)",
    "linear": "1",
    "gelu": "(normal_cdf(a) + a * np.exp(-0.5 * a * a) / np.sqrt(2 * np.pi))",
    "selu": "np.where(h > 0, 1.0507009873554805, h + 1.0507009873554805 * 1.6732632423543772)",
}
_UPDATE = {
    "sgd": ["params[name] -= {rate} * grad"],
    "momentum": ["velocity[name] = momentum * velocity[name] + grad", "params[name] -= {rate} * velocity[name]"],
    "nesterov": [
        "velocity[name] = momentum * velocity[name] + grad",
        "params[name] -= {rate} * (grad + momentum * velocity[name])",
    ],
    "adagrad": ["squares[name] += grad * grad", "params[name] -= {rate} * grad / (np.sqrt(squares[name]) + 1e-10)"],
    "rmsprop": [
        "squares[name] = 0.99 * squares[name] + 0.01 * grad * grad",
        "params[name] -= {rate} * grad / (np.sqrt(squares[name]) + 1e-8)",
    ],
    "adam": [
        "mean[name] = 0.9 * mean[name] + 0.1 * grad",
        "squares[name] = 0.999 * squares[name] + 0.001 * grad * grad",
        "size = np.sqrt(squares[name]) / np.sqrt(1 - 0.999 ** (step + 1)) + 1e-8",
        "params[name] -= {rate} / (1 - 0.9 ** (step + 1)) * mean[name] / size",
    ],
}
_MEMORY = {"momentum": ("velocity",), "nesterov": ("velocity",), "adagrad": ("squares",), "rmsprop": ("squares",),
           "adam": ("mean", "squares")}  # fmt: skip
_SCHEMES = {"lecun": "np.sqrt(1 / fan_in)", "glorot": "np.sqrt(2 / (fan_in + fan_out))", "he": "np.sqrt(2 / fan_in)"}


def save_script(
    path: Path, spec: TrainingSpec, data: Dataset, schedule: Schedule = (), *, overwrite: bool = False
) -> None:
    """Write the script of a run, and the data beside it, each whole or not at all; raises FileError, SpecError.

    Run by `python FILE.py` it prints "step loss" for every step, the loss that of the batch before its update; in
    float64, for stable runs, it is the run's own to 1e-9.
    """
    beside = path.with_name(f"{path.stem}{DATA}")
    check_target(path, overwrite=overwrite)
    check_target(beside, overwrite=True)
    initial = initial_values(spec, data)
    arrays = {"x_train": data.x_train, "t_train": data.t_train}
    if spec.stop_accuracy or any(knob == "stop_accuracy" for _, knob, _ in schedule):
        arrays |= {"x_test": data.x_test, "t_test": data.t_test} if data.n_test else {}
    if spec.weights is not None:
        arrays |= Layout(data.layer_sizes(spec.hidden_sizes)).views(initial.params)
    text = script(spec, data, schedule, beside.name, initial)
    write_whole(beside, lambda stream: np.savez_compressed(stream, **arrays), overwrite=True)  # type: ignore[arg-type]
    write_whole(path, lambda stream: cast("None", stream.write(text.encode())), overwrite=overwrite)


def script(spec: TrainingSpec, data: Dataset, schedule: Schedule, beside: str, initial: Initial) -> str:
    """Give the script of a run whose data are in the file `beside` it."""
    sizes = data.layer_sizes(spec.hidden_sizes)
    parts = [
        _head(spec, schedule, data, beside),
        _imports(spec),
        _load(spec, data, beside),
        *_functions(spec),
        _network(spec, sizes, initial),
        _training(spec, sizes, data, schedule),
    ]
    return "\n".join(line.rstrip() for part in parts for line in part) + "\n"


def _head(spec: TrainingSpec, schedule: Schedule, data: Dataset, beside: str) -> Lines:
    knobs = ", ".join(str(words) for words in differences(spec, TrainingSpec())) or "the defaults"
    edits = [f"From step {step} on, {knob} is {value:g}." for step, knob, value in schedule]
    return [
        f'"""A network trained as Initscope {__version__} trained it: {_safe(knobs)}.',
        "",
        f"It prints the loss of every batch before its update. {beside}, beside this file, holds the training data",
        f"({data.n_train:,} samples, scaled as they were trained on).",
        *edits,
        '"""',
        "",
    ]


def _safe(text: str) -> str:
    """Keep words of a file from ending the text that they stand in."""
    return text.replace("\\", "/").replace('"', "'")


def _imports(spec: TrainingSpec) -> Lines:
    return [
        *(["import math"] if spec.activation == "gelu" else []),
        "from pathlib import Path",
        "",
        "import numpy as np",
        "",
    ]


def _load(spec: TrainingSpec, data: Dataset, beside: str) -> Lines:
    cast_to = "" if spec.dtype == "float64" else ".astype(np.float32)"
    lines = [
        f"data = np.load(Path(__file__).with_name({beside!r}))",
        f'x_train, t_train = data["x_train"]{cast_to}, data["t_train"]',
    ]
    if spec.stop_accuracy and data.n_test:
        lines.append(f'x_test, t_test = data["x_test"]{cast_to}, data["t_test"]')
    return [*lines, f"np.random.seed({spec.seed})", "", ""]


def _functions(spec: TrainingSpec) -> list[Lines]:
    found = []
    if spec.activation == "gelu":
        found.append(_function("normal_cdf", "a", ["return 0.5 * (1 + np.vectorize(math.erf)(a / np.sqrt(2)))"]))
    found.append(_function(spec.activation, "a", _FORWARD[spec.activation]))
    slope = [f"return {_SLOPE[spec.activation]}"]
    found.append(_function("slope", "a, h", slope))
    if spec.weights is None and spec.init in ("orthogonal", "lsuv"):
        found.append(_function("orthonormal", "z", [
            "q, r = np.linalg.qr(z if z.shape[0] >= z.shape[1] else z.T)",
            "q *= np.where(np.diag(r) < 0, -1.0, 1.0)",
            "return q if z.shape[0] >= z.shape[1] else q.T",
        ]))  # fmt: skip
    if spec.weights is None and noise_distribution(spec.init, spec.init_distribution) == "truncated":
        found.append(_function("truncated", "z, layer", [
            f"rng = np.random.default_rng([{spec.seed}, 1000 + layer])",
            f"while (beyond := np.abs(z) > {CUT:g}).any():",
            "    z[beyond] = rng.standard_normal(beyond.sum())",
            f"return z / {STD_OF_CUT!r}  # the std of a normal distribution that is cut there",
        ]))  # fmt: skip
    return found


def _function(name: str, takes: str, body: Sequence[str]) -> Lines:
    return [f"def {name}({takes}):", *(f"    {line}" for line in body), "", ""]


def _network(spec: TrainingSpec, sizes: tuple[int, ...], initial: Initial) -> Lines:
    return [
        "class Network:",
        "    def __init__(self, sizes):",
        "        self.depth = len(sizes) - 1",
        "        self.params = {}",
        *(f"        {line}" for line in _initialisation(spec, sizes, initial)),
        "",
        "    def predict(self, x):",
        '        """Give the logits, and keep what the way back needs."""',
        "        self.a, self.h = [], [x]",
        "        for layer in range(1, self.depth + 1):",
        '            self.a.append(self.h[-1] @ self.params[f"W{layer}"] + self.params[f"b{layer}"])',
        f"            self.h.append({spec.activation}(self.a[-1]) if layer < self.depth else self.a[-1])",
        "        return self.h[-1]",
        "",
        "    def loss_and_gradient(self, x, t):",
        '        """Give the mean cross-entropy in nats, and its gradient by back-propagation."""',
        "        logits = self.predict(x)",
        "        shifted = logits - logits.max(axis=1, keepdims=True)",
        "        log_p = shifted - np.log(np.exp(shifted).sum(axis=1, keepdims=True))",
        "        rows, grads = np.arange(len(t)), {}",
        "        loss = -log_p[rows, t].mean()",
        "        delta = np.exp(log_p)",
        "        delta[rows, t] -= 1",
        "        delta /= len(t)",
        "        for layer in range(self.depth, 0, -1):",
        '            grads[f"W{layer}"], grads[f"b{layer}"] = self.h[layer - 1].T @ delta, delta.sum(axis=0)',
        "            if layer > 1:",
        '                delta = delta @ self.params[f"W{layer}"].T * slope(self.a[layer - 2], self.h[layer - 1])',
        "        return loss, grads",
        "",
        "",
    ]


def _initialisation(spec: TrainingSpec, sizes: tuple[int, ...], initial: Initial) -> Lines:
    """Give the lines that make the initial parameters, layer by layer, in the body of `__init__`."""
    cast_to = "" if spec.dtype == "float64" else ".astype(np.float32)"
    layers = "for layer, (fan_in, fan_out) in enumerate(zip(sizes, sizes[1:]), start=1):"
    if spec.weights is not None:
        n = sum(fan_in * fan_out for fan_in, fan_out in pairwise(sizes))
        uniform = noise_distribution(spec.init, spec.init_distribution) == "uniform"
        return [
            "# the batches are those that follow when the weights are drawn",
            f"np.random.{'random_sample' if uniform else 'randn'}({n})",
            "for layer in range(1, self.depth + 1):",
            '    self.params[f"W{layer}"], self.params[f"b{layer}"] = data[f"W{layer}"], data[f"b{layer}"]',
        ]
    noise = _noise(spec)
    scale, comment = _scale(spec, sizes, initial)
    body = [f'self.params[f"W{{layer}}"] = ({scale} * {noise}){cast_to}{comment}' if cast_to
            else f'self.params[f"W{{layer}}"] = {scale} * {noise}{comment}']  # fmt: skip
    if spec.init == "torch":
        biases = f"np.random.default_rng([{spec.seed}, layer]).uniform(-1, 1, fan_out) / np.sqrt(fan_in)"
    elif spec.bias_init_std:
        biases = f"{spec.bias_init_std!r} * np.random.default_rng([{spec.seed}, layer]).standard_normal(fan_out)"
    else:
        biases = "np.zeros(fan_out)"
    biases = f"({biases}){cast_to}" if cast_to and biases[-8:] != "fan_out)" else f"{biases}{cast_to}"
    body.append(f'self.params[f"b{{layer}}"] = {biases}')
    return [layers, *(f"    {line}" for line in body)]


def _noise(spec: TrainingSpec) -> str:
    """Give the expression of a layer's factor."""
    kind = noise_distribution(spec.init, spec.init_distribution)
    if kind == "uniform":
        drawn = "np.random.uniform(-np.sqrt(3), np.sqrt(3), (fan_in, fan_out))"
    elif kind == "truncated":
        drawn = "truncated(np.random.randn(fan_in, fan_out), layer)"
    else:
        drawn = "np.random.randn(fan_in, fan_out)"
    return f"orthonormal({drawn})" if spec.init in ("orthogonal", "lsuv") else drawn


def _scale(spec: TrainingSpec, sizes: tuple[int, ...], initial: Initial) -> tuple[str, str]:
    """Give what a layer's factor is multiplied by, and a comment that says where numbers come from."""
    plain = spec.parametrization == "standard" and set(spec.layer_gains) == {1.0}
    if plain and spec.init in _SCHEMES:
        return _SCHEMES[spec.init], f"  # {spec.init}"
    if plain and spec.init == "std":
        return repr(spec.weight_init_std), ""
    if plain and spec.init == "torch":
        return "1 / np.sqrt(3 * fan_in)", "  # the default of torch.nn.Linear"
    if plain and spec.init == "orthogonal":
        return "1.0", ""
    why = {"lsuv": "found by LSUV on samples of the training data"}.get(spec.init, "the std of each layer")
    more = [*(["gains"] if set(spec.layer_gains) != {1.0} else []), *(["μP"] if spec.parametrization == "mup" else [])]
    return f"{_scales(spec, sizes, initial)}[layer - 1]", f"  # {', with '.join([why, *more])}"


def _scales(spec: TrainingSpec, sizes: tuple[int, ...], initial: Initial) -> list[float]:
    """Give the number of each layer; the spread of an orthonormal matrix is smaller than its factor."""
    if spec.init not in ("orthogonal", "lsuv"):
        return [float(std) for std in initial.stds]
    return [float(std * np.sqrt(max(fans))) for std, fans in zip(initial.stds, pairwise(sizes), strict=True)]


def _training(spec: TrainingSpec, sizes: tuple[int, ...], data: Dataset, schedule: Schedule) -> Lines:
    factors = rate_factors(sizes, spec.optimizer, spec.parametrization, spec.base_width)
    scaled = bool((factors != 1).any())
    lines = [f"network = Network({list(sizes)})", "params = network.params", f"learning_rate = {spec.learning_rate!r}"]
    if scaled:
        names = Layout(sizes).names
        lines.append(f"rates = {dict(zip(names, factors.tolist(), strict=True))}  # μP")
    if spec.optimizer in ("momentum", "nesterov"):
        lines.append(f"momentum = {spec.momentum!r}")
    decays = spec.weight_decay != 0 or any(knob == "weight_decay" for _, knob, _ in schedule)
    if decays:
        lines.append(f"weight_decay = {spec.weight_decay!r}")
    lines += [f"{name} = {{name: np.zeros_like(value) for name, value in params.items()}}"
              for name in _MEMORY.get(spec.optimizer, ())]  # fmt: skip
    body: Lines = []
    for step, knob, value in schedule:
        if knob in ("learning_rate", "momentum", "weight_decay"):
            body += [f"if step == {step}:", f"    {knob} = {value!r}"]
    if spec.stop_accuracy:
        x, t = ("x_test", "t_test") if data.n_test else ("x_train", "t_train")
        body += [
            f"if step % {spec.eval_interval} == 0:",
            f"    accuracy = (network.predict({x}).argmax(axis=1) == {t}).mean()",
            f"    if accuracy >= {spec.stop_accuracy!r}:",
            "        break",
        ]
    body += [
        f"batch = np.random.choice(len(x_train), {spec.batch_size})",
        "loss, grads = network.loss_and_gradient(x_train[batch], t_train[batch])",
        'print(step, f"{loss:.17g}")',
        "for name, grad in grads.items():",
    ]
    rate = "learning_rate * rates[name]" if scaled else "learning_rate"
    if decays:
        decay = "weight_decay / rates[name]" if scaled else "weight_decay"
        body += ['    if name.startswith("W"):', f"        grad = grad + {decay} * params[name]"]
    body += [f"    {line.format(rate=rate)}" for line in _UPDATE[spec.optimizer]]
    if spec.stop_on_divergence:
        body += ["if not all(np.isfinite(value).all() for value in params.values()):", "    break"]
    return [*lines, f"for step in range({spec.steps}):", *(f"    {line}" for line in body)]
