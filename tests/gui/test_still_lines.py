"""Many compared runs in one item look as each by itself does, on every kind of axis, and follow every change."""

from collections.abc import Iterator
from dataclasses import replace

import numpy as np
import pytest
from PySide6.QtWidgets import QApplication

from gui.plots.axes import mark_layer
from gui.plots.marks.still_lines import StillLinesItem
from gui.plots.panel.figure_view import FigureView
from model.figures.figure import Axis, Figure, Line, Plot, View
from model.figures.palette import DARK, LIGHT
from model.words import msg
from tests.gui.renderings import live

MODES = [(log_x, log_y) for log_x in (False, True) for log_y in (False, True)]
X = np.arange(1, 400, dtype=np.float64)


def figure(log: tuple[bool, bool] = (False, False), n: int = 6, raised: int = 0, scale: float = 1.0) -> Figure:
    rng = np.random.default_rng(0)
    lines = [
        Line(f"run{k}", msg("a"), f"run{k}", X, scale * (k + rng.random(len(X))), dash=k == 2, ghost=True,
             raised=k == raised, steady=k % 2 == 0)
        for k in range(1, n + 1)
    ]  # fmt: skip
    axes = [Axis(msg("a"), log=is_log, extent=(0.0, 3.0) if is_log else (0.0, 400.0), exact=True) for is_log in log]
    y = replace(axes[1], extent=(-1.0, 2.0) if log[1] else (0.0, 9.0))
    own = Line("train", msg("a"), "train", X, np.full(len(X), 4.0))
    return Figure("p", msg(""), (Plot("p", msg(""), axes[0], y, (*lines, own)),), msg(""))


@pytest.fixture
def view(qapp: QApplication) -> Iterator[FigureView]:
    widget = FigureView(LIGHT)
    widget.resize(500, 360)
    widget.show()
    QApplication.processEvents()
    yield widget
    widget.close()
    widget.deleteLater()


def both(view: FigureView, monkeypatch: pytest.MonkeyPatch, shown: Figure) -> tuple[np.ndarray, np.ndarray]:
    """Draw a figure in one item, and curve by curve."""
    together = live(view, shown, View())["p"].copy()
    assert isinstance(view.areas["p"].items_of()["run1"], StillLinesItem)
    with monkeypatch.context() as patch:
        patch.setattr(mark_layer, "_MANY", 1000)
        alone = live(view, shown, View())["p"].copy()
        assert not isinstance(view.areas["p"].items_of()["run1"], StillLinesItem)
    return together, alone


def assert_alike(together: np.ndarray, alone: np.ndarray) -> None:
    apart = np.abs(together.astype(int) - alone.astype(int)).max(axis=2) > 40
    assert apart.mean() < 0.002


@pytest.mark.parametrize("log", MODES)
def test_they_look_as_each_by_itself(view: FigureView, monkeypatch: pytest.MonkeyPatch, log: tuple[bool, bool]) -> None:
    assert_alike(*both(view, monkeypatch, figure(log)))


def test_they_follow_data_theme_size_and_range(view: FigureView, monkeypatch: pytest.MonkeyPatch) -> None:
    assert_alike(*both(view, monkeypatch, figure()))
    assert_alike(*both(view, monkeypatch, figure(scale=0.5)))
    view.show_theme(DARK)
    assert_alike(*both(view, monkeypatch, figure(scale=0.5)))
    view.resize(700, 300)
    QApplication.processEvents()
    assert_alike(*both(view, monkeypatch, figure(scale=0.5, n=8)))
    view.show_theme(LIGHT)


def test_one_that_is_pointed_at_leaves_them_and_comes_back(view: FigureView) -> None:
    live(view, figure(raised=3), View())
    items = view.areas["p"].items_of()
    assert not isinstance(items["run3"], StillLinesItem)
    assert isinstance(items["run4"], StillLinesItem)
    live(view, figure(), View())
    items = view.areas["p"].items_of()
    assert len({id(items[f"run{k}"]) for k in range(1, 7)}) == 1
    assert items["run1"].zValue() < items["train"].zValue()
    live(view, figure(n=2), View())
    assert not any(isinstance(item, StillLinesItem) for item in view.areas["p"].items_of().values())


def test_one_that_comes_back_looks_as_before(view: FigureView) -> None:
    before = live(view, figure(), View())["p"].copy()
    live(view, figure(raised=3), View())
    np.testing.assert_array_equal(live(view, figure(), View())["p"], before)
    live(view, figure(), View(hidden=frozenset({"run2"})))
    np.testing.assert_array_equal(live(view, figure(), View())["p"], before)


def test_what_has_not_changed_is_not_drawn_again(view: FigureView, monkeypatch: pytest.MonkeyPatch) -> None:
    shown = figure()
    live(view, shown, View())
    made = []
    monkeypatch.setattr(StillLinesItem, "_make", lambda *_: made.append(1))
    own = replace(shown.plots[0].marks[-1], y=np.full(len(X), 5.0))
    live(view, replace(shown, plots=(replace(shown.plots[0], marks=(*shown.plots[0].marks[:-1], own)),)), View())
    assert made == []
