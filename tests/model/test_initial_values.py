"""Initial values and the runs that begin with them, against a plain NumPy script written out anew."""

import math

import numpy as np
import pytest
from scipy.stats import kstest, truncnorm

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
    gains = values.get("layer_gains", (1.0,))
    gain = gains[layer - 1] if len(gains) > 1 else gains[0]
    std = {"he": math.sqrt(2 / fan_in), "torch": 1 / math.sqrt(3 * fan_in)}.get(str(values.get("init")), 0.4)
    if values.get("init") == "torch":
        return gain * rng.uniform(-math.sqrt(3), math.sqrt(3), (fan_in, fan_out)) * std
    z = rng.randn(fan_in, fan_out)
    if values.get("init_distribution") == "truncated":
        again = np.random.default_rng([BASE.seed, 1000 + layer])
        while (np.abs(z) > 2).any():
            z[np.abs(z) > 2] = again.standard_normal((np.abs(z) > 2).sum())
        z = z / truncnorm(-2, 2).std()
    return std * z * gain


def draw_bias(layer: int, values: dict[str, object]) -> Array:
    std = float(values.get("bias_init_std", 0))
    if values.get("init") == "torch":
        fan_in, fan_out = SIZES[layer - 1 : layer + 1]
        return np.random.default_rng([BASE.seed, layer]).uniform(-1, 1, fan_out) / math.sqrt(fan_in)
    return std * np.random.default_rng([BASE.seed, layer]).standard_normal(SIZES[layer])


