"""The window fits its screen, and its panels keep their shares of it."""

import os
import shutil
import subprocess
import sys
from itertools import pairwise

import pytest
from PySide6.QtCore import QPoint, QRect
from PySide6.QtGui import QFont
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QPushButton, QWidget

from gui.window.placing import fitted
from tests.conftest import ROOT
from tests.gui.person import LEFT, action, settle, until

FIRST, SMALL = (1440, 900), (800, 600)


def sizes(window):
    """Give the size of every panel that can be seen."""
    return {name: view.size().toTuple() for name, view in window.dashboard.panels.items() if view.in_sight}


def resize(window, size):
    window.resize(*size)
    until(lambda: window.size().toTuple() == size)
    QTest.qWait(0)


@pytest.fixture
def at_first(window):
    resize(window, FIRST)
    return sizes(window)


def test_a_window_that_shrinks_and_grows_again_looks_as_before(window, at_first):
    resize(window, SMALL)
    assert sizes(window) != at_first
    resize(window, FIRST)
    assert sizes(window) == at_first


@pytest.mark.parametrize("name", ["randn", "decision", "variance", "activations", "symmetry", "updates", "network"])
def test_visiting_a_panel_takes_no_room_from_the_others(window, at_first, name):
    resize(window, SMALL)
    small = sizes(window)
    before = set(small)
    window.dashboard.reveal(name)
    QTest.qWait(0)
    (left,) = before - set(sizes(window))
    window.dashboard.reveal(left)
    QTest.qWait(0)
    assert sizes(window) == small
    resize(window, FIRST)
    assert sizes(window) == at_first


def test_no_panel_is_squeezed_in_a_small_window(window):
    resize(window, SMALL)
    for name, (width, height) in sizes(window).items():
        assert width >= 120, name
        assert height >= 60, name
    assert sizes(window)["weights"][1] > sizes(window)["accuracy"][1]


