"""The form answers what is typed, keeps what ran, and leaves alone what is being mended."""

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from PySide6.QtCore import QEvent, Qt
from PySide6.QtGui import QFocusEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QAbstractSpinBox, QApplication, QComboBox, QLabel, QLineEdit, QToolButton

from gui.look.icons import ICON_DIR, icon
from gui.look.theme import apply_theme, resolve_style, theme_of
from gui.pane.spec_form import SpecForm
from gui.pane.stepping import stepped
from model.figures.palette import DARK, LIGHT
from model.training.knob import SpecError
from model.training.spec import KNOBS, TrainingSpec
from model.words import msg
from tests.gui.person import until


class Answerer:
    """The least that a window does with a form."""

    def __init__(self, form, spec):
        self.form, self.spec, self.edits = form, spec, []
        form.edited.connect(self.answer)

    def answer(self, name, value):
        self.edits.append((name, value))
        try:
            self.spec = self.spec.turned(name, value)
        except SpecError as refused:
            self.form.show_error(name, refused.messages[name])
        else:
            self.form.show_spec(self.spec)


@pytest.fixture
def window(qtbot):
    apply_theme(QApplication.instance(), LIGHT)
    form = SpecForm(TrainingSpec())
    qtbot.addWidget(form)
    answerer = Answerer(form, TrainingSpec())
    form.set_facts((64, 50, 10))
    form.resize(310, 700)
    form.show()
    return answerer


@pytest.fixture
def form(window):
    return window.form


def field(form, name):
    return form.editor(name).findChild(QLineEdit, f"{name}_field")


def leave(line):
    QApplication.sendEvent(line, QFocusEvent(QEvent.Type.FocusOut, Qt.FocusReason.TabFocusReason))


def test_every_knob_has_an_editor_that_shows_its_value(form):
    for name, knob in KNOBS.items():
        editor = form.editor(name)
        assert form.findChild(type(editor), name) is editor
        assert editor.value() == knob.default
        assert editor.error() == ""
        assert editor.accessibleName().startswith(knob.label)
        assert knob.help in editor.accessibleDescription()
        assert knob.flag in editor.toolTip()
        assert all(text in editor.whatsThis() for text in (knob.help, knob.flag))
        for part in ("field", "label", "error", "reset"):
            assert editor.findChild(object, f"{name}_{part}") is not None, (name, part)


def test_no_number_is_typed_into_a_spin_box(form):
    assert form.findChildren(QAbstractSpinBox) == []


def test_labels_take_no_markup(form):
    assert {label.textFormat() for label in form.findChildren(QLabel, "seed_error")} == {Qt.TextFormat.PlainText}


GOOD = {
    "weight_init_std": ("1e-3", 0.001),
    "init": ("he", "he"),
    "init_distribution": ("uniform", "uniform"),
    "layer_gains": ([1, "1/8"], (1.0, 0.125)),
    "bias_init_std": ("0.05", 0.05),
    "weights": ("some/weights.npz", "some/weights.npz"),
    "seed": (4294967295, 4294967295),
    "hidden_sizes": ([50, 40], (50, 40)),
    "activation": ("gelu", "gelu"),
    "parametrization": ("mup", "mup"),
    "base_width": ("128", 128),
    "dataset": ("moons", "moons"),
    "data": ("some/file.npz", "some/file.npz"),
    "label_column": (3, "3"),
    "drop_bad_rows": (True, True),
    "scaling": ("standard", "standard"),
    "samples": (1000, 1000),
    "noise": (np.float32(0.3), 0.3),
    "data_seed": ("7", 7),
    "train_fraction": (0.5, 0.5),
    "optimizer": ("adam", "adam"),
    "learning_rate": (1e300, 1e300),
    "momentum": (0.5, 0.5),
    "weight_decay": (1e-4, 1e-4),
    "batch_size": (np.int64(32), 32),
    "steps": (0, 0),
    "eval_every": (10, 10),
    "stop_accuracy": ("0.9", 0.9),
    "stop_on_divergence": (True, True),
    "dtype": ("float64", "float64"),
}


