"""The table of runs: everything that was trained, to be found, compared, named, deleted and gone back to."""

import numpy as np
import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QCheckBox, QDialog, QLabel, QLineEdit, QPushButton, QTableWidget, QWidget

from gui.window.runs_model import BESIDE, ENDED, KNOBS, LOSS, NAME, NOTE, REACHED, STAR, STEPS
from tests.gui.person import action, faults, press, run, settle, until

Key = Qt.Key
SMALL = ("--steps", "40", "--hidden-sizes", "6", "--eval-every", "20")


def train_with(window, **knobs):
    for name, value in knobs.items():
        window.session.turn(name, value)
    window.session.run.train()
    until(lambda: window.session.state == "finished")
    settle(window)
    until(lambda: window.keeping.keeper.settle(0))


def opened(window):
    if not action(window, "runs").isChecked():
        press(window, Key.Key_U)
    panel = window.findChild(QWidget, "panel_runs")
    until(panel.isVisible)
    return panel


def shown(panel, column):
    model = panel.table.model()
    return [model.index(row, column).data() for row in range(model.rowCount())]


def place(panel, knobs):
    return next(row for row, said in enumerate(shown(panel, KNOBS)) if knobs in said)


def tick(panel, row, column, *, on=True):
    model = panel.table.model()
    state = Qt.CheckState.Checked if on else Qt.CheckState.Unchecked
    assert model.setData(model.index(row, column), state.value, Qt.ItemDataRole.CheckStateRole)


@pytest.fixture
def trained(open_window):
    window = open_window(*SMALL)
    for knobs in ({}, {"init": "he"}, {"seed": 3}):
        train_with(window, **knobs)
    return window, opened(window)


def test_every_finished_run_is_a_row_with_its_numbers(trained):
    window, panel = trained
    assert [said.removesuffix(", 40 steps, hidden 6") for said in shown(panel, KNOBS)]
    assert shown(panel, STEPS) == ["40"] * 3
    assert shown(panel, ENDED) == ["finished"] * 3
    assert shown(panel, LOSS)[0] == f"{window.session.frame.loss[-1]:.4g}"  # the newest first
    assert "He" in shown(panel, KNOBS)[0]
    assert "seed 3" in shown(panel, KNOBS)[0]


def test_ticked_runs_lie_beside_the_present_one(trained):
    window, panel = trained
    row = next(row for row, said in enumerate(shown(panel, KNOBS)) if "He" in said and "seed" not in said)
    tick(panel, row, BESIDE)
    settle(window)
    (beside,) = [one for one in window.session.comparison.runs() if one.slot]
    assert beside.frame.spec.init == "he"
    tick(panel, row, BESIDE, on=False)
    assert not [one for one in window.session.comparison.runs() if one.slot]


def test_words_find_runs_and_columns_sort_them(trained):
    _, panel = trained
    search = panel.findChild(QLineEdit, "runs_search")
    QTest.keyClicks(search, "he seed")
    assert len(shown(panel, KNOBS)) == 1
    search.clear()
    QTest.keyClicks(search, "--init he")
    assert len(shown(panel, KNOBS)) == 2
    search.clear()
    panel.table.sortByColumn(LOSS, Qt.SortOrder.AscendingOrder)
    losses = [float(loss) for loss in shown(panel, LOSS)]
    assert losses == sorted(losses)


def test_stars_and_names_are_kept(trained):
    window, panel = trained
    row = place(panel, "seed 3")
    tick(panel, row, STAR)
    model = panel.table.model()
    assert model.setData(model.index(row, NAME), "my best", Qt.ItemDataRole.EditRole)
    until(lambda: window.keeping.keeper.settle(0))
    (kept,) = [kept for kept in window.keeping.keeper.runs if kept.starred]
    assert kept.name == "my best"
    assert shown(panel, NAME)[row] == "my best"


def test_a_double_click_goes_back_into_a_run(trained):
    window, panel = trained
    row = next(row for row, said in enumerate(shown(panel, KNOBS)) if "He" not in said)
    before = run(window)
    panel.table.doubleClicked.emit(panel.table.model().index(row, KNOBS))
    until(lambda: run(window) != before)
    settle(window)
    assert window.session.spec.init == "std"
    assert window.session.step == 40


def test_deleted_runs_can_be_had_back(trained):
    window, panel = trained
    panel.table.selectRow(place(panel, "seed 3"))
    panel.table.setFocus()
    QTest.keyClick(panel.table, Key.Key_Delete)
    until(lambda: len(shown(panel, KNOBS)) == 2)
    until(lambda: window.keeping.keeper.settle(0) and len(window.keeping.keeper.runs) == 2)
    QTest.mouseClick(panel.findChild(QPushButton, "runs_undo_delete"), Qt.MouseButton.LeftButton)
    until(lambda: len(shown(panel, KNOBS)) == 3)


