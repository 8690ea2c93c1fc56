"""Mean-field theory: its integrals are those of an independent quadrature, and what it expects is what is measured."""

from dataclasses import replace
from itertools import pairwise

import numpy as np
import pytest
from scipy.integrate import quad
from scipy.special import erf

from model.data.dataset import DataRequest, Dataset
from model.data.prepare import load
from model.figures.figure import Dots, Line
from model.figures.panels import PANELS
from model.insight.blocks import correlation, signal_variance
from model.insight.passes import passes
from model.insight.theory import chi_1, depth_scale, moments, q_map, q_star
from model.insight.variance import (
    SEED_SAMPLE,
    Variances,
    criticality,
    expected_variances,
    present_variances,
    seed_variances,
)
from model.network.activations import ACTIVATIONS
from model.training.engine import Engine
from model.training.frame import Frame
from model.training.spec import TrainingSpec
from model.training.stepper import kernel_stepper

ALPHA, SCALE = 1.6732632423543772, 1.0507009873554805

# φ and φ' of one number, written down anew
BY_HAND = {
    "relu": (lambda a: max(a, 0.0), lambda a: float(a > 0)),
    "leaky_relu": (lambda a: a if a > 0 else 0.01 * a, lambda a: 1.0 if a > 0 else 0.01),
    "tanh": (np.tanh, lambda a: 1 / np.cosh(min(abs(a), 300)) ** 2),
    "sigmoid": (lambda a: 0.5 + 0.5 * np.tanh(a / 2), lambda a: 0.25 / np.cosh(min(abs(a), 600) / 2) ** 2),
    "linear": (lambda a: a, lambda _a: 1.0),
    "gelu": (
        lambda a: a * 0.5 * (1 + erf(a / np.sqrt(2))),
        lambda a: 0.5 * (1 + erf(a / np.sqrt(2))) + a * np.exp(-a * a / 2) / np.sqrt(2 * np.pi),
    ),
    "selu": (
        lambda a: SCALE * (a if a > 0 else ALPHA * np.expm1(a)),
        lambda a: SCALE * (1.0 if a > 0 else ALPHA * np.exp(a)),
    ),
}


def by_quad(function, q: float) -> float:
    """E f(√q z) by adaptive quadrature, split at 0 and where the function turns."""
    places = sorted({0.0, 1.0, 3.0, 8.0, *(10.0**k for k in range(-22, 0, 2))})
    total = 0.0
    for side in (-1.0, 1.0):
        for low, high in pairwise(places):
            total += quad(
                lambda z, side=side: function(side * np.sqrt(q) * z) * np.exp(-z * z / 2) / np.sqrt(2 * np.pi),
                low, high, epsabs=0, epsrel=1e-10, limit=200, full_output=1,
            )[0]  # fmt: skip
    return total


@pytest.mark.parametrize("activation", ACTIVATIONS)
@pytest.mark.parametrize("q", [1e-20, 1e-6, 0.3, 1.0, 40.0, 1e6, 1e20])
def test_the_moments_are_those_of_an_adaptive_quadrature(activation: str, q: float) -> None:
    phi, slope = BY_HAND[activation]
    found = moments(activation, q)
    square = by_quad(lambda a: phi(a) ** 2, q)
    assert float(found.square) == pytest.approx(square, rel=1e-9)
    assert float(found.slope) == pytest.approx(by_quad(lambda a: slope(a) ** 2, q), rel=1e-9)
    assert float(found.mean) == pytest.approx(by_quad(phi, q), rel=1e-8, abs=1e-9 * np.sqrt(square))
    assert float(found.fourth) == pytest.approx(by_quad(lambda a: phi(a) ** 4, q), rel=1e-9)
    assert float(found.slope_fourth) == pytest.approx(by_quad(lambda a: slope(a) ** 4, q), rel=1e-9)


