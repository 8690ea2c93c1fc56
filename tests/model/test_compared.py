"""Compared runs: whose curve it is can be seen, read, and is never hidden, in the live plot and in the file."""

from dataclasses import replace

import numpy as np
import pytest

from model.data.dataset import DataRequest, Dataset
from model.data.prepare import load
from model.figures.figure import Axis, Bars, Compared, Dots, Line, Plot, View
from model.figures.legend import is_ghost, legend_entries, listed, strength
from model.figures.palette import LIGHT, THEMES, Theme, blend, colour
from model.figures.panels import PANELS
from model.figures.reading import run_at
from model.figures.render_mpl import draw
from model.figures.stacking import visible_marks
from model.training.engine import Engine
from model.training.frame import Frame
from model.training.spec import TrainingSpec
from model.training.stepper import ClassStepper
from model.words import msg

OVER_STEPS = ("loss", "accuracy", "gradients", "updates")


@pytest.fixture(scope="module")
def digits() -> Dataset:
    return load(DataRequest())


def frame_of(data: Dataset, steps: int = 12, **knobs: object) -> Frame:
    spec = TrainingSpec(**{"hidden_sizes": (5,), "steps": 12, "batch_size": 10, "eval_every": 4, **knobs})
    engine = Engine(spec, data, ClassStepper)
    engine.train(steps)
    frame = engine.recording.frame()
    assert frame is not None
    return frame


@pytest.fixture(scope="module")
def runs(digits: Dataset) -> dict[str, Frame]:
    return {
        "zero": frame_of(digits, weight_init_std=0.0),
        "he": frame_of(digits, init="he"),
        "deep": frame_of(digits, hidden_sizes=(5, 5, 5, 5), seed=3),
        "again": frame_of(digits, weight_init_std=0.0),
    }


def plot_of(panel_id: str, frame: Frame, *beside: Frame, **view: object):
    return (
        PANELS[panel_id]
        .make(frame, PANELS[panel_id].view.with_(compared=tuple(map(Compared, beside)), **view))
        .plots[0]
    )


def compared_in(plot) -> list[Line | Dots]:
    return [mark for mark in plot.marks if mark.key.startswith("run")]


@pytest.mark.parametrize("panel_id", [*OVER_STEPS, "why"])
def test_a_run_is_not_compared_with_itself_while_its_panel_waits_for_the_next(
    runs: dict[str, Frame], panel_id: str
) -> None:
    panel, frame = PANELS[panel_id], runs["zero"]
    alone, replaced = (panel.make(frame, panel.view.with_(compared=c)) for c in ((), (Compared(frame),)))
    assert [str(passage.text) for passage in replaced.passages] == [str(passage.text) for passage in alone.passages]
    assert not [mark.key for plot in replaced.plots for mark in plot.marks if mark.key.startswith("run")]


@pytest.mark.parametrize("panel_id", OVER_STEPS)
def test_a_compared_run_is_named_by_what_differs(runs: dict[str, Frame], panel_id: str) -> None:
    plot = plot_of(panel_id, runs["zero"], runs["deep"], runs["again"], runs["he"])
    entries = legend_entries(plot.marks)
    said = [str(mark.label) for name, mark in entries.items() if name.startswith("run")]
    assert said == ["std 0.01, seed 3, hidden 5 ×4", "same, before", "He"]


@pytest.mark.parametrize("theme", THEMES.values(), ids=list(THEMES))
@pytest.mark.parametrize("panel_id", OVER_STEPS)
def test_a_compared_run_has_no_colour_of_the_present_one(runs: dict[str, Frame], panel_id: str, theme: Theme) -> None:
    plot = plot_of(panel_id, runs["zero"], runs["he"], runs["deep"])
    of_compared = {colour(mark.role, theme, 2) for mark in compared_in(plot)}
    of_present = {colour(mark.role, theme, 2) for mark in plot.marks if not mark.key.startswith(("run", "chance"))}
    assert of_compared
    assert not of_compared & of_present
    for ink in of_compared:  # nor a hue at all
        channels = [int(ink[k : k + 2], 16) for k in (1, 3, 5)]
        assert max(channels) - min(channels) < 32


