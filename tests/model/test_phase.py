"""The phase diagram: its plane is that of random networks and of another quadrature, its dots are the layers' own."""

import numpy as np
import pytest
from scipy.integrate import quad
from scipy.optimize import brentq

from model.data.prepare import load
from model.figures.colour_key import colour_keys
from model.figures.figure import Dots, Image, Line, Plot, Texts, View
from model.figures.panels import PANELS
from model.figures.panels.phase import grouped, named
from model.figures.panels.phase_plane import level_line, plane_of, stage_of
from model.figures.reading import read
from model.figures.tables import TABLES
from model.insight.passes import passes
from model.insight.phase import LayerPlace, layer_places, line_of, rest
from model.insight.theory import chi_1, depth_scale, q_star
from model.network.activations import ACTIVATIONS
from model.training.engine import Engine
from model.training.frame import Frame
from model.training.spec import TrainingSpec
from model.training.stepper import ClassStepper

FLAT = View()
LOG = View(log_x=True, log_y=True)
NOWHERE = (LayerPlace(1, 0.0, 0.0),)


def run(**knobs: object) -> Frame:
    spec = TrainingSpec().replaced(**knobs)
    return Engine(spec, load(spec.data_request), ClassStepper).recording.frame()


def plot_of(frame: Frame, view: View = FLAT) -> Plot:
    (plot,) = PANELS["phase"].make(frame, view).plots
    return plot


def mark_of(plot: Plot, key: str) -> object:
    return next(mark for mark in plot.marks if mark.key == key)


def said(plot: Plot, x: float, y: float) -> list[str]:
    return [str(line.text) for line in read(plot, FLAT, x, y)]


# ── the plane ────────────────────────────────────────────────────────────────────────────────────────────────────────


def normal_mean(function, q: float) -> float:
    def weighted(z: float) -> float:
        return function(np.sqrt(q) * z) * np.exp(-z * z / 2) / np.sqrt(2 * np.pi)

    return quad(weighted, -12, 0, limit=200)[0] + quad(weighted, 0, 12, limit=200)[0]


def test_the_critical_line_of_tanh_is_that_of_an_adaptive_quadrature_and_passes_the_published_point() -> None:
    sigma_b2 = 0.05

    def excess(sigma_w2: float) -> float:
        star = brentq(lambda q: sigma_w2 * normal_mean(lambda a: np.tanh(a) ** 2, q) + sigma_b2 - q, 1e-6, 50)
        return sigma_w2 * normal_mean(lambda a: np.cosh(a) ** -4.0, star) - 1

    by_quad = brentq(excess, 1.2, 3.0)
    (found,) = line_of("tanh", 1.0, np.array([sigma_b2]), (0.0, 4.0))
    assert found == pytest.approx(by_quad, rel=1e-6)
    assert found == pytest.approx(1.7610, abs=1e-4)


@pytest.mark.parametrize("activation", ACTIVATIONS)
def test_the_plane_is_that_of_the_recursion_with_random_numbers(activation: str) -> None:
    z = np.random.default_rng(2).standard_normal(100_000)
    phi = ACTIVATIONS[activation]
    for sigma_w2, sigma_b2 in ((0.4, 0.1), (1.5, 0.3), (3.0, 0.05)):
        q = 1.0
        for _ in range(300):
            q = min(sigma_w2 * float(np.mean(phi.forward(np.sqrt(q) * z[:5000]) ** 2)) + sigma_b2, 1e12)
        found = rest(activation, sigma_w2, sigma_b2)
        if q > 1e9:
            assert found.q == np.inf
            q = 1e12
        else:
            assert float(found.q) == pytest.approx(q, rel=0.1)
            q = float(found.q)
        a = np.sqrt(q) * z
        slopes = phi.derivative(a, phi.forward(a)) ** 2
        error = 5 * sigma_w2 * slopes.std() / np.sqrt(len(z))
        assert abs(float(found.chi) - sigma_w2 * slopes.mean()) <= error + 1e-6


@pytest.mark.parametrize("activation", ACTIVATIONS)
def test_many_points_at_once_are_the_single_ones_of_the_theory(activation: str) -> None:
    rng = np.random.default_rng(3)
    w, b = 10 ** rng.uniform(-2, 2, 25), np.where(rng.random(25) < 0.3, 0.0, 10 ** rng.uniform(-4, 1, 25))
    found = rest(activation, w, b)
    for k in range(len(w)):
        assert found.chi[k] == pytest.approx(chi_1(activation, w[k], b[k]), rel=1e-5)
        assert found.q[k] == pytest.approx(q_star(activation, w[k], b[k]), rel=1e-5, abs=1e-11)


