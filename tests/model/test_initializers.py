"""The schemes that begin with orthonormal matrices: what they promise, and what they do where they cannot keep it."""

from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from model.data.dataset import DataRequest, Dataset
from model.data.prepare import load
from model.figures.figure import View
from model.figures.panels import PANELS
from model.network.activations import ACTIVATIONS
from model.network.initializers import (
    LSUV_ROWS,
    LSUV_TOLERANCE,
    ORTHONORMAL,
    layer_factors,
    layer_scales,
    lsuv_sample,
    orthonormal,
)
from model.network.multi_layer_net import MultiLayerNet
from model.network.two_layer_net import TwoLayerNet
from model.training import initial as initial_module
from model.training import memory
from model.training.engine import Engine
from model.training.spec import TrainingSpec
from model.training.stepper import ClassStepper, kernel_stepper

FLOAT64 = TrainingSpec(dtype="float64", steps=3)


@pytest.fixture(scope="module")
def digits() -> Dataset:
    return load(DataRequest())


def made(spec: TrainingSpec, data: Dataset) -> Engine:
    return Engine(spec, data, ClassStepper)


def batches(data: Dataset, spec: TrainingSpec) -> list[np.ndarray]:
    """Draw the batches as the contract says: after the noise, from the same stream."""
    rng = np.random.RandomState(spec.seed)
    for shape in pairwise(data.layer_sizes(spec.hidden_sizes)):
        rng.randn(*shape)
    return [rng.choice(data.n_train, spec.batch_size) for _ in range(spec.steps)]


# ── orthogonal ───────────────────────────────────────────────────────────────────────────────────────────────────────


@given(st.integers(1, 40), st.integers(1, 40), st.integers(0, 99))
def test_columns_or_else_rows_are_of_length_1_and_at_right_angles(fan_in: int, fan_out: int, seed: int) -> None:
    q = orthonormal(np.random.RandomState(seed).randn(fan_in, fan_out))
    assert q.shape == (fan_in, fan_out)
    gram = q.T @ q if fan_in >= fan_out else q @ q.T
    np.testing.assert_allclose(gram, np.eye(min(fan_in, fan_out)), atol=1e-12)


@given(st.integers(1, 20), st.integers(1, 20))
def test_signs_are_fixed_so_that_r_has_a_positive_diagonal(fan_in: int, fan_out: int) -> None:
    z = np.random.RandomState(0).randn(fan_in, fan_out)
    q = orthonormal(z)
    r = q.T @ z if fan_in >= fan_out else q @ z.T
    assert (np.diag(r) > 0).all()
    np.testing.assert_allclose(np.tril(r, -1), 0, atol=1e-12)


def test_a_single_column_or_row_is_the_noise_at_length_1() -> None:
    z = np.random.RandomState(1).randn(7, 1)
    np.testing.assert_allclose(orthonormal(z), z / np.linalg.norm(z))
    np.testing.assert_allclose(orthonormal(z.T), z.T / np.linalg.norm(z))


@pytest.mark.parametrize("distribution", ["normal", "uniform"])
def test_the_orthogonal_start_is_made_of_the_noise_of_every_other_scheme(digits: Dataset, distribution: str) -> None:
    spec = FLOAT64.replaced(hidden_sizes=(100, 30), init_distribution=distribution)
    noise = made(spec.replaced(weight_init_std=1.0), digits).final_parameters()
    start = made(spec.replaced(init="orthogonal"), digits).final_parameters()
    for name in ("W1", "W2", "W3"):
        np.testing.assert_array_equal(start[name], orthonormal(noise[name]))
    assert not any(start[name].any() for name in ("b1", "b2", "b3"))


@pytest.mark.parametrize("init", ORTHONORMAL)
def test_the_batches_stay_those_of_every_other_scheme(digits: Dataset, init: str) -> None:
    spec = FLOAT64.replaced(init=init)
    engine = made(spec, digits)
    net = MultiLayerNet.from_params({k: v.copy() for k, v in engine.final_parameters().items()}, spec.activation)
    engine.train(spec.steps)
    for step, batch in enumerate(batches(digits, spec)):
        loss, grads = net.loss_and_gradient(digits.x_train[batch], digits.t_train[batch])
        assert engine.recording.by_step[step, 0] == pytest.approx(loss, abs=1e-12)
        for name, grad in grads.items():
            net.params[name] -= spec.learning_rate * grad


