"""Slow figures: made in a thread of their own, the newest first, for panels that can be seen only."""

import math
import threading
from dataclasses import replace

import pytest
from PySide6.QtCore import QObject, Slot
from PySide6.QtGui import QAction

from gui.live.figure_maker import QUICK_SAMPLE, FigureMaker, Made
from model.data.dataset import DataRequest
from model.data.prepare import load
from model.figures.figure import Figure, View
from model.figures.panels import PANELS, Panel
from model.training.engine import Engine
from model.training.frame import Frame
from model.training.spec import TrainingSpec
from model.training.stepper import ClassStepper
from model.words import msg
from tests.gui.person import faults, settle, until


class Taker(QObject):
    """Collects what a maker brings."""

    def __init__(self, maker: FigureMaker) -> None:
        super().__init__()
        self.made: list[Made] = []
        self.failed: list[tuple[str, int, str]] = []
        maker.made.connect(self.take)
        maker.failed.connect(self.take_fault)

    @Slot(object)
    def take(self, made: Made) -> None:
        self.made.append(made)

    @Slot(str, int, str)
    def take_fault(self, name: str, run: int, fault: str) -> None:
        self.failed.append((name, run, fault))


@pytest.fixture
def maker(qapp):
    made = FigureMaker()
    made.start()
    yield made
    assert made.close(5)


def frame() -> Frame:
    found = Engine(TrainingSpec(hidden_sizes=(4,)), load(DataRequest()), ClassStepper).recording.frame()
    assert found is not None
    return found


def panel_of(make) -> Panel:
    return replace(PANELS["activations"], id="slow", make=make)


def figure_of(_frame: Frame, view: View) -> Figure:
    return Figure("slow", msg("sample {n}", n=view.sample), (), msg(""))


def train_at_once(window) -> None:
    window.session.pace.set_speed(math.inf)
    window.session.train()


def test_the_first_figure_of_a_run_looks_at_a_sample_and_the_next_at_everything(maker):
    taker = Taker(maker)
    first = frame()
    maker.want(panel_of(figure_of), first, View())
    until(lambda: len(taker.made) == 2)
    assert [str(made.figure.title) for made in taker.made] == [f"sample {QUICK_SAMPLE}", "sample 0"]
    maker.want(panel_of(figure_of), first, View())
    until(lambda: len(taker.made) == 3)
    assert str(taker.made[-1].figure.title) == "sample 0"


def test_a_figure_that_is_unfinished_is_made_again_until_it_is_done(maker):
    taker = Taker(maker)
    patience: list[float] = []

    def in_three(_frame: Frame, view: View) -> Figure:
        patience.append(view.patience)
        return Figure("slow", msg("part {n}", n=len(patience)), (), msg(""), unfinished=len(patience) < 4)

    maker.want(panel_of(in_three), frame(), View())
    until(lambda: maker.idle)
    until(lambda: len(taker.made) == 4)
    assert [str(made.figure.title) for made in taker.made][-1] == "part 4"
    assert all(seconds < 1 for seconds in patience)
    assert all(math.isinf(made.view.patience) for made in taker.made)


def test_only_the_newest_wish_of_a_panel_is_carried_out(maker):
    taker = Taker(maker)
    begun, go_on = threading.Event(), threading.Event()

    def slowly(given: Frame, view: View) -> Figure:
        begun.set()
        go_on.wait(5)
        return figure_of(given, view)

    frames = [frame() for _ in range(10)]
    maker.want(panel_of(slowly), frames[0], View(sample=1))
    assert begun.wait(5)
    for later in frames[1:]:
        maker.want(panel_of(slowly), later, View(sample=1))
    go_on.set()
    until(lambda: maker.idle and bool(taker.made))
    until(lambda: taker.made[-1].frame is frames[-1])
    assert {made.frame.run for made in taker.made} == {frames[0].run, frames[-1].run}


def test_a_fault_of_one_figure_leaves_the_others_to_be_made(maker):
    taker = Taker(maker)

    def broken(_frame: Frame, _view: View) -> Figure:
        raise ZeroDivisionError

    first = frame()
    maker.want(replace(panel_of(broken), id="broken"), first, View())
    maker.want(panel_of(figure_of), first, View())
    until(lambda: bool(taker.failed) and len(taker.made) == 2)
    assert taker.failed[0][:2] == ("broken", first.run)


def test_a_slow_panel_in_sight_follows_the_training_and_a_hidden_one_costs_nothing(window):
    until(lambda: window.dashboard.settled)
    made: list[str] = []
    window.dashboard._maker.made.connect(lambda m: made.append(m.panel))
    window.dashboard.reveal("activations")
    train_at_once(window)
    settle(window)
    until(lambda: window.dashboard.settled)
    shown = window.dashboard.panels["activations"].figure
    assert shown is not None
    assert "2,000" in str(shown.summary)
    assert "backprop" not in made


def test_a_slow_panel_that_fails_says_so_once_and_the_window_lives_on(window, monkeypatch):
    def broken(_frame: Frame, _view: View) -> Figure:
        raise ZeroDivisionError

    view = window.dashboard.panels["activations"]
    monkeypatch.setattr(view.drawing, "panel", replace(view.panel, make=broken))
    monkeypatch.setattr("gui.live.figure_maker._log.exception", lambda *_: None)
    window.dashboard.reveal("activations")
    train_at_once(window)
    settle(window)
    until(lambda: "ZeroDivisionError" in view.accessibleDescription())
    until(lambda: window.dashboard.settled)
    assert faults(window) == []


def test_spread_out_every_panel_is_in_sight_and_drawn(window):
    window.dashboard.docks.spread()
    until(lambda: all(view.in_sight and view.figure is not None for view in window.dashboard.panels.values()), 20)


def test_a_panel_that_begins_to_count_is_made_by_the_thread_and_at_once_when_it_no_longer_does(window):
    until(lambda: window.dashboard.settled)
    panel = window.dashboard.panels["gradients"]

    def said() -> str:
        return " ".join(str(note.text) for note in panel.figure.plots[0].notes)

    (action,) = [each for each in panel.face.menu.findChildren(QAction) if each.data() == "fp16"]
    action.trigger()
    assert "fp16" not in said()
    until(lambda: "fp16" in said())
    panel.set_view(number_format="bf16")
    panel.set_view(number_format="none")
    assert "fp16" not in said()
    until(lambda: window.dashboard.settled)
    assert "bf16" not in said()


@pytest.mark.usefixtures("whole_surveys")
def test_the_gradient_check_goes_on_while_it_is_in_sight_and_nothing_else_happens(window):
    until(lambda: window.dashboard.settled)
    panel = window.dashboard.panels["gradcheck"]
    assert panel.figure is None
    window.dashboard.reveal("gradcheck")
    until(lambda: panel.figure is not None and window.dashboard.settled)
    assert not panel.figure.unfinished
    assert "400/3,200" in str(panel.figure.passages[-1].text)
