"""What the window says is of the present run, whatever replaced the one before."""

from collections.abc import Callable

import pytest

from gui.window.main_window import MainWindow
from model.training.presets import presets
from tests.gui.person import Key, area, leave, panel, point_at, press, run, settle, text, type_in, until

REPLACED: dict[str, Callable[[MainWindow], None]] = {
    "reset": lambda window: press(window, Key.Key_R),
    "new seed": lambda window: press(window, Key.Key_N),
    "undo": lambda window: window.session.undo(),
    "std": lambda window: type_in(window, "weight_init_std", "1"),
    "spec": lambda window: window.session.take(window.session.spec.replaced(init="he"), train=False),
    "scrub": lambda window: window.session.set_scrub(on=True),
}


def readout(window: MainWindow, name: str) -> list[str]:
    return [words for words, _ in area(window, name)._readout._rows]


def fresh_readout(window: MainWindow, name: str) -> list[str]:
    """What pointing there anew says."""
    here = area(window, name)
    here.point_to(*here.pointed)
    return readout(window, name)


@pytest.fixture
def two_runs(window: MainWindow) -> MainWindow:
    """A window whose second run is under way and paused, with the first to be had back."""
    window.speed.set_value("max")
    window.session.turn("steps", 300)
    window.session.train()
    until(lambda: window.session.state == "finished")
    window.session.new_seed()
    until(lambda: window.session.state == "finished")
    settle(window)
    return window


@pytest.mark.parametrize("replace", REPLACED.values(), ids=REPLACED)
def test_the_readout_under_the_mouse_is_of_the_present_run(
    two_runs: MainWindow, replace: Callable[[MainWindow], None]
) -> None:
    window, old = two_runs, run(two_runs)
    point_at(window, "loss")
    until(lambda: len(readout(window, "loss")) > 1)
    before = readout(window, "loss")
    replace(window)
    until(lambda: window.session.frame.run != old)
    settle(window)
    assert readout(window, "loss") == fresh_readout(window, "loss") != before
    leave(panel(window, "loss").canvas)
    assert readout(window, "loss") == []


@pytest.mark.parametrize("replace", REPLACED.values(), ids=REPLACED)
def test_descriptions_are_of_the_present_run_or_silent(
    two_runs: MainWindow, replace: Callable[[MainWindow], None]
) -> None:
    window, old = two_runs, run(two_runs)
    window.dashboard.reveal("why")
    until(lambda: window.dashboard.settled)
    window.dashboard.reveal("loss")
    window.dashboard.describe()
    replace(window)
    until(lambda: window.session.frame.run != old)
    window.dashboard.describe()
    described = [view for view in window.dashboard.panels.values() if view.accessibleDescription()]
    assert all(view.in_sight and view.drawing.run == run(window) for view in described)
    until(lambda: panel(window, "loss").accessibleDescription())


def test_a_figure_that_comes_late_is_described_too(two_runs: MainWindow) -> None:
    why = panel(two_runs, "why")
    two_runs.dashboard.reveal("why")
    until(lambda: why.in_sight and why.figure is not None)
    why.setAccessibleDescription("")
    why.set_view(notes=True)
    until(lambda: why.accessibleDescription() == str(why.figure.summary) != "")


def test_the_status_bar_says_which_step_the_accuracy_is_of(window: MainWindow) -> None:
    window.session.turn("eval_every", 20)
    settle(window)
    assert "at step" not in text(window, "status_accuracy")
    for _ in range(18):
        window.session.run.step_once()
    until(lambda: window.session.step == 18)
    settle(window)
    assert text(window, "status_accuracy").endswith(" at step 0")
    for _ in range(2):
        window.session.run.step_once()
    until(lambda: window.session.step == 20)
    settle(window)
    assert "at step" not in text(window, "status_accuracy")


def test_the_sentence_of_a_preset_goes_with_its_run(window: MainWindow) -> None:
    window.desk.take_preset(next(iter(presets().values())))
    said = window.note.text()
    assert said
    press(window, Key.Key_R)
    assert window.note.text() == said
    press(window, Key.Key_N)
    assert window.note.text() == ""
