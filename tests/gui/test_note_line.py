"""What must be read of a plot and has no room at it stands whole in a line of the panel, never cut to nonsense."""

from collections.abc import Iterator

import pytest
from PySide6.QtWidgets import QApplication

from gui.plots.panel.figure_view import FigureView
from gui.plots.panel.note_line import NoteLine
from model.figures.figure import Axis, Figure, Note, Plot, Severity, View
from model.figures.palette import LIGHT
from model.words import msg

LONG = "50 NaN, 0 infinite of 50"


def figure(said: dict[str, tuple[str, Severity]], *, n: int = 18, columns: int = 6) -> Figure:
    x, y = Axis(msg("value"), extent=(-1.0, 1.0), exact=True), Axis(msg("count"), extent=(0.0, 1.0), ticks=())
    names = [f"{'Wb'[k % 2]}{k // 2 + 1}" for k in range(n)]
    notes = {name: (Note(msg(said[name][0]), said[name][1]),) if name in said else () for name in names}
    plots = tuple(Plot(name, msg(f"{name}  50×50"), x, y, (), notes[name]) for name in names)
    return Figure("p", msg("p"), plots, msg(""), columns)


@pytest.fixture
def view(qapp: QApplication) -> Iterator[FigureView]:
    view = FigureView(LIGHT)
    view.resize(345, 290)
    view.show()
    yield view
    view.close()


def show(view: FigureView, shown: Figure) -> list[str]:
    view.show_figure(shown, View())
    for _ in range(3):
        QApplication.processEvents()
    return view.findChild(NoteLine).texts()


def drawn(view: FigureView) -> list[str]:
    notes = [area._notes for area in view.areas.values()]
    return [text for its in notes for text, _ in (*its._block._lines, *its.strip._lines)]


def test_a_note_that_must_be_read_goes_to_the_line_where_its_plot_is_too_small(view: FigureView) -> None:
    assert show(view, figure({"b3": (LONG, "bad")})) == [f"b3: {LONG}"]
    assert view.findChild(NoteLine).isVisible()
    assert LONG in view.areas["b3"].box.toolTip()
    assert not [text for text in drawn(view) if "…" in text]


def test_plots_of_which_the_same_is_said_are_named_together(view: FigureView) -> None:
    said = {f"b{k}": (LONG, "bad") for k in range(2, 9)}
    assert show(view, figure({**said, "b9": ("10 NaN, 0 infinite of 10", "bad")})) == [
        f"b2, b3 … b8: {LONG}",
        "b9: 10 NaN, 0 infinite of 10",
    ]


def test_a_note_that_only_explains_does_not_go_to_the_line(view: FigureView) -> None:
    assert show(view, figure({"b3": (LONG, "info")})) == []
    assert not view.findChild(NoteLine).isVisible()
    assert LONG in view.areas["b3"].box.toolTip()


def test_with_room_enough_the_note_stands_in_its_plot_and_the_line_takes_none(view: FigureView) -> None:
    show(view, figure({"b3": (LONG, "bad")}))
    view.resize(1400, 900)
    assert show(view, figure({"b3": (LONG, "bad")})) == []
    assert "".join(drawn(view)) == LONG
    assert view.canvas.height() == view.height()


def test_what_is_past_leaves_the_line(view: FigureView) -> None:
    show(view, figure({"b3": (LONG, "bad")}))
    assert show(view, figure({})) == []


@pytest.mark.parametrize("height", range(110, 330, 10))
def test_the_line_and_the_plots_do_not_chase_one_another(view: FigureView, height: int) -> None:
    view.resize(200, height)
    shown = figure({"W1": ("diverged at step 4: W1 is no longer finite", "bad")}, n=2, columns=1)
    show(view, shown)
    seen = set()
    for _ in range(6):
        show(view, shown)
        seen.add((view.findChild(NoteLine).isVisible(), view.canvas.height()))
    assert len(seen) == 1


def test_notes_that_only_explain_leave_most_of_the_height_to_the_plot(view: FigureView) -> None:
    view.resize(180, 130)
    words = "50 of 50 distinct, rank 43.7 of 50, and so on for a line or two"
    show(view, figure({"W1": (words, "info")}, n=1, columns=1))
    area = view.areas["W1"]
    assert area.box.height() >= 0.55 * (area.box.height() + area._notes.strip.minimumHeight())
