"""Sharpness, distances and the losses between runs: each against what plain definitions give, by other code."""

from functools import lru_cache

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from model.data.dataset import Dataset
from model.data.prepare import load
from model.figures.figure import Compared, Guide, Line, View
from model.figures.panels import PANELS
from model.figures.tables import TABLES
from model.insight.between import Between, between
from model.insight.sharpness import Hessian, Samples, Sharpness, bound, lanczos, largest, stable_rate
from model.insight.travel import Travel, distances
from model.insight.unroller import Unroller
from model.network.activations import ACTIVATIONS
from model.network.layout import Layout
from model.network.multi_layer_net import MultiLayerNet
from model.network.optimizers import ADAM_BETA1, OPTIMIZERS, State
from model.network.parametrization import rate_factors
from model.training.engine import Engine
from model.training.frame import Frame
from model.training.spec import TrainingSpec
from model.training.stepper import kernel_stepper

SMALL = {"dataset": "moons", "samples": 60, "hidden_sizes": (5, 4), "init": "he", "dtype": "float64", "steps": 120}


@lru_cache
def trained(**knobs: object) -> Engine:
    spec = TrainingSpec(**{**SMALL, **knobs})
    engine = Engine(spec, load(spec.data_request), kernel_stepper)
    engine.train(spec.steps)
    return engine


def frame_of(**knobs: object) -> Frame:
    frame = trained(**knobs).recording.frame()
    assert frame is not None
    return frame


def gradient(flat: np.ndarray, layout: Layout, activation: str, data: Dataset) -> np.ndarray:
    net = MultiLayerNet.from_params({name: view.copy() for name, view in layout.views(flat).items()}, activation)
    grads = net.gradient(data.x_train.astype(np.float64), data.t_train)
    return np.concatenate([grads[name].ravel() for name in layout.names])


def dense_hessian(flat: np.ndarray, layout: Layout, activation: str, data: Dataset) -> np.ndarray:
    """The oracle: central differences of the readable network's gradient, one row for each parameter."""
    h = 1e-5
    rows = [
        (gradient(flat + h * e, layout, activation, data) - gradient(flat - h * e, layout, activation, data)) / (2 * h)
        for e in np.eye(len(flat))
    ]
    found = np.array(rows)
    return (found + found.T) / 2


# ── the Hessian ──────────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("activation", ACTIVATIONS)
def test_products_with_the_hessian_are_those_of_differences(activation: str) -> None:
    engine = trained(activation=activation)
    layout, data = engine.layout, engine.data
    flat = engine.params + 0.03 * np.random.default_rng(1).standard_normal(layout.n_params)
    dense = dense_hessian(flat, layout, activation, data)
    hessian = Hessian(flat, layout, ACTIVATIONS[activation], Samples.of(data, layout.n_params))
    np.testing.assert_allclose(hessian.gradient, gradient(flat, layout, activation, data), atol=1e-14)
    products = np.array([hessian.times(e) for e in np.eye(layout.n_params)])
    np.testing.assert_allclose(products, dense, atol=1e-7 * max(1.0, np.abs(dense).max()))


@settings(max_examples=60, deadline=None)
@given(st.lists(st.floats(-50, 50), min_size=1, max_size=30), st.integers(0, 99))
def test_lanczos_finds_the_largest_value_even_where_a_negative_one_is_larger(values: list[float], seed: int) -> None:
    rng = np.random.default_rng(seed)
    basis = np.linalg.qr(rng.standard_normal((len(values), len(values))))[0]
    matrix = basis @ np.diag(values) @ basis.T
    found = lanczos(lambda v: matrix @ v, rng.standard_normal(len(values)), most=60)
    size = max(abs(v) for v in values)
    assert abs(found - max(values)) <= 2e-3 * abs(max(values)) + 1e-9 * size


@pytest.mark.parametrize("weight_decay", [0.0, 0.3])
@pytest.mark.parametrize("knobs", [{}, {"optimizer": "adam"}, {"optimizer": "rmsprop"}, {"optimizer": "adagrad"},
                                   {"parametrization": "mup", "base_width": 2}])  # fmt: skip
