"""Own data is shown before it is taken, taken only if it is sound, and refused without anything being lost."""

import io
import os
import pickle
import struct
import sys
import threading
import zipfile

import numpy as np
import pytest
from PySide6.QtCore import QMimeData, QPoint, QPointF, Qt, QUrl
from PySide6.QtGui import QDragEnterEvent, QDropEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import (
    QAbstractButton,
    QApplication,
    QComboBox,
    QDialog,
    QDialogButtonBox,
    QLabel,
    QMessageBox,
    QTableWidget,
)

from model.data.offer import read_offer
from model.data.prepare import load
from tests.gui.person import (
    LEFT,
    NO_KEY,
    Key,
    action,
    come_back,
    drop,
    faults,
    line,
    panel,
    press,
    run,
    settle,
    type_in,
    until,
)

RNG = np.random.default_rng(0)
X = RNG.integers(0, 256, (90, 6)).astype(np.uint8)
T = (np.arange(90) % 3).astype(np.uint8)


def npz(folder, name="mine.npz", **arrays):
    np.savez(folder / name, **(arrays or {"x_train": X[:60], "t_train": T[:60], "x_test": X[60:], "t_test": T[60:]}))
    return folder / name


def csv(folder, name="mine.csv"):
    rows = [f"{a},{b},{'yes' if t else 'no'}" for (a, b), t in zip(X[:40, :2].tolist(), T[:40], strict=True)]
    (folder / name).write_text("width,height,kind\n" + "\n".join(rows) + "\n")
    return folder / name


def idx(folder, name="mnist"):
    (folder / name).mkdir()
    for part, n in (("train", 60), ("t10k", 30)):
        pictures = X[:n, :4].reshape(n, 2, 2)
        (folder / name / f"{part}-images-idx3-ubyte").write_bytes(
            struct.pack(">4i", 2051, n, 2, 2) + pictures.tobytes()
        )
        (folder / name / f"{part}-labels-idx1-ubyte").write_bytes(struct.pack(">2i", 2049, n) + T[:n].tobytes())
    return folder / name


@pytest.fixture(scope="module", autouse=True)
def _reading_window(_module_window, tmp_path_factory):
    """Let the shared window have read a file, so that the thread for it is there."""
    drop(_module_window, _module_window, str(csv(tmp_path_factory.mktemp("first"))))
    QTest.keyClick(preview(_module_window), Key.Key_Escape)


def previews(window):
    return [each for each in window.findChildren(QDialog, "data_preview") if each.isVisible()]


def preview(window):
    until(lambda: previews(window) or faults(window))
    (found,) = previews(window)
    return found


def words(dialog):
    return "\n".join(label.text() for label in dialog.findChildren(QLabel))


def answer(dialog, button):
    QTest.mouseClick(dialog.findChild(QDialogButtonBox).button(button), LEFT)


def take(window, path):
    """Drop a file on the window and take it."""
    drop(window, panel(window, "loss").canvas.viewport(), str(path))
    answer(preview(window), QDialogButtonBox.StandardButton.Ok)
    until(lambda: not previews(window))


@pytest.mark.parametrize(
    ("make", "said"),
    [
        (npz, ["mine.npz", "90", "6", "3  (0: 30, 1: 30, 2: 30)", "divided by 2", "its own split: 60"]),
        (csv, ["mine.csv", "40", "2", "no", "yes", "Split at random"]),
        (idx, ["90", "4 (2×2 pixels)", "3  (", "divided by 2"]),
    ],
)
def test_a_preview_tells_what_a_file_holds_and_taking_it_trains_on_it(window, tmp_path, make, said):
    path = make(tmp_path)
    before = window.session.spec
    drop(window, window, str(path))
    shown = preview(window)
    for fact in said:
        assert fact in words(shown)
    assert window.session.spec == before
    answer(shown, QDialogButtonBox.StandardButton.Ok)
    until(lambda: window.session.spec.data == str(path))
    settle(window)
    assert window.form.editor("data").value() == str(path)
    assert window.session.data.n_features == window.session.frame.params["W1"].shape[0]
    come_back(window)
    press(window, Key.Key_Space)
    until(lambda: window.session.step > 10)
    assert faults(window) == []


