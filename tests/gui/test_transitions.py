"""The real window goes from one degenerate run to the next, and nothing of the one is left in the other."""

import pytest

from model.figures.notes import shown_notes
from tests.gui.person import Key, faults, panel, press, run, settle, until

CHANGES = {
    "the book's": {"weight_init_std": 0.01},
    "not finite": {"weight_init_std": 1e308},
    "all 0": {"weight_init_std": 0.0},
    "many layers": {"weight_init_std": 1.0, "hidden_sizes": (20,) * 8},
    "few again": {"hidden_sizes": (3,), "init": "he"},
    "a plane": {"dataset": "spirals"},
    "a plane, not finite": {"init": "std", "weight_init_std": 1e308},
    "a plane, one unit": {"hidden_sizes": (1,), "weight_init_std": 0.5},
    "pictures again": {"dataset": "digits", "hidden_sizes": (50,)},
    "untrained": {"steps": 0, "weight_init_std": 1e3},
    "double": {"steps": 30, "dtype": "float64", "weight_init_std": 1e-310},
}
FEW = ("not finite", "many layers", "a plane")


def said_in(view) -> list[str]:
    """Give all words that stand in a panel."""
    notes = [text for area in view.areas().values() for text, _ in area._notes._rows]
    readings = [text for area in view.areas().values() for text, _ in area._readout._rows]
    return [*notes, *readings, *view.face.figure_view.passages.texts()]


def words_of(view, frame) -> list[str]:
    """Give the words that a panel should show of a run, made from nothing but that."""
    figure = view.panel.make(frame, view.view)
    areas = view.areas()
    notes = [
        str(note.text)
        for plot in figure.plots
        for note in shown_notes(plot, view.view, areas[plot.key].display_range()[1])
    ]
    return [*notes, *(str(passage.text) for passage in figure.passages)]


def go(window, changes) -> None:
    """Change knobs as a person does, train to the end, and wait until every panel shows it."""
    before = run(window)
    for name, value in changes.items():
        window.form.editor(name).set_value(value)
        assert window.form.editor(name).error() == ""
    until(lambda: run(window) != before, 20)
    if window.session.state == "paused":
        press(window, Key.Key_Space)
    until(lambda: window.session.state == "finished", 60)
    settle(window)
    until(lambda: window.dashboard.settled, 60)
    settle(window)


def check(window, name: str) -> None:
    assert faults(window) == []
    frame = window.session.frame
    window.dashboard.describe()
    for panel_id in window.dashboard.panels:
        view = panel(window, panel_id)
        figure = view.panel.make(frame, view.view)
        assert list(view.areas()) == [plot.key for plot in figure.plots], (name, panel_id)
        wanted_words = words_of(view, frame)
        until(lambda: said_in(view) == wanted_words)  # noqa: B023  a last figure may be on its way
        until(lambda: view.accessibleDescription() == str(figure.summary))  # noqa: B023
        for plot in figure.plots:
            wanted = {mark.key for mark in plot.marks if not view.view.hides(mark.key)}
            assert set(view.areas()[plot.key].items_of()) == wanted, (name, panel_id, plot.key)


def walk(window, names) -> None:
    window.speed.set_value("max")
    window.dashboard.docks.spread()
    for name in names:
        go(window, CHANGES[name])
        check(window, name)


def test_nothing_of_a_run_is_left_when_the_next_one_is_shown(open_window):
    walk(open_window("--steps", "30"), FEW)


@pytest.mark.soak
def test_nothing_of_any_run_is_left_when_another_one_is_shown(open_window):
    window = open_window("--steps", "30")
    walk(window, [*CHANGES, *reversed([name for name in CHANGES if "dataset" not in CHANGES[name]])])
