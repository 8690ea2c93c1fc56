"""A file of weights in the window: dropped, looked for or typed, explained, refused at its knob, and let go of."""

import numpy as np
import pytest
from safetensors.numpy import save_file

from gui.files import data_desk
from gui.window import form_answers
from tests.gui.person import drop, settle, until

RNG = np.random.default_rng(0)
SHAPES = {"0.weight": (50, 64), "0.bias": (50,), "2.weight": (10, 50), "2.bias": (10,)}


@pytest.fixture
def file(tmp_path):
    path = tmp_path / "mine.safetensors"
    save_file({name: RNG.normal(size=shape).astype(np.float32) for name, shape in SHAPES.items()}, path)
    return str(path)


def begins_with(window, path) -> bool:
    return window.session.spec.weights == path and window.session.frame.spec.weights == path


def test_a_dropped_file_of_weights_begins_a_run_and_says_which_way_round_it_was_taken(window, file):
    drop(window, window, file)
    until(lambda: begins_with(window, file))
    assert "transposed from PyTorch's layout" in window.note.text()
    assert window.form.editor("weights").value() == file
    assert window.form.std_editor()._dial.view().scheme == "file"


def test_the_button_beside_the_field_looks_for_a_file(window, file, monkeypatch):
    monkeypatch.setattr(form_answers, "ask_for_weights", lambda _parent: file)
    window.form.editor("weights").findChild(object, "weights_browse").click()
    until(lambda: begins_with(window, file))


def test_a_large_file_is_read_in_the_background(window, file, monkeypatch):
    monkeypatch.setattr(data_desk, "_QUICK_BYTES", 100)
    window.form.editor("weights").set_value(file)
    assert window.session.spec.weights is None  # it is still being read
    until(lambda: begins_with(window, file))
    assert window.form.editor("weights").error() == ""


def test_what_does_not_fit_is_refused_at_its_field_and_the_run_goes_on(window, file):
    window.form.editor("hidden_sizes").set_value("30")
    spec = window.session.spec
    window.form.editor("weights").set_value(file)
    assert "Hidden sizes 50 would fit" in window.form.editor("weights").error()
    assert window.session.spec == spec


def test_turning_the_dial_lets_go_of_the_file(window, file):
    window.form.editor("weights").set_value(file)
    until(lambda: begins_with(window, file))
    window.form.editor("weight_init_std").set_value("0.1")
    assert (window.session.spec.weights, window.session.spec.init) == (None, "std")
    settle(window)
    assert window.form.editor("weights").value() is None
