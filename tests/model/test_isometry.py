"""The singular values of the Jacobian are those of difference quotients, and before the first step as expected."""

from dataclasses import replace
from itertools import pairwise

import numpy as np
import pytest

from model.data.dataset import Dataset
from model.data.prepare import load
from model.figures.panels import PANELS
from model.figures.reading import read
from model.figures.tables import TABLES
from model.insight import isometry as module
from model.insight.isometry import expected_isometry, initial_isometry, isometry
from model.training.engine import Engine
from model.training.frame import Frame
from model.training.spec import DataRequest, TrainingSpec
from model.training.stepper import ClassStepper


@pytest.fixture(scope="module")
def digits() -> Dataset:
    return load(DataRequest())


def frame_of(data: Dataset, steps: int = 0, **knobs: object) -> Frame:
    engine = Engine(TrainingSpec().replaced(dtype="float64", **knobs), data, ClassStepper)
    with np.errstate(all="ignore"):
        engine.train(steps)
    return engine.recording.frame()


PHI = {
    "relu": lambda z: np.maximum(z, 0),
    "tanh": np.tanh,
    "sigmoid": lambda z: 1 / (1 + np.exp(-z)),
    "linear": lambda z: z,
}


def forward(frame: Frame, x: np.ndarray) -> list[np.ndarray]:
    """The pre-activations of every layer, written anew."""
    found = []
    for layer in range(1, frame.layout.n_layers + 1):
        z = x @ frame.params[f"W{layer}"] + frame.params[f"b{layer}"]
        found.append(z)
        x = PHI[frame.spec.activation](z)
    return found


def differences(frame: Frame, x: np.ndarray) -> list[np.ndarray]:
    """∂z/∂x (units, inputs) of each layer at one sample by central differences."""
    h = 1e-6
    up, down = forward(frame, x + h * np.eye(len(x))), forward(frame, x - h * np.eye(len(x)))
    return [(one - other).T / (2 * h) for one, other in zip(up, down, strict=True)]


@pytest.mark.parametrize("steps", [0, 25])
@pytest.mark.parametrize("activation", PHI)
@pytest.mark.parametrize("hidden", [(9,), (14, 6, 11)], ids=str)
def test_the_jacobian_is_that_of_difference_quotients(
    digits: Dataset, activation: str, hidden: tuple[int, ...], steps: int
) -> None:
    few = replace(digits, x_train=digits.x_train[:12], t_train=digits.t_train[:12])
    frame = frame_of(few, steps, activation=activation, init="lecun", hidden_sizes=hidden, batch_size=5)
    found = isometry(frame)
    assert found.n == 12
    narrowest = np.minimum.accumulate(frame.layout.sizes)[1:]
    jacobians = [differences(frame, x) for x in few.x_train]
    for layer, k in enumerate(narrowest):
        s = np.array([np.linalg.svd(one[layer], compute_uv=False)[:k] for one in jacobians])
        assert found.root_mean_square[layer] == pytest.approx(np.sqrt((s**2).mean()), rel=1e-6)
        assert found.largest[layer] == pytest.approx(s.max(), rel=1e-6)
        points = np.quantile(s, [0.1, 0.5, 0.9])
        np.testing.assert_allclose([found.low[layer], found.middle[layer], found.high[layer]], points, atol=1e-7)
        assert found.spread[layer] == pytest.approx(np.mean((s**2).std(axis=1) / (s**2).mean(axis=1)), rel=1e-6)


KNOBS = [
    {"init": "he", "hidden_sizes": (60,) * 4},
    {"init": "lecun", "activation": "tanh", "hidden_sizes": (80, 50, 30)},
    {"init": "orthogonal", "activation": "tanh", "hidden_sizes": (50, 80, 40)},
    {"init": "glorot", "activation": "gelu", "hidden_sizes": (50, 60)},
    {"activation": "sigmoid", "weight_init_std": 0.4, "hidden_sizes": (60, 60), "bias_init_std": 0.5},
]


@pytest.mark.parametrize("knobs", KNOBS, ids=str)
def test_size_and_spread_are_expected_before_the_first_step(digits: Dataset, knobs: dict[str, object]) -> None:
    frames = [frame_of(digits, seed=seed, **knobs) for seed in range(6)]
    found, expected = [isometry(frame, 256) for frame in frames], expected_isometry(frames[0])
    rms = np.sqrt(np.mean([one.root_mean_square**2 for one in found], axis=0))
    np.testing.assert_allclose(rms, expected.root_mean_square, rtol=0.08)
    spread = np.mean([one.spread for one in found], axis=0)
    np.testing.assert_allclose(spread, expected.spread, rtol=0.1, atol=1e-6)