@pytest.mark.parametrize("name", KNOBS)
def test_a_good_value_is_taken_and_the_reset_button_takes_it_back(window, name):
    given_value, taken = GOOD[name]
    editor = window.form.editor(name)
    editor.set_value("☂")
    if name not in {"data", "weights", "label_column"}:  # any text may be a path, or the name of a column
        assert editor.error()
    editor.set_value(given_value)
    assert (editor.error(), editor.value()) == ("", taken)
    assert getattr(window.spec, name) == taken
    reset = editor.findChild(object, f"{name}_reset")
    assert not reset.isHidden()
    reset.click()
    assert window.spec == TrainingSpec()
    assert editor.value() == KNOBS[name].default
    assert reset.isHidden()


BAD = [
    ("weight_init_std", "nan", "must be a finite number, 0 or larger"),
    ("weight_init_std", float("inf"), "must be a finite number"),
    ("weight_init_std", "1e999", "must be a finite number"),
    ("weight_init_std", -1, "0 or larger"),
    ("weight_init_std", "0,01", "Use 0.01"),
    ("weight_init_std", "1_000", "must be"),
    ("weight_init_std", " 1", "must be"),
    ("weight_init_std", "٣", "must be"),
    ("weight_init_std", "\u200f1", "must be"),
    ("weight_init_std", "1\0", "must be"),
    ("weight_init_std", "", "is empty"),
    ("weight_init_std", None, "is empty"),
    ("weight_init_std", True, "must be"),
    ("seed", -1, "0 to 4294967295"),
    ("seed", 2**200, "0 to 4294967295"),
    pytest.param("seed", 10**5000, "too large", id="seed-5001-digits"),
    ("seed", 3.7, "a whole number"),
    ("hidden_sizes", 0, "at least 1"),
    ("hidden_sizes", [50, -1], "at least 1"),
    ("hidden_sizes", [], "is empty"),
    ("batch_size", 0, "at least 1"),
    ("learning_rate", "-0.1", "0 or larger"),
    ("init", "xavier", "one of std, lecun, glorot, he, torch, orthogonal, lsuv"),
    ("stop_accuracy", "1.1", "from 0 to 1"),
    ("stop_on_divergence", "yes", "true or false"),
    ("dataset", "mnist", "one of digits"),
    ("drop_bad_rows", "yes", "true or false"),
    ("data", "a\0b", "path"),
]


@pytest.mark.parametrize(("name", "value", "told"), BAD)
def test_a_bad_value_is_refused_at_its_field_and_the_good_one_runs_on(window, name, value, told):
    editor = window.form.editor(name)
    editor.set_value(value)
    assert told in editor.error()
    assert editor.value() == KNOBS[name].default
    assert window.spec == TrainingSpec()
    error = editor.findChild(QLabel, f"{name}_error")
    assert not error.isHidden()
    assert error.text().replace("\u200b", "") == editor.error()
    assert editor.error() in editor.accessibleDescription()


@pytest.mark.parametrize(("name", "text", "meant"), [("weight_init_std", "0,01", 0.01), ("steps", "1,500", 1500)])
def test_what_was_surely_meant_is_offered_and_taken_by_a_click(window, name, text, meant):
    editor = window.form.editor(name)
    button = editor.findChild(QToolButton, f"{name}_suggestion")
    assert button.isHidden()
    editor.set_value(text)
    assert (editor.value(), window.spec) == (KNOBS[name].default, TrainingSpec())
    assert not button.isHidden()
    assert button.text() == f"Use {KNOBS[name].format(meant)}"
    button.click()
    assert (editor.error(), editor.value()) == ("", meant)
    assert field(window.form, name).text() == KNOBS[name].format(meant)
    assert button.isHidden()


