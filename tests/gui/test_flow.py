"""Plots of a panel stand side by side where it is wide, and above one another where it is high."""

from collections.abc import Iterator
from dataclasses import replace
from itertools import pairwise

import numpy as np
import pytest
from PySide6.QtWidgets import QApplication

from gui.plots.axes.axis import FigureAxis
from gui.plots.panel.figure_view import FigureView
from model.figures.figure import Axis, Dots, Figure, Floats, Note, Plot, View
from model.figures.palette import LIGHT
from model.words import msg

KEYS = ("one", "two", "three")


def figure(values: Floats) -> Figure:
    axis, y = Axis(msg("layer"), extent=(0.0, 4.0)), Axis(msg("variance"), extent=(0.0, 1.0))
    dots = Dots("dots", msg("now"), "accent", np.arange(5.0), values)
    plots = tuple(Plot(key, msg("Correlation c: how alike two samples are"), axis, y, (dots,)) for key in KEYS)
    return Figure("p", msg("p"), plots, msg(""), shape=1.4)


@pytest.fixture
def view(qapp: QApplication) -> Iterator[FigureView]:
    view = FigureView(LIGHT)
    view.resize(400, 900)
    view.show()
    view.show_figure(figure(np.linspace(0, 1, 5)), View())
    QApplication.processEvents()
    yield view
    view.close()


def rows(view: FigureView) -> int:
    return len({round(area.box.sceneBoundingRect().top()) for area in view.areas.values()})


def resize(view: FigureView, width: int, height: int) -> None:
    view.resize(width, height)
    for _ in range(3):
        QApplication.processEvents()


def test_a_wider_panel_puts_its_plots_side_by_side_and_a_higher_one_back(view: FigureView) -> None:
    assert rows(view) == 3
    resize(view, 900, 400)
    assert rows(view) == 1
    assert all(area.box.height() > 250 for area in view.areas.values())
    resize(view, 400, 900)
    assert rows(view) == 3


def test_a_range_that_was_taken_outlives_another_arrangement(view: FigureView) -> None:
    view.zoom_to({"two": ((1.0, 2.0), (0.25, 0.5))})
    resize(view, 900, 400)
    view.show_figure(figure(np.zeros(5)), View())
    assert view.areas["two"].display_range() == ((1.0, 2.0), (0.25, 0.5))


def test_what_follows_is_drawn_into_the_plots_as_they_stand_now(view: FigureView) -> None:
    before = dict(view.areas)
    resize(view, 900, 400)
    view.show_figure(figure(np.zeros(5)), View())
    assert view.areas == before


def test_narrow_plots_give_the_room_of_the_vertical_axis_s_title_to_the_plot(view: FigureView) -> None:
    resize(view, 900, 300)
    wide = [area._axes[1].size().width() for area in view.areas.values()]
    resize(view, 350, 200)
    narrow = [area._axes[1].size().width() for area in view.areas.values()]
    assert max(narrow) <= min(wide) - 12
    assert min(area.box.width() for area in view.areas.values()) > 60


def test_every_axis_has_the_room_it_asks_for_whatever_the_size_was_before(view: FigureView) -> None:
    for width, height in ((350, 200), (900, 300), (350, 200), (200, 100), (350, 900)):
        resize(view, width, height)
        for area in view.areas.values():
            lower, upright = area._axes
            assert lower.size().height() == lower.minimumHeight()
            assert upright.size().width() == upright.minimumWidth()


def test_labels_of_a_short_axis_never_touch_one_another(qapp: QApplication) -> None:
    axis = FigureAxis("bottom", QApplication.font(), compact=True)
    axis.show_axis(Axis(msg("value")))
    for length in range(20, 160, 5):
        for shown in ((-1.3e-5, 1.3e-5), (-5e-4, 2e-5), (-0.04, 0.04), (-1.0, 1.0), (0.0, 1e6)):
            labelled = [tick for tick in axis._ticks(shown, length) if tick.label]
            measure = axis._metrics.horizontalAdvance
            rooms = [(axis._label_left(tick, shown, length), measure(tick.label)) for tick in labelled]
            assert labelled
            assert all(left + width < after for (left, width), (after, _) in pairwise(rooms))


def test_a_note_over_one_plot_takes_no_room_from_the_others(view: FigureView) -> None:
    noted = figure(np.full(5, 0.5))
    full = Dots("full", msg("full"), "accent", *(each.ravel() for each in np.mgrid[0:4:40j, 0:1:40j]))
    first = replace(
        noted.plots[0], marks=(full,), notes=(Note(msg("one two three four five six seven eight"), "warn"),)
    )
    view.show_figure(replace(noted, plots=(first, *noted.plots[1:])), View())
    resize(view, 200, 500)
    areas = list(view.areas.values())
    assert rows(view) == 3
    assert areas[0]._notes.strip.minimumHeight() > 0
    heights = [area.size().height() for area in areas]
    assert max(heights) - min(heights) <= 1


def test_a_plot_that_grows_gets_room_for_the_titles_of_its_axes_again(view: FigureView) -> None:
    def rooms() -> list[tuple[float, float]]:
        axes = [axis for area in view.areas.values() for axis in area.childItems() if isinstance(axis, FigureAxis)]
        return [(axis.size().width(), axis.size().height()) for axis in axes]

    resize(view, 400, 900)
    before = rooms()
    resize(view, 80, 72)
    assert rooms() != before
    resize(view, 400, 900)
    assert rooms() == before