def test_a_relu_is_critical_at_2_exactly_and_its_signal_grows_without_end_from_there_on() -> None:
    stage = stage_of(NOWHERE, FLAT)
    w, b = level_line("relu", stage, 1.0)
    np.testing.assert_allclose(w, 2.0, rtol=1e-11)
    assert (b[0], b[-1]) == (0.0, stage.y[1])
    plane = plane_of("relu", stage)
    np.testing.assert_allclose(plane.found.chi, np.tile(plane.sigma_w2 / 2, (len(plane.sigma_b2), 1)), rtol=1e-12)
    assert np.array_equal(np.isinf(plane.found.q), np.tile(plane.sigma_w2 > 2, (len(plane.sigma_b2), 1)))


@pytest.mark.parametrize("activation", ["tanh", "selu"])
def test_the_drawn_line_stays_on_chi_1_between_its_points_too(activation: str) -> None:
    w, b = level_line(activation, stage_of(NOWHERE, FLAT), 1.0)
    held = np.isfinite(w)
    w, b = w[held], b[held]
    between = rest(activation, (w[1:] + w[:-1]) / 2, (b[1:] + b[:-1]) / 2).chi
    assert np.abs(between - 1).max() < 0.01


@pytest.mark.parametrize("activation", ACTIVATIONS)
@pytest.mark.parametrize("view", [FLAT, LOG], ids=["linear", "log"])
def test_the_critical_line_parts_the_pixels_that_vanish_from_those_that_explode(activation: str, view: View) -> None:
    stage = stage_of(NOWHERE, view)
    plane = plane_of(activation, stage)
    line = line_of(activation, 1.0, plane.sigma_b2, (0.0, plane.x[1]))
    edge = np.where(np.isnan(line), np.inf, line)
    right = plane.sigma_w2[None, :] > edge[:, None]
    assert np.array_equal(plane.log2_chi > 0, right)


@pytest.fixture(scope="module")
def noise() -> np.ndarray:
    """Weights of sixteen layers of a thousand units, each of variance 1."""
    return np.random.default_rng(4).standard_normal((16, 1000, 1000), dtype=np.float32)


def measured(noise: np.ndarray, activation: str, sigma_w2: float, sigma_b2: float, q: float) -> tuple[float, float]:
    """Give the variance of pre-activations and the growth of gradients over a layer, in the upper half of a network.

    Its inputs give the first layer the variance q.
    """
    n_layers, n, _ = noise.shape
    rng, phi = np.random.default_rng(5), ACTIVATIONS[activation]
    weights = noise * np.float32(np.sqrt(sigma_w2 / n))
    h, zs = rng.standard_normal((4, n), dtype=np.float32) * np.float32(np.sqrt((q - sigma_b2) / sigma_w2)), []
    for w in weights:
        zs.append(h @ w + rng.standard_normal(n, dtype=np.float32) * np.float32(np.sqrt(sigma_b2)))
        h = phi.forward(zs[-1])
    delta, norms = rng.standard_normal((4, n), dtype=np.float32), []
    for w, z in zip(weights[::-1], zs[::-1], strict=True):
        delta = delta * phi.derivative(z, phi.forward(z))
        norms.append(float((delta**2).mean()))
        delta = delta @ w.T
    half = n_layers // 2
    return float(np.mean([(z**2).mean() for z in zs[half:]])), (norms[half] / norms[0]) ** (1 / half)


@pytest.mark.parametrize(
    ("activation", "sigma_w2", "sigma_b2"),
    [("tanh", 1.761, 0.05), ("tanh", 1.3, 0.05), ("tanh", 2.6, 0.05), ("relu", 1.6, 0.1), ("gelu", 1.5, 0.2)],
)
def test_networks_a_thousand_units_wide_behave_as_the_plane_says(
    noise: np.ndarray, activation: str, sigma_w2: float, sigma_b2: float
) -> None:
    found = rest(activation, sigma_w2, sigma_b2)
    q, growth = measured(noise, activation, sigma_w2, sigma_b2, float(found.q))
    assert q == pytest.approx(float(found.q), rel=0.1)
    assert growth == pytest.approx(float(found.chi), rel=0.03)


# ── the layers ───────────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("knobs", [{"init": "he"}, {"weight_init_std": 0.2, "bias_init_std": 0.3},
                                   {"init": "lecun", "layer_gains": (1.0, 0.5, 2.0)}])  # fmt: skip
def test_a_dot_stands_where_the_weights_and_biases_have_their_variance(knobs: dict[str, object]) -> None:
    frame = run(hidden_sizes=(400, 300), activation="tanh", dtype="float64", **knobs)
    dots = mark_of(plot_of(frame), "layers")
    assert isinstance(dots, Dots)
    for k, layer in enumerate((1, 2, 3)):
        weights, biases = frame.initial[f"W{layer}"], frame.initial[f"b{layer}"]
        assert dots.x[k] == pytest.approx(len(weights) * weights.var(), rel=0.1)
        assert dots.y[k] == pytest.approx(float((biases**2).mean()), rel=0.5, abs=1e-12)


