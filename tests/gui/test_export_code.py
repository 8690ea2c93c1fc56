"""Export code: the run of the window as a script that prints its losses, live edits included."""

import csv
import subprocess
import sys

import numpy as np
import pytest
from PySide6.QtWidgets import QFileDialog, QMessageBox, QPushButton

from gui.window.runs_panel import RunsPanel
from tests.gui.person import action, settle, type_in, until


@pytest.fixture
def window(open_window):
    return open_window("--steps", "40", "--hidden-sizes", "6", "--dtype", "float64")


def test_the_script_of_a_run_with_a_live_change_prints_its_losses(window, tmp_path, monkeypatch):
    window.session.run.train_to(15)
    until(lambda: window.session.step == 15)
    settle(window)
    type_in(window, "learning_rate", "0.5")
    window.session.train()
    until(lambda: window.session.state == "finished")
    settle(window)
    path = tmp_path / "home.py"
    monkeypatch.setattr(QFileDialog, "getSaveFileName", lambda *_: (str(path), ""))
    said = []
    window.home_desk.said.connect(said.append)
    action(window, "export_code").trigger()
    until(lambda: said)
    assert "home.py" in said[0]
    done = subprocess.run([sys.executable, str(path)], capture_output=True, text=True, check=True)
    losses = [float(line.split()[1]) for line in done.stdout.splitlines()]
    assert np.allclose(losses, window.session.frame.loss, rtol=1e-9)


def test_a_script_that_cannot_be_written_is_told(window, tmp_path):
    window.home_desk.write_code(tmp_path / "no such folder" / "home.py")
    until(lambda: window.findChild(QMessageBox, "fault") is not None)
    box = window.findChild(QMessageBox, "fault")
    assert "was not saved" in box.text()
    box.close()


def test_a_lab_sheet_shows_what_is_in_sight(window, tmp_path, monkeypatch):
    window.session.run.train_to(10)
    until(lambda: window.session.step == 10)
    settle(window)
    path = tmp_path / "sheet.html"
    monkeypatch.setattr(QFileDialog, "getSaveFileName", lambda *_: (str(path), ""))
    said = []
    window.home_desk.said.connect(said.append)
    action(window, "lab_sheet").trigger()
    until(lambda: any("sheet.html" in text for text in said))
    text = path.read_text(encoding="utf-8")
    seen = [name for name, view in window.dashboard.panels.items() if view.in_sight and name != "why"]
    assert text.count("<img ") == len(seen) > 1
    assert "10 of 10 steps" in text


def test_the_runs_that_are_listed_are_saved_as_a_table(window, tmp_path, monkeypatch):
    window.speed.set_value("max")
    window.session.train()
    until(lambda: window.session.state == "finished")
    settle(window)
    action(window, "runs").trigger()
    path = tmp_path / "runs.csv"
    monkeypatch.setattr(QFileDialog, "getSaveFileName", lambda *_: (str(path), ""))
    button = window.findChild(QPushButton, "runs_save")
    until(lambda: window.findChild(RunsPanel).model.rows)
    button.click()
    until(path.exists)
    (row,) = csv.DictReader(path.read_text().splitlines())
    assert (row["steps_made"], row["hidden_sizes"]) == ("40", "6")
