"""The scale of the dial, the fan of its labels, and what its handle asks for."""

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st
from PySide6.QtCore import QPoint, QPointF, Qt
from PySide6.QtGui import QAccessible, QWheelEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication

from gui.look.theme import apply_theme, resolve_style
from gui.pane.dial import Dial
from gui.pane.scale import BREAK, HIGH, LOW, fan_out, nudged, position_of, rounded, std_at, ticks
from model.network.marks import marks

positive = st.floats(5e-324, 1.7e308, allow_subnormal=True)
on_the_scale = st.floats(LOW, HIGH)
LEFT = Qt.MouseButton.LeftButton


@given(st.one_of(st.just(0.0), positive), st.one_of(st.just(0.0), positive))
def test_a_larger_std_never_lies_further_left(one, other):
    low, high = sorted((one, other))
    assert 0 <= position_of(low) <= position_of(high) <= 1


@given(on_the_scale)
def test_the_place_of_a_std_gives_that_std_back(std):
    assert std_at(position_of(std)) == pytest.approx(std, rel=1e-9)


@given(st.floats(-0.5, 1.5), st.floats(-0.5, 1.5))
def test_a_place_further_right_never_gives_a_smaller_std(one, other):
    low, high = sorted((one, other))
    assert 0 <= std_at(low) <= std_at(high) <= HIGH


def test_the_ends_of_the_scale_are_exact():
    assert [std_at(0), std_at(BREAK), std_at(1)] == [0.0, LOW, HIGH]
    assert [position_of(0), position_of(LOW), position_of(HIGH)] == [0.0, pytest.approx(BREAK), 1.0]


@given(positive)
def test_only_an_exact_0_is_at_the_left_end(std):
    assert position_of(std) >= BREAK


def test_every_decade_has_a_label_and_0_has_its_own():
    assert [t.label for t in ticks() if t.label] == ["0", "10⁻⁵", "10⁻⁴", "10⁻³", "0.01", "0.1", "1", "10", "100"]


@given(st.one_of(st.just(0.0), positive), st.sampled_from([1.02, 10.0]))
def test_a_nudge_moves_the_way_it_says_until_the_ends(std, factor):
    up, down = nudged(std, factor), nudged(std, 1 / factor)
    assert up > std or (up == std and std >= HIGH)
    assert down < std or std == down == 0
    assert down == 0 or LOW <= down <= HIGH


labels = st.lists(st.tuples(st.floats(-50, 500), st.floats(1, 90)), max_size=7)


@given(labels, st.floats(20, 600), st.floats(0, 10))
def test_labels_keep_their_order_inside_the_width_without_overlap(made, room, gap):
    made = sorted(made)
    slots = fan_out([centre for centre, _ in made], [width for _, width in made], room, gap)
    assert len(slots) == len(made)
    assert all(slot.left >= -1e-9 and slot.left + slot.width <= room + 1e-6 for slot in slots)
    assert all(one.left + one.width <= other.left + 1e-6 for one, other in pairwise(slots))


def test_labels_with_room_stand_over_their_marks():
    assert [slot.left for slot in fan_out([50, 150], [20, 40], 200, 3)] == [40, 130]


def test_labels_of_marks_at_one_place_spread_evenly():
    assert [slot.left for slot in fan_out([100, 100], [20, 20], 200, 4)] == [78, 102]


@pytest.fixture
def dial(qtbot):
    apply_theme(QApplication.instance(), resolve_style("light", QApplication.instance()))
    made = Dial(0.01)
    qtbot.addWidget(made)
    made.show_marks(marks((784, 50, 10)))
    made.resize(300, made.sizeHint().height())
    made.asked = []
    made.turned.connect(made.asked.append)
    made.turned.connect(made.show_std)
    made.show()
    return made


def at(dial, std):
    face = dial.face()
    return QPoint(round(face.x(position_of(std))), round(face.axis))


@pytest.mark.parametrize("width", [220, 276, 300, 420])
@pytest.mark.parametrize("sizes", [(784, 50, 10), (2, 8, 2), (1, 1), (10**9, 10**9)])
def test_the_labels_of_the_marks_never_overlap(dial, width, sizes):
    dial.resize(width, dial.height())
    dial.show_marks(marks(sizes))
    rooms = sorted(dial.face().labels(dial.view().marks).values(), key=lambda room: room.left())
    assert len(rooms) == 5
    assert all(one.right() <= other.left() + 0.01 for one, other in pairwise(rooms))
    assert rooms[0].left() >= 0
    assert rooms[-1].right() <= width


def test_pressing_the_scale_asks_for_the_std_there_in_three_digits(dial):
    QTest.mousePress(dial, LEFT, pos=at(dial, 0.5))
    assert dial.asked == [rounded(dial.asked[0])]
    assert dial.asked[0] == pytest.approx(0.5, rel=0.05)
    QTest.mouseRelease(dial, LEFT, pos=at(dial, 0.5))


def test_a_drag_asks_all_along_between_its_start_and_its_end(dial):
    told = []
    dial.drag_started.connect(lambda: told.append("start"))
    dial.turned.connect(told.append)
    dial.drag_finished.connect(lambda: told.append("end"))
    QTest.mousePress(dial, LEFT, pos=at(dial, 0.01))
    for std in (0.02, 0.05, 0.05, 1.0):
        QTest.mouseMove(dial, at(dial, std))
    QTest.mouseRelease(dial, LEFT, pos=at(dial, 1.0))
    assert told[0] == "start"
    assert told[-1] == "end"
    assert told[1:-1] == sorted(set(told[1:-1]))
    assert len(told) == 5


