"""What the mouse reads is the thing itself: a class, a layer, a pair of units, a bin; in every panel."""

import re
from functools import cache

import numpy as np
import pytest

from model.data.dataset import Dataset
from model.data.prepare import load
from model.figures.figure import Bars, Compared, Line, Plot, View
from model.figures.panels import PANELS
from model.figures.ranges import visible_range
from model.figures.reading import read
from model.insight.decision import answers, confusion, plane, probabilities
from model.insight.symmetry import symmetry
from model.training.engine import Engine
from model.training.frame import Frame
from model.training.spec import TrainingSpec
from model.training.stepper import ClassStepper


@cache
def frame_of(data: Dataset | None = None, steps: int = 12, **knobs: object) -> Frame:
    spec = TrainingSpec(**{"hidden_sizes": (6, 4), "steps": steps, "batch_size": 10, "init": "he", **knobs})
    engine = Engine(spec, data or load(spec.data_request), ClassStepper)
    engine.train(steps)
    frame = engine.recording.frame()
    assert frame is not None
    return frame


@pytest.fixture(scope="module")
def digits() -> Frame:
    return frame_of()


@pytest.fixture(scope="module")
def points() -> Frame:
    return frame_of(dataset="moons")


def plot_of(panel_id: str, frame: Frame, place: int = 0, **view: object) -> Plot:
    return PANELS[panel_id].make(frame, PANELS[panel_id].view.with_(**view)).plots[place]


def said(plot: Plot, x: float, y: float | None = None, view: View | None = None) -> list[str]:
    return [str(line.text) for line in read(plot, view or View(), x, y)]


def test_the_matrix_of_decisions_names_both_classes_and_counts_the_samples(digits: Frame) -> None:
    plot = plot_of("decision", digits, place=1)
    counts = confusion(answers(digits), 10)
    for true, predicted in ((8, 4), (0, 0), (9, 3)):
        n = int(counts[true, predicted])
        unit = "sample" if n == 1 else "samples"
        for inside in (0.01, 0.5, 0.99):
            at = predicted + inside, 9 - true + inside
            assert said(plot, *at) == [f"predicted {predicted}, true {true}: {n:,} {unit}"]
    assert said(plot, -0.1, 5) == said(plot, 5, 10.1) == []


def test_the_matrix_of_symmetry_names_both_units(digits: Frame) -> None:
    plot = plot_of("symmetry", digits)
    cosine = symmetry(digits.params, 1).cosines[3, 5]
    assert said(plot, 5.3, 2.8) == [f"cosine of units 3 and 5: {cosine:.2f}"]


def test_a_layer_is_named_and_its_values_read_with_their_spread(digits: Frame) -> None:
    plot = plot_of("variance", digits)
    for x in (0.7, 1.0033, 1.3):
        lines = said(plot, x)
        assert lines[0] == "layer 1"
        names = [line.split("  ")[0] for line in lines[1:]]
        assert names[-1] == "this run now"
        assert len(set(names)) == len(names) == 3
        assert re.search(r"seeds.* \S+ \(\S+ … \S+\)", " ".join(lines))
    assert said(plot, 0.1)[0] == "input"


def test_a_bin_is_read_with_its_edges_and_what_it_holds(digits: Frame) -> None:
    plot = plot_of("weights", digits)
    (now,) = (mark for mark in plot.marks if isinstance(mark, Bars) and mark.key == "now")
    place = int(now.heights.argmax())
    low, high = now.edges[place : place + 2]
    head, *lines = said(plot, (low + high) / 2)
    assert head == f"value from {low:.3g} to {high:.3g}"
    assert f"now  {now.heights[place]:,.0f}" in lines
    assert said(plot, float(now.edges[-1]))[0].startswith("value from ")  # the last bin holds its upper edge


def test_a_step_is_read_whole_and_compared_runs_by_name_and_parameter(digits: Frame) -> None:
    other = frame_of(seed=3)
    view = View(compared=(Compared(other),))
    plot = PANELS["gradients"].make(digits, view).plots[0]
    lines = said(plot, 4.3, view=view)
    assert lines[0] == "training step 4"
    assert f"W1  {digits.grad_norms[4, 0]:.5g}" in lines
    assert f"seed 3 · W1  {other.grad_norms[4, 0]:.5g}" in lines
    assert len(lines) == 1 + 2 * 6
    assert len(said(plot, 4.3, view=View(hidden=frozenset({"W1", f"run{other.run}"})))) == 1 + 5


def test_steps_drawn_as_one_are_read_from_the_lowest_to_the_highest() -> None:
    x, y = np.repeat([3.5, 11.5], 2), np.array([0.25, 0.5, 1.0, 1.0])
    plot = plot_of("loss", frame_of())
    (line,) = (mark for mark in plot.marks if isinstance(mark, Line) and mark.key == "train")
    long = Plot("loss", plot.title, plot.x, plot.y, (Line("train", line.label, "train", x, y, steps=8),))
    assert said(long, 4.0)[1:] == ["batch  0.25 … 0.5"]
    assert said(long, 11.0)[1:] == ["batch  1"]


