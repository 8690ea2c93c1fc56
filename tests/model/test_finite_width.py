"""How untrained networks of other seeds differ follows depth by width, and gradients fall from layer to layer by χ₁."""

import numpy as np
import pytest

from model.data.dataset import Dataset
from model.data.prepare import load
from model.figures.figure import Dots, Line, Plot
from model.figures.panels import PANELS
from model.figures.reading import read
from model.figures.tables import TABLES
from model.insight.finite_width import depth_by_width, expected_log_variance
from model.insight.theory import chi_1, moments
from model.insight.variance import present_variances, seed_lengths
from model.training.engine import Engine
from model.training.frame import Frame
from model.training.spec import DataRequest, TrainingSpec
from model.training.stepper import ClassStepper


@pytest.fixture(scope="module")
def digits() -> Dataset:
    return load(DataRequest())


def frame_of(data: Dataset, steps: int = 0, **knobs: object) -> Frame:
    engine = Engine(TrainingSpec().replaced(**knobs), data, ClassStepper)
    with np.errstate(all="ignore"):
        engine.train(steps)
    return engine.recording.frame()


def plots_of(frame: Frame, **view: object) -> dict[str, Plot]:
    panel = PANELS["variance"]
    return {plot.key: plot for plot in panel.make(frame, panel.view.with_(**view)).plots}


def test_the_spread_is_the_variance_of_the_logarithm_over_seeds(digits: Dataset) -> None:
    frame = frame_of(digits, init="he", hidden_sizes=(30, 20), dtype="float64")
    rows = np.linspace(0, digits.n_train - 1, 128).round().astype(int)
    logs = np.empty((8, 2, 128))
    for seed in range(8):
        rng = np.random.RandomState(seed)
        h = digits.x_train[rows]
        for layer, (fan_in, fan_out) in enumerate(((64, 30), (30, 20))):
            h = np.maximum(h @ rng.randn(fan_in, fan_out) * np.sqrt(2 / fan_in), 0)
            with np.errstate(divide="ignore"):
                logs[seed, layer] = np.log((h**2).sum(axis=1))
    assert np.isfinite(logs).all()
    found = seed_lengths(frame, 256)
    assert found is not None
    assert found.n == 8
    np.testing.assert_allclose(found.variance, logs.var(axis=0, ddof=1).mean(axis=1), rtol=1e-9)
    np.testing.assert_allclose(found.mean, logs.mean(axis=(0, 2)), rtol=1e-9)


def test_a_relu_spreads_by_five_times_depth_by_width_and_a_linear_unit_by_two(digits: Dataset) -> None:
    for activation, factor in (("relu", 5), ("linear", 2)):
        frame = frame_of(digits, init="he", activation=activation, hidden_sizes=(40, 20, 10))
        np.testing.assert_allclose(depth_by_width(frame), np.cumsum([1 / 40, 1 / 20, 1 / 10]))
        np.testing.assert_allclose(expected_log_variance(frame), factor * depth_by_width(frame), rtol=1e-6)


@pytest.mark.parametrize(
    "knobs",
    [
        {"init": "he", "hidden_sizes": (50,) * 8},
        {"init": "lecun", "activation": "linear", "hidden_sizes": (30,) * 5},
        {"init": "lecun", "activation": "tanh", "hidden_sizes": (30,) * 5},
        {"init": "he", "hidden_sizes": (60, 30, 60), "bias_init_std": 0.3},
    ],
    ids=str,
)
def test_the_seeds_spread_as_expected(digits: Dataset, knobs: dict[str, object]) -> None:
    frame = frame_of(digits, **knobs)
    found, expected = seed_lengths(frame), expected_log_variance(frame)
    assert found is not None
    assert found.n == 32
    # a variance of 32 seeds is known to about a quarter
    np.testing.assert_allclose(found.variance, expected, rtol=0.5)
    assert found.variance.sum() == pytest.approx(expected.sum(), rel=0.35)