def test_nothing_is_offered_where_it_would_be_a_guess_and_an_offer_goes_with_its_error(form):
    button = form.findChild(QToolButton, "learning_rate_suggestion")
    for text in ("1,234", "x", "-"):
        form.editor("learning_rate").set_value(text)
        assert button.isHidden()
    form.editor("learning_rate").set_value("0,5")
    assert not button.isHidden()
    QTest.keyClick(field(form, "learning_rate"), Qt.Key.Key_Escape)
    assert button.isHidden()


def test_a_calculation_is_worked_out_and_the_field_shows_its_number(window):
    editor = window.form.editor("weight_init_std")
    editor.set_value("sqrt(2/784)")
    assert editor.value() == (2 / 784) ** 0.5
    assert field(window.form, "weight_init_std").text() == repr((2 / 784) ** 0.5)
    assert window.spec.weight_init_std == editor.value()


def test_the_wrong_text_stays_to_be_mended_until_escape(form):
    editor, line = form.editor("seed"), field(form, "seed")
    editor.set_value("12x")
    assert line.text() == "12x"
    assert line.property("invalid") is True
    QTest.keyClick(line, Qt.Key.Key_Escape)
    assert (line.text(), editor.error(), line.property("invalid")) == ("0", "", False)


def test_an_error_stays_while_another_knob_is_set(form):
    form.editor("seed").set_value("12x")
    form.editor("steps").set_value(5)
    assert field(form, "seed").text() == "12x"
    assert form.editor("seed").error()


def test_text_in_the_making_stays_while_another_knob_is_set(form):
    field(form, "seed").insert("1")
    form.editor("steps").set_value(5)
    assert "1" in field(form, "seed").text()


def test_an_error_goes_when_its_own_knob_changes_from_outside(form):
    form.editor("seed").set_value("12x")
    form.show_spec(TrainingSpec().replaced(seed=3))
    assert (field(form, "seed").text(), form.editor("seed").error()) == ("3", "")


def test_entering_the_value_in_force_again_clears_the_error(form):
    form.editor("seed").set_value("12x")
    form.editor("seed").set_value("0")
    assert form.editor("seed").error() == ""


def test_a_refusal_from_later_on_can_bring_the_text_back(form):
    form.show_error("data", msg("There is no such file."), "gone.npz")
    assert field(form, "data").text() == "gone.npz"
    assert (form.editor("data").error(), form.editor("data").value()) == ("There is no such file.", None)


def test_leaving_a_field_commits_only_what_was_changed(window):
    line = field(window.form, "steps")
    leave(line)
    assert window.edits == []
    line.selectAll()
    QTest.keyClicks(line, "300")
    assert window.edits == []
    leave(line)
    assert window.edits == [("steps", 300)]
    leave(line)
    assert len(window.edits) == 1


def test_enter_commits_what_was_typed(window):
    line = field(window.form, "weight_init_std")
    line.selectAll()
    QTest.keyClicks(line, "1e-3")
    QTest.keyClick(line, Qt.Key.Key_Return)
    assert window.edits == [("weight_init_std", 0.001)]
    assert line.text() == "0.001"


@pytest.mark.parametrize("name", ["weight_init_std", "seed", "hidden_sizes", "data"])
def test_an_endless_paste_is_refused_as_a_whole(window, name):
    line = field(window.form, name)
    line.selectAll()
    line.insert("1" * 1_000_000)
    editor = window.form.editor(name)
    assert editor.error()
    assert len(editor.error()) < 200
    assert editor.value() == KNOBS[name].default
    assert len(line.text()) < 50
    assert window.edits == []


@given(st.text(max_size=60))
@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
def test_whatever_is_inserted_gives_a_value_or_an_error(window, text):
    editor, line = window.form.editor("learning_rate"), field(window.form, "learning_rate")
    before = editor.value()
    line.clear()
    line.insert(text)
    QTest.keyClick(line, Qt.Key.Key_Return)
    assert editor.error() or editor.value() == float(text)
    assert editor.value() == before or not editor.error()