def test_runs_of_an_earlier_start_are_there_and_come_back_from_the_disk(open_window):
    first = open_window(*SMALL)
    train_with(first, init="he")
    losses = first.session.frame.loss.copy()
    first.close()
    window = open_window(*SMALL)
    panel = opened(window)
    until(lambda: len(shown(panel, KNOBS)) == 1)
    tick(panel, 0, BESIDE)
    until(lambda: [one for one in window.session.comparison.runs() if one.slot])
    settle(window)
    (beside,) = [one for one in window.session.comparison.runs() if one.slot]
    assert np.array_equal(beside.frame.loss, losses)
    assert len(shown(panel, KNOBS)) == 1  # it is the same run
    assert faults(window) == []


def test_only_the_newest_runs_hold_their_engines_and_the_others_come_back_from_the_disk(open_window, monkeypatch):
    monkeypatch.setattr("gui.live.shelf._MOST_ENGINES", 2)
    window = open_window(*SMALL)
    for seed in range(1, 5):
        train_with(window, seed=seed)
    assert [item.engine is not None for item in window.session.shelf] == [False, False, True, True]
    panel = opened(window)
    row, colours = place(panel, "seed 1"), {item.frame.spec.seed: item.slot for item in window.session.shelf}
    tick(panel, row, BESIDE)
    until(lambda: [one for one in window.session.comparison.runs() if one.slot])
    (beside,) = [one for one in window.session.comparison.runs() if one.slot]
    assert (beside.frame.spec.seed, beside.slot) == (1, colours[1])
    assert len(shown(panel, KNOBS)) == 4


def test_the_steps_to_an_accuracy_are_counted_also_of_runs_that_are_only_on_disk(open_window):
    window = open_window(*SMALL)
    train_with(window)
    train_with(window, init="he")
    panel = opened(window)
    level = panel.findChild(QLineEdit, "runs_level")
    level.setText("0.2")
    level.editingFinished.emit()
    expected = []
    for run_ in reversed(list(window.session.shelf)):
        there = [int(s) for s, row in zip(run_.frame.eval_steps, run_.frame.evaluations, strict=True) if row[1] >= 0.2]
        expected.append(f"{there[0]:,}" if there else "–")
    assert shown(panel, REACHED) == expected
    header = panel.model.headerData(REACHED, Qt.Orientation.Horizontal)
    assert header == "Steps to 0.2"
    for nonsense in ("0", "nan", "2", "x"):
        level.setText(nonsense)
        level.editingFinished.emit()
        assert level.text() == "0.2"
    window.close()
    again = open_window(*SMALL)
    until(lambda: again.keeping.keeper.settle(0))
    panel = opened(again)
    panel.model.count_to(0.2)
    until(lambda: len(shown(panel, REACHED)) >= 2)
    assert sorted(shown(panel, REACHED))[-2:] == sorted(expected)


def test_a_note_is_kept_with_its_run(trained):
    window, panel = trained
    model = panel.table.model()
    assert model.setData(model.index(0, NOTE), "too loud?", Qt.ItemDataRole.EditRole)
    until(lambda: window.keeping.keeper.settle(0) and shown(panel, NOTE)[0] == "too loud?")
    assert any(kept.note == "too loud?" for kept in window.keeping.keeper.runs)


def test_seeds_are_one_row_with_their_medians(open_window):
    window = open_window(*SMALL)
    for seed in (1, 2, 3):
        train_with(window, seed=seed)
    train_with(window, init="he")
    panel = opened(window)
    assert len(shown(panel, NAME)) == 4
    panel.findChild(QCheckBox, "runs_grouped").click()
    names = shown(panel, NAME)
    assert len(names) == 2
    row = names.index("3 seeds")
    losses = [float(run_.frame.loss[-1]) for run_ in window.session.shelf if run_.frame.spec.init == "std"]
    assert float(shown(panel, LOSS)[row]) == pytest.approx(np.median(losses), rel=1e-3)
    tick(panel, row, BESIDE)
    settle(window)
    assert sum(run_.beside for run_ in window.session.shelf) == 3
    assert faults(window) == []


def test_two_runs_are_held_against_each_other(trained):
    window, panel = trained
    button = panel.findChild(QPushButton, "runs_difference")
    assert not button.isEnabled()
    panel.table.selectRow(0)
    assert not button.isEnabled()
    rows = (place(panel, "seed 3"), next(k for k, said in enumerate(shown(panel, KNOBS)) if "seed" not in said))
    selection = panel.table.selectionModel()
    selection.clearSelection()
    for row in rows:
        index = panel.table.model().index(row, 0)
        selection.select(index, selection.SelectionFlag.Select | selection.SelectionFlag.Rows)
    button.click()
    until(lambda: window.findChild(QDialog, "difference_dialog") is not None)
    dialog = window.findChild(QDialog, "difference_dialog")
    assert "from the first batch on" in dialog.findChild(QLabel, "difference_told").text()
    table = dialog.findChild(QTableWidget, "difference_table")
    cells = {table.item(row, 0).text(): (table.item(row, 1).text(), table.item(row, 2).text())
             for row in range(table.rowCount())}  # fmt: skip
    assert set(cells["Seed"]) == {"0", "3"}
    assert cells["Steps made"] == ("40", "40")
    dialog.reject()