def test_a_point_of_the_plane_is_read_with_its_likeliest_class(points: Frame) -> None:
    plot = plot_of("decision", points)
    over = plane(points)
    found = probabilities(points, over)
    (line,) = said(plot, 0.5, 0.25)
    row = int((0.25 - over.y[0]) / (over.y[1] - over.y[0]) * over.shape[0])
    column = int((0.5 - over.x[0]) / (over.x[1] - over.x[0]) * over.shape[1])
    best = int(found[row, column].argmax())
    name = points.data.class_names[best]
    assert line.endswith(
        f"0.5, {line.split(', ')[1].split()[0]} 0.25: class {name}, probability {found[row, column].max():.2g}"
    )


def test_pictures_of_samples_are_read_by_both_classes(digits: Frame) -> None:
    plot = plot_of("decision", digits)
    asked = answers(digits)
    first = int(np.flatnonzero(asked.predicted != asked.t)[0])
    left, right, bottom, top = plot.readings[0].boxes[0]
    lines = said(plot, (left + right) / 2, (bottom + top) / 2)
    assert lines[0] == f"true {asked.t[first]}, predicted {asked.predicted[first]}"
    assert lines[1].startswith("pixel ")


def test_circles_of_the_network_are_read_by_what_they_are(digits: Frame) -> None:
    plot = plot_of("network", digits)
    assert said(plot, 0.0, 0.99) == ["input x1"]
    bias, norm = digits.params["b1"][0], np.linalg.norm(digits.params["W1"][:, 0])
    assert said(plot, 1.0, 0.95) == [f"unit 0 of layer 1: bias {bias:.3g}, weights into it of length {norm:.3g}"]
    assert said(plot, 3.0, 0.95)[0].startswith("class 0: bias ")
    assert said(plot, 0.5, 0.5) == []


def test_what_units_look_for_is_read_by_unit_and_weight(digits: Frame, points: Frame) -> None:
    plot = plot_of("features", digits, place=1)
    left, _, _, top = plot.targets.boxes[2]
    lines = said(plot, left + 0.5, top - 0.5)
    assert lines == ["unit 2 of layer 1", f"weight of a pixel {digits.params['W1'][0, 2]:.3g}"]
    data = digits.data
    table = Dataset("table", data.x_train[:, :9], data.t_train, data.x_test[:, :9], data.t_test, data.class_names, None)
    frame = frame_of(table)
    weight = frame.params["W1"][0, 2]
    assert said(plot_of("features", frame, place=1), 2.5, 8.5) == [f"from x1 to unit 2: weight {weight:.3g}"]
    lines = plot_of("features", points)
    (left, _, _, top), (_, unit) = lines.targets.boxes[-1], lines.targets.units[-1]
    assert said(lines, left, top) == [f"unit {unit} of layer 1"]


@pytest.mark.parametrize("panel_id", [panel_id for panel_id in PANELS if panel_id != "why"])
@pytest.mark.parametrize("scene", ["digits", "points", "untrained", "zero", "diverged"])
def test_wherever_the_mouse_is_it_reads_words_that_are_so(panel_id: str, scene: str, request) -> None:
    knobs = {"zero": {"init": "std", "weight_init_std": 0.0}, "diverged": {"init": "std", "weight_init_std": 1e300}}
    steps = 0 if scene == "untrained" else 12
    frame = (
        request.getfixturevalue(scene)
        if scene in ("digits", "points")
        else frame_of(steps=steps, **knobs.get(scene, {}))
    )
    for log_x, log_y, layer in ((False, False, 0), (True, True, 1)):
        compared = (Compared(frame_of(seed=3)),)
        view = PANELS[panel_id].view.with_(log_x=log_x, log_y=log_y, layer=layer, compared=compared)
        found: set[str] = set()
        for plot in PANELS[panel_id].make(frame, view).plots:
            (left, right), (bottom, top) = visible_range(plot, view)
            for x in np.linspace(left, right, 23).tolist():
                for y in (*np.linspace(bottom, top, 7).tolist(), None):
                    found.update(said(plot, x, y, view))
        for line in found:
            assert line.isprintable()
            assert "{" not in line
            assert "nan" not in line
            assert "inf" not in line.replace("infinite", "")
            # a class, a layer, a unit and a step are whole
            assert not re.search(r"\b(class|layer|unit|units|step|true|predicted) -?\d+\.\d", line), line
        empty = {("symmetry", "zero"), ("symmetry", "diverged"), ("coordinate", "diverged")}
        assert found or (panel_id, scene) in empty
