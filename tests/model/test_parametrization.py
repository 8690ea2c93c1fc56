"""Runs under μP against the rules of its table, written out anew in plain NumPy."""

import math

import numpy as np
import pytest

from model.data.dataset import Dataset
from model.insight.first_update import first_step
from model.network.initializers import lsuv_sample
from model.network.multi_layer_net import MultiLayerNet
from model.training.engine import Engine
from model.training.idle import idle_knobs
from model.training.replaying import Replay
from model.training.spec import TrainingSpec
from model.training.stepper import ClassStepper, kernel_stepper

STEPPERS = {"kernel": kernel_stepper, "class": ClassStepper}
OPTIMIZERS = ("sgd", "momentum", "nesterov", "adagrad", "rmsprop", "adam")
BASE = 4
HIDDEN = (8, 6, 12)
STEPS = 12


@pytest.fixture(scope="module")
def data() -> Dataset:
    rng = np.random.default_rng(7)
    x, t = rng.normal(size=(40, 5)), rng.integers(0, 3, 40)
    return Dataset("points", x, t, x[:0], t[:0], ("a", "b", "c"), None)


def spec(optimizer: str, **more: object) -> TrainingSpec:
    values: dict[str, object] = {
        "optimizer": optimizer, "parametrization": "mup", "base_width": BASE, "hidden_sizes": HIDDEN, "init": "he",
        "activation": "tanh", "dtype": "float64", "seed": 3, "batch_size": 8, "steps": STEPS, "momentum": 0.8,
        "weight_decay": 0.01, "learning_rate": 0.001 if optimizer in ("rmsprop", "adam") else 0.01,
    }  # fmt: skip
    return TrainingSpec.from_values({**values, **more})


def table(optimizer: str, hidden: tuple[int, ...]) -> tuple[list[float], list[float]]:
    """What the rates of W and of b are multiplied by, layer by layer, as the table of μP has it."""
    m = [width / BASE for width in hidden]
    if optimizer in ("sgd", "momentum", "nesterov"):
        inner = [m[k] / m[k - 1] for k in range(1, len(m))]
        return [m[0], *inner, 1 / m[-1]], [*m, 1.0]
    return [1.0, *(1 / width for width in m)], [1.0] * (len(m) + 1)


def by_table(spec: TrainingSpec, data: Dataset) -> tuple[list[float], list[np.ndarray]]:
    """Losses, and W1, b1, W2, … after the last step, of a tanh network that begins with He's scheme."""
    rng = np.random.RandomState(spec.seed)
    widths = [data.n_features, *spec.hidden_sizes, data.n_classes]
    n_layers = len(widths) - 1
    params: list[np.ndarray] = []
    for k in range(n_layers):
        std = math.sqrt(2 / widths[k])
        if k == n_layers - 1:
            std /= math.sqrt(widths[k] / BASE)
        params += [std * rng.randn(widths[k], widths[k + 1]), np.zeros(widths[k + 1])]
    for_weights, for_biases = table(spec.optimizer, spec.hidden_sizes)
    factors = [factor for pair in zip(for_weights, for_biases, strict=True) for factor in pair]
    memory = [{"v": np.zeros_like(p), "s": np.zeros_like(p)} for p in params]
    losses = []
    for step in range(1, spec.steps + 1):
        batch = rng.choice(data.n_train, spec.batch_size)
        x, t = data.x_train[batch], data.t_train[batch]
        h = [x]
        for k in range(n_layers):
            z = h[-1] @ params[2 * k] + params[2 * k + 1]
            h.append(np.tanh(z) if k < n_layers - 1 else z)
        p = np.exp(h[-1])
        p /= p.sum(axis=1, keepdims=True)
        losses.append(float(-np.log(p[np.arange(len(t)), t]).mean()))
        delta = (p - np.eye(data.n_classes)[t]) / len(t)
        gradients: list[np.ndarray] = [np.empty(0)] * len(params)
        for k in reversed(range(n_layers)):
            gradients[2 * k], gradients[2 * k + 1] = h[k].T @ delta, delta.sum(axis=0)
            delta = delta @ params[2 * k].T * (1 - h[k] ** 2)
        for k, g in enumerate(gradients):
            rate = spec.learning_rate * factors[k]
            decay = spec.weight_decay * spec.learning_rate / rate  # of a rate and a decay the product stays
            pull = g + decay * params[k] if k % 2 == 0 else g
            params[k] = params[k] - rate * direction(spec, pull, memory[k], step)
    return losses, params


def direction(spec: TrainingSpec, g: np.ndarray, memory: dict[str, np.ndarray], step: int) -> np.ndarray:
    """What the rate is multiplied by, by the formulas of PyTorch's documentation."""
    match spec.optimizer:
        case "sgd":
            return g
        case "momentum" | "nesterov":
            memory["v"] = spec.momentum * memory["v"] + g
            return memory["v"] if spec.optimizer == "momentum" else g + spec.momentum * memory["v"]
        case "adagrad":
            memory["s"] = memory["s"] + g**2
            return g / (np.sqrt(memory["s"]) + 1e-10)
        case "rmsprop":
            memory["s"] = 0.99 * memory["s"] + 0.01 * g**2
            return g / (np.sqrt(memory["s"]) + 1e-8)
    memory["v"] = 0.9 * memory["v"] + 0.1 * g
    memory["s"] = 0.999 * memory["s"] + 0.001 * g**2
    return memory["v"] / (1 - 0.9**step) / (np.sqrt(memory["s"] / (1 - 0.999**step)) + 1e-8)


