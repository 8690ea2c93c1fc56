"""One value far away from all others hides nothing: the range is that of the others, and it is counted."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from model.data.dataset import DataRequest, Dataset
from model.data.prepare import load
from model.figures.figure import Axis, Bars, Compared, Line, Plot, View
from model.figures.mpl_text import measure
from model.figures.notes import outside_notes, shown_notes
from model.figures.page import lay_out
from model.figures.panels import PANELS
from model.figures.ranges import next_range, robust_extent, spread_of, visible_range
from model.training.engine import Engine
from model.training.frame import Frame, Parameters
from model.training.spec import TrainingSpec
from model.training.stepper import ClassStepper, kernel_stepper
from model.words import msg


@pytest.fixture(scope="module")
def digits() -> Dataset:
    return load(DataRequest())


@pytest.fixture(scope="module")
def deep(digits: Dataset) -> Frame:
    """Three hidden layers at std 1: the loss jumps to 10¹² and comes down to that of guessing."""
    return trained(digits, hidden_sizes=(50, 50, 50), weight_init_std=1.0, steps=400)


@pytest.fixture(scope="module")
def book(digits: Dataset) -> Frame:
    return trained(digits, steps=400)


def trained(data: Dataset, **knobs: object) -> Frame:
    engine = Engine(TrainingSpec(**knobs), data, kernel_stepper)
    engine.train(engine.spec.steps)
    frame = engine.recording.frame()
    assert frame is not None
    return frame


def with_(frame: Frame, **changes: object) -> Frame:
    values = {name: getattr(frame, name) for name in Frame.__dataclass_fields__}
    return Frame(**{**values, **changes})


def said(plot: Plot, view: View | None = None) -> list[str]:
    view = view or View()
    return [str(note.text) for note in shown_notes(plot, view, visible_range(plot, view)[1])]


def test_a_loss_of_ten_to_the_twelfth_leaves_that_of_guessing_in_sight(deep: Frame) -> None:
    assert deep.loss.max() > 1e11
    (plot,) = PANELS["loss"].make(deep, View()).plots
    (low, high) = visible_range(plot, View())[1]
    assert low == 0
    assert 2.3 < high < 30
    above = int((deep.loss > high).sum())
    (note,) = [text for text in said(plot) if "above" in text]
    assert note.startswith(f"{above} steps above, to ")
    assert note.endswith(("×10¹¹", "×10¹²"))


@pytest.mark.parametrize("panel_id", ["loss", "gradients", "accuracy", "updates"])
@pytest.mark.parametrize("log", [False, True])
def test_compared_runs_never_set_the_range(deep: Frame, book: Frame, panel_id: str, log: bool) -> None:
    view = PANELS[panel_id].view.with_(log_y=log)
    alone, beside = (PANELS[panel_id].make(book, view.with_(compared=c)).plots[0] for c in ((), (Compared(deep),)))
    assert alone.x.extent == beside.x.extent
    assert alone.y.extent == beside.y.extent
    assert said(alone, view) == said(beside, view)


def test_before_the_first_step_a_runaway_of_the_run_before_hides_nothing_either(digits: Dataset, deep: Frame) -> None:
    engine = Engine(TrainingSpec(), digits, ClassStepper)
    for panel_id in ("loss", "gradients"):
        (plot,) = PANELS[panel_id].make(engine.recording.frame(), View(compared=(Compared(deep),))).plots
        assert plot.y.extent[1] < 1e6


def test_a_first_loss_of_twenty_is_a_part_of_the_story(digits: Dataset) -> None:
    frame = trained(digits, weight_init_std=1.0, steps=2000)
    (plot,) = PANELS["loss"].make(frame, View()).plots
    assert plot.y.extent[1] >= frame.loss.max()
    assert not [text for text in said(plot) if "above" in text]


def test_what_a_person_zooms_to_is_not_counted_as_outside(deep: Frame) -> None:
    (plot,) = PANELS["loss"].make(deep, View()).plots
    assert outside_notes(plot, View(), (0.0, 1e13)) == []
    few, many = (outside_notes(plot, View(), (0.0, high)) for high in (1e6, 4.0))
    count = [int(str(notes[0].text).split()[0]) for notes in (few, many)]
    assert count[0] == (deep.loss > 1e6).sum() <= count[1]
    assert outside_notes(plot, View(hidden=frozenset({"train", "test"})), (0.0, 4.0)) == []


def test_the_file_says_what_the_window_says_of_its_range(deep: Frame) -> None:
    figure = PANELS["loss"].make(deep, View())
    for view in (View(), View(ranges={"loss": ((0.0, 400.0), (0.0, 1e7))})):
        (cell,) = lay_out(figure, view, 640, 400, measure).cells
        words = " ".join(label.text for label in cell.labels)
        assert str(outside_notes(figure.plots[0], view, cell.y)[0].text) in words


def test_steps_that_were_gathered_are_counted_at_least(deep: Frame) -> None:
    x, y = np.repeat(np.arange(100.0) * 8 + 3.5, 2), np.ones(200)
    y[[7, 21]] = 1e9
    line = Line("train", msg("batch"), "train", x, y, steps=8)
    axis = Axis(msg("step"), extent=(0, 800), exact=True, integer=True)
    plot = Plot("loss", msg("Loss"), axis, Axis(msg("loss"), extent=(0.0, 2.0), cut=True), (line,))
    assert said(plot) == ["at least 2 steps above, to 1×10⁹"]


@pytest.mark.parametrize("stride", [1, 2])
@given(
    values=hnp.arrays(np.float64, st.integers(3, 300), elements=st.floats(-1, 1)),
    far=st.floats(100, 1e300),
    place=st.integers(0, 299),
)
def test_a_single_runaway_leaves_the_extent_to_the_others(
    stride: int, values: np.ndarray, far: float, place: int
) -> None:
    kept = np.tile(values, stride)
    changed = kept.copy()
    changed[place % len(kept)] = far
    low, high = robust_extent([spread_of(changed)], (0.0, 1.0))
    assert low == min(changed.min(), 0.0)
    assert 1.0 <= high <= 3.0


@given(values=hnp.arrays(np.float64, st.integers(1, 300), elements=st.floats(0.1, 1)))
def test_where_nothing_runs_away_the_extent_is_that_of_all(values: np.ndarray) -> None:
    assert robust_extent([spread_of(values)], None, None) == (values.min(), values.max())
    powers = spread_of(values).powers
    assert robust_extent([powers], None, 1.0) == (math.log10(values.min()), math.log10(values.max()))


def test_each_curve_keeps_its_own_place() -> None:
    """A parameter with tiny gradients all along is no runaway."""
    extent = robust_extent([spread_of(np.full(100, at)) for at in (-20.0, 0.0, 1.0)], None, 1.0)
    assert extent == (-20.0, 1.0)


def test_the_range_does_not_tremble_while_a_runaway_ages(deep: Frame) -> None:
    shown, moves = None, 0
    for n in range(1, 400, 3):
        extent = robust_extent([spread_of(deep.loss[:n])], (0.0, math.log(10)))
        wanted = next_range(shown, extent)
        moves += wanted != shown
        shown = wanted
    assert moves < 12
    assert shown[1] < 30


@pytest.mark.parametrize("far", [1e3, -1e9, 3e38])
def test_one_runaway_weight_leaves_the_histogram_to_the_others(book: Frame, far: float) -> None:
    params = Parameters({name: values.copy() for name, values in book.params.items()})
    params["W1"][3, 4] = far
    plot = PANELS["weights"].make(with_(book, params=params), View()).plots[0]
    usual = PANELS["weights"].make(book, View()).plots[0]
    assert plot.x.extent == usual.x.extent
    (bars,) = [mark for mark in plot.marks if isinstance(mark, Bars) and mark.key == "now"]
    (note,) = [str(note.text) for note in plot.notes if "beyond" in str(note.text)]
    assert note.startswith("1 value beyond, at ")
    assert bars.heights.sum() == params["W1"].size - 1 - np.count_nonzero(params["W1"] == 0)
    assert not [note for note in usual.notes if "beyond" in str(note.text)]


@pytest.mark.parametrize("panel_id", ["activations", "backprop"])
def test_one_runaway_unit_leaves_the_layers_to_the_others(digits: Dataset, panel_id: str) -> None:
    frame = trained(digits, hidden_sizes=(50, 50), init="he", steps=20)
    params = Parameters({name: values.copy() for name, values in frame.params.items()})
    params["b2"][7] = 1e9  # one unit of fifty is one in fifty of the values
    usual, plot = (PANELS[panel_id].make(f, View()).plots[0] for f in (frame, with_(frame, params=params)))
    if panel_id == "activations":
        assert plot.x.extent[1] <= 4 * usual.x.extent[1]
        (words,) = [mark for mark in plot.marks if mark.key == "numbers"]
        assert f"{digits.n_train:,} off scale" in str(words.texts[1])