KNOBS: dict[str, dict[str, object]] = {
    "biases": {"bias_init_std": 0.3},
    "one gain": {"layer_gains": (0.5,)},
    "a gain a layer": {"layer_gains": (2.0, 0.5, 0.01)},
    "torch": {"init": "torch"},
    "torch, with what does not matter to it": {
        "init": "torch",
        "init_distribution": "truncated",
        "bias_init_std": 3.0,
        "weight_init_std": 7.0,
    },
    "torch with gains": {"init": "torch", "layer_gains": (1.0, 2.0, 0.01)},
    "truncated": {"init_distribution": "truncated"},
    "truncated, he": {"init": "he", "init_distribution": "truncated", "bias_init_std": 0.1},
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
        5, (7, 6), 3, spec.weight_init_std, activation="tanh", init=spec.init, distribution=spec.init_distribution,
        rng=np.random.RandomState(3), seed=3, layer_gains=spec.layer_gains, bias_init_std=spec.bias_init_std,
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


@pytest.mark.parametrize("init", ["std", "lecun", "glorot", "he", "torch", "orthogonal"])
@pytest.mark.parametrize("distribution", ["normal", "uniform", "truncated"])
def test_weights_have_the_variance_of_their_scheme_in_every_distribution(data, init, distribution) -> None:
    spec = BASE.replaced(hidden_sizes=(300, 400), init=init, init_distribution=distribution, weight_init_std=0.03)
    initial = Engine(spec, data, ClassStepper).recording.initial
    for fan_in, fan_out, w in ((5, 300, initial["W1"]), (300, 400, initial["W2"]), (400, 3, initial["W3"])):
        variance = {
            "std": 0.03**2, "lecun": 1 / fan_in, "glorot": 2 / (fan_in + fan_out), "he": 2 / fan_in,
            "torch": 1 / fan_in / 3, "orthogonal": 1 / max(fan_in, fan_out),
        }[init]  # fmt: skip
        assert np.square(w).mean() == pytest.approx(variance, rel=5 * math.sqrt(2 / w.size))
        assert abs(w.mean()) < 5 * math.sqrt(variance / w.size)


def test_truncated_weights_are_a_normal_density_cut_at_two_standard_deviations(data) -> None:
    spec = BASE.replaced(hidden_sizes=(300, 400), init_distribution="truncated", weight_init_std=0.03)
    w = Engine(spec, data, ClassStepper).recording.initial["W2"].ravel()
    cut = truncnorm(-2, 2)
    assert np.abs(w).max() <= 2 * 0.03 / cut.std()
    assert kstest(w / 0.03 * cut.std(), cut.cdf).pvalue > 0.001
    plain = Engine(spec.replaced(init_distribution="normal"), data, ClassStepper)
    kept = np.abs(plain.recording.initial["W2"].ravel()) <= 2 * 0.03
    np.testing.assert_allclose(w[kept], plain.recording.initial["W2"].ravel()[kept] / cut.std(), rtol=1e-12)


def test_biases_of_torch_are_uniform_with_a_third_of_the_variance_of_a_mean(data) -> None:
    initial = Engine(BASE.replaced(hidden_sizes=(20_000, 10), init="torch"), data, ClassStepper).recording.initial
    assert np.square(initial["b1"]).mean() == pytest.approx(1 / 15, rel=0.03)
    assert np.abs(initial["b1"]).max() <= 1 / math.sqrt(5)
    assert np.abs(initial["b2"]).max() <= 1 / math.sqrt(20_000)


# PyTorch, where it is installed

TORCH = {
    "torch": None, "lecun": ("normal_", "uniform_"), "he": ("kaiming_normal_", "kaiming_uniform_"),
    "glorot": ("xavier_normal_", "xavier_uniform_"), "orthogonal": ("orthogonal_", "orthogonal_"),
}  # fmt: skip


@pytest.mark.parametrize("init", TORCH)
@pytest.mark.parametrize("distribution", ["normal", "uniform", "truncated"])
def test_variances_are_those_of_pytorch(data, init, distribution) -> None:
    torch = pytest.importorskip("torch")
    torch.manual_seed(0)
    fan_in, fan_out = 300, 400
    spec = BASE.replaced(hidden_sizes=(fan_in, fan_out), init=init, init_distribution=distribution)
    initial = Engine(spec, data, ClassStepper).recording.initial
    linear = torch.nn.Linear(fan_in, fan_out, dtype=torch.float64)
    if distribution == "truncated" and init not in ("orthogonal", "torch"):
        std = {"lecun": 1 / fan_in, "glorot": 2 / (fan_in + fan_out), "he": 2 / fan_in}[init] ** 0.5
        whole = std / truncnorm(-2, 2).std()
        torch.nn.init.trunc_normal_(linear.weight, std=whole, a=-2 * whole, b=2 * whole)
    elif init == "lecun":
        edge = (3 / fan_in) ** 0.5
        in_place = getattr(torch.nn.init, TORCH[init][distribution == "uniform"])
        in_place(linear.weight, *((-edge, edge) if distribution == "uniform" else (0, fan_in**-0.5)))
    elif TORCH[init]:
        options = {"nonlinearity": "relu"} if init == "he" else {}
        getattr(torch.nn.init, TORCH[init][distribution == "uniform"])(linear.weight, **options)
    theirs, ours = linear.weight.detach().numpy(), initial["W2"]
    assert np.square(ours).mean() == pytest.approx(np.square(theirs).mean(), rel=7 * math.sqrt(2 / ours.size))
    for quantile in (0.05, 0.5, 0.95):
        assert np.quantile(ours, quantile) == pytest.approx(np.quantile(theirs, quantile), abs=0.05 * ours.std())
    if init == "torch":
        biases = torch.nn.Linear(fan_in, 50_000).bias.detach().numpy()
        wide = Engine(BASE.replaced(hidden_sizes=(fan_in, 3000), init="torch"), data, ClassStepper).recording.initial
        assert np.square(wide["b2"]).mean() == pytest.approx(np.square(biases).mean(), rel=0.1)
        assert np.abs(wide["b2"]).max() <= np.abs(biases).max() * 1.001


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
    "values",
    [
        {"bias_init_std": 0.5},
        {"layer_gains": (1.0, 0.5, 2.0, 1.0)},
        {"bias_init_std": 0.3, "init": "he"},
        {"init": "torch"},
        {"init_distribution": "truncated"},
    ],
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