@pytest.mark.parametrize("activation", ACTIVATIONS)
def test_the_moments_are_those_of_random_numbers_within_their_error(activation: str) -> None:
    z = np.random.default_rng(1).standard_normal(400_000)
    for q in (1e-3, 1.0, 50.0):
        a = np.sqrt(q) * z
        h = ACTIVATIONS[activation].forward(a)
        slope = ACTIVATIONS[activation].derivative(a, h)
        found = moments(activation, q)
        for expected, values in ((found.mean, h), (found.square, h * h), (found.slope, slope * slope)):
            assert abs(float(expected) - values.mean()) <= 5 * values.std() / np.sqrt(len(z)) + 1e-12


@pytest.mark.parametrize("activation", ACTIVATIONS)
def test_moments_of_many_variances_are_those_of_each_and_reach_their_limits(activation: str) -> None:
    q = np.array([[0.0, 1e-18, 0.5], [7.0, 1e18, np.inf], [np.nan, 2.0, 1e-300]])
    together = moments(activation, q)
    assert together.square.shape == together.slope.shape == together.mean.shape == q.shape
    for place in np.ndindex(q.shape):
        alone = moments(activation, q[place])
        np.testing.assert_allclose(together.square[place], alone.square, rtol=1e-9)
        np.testing.assert_allclose(together.slope[place], alone.slope, rtol=1e-9)
    assert np.isnan(together.square[2, 0])
    near = moments(activation, np.array([1e-18, 1e18]))
    np.testing.assert_allclose(together.slope[0, 0], near.slope[0], rtol=1e-6)
    np.testing.assert_allclose(together.slope[1, 2], near.slope[1], atol=1e-6)
    np.testing.assert_allclose(together.slope_fourth[0, 0], near.slope_fourth[0], rtol=1e-6)
    np.testing.assert_allclose(together.slope_fourth[1, 2], near.slope_fourth[1], atol=1e-6)
    np.testing.assert_allclose(together.fourth[0, 0], near.fourth[0], atol=1e-12)


def test_what_is_known_of_chi_and_q() -> None:
    for sigma_w2 in (0.5, 1.0, 2.0, 16.0):
        assert chi_1("relu", sigma_w2) == sigma_w2 / 2
    assert chi_1("tanh", 1.0) == pytest.approx(1.0, abs=1e-9)
    assert q_star("tanh", 1.0) == 0
    assert q_star("sigmoid", 1.0) == pytest.approx(0.2647, abs=1e-4)
    assert chi_1("sigmoid", 1.0) == pytest.approx(0.0557, abs=1e-4)
    assert chi_1("sigmoid", 2.0) == pytest.approx(0.101, abs=1e-3)
    assert chi_1("sigmoid", 16.0) == pytest.approx(0.399, abs=1e-3)
    assert chi_1("tanh", 2.0) == pytest.approx(1.106, abs=1e-3)
    assert q_star("selu", 1.0) == pytest.approx(1.0, abs=1e-9)  # what it was made for


def test_the_fixed_point_is_one_and_where_the_iteration_goes() -> None:
    for activation in ACTIVATIONS:
        for sigma_w2, sigma_b2 in ((0.3, 0.0), (0.3, 0.2), (0.9, 0.05), (1.7, 0.0), (3.0, 0.1), (40.0, 0.0)):
            star = q_star(activation, sigma_w2, sigma_b2)
            q = 1.0
            for _ in range(400):
                q = float(q_map(activation, q, sigma_w2, sigma_b2))
            if star == np.inf:
                assert q > 1e3
            elif star == 0:
                assert q < 1e-3
            else:
                assert star == pytest.approx(q, rel=1e-3)
                assert float(q_map(activation, star, sigma_w2, sigma_b2)) == pytest.approx(star, rel=1e-9)


def test_a_relu_at_its_critical_point_keeps_any_variance() -> None:
    assert q_star("relu", 2.0) == 1.0
    assert q_star("relu", 2.0, 0.1) == np.inf
    assert q_star("relu", 2.1) == np.inf
    assert q_star("relu", 1.0, 0.5) == 1.0
    assert q_star("relu", 0.0) == 0.0


