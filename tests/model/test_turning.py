"""What a drag in the phase diagram turns: the knobs that bring a layer to just that place."""

from pathlib import Path

import numpy as np
import pytest

from model.data.prepare import load
from model.figures.figure import Spots, View
from model.figures.panels import PANELS
from model.insight.phase import layer_places
from model.insight.turning import turned
from model.training.engine import Engine
from model.training.frame import Frame
from model.training.spec import TrainingSpec
from model.training.stepper import ClassStepper


def run(**knobs: object) -> Frame:
    spec = TrainingSpec().replaced(**{"hidden_sizes": (40, 30), **knobs})
    return Engine(spec, load(spec.data_request), ClassStepper).recording.frame()


def after(frame: Frame, knobs: dict[str, object]) -> Frame:
    return Engine(frame.spec.replaced(**knobs), frame.data, ClassStepper).recording.frame()


@pytest.mark.parametrize("alone", [False, True])
@pytest.mark.parametrize("layer", [1, 2, 3])
@pytest.mark.parametrize(
    "knobs",
    [
        {},
        {"init": "he"},
        {"init": "glorot", "layer_gains": (0.7,)},
        {"init": "orthogonal"},
        {"init": "lsuv"},
        {"layer_gains": (1.0, 2.0, 0.1)},
        {"init": "lecun", "layer_gains": (3.0, 2.0, 0.1)},
        {"layer_gains": (0.5,), "weight_init_std": 3.0},
        {"parametrization": "mup", "init": "lecun", "base_width": 16},
        {"parametrization": "mup", "weight_init_std": 0.3},
    ],
    ids=str,
)
def test_the_knobs_bring_the_layer_to_the_place(knobs: dict[str, object], layer: int, alone: bool) -> None:
    frame = run(**knobs)
    found = turned(frame, [layer], 1.7, 0.04, alone=alone)
    places = layer_places(after(frame, found))
    assert places[layer - 1].sigma_w2 == pytest.approx(1.7, rel=0.011)
    assert [place.sigma_b2 for place in places] == pytest.approx([0.04] * 3)
    before = layer_places(frame)
    factors = [new.sigma_w2 / old.sigma_w2 for new, old in zip(places, before, strict=True)]
    if alone or len(frame.spec.layer_gains) > 1:
        assert [round(factor, 9) for k, factor in enumerate(factors, start=1) if k != layer] == [1, 1]
    else:
        assert factors == pytest.approx([factors[0]] * 3)


def test_an_axis_that_is_left_alone_turns_nothing() -> None:
    assert set(turned(run(), [1], 2.0, None)) == {"weight_init_std"}
    assert set(turned(run(init="he"), [1, 2, 3], 2.5, None)) == {"layer_gains"}
    assert set(turned(run(init="he"), [1], None, 0.3)) == {"bias_init_std"}


@pytest.mark.parametrize(
    "knobs",
    [{"weight_init_std": 0.0}, {"layer_gains": (0.0,)}, {"init": "he", "layer_gains": (0.0, 1.0, 1.0)}],
    ids=str,
)
def test_a_layer_comes_back_from_0(knobs: dict[str, object]) -> None:
    frame = run(**knobs)
    for _ in range(2):
        frame = after(frame, turned(frame, [1], 1.5, None))
    assert layer_places(frame)[0].sigma_w2 == pytest.approx(1.5, rel=0.011)


def test_the_biases_of_pytorch_have_a_spread_of_their_own() -> None:
    frame = run(init="torch")
    found = turned(frame, [1, 2, 3], 1.7, 0.04)
    assert set(found) == {"layer_gains"}
    assert [place.sigma_w2 for place in layer_places(after(frame, found))] == pytest.approx([1.7] * 3, rel=0.011)
    (plot,) = PANELS["phase"].make(frame, View()).plots
    assert "bias" not in plot.readings[1].text


def test_weights_from_a_file_are_dots_that_no_knob_moves(tmp_path: Path) -> None:
    rng, shapes = np.random.default_rng(0), ((64, 40), (40, 30), (30, 10))
    arrays = {f"W{k}": 0.2 * k * rng.standard_normal(shape) for k, shape in enumerate(shapes, start=1)}
    arrays |= {f"b{k}": 0.3 * rng.standard_normal(shape[1]) for k, shape in enumerate(shapes, start=1)}
    np.savez(tmp_path / "own.npz", **arrays)
    frame = run(weights=str(tmp_path / "own.npz"))
    for k, place in enumerate(layer_places(frame), start=1):
        assert place.sigma_w2 == pytest.approx(len(arrays[f"W{k}"]) * np.mean(arrays[f"W{k}"] ** 2), rel=1e-5)
        assert place.sigma_b2 == pytest.approx(np.mean(arrays[f"b{k}"] ** 2), rel=1e-5)
    assert turned(frame, [1], 1.0, 0.1) == {}
    (plot,) = PANELS["phase"].make(frame, View()).plots
    assert plot.grips is None
    assert "drag" not in plot.readings[1].text


def test_what_is_infinite_cannot_be_moved() -> None:
    assert turned(run(weight_init_std=1e308, dtype="float64", layer_gains=(10.0,)), [1], 1.0, None, alone=True) == {}


@pytest.mark.parametrize("view", [View(), View(log_x=True, log_y=True)], ids=["linear", "log"])
def test_a_place_in_the_panel_means_its_values_and_beyond_the_lower_end_0(view: View) -> None:
    frame, turn = run(init="he"), PANELS["phase"].turn
    assert turn is not None
    x, y = (np.log10(0.5), np.log10(0.01)) if view.log_x else (0.5, 0.01)
    assert turn(frame, view, (1, 2, 3), x, y, alone=False) == {"layer_gains": (0.5,), "bias_init_std": 0.1}
    low = turn(frame, view, (1, 2, 3), -30.0, -30.0, alone=False)
    assert low == {"layer_gains": (0.0,), "bias_init_std": 0.0}
    assert turn(frame, view, (2,), x, None, alone=True) == {"layer_gains": (1.0, 0.5, 1.0)}


def test_the_reading_of_a_dot_says_what_a_drag_turns() -> None:
    for knobs, words, alone in (
        ({"weight_init_std": 0.2}, "drag: weight_init_std", True),
        ({"init": "he"}, "drag: layer_gains", False),
        ({"weight_init_std": 0.2, "layer_gains": (1.0, 2.0, 1.0)}, "drag: layer_gains", False),
    ):
        (plot,) = PANELS["phase"].make(run(**knobs), View()).plots
        spots = [each for each in plot.readings if isinstance(each, Spots)]
        said = " ".join(s.text.format(**{name: values[0] for name, values in s.fields.items()}) for s in spots)
        assert words in said
        assert ("Shift" in said) == alone
