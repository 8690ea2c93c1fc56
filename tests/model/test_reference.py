"""Gradients, updates and short runs against formulas written out anew, and against PyTorch where it is installed."""

import math
from collections.abc import Callable
from functools import cache
from itertools import pairwise

import numpy as np
import pytest
from scipy.special import erf

from model.data.dataset import Dataset
from model.training.engine import Engine
from model.training.spec import TrainingSpec
from model.training.stepper import ClassStepper, kernel_stepper

Array = np.ndarray
ACTIVATIONS = ("relu", "leaky_relu", "tanh", "sigmoid", "linear", "gelu", "selu")
OPTIMIZERS = ("sgd", "momentum", "nesterov", "adagrad", "rmsprop", "adam")
STEPPERS = {"kernel": kernel_stepper, "class": ClassStepper}
TOLERANCE = 1e-9
MOMENTUM = 0.8

ALPHA, SCALE = 1.6732632423543772848170429916717, 1.0507009873554804934193349852946
FORMULAS: dict[str, tuple[Callable[[Array], Array], Callable[[Array], Array]]] = {
    "relu": (lambda a: a * (a > 0), lambda a: 1.0 * (a > 0)),
    "leaky_relu": (lambda a: np.where(a < 0, 0.01 * a, a), lambda a: np.where(a < 0, 0.01, 1.0)),
    "tanh": (np.tanh, lambda a: 1 / np.cosh(a) ** 2),
    "sigmoid": (lambda a: (1 + np.tanh(a / 2)) / 2, lambda a: 1 / (4 * np.cosh(a / 2) ** 2)),
    "linear": (lambda a: a, np.ones_like),
    "gelu": (
        lambda a: a * (1 + erf(a / math.sqrt(2))) / 2,
        lambda a: (1 + erf(a / math.sqrt(2))) / 2 + a * np.exp(-(a**2) / 2) / math.sqrt(2 * math.pi),
    ),
    "selu": (
        lambda a: SCALE * (np.maximum(0, a) + np.minimum(0, ALPHA * (np.exp(a) - 1))),
        lambda a: SCALE * np.where(a > 0, 1.0, ALPHA * np.exp(a)),
    ),
}
"""φ and φ' of the pre-activation, each from its definition."""


@pytest.fixture(scope="module")
def data() -> Dataset:
    rng = np.random.default_rng(7)
    x, t = rng.normal(size=(40, 5)), rng.integers(0, 3, 40)
    return Dataset("points", x, t, x[:0], t[:0], ("a", "b", "c"), None)


def spec(activation: str, optimizer: str, depth: int, **more: object) -> TrainingSpec:
    values: dict[str, object] = {
        "activation": activation, "optimizer": optimizer, "hidden_sizes": (6,) * depth, "init": "glorot",
        "weight_decay": 0.01, "momentum": MOMENTUM,
        # the first step of these two is many times the rate, and 20 layers of selu would multiply roundings
        "learning_rate": 0.001 if optimizer in ("rmsprop", "adam") else 0.01, "batch_size": 8, "steps": 6,
        "dtype": "float64", "seed": 3,
    }  # fmt: skip
    return TrainingSpec.from_values({**values, **more})


def loss_and_gradients(weights: list[Array], biases: list[Array], activation: str, x: Array, t: Array):
    """Sum over the samples one by one; e^logit is small enough here to be divided plainly."""
    phi, slope = FORMULAS[activation]
    total = 0.0
    to_weights, to_biases = [np.zeros_like(w) for w in weights], [np.zeros_like(b) for b in biases]
    for row, label in zip(x, t, strict=True):
        sums, values = [], [row]
        for layer, (w, b) in enumerate(zip(weights, biases, strict=True)):
            sums.append(w.T.dot(values[-1]) + b)
            values.append(sums[-1] if layer == len(weights) - 1 else phi(sums[-1]))
        share = np.exp(values[-1]) / sum(np.exp(values[-1]))
        total -= math.log(share[label]) / len(x)
        error = (share - np.eye(len(share))[label]) / len(x)
        for layer in reversed(range(len(weights))):
            to_weights[layer] += np.outer(values[layer], error)
            to_biases[layer] += error
            if layer:
                error = weights[layer].dot(error) * slope(sums[layer - 1])
    return total, to_weights, to_biases


def rule(optimizer: str, p: Array, g: Array, memory: dict[str, Array], k: int, lr: float) -> Array:
    """The parameter after step k (from 1), by the formulas of PyTorch's documentation."""
    zero = np.zeros_like(p)
    if optimizer == "sgd":
        return p - lr * g
    if optimizer in ("momentum", "nesterov"):
        memory["b"] = g if k == 1 else MOMENTUM * memory["b"] + g
        return p - lr * (memory["b"] if optimizer == "momentum" else g + MOMENTUM * memory["b"])
    if optimizer == "adagrad":
        memory["sum"] = memory.get("sum", zero) + g**2
        return p - lr * g / (np.sqrt(memory["sum"]) + 1e-10)
    if optimizer == "rmsprop":
        memory["v"] = 0.99 * memory.get("v", zero) + 0.01 * g**2
        return p - lr * g / (np.sqrt(memory["v"]) + 1e-8)
    memory["m"] = 0.9 * memory.get("m", zero) + 0.1 * g
    memory["v"] = 0.999 * memory.get("v", zero) + 0.001 * g**2
    return p - lr * (memory["m"] / (1 - 0.9**k)) / (np.sqrt(memory["v"] / (1 - 0.999**k)) + 1e-8)


