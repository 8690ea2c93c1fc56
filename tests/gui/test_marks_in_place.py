"""Every kind of mark stands on every kind of axis where its numbers say, in the window and in the file."""

import math
from collections.abc import Iterator

import numpy as np
import pytest
from PySide6.QtCore import QPointF
from PySide6.QtWidgets import QApplication

from gui.plots.marks import line as line_item
from gui.plots.panel.figure_view import FigureView
from model.figures import mpl_marks
from model.figures.figure import (
    Axis,
    Bars,
    Dots,
    Figure,
    Guide,
    Image,
    Line,
    Mark,
    Plot,
    Segments,
    Targets,
    Texts,
    View,
)
from model.figures.palette import LIGHT, THEMES, Theme
from model.words import msg
from tests.gui.renderings import Ink, bounds, filed, inked, live

SIZE = (640, 480)
LOW, HIGH = 1.0, 1e4
"""What both axes show, a value each."""
MODES = [(log_x, log_y) for log_x in (False, True) for log_y in (False, True)]
NAMES = [f"{'log' if x else 'linear'} x, {'log' if y else 'linear'} y" for x, y in MODES]
LEAST = 60
"""How far ink is from the background in one channel at least: the frame and the ticks are nearer."""
TOLERANCE = 5.0
"""Pixels, of 640: half a stroke, the frame that is left out, and rounding."""


def array(*values: float) -> np.ndarray:
    return np.array(values, dtype=np.float64)


LEFT, RIGHT, BOTTOM, TOP = 300.0, 8000.0, 500.0, 7000.0
CORNERS = {"x": array(LEFT, RIGHT), "y": array(BOTTOM, TOP)}
FLAT = array(900, 900), array(BOTTOM, BOTTOM), array(TOP, TOP)
MARKS: dict[str, Mark] = {
    "line": Line("m", msg("m"), "bad", **CORNERS),
    "dashed line": Line("m", msg("m"), "bad", **CORNERS, dash=True),
    "steady line": Line("m", msg("m"), "bad", array(LEFT, 900, RIGHT), array(BOTTOM, 900, TOP), steady=True),
    "single points of a line": Line("m", msg("m"), "bad", array(LEFT, 1000, RIGHT), array(BOTTOM, np.nan, TOP)),
    "dots": Dots("m", msg("m"), "bad", **CORNERS, size=6.0),
    "whiskers": Dots("m", msg("m"), "bad", array(LEFT, RIGHT), *FLAT, size=2.0),
    "image": Image("m", msg("m"), np.ones((2, 2)), (LEFT, RIGHT), (BOTTOM, TOP)),
    "segments": Segments("m", msg("m"), array(LEFT, RIGHT)[None], array(BOTTOM, TOP)[None], array(1.0)),
}


def plotted(mark: Mark, log: tuple[bool, bool], targets: Targets | None = None) -> Figure:
    axes = []
    for is_log in log:
        extent = (math.log10(LOW), math.log10(HIGH)) if is_log else (LOW, HIGH)
        axes.append(Axis(msg("a"), log=is_log, extent=extent, exact=True))
    plot = Plot("p", msg(""), *axes, (mark,), targets=targets)
    return Figure("p", msg(""), (plot,), msg(""))


def share(value: float, *, log: bool) -> float:
    """Give the share of the axis at which a value stands: the oracle."""
    if log:
        return (math.log10(value) - math.log10(LOW)) / (math.log10(HIGH) - math.log10(LOW))
    return (value - LOW) / (HIGH - LOW)


def assert_in_box(found: Ink | None, expected: Ink, slack: float = 0.0) -> None:
    assert found is not None
    near_x, near_y = ((TOLERANCE + slack) / side for side in SIZE)
    for side in ("left", "right"):
        assert getattr(found, side) == pytest.approx(getattr(expected, side), abs=near_x), side
    for side in ("bottom", "top"):
        assert getattr(found, side) == pytest.approx(getattr(expected, side), abs=near_y), side


@pytest.fixture(scope="module")
def view(qapp: QApplication) -> Iterator[FigureView]:
    widget = FigureView(LIGHT)
    widget.resize(*SIZE)
    widget.show()
    QApplication.processEvents()
    yield widget
    widget.close()
    widget.deleteLater()