def test_the_depth_scale_is_where_the_gradient_falls_by_e() -> None:
    assert depth_scale("relu", 1.0) == pytest.approx(1 / np.log(2))
    assert depth_scale("relu", 2.0) == np.inf
    assert depth_scale("relu", 4.0) == pytest.approx(-1 / np.log(2))
    assert depth_scale("relu", 0.0) == 0.0


@pytest.mark.parametrize("activation", ACTIVATIONS)
def test_a_variance_below_0_and_an_unknown_activation_are_refused_and_nan_stays_nan(activation: str) -> None:
    for wrong in (
        lambda: q_map(activation, -1.0, 1.0),
        lambda: q_map(activation, np.array([1.0, -1e-300]), 1.0),
        lambda: q_map(activation, 1.0, -1.0),
        lambda: q_map(activation, 1.0, 1.0, -0.5),
    ):
        with pytest.raises(ValueError, match="is a variance: it must be 0 or larger"):
            wrong()
    for function in (q_star, chi_1, depth_scale):
        for pair in ((-1.0, 0.0), (1.0, -0.5)):
            with pytest.raises(ValueError, match="is a variance"):
                function(activation, *pair)
        assert np.isnan(function(activation, np.nan))
        assert np.isnan(function(activation, 1.0, np.nan))
        with pytest.raises(ValueError, match="no activation 'swish'"):
            function("swish", 1.0)
    assert np.isnan(q_map(activation, np.nan, 0.0))
    with pytest.raises(ValueError, match="no activation"):
        q_map(activation.upper(), 1.0, 1.0)


def test_one_number_gives_one_number_and_shapes_go_together() -> None:
    assert f"{q_map('tanh', 1.0, 1.0, 0.0):.4f}" == "0.3943"
    assert q_map("tanh", np.ones(3), np.ones((2, 1))).shape == (2, 3)
    assert chi_1("relu", np.float32(1.5)) == chi_1("relu", np.array(1.5)) == 0.75


@pytest.mark.parametrize("activation", ["tanh", "sigmoid"])
def test_huge_weights_behind_a_bounded_activation_make_gradients_explode(activation: str) -> None:
    # χ₁ grows with σ_w without end, for the few units near 0 pass a gradient on that is all the larger
    for sigma_w2 in (1e18, 1e24, 1e60, 1e300):
        star = q_star(activation, sigma_w2)
        assert star == pytest.approx(float(q_map(activation, star, sigma_w2)), rel=1e-8)
        chi = chi_1(activation, sigma_w2)
        expected = {"tanh": 4 / 3, "sigmoid": 1 / 6 / np.sqrt(0.5)}[activation] * np.sqrt(sigma_w2 / 2 / np.pi)
        assert chi == pytest.approx(expected, rel=1e-8)
    assert q_star(activation, np.inf) == chi_1(activation, np.inf) == np.inf


# ── against networks ─────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.fixture(scope="module")
def digits() -> Dataset:
    return load(DataRequest())


def frame_of(data: Dataset, **knobs: object) -> Frame:
    spec = TrainingSpec(**{"hidden_sizes": (400, 300, 200), "steps": 20, **knobs})
    return Engine(spec, data, kernel_stepper).recording.frame()


def assert_expected(measured: tuple[Variances, ...], expected: Variances, rtol: float) -> None:
    """The mean over seeds; on the way back as a share of the logits' own, which no theory gives."""
    np.testing.assert_allclose(np.mean([one.forward for one in measured], axis=0), expected.forward, rtol=rtol)
    shares = [one.backward / one.backward[-1] for one in measured]
    np.testing.assert_allclose(np.mean(shares, axis=0), expected.backward / expected.backward[-1], rtol=rtol)


@pytest.mark.parametrize("activation", ACTIVATIONS)
@pytest.mark.parametrize("init", ["lecun", "he"])
def test_wide_layers_have_the_variances_that_theory_expects(digits: Dataset, activation: str, init: str) -> None:
    frame = frame_of(digits, activation=activation, init=init)
    expected, measured = expected_variances(frame), seed_variances(frame)
    assert len(measured) > 5
    assert_expected(measured, expected, rtol=0.15)