@pytest.mark.parametrize("panel_id", OVER_STEPS)
def test_the_older_lie_deeper_and_all_of_them_below_the_present(runs: dict[str, Frame], panel_id: str) -> None:
    view = PANELS[panel_id].view.with_(compared=(Compared(runs["deep"]), Compared(runs["he"])), smoothing=0.9)
    plot = PANELS[panel_id].make(runs["zero"], view).plots[0]
    order = [mark.key.partition(".")[0] for mark in visible_marks(plot, view)]
    old, new = f"run{runs['deep'].run}", f"run{runs['he'].run}"
    count = order.count(old), order.count(new)
    assert set(order[: count[0]]) == {old}
    assert set(order[count[0] : sum(count)]) == {new}
    assert not [key for key in order[sum(count) :] if key.startswith("run")]


def test_where_both_runs_are_the_same_the_file_shows_the_present_one(runs: dict[str, Frame]) -> None:
    view = View(log_y=True, compared=(Compared(runs["again"]),), smoothing=0.9)
    figure = PANELS["gradients"].make(runs["zero"], view)
    (axes,) = draw(figure, view, theme=LIGHT, size=(400, 300)).axes
    pale = blend(colour("muted", LIGHT), LIGHT.background, 0.5)
    b2 = colour("b2", LIGHT)
    inks = [line.get_color() for line in axes.get_lines() if line.get_xydata().size > 4]
    assert max(k for k, ink in enumerate(inks) if ink == pale) < min(k for k, ink in enumerate(inks) if ink == b2)
    assert len({line.get_zorder() for line in axes.get_lines()}) == 1  # so that the order decides


def test_parameters_without_any_gradient_are_named(runs: dict[str, Frame]) -> None:
    said = [str(note.text) for note in plot_of("gradients", runs["zero"]).notes]
    assert "W1, b1, W2: exactly 0" in said
    assert not [text for text in said if "hidden" in text]
    assert not [text for text in map(str, plot_of("gradients", runs["zero"], log_y=False).notes) if "exactly" in text]


def test_a_live_change_of_a_knob_is_a_difference(digits: Dataset, runs: dict[str, Frame]) -> None:
    spec = runs["zero"].spec
    engine = Engine(spec, digits, ClassStepper)
    engine.train(4)
    engine.edit("learning_rate", 0.5)
    engine.train(12)
    turned = engine.recording.frame()
    assert turned is not None
    (line,) = compared_in(plot_of("loss", runs["zero"], turned))
    assert str(line.label) == "rate 0.5"


@pytest.mark.parametrize("panel_id", OVER_STEPS)
def test_one_entry_of_the_legend_stands_for_a_whole_compared_run(runs: dict[str, Frame], panel_id: str) -> None:
    plot = plot_of(panel_id, runs["zero"], runs["he"])
    ghosts = [mark for mark in legend_entries(plot.marks).values() if is_ghost(mark)]
    assert len(ghosts) == 1
    hidden = frozenset({f"run{runs['he'].run}"})
    assert not [m for m in visible_marks(plot, View(hidden=hidden)) if m.key.startswith("run")]
    assert np.isfinite(plot.x.extent).all()


HISTOGRAMS = ("weights", "activations", "backprop", "spectrum", "variance")


@pytest.fixture(scope="module")
def beside(digits: Dataset) -> Compared:
    """A run with weights of the same shapes, which had made 12 steps when it was at the step of the others, and 20."""
    return Compared(frame_of(digits, 20, seed=5), 3, "", frame_of(digits, seed=5))


def outlines(panel_id: str, frame: Frame, *compared: Compared, **view: object) -> list:
    figure = PANELS[panel_id].make(frame, PANELS[panel_id].view.with_(compared=compared, **view))
    return [(plot, mark) for plot in figure.plots for mark in plot.marks if mark.key.startswith("run")]


@pytest.mark.parametrize("panel_id", HISTOGRAMS)
def test_a_run_lies_in_the_histograms_only_at_a_common_step(runs, beside: Compared, panel_id: str) -> None:
    assert outlines(panel_id, runs["he"], beside)
    assert not outlines(panel_id, runs["he"], replace(beside, moment=None))
    assert not outlines(panel_id, runs["he"], replace(beside, moment=beside.frame))


def test_an_outline_counts_the_weights_of_its_own_run(runs, beside: Compared) -> None:
    found = {plot.key: bars for plot, bars in outlines("weights", runs["he"], beside) if "zero" not in bars.key}
    assert list(found) == ["W1", "b1", "W2", "b2"]
    for name, bars in found.items():
        values = beside.moment.params[name].astype(np.float64).ravel()
        expected, _ = np.histogram(values[values != 0], bars.edges)
        assert bars.heights.tolist() == expected.tolist()
        assert (bars.unit, bars.filled) == (1.0, False)