@pytest.mark.parametrize(
    ("name", "value", "up", "down"),
    [
        ("learning_rate", 0.1, 0.2, 0.05),
        ("learning_rate", 0.3, 0.5, 0.2),
        ("weight_decay", 0.0, 1e-5, 0.0),
        ("weight_decay", 1e-5, 2e-5, 0.0),
        ("learning_rate", 1.7e308, 1.7e308, 1e308),
        ("batch_size", 1, 2, 1),
        ("samples", 10, 20, 10),
        ("steps", 2000, 5000, 1000),
        ("steps", 1_000_000_000, 1_000_000_000, 500_000_000),
        ("seed", 0, 1, 0),
        ("momentum", 0.9, 0.91, 0.89),
        ("train_fraction", 1.0, 1.0, 0.99),
        ("noise", 0.1, 0.15, 0.05),
        ("noise", 0.12, 0.15, 0.1),
    ],
)
def test_up_and_down_step_by_what_suits_the_knob(name, value, up, down):
    assert stepped(KNOBS[name], value, 1) == pytest.approx(up)
    assert stepped(KNOBS[name], value, -1) == pytest.approx(down)


def test_the_up_key_commits_the_step(window):
    QTest.keyClick(field(window.form, "learning_rate"), Qt.Key.Key_Up)
    assert window.spec.learning_rate == 0.2


def test_turning_the_dial_selects_the_scheme_std(window):
    window.form.editor("init").set_value("he")
    window.form.editor("weight_init_std").set_value(0.01)
    assert window.spec.init == "std"
    assert window.form.editor("init").value() == "std"


def test_a_click_on_a_mark_selects_its_scheme_and_keeps_the_std(window):
    dial = window.form.findChild(object, "weight_init_std_dial")
    dial.mark_chosen.emit("glorot")
    assert (window.spec.init, window.spec.weight_init_std) == ("glorot", 0.01)
    assert dial.view().scheme == "glorot"
    assert dial.view().in_force == pytest.approx((2 / 114) ** 0.5)
    dial.mark_chosen.emit("book")
    assert window.edits[-1] == ("weight_init_std", 0.01)
    assert window.spec.init == "std"


def test_dragging_the_dial_edits_all_along_and_moves_the_text(window, qtbot):
    dial = window.form.findChild(object, "weight_init_std_dial")
    window.form.editor("weight_init_std").set_value("nan")
    with qtbot.waitSignals([window.form.drag_started, window.form.drag_finished], order="strict"):
        QTest.mousePress(dial, Qt.MouseButton.LeftButton, pos=dial.rect().center())
        QTest.mouseMove(dial, dial.rect().center() * 1.2)
        QTest.mouseRelease(dial, Qt.MouseButton.LeftButton, pos=dial.rect().center())
    assert len(window.edits) >= 2
    assert float(field(window.form, "weight_init_std").text()) == window.spec.weight_init_std
    assert window.form.editor("weight_init_std").error() == ""


def test_choosing_a_picture_chooses_the_data_set(window):
    window.form.restore({"data": True})
    window.form.editor("data").set_value("mine.csv")
    window.form.findChild(object, "dataset_xor").click()
    assert (window.spec.dataset, window.spec.data) == ("xor", None)
    assert field(window.form, "data").text() == ""
    assert window.form.findChild(object, "dataset_xor").isChecked()


def test_the_pictures_show_the_data_once_they_are_seen(window):
    button = window.form.findChild(object, "dataset_digits")
    assert button._picture.isNull()
    window.form.restore({"data": True})
    window.form.resize(310, 1400)
    until(lambda: not button._picture.isNull())
    colours = {button._picture.toImage().pixel(x, y) for x in range(0, 70, 2) for y in range(0, 48, 2)}
    assert len(colours) > 5