def test_a_lost_signal_has_no_logarithm_and_is_counted(digits: Dataset) -> None:
    frame = frame_of(digits, init="he", hidden_sizes=(4,) * 15)
    found = seed_lengths(frame)
    assert found is not None
    assert found.n_dead[-1] > 0
    assert np.all(np.diff(found.n_dead) >= 0)
    assert any("are left out, in 32 seeds" in str(note.text) for note in plots_of(frame)["variance_seeds"].notes)
    zero = seed_lengths(frame_of(digits, weight_init_std=0.0))
    assert zero is not None
    assert np.isnan(zero.variance).all()


def test_orthonormal_weights_have_no_such_theory_and_very_many_weights_no_seeds(digits: Dataset) -> None:
    frame = frame_of(digits, init="orthogonal", hidden_sizes=(30, 30))
    assert expected_log_variance(frame) is None
    plot = plots_of(frame)["variance_seeds"]
    assert [mark.key for mark in plot.marks] == ["seeds"]
    large = plots_of(frame_of(digits, hidden_sizes=(2500, 800)))["variance_seeds"]
    assert [mark.key for mark in large.marks] == ["theory"]
    assert "too many weights to draw those of other seeds" in [str(note.text) for note in large.notes]


def test_gradient_factors_stand_beside_chi_one(digits: Dataset) -> None:
    frame = frame_of(digits, 20, init="lecun", activation="tanh", hidden_sizes=(80,) * 4)
    marks = {mark.key: mark for mark in plots_of(frame)["variance_factors"].marks}
    back = present_variances(frame).backward
    assert isinstance(marks["now"], Dots)
    np.testing.assert_allclose(marks["now"].y, back[:-1] / back[1:])
    np.testing.assert_allclose(marks["chi"].y, chi_1("tanh", 1.0))
    assert isinstance(marks["theory"], Line)
    # the last factor is the only one with other widths: 10 logits behind 80 units
    q = [1.0 / 64 * np.square(digits.x_train[np.linspace(0, 1499, 128).round().astype(int)]).sum(axis=1)]
    for _ in range(3):
        q.append(moments("tanh", q[-1]).square)
    assert marks["theory"].y[0] == pytest.approx(float(moments("tanh", q[0]).slope.mean()), rel=0.02)
    assert marks["theory"].y[-1] == pytest.approx(10 / 80 * float(moments("tanh", q[-1]).slope.mean()), rel=0.02)


def test_both_plots_are_read_by_layer_and_are_in_the_data(digits: Dataset) -> None:
    frame, view = frame_of(digits, init="he", hidden_sizes=(20, 10)), PANELS["variance"].view
    plots, found, expected = plots_of(frame), seed_lengths(frame), expected_log_variance(frame)
    (line,) = read(plots["variance_seeds"], view, 0.15, 0.0)
    numbers = f"{found.variance[1]:.3g}, expected {expected[1]:.3g}"
    assert str(line.text) == f"layer 2, depth / width 0.15: variance of ln |h|² over seeds {numbers}"
    assert str(read(plots["variance_factors"], view, 2.0, 0.0)[0].text) == "back to layer 2"
    _, factors, seeds = TABLES["variance"](frame, view)
    columns = dict(zip([column.name for column in factors.columns], factors.values, strict=True))
    assert columns["layer"].tolist() == [1, 2]
    np.testing.assert_allclose(columns["chi_1"], 1.0)
    columns = dict(zip([column.name for column in seeds.columns], seeds.values, strict=True))
    np.testing.assert_allclose(columns["depth_by_width"], [0.05, 0.15])
    np.testing.assert_array_equal(columns["log_variance"], found.variance)


def test_the_first_look_measures_fewer_seeds_that_are_not_measured_again(digits: Dataset) -> None:
    frame = frame_of(digits, hidden_sizes=(15, 15))
    first, second = seed_lengths(frame, 256), seed_lengths(frame)
    assert (first.n, second.n) == (8, 32)