def test_taking_the_handle_without_moving_it_changes_nothing(dial):
    dial.show_std(0.0123456)
    QTest.mouseClick(dial, LEFT, pos=at(dial, 0.0123456))
    assert dial.asked == []


def test_the_left_end_is_exactly_0(dial):
    QTest.mousePress(dial, LEFT, pos=at(dial, 1.0))
    QTest.mouseMove(dial, QPoint(1, 60))
    assert dial.asked[-1] == 0.0


def test_a_drag_ends_when_the_dial_is_hidden(dial, qtbot):
    QTest.mousePress(dial, LEFT, pos=at(dial, 1.0))
    with qtbot.waitSignal(dial.drag_finished, timeout=1000):
        dial.hide()


@pytest.mark.parametrize(
    ("key", "std"),
    [
        (Qt.Key.Key_Right, 0.0102),
        (Qt.Key.Key_Left, 0.0098),
        (Qt.Key.Key_PageUp, 0.1),
        (Qt.Key.Key_PageDown, 0.001),
        (Qt.Key.Key_Home, 0.0),
        (Qt.Key.Key_End, 100.0),
    ],
)
def test_keys_turn_the_dial(dial, key, std):
    QTest.keyClick(dial, key)
    assert dial.asked == [pytest.approx(std)]


def wheel(dial, notches):
    where = QPointF(at(dial, 0.01))
    no_button, no_key = Qt.MouseButton.NoButton, Qt.KeyboardModifier.NoModifier
    event = QWheelEvent(
        where, where, QPoint(), QPoint(0, 120 * notches), no_button, no_key, Qt.ScrollPhase.NoScrollPhase, False
    )
    QApplication.sendEvent(dial, event)
    return event


def test_the_wheel_scrolls_the_pane_until_the_dial_has_the_focus(dial, monkeypatch):
    monkeypatch.setattr(dial, "hasFocus", lambda: False)
    assert not wheel(dial, 1).isAccepted()
    assert dial.asked == []
    monkeypatch.setattr(dial, "hasFocus", lambda: True)
    assert wheel(dial, 1).isAccepted()
    assert len(dial.asked) == 1
    assert dial.asked[0] > 0.01


@pytest.mark.parametrize("mark", ["book", "lecun", "glorot", "he"])
def test_a_click_on_a_label_asks_for_that_mark(dial, qtbot, mark):
    room = dial.face().labels(dial.view().marks)[mark]
    with qtbot.waitSignal(dial.mark_chosen) as told:
        QTest.mouseClick(dial, LEFT, pos=room.center().toPoint())
    assert told.args == [mark]
    assert dial.asked == []


@pytest.mark.parametrize("style", ["light", "dark"])
@pytest.mark.parametrize("scheme", ["std", "he", "orthogonal", "lsuv"])
@pytest.mark.parametrize("std", [0.0, 5e-324, 1e-7, LOW, 0.01, HIGH, 1e3, 1e308])
def test_every_std_is_painted_and_told(dial, style, scheme, std):
    before = dial.grab().toImage()
    apply_theme(QApplication.instance(), resolve_style(style, QApplication.instance()))
    dial.show_scheme(scheme, "uniform")
    dial.show_std(std)
    assert dial.grab().toImage() != before
    assert f"{std:g}" in dial.accessibleDescription()


@pytest.mark.parametrize("scheme", ["orthogonal", "lsuv"])
def test_a_scheme_without_a_mark_shows_the_spread_that_the_run_tells(dial, scheme):
    dial.show_measured(0.5)  # of a run of another scheme
    dial.show_scheme(scheme, "normal")
    unknown = dial.grab().toImage()
    assert dial.view().in_force is None
    assert "in force" in dial.accessibleDescription()
    dial.show_measured(0.0357)
    assert dial.grab().toImage() != unknown
    assert dial.view().in_force == 0.0357
    assert "0.0357 in the first layer" in dial.accessibleDescription()
    dial.show_scheme("he", "normal")
    assert dial.view().in_force == dial.view().marks["he"]
    dial.show_scheme(scheme, "normal")
    assert dial.view().in_force is None


def test_turning_the_dial_leaves_a_scheme_without_a_mark(dial):
    dial.show_scheme("lsuv", "normal")
    QTest.keyClick(dial, Qt.Key.Key_PageUp)
    assert dial.asked == [pytest.approx(0.1)]


def test_beyond_the_end_the_handle_looks_different_from_at_the_end(dial):
    dial.show_std(HIGH)
    at_the_end = dial.grab().toImage()
    dial.show_std(1e308)
    assert dial.grab().toImage() != at_the_end


def test_the_dial_is_a_slider_to_assistive_technology(dial):
    told = QAccessible.queryAccessibleInterface(dial)
    assert told.role() == QAccessible.Role.Slider
    dial.setValue(0)
    assert dial.asked == [0.0]


def test_showing_a_std_asks_for_nothing(dial):
    dial.show_std(3.0)
    assert dial.asked == []