def test_a_list_left_at_a_refused_choice_shows_the_one_in_force(window):
    window.form.editor("activation").set_value("softplus")
    assert window.form.editor("activation").findChild(QComboBox, "activation_field").currentText() == "relu"


def test_a_click_on_a_segment_and_on_a_box_commits(window):
    window.form.findChild(object, "dtype_float64").click()
    window.form.findChild(object, "drop_bad_rows_field").click()
    assert window.edits == [("dtype", "float64"), ("drop_bad_rows", True)]


def test_a_knob_without_meaning_says_why_and_still_takes_a_value(window):
    editor = window.form.editor("momentum")
    assert "nesterov" in editor.accessibleDescription()
    assert field(window.form, "momentum").property("idle") is True
    editor.set_value(0.5)
    assert window.spec.momentum == 0.5
    window.form.editor("optimizer").set_value("nesterov")
    assert field(window.form, "momentum").property("idle") is False


@pytest.mark.parametrize("name", ["samples", "noise"])
def test_samples_and_noise_mean_something_for_made_data_alone(window, name):
    assert field(window.form, name).property("idle") is True
    window.form.editor("dataset").set_value("moons")
    assert field(window.form, name).property("idle") is False
    window.form.editor("data").set_value("mine.csv")
    assert field(window.form, name).property("idle") is True


def test_the_data_seed_has_a_meaning_for_the_digits_where_lsuv_chooses_samples_by_it(window):
    assert field(window.form, "data_seed").property("idle") is True
    window.form.editor("init").set_value("lsuv")
    assert field(window.form, "data_seed").property("idle") is False
    assert field(window.form, "train_fraction").property("idle") is True


def test_open_groups_are_remembered(form):
    first = form.state()
    assert first == {"initialisation": True, "network": True, "data": False, "training": False, "numerics": False}
    form.restore({"data": True, "network": False, "nonsense": True})
    assert form.state() == first | {"data": True, "network": False}


def test_a_folded_group_tells_what_differs(window):
    window.form.editor("optimizer").set_value("adam")
    window.form.editor("batch_size").set_value(10)
    header = window.form.findChild(object, "group_training_header")
    assert header.accessibleDescription() == "adam · 0.1 · Batch size 10 · 2000 steps"


def test_the_way_to_a_file_is_asked_for(window, qtbot):
    with qtbot.waitSignal(window.form.browse_requested):
        window.form.findChild(object, "data_browse").click()


def test_revealing_a_knob_opens_its_group(form):
    form.reveal("dtype")
    assert form.state()["numerics"]
    assert not form.editor("dtype").visibleRegion().isEmpty()


@pytest.mark.parametrize("style", ["light", "dark"])
def test_the_form_fits_a_narrow_pane_with_every_error_shown(window, style):
    apply_theme(QApplication.instance(), resolve_style(style, QApplication.instance()))
    window.form.restore(dict.fromkeys(window.form.state(), True))
    for name in KNOBS:
        window.form.editor(name).set_value("n" * 60 + "\0")
    window.form.resize(300, 600)
    QApplication.processEvents()
    inside = window.form.findChild(object, "spec_form_inside")
    assert inside.width() <= 300
    assert inside.minimumSizeHint().width() <= 290
    assert not window.form.grab().isNull()


def test_the_styles_resolve_to_their_themes(qapp):
    assert resolve_style("light", qapp) is LIGHT
    assert resolve_style("dark", qapp) is DARK
    assert resolve_style("system", qapp) in (LIGHT, DARK)
    for theme in (DARK, LIGHT):
        apply_theme(qapp, theme)
        assert theme_of(qapp.palette()) is theme
        assert qapp.palette().accent().color().name() == theme.accent


@pytest.mark.parametrize("name", sorted(path.stem for path in ICON_DIR.glob("*.svg")))
def test_an_icon_is_inked_in_the_theme(qapp, name):
    light, dark = (icon(name, theme).pixmap(24, 24).toImage() for theme in (LIGHT, DARK))
    inked = [light.pixelColor(x, y).alpha() for x in range(24) for y in range(24)]
    assert max(inked) > 200
    if "currentColor" in (ICON_DIR / f"{name}.svg").read_text():
        assert light != dark