def both(view: FigureView, figure: Figure, theme: Theme = LIGHT, least: int = LEAST) -> dict[str, Ink | None]:
    """Find all ink, live and in a file."""
    shown = {"live": live(view, figure, View())["p"], "file": filed(figure, View(), theme, SIZE)["p"]}
    return {name: bounds(inked(plot, theme.background, least)) for name, plot in shown.items()}


@pytest.mark.parametrize("log", MODES, ids=NAMES)
@pytest.mark.parametrize("kind", MARKS)
def test_a_mark_reaches_from_its_first_to_its_last_value(view: FigureView, kind: str, log: tuple[bool, bool]) -> None:
    x, y = (
        [share(v, log=is_log) for v in ends] for ends, is_log in zip(((LEFT, RIGHT), (BOTTOM, TOP)), log, strict=True)
    )
    for found in both(view, plotted(MARKS[kind], log)).values():
        assert_in_box(found, Ink(*x, *y))


def band(low: tuple[float, ...], high: tuple[float, ...]) -> Line:
    x = np.geomspace(LEFT, RIGHT, len(low))
    return Line("m", msg("m"), "bad", x, np.full(len(low), np.nan), low=array(*low), high=array(*high))


@pytest.fixture
def opaque(monkeypatch: pytest.MonkeyPatch) -> None:
    """Draw bands so that they are told from the frame and the ticks."""
    for module in (line_item, mpl_marks):
        monkeypatch.setattr(module, "BAND_INK", 1.0)


@pytest.mark.usefixtures("opaque")
@pytest.mark.parametrize("log", MODES, ids=NAMES)
def test_a_band_lies_between_its_ends_and_inf_is_the_top(view: FigureView, log: tuple[bool, bool]) -> None:
    x = [share(v, log=log[0]) for v in (LEFT, RIGHT)]
    bottom, top = (share(v, log=log[1]) for v in (BOTTOM, TOP))
    for found in both(view, plotted(band((BOTTOM, BOTTOM, BOTTOM), (900, 900, TOP)), log)).values():
        assert_in_box(found, Ink(*x, bottom, top))
    for found in both(view, plotted(band((BOTTOM, TOP), (math.inf, math.inf)), log)).values():
        assert_in_box(found, Ink(*x, bottom, 1.0))
    below = band((-1.0, -1.0), (TOP, TOP))
    for found in both(view, plotted(below, log)).values():
        assert_in_box(found, Ink(*x, 0.0, top))


@pytest.mark.usefixtures("opaque")
def test_a_band_with_a_gap_is_two(view: FigureView) -> None:
    gap = band((BOTTOM, BOTTOM, math.nan, BOTTOM, BOTTOM), (TOP, TOP, TOP, TOP, TOP))
    shown = {"live": live(view, plotted(gap, (True, False)), View())["p"]}
    shown["file"] = filed(plotted(gap, (True, False)), View(), LIGHT, SIZE)["p"]
    for plot in shown.values():
        columns = inked(plot, LIGHT.background, LEAST).any(axis=0)
        places = [share(v, log=True) for v in np.geomspace(LEFT, RIGHT, 5)]
        inside = [columns[int(place * len(columns))] for place in ((places[0] + places[1]) / 2, places[2])]
        assert inside == [True, False]


@pytest.mark.parametrize("log", MODES, ids=NAMES)
def test_bars_stand_between_their_edges_and_as_high_as_their_counts(view: FigureView, log: tuple[bool, bool]) -> None:
    bars = Bars("m", msg("m"), "bad", array(LEFT, 400, RIGHT), array(900, TOP))
    x, top = [share(v, log=log[0]) for v in (LEFT, RIGHT)], share(TOP, log=log[1])
    for found in both(view, plotted(bars, log)).values():
        assert_in_box(found, Ink(*x, 0.0, top))