@pytest.mark.parametrize("knobs", [{"init": "orthogonal"}, {"init_distribution": "uniform", "weight_init_std": 0.06}])
def test_other_draws_of_the_same_variance_are_expected_alike(digits: Dataset, knobs: dict[str, object]) -> None:
    frame = frame_of(digits, activation="tanh", **knobs)
    expected, measured = expected_variances(frame), seed_variances(frame)
    assert_expected(measured, expected, rtol=0.35)


def test_the_recursion_of_a_relu_is_the_plain_product(digits: Dataset) -> None:
    frame = frame_of(digits, hidden_sizes=(30, 20), weight_init_std=0.2, dtype="float64")
    rows = np.linspace(0, digits.n_train - 1, SEED_SAMPLE).round().astype(int)
    x = digits.x_train[rows]
    inner = 0.04 * x @ x.T
    signals, correlations = [], []
    for fan_in in (30, 20):
        length = np.sqrt(np.diag(inner))
        angle = np.arccos(np.clip(inner / np.outer(length, length), -1, 1))
        # Cho & Saul 2009, "Kernel methods for deep learning": the arc-cosine kernel of order 1
        kernel = np.outer(length, length) * (np.sin(angle) + (np.pi - angle) * np.cos(angle)) / 2 / np.pi
        signals.append(np.diag(kernel).mean() - kernel.mean())
        length = np.sqrt(np.diag(kernel))
        cosines = (kernel / np.outer(length, length))[~np.eye(len(x), dtype=bool)]
        correlations.append(cosines.mean())
        inner = 0.04 * fan_in * kernel
    expected = expected_variances(frame)
    np.testing.assert_allclose(expected.forward[1:], signals, rtol=2e-3)
    np.testing.assert_allclose(expected.correlation[1:], correlations, rtol=1e-3)
    assert expected.backward[0] / expected.backward[1] == pytest.approx(0.04 * 20 / 2, rel=1e-9)


@pytest.mark.parametrize("activation", ACTIVATIONS)
@pytest.mark.parametrize("init", ["lecun", "he"])
def test_two_samples_become_as_alike_as_theory_expects(digits: Dataset, activation: str, init: str) -> None:
    frame = frame_of(digits, activation=activation, init=init)
    expected, measured = expected_variances(frame), seed_variances(frame)
    np.testing.assert_allclose(
        1 - np.mean([one.correlation for one in measured], axis=0), 1 - expected.correlation, rtol=0.12
    )


def test_what_a_unit_gives_to_every_sample_alike_is_no_signal(digits: Dataset) -> None:
    tiny = replace(digits, x_train=1e-3 * digits.x_train)
    frame = frame_of(tiny, activation="sigmoid", init="lecun", hidden_sizes=(50,))
    (h,) = passes(frame).outputs
    own = float(np.sqrt(h.astype(np.float64).var(axis=0).mean()))
    assert own < 1e-3
    assert h.mean() > 0.4
    for found in (present_variances(frame), expected_variances(frame)):
        assert np.sqrt(found.forward[1]) == pytest.approx(own, rel=0.1)
        assert 0 < 1 - found.correlation[1] < 1e-6


def test_signal_and_correlation_are_those_of_numpy_also_block_by_block() -> None:
    rng = np.random.default_rng(0)
    values = (rng.standard_normal((5000, 40)) + 3 * rng.standard_normal(40)).astype(np.float32)
    unit = values / np.linalg.norm(values, axis=1, keepdims=True).astype(np.float64)
    cosines = (unit @ unit.T)[~np.eye(len(values), dtype=bool)]
    assert signal_variance(values) == pytest.approx(values.astype(np.float64).var(axis=0).mean(), rel=1e-9)
    assert correlation(values) == pytest.approx(cosines.mean(), rel=1e-9)
    assert correlation(1e30 * values) == pytest.approx(cosines.mean(), rel=1e-6)
    assert np.isnan(correlation(values[:1]))
    assert np.isnan(signal_variance(np.full((3, 2), np.inf)))
    assert correlation(np.array([[1.0, 0.0], [0.0, 0.0], [2.0, 0.0]])) == pytest.approx(1.0)