@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize("init", ORTHONORMAL)
@pytest.mark.parametrize("activation", ["relu", "tanh", "sigmoid", "gelu"])
@pytest.mark.parametrize("sizes", [(50,), (100, 20, 30)])
def test_engine_and_class_start_from_the_same_bits(
    digits: Dataset, dtype: str, init: str, activation: str, sizes: tuple[int, ...]
) -> None:
    spec = TrainingSpec(init=init, dtype=dtype, activation=activation, hidden_sizes=sizes, seed=3)
    sample = lsuv_sample(digits.x_train, "digits", 0)
    net = MultiLayerNet(
        64, sizes, 10, activation=activation, init=init, rng=np.random.RandomState(3), dtype=dtype, sample=sample
    )
    for name, value in Engine(spec, digits, kernel_stepper).final_parameters().items():
        assert value.dtype == net.params[name].dtype
        np.testing.assert_array_equal(value, net.params[name])


def test_the_textbook_class_takes_the_schemes_too() -> None:
    net = TwoLayerNet(8, 5, 3, init="orthogonal", rng=np.random.RandomState(0))
    np.testing.assert_allclose(net.params["W1"].T @ net.params["W1"], np.eye(5), atol=1e-12)


@pytest.mark.parametrize("init", ORTHONORMAL)
@pytest.mark.parametrize("sizes", [(50,), (100, 30), (1,)])
def test_the_stds_of_a_run_are_the_root_mean_squares_of_its_weights(
    digits: Dataset, init: str, sizes: tuple[int, ...]
) -> None:
    engine = made(FLOAT64.replaced(init=init, hidden_sizes=sizes), digits)
    measured = [np.sqrt(np.mean(w**2)) for name, w in engine.final_parameters().items() if name.startswith("W")]
    np.testing.assert_allclose(engine.recording.stds, measured, rtol=1e-12)
    if init == "orthogonal":
        fans = pairwise(digits.layer_sizes(sizes))
        np.testing.assert_allclose(engine.recording.stds, [max(shape) ** -0.5 for shape in fans], rtol=1e-12)


def test_the_dial_is_kept_and_unused_by_the_schemes(digits: Dataset) -> None:
    for init in ORTHONORMAL:
        starts = [made(TrainingSpec(init=init, weight_init_std=std), digits).params.tobytes() for std in (0.01, 5.0)]
        assert starts[0] == starts[1]
        assert TrainingSpec(init=init, weight_init_std=5.0).turned("weight_init_std", 2.0).init == "std"


# ── lsuv ─────────────────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("activation", ACTIVATIONS)
@pytest.mark.parametrize("request_", [DataRequest(), DataRequest(dataset="spirals", samples=3000)])
def test_every_pre_activation_has_variance_1_over_the_sample(request_: DataRequest, activation: str) -> None:
    data = load(request_)
    spec = FLOAT64.replaced(
        dataset=request_.dataset, samples=request_.samples, init="lsuv", activation=activation, hidden_sizes=(80, 40, 7)
    )
    net = MultiLayerNet.from_params(made(spec, data).final_parameters(), activation)
    outputs, pre_activations = net._forward(lsuv_sample(data.x_train, spec.dataset, spec.data_seed))
    for a in (*pre_activations, outputs[-1]):
        assert abs(np.var(a) - 1) <= LSUV_TOLERANCE + 1e-9


def test_lsuv_only_scales_the_orthogonal_start(digits: Dataset) -> None:
    orthogonal, lsuv = (made(FLOAT64.replaced(init=init), digits).final_parameters() for init in ORTHONORMAL)
    for name in ("W1", "W2"):
        ratio = lsuv[name] / orthogonal[name]
        np.testing.assert_allclose(ratio, ratio[0, 0], rtol=1e-9)
        assert ratio[0, 0] > 1


def test_a_layer_within_the_tolerance_is_left_as_it_is() -> None:
    x = np.array([[1.0], [-1.0]])
    assert layer_scales([np.eye(1)], "lsuv", 0.0, np.tanh, x * 1.009) == (1.0,)
    (scale,) = layer_scales([np.eye(1)], "lsuv", 0.0, np.tanh, x * 1.02)
    assert scale == pytest.approx(1 / 1.02)


def test_the_sample_is_fixed_by_the_data_set_and_its_seed_alone(digits: Dataset) -> None:
    x = np.arange(1500.0)[:, None]
    chosen = lsuv_sample(x, "digits", 0)
    assert len(chosen) == LSUV_ROWS
    assert (np.diff(chosen[:, 0]) > 0).all()
    np.testing.assert_array_equal(chosen, lsuv_sample(x, "digits", 0))
    assert (chosen != lsuv_sample(x, "digits", 1)).any()
    assert (chosen != lsuv_sample(x, "moons", 0)).any()
    np.testing.assert_array_equal(lsuv_sample(x[:100], "moons", 5), x[:100])
    seeds = [made(FLOAT64.replaced(init="lsuv", data_seed=seed), digits) for seed in (0, 0, 1)]
    assert seeds[0].params.tobytes() == seeds[1].params.tobytes() != seeds[2].params.tobytes()
    assert seeds[0].stream.tobytes() == seeds[2].stream.tobytes()


