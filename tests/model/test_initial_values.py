"""Initial values and the runs that begin with them, against a plain NumPy script written out anew."""

import math

import numpy as np
import pytest

from model.data.dataset import Dataset
from model.insight.variance import criticality, expected_variances, seed_variances
from model.network.multi_layer_net import MultiLayerNet
from model.training import memory
from model.training.engine import Engine
from model.training.knob import SpecError
from model.training.spec import TrainingSpec
from model.training.stepper import ClassStepper, kernel_stepper

Array = np.ndarray
STEPPERS = {"kernel": kernel_stepper, "class": ClassStepper}
SIZES = (5, 7, 6, 3)
BASE = TrainingSpec(
    hidden_sizes=SIZES[1:-1], activation="tanh", batch_size=8, steps=40, dtype="float64", seed=3, weight_init_std=0.4
)


@pytest.fixture(scope="module")
def data() -> Dataset:
    rng = np.random.default_rng(7)
    x, t = rng.normal(size=(40, SIZES[0])), rng.integers(0, SIZES[-1], 40)
    return Dataset("points", x, t, x[:0], t[:0], ("a", "b", "c"), None)


def script(data: Dataset, values: dict[str, object]) -> tuple[list[float], dict[str, Array]]:
    """Draw, then train a tanh network by plain SGD: what anybody would write with the seed and the formulas at hand."""
    rng = np.random.RandomState(BASE.seed)
    weights = [draw(rng, layer, values) for layer in (1, 2, 3)]
    biases = [draw_bias(layer, values) for layer in (1, 2, 3)]
    losses = []
    for _ in range(BASE.steps):
        rows = rng.choice(len(data.x_train), BASE.batch_size)
        outputs = [data.x_train[rows]]
        for w, b in zip(weights, biases, strict=True):
            z = outputs[-1] @ w + b
            outputs.append(z if w is weights[-1] else np.tanh(z))
        shares = np.exp(outputs[-1])
        shares /= shares.sum(axis=1, keepdims=True)
        truth = np.eye(3)[data.t_train[rows]]
        losses.append(float(-np.log(shares[truth == 1]).mean()))
        delta = (shares - truth) / len(rows)
        for layer in (2, 1, 0):
            to_w, to_b = outputs[layer].T @ delta, delta.sum(axis=0)
            delta = (delta @ weights[layer].T) * (1 - outputs[layer] ** 2)
            weights[layer] -= BASE.learning_rate * to_w
            biases[layer] -= BASE.learning_rate * to_b
    found = {f"W{k}": w for k, w in enumerate(weights, 1)} | {f"b{k}": b for k, b in enumerate(biases, 1)}
    return losses, found


def draw(rng: np.random.RandomState, layer: int, values: dict[str, object]) -> Array:
    fan_in, fan_out = SIZES[layer - 1 : layer + 1]
    z = rng.randn(fan_in, fan_out)
    std = {"he": math.sqrt(2 / fan_in)}.get(str(values.get("init")), 0.4)
    gains = values.get("layer_gains", (1.0,))
    return std * z * (gains[layer - 1] if len(gains) > 1 else gains[0])


def draw_bias(layer: int, values: dict[str, object]) -> Array:
    std = float(values.get("bias_init_std", 0))
    return std * np.random.default_rng([BASE.seed, layer]).standard_normal(SIZES[layer])


KNOBS: dict[str, dict[str, object]] = {
    "biases": {"bias_init_std": 0.3},
    "one gain": {"layer_gains": (0.5,)},
    "a gain a layer": {"layer_gains": (2.0, 0.5, 0.01)},
    "all of them": {"init": "he", "layer_gains": (1.0, 1.5, 0.1), "bias_init_std": 0.2},
}


@pytest.mark.parametrize("how", STEPPERS)
@pytest.mark.parametrize("values", KNOBS.values(), ids=KNOBS)
def test_a_run_with_other_initial_values_is_what_a_script_makes_of_them(data, values, how) -> None:
    engine = Engine(BASE.replaced(**values), data, STEPPERS[how])
    engine.train(BASE.steps)
    losses, parameters = script(data, values)
    np.testing.assert_allclose(engine.recording.by_step[: BASE.steps, 0], losses, rtol=1e-9)
    for name, value in engine.final_parameters().items():
        np.testing.assert_allclose(value, parameters[name], rtol=1e-9, atol=1e-12)