def drag_separator(window, name, by):
    """Drag the line below a panel."""
    docks = window.dashboard.docks
    dock = docks.findChild(object, f"dock_{name}")
    bottom = dock.mapTo(docks, QPoint(dock.width() // 2, dock.height()))
    start = next(bottom + QPoint(0, y) for y in range(-6, 40) if docks.isSeparator(bottom + QPoint(0, y)))
    QTest.mousePress(docks, LEFT, pos=start)
    for share in (0.5, 1.0):
        QTest.mouseMove(docks, start + QPoint(0, round(by * share)))
        QTest.qWait(20)
    QTest.mouseRelease(docks, LEFT, pos=start + QPoint(0, by))
    QTest.qWait(0)


def test_sizes_that_a_person_has_dragged_come_back_too(window, at_first):
    drag_separator(window, "loss", -120)
    dragged = sizes(window)
    assert dragged["loss"][1] < at_first["loss"][1] - 80
    resize(window, SMALL)
    resize(window, (1100, 700))
    resize(window, FIRST)
    for name, size in sizes(window).items():
        assert size == pytest.approx(dragged[name], abs=2), name


def test_reset_layout_gives_every_panel_its_first_size(window, at_first):
    drag_separator(window, "loss", -120)
    resize(window, SMALL)
    window.dashboard.reveal("randn")
    action(window, "arrange").trigger()
    QTest.qWait(0)
    resize(window, FIRST)
    assert sizes(window) == at_first


def test_a_panel_maximised_in_a_window_that_shrinks_gives_the_others_their_shares_back(window, at_first):
    window.dashboard.docks.maximize("loss")
    resize(window, SMALL)
    window.dashboard.docks.maximize("loss")
    resize(window, FIRST)
    assert sizes(window) == at_first


@pytest.mark.parametrize(
    ("place", "room", "expected"),
    [
        (QRect(10, 10, 1440, 900), QRect(0, 0, 1600, 1200), QRect(10, 10, 1440, 900)),
        (QRect(0, 0, 1440, 900), QRect(0, 0, 1024, 720), QRect(0, 0, 1024, 720)),
        (QRect(300, 400, 800, 600), QRect(0, 30, 1024, 690), QRect(224, 120, 800, 600)),
        (QRect(-500, -9, 700, 500), QRect(0, 30, 1024, 690), QRect(0, 30, 700, 500)),
        (QRect(5000, 0, 1440, 900), QRect(1920, 0, 1280, 800), QRect(1920, 0, 1280, 800)),
    ],
)
def test_a_place_is_moved_into_the_screen_before_it_is_made_smaller(place, room, expected):
    assert fitted(place, room) == expected


_SHOW = """
import sys
from itertools import pairwise
from PySide6.QtCore import QTimer
from PySide6.QtWidgets import QApplication
from gui.app import launch
points = int(sys.argv[1])
if points:
    application = QApplication(["initscope"])
    font = application.font()
    font.setPointSize(points)
    application.setFont(font)
application, window = launch(["--reset"])
for _ in range(2):  # the second time as the settings remember it
    application.processEvents()
screen = window.screen().availableGeometry()
assert screen.contains(window.frameGeometry()), (screen, window.frameGeometry())
hint = window.minimumSizeHint()
assert hint.width() <= screen.width() and hint.height() <= screen.height(), (screen, hint)
print("fits", window.width(), window.height())
window.close()
"""


@pytest.mark.window
@pytest.mark.skipif(shutil.which("xvfb-run") is None, reason="needs Xvfb for screens of several sizes")
@pytest.mark.parametrize(
    ("screen", "scale", "points"),
    [("1024x720", "1", 0), ("1440x900", "1", 0), ("1440x900", "1.5", 0), ("1440x900", "2", 0), ("1024x720", "1", 20)],
)
def test_the_window_fits_the_screen_that_it_is_opened_on(home, screen, scale, points):
    done = subprocess.run(
        ["xvfb-run", "-a", "-s", f"-screen 0 {screen}x24", sys.executable, "-c", _SHOW, str(points)],
        env=os.environ | {"QT_QPA_PLATFORM": "xcb", "QT_SCALE_FACTOR": scale},
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert "fits" in done.stdout, done.stderr[-2000:]


# ── large letters ────────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.fixture(params=[9, 14, 20])
def lettered(request, qapp, open_window):
    """A window in a font of so many points."""
    usual = qapp.font()
    font = QFont(usual)
    font.setPointSize(request.param)
    qapp.setFont(font)
    yield open_window("--weight-init-std", "0.0123")
    qapp.setFont(usual)


def label_boxes(axis):
    """Give from where to where the label of each tick reaches along its axis."""
    room, shown = axis.rect(), axis._box.viewRange()[axis._upright]
    length = room.height() if axis._upright else room.width()
    boxes = []
    for tick in axis._ticks(tuple(shown), length):
        at = axis._place(tick, room, tuple(shown))
        if tick.label and axis._upright:
            boxes.append((at.y() - axis._metrics.ascent(), at.y() + axis._metrics.descent()))
        elif tick.label:
            boxes.append((at.x(), at.x() + axis._metrics.horizontalAdvance(tick.label)))
    return sorted(boxes)


def laid_out(window):
    views = [view for view in window.dashboard.panels.values() if view.in_sight]
    lefts = [plot._axes[1] for view in views for plot in view.areas().values()]
    return all(left.rect().width() == left.minimumWidth() for left in lefts)


def check_labels(window):
    until(lambda: laid_out(window))
    for name, view in window.dashboard.panels.items():
        for plot in view.areas().values() if view.in_sight else ():
            bottom, left = plot._axes
            titles = 0 if bottom._compact else 1
            assert bottom.rect().height() >= 4 + (1 + titles) * bottom._metrics.height(), name
            shown = tuple(left._box.viewRange()[1])
            labels = [tick.label for tick in left._ticks(shown, left.rect().height())]
            widest = max(map(left._metrics.horizontalAdvance, labels), default=0)
            assert left.rect().width() >= 4 + widest + titles * left._metrics.height(), name
            for axis in (bottom, left):
                boxes = label_boxes(axis)
                assert all(before[1] <= after[0] for before, after in pairwise(boxes)), (name, boxes)


def test_no_label_of_a_tick_lies_over_another_or_over_the_title(lettered):
    resize(lettered, FIRST)
    for std in ("0.0123", "0.00045", "3.3e-05", "77"):
        lettered.form.editor("weight_init_std").set_value(std)
        settle(lettered)
        check_labels(lettered)


@pytest.mark.parametrize("size", [(1024, 720), SMALL])
def test_no_label_of_a_tick_lies_over_another_in_a_small_window(window, size):
    resize(window, size)
    for std in ("0.0123", "0.00045", "3.3e-05", "77"):
        window.form.editor("weight_init_std").set_value(std)
        settle(window)
        check_labels(window)


def test_the_form_is_as_wide_as_its_letters_need(lettered):
    resize(lettered, FIRST)
    lettered.form.restore(dict.fromkeys(lettered.form.state(), True))
    QTest.qWait(0)
    inside = lettered.form.findChild(QWidget, "spec_form_inside")
    assert inside.width() <= lettered.form.width()
    for button in lettered.form.findChildren(QPushButton):
        if button.isVisible():
            assert button.width() > button.fontMetrics().horizontalAdvance(button.text()), button.objectName()
