"""One pass through the network of a frame, and what is counted of it, against plain NumPy."""

from dataclasses import replace

import numpy as np
import pytest

from model.data.dataset import Dataset
from model.data.prepare import load
from model.figures.panels import PANELS
from model.insight.ladder import layer_counts, layer_values
from model.insight.passes import passes, spread_rows
from model.network.multi_layer_net import MultiLayerNet
from model.training.engine import Engine
from model.training.frame import Frame, Parameters
from model.training.spec import TrainingSpec
from model.training.stepper import ClassStepper, kernel_stepper

HIDDEN = (13, 7, 5)
ACTIVATIONS = ("relu", "leaky_relu", "tanh", "sigmoid", "linear", "gelu", "selu")
PLAIN = {
    "relu": lambda z: np.maximum(z, 0),
    "tanh": np.tanh,
    "sigmoid": lambda z: 1 / (1 + np.exp(-z.astype(np.float64))),
}


def frame_of(data: Dataset, steps: int = 3, **knobs: object) -> Frame:
    spec = TrainingSpec(**{"hidden_sizes": HIDDEN, "steps": steps, "weight_init_std": 0.3, "batch_size": 8, **knobs})
    engine = Engine(spec, data, ClassStepper)
    engine.train(steps)
    frame = engine.recording.frame()
    assert frame is not None
    return frame


@pytest.fixture(scope="module")
def data() -> Dataset:
    rng = np.random.default_rng(0)
    x, t = rng.normal(size=(400, 6)), rng.integers(0, 3, 400)
    return Dataset("noise", x, t, x[:50], t[:50], ("a", "b", "c"), None)


@pytest.mark.parametrize("activation", ACTIVATIONS)
def test_the_gradients_that_come_back_are_those_of_the_loss(data: Dataset, activation: str):
    frame = frame_of(data, activation=activation, dtype="float64")
    passed = passes(frame)
    net = MultiLayerNet.from_params(dict(frame.params), activation)
    loss, grads = net.loss_and_gradient(data.x_train, data.t_train)
    assert passed.losses.mean() == pytest.approx(loss, rel=1e-12)
    inputs = (passed.x, *passed.outputs)
    for layer, (delta, below) in enumerate(zip(passed.deltas, inputs, strict=True), start=1):
        np.testing.assert_allclose(delta.mean(axis=0), grads[f"b{layer}"], rtol=1e-10, atol=1e-14)
        np.testing.assert_allclose(below.T @ delta / passed.n, grads[f"W{layer}"], rtol=1e-10, atol=1e-14)
    # the kernels' activations, once they are there, round otherwise than NumPy's
    np.testing.assert_allclose(passed.pre[-1], net.predict(data.x_train), rtol=1e-11, atol=1e-12)


def test_a_sample_is_spread_evenly_over_all_of_the_data(data: Dataset):
    frame = frame_of(data)
    some = passes(frame, 10)
    assert (some.n, some.n_all) == (10, 400)
    np.testing.assert_array_equal(some.t, data.t_train[spread_rows(400, 10)])
    assert passes(frame, 5000).n == 400


def test_a_pass_over_more_than_memory_is_for_takes_fewer_samples(data: Dataset, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr("model.insight.passes.MOST_VALUES", 3 * (sum(HIDDEN) + 3) * 100)
    assert passes(frame_of(data)).n == 100


def test_the_same_frame_is_passed_through_only_once(data: Dataset):
    frame = frame_of(data)
    assert passes(frame) is passes(frame)


@pytest.mark.parametrize("activation", ["relu", "tanh", "sigmoid"])
@pytest.mark.parametrize("std", [0.0, 0.01, 0.5, 20.0])
def test_the_numbers_of_the_ladder_are_those_of_plain_numpy(data: Dataset, activation: str, std: float):
    frame = frame_of(data, steps=0, activation=activation, weight_init_std=std, dtype="float64")
    h = data.x_train
    forward = layer_counts(passes(frame), activation, "forward")
    for layer, counted in enumerate(forward, start=1):
        z = h @ frame.params[f"W{layer}"] + frame.params[f"b{layer}"]
        h = PLAIN[activation](z)
        assert counted.n == h.size
        assert counted.mean == pytest.approx(h.mean(dtype=np.float64), rel=1e-5, abs=1e-12)
        assert counted.std == pytest.approx(h.std(dtype=np.float64), rel=1e-5, abs=1e-7)
        assert counted.n_zero == np.sum(h == 0)
        assert counted.n_dead == (np.sum(h.max(axis=0) <= 0) if activation == "relu" else 0)
        beyond = {"relu": h < 0, "tanh": np.abs(h) > 0.97, "sigmoid": (h < 0.015) | (h > 0.985)}[activation]
        assert abs(counted.n_saturated - int(np.sum(beyond))) <= 2


def test_a_unit_that_never_fires_is_dead_and_gets_no_gradient(data: Dataset):
    frame = frame_of(data, steps=0, activation="relu", weight_init_std=0.5)
    frame.params["b1"][4] = -1e6
    passed = passes(frame)
    forward, backward = (layer_counts(passed, "relu", way)[0] for way in ("forward", "backward"))
    alive = layer_values(passed, "forward")[0].max(axis=0) > 0
    assert not alive[4]
    assert forward.n_dead == np.sum(~alive)
    assert backward.n_dead >= forward.n_dead


def test_what_is_not_finite_is_counted_and_left_out_of_the_mean(data: Dataset):
    frame = frame_of(data, steps=0, activation="linear")
    frame.params["b1"][0], frame.params["b1"][1] = np.nan, np.inf
    first = layer_counts(passes(frame), "linear", "forward")[0]
    assert (first.n_nan, first.n_inf) == (400, 400)
    assert np.isfinite([first.mean, first.std]).all()


def test_a_layer_far_from_the_others_is_on_the_axis_too(data: Dataset):
    # five sigmoid layers at 0.5 ± 1e-4, of which training moved the last to 0.496
    frame = frame_of(data, activation="sigmoid", hidden_sizes=(20,) * 5, weight_init_std=1e-4)
    moved = {**frame.params, "b5": frame.params["b5"] - 0.1}
    panel = PANELS["activations"]
    (plot,) = panel.make(replace(frame, params=Parameters(moved)), panel.view).plots
    marks = {mark.key: mark for mark in plot.marks}
    assert marks["h1"].heights.sum() == marks["h5"].heights.sum() == 20 * data.n_train
    assert not any("off scale" in str(text) for text in marks["numbers"].texts)


def test_zeros_are_those_of_the_tanh_that_trains() -> None:
    # the kernels' tanh is 1 from 8.7 on, NumPy's from 10 on: of a saturated layer that is many more slopes of 0
    spec = TrainingSpec(activation="tanh", weight_init_std=1.0, hidden_sizes=(50, 50, 50))
    engine = Engine(spec, load(spec.data_request), kernel_stepper)
    passed = passes(engine.recording.frame())
    for z, h, delta in zip(passed.pre, passed.outputs, passed.deltas, strict=False):
        far = (np.abs(z) > 8.8) & (np.abs(z) < 9.8)
        assert far.any()
        assert np.all(np.abs(h[far]) == 1)
        assert not delta[far].any()
        assert np.mean(np.abs(h) == 1) > 1.3 * np.mean(np.abs(np.tanh(z)) == 1)
        np.testing.assert_allclose(h, np.tanh(z), atol=1e-6)