def test_the_first_of_the_seeds_is_the_run_itself(digits: Dataset) -> None:
    for knobs in ({}, {"init": "lsuv"}, {"init_distribution": "uniform"}, {"init": "orthogonal", "seed": 2**32 - 1}):
        frame = frame_of(digits, hidden_sizes=(20, 10), **knobs)
        own = present_variances(frame, SEED_SAMPLE)
        first = seed_variances(frame)[0]
        np.testing.assert_allclose(first.forward, own.forward, rtol=1e-6)
        np.testing.assert_allclose(first.backward, own.backward, rtol=1e-6)


def test_other_knobs_of_training_do_not_draw_the_seeds_again(digits: Dataset) -> None:
    frame = frame_of(digits, hidden_sizes=(20,))
    other = replace(frame, spec=frame.spec.replaced(learning_rate=0.5, steps=7))
    assert all(one is again for one, again in zip(seed_variances(frame), seed_variances(other), strict=True))


def test_very_many_weights_are_not_drawn_for_other_seeds(digits: Dataset) -> None:
    frame = frame_of(digits, hidden_sizes=(2000, 1100))
    assert seed_variances(frame) == ()
    (plot, *_) = PANELS["variance"].make(frame, PANELS["variance"].view).plots
    assert [mark.key for mark in plot.marks] == ["theory", "now"]


def test_every_weight_matrix_behind_a_hidden_layer_has_a_chi(digits: Dataset) -> None:
    found = criticality(frame_of(digits, init="he"))
    assert [one.layer for one in found] == [2, 3, 4]
    assert [one.chi for one in found] == pytest.approx([1.0, 1.0, 1.0])
    assert [one.sigma_w2 for one in found] == pytest.approx([2.0, 2.0, 2.0])


# ── the panel ────────────────────────────────────────────────────────────────────────────────────────────────────────


def notes_of(frame: Frame, **view: object) -> list[list[str]]:
    panel = PANELS["variance"]
    return [[str(note.text) for note in plot.notes] for plot in panel.make(frame, panel.view.with_(**view)).plots[:3]]


def test_the_panel_draws_theory_dashed_seeds_with_whiskers_and_the_run(digits: Dataset) -> None:
    frame = frame_of(digits, init="he")
    up, _, down, *_ = PANELS["variance"].make(frame, PANELS["variance"].view).plots
    for plot, values, first in ((up, expected_variances(frame).forward, 0), (down, present_variances(frame), 1)):
        theory, seeds, now = plot.marks
        assert isinstance(theory, Line)
        assert theory.dash
        assert isinstance(seeds, Dots)
        assert np.all(seeds.low <= seeds.y)
        assert np.all(seeds.y <= seeds.high)
        assert theory.x[0] == first
        np.testing.assert_array_equal(now.y if first else theory.y, values.backward if first else values)


def test_a_variance_of_exactly_0_is_said_where_a_log_axis_cannot_show_it(digits: Dataset) -> None:
    frame = frame_of(digits, weight_init_std=0.0)
    up, _, down = notes_of(frame)
    assert "exactly 0 in layers 1–3: not on a log axis" in up
    assert "exactly 0 in layers 1–3: not on a log axis" in down
    assert "theory: no gradient comes back to layer 1" in down
    assert not any("log axis" in text for texts in notes_of(frame, log_y=False) for text in texts)