@pytest.mark.parametrize(
    "x",
    [np.zeros((4, 3)), np.full((4, 1), 0.3), np.full((4, 3), 0.1), np.full((4, 3), 1e308), np.full((4, 3), 5e-324)],
    ids=["zeros", "one constant input", "constant inputs", "sums beyond any float", "the smallest floats"],
)
def test_a_layer_without_a_usable_variance_stays_orthonormal(x: np.ndarray) -> None:
    rng = np.random.RandomState(0)
    for sizes in ((x.shape[1], 1, 2), (x.shape[1], 1, 1)):
        factors = layer_factors([rng.randn(*shape) for shape in pairwise(sizes)], "lsuv")
        scales = layer_scales(factors, "lsuv", 0.0, ACTIVATIONS["relu"].forward, x)
        assert scales[0] == 1.0
        assert np.isfinite(scales).all()
        assert all(scale > 0 for scale in scales)


def test_behind_a_dead_layer_the_weights_stay_orthonormal() -> None:
    factors = [-np.eye(3), np.eye(3)]
    x = np.array([[1.0, 2.0, 3.0], [2.0, 2.0, 1.0]])
    scales = layer_scales(factors, "lsuv", 0.0, ACTIVATIONS["relu"].forward, x)
    assert scales[0] != 1.0
    assert scales[1] == 1.0


def test_inputs_whose_squares_overflow_are_measured_all_the_same() -> None:
    x = np.random.default_rng(0).normal(0, 1e200, (50, 4))
    factors = layer_factors([np.random.RandomState(0).randn(4, 6)], "lsuv")
    (scale,) = layer_scales(factors, "lsuv", 0.0, np.tanh, x)
    assert np.var(x @ (scale * factors[0])) == pytest.approx(1, abs=LSUV_TOLERANCE)


def test_lsuv_without_a_sample_is_refused() -> None:
    with pytest.raises(ValueError, match="sample"):
        MultiLayerNet(4, (3,), 2, init="lsuv")


# ── cost ─────────────────────────────────────────────────────────────────────────────────────────────────────────────


def test_nothing_is_decomposed_or_sampled_unless_the_scheme_asks_for_it(
    digits: Dataset, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_: object) -> None:
        raise AssertionError

    monkeypatch.setattr(np.linalg, "qr", refuse)
    monkeypatch.setattr(initial_module, "lsuv_sample", refuse)
    for init in ("std", "lecun", "glorot", "he"):
        made(TrainingSpec(init=init, seed=77), digits)


def test_the_orthonormal_matrices_of_a_seed_are_made_once(digits: Dataset, monkeypatch: pytest.MonkeyPatch) -> None:
    spec = TrainingSpec(init="orthogonal", seed=78)
    made(spec, digits)
    monkeypatch.setattr(np.linalg, "qr", None)
    made(spec, digits)
    made(spec.replaced(init="lsuv", activation="tanh"), digits)


def test_the_memory_for_the_decomposition_is_counted() -> None:
    spec = TrainingSpec(hidden_sizes=(1000,))
    plain, more = (memory.bytes_needed(spec.replaced(init=init), 784, 10)["hidden_sizes"] for init in ("he", "lsuv"))
    assert more >= plain + 8 * 2 * 784 * 1000


# ── the panel of the weights ─────────────────────────────────────────────────────────────────────────────────────────


def density_of(spec: TrainingSpec, data: Dataset) -> dict[str, bool]:
    frame = made(spec, data).recording.frame()
    plots = PANELS["weights"].make(frame, View()).plots
    return {plot.key: any(mark.key == "density" for mark in plot.marks) for plot in plots if plot.key.startswith("W")}


@pytest.mark.parametrize("init", ORTHONORMAL)
def test_a_normal_density_is_drawn_only_over_entries_that_come_close_to_it(digits: Dataset, init: str) -> None:
    spec = TrainingSpec(init=init, hidden_sizes=(50, 8))
    assert density_of(spec, digits) == {"W1": True, "W2": True, "W3": False}
    assert not any(density_of(spec.replaced(init_distribution="uniform"), digits).values())
    assert all(density_of(spec.replaced(init="glorot"), digits).values())


@pytest.mark.parametrize("sizes", [(400,), (64,)])
def test_that_density_follows_the_bars(digits: Dataset, sizes: tuple[int, ...]) -> None:
    frame = made(TrainingSpec(init="orthogonal", hidden_sizes=sizes), digits).recording.frame()
    marks = {mark.key: mark for mark in PANELS["weights"].make(frame, View(bins=20)).plots[0].marks}
    bars, density = marks["initial"], marks["density"]
    middles = (bars.edges[1:] + bars.edges[:-1]) / 2
    expected = np.interp(middles, density.x, density.y)
    assert np.abs(bars.heights - expected).max() < 0.1 * expected.max()
