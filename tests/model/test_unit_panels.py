"""Features and network: every weight in its place, on a scale that does not follow it, and one unit in all panels."""

import numpy as np
import pytest

from model.data.dataset import DataRequest, Dataset
from model.data.prepare import load
from model.figures.figure import Bars, Image, Segments, Texts, View
from model.figures.panels import PANELS
from model.figures.reading import read
from model.insight.features import mosaic, plane_lines, tile_boxes
from model.insight.units import chosen, largest_size, weight_scale
from model.training.engine import Engine
from model.training.frame import Frame
from model.training.spec import TrainingSpec
from model.training.stepper import ClassStepper

BOX = (-2.0, 3.0, -1.0, 1.5)


@pytest.fixture(scope="module")
def digits() -> Dataset:
    return load(DataRequest())


def frame_of(data: Dataset, steps: int = 3, **knobs: object) -> Frame:
    spec = TrainingSpec(**{"hidden_sizes": (30,), "steps": steps, "batch_size": 10, **knobs})
    engine = Engine(spec, data, ClassStepper)
    engine.train(steps)
    frame = engine.recording.frame()
    assert frame is not None
    return frame


def without_pictures(data: Dataset, n_features: int) -> Dataset:
    x = data.x_train[:, :n_features], data.x_test[:, :n_features]
    return Dataset("table", x[0], data.t_train, x[1], data.t_test, data.class_names, None)


@pytest.mark.parametrize("n", [1, 5, 12])
def test_a_tile_of_the_mosaic_is_the_picture_of_its_unit(n: int):
    weights = np.random.default_rng(0).normal(size=(6, 12))
    units = np.arange(12)[-n:]
    grid = mosaic(weights, units, (2, 3), 4)
    for unit, (left, right, bottom, top) in zip(units, tile_boxes(n, (2, 3), 4).astype(int), strict=True):
        tile = grid[bottom:top, left:right]
        np.testing.assert_array_equal(tile[::-1], weights[:, unit].reshape(2, 3))
        grid[bottom:top, left:right] = np.nan
    assert np.isnan(grid).all()


def test_lines_are_where_a_unit_is_zero_and_ticks_where_it_is_positive():
    rng = np.random.default_rng(1)
    weights, biases = rng.normal(size=(2, 200)), rng.normal(size=200)
    weights[0, :5] = 0.0
    weights[1, 5:10] = 0.0
    lines = plane_lines(weights, biases, BOX)
    grid = np.stack(np.meshgrid(np.linspace(*BOX[:2], 301), np.linspace(*BOX[2:], 301)), axis=-1) @ weights + biases
    crosses = (grid.min(axis=(0, 1)) < -0.02) & (grid.max(axis=(0, 1)) > 0.02)
    assert lines.crossing[crosses].all()
    assert lines.n_without == 0
    assert lines.n_outside == np.count_nonzero(~lines.crossing)
    for j in np.flatnonzero(lines.crossing):
        np.testing.assert_allclose(lines.ends[j] @ weights[:, j] + biases[j], 0, atol=1e-9)
        assert np.all((lines.ends[j] >= np.array(BOX)[[0, 2]] - 1e-9) & (lines.ends[j] <= np.array(BOX)[[1, 3]] + 1e-9))
        on_line, beside = lines.ticks[j] @ weights[:, j] + biases[j]
        assert abs(on_line) < 1e-9
        assert beside > 0


@pytest.mark.parametrize("size", [1e-300, 1e-30, 1e200])
def test_a_line_does_not_depend_on_the_size_of_the_weights(size: float):
    weights, biases = np.array([[1.0, 2.0], [-1.0, 0.5]]), np.array([0.3, -0.2])
    np.testing.assert_allclose(
        plane_lines(weights * size, biases * size, BOX).ends, plane_lines(weights, biases, BOX).ends, rtol=1e-9
    )


