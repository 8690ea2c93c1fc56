"""Checkpoints: states that a run has been in, from which any later one can be made again."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from model.network.shared import Mark, new_marks

Reals = npt.NDArray[np.floating]

MOST_ROWS = 256
MOST_BYTES = 16_000_000
"""For one run; with the dozen that were replaced, a window keeps less than 256 MB."""
_STREAM = 625


@dataclass(frozen=True, slots=True, eq=False)
class Checkpoint:
    """What a step begins with.

    Attributes
    ----------
    step : the steps made before
    states : (1 + n_states, n_params) real, the parameters and what the optimiser remembers
    stream : (625,) uint32, the generator of the batches
    """

    step: int
    states: Reals
    stream: npt.NDArray[np.uint32]


class Checkpoints:
    """States of the step that training began with, of every stride-th after it, as a kernel keeps them.

    The stride begins with 1 and doubles whenever there is no room, so that the steps depend on nothing but how many
    have been made. Any thread may read what another writes.

    Attributes
    ----------
    marks, states, streams : the shared memory; see `network.shared.Mark` and the kernel `checkpoint`
    """

    def __init__(self, params: Reals, n_states: int, most_bytes: int = MOST_BYTES) -> None:
        vectors = 1 + n_states
        room = most_bytes // (vectors * params.nbytes + 4 * _STREAM)
        rows = min(room, MOST_ROWS) // 2 * 2
        self.marks = new_marks()
        self.states = np.empty((rows, vectors, len(params)), dtype=params.dtype)
        self.streams = np.empty((rows, _STREAM), dtype=np.uint32)

    def last_before(self, step: int) -> Checkpoint | None:
        """Give the last one that is not after a step, as a copy; None where there is none."""
        marks = self.marks
        while True:
            version, stride, count, base = marks.tolist()
            place = min((step - base) // stride, count - 1)
            if place < 0:
                return None
            found = Checkpoint(base + place * stride, self.states[place].copy(), self.streams[place].copy())
            # the writer may have moved or overwritten what was just copied
            if version % 2 == 0 and version == int(marks[Mark.VERSION]):
                return found