def test_the_mean_square_is_the_product_of_the_factors_of_the_layers_with_their_true_fans(digits: Dataset) -> None:
    frame = frame_of(digits, hidden_sizes=(30, 20), weight_init_std=0.2)
    sizes = frame.layout.sizes
    squares, trace, k = [], float(sizes[0]), sizes[0]
    for layer, (_, fan_out) in enumerate(pairwise(sizes)):
        trace *= 0.04 * fan_out * (0.5 if layer else 1.0)  # E φ'² of a ReLU is 1/2
        k = min(k, fan_out)
        squares.append(trace / k)
    np.testing.assert_allclose(expected_isometry(frame).root_mean_square ** 2, squares, rtol=1e-9)


def test_in_wide_layers_the_spread_is_that_of_pennington(digits: Dataset) -> None:
    n, depth = 2000, 4
    square = replace(digits, x_train=np.ones((4, n)) / np.sqrt(n), t_train=np.arange(4))
    # only shapes and spreads count: σ²(JJᵀ) = L (μ₂/μ₁² − 1 − s₁) for L layers each behind an activation
    sizes = (n,) * (depth + 1)
    for orthonormal, s1 in ((False, -1.0), (True, 0.0)):
        expected = module._expected(square, "relu", orthonormal, ((np.sqrt(2 / n), 0.0),) * depth, sizes)
        for layer, spread in enumerate(expected.spread, start=1):
            # L matrices, but only L − 1 diagonals of slopes; for a ReLU μ₂/μ₁² − 1 = 1
            assert spread**2 == pytest.approx((layer - 1) * 1.0 - layer * s1, rel=0.02, abs=1e-6)


def test_orthonormal_linear_layers_are_isometric(digits: Dataset) -> None:
    found = isometry(frame_of(digits, init="orthogonal", activation="linear", hidden_sizes=(64, 64)))
    np.testing.assert_allclose(found.root_mean_square[:2], 1.0, rtol=1e-12)
    np.testing.assert_allclose(found.spread[:2], 0.0, atol=1e-6)


def test_where_all_weights_are_0_no_spread_is_expected_from_there_on(digits: Dataset) -> None:
    assert np.isnan(expected_isometry(frame_of(digits, weight_init_std=0.0)).spread).all()
    later = expected_isometry(frame_of(digits, hidden_sizes=(20, 20), layer_gains=(1.0, 0.0, 1.0)))
    assert np.isfinite(later.spread).tolist() == [True, False, False]
    assert np.isfinite(expected_isometry(frame_of(digits, weight_init_std=1e-200)).spread).all()


def test_what_cannot_be_measured_is_left_out_and_said(digits: Dataset, monkeypatch: pytest.MonkeyPatch) -> None:
    def notes(**knobs: object) -> list[str]:
        frame = frame_of(digits, **knobs)
        plots = {plot.key: plot for plot in PANELS["spectrum"].make(frame, PANELS["spectrum"].view).plots}
        return [str(note.text) for note in plots["jacobian"].notes]

    assert "exactly 0 in layers 1–2: not on a log axis" in notes(weight_init_std=0.0)
    assert "not finite in layer 2" in notes(weight_init_std=1e298)
    assert isometry(frame_of(digits, weight_init_std=1e300)).root_mean_square[0] > 1e300
    monkeypatch.setattr(module, "_TOO_MUCH", 1e3)
    assert "too large: no Jacobian is measured" in notes()


def test_more_samples_are_looked_at_the_second_time(digits: Dataset) -> None:
    frame = frame_of(digits, hidden_sizes=(100,) * 4)
    assert 1 <= isometry(frame, 256).n < isometry(frame).n <= 64
    assert isometry(frame_of(digits)).n == 64


def test_now_is_the_start_before_the_first_step_and_differs_after_it(digits: Dataset) -> None:
    assert isometry(frame_of(digits)) is initial_isometry(frame_of(digits)) or np.array_equal(
        isometry(frame_of(digits)).spread, initial_isometry(frame_of(digits)).spread
    )
    frame = frame_of(digits, 60, init="he")
    assert not np.allclose(isometry(frame).root_mean_square, initial_isometry(frame).root_mean_square, rtol=0.05)


def test_the_mouse_reads_a_layer_and_the_table_has_it(digits: Dataset) -> None:
    frame, view = frame_of(digits, 30, init="he", hidden_sizes=(20, 12)), PANELS["spectrum"].view
    plots = {plot.key: plot for plot in PANELS["spectrum"].make(frame, view).plots}
    found, expected = isometry(frame), expected_isometry(frame)
    (line,) = read(plots["jacobian"], view, 2.2, 0.0)
    assert str(line.text).startswith(f"layer 2: root mean square {found.root_mean_square[1]:.3g}")
    assert str(line.text).endswith(f"expected at step 0: {expected.root_mean_square[1]:.3g}")
    table = TABLES["spectrum"](frame, view)[1]
    columns = dict(zip([column.name for column in table.columns], table.values, strict=True))
    assert columns["layer"].tolist() == [1, 2, 3]
    np.testing.assert_array_equal(columns["root_mean_square"], found.root_mean_square)
    np.testing.assert_array_equal(columns["spread_expected"], expected.spread)