def trained(spec: TrainingSpec, data: Dataset, stepper: str = "kernel") -> Engine:
    engine = Engine(spec, data, STEPPERS[stepper])
    engine.train(spec.steps)
    return engine


@pytest.mark.parametrize("stepper", STEPPERS)
@pytest.mark.parametrize("optimizer", OPTIMIZERS)
def test_a_run_under_mup_follows_the_table_to_nine_digits(optimizer: str, stepper: str, data: Dataset) -> None:
    run = spec(optimizer)
    engine = trained(run, data, stepper)
    losses, params = by_table(run, data)
    np.testing.assert_allclose(engine.recording.by_step[:STEPS, 0], losses, rtol=1e-9)
    for view, expected in zip(engine.layout.views(engine.params).values(), params, strict=True):
        np.testing.assert_allclose(view, expected, rtol=1e-9, atol=1e-12)


@pytest.mark.parametrize("optimizer", OPTIMIZERS)
def test_the_first_step_that_insight_makes_is_the_run_s(optimizer: str, data: Dataset) -> None:
    run = spec(optimizer, steps=1)
    engine = trained(run, data)
    frame = engine.recording.frame()
    step = first_step(frame.initial, data, run, frame.layout)
    for name, view in engine.layout.views(engine.params).items():
        np.testing.assert_allclose(step.updated[name], view, rtol=1e-9, atol=1e-15)


@pytest.mark.parametrize("init", ["std", "lecun", "glorot", "he", "orthogonal", "lsuv"])
@pytest.mark.parametrize("optimizer", ["momentum", "adam"])
def test_at_the_base_width_mup_is_the_standard_parametrisation(init: str, optimizer: str, data: Dataset) -> None:
    mup = spec(optimizer, init=init, hidden_sizes=(BASE, BASE))
    ours, usual = trained(mup, data), trained(mup.replaced(parametrization="standard"), data)
    assert np.array_equal(ours.params, usual.params)


@pytest.mark.parametrize("init", ["std", "lecun", "glorot", "he", "orthogonal"])
def test_under_mup_the_std_of_each_layer_follows_the_table_from_that_of_the_base(init: str, data: Dataset) -> None:
    wide = Engine(spec("sgd", init=init, hidden_sizes=(64, 64)), data, ClassStepper).recording.stds
    base = Engine(spec("sgd", init=init, hidden_sizes=(BASE, BASE)), data, ClassStepper).recording.stds
    m = 64 / BASE
    np.testing.assert_allclose(wide, [base[0], base[1] / math.sqrt(m), base[2] / m])


def test_under_mup_lsuv_gives_hidden_layers_variance_1_and_quietens_the_logits(data: Dataset) -> None:
    run = spec("sgd", init="lsuv", hidden_sizes=(64, 64))
    mup, usual = (Engine(each, data, ClassStepper).recording.stds for each in (run, run.replaced(base_width=64)))
    assert mup[:2] == usual[:2]
    assert mup[2] == pytest.approx(usual[2] / 4)


def test_the_class_has_the_weights_of_the_run(data: Dataset) -> None:
    run = spec("sgd", init="lsuv")
    sample = lsuv_sample(data.x_train, run.dataset, run.data_seed)
    options = {"activation": "tanh", "init": "lsuv", "rng": np.random.RandomState(3), "sample": sample}
    net = MultiLayerNet(5, HIDDEN, 3, **options, parametrization="mup", base_width=BASE)
    engine = Engine(run, data, ClassStepper)
    for name, view in engine.layout.views(engine.params).items():
        assert np.array_equal(net.params[name], view), name


@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_a_rate_so_large_that_it_diverges_under_mup_is_noticed_at_its_step(dtype: str, data: Dataset) -> None:
    run = spec("sgd", activation="linear", learning_rate=1e3, steps=200, base_width=1, hidden_sizes=(50,), dtype=dtype)
    kernel, by_class = (trained(run, data, stepper).recording.frame().divergence for stepper in STEPPERS)
    assert kernel is not None
    assert by_class is not None
    assert abs(kernel.step - by_class.step) <= 2


def test_a_run_under_mup_is_replayed_to_the_same_bit_with_its_edits(data: Dataset) -> None:
    engine = Engine(spec("adam", steps=40), data, kernel_stepper)
    engine.train(20)
    engine.edit("learning_rate", 0.02)
    engine.edit("weight_decay", 0.1)
    engine.train(40)
    again = Replay(engine, kernel_stepper)
    assert again.run(lambda: False)
    assert np.array_equal(again.engine.params, engine.params)


def test_the_base_width_counts_under_mup_only(data: Dataset) -> None:
    mup = spec("sgd")
    standard = mup.replaced(parametrization="standard")
    assert "base_width" in idle_knobs(standard)
    assert "base_width" not in idle_knobs(mup)
    ones = [trained(standard.replaced(base_width=width), data).params for width in (1, 64)]
    assert np.array_equal(*ones)
