"""Threads of the window that let it go first: painting holds Python's lock many times a frame, and waits as often."""

import os
import sys
import threading
import time

from model.training.stepper import ClassStepper

_NICENESS = 4
_REST = 0.001
"""Seconds between two steps of the class, whose every NumPy call asks for the lock."""


def step_back() -> None:
    """Let the other threads go before this one, where the system offers that."""
    if sys.platform == "linux":
        os.setpriority(os.PRIO_PROCESS, threading.get_native_id(), _NICENESS)


class PatientStepper(ClassStepper):
    """Trains by the readable class, as long as the kernels are not there."""

    def _step(self) -> None:
        super()._step()
        time.sleep(_REST)
