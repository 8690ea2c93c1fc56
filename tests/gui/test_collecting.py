"""Garbage is collected in the thread of the window, where Qt's objects must be destroyed."""

import gc
import threading

from tests.gui.person import settle, until


def test_no_other_thread_collects_while_there_is_a_window(window):
    threads = []

    def note(phase, info):
        threads.append(threading.current_thread())

    gc.callbacks.append(note)
    try:
        window.dashboard.reveal("variance")
        window.session.train()
        worker = threading.Thread(target=lambda: [[] for _ in range(100_000)])  # each of them one more to look at
        worker.start()
        until(lambda: threads and window.session.state == "finished")
        worker.join()
        settle(window)
    finally:
        gc.callbacks.remove(note)
    assert set(threads) == {threading.main_thread()}


def test_what_refers_to_itself_is_collected_while_the_window_lives_and_after(window):
    class Ring:
        alive = 0

        def __init__(self):
            Ring.alive += 1
            self.ring = self

        def __del__(self):
            Ring.alive -= 1

    for _ in range(5000):
        Ring()
    until(lambda: Ring.alive < 100)
    assert not gc.isenabled()
    window.close()
    assert gc.isenabled()
