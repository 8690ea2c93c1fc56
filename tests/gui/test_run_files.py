"""Files of runs: the present run and those beside it are saved, and come back as they were."""

import numpy as np
from PySide6.QtCore import Qt

from gui.files.drop import read_dropped
from tests.gui.person import faults, press, run, settle, until

SMALL = ("--steps", "40", "--hidden-sizes", "6", "--eval-every", "20")


def train(window):
    window.session.train()
    until(lambda: window.session.state == "finished")
    settle(window)


def saved_runs(window, path):
    """Save a pinned run and the present one; returns the losses of both, the present one's first."""
    train(window)
    press(window, Qt.Key.Key_K)
    pinned = window.session.frame.loss.copy()
    window.session.turn("init", "he")
    train(window)
    said = []
    window.run_files.said.connect(said.append)
    window.run_files.write(path)
    until(lambda: said)
    return window.session.frame.loss.copy(), pinned


def test_runs_that_were_saved_come_back_and_go_on(open_window, tmp_path):
    path = tmp_path / "two.initscope"
    first = open_window(*SMALL)
    present, pinned = saved_runs(first, path)
    first.close()
    window = open_window(*SMALL)
    before = run(window)
    read_dropped(str(path), window.desk, window.data_desk, window.run_files, window.form)
    until(lambda: run(window) != before)
    settle(window)
    assert np.array_equal(window.session.frame.loss, present)
    assert window.session.spec.init == "he"
    (beside,) = [one for one in window.session.comparison.runs() if one.slot]
    assert np.array_equal(beside.frame.loss, pinned)
    window.session.continue_run()
    until(lambda: window.session.step == 80 and window.session.state == "finished")
    assert faults(window) == []


def test_a_file_of_runs_is_opened_by_the_command_line(open_window, tmp_path):
    path = tmp_path / "two.initscope"
    first = open_window(*SMALL)
    present, _ = saved_runs(first, path)
    first.close()
    window = open_window(str(path))
    until(lambda: window.session.step == 40)
    settle(window)
    assert np.array_equal(window.session.frame.loss, present)


def test_a_file_that_is_none_is_told(open_window, tmp_path):
    path = tmp_path / "none.initscope"
    path.write_bytes(b"PK nothing")
    window = open_window(*SMALL)
    window.run_files.open(path)
    until(lambda: faults(window))
    (box,) = faults(window)
    assert "cannot be used" in box.text()
    assert "none.initscope" in box.informativeText()
    box.close()