@pytest.mark.parametrize("log", MODES, ids=NAMES)
def test_the_same_bars_move_with_the_axes_they_are_seen_on(view: FigureView, log: tuple[bool, bool]) -> None:
    bars = Bars("m", msg("m"), "bad", array(LEFT, 400, RIGHT), array(900, TOP))
    for before in MODES:
        live(view, plotted(bars, before), View())
        found = bounds(inked(live(view, plotted(bars, log), View())["p"], LIGHT.background, LEAST))
        x, top = [share(v, log=log[0]) for v in (LEFT, RIGHT)], share(TOP, log=log[1])
        assert_in_box(found, Ink(*x, 0.0, top))


def test_bars_from_0_on_begin_at_the_left_end_of_a_log_axis(view: FigureView) -> None:
    bars = Bars("m", msg("m"), "bad", array(0, 400, RIGHT), array(900, TOP))
    for found in both(view, plotted(bars, (True, False))).values():
        assert_in_box(found, Ink(0.0, share(RIGHT, log=True), 0.0, share(TOP, log=False)))


@pytest.mark.parametrize("log", [(False, False), (True, False)], ids=["linear x", "log x"])
def test_raised_bars_stand_on_their_base(view: FigureView, log: tuple[bool, bool]) -> None:
    bars = Bars("m", msg("m"), "bad", array(LEFT, 400, RIGHT), array(1.0, 2.0), base=3000.0, unit=1000.0)
    x, y = [share(v, log=log[0]) for v in (LEFT, RIGHT)], [share(v, log=False) for v in (3000, 5000)]
    for found in both(view, plotted(bars, log)).values():
        assert_in_box(found, Ink(*x, *y))


@pytest.mark.parametrize("log", MODES, ids=NAMES)
@pytest.mark.parametrize("direction", ["vertical", "horizontal"])
def test_a_guide_lies_across_the_plot_at_its_value(view: FigureView, direction: str, log: tuple[bool, bool]) -> None:
    at = 300.0
    upright = direction == "vertical"
    place = share(at, log=log[0] if upright else log[1])
    expected = Ink(place, place, 0.0, 1.0) if upright else Ink(0.0, 1.0, place, place)
    for found in both(view, plotted(Guide("m", msg("m"), "bad", at, direction), log)).values():
        assert_in_box(found, expected)


@pytest.mark.parametrize("log", MODES, ids=NAMES)
def test_words_stand_in_the_middle_of_their_place(view: FigureView, log: tuple[bool, bool]) -> None:
    x, y = (300.0 if is_log else 6000.0 for is_log in log)
    words = Texts("m", msg("m"), "bad", array(x), array(y), (msg("NONE"),), "center")
    for found in both(view, plotted(words, log)).values():
        assert found is not None
        middle = share(x, log=log[0]), share(y, log=log[1])
        assert found.middle == pytest.approx(middle, abs=0.015)
        assert found.right - found.left < 0.15


@pytest.mark.parametrize("kind", MARKS)
@pytest.mark.parametrize("log", MODES, ids=NAMES)
def test_what_has_no_place_on_a_log_axis_is_left_out(view: FigureView, kind: str, log: tuple[bool, bool]) -> None:
    mark = MARKS[kind]
    negative = type(mark)(**{**fields(mark), **{way: -np.asarray(getattr(mark, way)) for way in ("x", "y")}})
    both_empty = both(view, plotted(negative, log))
    assert both_empty == {"live": None, "file": None}


def fields(mark: Mark) -> dict[str, object]:
    return {name: getattr(mark, name) for name in mark.__dataclass_fields__}


NOWHERE = np.full(3, np.nan)
BAD = array(np.nan, np.inf, -np.inf, 1e308, -1e308)
EMPTY: dict[str, Mark] = {
    "line": Line("m", msg("m"), "bad", array(), array()),
    "steady line": Line("m", msg("m"), "bad", array(), array(), steady=True),
    "dots": Dots("m", msg("m"), "bad", array(), array(), array(), array()),
    "bars": Bars("m", msg("m"), "bad", array(0.0), array()),
    "segments": Segments("m", msg("m"), np.empty((0, 2)), np.empty((0, 2)), array()),
    "texts": Texts("m", msg("m"), "bad", array(), array(), ()),
    "image": Image("m", msg("m"), np.full((1, 1), np.nan), (LEFT, RIGHT), (BOTTOM, TOP)),
    "guide": Guide("m", msg("m"), "bad", math.nan),
    "line through nothing": Line("m", msg("m"), "bad", array(1, 2, 3, 4, 5), BAD),
    "steady line through nothing": Line("m", msg("m"), "bad", array(1, 2, 3, 4, 5), BAD, steady=True),
    "band nowhere": Line("m", msg("m"), "bad", array(1, 2, 3), NOWHERE, low=NOWHERE, high=NOWHERE),
    "dots nowhere": Dots("m", msg("m"), "bad", BAD, BAD[::-1].copy(), BAD, BAD),
    "dots beside": Dots("m", msg("m"), "bad", array(1, 2, 3, 4, 5), BAD, BAD, BAD),
    "segments nowhere": Segments("m", msg("m"), BAD[:4].reshape(2, 2), BAD[1:].reshape(2, 2), BAD[:2]),
    "texts nowhere": Texts("m", msg("m"), "bad", BAD, BAD, (msg("a"),) * 5),
    "guide nowhere": Guide("m", msg("m"), "bad", math.inf),
}