@pytest.mark.parametrize(
    ("std", "dtype", "said"),
    [
        ("0", "float32", "equal"),
        ("1e-39", "float32", "on many processors"),
        ("1e-39", "float64", ""),
        ("0.01", "float32", ""),
    ],
)
def test_what_is_special_about_a_std_stands_below_it(qtbot, std: str, dtype: str, said: str):
    form = SpecForm(TrainingSpec(weight_init_std=float(std), dtype=dtype))
    qtbot.addWidget(form)
    note = form.findChild(QLabel, "weight_init_std_note")
    assert bool(note.text()) == bool(said)
    assert said in note.text()
    assert form.editor("weight_init_std").error() == ""


# ── what a field shows ───────────────────────────────────────────────────────────────────────────────────────────────


def test_a_scheme_in_force_shows_its_std_and_keeps_the_one_of_the_knob(window):
    form = window.form
    form.set_facts((64, 50, 10))
    editor, typed = form.editor("weight_init_std"), field(window.form, "weight_init_std")
    form.editor("init").set_value("he")
    assert float(typed.text()) == pytest.approx((2 / 64) ** 0.5, rel=5e-3)
    assert editor.value() == 0.01
    form.set_facts((784, 50, 10))
    assert float(typed.text()) == pytest.approx((2 / 784) ** 0.5, rel=5e-3)
    form.editor("init").set_value("std")
    assert typed.text() == "0.01"


def test_a_scheme_without_a_mark_shows_the_std_that_its_run_has_measured(window):
    form = window.form
    form.editor("init").set_value("lsuv")
    assert field(window.form, "weight_init_std").text() == ""
    form.std_editor().show_measured(0.31421)
    assert field(window.form, "weight_init_std").text() == "0.314"
    assert form.editor("weight_init_std").value() == 0.01


def test_enter_on_the_std_of_a_scheme_keeps_the_scheme_and_another_one_ends_it(window):
    form = window.form
    form.set_facts((64, 50, 10))
    form.editor("init").set_value("he")
    typed = field(window.form, "weight_init_std")
    QTest.keyClick(typed, Qt.Key.Key_Return)
    assert form.editor("init").value() == "he"
    typed.setText("0.2")
    QTest.keyClick(typed, Qt.Key.Key_Return)
    assert (form.editor("init").value(), form.editor("weight_init_std").value()) == ("std", 0.2)
    form.editor("init").set_value("he")
    form.editor("weight_init_std").set_value(float(typed.text()))
    assert form.editor("init").value() == "std"


def test_eight_layers_are_shown_whole_in_their_field(window):
    window.form.editor("hidden_sizes").set_value("50x8")
    typed = field(window.form, "hidden_sizes")
    assert typed.text() == "50 ×8"
    assert window.form.editor("hidden_sizes").value() == (50,) * 8
    window.form.resize(318, 800)
    assert typed.fontMetrics().horizontalAdvance(typed.text()) < typed.width() - 50


def test_zeros_that_are_choices_read_as_words_and_can_be_typed(window):
    for name, word in (("eval_every", "auto"), ("stop_accuracy", "off")):
        editor, typed = window.form.editor(name), field(window.form, name)
        assert typed.text() == word
        editor.set_value("0.5" if name == "stop_accuracy" else "7")
        assert typed.text() != word
        editor.set_value(word)
        assert (editor.value(), editor.error(), typed.text()) == (0, "", word)


def test_the_source_of_data_is_named_once(form):
    spec = TrainingSpec(data="/somewhere/else/beans & peas.csv")
    form.show_spec(spec)
    told = form.findChild(object, "group_data_header").accessibleDescription()
    assert told.count("beans & peas.csv") == 1
    assert "digits" not in told
    assert "/somewhere" not in told