def test_a_preview_is_as_high_as_what_it_says(shared_window, tmp_path):
    drop(shared_window, shared_window, str(csv(tmp_path)))
    shown = preview(shared_window)
    said = [label for label in shown.findChildren(QLabel) if label.isVisible()]
    last = max(label.mapTo(shown, label.rect().bottomLeft()).y() for label in said)
    buttons = shown.findChild(QDialogButtonBox)
    assert 0 < buttons.mapTo(shown, QPoint()).y() - last < 2 * buttons.height()
    QTest.keyClick(shown, Key.Key_Escape)


# ── the label of a table ─────────────────────────────────────────────────────────────────────────────────────────────


def table(folder, name="table.csv"):
    """Write a table whose label is a column of words in the middle."""
    rows = [f"{i},{i / 7:.3f},{'ab'[i % 2]},{i % 3},{i % 4}" for i in range(1, 61)]
    (folder / name).write_text("\n".join(["Id,x,word,three,four", *rows]) + "\n")
    return folder / name


def head(dialog):
    """Give the table on show and what its headers say."""
    view = dialog.findChild(QTableWidget, "data_head")
    return view, [view.horizontalHeaderItem(i).text().split("\n") for i in range(view.columnCount())]


def click_header(dialog, place):
    view, _ = head(dialog)
    header = view.horizontalHeader()
    at = QPoint(header.sectionViewportPosition(place) + header.sectionSize(place) // 2, header.height() // 2)
    QTest.mouseClick(header.viewport(), LEFT, pos=at)


def test_a_click_on_a_header_makes_its_column_the_label_and_the_facts_follow(window, tmp_path):
    drop(window, window, str(table(tmp_path)))
    shown = preview(window)
    view, titles = head(shown)
    assert titles == [["Id", "left out"], ["x", ""], ["word", ""], ["three", ""], ["four", "label"]]
    assert view.item(0, 2).text() == "b"
    ok = shown.findChild(QDialogButtonBox).button(QDialogButtonBox.StandardButton.Ok)
    assert "text can only be the label" in words(shown)
    assert not ok.isEnabled()
    click_header(shown, 2)
    until(lambda: "2  (a: 30, b: 30)" in words(shown))
    assert head(shown)[1][2] == ["word", "label"]
    assert "Column “Id” is left out" in words(shown)
    assert ok.isEnabled()
    assert window.session.spec.data is None
    answer(shown, QDialogButtonBox.StandardButton.Ok)
    until(lambda: window.session.spec.data)
    assert window.session.spec.label_column == "word"
    assert window.form.editor("label_column").value() == "word"
    assert window.session.data.class_names == ("a", "b")
    assert window.session.data.feature_names == ("x", "three", "four")


def test_the_label_can_be_chosen_by_keyboard_from_the_list_of_columns(window, tmp_path):
    drop(window, window, str(table(tmp_path)))
    shown = preview(window)
    choice = shown.findChild(QComboBox, "label_column_choice")
    assert [choice.itemText(i) for i in range(choice.count())][:3] == ["auto", "first", "last"]
    choice.setFocus()
    for _ in range(6):
        QTest.keyClick(choice, Key.Key_Down)
    assert choice.currentText() == "three"
    until(lambda: head(shown)[1][3] == ["three", "label"])
    QTest.keyClick(choice, Key.Key_Up)
    until(lambda: "2  (a: 30, b: 30)" in words(shown))
    QTest.keyClick(shown, Key.Key_Escape)
    until(lambda: not previews(window))
    assert window.session.spec.label_column == "auto"


def test_of_many_columns_the_ends_and_the_label_are_shown(window, tmp_path):
    cells = RNG.integers(0, 256, (40, 3000)).tolist()
    rows = "\n".join(",".join(map(str, row)) + f",{i % 3}" for i, row in enumerate(cells))
    (tmp_path / "wide.csv").write_text(rows)
    drop(window, window, str(tmp_path / "wide.csv"))
    shown = preview(window)
    view, titles = head(shown)
    assert titles[0][0] == "1"
    assert titles[-1] == ["3001", "label"]
    assert ["…", ""] in titles
    assert view.columnCount() < 30
    assert "2,985 more columns" in [view.horizontalHeaderItem(i).toolTip() for i in range(view.columnCount())]
    click_header(shown, titles.index(["…", ""]))
    until(lambda: not window._background.busy)
    assert head(shown)[1] == titles
    QTest.keyClick(shown, Key.Key_Escape)


def test_a_table_of_one_class_can_be_used_all_the_same_by_a_click(window, tmp_path):
    (tmp_path / "one.csv").write_text("a,kind\n" + "".join(f"{i}.5,7\n" for i in range(30)))
    drop(window, window, str(tmp_path / "one.csv"))
    shown = preview(window)
    assert "only one class" in words(shown)
    click_header(shown, 1)
    until(lambda: "1  (7: 30)" in words(shown))
    answer(shown, QDialogButtonBox.StandardButton.Ok)
    until(lambda: window.session.spec.data)
    assert window.session.data.n_classes == 1


def test_arrays_show_their_first_rows_and_no_choice(window, tmp_path):
    names = {"target_names": ["no", "yes", "perhaps"], "feature_names": list("uvwxyz")}
    drop(window, window, str(npz(tmp_path, data=X, target=T, **names)))
    shown = preview(window)
    view, titles = head(shown)
    assert [title[0] for title in titles] == ["u", "v", "w", "x", "y", "z", "label"]
    assert view.item(1, 6).text() == "yes"
    assert not shown.findChild(QComboBox, "label_column_choice").isVisible()
    click_header(shown, 0)
    until(lambda: not window._background.busy)
    assert head(shown)[1] == titles
    QTest.keyClick(shown, Key.Key_Escape)


def test_the_label_can_be_changed_in_the_form_and_another_file_has_another(window, tmp_path):
    type_in(window, "batch_size", "20")
    type_in(window, "data", str(csv(tmp_path)))
    until(lambda: window.session.spec.data)
    type_in(window, "label_column", "width")
    assert "Column “kind” holds text" in window.form.editor("label_column").error()
    type_in(window, "label_column", "3")
    assert window.form.editor("label_column").error() == ""
    assert window.session.spec.label_column == "3"
    type_in(window, "label_column", "colour")
    assert "no column “colour”" in window.form.editor("label_column").error()
    type_in(window, "data", str(npz(tmp_path)))
    until(lambda: window.session.spec.data.endswith("npz"))
    assert window.session.spec.label_column == "auto"


def test_a_batch_that_is_too_large_for_the_data_is_clipped_and_that_is_said_before(window, tmp_path):
    drop(window, window, str(npz(tmp_path)))
    assert "batch_size is reduced to 60" in words(preview(window))
    answer(preview(window), QDialogButtonBox.StandardButton.Ok)
    until(lambda: window.session.spec.data)
    assert window.session.spec.batch_size == 60
    assert window.form.editor("batch_size").value() == 60


@pytest.mark.parametrize("how", ["button", "escape"])
def test_a_preview_that_is_declined_changes_nothing(window, tmp_path, how):
    press(window, Key.Key_Right)
    settle(window)
    before = (window.session.spec, run(window), window.session.step)
    drop(window, window, str(npz(tmp_path)))
    shown = preview(window)
    if how == "button":
        answer(shown, QDialogButtonBox.StandardButton.Cancel)
    else:
        QTest.keyClick(shown, Key.Key_Escape)
    until(lambda: not previews(window))
    settle(window)
    assert (window.session.spec, run(window), window.session.step) == before


@pytest.mark.parametrize("target", ["canvas", "form", "menu bar"])
def test_a_file_can_be_dropped_anywhere_on_the_window(shared_window, tmp_path, target):
    window = shared_window
    targets = {"canvas": panel(window, "weights").canvas.viewport(), "form": window.form, "menu bar": window.menuBar()}
    drop(window, targets[target], str(csv(tmp_path)))
    QTest.keyClick(preview(window), Key.Key_Escape)
    until(lambda: not previews(window))


def test_several_files_or_none_are_not_taken_from_a_drop(window, tmp_path):
    paths = [str(npz(tmp_path)), str(csv(tmp_path))]
    drop(window, window, *paths)
    web = QMimeData()
    web.setUrls([QUrl("https://example.org/data.npz")])
    words_ = QMimeData()
    words_.setText("not a file")
    for mime in (web, words_):
        entering = QDragEnterEvent(window.rect().center(), Qt.DropAction.CopyAction, mime, LEFT, NO_KEY)
        entering.ignore()
        window.dragEnterEvent(entering)
        assert not entering.isAccepted()
        QApplication.sendEvent(window, QDropEvent(QPointF(9, 9), Qt.DropAction.CopyAction, mime, LEFT, NO_KEY))
    assert previews(window) == faults(window) == []
    assert not window._background.busy


def test_of_two_files_dropped_at_once_the_last_is_shown_and_taken(window, tmp_path):
    drop(window, window, str(npz(tmp_path)))
    drop(window, window, str(csv(tmp_path)))
    assert "mine.csv" in words(preview(window))
    answer(preview(window), QDialogButtonBox.StandardButton.Ok)
    until(lambda: window.session.spec.data)
    assert window.session.spec.data.endswith("mine.csv")
    assert window.session.data.n_features == 2
    assert previews(window) == []


def test_what_is_turned_while_a_file_is_read_is_kept(window, tmp_path, monkeypatch):
    gate = threading.Event()

    def slow(request, *cancelled):
        gate.wait(10)
        return read_offer(request, *cancelled)

    monkeypatch.setattr("model.data.offer.read_offer", slow)
    drop(window, window, str(npz(tmp_path)))
    window.form.editor("learning_rate").set_value("0.25")
    window.form.editor("weight_init_std").set_value("0.5")
    window.form.editor("scaling").set_value("none")
    gate.set()
    answer(preview(window), QDialogButtonBox.StandardButton.Ok)
    until(lambda: window.session.spec.data)
    spec = window.session.spec
    assert (spec.learning_rate, spec.weight_init_std) == (0.25, 0.5)
    expected = load(spec.data_request)
    np.testing.assert_array_equal(window.session.data.x_train, expected.x_train)


def test_the_window_lives_while_a_file_is_read_and_reading_can_be_cancelled(window, tmp_path, monkeypatch):
    begun = threading.Event()

    def endless(_request, cancelled):
        begun.set()
        while not cancelled():
            threading.Event().wait(0.001)
        raise AssertionError("nobody hears of this")

    monkeypatch.setattr("model.data.offer.read_offer", endless)
    drop(window, window, str(npz(tmp_path)))
    until(begun.is_set)
    press(window, Key.Key_Space)
    until(lambda: window.session.step > 20)
    until(lambda: window.findChild(QDialog, "data_progress"))
    progress = window.findChild(QDialog, "data_progress")
    QTest.mouseClick(progress.findChild(QAbstractButton), LEFT)
    until(lambda: not window._background.busy)
    assert faults(window) == previews(window) == []
    assert window.session.spec.data is None


def test_a_path_typed_into_the_field_is_taken(window, tmp_path):
    type_in(window, "batch_size", "20")
    path = csv(tmp_path, "a b; c.csv")
    type_in(window, "data", str(path))
    until(lambda: window.session.spec.data == str(path))
    assert window.form.editor("data").error() == ""
    assert window.session.data.n_classes == 2
    settle(window)
    type_in(window, "data", "")
    assert window.session.spec.data is None
    assert window.session.data.n_features == 64


def test_choosing_a_data_set_lets_go_of_the_file(window, tmp_path):
    take(window, npz(tmp_path))
    window.form.reveal("dataset")
    QTest.mouseClick(window.findChild(QAbstractButton, "dataset_moons"), LEFT)
    assert window.session.spec.data is None
    assert window.session.spec.dataset == "moons"
    assert window.form.editor("data").value() is None
    assert line(window, "data").text() == ""


# ── hostile files ────────────────────────────────────────────────────────────────────────────────────────────────────


def _pickled(folder):
    (folder / "objects.npz").write_bytes(b"")
    np.savez(folder / "objects.npz", x_train=np.array([{}, []], dtype=object), t_train=np.arange(2), allow_pickle=True)
    return folder / "objects.npz"


def _bare_pickle(folder):
    (folder / "model.pkl").write_bytes(pickle.dumps({"x_train": X}))
    return folder / "model.pkl"


def _bomb(folder):
    raw = io.BytesIO()
    np.save(raw, np.zeros((20_000, 100)))
    with zipfile.ZipFile(folder / "bomb.npz", "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("x_train.npy", raw.getvalue())
        archive.writestr("t_train.npy", raw.getvalue())
    return folder / "bomb.npz"


def _huge(folder):
    header = b"{'descr': '<f8', 'fortran_order': False, 'shape': (1000000000000, 1), }\n"
    with zipfile.ZipFile(folder / "huge.npz", "w") as archive:
        archive.writestr("x_train.npy", b"\x93NUMPY\x01\x00" + struct.pack("<H", len(header)) + header)
        archive.writestr("t_train.npy", b"")
    return folder / "huge.npz"


def _cut(folder):
    path = npz(folder, "cut.npz")
    path.write_bytes(path.read_bytes()[:-400])
    return path


def _empty(folder):
    (folder / "empty.csv").write_bytes(b"")
    return folder / "empty.csv"


def _ragged(folder):
    (folder / "ragged.csv").write_text("1,2,0\n3,4\n5,6,1\n")
    return folder / "ragged.csv"


def _pipe(folder):
    os.mkfifo(folder / "pipe.csv")
    return folder / "pipe.csv"


def _folder(folder):
    (folder / "nothing here").mkdir()
    return folder / "nothing here"


def _one_row(folder):
    (folder / "one.csv").write_text("1,2,0\n")
    return folder / "one.csv"


def _missing(folder):
    return folder / "missing.csv"


def _markup(folder):
    name = "<b>bold<b><img src=x>\n.csv"
    (folder / name).write_text("1,2,0\n3,4\n")
    return folder / name


def _longest_name(folder):
    path = folder / ("x" * 251 + ".csv")
    path.write_text("no numbers here\n")
    return path


HOSTILE = [
    (_pickled, "Python objects"),
    (_bare_pickle, "Python objects"),
    (_bomb, "more than any real data"),
    (_huge, "damaged"),
    (_cut, "cut.npz"),
    (_empty, "empty"),
    (_ragged, "Row 2"),
    pytest.param(
        _pipe, "file", marks=pytest.mark.skipif(sys.platform == "win32", reason="no pipes in its file system")
    ),
    (_folder, "nothing here"),
    (_one_row, "at least 2 rows"),
    (_missing, "missing.csv"),
    (_markup, "Row 2"),
    (_longest_name, "Row 1"),
]


@pytest.mark.parametrize(("make", "told"), HOSTILE)
def test_a_file_that_cannot_be_taken_is_told_in_words_and_costs_nothing(shared_window, tmp_path, make, told):
    window = shared_window
    window.session.train()
    spec, first = window.session.spec, run(window)
    path = str(make(tmp_path))
    drop(window, window, path)
    until(lambda: faults(window) or previews(window))
    (box,) = faults(window)
    assert told in box.informativeText()
    assert box.textFormat() == Qt.TextFormat.PlainText
    assert len(box.informativeText()) < 400
    assert (window.session.spec, run(window)) == (spec, first)
    assert window.session.is_training
    QTest.keyClick(box, Key.Key_Return)
    window.form.editor("data").set_value(path)
    until(lambda: window.form.editor("data").error())
    assert told in window.form.editor("data").error()
    assert (window.session.spec, run(window)) == (spec, first)
    assert window.form.editor("data").value() is None
    window.form.editor("data").set_value("")
    until(lambda: window.form.editor("data").error() == "")
    assert faults(window) == previews(window) == []


def test_rows_that_are_not_finite_can_be_dropped_on_request(window, tmp_path):
    rows = [[1.0, 2.0, 0], [np.nan, 2.0, 1], [3.0, 4.0, 1], [5.0, np.inf, 0], [7.0, 8.0, 1]] * 8
    np.savetxt(tmp_path / "holes.csv", rows, delimiter=",", fmt="%g")
    drop(window, window, str(tmp_path / "holes.csv"))
    until(lambda: window.findChild(QMessageBox, "drop_bad_rows_question"))
    question = window.findChild(QMessageBox, "drop_bad_rows_question")
    assert "row 2" in question.informativeText()
    QTest.mouseClick(question.buttons()[0], LEFT)
    assert "24" in words(preview(window))
    answer(preview(window), QDialogButtonBox.StandardButton.Ok)
    until(lambda: window.session.spec.data)
    assert window.session.spec.drop_bad_rows
    assert window.session.data.n_train + window.session.data.n_test == 24


def test_a_spec_dropped_on_the_window_is_taken_and_a_wrong_one_told(window, tmp_path):
    window.form.editor("hidden_sizes").set_value("33")
    window.desk.write_spec(tmp_path / "spec.json")
    window.form.editor("hidden_sizes").set_value("44")
    drop(window, window, str(tmp_path / "spec.json"))
    assert window.session.spec.hidden_sizes == (33,)
    settle(window)
    (tmp_path / "bad.json").write_text('{"seed": -1, "hidden_sizes": [0]}')
    drop(window, window, str(tmp_path / "bad.json"))
    (box,) = faults(window)
    assert "seed" in box.informativeText()
    assert window.session.spec.hidden_sizes == (33,)


def test_data_of_last_time_that_is_gone_does_not_hold_up_the_start(open_window, tmp_path):
    first = open_window()
    take(first, npz(tmp_path))
    first.close()
    (tmp_path / "mine.npz").unlink()
    second = open_window()
    assert second.session.spec.data is None
    assert second.session.data.n_features == 64


def test_data_of_last_time_is_there_again(open_window, tmp_path):
    first = open_window()
    take(first, npz(tmp_path))
    first.close()
    second = open_window()
    assert second.session.spec.data == str(tmp_path / "mine.npz")
    assert second.session.data.n_features == 6


def test_open_data_asks_for_a_file_and_shows_it(window, tmp_path, monkeypatch):
    path = csv(tmp_path)
    monkeypatch.setattr("gui.files.data_desk.ask_for_data_file", lambda *_: str(path))
    action(window, "open_data").trigger()
    assert "mine.csv" in words(preview(window))


def test_very_many_points_are_made_without_holding_up_the_window(window):
    spec = window.session.spec.replaced(dataset="moons", samples=120_000)
    assert window.data_desk.is_slow(spec)
    assert not window.data_desk.is_slow(spec.replaced(samples=20_000))
    window.session.take(spec.replaced(samples=500))
    window.form.editor("samples").set_value(120_000)
    assert window.session.spec.samples == 500  # not yet
    until(lambda: window.session.spec.samples == 120_000)
    assert window.session.data.n_train + window.session.data.n_test == 120_000


def test_a_label_column_that_is_called_label_is_not_called_so_twice(window, tmp_path):
    lines = [f"{i / 7:.3f},{i % 3},{'ab'[i % 2]}" for i in range(60)]
    (tmp_path / "named.csv").write_text("\n".join(["x,y,label", *lines]) + "\n")
    drop(window, window, str(tmp_path / "named.csv"))
    shown = preview(window)
    assert head(shown)[1] == [["x", ""], ["y", ""], ["label", ""]]
    answer(shown, QDialogButtonBox.StandardButton.Cancel)