def test_units_without_a_line_are_counted():
    weights = np.array([[0.0, np.nan, 1.0, 1.0, np.inf], [0.0, 1.0, 0.0, 0.0, 1.0]])
    lines = plane_lines(weights, np.array([1.0, 0.0, 100.0, 0.0, 0.0]), BOX)
    assert (lines.n_without, lines.n_outside) == (3, 1)
    assert lines.crossing.tolist() == [False, False, False, True, False]


@pytest.mark.parametrize("kind", ["pictures", "plane", "table"])
def test_pointing_at_what_stands_for_a_unit_gives_that_unit(digits: Dataset, kind: str):
    data = {
        "pictures": digits,
        "plane": load(DataRequest(dataset="moons")),
        "table": without_pictures(digits, 20),
    }[kind]
    frame = frame_of(data, init="he")
    plot = PANELS["features"].make(frame, View()).plots[-1]
    assert plot.targets is not None
    for box, unit in zip(plot.targets.boxes[-3:], plot.targets.units[-3:], strict=True):
        assert plot.targets.at((box[0] + box[1]) / 2, (box[2] + box[3]) / 2) == unit
        pointed = PANELS["features"].make(frame, View(unit=unit)).plots[-1]
        assert {mark.key for mark in pointed.marks} - {mark.key for mark in plot.marks} >= {"unit"}


@pytest.mark.parametrize("features", [1, 3, 64])
def test_data_that_are_no_pictures_become_a_table_of_weights(digits: Dataset, features: int):
    frame = frame_of(without_pictures(digits, features))
    before, now = PANELS["features"].make(frame, View()).plots
    for plot, params in ((before, frame.initial), (now, frame.params)):
        (image,) = (mark for mark in plot.marks if isinstance(mark, Image))
        np.testing.assert_array_equal(image.values[::-1], params["W1"].astype(np.float64))


@pytest.mark.parametrize("panel_id", ["features", "network"])
def test_the_scale_of_the_weights_does_not_follow_them(digits: Dataset, panel_id: str):
    limits = []
    for std in (1e-4, 0.01, 1.0):
        plots = PANELS[panel_id].make(frame_of(digits, steps=0, weight_init_std=std), View()).plots
        limits.append([m.limit for plot in plots for m in plot.marks if m.key.startswith("W") or isinstance(m, Image)])
        assert any("full colour at 3·√(2/fan_in)" in str(note.text) for plot in plots for note in plot.notes)
    assert limits[0] == limits[1] == limits[2]
    assert limits[0][0] == weight_scale(64) == pytest.approx(3 * np.sqrt(2 / 64))


def test_links_carry_the_weights_between_the_units_drawn(digits: Dataset):
    frame = frame_of(digits, init="he")
    (plot,) = PANELS["network"].make(frame, View()).plots
    marks = {mark.key: mark for mark in plot.marks}
    inputs, hidden = chosen(64, 16), chosen(30, 16)
    links, heights = marks["W1"], {key: marks[key].y for key in ("layer0", "layer1")}
    assert isinstance(links, Segments)
    for i, unit in enumerate(inputs):
        for j, other in enumerate(hidden):
            (found,) = np.flatnonzero((links.y[:, 0] == heights["layer0"][i]) & (links.y[:, 1] == heights["layer1"][j]))
            assert links.values[found] == frame.params["W1"][unit, other]
    assert any("16 of 64" in name for _, name in plot.x.ticks)


def test_of_the_unit_pointed_at_only_its_own_links_are_drawn(digits: Dataset):
    frame = frame_of(digits, init="he")
    (plot,) = PANELS["network"].make(frame, View(unit=(1, 7))).plots
    marks = {mark.key: mark for mark in plot.marks}
    np.testing.assert_array_equal(marks["W1"].values, frame.params["W1"][chosen(64, 16), 7].astype(np.float64))
    np.testing.assert_array_equal(marks["W2"].values, frame.params["W2"][7].astype(np.float64))
    assert (1, 7) in plot.targets.units


