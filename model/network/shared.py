"""The memory that a running kernel shares with the threads that watch and command it.

Control words are int64 in one array. Each has one writer: the commander's words are written by
whoever watches, all others by whoever trains.
"""

from enum import IntEnum

import numpy as np
import numpy.typing as npt

N_SLOTS = 4
"""Snapshots in the ring."""
EVAL_ROWS = 256
"""Samples that are evaluated at a time; the stop flag is read between."""


class Control(IntEnum):
    """Places in the control array."""

    STOP = 0
    """Commander: not 0 asks the kernel to return before the next step."""
    REQUEST = 1
    """Commander: counts the snapshots asked for."""
    STEP = 8
    """Steps whose loss, norms and parameters are complete; written last."""
    N_EVALS = 9
    """Evaluations that are complete."""
    DIVERGED_AT = 10
    """The first step whose parameters are not all finite, or -1."""
    DIVERGED_PARAM = 11
    """Which parameter was the first to be not finite."""
    PUBLISHED = 12
    """Snapshots made so far; the newest lies in slot (PUBLISHED - 1) mod N_SLOTS."""
    SERVED = 13
    """The value of REQUEST that the newest snapshot answers."""
    STOPPED_BY = 14
    """The Stop that ended the training before its last step, or 0."""
    PASSED = 15
    """Sum of every Stop that has ended the training once: it does so again only after its knob was turned."""
    FIRST_ROW = 16
    """The step whose loss and norms the first row of the histories holds: not 0 where a stretch is made again."""
    EVALS_BEFORE = 17
    """Evaluations that each of several runs is taken to begin with: 1 leaves out that before the first step."""
    SIZE = 18


class Mark(IntEnum):
    """Places in the marks of the checkpoints, int64 each."""

    VERSION = 0
    """Odd while a checkpoint is written."""
    STRIDE = 1
    """Steps from each checkpoint to the next; doubled when there is no room for another."""
    COUNT = 2
    """Checkpoints that are whole: of the steps BASE, BASE + stride, BASE + 2 · stride, …"""
    BASE = 3
    """The step that the engine began with, not 0 where it goes on with a run that it has not trained from the start."""
    SIZE = 4


class Stop(IntEnum):
    """What can end a training before its last step; powers of two."""

    ACCURACY = 1
    DIVERGENCE = 2


class Slot(IntEnum):
    """Places in a slot's header, int64 each."""

    VERSION = 0
    """2k while the k-th snapshot is whole, odd while it is written."""
    STEP = 1
    N_EVALS = 2
    DIVERGED_AT = 3
    DIVERGED_PARAM = 4
    STOPPED_BY = 5
    SIZE = 8


def new_marks() -> npt.NDArray[np.int64]:
    """Make the marks of checkpoints of which there are none yet."""
    return np.array([0, 1, 0, 0], dtype=np.int64)


def new_control() -> npt.NDArray[np.int64]:
    """Make a control array for a run that has not begun."""
    control = np.zeros(Control.SIZE, dtype=np.int64)
    control[Control.DIVERGED_AT] = control[Control.DIVERGED_PARAM] = -1
    return control