@cache
def by_formulas(spec: TrainingSpec, data: Dataset) -> tuple[Array, Array, list[Array]]:
    """Losses (steps,), gradient norms (steps, n_params) and the parameters after each step, flat, of a run."""
    rng = np.random.RandomState(spec.seed)
    widths = [data.n_features, *spec.hidden_sizes, data.n_classes]
    weights = [math.sqrt(2 / (n + m)) * rng.randn(n, m) for n, m in pairwise(widths)]
    biases = [np.zeros(m) for m in widths[1:]]
    memories: list[dict[str, Array]] = [{} for _ in range(2 * len(weights))]
    losses, norms, params = [], [], []
    for k in range(1, spec.steps + 1):
        batch = rng.choice(data.n_train, spec.batch_size)
        loss, to_w, to_b = loss_and_gradients(
            weights, biases, spec.activation, data.x_train[batch], data.t_train[batch]
        )
        losses.append(loss)
        norms.append([math.sqrt((g**2).sum()) for pair in zip(to_w, to_b, strict=True) for g in pair])
        for layer, (w, b) in enumerate(zip(weights, biases, strict=True)):
            decayed = to_w[layer] + spec.weight_decay * w
            weights[layer] = rule(spec.optimizer, w, decayed, memories[2 * layer], k, spec.learning_rate)
            biases[layer] = rule(spec.optimizer, b, to_b[layer], memories[2 * layer + 1], k, spec.learning_rate)
        parts = [part.ravel() for pair in zip(weights, biases, strict=True) for part in pair]
        params.append(np.concatenate(parts))
    return np.array(losses), np.array(norms), params


@pytest.mark.parametrize("how", STEPPERS)
@pytest.mark.parametrize("depth", [1, 3, 20])
@pytest.mark.parametrize("activation", ACTIVATIONS)
def test_gradients_updates_and_runs_are_those_of_the_formulas(
    data: Dataset, activation: str, depth: int, how: str
) -> None:
    for optimizer in OPTIMIZERS:
        wanted = spec(activation, optimizer, depth)
        losses, norms, params = by_formulas(wanted, data)
        for steps in (1, wanted.steps):
            engine = Engine(wanted.replaced(steps=steps), data, STEPPERS[how])
            engine.train(steps)
            history = engine.recording.by_step[:steps]
            np.testing.assert_allclose(history[:, 0], losses[:steps], rtol=0, atol=TOLERANCE, err_msg=optimizer)
            np.testing.assert_allclose(history[:, 1:], norms[:steps], rtol=0, atol=TOLERANCE, err_msg=optimizer)
            np.testing.assert_allclose(engine.params, params[steps - 1], rtol=0, atol=TOLERANCE, err_msg=optimizer)


def test_pytorch_takes_the_same_steps(data: Dataset) -> None:
    torch = pytest.importorskip("torch")
    functional, optim = torch.nn.functional, torch.optim
    phis = {name: getattr(functional, name) for name in ("relu", "leaky_relu", "gelu", "selu")}
    phis |= {"tanh": torch.tanh, "sigmoid": torch.sigmoid, "linear": lambda a: a}
    rules = {
        "sgd": optim.SGD, "adagrad": optim.Adagrad, "rmsprop": optim.RMSprop, "adam": optim.Adam,
        "momentum": lambda groups, lr: optim.SGD(groups, lr=lr, momentum=MOMENTUM),
        "nesterov": lambda groups, lr: optim.SGD(groups, lr=lr, momentum=MOMENTUM, nesterov=True),
    }  # fmt: skip
    for activation, optimizer, depth in ((a, o, d) for a in ACTIVATIONS for o in OPTIMIZERS for d in (1, 3, 20)):
        wanted = spec(activation, optimizer, depth)
        engine = Engine(wanted, data, kernel_stepper)
        tensors = [torch.tensor(p.copy(), requires_grad=True) for p in engine.layout.views(engine.params).values()]
        groups = [{"params": tensors[::2], "weight_decay": wanted.weight_decay}, {"params": tensors[1::2]}]
        opt = rules[optimizer](groups, lr=wanted.learning_rate)
        stream = np.random.RandomState(wanted.seed)
        for shape in engine.layout.shapes.values():
            if len(shape) == 2:
                stream.randn(*shape)
        engine.train(wanted.steps)
        for step in range(wanted.steps):
            batch = stream.choice(data.n_train, wanted.batch_size)
            h = torch.tensor(data.x_train[batch])
            for layer in range(depth + 1):
                a = h @ tensors[2 * layer] + tensors[2 * layer + 1]
                h = a if layer == depth else phis[activation](a)
            loss = functional.cross_entropy(h, torch.tensor(data.t_train[batch]))
            opt.zero_grad()
            loss.backward()
            norms = [float(tensor.grad.norm()) for tensor in tensors]
            recorded = engine.recording.by_step[step]
            np.testing.assert_allclose(recorded, [loss.item(), *norms], rtol=0, atol=TOLERANCE, err_msg=optimizer)
            opt.step()
        reached = np.concatenate([tensor.detach().numpy().ravel() for tensor in tensors])
        np.testing.assert_allclose(engine.params, reached, rtol=0, atol=TOLERANCE, err_msg=f"{activation} {optimizer}")