@pytest.mark.parametrize(("n", "most", "pointed"), [(50, 16, 7), (3, 16, 2), (1000, 16, 999), (1, 1, 0), (50, 16, 80)])
def test_the_units_chosen_are_in_order_and_hold_the_one_pointed_at(n: int, most: int, pointed: int):
    units = chosen(n, most, pointed)
    assert len(units) == min(n, most)
    assert np.all(np.diff(units) > 0)
    assert (pointed in units) == (pointed < n)


def test_the_weights_show_what_goes_into_and_out_of_the_unit_pointed_at(digits: Dataset):
    frame = frame_of(digits, init="he", hidden_sizes=(30, 20))
    marks = {
        (plot.key, mark.key): mark
        for plot in PANELS["weights"].make(frame, View(unit=(1, 7))).plots
        for mark in plot.marks
    }
    into, out = marks["W1", "unit"], marks["W2", "unit"]
    assert isinstance(into, Bars)
    assert isinstance(out, Bars)
    np.testing.assert_array_equal(into.heights, np.histogram(frame.params["W1"][:, 7], into.edges)[0])
    np.testing.assert_array_equal(out.heights, np.histogram(frame.params["W2"][7], out.edges)[0])
    assert marks["b1", "unit"].at == frame.params["b1"][7]
    assert ("W3", "unit") not in marks


@pytest.mark.parametrize("unit", [(1, 3), (2, 5)])
def test_a_unit_pointed_at_shows_in_every_panel_that_has_its_layer(digits: Dataset, unit: tuple[int, int]):
    frame = frame_of(digits, hidden_sizes=(12, 7), init="he")
    layer = unit[0]
    expected = {
        "weights": {f"W{layer}", f"b{layer}", f"W{layer + 1}"},
        "activations": {"activations"},
        "backprop": {"backprop"},
        "features": {"initial", "now"} if layer == 1 else set(),
        "network": {"network"},
        "symmetry": {f"layer{layer}"},
    }
    for panel_id, plots in expected.items():
        figure = PANELS[panel_id].make(frame, PANELS[panel_id].view.with_(unit=unit))
        assert {plot.key for plot in figure.plots for mark in plot.marks if mark.key == "unit"} == plots, panel_id


def test_pictures_that_are_white_on_the_absolute_scale_say_how_large_the_weights_are(digits: Dataset):
    frame = frame_of(digits, steps=0, weight_init_std=1e-4)
    largest = max(np.abs(frame.params[name]).max() for name in ("W1", "W2"))
    for panel_id in ("features", "network"):
        plots = PANELS[panel_id].make(frame, View()).plots
        said = " ".join(str(note.text) for plot in plots for note in plot.notes)
        assert f"the largest now {largest:.2g}" in said
    assert largest_size(np.array([np.nan, -3.26, 1.0, np.inf])) == 3.3
    assert str(largest_size(np.zeros((3, 3)))) == "0.0"
    assert np.isnan(largest_size(np.array([np.nan])))


@pytest.mark.parametrize("panel_id", ["features", "network", "symmetry"])
def test_where_nothing_is_finite_no_number_is_made_up(digits: Dataset, panel_id: str):
    frame = frame_of(digits, steps=3, weight_init_std=1.0, learning_rate=1e300)
    (*_, plot) = PANELS[panel_id].make(frame, View()).plots
    said = [str(note.text) for note in plot.notes]
    said += [str(text) for mark in plot.marks if isinstance(mark, Texts) for text in mark.texts]
    assert any("not finite" in text for text in said)
    assert not any("largest" in text or "nan" in text or text.startswith("layer 1: 0 of") for text in said)


def test_a_feature_without_a_name_is_called_alike_along_the_axis_and_under_the_mouse(digits: Dataset):
    plot = PANELS["features"].make(frame_of(without_pictures(digits, 5)), View()).plots[-1]
    for at, name in plot.y.ticks:
        (said,) = read(plot, View(), plot.x.ticks[0][0], at)
        assert str(said.text).startswith(f"from {name} to unit 0: ")
    assert [name for _, name in plot.y.ticks] == ["x1", "x2", "x3", "x4", "x5"]