@pytest.mark.parametrize("values", KNOBS.values(), ids=KNOBS)
def test_the_readable_class_begins_with_the_same_values(data, values) -> None:
    spec = BASE.replaced(**values)
    net = MultiLayerNet(
        5, (7, 6), 3, 0.4, activation="tanh", init=spec.init, rng=np.random.RandomState(3), seed=3,
        layer_gains=spec.layer_gains, bias_init_std=spec.bias_init_std,
    )  # fmt: skip
    for name, value in Engine(spec, data, ClassStepper).recording.initial.items():
        np.testing.assert_array_equal(net.params[name], value)


@pytest.mark.parametrize("values", [{"bias_init_std": 0.3}, {"layer_gains": (2.0,)}])
def test_neither_biases_nor_gains_change_the_stream_of_weights_and_batches(data, values) -> None:
    plain, other = (Engine(spec, data, ClassStepper) for spec in (BASE, BASE.replaced(**values)))
    assert np.array_equal(plain.stream, other.stream)
    gain = values.get("layer_gains", (1.0,))[0]
    np.testing.assert_array_equal(other.recording.initial["W2"], gain * plain.recording.initial["W2"])


def test_biases_have_the_std_asked_for_and_a_generator_for_each_layer(data) -> None:
    spec = BASE.replaced(hidden_sizes=(20_000, 20), bias_init_std=0.5, weight_init_std=0.0)
    initial = Engine(spec, data, ClassStepper).recording.initial
    assert initial["b1"].std() == pytest.approx(0.5, rel=0.02)
    assert abs(initial["b1"].mean()) < 0.02
    assert not np.array_equal(initial["b1"][:20], initial["b2"])


@pytest.mark.parametrize("gains", [(1.0, 1.0), (1.0,) * 4])
def test_gains_that_are_neither_one_nor_one_for_each_layer_are_refused_with_both_numbers(data, gains) -> None:
    with pytest.raises(SpecError) as refused:
        memory.check(BASE.replaced(layer_gains=gains), data)
    text = str(refused.value.messages["layer_gains"])
    assert "one factor, or 3" in text
    assert str(len(gains)) in text


# ── what theory says of them ─────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("activation", ["tanh", "relu"])
@pytest.mark.parametrize(
    "values", [{"bias_init_std": 0.5}, {"layer_gains": (1.0, 0.5, 2.0, 1.0)}, {"bias_init_std": 0.3, "init": "he"}]
)
def test_theory_meets_the_median_of_many_wide_networks(data, activation, values) -> None:
    spec = BASE.replaced(hidden_sizes=(400, 400, 400), activation=activation, init="lecun").replaced(**values)
    frame = Engine(spec.replaced(steps=0), data, ClassStepper).recording.frame()
    expected, measured = expected_variances(frame), seed_variances(frame)
    for way, tolerance in (("forward", 0.12), ("correlation", 0.06), ("backward", 0.35)):
        median = np.median([getattr(one, way) for one in measured], axis=0)
        np.testing.assert_allclose(getattr(expected, way), median, rtol=tolerance, atol=0.02)


def test_the_criticality_of_a_layer_reckons_with_its_own_gain_and_with_biases(data) -> None:
    spec = BASE.replaced(hidden_sizes=(100, 100), init="lecun", layer_gains=(1.0, math.sqrt(1.7610), 1.0))
    frame = Engine(spec.replaced(bias_init_std=math.sqrt(0.05)), data, ClassStepper).recording.frame()
    between, behind = criticality(frame)
    assert (between.sigma_w2, between.sigma_b2) == pytest.approx((1.7610, 0.05))
    assert between.chi == pytest.approx(1, abs=1e-4)  # a point of the critical line of tanh
    assert behind.sigma_w2 == pytest.approx(1)
    assert behind.chi < 1
