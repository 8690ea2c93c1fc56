"""What a person does to the window, and what they see of it."""

import math
import time
from collections.abc import Callable

import numpy as np
import numpy.typing as npt
from PySide6.QtCore import QEvent, QEventLoop, QMimeData, QPoint, QPointF, Qt, QTimer, QUrl
from PySide6.QtGui import QAction, QDragEnterEvent, QDropEvent, QImage, QMouseEvent, QWheelEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QLabel, QLineEdit, QMessageBox, QWidget

from gui.pane.dial import Dial
from gui.pane.scale import position_of
from gui.plots.axes.plot_area import PlotArea
from gui.plots.panel.panel_view import PanelView
from gui.window.main_window import MainWindow
from model.training.frame import Frame

LEFT = Qt.MouseButton.LeftButton
NO_KEY = Qt.KeyboardModifier.NoModifier
CTRL = Qt.KeyboardModifier.ControlModifier
SHIFT = Qt.KeyboardModifier.ShiftModifier
Key = Qt.Key

Pixels = npt.NDArray[np.uint8]


def press(window: MainWindow, key: Qt.Key, modifiers: Qt.KeyboardModifier = NO_KEY) -> None:
    """Press a key: it goes where the focus is, unless it is a shortcut."""
    QTest.keyClick(window.windowHandle(), key, modifiers)


def action(window: MainWindow, name: str) -> QAction:
    found = window.findChild(QAction, name)
    assert found is not None, name
    return found


def click(window: MainWindow, name: str) -> None:
    """Click the button of an action in the toolbar."""
    buttons = [w for w in action(window, name).associatedObjects() if isinstance(w, QWidget)]
    bar = next(w for w in buttons if w.objectName() == "toolbar")
    QTest.mouseClick(bar.widgetForAction(action(window, name)), LEFT)


def line(window: MainWindow, knob: str) -> QLineEdit:
    """Give the line that a knob is typed into, brought into sight."""
    window.form.reveal(knob)
    found = window.form.editor(knob).findChild(QLineEdit, f"{knob}_field")
    assert found is not None
    return found


def type_in(window: MainWindow, knob: str, text: str) -> None:
    """Click into a knob's line, replace what is there, press Enter."""
    field = line(window, knob)
    QTest.mouseClick(field, LEFT)
    field.selectAll()
    press(window, Key.Key_Delete)
    QTest.keyClicks(field, text)
    press(window, Key.Key_Return)


def come_back(window: MainWindow) -> None:
    """Have the keys again after a dialog."""
    window.activateWindow()
    until(window.isActiveWindow)


def text(window: MainWindow, name: str) -> str:
    """Read a label."""
    return window.findChild(QLabel, name).text()


def faults(window: MainWindow) -> list[QMessageBox]:
    """List the message boxes that tell of a fault."""
    return [box for box in window.findChildren(QMessageBox, "fault") if box.isVisible()]


# ── the dial ─────────────────────────────────────────────────────────────────────────────────────────────────────────


def dial(window: MainWindow) -> Dial:
    found = window.findChild(Dial, "weight_init_std_dial")
    assert found is not None
    return found


def on_dial(window: MainWindow, std: float) -> QPoint:
    """Give the place of a std on the dial."""
    face = dial(window).face()
    return QPoint(round(face.x(position_of(std))), round(face.axis))


def take_dial(window: MainWindow) -> None:
    """Press the button on the handle."""
    QTest.mousePress(dial(window), LEFT, pos=on_dial(window, dial(window).view().std))


def move_dial(window: MainWindow, std: float) -> None:
    """Drag the handle, which has been taken, to a std."""
    QTest.mouseMove(dial(window), on_dial(window, std))


def let_go(window: MainWindow) -> None:
    QTest.mouseRelease(dial(window), LEFT, pos=on_dial(window, dial(window).view().std))


def drag_dial(window: MainWindow, *stds: float) -> None:
    """Drag the handle through these stds and let go."""
    take_dial(window)
    for std in stds:
        move_dial(window, std)
    let_go(window)


# ── the panels ───────────────────────────────────────────────────────────────────────────────────────────────────────


def panel(window: MainWindow, name: str) -> PanelView:
    return window.dashboard.panels[name]


def area(window: MainWindow, name: str, plot: str = "") -> PlotArea:
    """Give the axes of a panel: the only ones, or those of a plot."""
    return panel(window, name).areas()[plot or name]


def in_plot(window: MainWindow, name: str, x: float, y: float, plot: str = "") -> QPoint:
    """Give the point of a panel's viewport at these shares of its axes, from the lower left."""
    axes = area(window, name, plot)
    room = axes.box.sceneBoundingRect()
    scene = QPointF(room.left() + x * room.width(), room.bottom() - y * room.height())
    return panel(window, name).canvas.mapFromScene(scene)