@pytest.mark.parametrize(
    ("knobs", "words"),
    [
        ({"init": "he", "hidden_sizes": (50,)}, ["theory: ×0.2 from the logits to layer 1"]),
        (
            {"init": "he", "hidden_sizes": (50,) * 4},
            [
                "theory: ×0.2 to ×1 a layer, ×0.2 from the logits to layer 1",
                "with many more such layers: ×1 a layer (χ₁)",
            ],
        ),
        (
            {"init": "he", "hidden_sizes": (200, 50, 10)},
            ["theory: ×0.2 to ×1 a layer, ×0.05 from the logits to layer 1"],
        ),
    ],
)
def test_the_panel_says_what_the_line_of_theory_does_for_this_depth(
    digits: Dataset, knobs: dict[str, object], words: list[str]
) -> None:
    frame = frame_of(digits, **knobs)
    *_, down = notes_of(frame)
    assert [text for text in down if "layer" in text and "misses" not in text] == words
    line = expected_variances(frame).backward
    said = float(words[0].split("×")[-1].split()[0])
    assert line[0] / line[-1] == pytest.approx(said, rel=0.05)


@pytest.mark.parametrize("knobs", [{"weight_init_std": 0.01, "hidden_sizes": (50,)}, {"hidden_sizes": (50, 20)}])
def test_one_layer_is_no_depth_and_unlike_layers_have_no_chi(digits: Dataset, knobs: dict[str, object]) -> None:
    for texts in notes_of(frame_of(digits, **knobs)):
        assert not any(word in text for text in texts for word in ("χ₁", "vanish", "explode"))


def test_hardly_any_difference_is_not_drawn_as_one(digits: Dataset) -> None:
    # only the input is not 0 here, and its variance on a sample and on all differ by 2 %
    for plot in PANELS["variance"].make(frame_of(digits, weight_init_std=0.0), PANELS["variance"].view).plots[:3:2]:
        low, high = plot.y.extent
        assert high - low >= 1
    for std in (0.01, 1.0):
        for plot in PANELS["variance"].make(frame_of(digits, weight_init_std=std), PANELS["variance"].view).plots[:3:2]:
            low, high = plot.y.extent
            ends = np.log10([ends for mark in plot.marks for ends in (mark.y.min(), mark.y.max())])
            assert low + 0.05 * (high - low) < ends.min() < ends.max() < high - 0.05 * (high - low)


def test_the_panel_says_on_how_many_samples_it_stands(digits: Dataset) -> None:
    *_, down = notes_of(frame_of(digits, init="he"))
    assert "theory and seeds on 128 of 1,500 samples" in down
    *_, down = notes_of(frame_of(digits, init="he"), sample=256)
    assert "this run on 256, the rest on 128 of 1,500 samples" in down


@pytest.mark.parametrize(
    "knobs",
    [
        {"init": "he", "hidden_sizes": (10,) * 20},
        {"init": "lsuv", "hidden_sizes": (50,) * 5},
        {"init": "he", "hidden_sizes": (300,)},
        {"hidden_sizes": (100,) * 5, "activation": "tanh", "weight_init_std": 100.0},
        {"hidden_sizes": (1,), "activation": "tanh", "init": "he"},
    ],
    ids=str,
)
def test_the_panel_says_where_theory_misses_most_and_by_how_much(digits: Dataset, knobs: dict[str, object]) -> None:
    frame = frame_of(digits, **knobs)
    expected, seeds = expected_variances(frame), seed_variances(frame)
    for way, first, texts in zip(("forward", "backward"), (0, 1), notes_of(frame)[::2], strict=True):
        times = np.median([getattr(one, way) for one in seeds], axis=0) / getattr(expected, way)
        worst = int(np.argmax(np.abs(np.log(times))))
        said = [text for text in texts if "misses" in text]
        if abs(np.log(times[worst])) < np.log(1.25):
            assert not said
        else:
            assert said[0].endswith(f"in layer {first + worst}")
            number = said[0].split(" is ")[1].split()[0].translate(str.maketrans("⁻⁰¹²³⁴⁵⁶⁷⁸⁹", "-0123456789"))
            assert float(number.replace("×10", "e")) == pytest.approx(times[worst], rel=0.06)
        assert not any("saturated" in text for text in texts)
