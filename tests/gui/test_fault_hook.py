"""An error nobody foresaw reaches log and person, once, wherever it happens; the window lives on."""

import threading

import pytest
from PySide6.QtCore import QObject, QTimer, Slot
from PySide6.QtTest import QTest

from gui.fault_hook import FaultHook
from tests.gui.person import Key, come_back, faults, press, until


@pytest.fixture
def hook(window):
    hook = FaultHook(window.messages)
    yield hook
    hook.close()


class Failing(QObject):
    """Fails in a slot."""

    def __init__(self, error):
        super().__init__()
        self.error = error
        self.times = 0

    def fail(self):
        already = self.times
        QTimer.singleShot(0, self._fail)
        until(lambda: self.times > already)

    @Slot()
    def _fail(self):
        self.times += 1
        raise self.error


def answer(window):
    (box,) = faults(window)
    QTest.keyClick(box, Key.Key_Return)
    come_back(window)
    until(lambda: faults(window) == [])


def test_an_error_in_a_slot_is_told_once_and_the_window_lives_on(window, hook, capsys):
    slot = Failing(ZeroDivisionError("injected"))
    slot.fail()
    until(lambda: faults(window))
    assert "injected" in faults(window)[0].informativeText()
    answer(window)
    other = Failing(KeyError("another place"))
    slot.fail()
    other.fail()
    until(lambda: faults(window))
    assert "another place" in faults(window)[0].informativeText()
    answer(window)
    press(window, Key.Key_Right)
    until(lambda: window.session.step == 1)
    assert capsys.readouterr().err.count("ZeroDivisionError: injected") == 1


@pytest.mark.filterwarnings("ignore::pytest.PytestUnhandledThreadExceptionWarning")
def test_an_error_in_a_thread_is_told_in_a_box_of_the_window(window, hook):
    def fail():
        raise ValueError("elsewhere")

    thread = threading.Thread(target=fail)
    thread.start()
    thread.join()
    until(lambda: faults(window))
    assert "elsewhere" in faults(window)[0].informativeText()
    answer(window)


def test_a_lack_of_memory_is_told_as_such_each_time(window, hook):
    slot = Failing(MemoryError())
    for _ in range(2):
        slot.fail()
        until(lambda: faults(window))
        assert "memory" in faults(window)[0].text()
        answer(window)
