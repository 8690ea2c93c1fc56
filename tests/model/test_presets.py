"""The presets: each is a plain spec that trains, and what is said of it is so."""

import json
from collections.abc import Callable

import numpy as np
import pytest

from model.arguments import parse_train_arguments
from model.data.prepare import load
from model.figures.panels import PANELS
from model.insight.findings import findings
from model.insight.passes import passes
from model.insight.phase import layer_places
from model.insight.theory import chi_1
from model.training.engine import Engine
from model.training.frame import Frame
from model.training.presets import FOLDER, INDEX, Preset, presets
from model.training.spec import TrainingSpec
from model.training.stepper import kernel_stepper
from tests.grids import covered

EVERY = pytest.mark.parametrize("preset", presets().values(), ids=presets())


def run(name: str, steps: int = 0, seed: int | None = None) -> Frame:
    spec = presets()[name].spec()
    if seed is not None:
        spec = spec.replaced(seed=seed)
    engine = Engine(spec, load(spec.data_request), kernel_stepper)
    engine.train(steps)
    return engine.recording.frame()


def changes(name: str, way: str, seed: int) -> np.ndarray:
    """By how much the spread of outputs, the signal in them, or the gradient on its way back changes by layer."""
    passed = passes(run(name, seed=seed))
    layers = passed.deltas[-2::-1] if way == "down" else passed.outputs
    size = {"signal": lambda h: np.sqrt(h.var(axis=0, dtype=np.float64).mean())}
    spreads = np.array([float(size.get(way, lambda h: h.std(dtype=np.float64))(values)) for values in layers])
    return spreads[1:] / spreads[:-1]


def test_every_file_in_the_folder_is_listed_and_every_row_has_its_file() -> None:
    assert {path.name for path in FOLDER.iterdir()} == {INDEX, *(f"{name}.json" for name in presets())}


@EVERY
def test_a_preset_says_where_it_is_from_and_what_to_look_at(preset: Preset) -> None:
    assert preset.title
    assert preset.group
    assert any(
        source in preset.source
        for source in ("chapter 6", "Glorot & Bengio 2010", "Schoenholz et al. 2017", "makemore")
    )
    assert preset.look.endswith(".")
    assert set(preset.panels) <= set(PANELS)


@EVERY
def test_a_preset_is_a_spec_file_for_the_command_line(preset: Preset) -> None:
    spec = parse_train_arguments(["--spec", str(preset.path)]).spec
    assert spec == preset.spec()
    assert spec != TrainingSpec()
    assert set(json.loads(preset.path.read_text())) <= set(TrainingSpec.model_fields)
    assert spec.steps > 0


@EVERY
def test_a_preset_trains_and_its_panels_can_be_drawn(preset: Preset) -> None:
    for steps in (0, 5):
        frame = run(preset.id, steps)
        assert frame.step == steps
        for name in preset.panels:
            figure = PANELS[name].make(frame, PANELS[name].view)
            assert figure.plots or figure.passages


# What the sentences claim, over the seeds that anybody may try

SEEDS = range(10)
OVER_SEEDS = pytest.mark.parametrize("seed", SEEDS)
OVER_SOME_SEEDS = pytest.mark.parametrize("seed", covered(SEEDS, share=4))
"""For what takes long: the others are in `make grids`."""


def saturated(name: str, seed: int, beyond: Callable[[np.ndarray], np.ndarray]) -> list[float]:
    return [float(np.mean(beyond(h))) for h in passes(run(name, seed=seed)).outputs]


def mean_change(changes: np.ndarray) -> float:
    return float(np.exp(np.log(changes).mean()))


@OVER_SEEDS
def test_a_sigmoid_with_std_1_is_saturated_in_about_half_of_its_outputs(seed: int) -> None:
    for share in saturated("book-sigmoid-std1", seed, lambda h: (h < 0.015) | (h > 0.985)):
        assert 0.45 < share < 0.6


@OVER_SEEDS
def test_a_sigmoid_with_std_001_says_a_half_everywhere(seed: int) -> None:
    passed = passes(run("book-sigmoid-std001", seed=seed))
    assert all(abs(h.mean() - 0.5) < 0.01 and h.std() < 0.02 for h in passed.outputs)
    assert passed.deltas[0].std() < 1e-6 * passed.deltas[-1].std()


@OVER_SEEDS
def test_a_sigmoids_signal_shrinks_in_every_layer_while_its_outputs_stay_spread(seed: int) -> None:
    for name, share in (("book-sigmoid-xavier", 0.24), ("book-sigmoid-he", 0.32)):
        assert np.all(np.abs(changes(name, "signal", seed) - share) < 0.03), name
        assert min(float(h.std()) for h in passes(run(name, seed=seed)).outputs) > 0.1
    assert np.all(np.abs(changes("book-sigmoid-xavier", "down", seed) - 0.24) < 0.05)
    he, xavier = (passes(run(f"book-sigmoid-{scheme}", seed=seed)).outputs for scheme in ("he", "xavier"))
    assert all(wide.std() > narrow.std() for wide, narrow in zip(he, xavier, strict=True))