def test_layers_that_coincide_share_a_name() -> None:
    plot = plot_of(run(hidden_sizes=(30,) * 19, activation="tanh", init="he", layer_gains=(0.5, *(1.0,) * 19)))
    words = {str(text) for mark in plot.marks if isinstance(mark, Texts) for text in mark.texts}
    assert {"W1", "W2–W20"} <= words
    assert str(named([1, 2, 4, 5, 6, 9])) == "W1, W2, W4–W6, W9"
    assert [group.tolist() for group in grouped(np.array([[0, 0], [1, 1], [0.05, 0]]), (0.1, 0.1))] == [[0, 2], [1]]


def test_a_name_stands_left_of_its_dot_where_another_dot_stands_right_of_it() -> None:
    def aligns(gain: float) -> dict[str, str]:
        plot = plot_of(run(hidden_sizes=(50, 50), activation="tanh", init="lecun", layer_gains=(gain, 1.5, 1.5)))
        marks = [mark for mark in plot.marks if isinstance(mark, Texts)]
        return {str(text): mark.align for mark in marks for text in mark.texts if str(text).startswith("W")}

    assert aligns(1.7) == {"W1": "left", "W2, W3": "right"}  # σ_w² 2.89 and 2.25, of 4
    assert aligns(0.1) == {"W1": "left", "W2, W3": "left"}


@pytest.mark.parametrize("std", [0.0, 1e-310, 1e-5, 0.01, 1.0, 3.0, 1e3, 1e200, 1e308])
@pytest.mark.parametrize("view", [FLAT, LOG], ids=["linear", "log"])
def test_every_layer_is_a_dot_in_the_plane_or_named_as_outside(std: float, view: View) -> None:
    frame = run(weight_init_std=std, hidden_sizes=(20,) * 3, dtype="float64")
    plot = plot_of(frame, view)
    dots = next((mark for mark in plot.marks if isinstance(mark, Dots)), None)
    notes = [str(note.text) for note in plot.notes]
    n_inside = 0 if dots is None else len(dots.x)
    assert (n_inside < 4) == any(note.startswith("outside: ") for note in notes)
    assert plot.x.extent is not None
    assert plot.x.extent[1] <= (8 if view.log_x else 100)
    if dots is not None:
        x = np.log10(dots.x) if view.log_x else dots.x
        assert (x >= plot.x.extent[0] - 1e-9).all()
        assert (x <= plot.x.extent[1] + 1e-9).all()
    assert any("edge of a log axis" in note for note in notes) == view.log_y


def test_infinite_weights_are_told_as_outside() -> None:
    plot = plot_of(run(weight_init_std=1e308))
    assert str(plot.notes[0].text) == "outside: W1, W2, σ_w² to ∞"
    assert plot.x.extent == pytest.approx((-0.12, 4.0))


# ── what is said and shown ───────────────────────────────────────────────────────────────────────────────────────────


def test_the_mouse_reads_chi_the_phase_the_depth_scale_and_q() -> None:
    plot = plot_of(run(activation="tanh"))
    place, depth, q = said(plot, 1.02, 0.20)
    chi = chi_1("tanh", 1.02, 0.20)
    assert place.startswith("σ_w² 1.02, σ_b² 0.199: χ₁ 0.6")
    assert place.endswith("ordered, gradients vanish")
    assert float(place.split("χ₁ ")[1].split(",")[0]) == pytest.approx(chi, abs=0.01)
    assert float(depth.split()[1]) == pytest.approx(-1 / np.log(chi), rel=0.05)
    assert float(q.split()[1]) == pytest.approx(q_star("tanh", 1.02, 0.20), rel=0.02)
    assert said(plot, 3.9, 0.01)[0].endswith("chaotic, gradients explode")
    assert "q grows without end" in said(plot_of(run()), 3.0, 0.2)


def test_the_mouse_reads_a_dot() -> None:
    place, measured, hint = said(plot_of(run(init="he", activation="tanh")), 2.0, 0.0)
    assert place == f"W1, W2: σ_w² 2, σ_b² 0, χ₁ 1.11, ξ {-depth_scale('tanh', 2.0):.3g} layers"
    assert hint == "drag: layer_gains, bias_init_std"
    assert measured.startswith("measured now: gradients ×")
    *_, hint = said(plot_of(run(weight_init_std=0.2)), 2.0, 0.0)
    assert hint == "drag: weight_init_std, bias_init_std; with Shift: the gain of W2 alone"


