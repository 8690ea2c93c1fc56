"""The presets: each is a plain spec that trains, and what is said of it is so."""

import json

import numpy as np
import pytest

from model.arguments import parse_train_arguments
from model.data.prepare import load
from model.figures.panels import PANELS
from model.insight.passes import passes
from model.training.engine import Engine
from model.training.frame import Frame
from model.training.presets import FOLDER, INDEX, Preset, presets
from model.training.spec import TrainingSpec
from model.training.stepper import kernel_stepper

EVERY = pytest.mark.parametrize("preset", presets().values(), ids=presets())


def run(name: str, steps: int = 0) -> Frame:
    spec = presets()[name].spec()
    engine = Engine(spec, load(spec.data_request), kernel_stepper)
    engine.train(steps)
    return engine.recording.frame()


def ratios(name: str, way: str) -> np.ndarray:
    """By how much the spread of activations, or of gradients on their way down, changes from layer to layer."""
    passed = passes(run(name))
    layers = passed.outputs if way == "up" else passed.deltas[-2::-1]
    spreads = np.array([float(values.std(dtype=np.float64)) for values in layers])
    return spreads[1:] / spreads[:-1]


def test_every_file_in_the_folder_is_listed_and_every_row_has_its_file() -> None:
    assert {path.name for path in FOLDER.iterdir()} == {INDEX, *(f"{name}.json" for name in presets())}


@EVERY
def test_a_preset_says_where_it_is_from_and_what_to_look_at(preset: Preset) -> None:
    assert preset.title
    assert preset.group
    assert "chapter 6" in preset.source or "Glorot & Bengio 2010" in preset.source
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


# What the sentences claim


def test_a_sigmoid_with_std_1_is_saturated_in_half_of_its_outputs() -> None:
    for h in passes(run("book-sigmoid-std1")).outputs:
        assert 0.45 < np.mean((h < 0.015) | (h > 0.985)) < 0.6


def test_a_sigmoid_with_std_001_says_a_half_everywhere() -> None:
    passed = passes(run("book-sigmoid-std001"))
    assert all(abs(h.mean() - 0.5) < 0.01 and h.std() < 0.02 for h in passed.outputs)
    assert passed.deltas[0].std() < 1e-8


def test_under_xavier_a_sigmoids_gradients_shrink_to_about_a_quarter_a_layer() -> None:
    assert np.all(np.abs(ratios("book-sigmoid-xavier", "down") - 0.24) < 0.05)
    assert np.all(ratios("book-sigmoid-xavier", "up")[1:] > 0.9)
    assert passes(run("book-sigmoid-he")).outputs[-1].std() > passes(run("book-sigmoid-xavier")).outputs[-1].std()


@pytest.mark.parametrize(
    ("name", "low", "high"),
    [
        ("book-tanh-std001", 0.09, 0.11), ("book-tanh-xavier", 0.7, 1.0), ("book-tanh-he", 0.85, 1.0),
        ("book-relu-std1", 6.3, 7.7), ("book-relu-std001", 1 / 16.5, 1 / 13), ("book-relu-xavier", 0.64, 0.76),
        ("book-relu-he", 0.9, 1.1),
    ],
)  # fmt: skip
def test_activations_change_from_layer_to_layer_as_the_preset_says(name: str, low: float, high: float) -> None:
    found = ratios(name, "up")
    assert np.all((low < found) & (found < high)), found


def test_tanh_units_are_saturated_with_std_1_and_few_are_with_he() -> None:
    def share(name: str) -> list[float]:
        return [float(np.mean(np.abs(h) > 0.97)) for h in passes(run(name)).outputs]

    assert min(share("book-tanh-std1")) > 0.7
    assert max(share("book-tanh-he")) < 0.1


def test_glorots_standard_scheme_shrinks_both_ways_and_the_normalised_one_hardly() -> None:
    for way in ("up", "down"):
        assert np.all(ratios("glorot-standard", way) < 0.7)
        assert 1 / 2.2 < ratios("glorot-normalised", way).prod() < 2.2
    frame = run("glorot-standard")
    for layer, (n_in, _) in enumerate(frame.layout.shapes[f"W{k}"] for k in range(1, 6)):
        weights = frame.initial[f"W{layer + 1}"]
        assert 0.99 < np.abs(weights).max() * np.sqrt(n_in) <= 1.0001


def test_the_comparison_ends_in_the_order_he_xavier_and_std_001_not_at_all() -> None:
    losses = {k: run(f"book-compare-{k}", 2000).loss for k in ("std001", "xavier", "he")}
    assert losses["std001"][-100:].mean() == pytest.approx(np.log(10), abs=0.02)
    half = {k: int(np.argmax(losses[k] < 1.15)) for k in ("xavier", "he")}
    assert 0 < half["he"] < half["xavier"]


def test_a_zero_sigmoid_network_learns_as_one_unit_and_a_zero_relu_one_not() -> None:
    frame = run("zero-sigmoid", 500)
    w1, w2 = frame.params["W1"], frame.params["W2"]
    assert frame.loss[-1] < 1.9
    assert np.abs(w1 - w1[:, :1]).max() < 1e-7 * np.abs(w1).max()
    assert np.abs(w2 - w2[:1]).max() < 1e-7 * np.abs(w2).max()
    frame = run("zero-relu", 2000)
    assert not any(frame.params[name].any() for name in ("W1", "b1", "W2"))
    assert frame.params["b2"].any()
    assert frame.loss.min() > 2.2
