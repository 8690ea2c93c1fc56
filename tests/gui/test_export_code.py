"""Export code: the run of the window as a script that prints its losses, live edits included."""

import subprocess
import sys

import numpy as np
import pytest
from PySide6.QtWidgets import QFileDialog, QMessageBox

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
    window.desk.said.connect(said.append)
    action(window, "export_code").trigger()
    until(lambda: said)
    assert "home.py" in said[0]
    done = subprocess.run([sys.executable, str(path)], capture_output=True, text=True, check=True)
    losses = [float(line.split()[1]) for line in done.stdout.splitlines()]
    assert np.allclose(losses, window.session.frame.loss, rtol=1e-9)


def test_a_script_that_cannot_be_written_is_told(window, tmp_path):
    window.desk.write_code(tmp_path / "no such folder" / "home.py")
    until(lambda: window.findChild(QMessageBox, "fault") is not None)
    box = window.findChild(QMessageBox, "fault")
    assert "was not saved" in box.text()
    box.close()