def test_a_dot_says_what_its_layers_do_to_the_gradient_and_the_first_layer_has_none_to_tell() -> None:
    frame = run(activation="tanh", hidden_sizes=(40, 30, 20), init="lecun", layer_gains=(0.2, 1.0, 1.0, 1.5))
    plot = plot_of(frame)
    passed = passes(frame)
    variances = [float(delta.var(dtype=np.float64)) for delta in passed.deltas]
    second, third, last = (variances[k] / variances[k + 1] for k in range(3))
    assert (
        said(plot, 1.0, 0.0)[1]
        == f"measured now: gradients ×{min(second, third):.3g} to ×{max(second, third):.3g} a layer"
    )
    assert said(plot, 2.25, 0.0)[1] == f"measured now: gradients ×{last:.3g} a layer"
    assert not any("measured" in line for line in said(plot, 0.04, 0.0))


def test_the_colours_say_what_they_are_and_change_sides_at_chi_1() -> None:
    plot = plot_of(run())
    (key,) = colour_keys([plot])
    assert key.signed
    assert "χ₁" in str(key.label)
    image = mark_of(plot, "plane")
    assert isinstance(image, Image)
    n = image.values.shape[1]
    across = image.x[0] + (image.x[1] - image.x[0]) * (np.arange(n) + 0.5) / n
    assert np.array_equal(image.values[0] > 0, across > 2)


@pytest.mark.parametrize("depth_scale", [False, True])
def test_colours_run_without_steps_and_are_those_of_chi_at_every_pixel(*, depth_scale: bool) -> None:
    image = mark_of(plot_of(run(activation="tanh"), FLAT.with_(depth_scale=depth_scale)), "plane")
    assert isinstance(image, Image)
    shades = np.clip(image.values / image.limit, -1, 1)
    n_rows, n_columns = shades.shape
    w = image.x[0] + (image.x[1] - image.x[0]) * (np.arange(n_columns) + 0.5) / n_columns
    b = image.y[0] + (image.y[1] - image.y[0]) * (np.arange(n_rows) + 0.5) / n_rows
    inner = slice(8, None), slice(8, None)
    chi = rest("tanh", w[None, inner[1]], b[inner[0], None]).chi
    expected = 6 / np.maximum(np.abs(np.log(chi)), 6 / 50) / 50 if depth_scale else np.log2(chi) / 2
    np.testing.assert_allclose(shades[inner], np.clip(expected, -1, 1), atol=0.02)
    if not depth_scale:
        assert np.abs(np.diff(shades[inner], axis=1)).max() < 0.03


def test_the_depth_scale_marks_where_this_network_ends() -> None:
    view = FLAT.with_(depth_scale=True)
    plot = plot_of(run(activation="tanh", hidden_sizes=(20,) * 8), view)
    for part, sign in (("ordered", -1), ("chaotic", 1)):
        line = mark_of(plot, f"depth.{part}")
        assert isinstance(line, Line)
        held = np.flatnonzero(np.isfinite(line.x))[::40]
        for k in held:
            chi = chi_1("tanh", float(line.x[k]), float(line.y[k]))
            assert 6 / np.log(chi) == pytest.approx(sign * 8, rel=1e-3)
    image = mark_of(plot, "plane")
    assert isinstance(image, Image)
    assert image.scale == "sequential"


def test_a_sigmoid_says_where_its_critical_line_lies() -> None:
    (note,) = [str(note.text) for note in plot_of(run(activation="sigmoid")).notes]
    far = float(note.split()[-1])
    assert note.startswith("χ₁ = 1 lies outside")
    assert chi_1("sigmoid", far * 0.98) < 1 < chi_1("sigmoid", far * 1.02)


def test_the_data_are_the_grid_the_lines_and_every_layer() -> None:
    frame = run(activation="tanh", hidden_sizes=(30, 30), weight_init_std=100.0)
    grid, line, layer = TABLES["phase"](frame, FLAT)
    assert (grid.name, line.name, layer.name) == ("plane", "line", "layer")
    names = [column.name for column in grid.columns]
    place = dict(zip(names, (np.asarray(values)[1234] for values in grid.values), strict=True))
    assert place["chi_1"] == pytest.approx(
        chi_1("tanh", float(place["sigma_w_squared"]), float(place["sigma_b_squared"])), rel=1e-5
    )
    assert layer.n_rows == 3
    np.testing.assert_allclose(layer.values[1], [one.sigma_w2 for one in layer_places(frame)])
    hidden = FLAT.with_(hidden=frozenset({"critical", "layers"}))
    assert [table.name for table in TABLES["phase"](frame, hidden)] == ["plane"]