@pytest.mark.parametrize(
    ("name", "low", "high", "mean"),
    [
        ("book-tanh-std001", 0.09, 0.11, 0.1), ("book-tanh-xavier", 0.75, 0.95, 0.85),
        ("book-tanh-he", 0.85, 1.02, 0.95), ("book-relu-he", 0.8, 1.25, 1.02), ("book-relu-std1", 5.8, 9.0, 7.2),
        ("book-relu-std001", 1 / 18, 1 / 11, 1 / 14), ("book-relu-xavier", 0.58, 0.9, 0.72),
    ],
)  # fmt: skip
@OVER_SEEDS
def test_activations_change_from_layer_to_layer_as_the_preset_says(
    name: str, low: float, high: float, mean: float, seed: int
) -> None:
    found = changes(name, "up", seed)
    assert np.all((low < found) & (found < high)), found
    assert mean_change(found) == pytest.approx(mean, rel=0.08)


@OVER_SEEDS
def test_tanh_units_are_saturated_with_std_1_and_few_are_with_he(seed: int) -> None:
    assert min(saturated("book-tanh-std1", seed, lambda h: np.abs(h) > 0.97)) > 0.7
    first, *above = saturated("book-tanh-he", seed, lambda h: np.abs(h) > 0.97)
    assert 0.07 < first < 0.13
    assert max(above) < first / 2


@OVER_SEEDS
def test_glorots_standard_scheme_shrinks_both_ways_and_the_normalised_one_hardly(seed: int) -> None:
    for way in ("up", "down"):
        assert np.all(changes("glorot-standard", way, seed) < 0.7)
        assert 1 / 2.5 < changes("glorot-normalised", way, seed).prod() < 2.5
    frame = run("glorot-standard", seed=seed)
    for layer, (n_in, _) in enumerate(frame.layout.shapes[f"W{k}"] for k in range(1, 6)):
        weights = frame.initial[f"W{layer + 1}"]
        assert 0.99 < np.abs(weights).max() * np.sqrt(n_in) <= 1.0001


@pytest.mark.parametrize("seed", range(4))
def test_on_the_critical_line_of_tanh_gradients_keep_their_size_and_beside_it_they_do_not(seed: int) -> None:
    frame = run("schoenholz-critical", seed=seed)
    for gain, low, high in ((1.0, 0.0, 1 / 15), (1.327, 1 / 3, 3.0), (1.8, 3.5, np.inf)):
        moved = Engine(frame.spec.replaced(layer_gains=(gain,)), frame.data, kernel_stepper).recording.frame()
        sizes = [float((delta.astype(np.float64) ** 2).mean()) for delta in passes(moved).deltas]
        assert low <= sizes[0] / sizes[-2] < high
    assert {round(place.sigma_b2, 3) for place in layer_places(frame)} == {0.05}
    assert all(chi_1("tanh", place.sigma_w2, 0.05) == pytest.approx(1, abs=1e-3) for place in layer_places(frame))


@OVER_SEEDS
def test_a_loud_output_layer_begins_far_above_the_loss_of_guessing_and_a_quiet_one_there(seed: int) -> None:
    loud, quiet = (run(f"makemore-{name}", 1, seed) for name in ("loud", "quiet"))
    assert 6 < loud.loss[0] < 11
    assert quiet.loss[0] == pytest.approx(np.log(10), abs=0.02)
    np.testing.assert_allclose(quiet.initial["W2"], 0.01 * loud.initial["W2"], rtol=1e-6)
    np.testing.assert_array_equal(quiet.initial["W1"], loud.initial["W1"])
    assert loud.stds[-1] == pytest.approx(1)
    assert "loud_output" in {finding.code for finding in findings(loud)}


@OVER_SOME_SEEDS
def test_the_comparison_comes_down_in_the_order_he_xavier_and_std_001_not_at_all(seed: int) -> None:
    assert run("book-compare-std001", 500, seed).loss[-100:].mean() == pytest.approx(np.log(10), abs=0.02)
    half = {k: int(np.argmax(run(f"book-compare-{k}", 1200, seed).loss < 1.15)) for k in ("xavier", "he")}
    assert 0 < half["he"] < half["xavier"]


@OVER_SOME_SEEDS
def test_a_zero_sigmoid_network_learns_as_one_unit_and_a_zero_relu_one_not(seed: int) -> None:
    frame = run("zero-sigmoid", 500, seed)
    w1, w2 = frame.params["W1"], frame.params["W2"]
    assert frame.loss[-1] < 2.0
    assert np.abs(w1 - w1[:, :1]).max() < 1e-7 * np.abs(w1).max()
    assert np.abs(w2 - w2[:1]).max() < 1e-7 * np.abs(w2).max()
    frame = run("zero-relu", 500, seed)
    assert not any(frame.params[name].any() for name in ("W1", "b1", "W2"))
    assert not frame.grad_norms[:, :3].any()
    assert frame.params["b2"].any()
    assert frame.loss.min() > 2.2
