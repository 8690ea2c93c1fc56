"""Tab leads through all that takes keys, in reading order; each stop is seen, named, and shows its focus."""

import numpy as np
import pytest
from PySide6.QtCore import QPoint, QRect, Qt
from PySide6.QtGui import QAccessible, QCursor
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QLineEdit, QMenu, QTabBar, QToolBar, QWidget

from gui.plots.panel.panel_view import PanelView
from tests.gui.person import LEFT, SHIFT, Key, action, panel, pixels, point_at, press, settle, until

_MOST = 150


def walk(window, modifiers=Qt.KeyboardModifier.NoModifier):
    """Press Tab until it has come round; yields each stop while it has the focus."""
    press(window, Key.Key_Tab, modifiers)
    first = QApplication.focusWidget()
    for _ in range(_MOST):
        yield QApplication.focusWidget()
        press(window, Key.Key_Tab, modifiers)
        if QApplication.focusWidget() is first:
            return
    raise AssertionError("Tab never came round")


def place(widget, window):
    return QRect(widget.mapTo(window, QPoint(0, 0)), widget.size())


def told(widget, what):
    return QAccessible.queryAccessibleInterface(widget).text(what)


@pytest.fixture
def unfolded(window):
    """A window with every group open and something to reset."""
    window.form.restore(dict.fromkeys(window.form.state(), True))
    window.form.editor("seed").set_value("7")
    settle(window)
    until(lambda: window.dashboard.settled and window._advising.idle)  # sentences that come bring stops with them
    return window


@pytest.mark.parametrize("size", [(1440, 900), (1024, 720)])
def test_every_stop_of_tab_is_in_the_window_and_shows_the_focus(unfolded, size):
    window = unfolded
    window.resize(*size)
    QTest.qWait(0)
    n_stops = 0
    for stop in walk(window):
        where = place(stop, window)
        name = stop.objectName() or told(stop, QAccessible.Text.Name)
        assert stop.isVisible(), name
        assert window.rect().contains(where), name
        seen = stop.visibleRegion().boundingRect()
        assert seen.height() >= min(stop.height(), 60), name
        assert seen.width() >= stop.width() - 2, name
        around = where.adjusted(-3, -3, 3, 3).intersected(window.rect())
        focused = pixels(window.grab(around).toImage())
        stop.clearFocus()
        plain = pixels(window.grab(around).toImage())
        stop.setFocus(Qt.FocusReason.TabFocusReason)
        blink = isinstance(stop, QLineEdit)  # its cursor alone would be too little to see
        assert np.any(focused != plain, axis=2).sum() > (40 if blink else 25), name
        n_stops += 1
    assert n_stops > 60


def test_every_stop_of_tab_has_a_name_and_role_of_its_own_and_plain_words(unfolded):
    heard = {}
    for stop in walk(unfolded):
        name = told(stop, QAccessible.Text.Name)
        role = QAccessible.queryAccessibleInterface(stop).role()
        assert name, stop
        assert (name, role) not in heard, f"{stop} is told as {heard[name, role]}"
        heard[name, role] = stop
    assert len(heard) > 60


def test_no_description_or_help_holds_marks_of_html(unfolded):
    for widget in unfolded.findChildren(QWidget):
        interface = QAccessible.queryAccessibleInterface(widget)
        if interface is None or not widget.isVisible():
            continue
        for what in (QAccessible.Text.Name, QAccessible.Text.Description, QAccessible.Text.Help):
            assert "<" not in interface.text(what), (widget, interface.text(what))


def test_tab_reads_the_toolbar_then_the_form_then_the_panels(window):
    regions = []
    for stop in walk(window):
        parents = [stop]
        while parents[-1].parentWidget() is not None:
            parents.append(parents[-1].parentWidget())
        region = next(
            name
            for name, kind in (("toolbar", QToolBar), ("form", type(window.form)), ("panels", type(window.dashboard)))
            if any(isinstance(parent, kind) for parent in parents)
        )
        if not regions or regions[-1] != region:
            regions.append(region)
    if regions[0] == regions[-1]:
        regions.pop()  # the walk began within a region
    start = regions.index("toolbar")
    around = regions[start:] + regions[:start]
    assert around == ["toolbar", "form", "panels"]