def test_the_sharpness_of_every_step_is_the_largest_eigenvalue_as_the_optimiser_scales(
    knobs: dict[str, object], weight_decay: float
) -> None:
    knobs = {"activation": "tanh", "learning_rate": 0.02, "weight_decay": weight_decay, **knobs}
    engine = trained(**knobs)
    found: list[Sharpness] = []
    Unroller(engine, "sharpness").unroll(120, found.append)
    assert found[-1].done
    assert found[-1].steps.tolist() == list(range(0, 121, 2))
    layout, spec = engine.layout, engine.spec
    factors = rate_factors(layout.sizes, spec.optimizer, spec.parametrization, spec.base_width)
    of_each = np.repeat(np.arange(len(factors)), [np.prod(shape) for shape in layout.shapes.values()])
    for step in (2, 60, 120):
        again = Engine(spec, engine.data, kernel_stepper)
        again.train(step)
        dense = dense_hessian(again.params.copy(), layout, "tanh", engine.data)
        is_weight = of_each % 2 == 0
        dense += np.diag(np.where(is_weight, weight_decay / factors[of_each], 0.0))
        # one step of the optimiser from here shows by how much it scales each gradient
        scale = factors[of_each]
        if spec.optimizer != "sgd":
            second = {"adam": again.second, "rmsprop": again.first, "adagrad": again.first}[spec.optimizer]
            seen = second / (1 - 0.999**step) if spec.optimizer == "adam" else second
            scale = scale / (np.sqrt(seen) + (1e-10 if spec.optimizer == "adagrad" else 1e-8))
        root = np.sqrt(scale)
        expected = np.linalg.eigvalsh(root[:, None] * dense * root)[-1]
        assert found[-1].values[step // 2] == pytest.approx(expected, rel=2e-3)


@pytest.mark.parametrize("optimizer", ["sgd", "momentum", "nesterov"])
@pytest.mark.parametrize("momentum", [0.0, 0.5, 0.9])
def test_a_quadratic_shrinks_just_below_the_bound_and_grows_just_beyond_it(optimizer: str, momentum: float) -> None:
    for share, grows in ((0.99, False), (1.01, True)):
        curvature = share * bound(optimizer, 0.1, momentum)
        w, state = np.array([1.0]), State(np.zeros(1), np.zeros(1))
        for _ in range(4000):
            w = w + OPTIMIZERS[optimizer].delta(curvature * w, state, 0.1, momentum)
        assert (abs(w[0]) > 1) == grows


def test_the_bound_of_adam_is_that_of_averaged_gradients() -> None:
    for share, grows in ((0.99, False), (1.01, True)):
        curvature, w, average = share * bound("adam", 0.1, 0.9), 1.0, 0.0
        for _ in range(4000):
            average = ADAM_BETA1 * average + (1 - ADAM_BETA1) * curvature * w
            w -= 0.1 * average
        assert (abs(w) > 1) == grows
    assert bound("sgd", 0.0, 0.0) == np.inf


def test_no_bound_is_claimed_where_there_is_none() -> None:
    spec = TrainingSpec(**SMALL)
    data = load(spec.data_request)
    assert np.isnan(stable_rate(spec.replaced(optimizer="adam"), data))
    assert np.isnan(stable_rate(spec.replaced(init="std", weight_init_std=1e300), data))
    layout = Layout(data.layer_sizes(spec.hidden_sizes))
    broken = np.full(layout.n_params, np.nan)
    assert np.isnan(largest(broken, layout, "relu", Samples.of(data, layout.n_params), np.ones(layout.n_params)))


# ── the panels ───────────────────────────────────────────────────────────────────────────────────────────────────────


def test_the_edge_follows_a_learning_rate_that_is_turned() -> None:
    spec = TrainingSpec(**{**SMALL, "learning_rate": 0.1})
    engine = Engine(spec, load(spec.data_request), kernel_stepper)
    engine.train(50)
    engine.edit("learning_rate", 0.4)
    engine.train(120)
    found: list[Sharpness] = []
    Unroller(engine, "sharpness").unroll(120, found.append)
    frame = engine.recording.frame()
    view = PANELS["sharpness"].view.with_(past=found[-1])
    (plot,) = PANELS["sharpness"].make(frame, view).plots
    (edge,) = [mark for mark in plot.marks if mark.key == "edge"]
    assert isinstance(edge, Line)
    assert edge.x.tolist() == [0, 50, 50, 120]
    assert edge.y.tolist() == [20, 20, 5, 5]
    figure = PANELS["sharpness"].make(frame, view)
    assert "10 % of" not in str(figure.summary)
    assert "2 / lr = 5" in str(figure.summary)
    steady = frame_of(learning_rate=0.1)
    (plot,) = PANELS["sharpness"].make(steady, PANELS["sharpness"].view).plots
    (edge,) = [mark for mark in plot.marks if mark.key == "edge"]
    assert isinstance(edge, Guide)
    assert edge.at == 20


def test_a_rate_that_is_turned_at_the_step_that_was_measured_last_counts_at_once() -> None:
    spec = TrainingSpec(**{**SMALL, "learning_rate": 0.1})
    engine = Engine(spec, load(spec.data_request), kernel_stepper)
    engine.train(60)
    unroller, found = Unroller(engine, "sharpness"), list[Sharpness]()
    unroller.unroll(60, found.append)
    engine.edit("learning_rate", 1.0)
    engine.publish()
    frame = engine.recording.frame()
    figure = PANELS["sharpness"].make(frame, PANELS["sharpness"].view.with_(past=found[-1]))
    (edge,) = [mark for mark in figure.plots[0].marks if mark.key == "edge"]
    assert edge.x.tolist() == [0, 60, 60, 120]
    assert edge.y.tolist() == [20, 20, 2, 2]
    assert "2 / lr = 2" in str(figure.summary)
    (table,) = TABLES["sharpness"](frame, PANELS["sharpness"].view.with_(past=found[-1]))
    assert table.values[2].tolist() == [20.0] * 60 + [2.0]


def test_an_earlier_step_shows_what_was_known_by_then() -> None:
    engine = trained()
    found: list[Sharpness] = []
    Unroller(engine, "sharpness").unroll(120, found.append)
    frame = engine.recording.past_frame(40, engine.params)
    figure = PANELS["sharpness"].make(frame, PANELS["sharpness"].view.with_(past=found[-1]))
    (line,) = [mark for mark in figure.plots[0].marks if mark.key == "sharpness"]
    assert line.x[-1] == 40
    assert f"{found[-1].values[20]:.3g}" in str(figure.summary)


def test_distances_are_those_of_the_norms() -> None:
    engine = trained()
    frame = frame_of()
    found: list[Travel] = []
    Unroller(engine, "travel").unroll(120, found.append)
    for k, name in enumerate(("W1", "W2", "W3")):
        moved = np.linalg.norm(frame.params[name] - frame.initial[name]) / np.linalg.norm(frame.initial[name])
        assert found[-1].distances[-1, k] == pytest.approx(moved, rel=1e-12)
    assert (found[-1].distances[0] == 0).all()


@pytest.mark.parametrize(
    ("now", "initial", "expected"),
    [(0.0, 0.0, 0.0), (1.0, 0.0, np.inf), (np.nan, 1.0, np.nan), (-1e308, 1e308, 2.0), (2e-300, 1e-300, 1.0)],
)
def test_distances_hold_for_numbers_of_any_size(now: float, initial: float, expected: float) -> None:
    (found,) = distances({"W1": np.full((2, 2), now)}, {"W1": np.full((2, 2), initial)})
    assert found == pytest.approx(expected, nan_ok=True)


# ── between two runs ─────────────────────────────────────────────────────────────────────────────────────────────────


def loss_at(frame: Frame, flat: np.ndarray) -> float:
    net = MultiLayerNet.from_params(frame.layout.views(flat), frame.spec.activation)
    return net.loss(frame.data.x_train.astype(np.float64), frame.data.t_train)


def flat(values: object) -> np.ndarray:
    return np.concatenate([np.ravel(value) for value in values.values()]).astype(np.float64)


def pairs() -> list[Between]:
    return [between(frame_of(), frame_of(seed=1)), between(frame_of(), frame_of(learning_rate=0.3))]


def test_the_losses_on_the_lines_are_those_of_the_network_there() -> None:
    here, there = frame_of(), frame_of(seed=1)
    found = between(here, there)
    for place in (0, 10, 35, 60):
        share = found.shares[place]
        for values, a, b in ((found.starts, here.initial, there.initial), (found.ends, here.params, there.params)):
            at = flat(a) + share * (flat(b) - flat(a))
            assert values[place] == pytest.approx(loss_at(here, at), rel=1e-9)
    assert found.barrier >= 0


def test_the_plane_goes_through_the_starts_and_this_run_and_holds_the_losses_there() -> None:
    here, there = frame_of(), frame_of(seed=1)
    plane = between(here, there).plane
    assert plane is not None
    np.testing.assert_allclose(plane.off[:3], 0, atol=1e-9)
    ways = [flat(there.initial) - flat(here.initial), flat(here.params) - flat(here.initial)]
    assert plane.places[2, 0] == pytest.approx(np.linalg.norm(ways[0]))
    assert plane.places[1] @ plane.places[1] == pytest.approx(ways[1] @ ways[1])
    first = ways[0] / np.linalg.norm(ways[0])
    second = ways[1] - first * (first @ ways[1])
    second /= np.linalg.norm(second)
    for row, column in ((0, 0), (7, 3), (20, 31), (47, 47)):
        at = flat(here.initial) + plane.across[column] * first + plane.up[row] * second
        assert plane.losses[row, column] == pytest.approx(loss_at(here, at), rel=1e-9)


def test_runs_that_began_at_the_same_place_have_the_plane_of_their_ways() -> None:
    plane = between(frame_of(), frame_of(learning_rate=0.3)).plane
    assert plane is not None
    np.testing.assert_allclose(plane.off, 0, atol=1e-9)
    np.testing.assert_allclose(plane.places[0], plane.places[2])


def test_runs_of_other_seeds_did_not_begin_at_one_place_however_small_their_weights() -> None:
    knobs = {"init": "std", "weight_init_std": 1e-9}
    assert not between(frame_of(**knobs), frame_of(**knobs, seed=1)).same_start
    assert between(frame_of(), frame_of(learning_rate=0.3)).same_start


def test_untrained_runs_of_one_seed_have_no_plane() -> None:
    here, there = frame_of(steps=0, init="std"), frame_of(steps=0, init="std", weight_init_std=0.5)
    assert between(here, there).plane is None
    figure = PANELS["between"].make(here, View(compared=(Compared(there, 1, "", there),)))
    assert [plot.key for plot in figure.plots] == ["line"]


def test_runs_of_other_sizes_are_refused_in_words() -> None:
    other = frame_of(hidden_sizes=(3,))
    figure = PANELS["between"].make(frame_of(), View(compared=(Compared(other, 1, "", other),)))
    assert "different sizes" in str(figure.summary)
    assert "another" in str(PANELS["between"].make(frame_of(), View()).summary)