def test_a_network_of_another_size_is_drawn_to_scale_and_that_is_said(digits: Dataset, runs) -> None:
    wide = frame_of(digits, hidden_sizes=(20,))
    plots = PANELS["weights"].make(runs["he"], View(compared=(Compared(wide, 1, "", wide),))).plots
    assert [mark.unit for mark in plots[0].marks if mark.key == f"run{wide.run}"] == [5 / 20]
    assert "outlines are to the scale of as many values" in {str(note.text) for note in plots[0].notes}


def test_what_the_bins_do_not_hold_of_a_compared_run_is_said(digits: Dataset, runs) -> None:
    far = frame_of(digits, weight_init_std=50.0)
    (plot, *_) = PANELS["weights"].make(runs["he"], View(compared=(Compared(far, 1, "far", far),))).plots
    edges = next(mark.edges for mark in plot.marks if mark.key == "now")
    values = far.params["W1"]
    share = 100 * np.mean((values < edges[0]) | (values > edges[-1]))
    assert f"far: {share:.2g} % of its values beyond" in {str(note.text) for note in plot.notes}


@pytest.mark.parametrize("panel_id", [*OVER_STEPS, *HISTOGRAMS])
def test_a_run_keeps_its_colour_and_its_entry_in_every_panel(runs, beside: Compared, panel_id: str) -> None:
    view = PANELS[panel_id].view.with_(compared=(beside,))
    figure = PANELS[panel_id].make(runs["he"], view)
    marks = [mark for plot in figure.plots for mark in plot.marks if mark.key.startswith("run")]
    assert {mark.role for mark in marks} == {"run3"}
    assert {strength(mark) for mark in marks} == {1.0}
    entries = legend_entries(mark for plot in figure.plots for mark in listed(plot))
    assert str(entries[f"run{beside.frame.run}"].label) == "std 0.01, seed 5"


@pytest.mark.parametrize("panel_id", [*OVER_STEPS, *HISTOGRAMS])
def test_the_run_that_is_pointed_at_lies_in_front(runs, beside: Compared, panel_id: str) -> None:
    view = PANELS[panel_id].view.with_(compared=(beside,), raised=beside.frame.run)
    for plot in PANELS[panel_id].make(runs["he"], view).plots:
        keys = [mark.key for mark in visible_marks(plot, view) if isinstance(mark, Line | Dots | Bars)]
        of_run = [place for place, key in enumerate(keys) if key.startswith("run")]
        assert of_run == list(range(len(keys) - len(of_run), len(keys)))


@pytest.mark.parametrize("panel_id", [*OVER_STEPS, *HISTOGRAMS])
def test_a_run_that_diverged_takes_the_scale_from_nobody(digits: Dataset, runs, panel_id: str) -> None:
    wild = frame_of(digits, weight_init_std=1e30, learning_rate=10.0)
    panel = PANELS[panel_id]
    alone, with_it = (
        panel.make(runs["he"], panel.view.with_(compared=c)) for c in ((), (Compared(wild, 1, "", wild),))
    )
    for plot, other in zip(alone.plots, with_it.plots, strict=True):
        assert (plot.x.extent, plot.y.extent) == (other.x.extent, other.y.extent)


@pytest.mark.parametrize("log_y", [False, True])
def test_the_compared_run_under_the_mouse_is_the_one_whose_curve_passes_nearest(log_y: bool) -> None:
    x = np.arange(1.0, 11.0)
    lines = [
        Line("run7", msg("a"), "run1", x, np.full(10, 10.0), ghost=True),
        Line("run9.test", msg("b"), "run2", x, np.where(x > 8, np.nan, 100.0), ghost=True),
        Line("train", msg("c"), "train", x, np.full(10, 55.0)),
    ]
    plot = Plot("p", msg(""), Axis(msg("x")), Axis(msg("y"), log=log_y), tuple(lines))

    def at(y: float) -> float:
        return float(np.log10(y)) if log_y else y

    reach = at(12.0) - at(10.0)
    assert run_at(plot, View(), 5.0, at(10.5), reach) == 7
    assert run_at(plot, View(), 5.0, at(100.0), reach) == 9
    assert run_at(plot, View(), 9.5, at(100.0), reach) == 0  # there it has no curve
    assert run_at(plot, View(), 5.0, at(55.0), reach) == 0  # the present run is none
    assert run_at(plot, View(), 50.0, at(10.0), reach) == 0
    assert run_at(plot, View(hidden=frozenset({"run7"})), 5.0, at(10.0), reach) == 0