@pytest.mark.parametrize("log", MODES, ids=NAMES)
@pytest.mark.parametrize("mark", EMPTY.values(), ids=list(EMPTY))
def test_a_mark_without_a_drawable_value_draws_nothing(view: FigureView, mark: Mark, log: tuple[bool, bool]) -> None:
    assert both(view, plotted(mark, log)) == {"live": None, "file": None}


@pytest.mark.parametrize("log", MODES, ids=NAMES)
@pytest.mark.parametrize("scale", [1e-12, 1.0, 1e250, 1e300])
def test_a_mark_far_outside_reaches_to_the_edge_and_no_further_thing_goes_wrong(
    view: FigureView, log: tuple[bool, bool], scale: float
) -> None:
    steep = Line("m", msg("m"), "bad", array(10, 100, 1000), array(10, 100, scale * 1e4 if scale > 1 else 1000))
    for found in both(view, plotted(steep, log)).values():
        assert found is not None
        assert 0 <= found.left <= found.right <= 1


@pytest.mark.parametrize("size", [1e-200, 1e200, 1e300])
@pytest.mark.parametrize("kind", ["line", "dashed line"])
def test_a_line_stands_in_its_place_however_small_or_large_its_numbers(
    view: FigureView, kind: str, size: float
) -> None:
    line = Line("m", msg("m"), "bad", size * array(-1, -0.5, 0.6), size * array(0.2, 0.4, 0.9), dash=kind != "line")
    axes = Axis(msg("a"), extent=(-size, size), exact=True), Axis(msg("a"), extent=(0.0, size), exact=True)
    figure = Figure("p", msg(""), (Plot("p", msg(""), *axes, (line,)),), msg(""))
    for found in both(view, figure).values():
        assert_in_box(found, Ink(0.0, 0.8, 0.2, 0.9))


@pytest.mark.parametrize("theme", THEMES.values(), ids=list(THEMES))
def test_the_unit_under_the_mouse_is_that_of_the_box_there(view: FigureView, theme: Theme) -> None:
    view.show_theme(theme)
    boxes = Targets(array(100, 200, 100, 200)[None], ((1, 3),))
    figure = plotted(MARKS["dots"], (False, False), boxes)
    live(view, figure, View())
    area = view.areas["p"]
    at = area.box.mapViewToScene(QPointF(150, 150))
    assert area.unit_at(at) == (1, 3)
    assert area.unit_at(area.box.mapViewToScene(QPointF(250, 150))) is None
    view.show_theme(LIGHT)


@pytest.mark.parametrize("log", MODES, ids=NAMES)
def test_the_reading_of_bars_is_that_of_the_bar_under_the_mouse(view: FigureView, log: tuple[bool, bool]) -> None:
    bars = Bars("m", msg("bars"), "bad", array(LEFT, 400, RIGHT), array(900, TOP))
    live(view, plotted(bars, log), View())
    area = view.areas["p"]
    for value, count in ((350.0, "900"), (2000.0, "7,000")):
        area.point_to(math.log10(value) if log[0] else value)
        assert f"bars  {count}" in [text for text, _ in area._readout._rows]
    area.point_to(math.log10(9000.0) if log[0] else 9000.0)
    assert len(area._readout._rows) == 1
    area.point_to(None)
