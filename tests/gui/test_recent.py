"""Recent files: what was opened or saved is a click away, also after the next start."""

import numpy as np
from PySide6.QtWidgets import QDialog, QDialogButtonBox, QLineEdit, QPushButton

from model.training.spec import TrainingSpec
from tests.gui.person import action, faults, settle, until

SMALL = ("--steps", "20", "--hidden-sizes", "4")


def listed(window):
    window.recent.menu.aboutToShow.emit()
    return [each.text() for each in window.recent.menu.actions() if each.isEnabled()]


def test_specs_runs_and_data_are_listed_the_newest_first_and_opened_again(open_window, tmp_path):
    window = open_window(*SMALL)
    assert not window.recent.menu.isEnabled()
    spec, runs, data = tmp_path / "tanh & co.json", tmp_path / "two.initscope", tmp_path / "own.npz"
    spec.write_text(TrainingSpec(activation="tanh", steps=20).to_json())
    np.savez(data, x=np.random.default_rng(0).standard_normal((200, 3)), y=np.arange(200) % 2)
    window.desk.read_spec(spec)
    settle(window)
    window.run_files.write(runs)
    until(lambda: str(runs) in window.recent.paths)
    window.session.turn("data", str(data))
    assert listed(window) == ["own.npz", "two.initscope", "tanh && co.json"]
    window.session.take(TrainingSpec(steps=20))
    settle(window)
    window.recent.menu.triggered.emit(window.recent.menu.actions()[2])
    settle(window)
    assert window.session.spec.activation == "tanh"
    assert window.recent.paths[0] == str(spec)
    data.unlink()
    assert listed(window) == ["tanh && co.json", "two.initscope"]
    window.close()
    again = open_window(*SMALL)
    assert listed(again)[:2] == ["tanh && co.json", "two.initscope"]
    assert faults(again) == []


def test_nothing_that_could_not_be_read_is_listed(open_window, tmp_path):
    window = open_window(*SMALL)
    torn = tmp_path / "torn.json"
    torn.write_text("{")
    window.desk.read_spec(torn)
    (box,) = faults(window)
    box.close()
    assert window.recent.paths == ()


def test_how_much_is_kept_can_be_set_and_is_remembered(open_window):
    window = open_window(*SMALL)
    action(window, "runs").trigger()
    window.findChild(QPushButton, "runs_keep").click()
    dialog = window.findChild(QDialog, "keep_dialog")
    runs, size = (dialog.findChild(QLineEdit, name) for name in ("keep_runs", "keep_size"))
    button = dialog.findChild(QDialogButtonBox).button(QDialogButtonBox.StandardButton.Ok)
    for line, text in ((runs, "0"), (runs, "many"), (size, "0"), (size, "nan")):
        before = line.text()
        line.setText(text)
        assert not button.isEnabled(), text
        line.setText(before)
    runs.setText("25")
    size.setText("0.5")
    button.click()
    assert window.keeping.keeper.most == (25, 500_000_000)
    window.close()
    again = open_window(*SMALL)
    assert again.keeping.keeper.most == (25, 500_000_000)