def test_back_tab_goes_the_same_way_back(unfolded):
    # by name: PySide may drop its wrapper of a tab bar, which belongs to Qt, and make another
    there, back = (
        [(type(stop).__name__, told(stop, QAccessible.Text.Name)) for stop in walk(unfolded, keys)]
        for keys in (Qt.KeyboardModifier.NoModifier, SHIFT)
    )
    assert sorted(back) == sorted(there)
    turned = back[::-1]
    start = turned.index(there[0])
    assert turned[start:] + turned[:start] == there


def tab_to(window, kind):
    return next(stop for stop in walk(window) if isinstance(stop, kind))


def test_an_arrow_on_a_tab_bar_changes_the_tab_and_trains_nothing(window):
    before = tab_to(window, QTabBar).currentIndex()
    press(window, Key.Key_Right)
    assert tab_in_front() == before + 1
    settle(window)
    assert window.session.step == 0
    press(window, Key.Key_Left)
    assert tab_in_front() == before


def tab_in_front():
    bar = QApplication.focusWidget()
    assert isinstance(bar, QTabBar)
    return bar.currentIndex()


def test_escape_gives_the_others_their_room_back(window):
    for focus in (panel(window, "loss"), window):
        window.dashboard.docks.maximize("loss")
        until(lambda: not panel(window, "weights").isVisible())
        focus.setFocus()
        press(window, Key.Key_Escape)
        assert panel(window, "weights").isVisible()


def test_m_means_the_panel_whose_title_bar_is_under_the_mouse(window):
    header = panel(window, "accuracy").face.header
    QTest.mouseMove(header, header.rect().center())
    until(lambda: window.dashboard.current_under_mouse() == "accuracy")
    press(window, Key.Key_M)
    assert panel(window, "accuracy").isVisible()
    assert not panel(window, "loss").isVisible()


def test_keys_mean_the_panel_that_tab_has_led_to_until_the_mouse_moves(window):
    point_at(window, "loss")
    next(stop for stop in walk(window) if stop is panel(window, "gradients"))
    assert window.dashboard.current() is panel(window, "gradients")
    point_at(window, "accuracy")
    assert window.dashboard.current() is panel(window, "accuracy")


def test_a_key_never_means_a_panel_behind_a_tab(window):
    point_at(window, "loss")
    window.dashboard.current()
    window.dashboard.reveal("variance")
    for name in ("log_y", "maximize"):
        action(window, name).trigger()
    assert window.dashboard.current().in_sight
    assert not panel(window, "loss").view.log_y


@pytest.mark.window
def test_the_view_menu_acts_on_the_panel_that_it_names(window):
    canvas = panel(window, "accuracy").canvas

    def pointed() -> bool:
        QCursor.setPos(canvas.mapToGlobal(canvas.rect().center()))  # the pointer itself: QTest sends its events alone
        return window.dashboard.current() is panel(window, "accuracy")

    until(pointed)
    bar = window.menuBar()
    view = next(entry for entry in bar.actions() if "View" in entry.text())
    QTest.mouseMove(bar, bar.actionGeometry(view).center())
    QTest.mouseClick(bar, LEFT, pos=bar.actionGeometry(view).center())
    menu = QApplication.activePopupWidget()
    assert isinstance(menu, QMenu)
    named = next(entry.text() for entry in menu.actions() if entry.isSeparator() and entry.text())
    assert named == "Panel: Accuracy"
    chosen = action(window, "maximize")
    QTest.mouseClick(menu, LEFT, pos=menu.actionGeometry(chosen).center())
    until(lambda: not panel(window, "loss").isVisible())
    assert panel(window, "accuracy").isVisible()


def test_menus_show_ampersands_as_they_are(window):
    presets = window.findChild(QMenu, "presets")
    titles = [menu.title() for menu in presets.findChildren(QMenu)]
    assert "Glorot && Bengio 2010" in titles


def test_a_click_on_a_panels_button_leaves_the_keys_where_they_are(window):
    panel(window, "loss").setFocus()
    button = panel(window, "accuracy").face.header.findChild(QWidget, "panel_maximize_accuracy")
    QTest.mouseClick(button, LEFT)
    assert QApplication.focusWidget() is not button
    press(window, Key.Key_Right)
    until(lambda: window.session.step == 1)
    assert isinstance(panel(window, "loss"), PanelView)