def point_at(window: MainWindow, name: str, x: float = 0.5, y: float = 0.5, plot: str = "") -> None:
    """Move the mouse over a panel."""
    viewport = panel(window, name).canvas.viewport()
    at = in_plot(window, name, x, y, plot)
    QTest.mouseMove(viewport, at)
    # where the pointer stood there already, nothing has moved
    local, no_button = QPointF(at), Qt.MouseButton.NoButton
    moved = QMouseEvent(QEvent.Type.MouseMove, local, viewport.mapToGlobal(local), no_button, no_button, NO_KEY)
    QApplication.sendEvent(viewport, moved)


def wheel(window: MainWindow, name: str, notches: int, x: float = 0.5, y: float = 0.5, plot: str = "") -> None:
    """Turn the wheel over a panel; towards the person zooms out."""
    viewport = panel(window, name).canvas.viewport()
    at = QPointF(in_plot(window, name, x, y, plot))
    point_at(window, name, x, y, plot)
    event = QWheelEvent(
        at, viewport.mapToGlobal(at), QPoint(), QPoint(0, 120 * notches),
        Qt.MouseButton.NoButton, NO_KEY, Qt.ScrollPhase.NoScrollPhase, False,
    )  # fmt: skip
    QApplication.sendEvent(viewport, event)


def pan(window: MainWindow, name: str, start: tuple[float, float], end: tuple[float, float], plot: str = "") -> None:
    """Drag a panel's content from one place of its axes to another."""
    viewport = panel(window, name).canvas.viewport()
    there = [
        in_plot(window, name, *((1 - share) * a + share * b for a, b in zip(start, end, strict=True)), plot)
        for share in (0, 0.5, 1)
    ]
    QTest.mousePress(viewport, LEFT, pos=there[0])
    for at in there[1:]:
        QTest.mouseMove(viewport, at)
    QTest.mouseRelease(viewport, LEFT, pos=there[-1])


def shown_range(window: MainWindow, name: str, plot: str = "") -> tuple[tuple[float, float], tuple[float, float]]:
    return area(window, name, plot).display_range()


def drop(window: QWidget, target: QWidget, *paths: str) -> None:
    """Drag files onto a widget of the window and let go."""
    mime = QMimeData()
    mime.setUrls([QUrl.fromLocalFile(path) for path in paths])
    at = target.rect().center()
    copy = Qt.DropAction.CopyAction
    QApplication.sendEvent(target, QDragEnterEvent(at, copy, mime, LEFT, NO_KEY))
    QApplication.sendEvent(target, QDropEvent(QPointF(at), copy, mime, LEFT, NO_KEY))
    del window


# ── what is seen ─────────────────────────────────────────────────────────────────────────────────────────────────────


def pixels(image: QImage) -> Pixels:
    """Give a picture as (height, width, 3)."""
    rgb = image.convertToFormat(QImage.Format.Format_RGB888)
    rows = np.frombuffer(rgb.constBits(), dtype=np.uint8).reshape(rgb.height(), rgb.bytesPerLine())
    return rows[:, : 3 * rgb.width()].reshape(rgb.height(), rgb.width(), 3).copy()


class Frames:
    """Remembers every Frame that came to the screen."""

    def __init__(self, window: MainWindow) -> None:
        self.seen: list[Frame] = []
        window.session.watcher.frame_changed.connect(self.seen.append)

    def steps(self, run: int) -> list[int]:
        return [frame.step for frame in self.seen if frame.run == run]


def noise(frame: Frame) -> npt.NDArray[np.float64]:
    """Give the noise Z of the first layer's initial weights, W = std · Z."""
    return frame.initial["W1"].astype(np.float64) / frame.stds[0]


def close_to(one: float, other: float) -> bool:
    return math.isclose(one, other, rel_tol=1e-9)


def until(condition: Callable[[], object], timeout: float = 30.0) -> None:
    """Let the window live until something is so."""
    end = time.monotonic() + timeout
    pause = QEventLoop()  # unlike QTest.qWait, it lets other threads have Python meanwhile
    alarm = QTimer(singleShot=True, interval=3)
    alarm.timeout.connect(pause.quit)
    while not condition():
        assert time.monotonic() < end, "this never came about"
        alarm.start()
        pause.exec()


def run(window: MainWindow) -> int:
    """Give the number of the present run."""
    return window.session.engine().recording.run


def settle(window: MainWindow) -> None:
    """Wait until nothing trains and every panel shows the newest frame."""
    until(lambda: window.session.settle(0.01) and not window.session.watcher.looking and _is_up_to_date(window))


def _is_up_to_date(window: MainWindow) -> bool:
    frame, looked_at = window.session.frame, window.session.seeking.step
    step = window.session.step if looked_at is None else looked_at
    shown = [view.frame for view in window.dashboard.visible_panels().values()]
    return frame.run == run(window) and frame.step == step and all(frame is each for each in shown)


def leave(widget: QWidget) -> None:
    """Move the mouse away from a widget."""
    QApplication.sendEvent(widget, QEvent(QEvent.Type.Leave))
