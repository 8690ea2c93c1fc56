"""A Recording: the arrays that a run leaves behind while it goes on, and the only maker of Frames."""

import itertools
import threading
from collections.abc import Iterator

import numpy as np
import numpy.typing as npt

from model.data.dataset import Dataset
from model.network.layout import Layout
from model.network.shared import N_SLOTS, Control, Slot, Stop, new_control
from model.training.frame import ENDINGS, Divergence, Ending, Floats, Frame, Parameters, Schedule
from model.training.history import History, Summary
from model.training.initial import Initial
from model.training.spec import TrainingSpec
from model.training.store import Store

Reals = npt.NDArray[np.floating]

_STRETCH = 4096
"""Steps for which room is made at a time, at least."""

_run_numbers = itertools.count(1)


class Recording:
    """Histories by step, and a small ring of snapshots of the parameters.

    A training thread writes them, any other may call `frame` at the same time: histories are
    append-only behind a counter, snapshots carry a version that is checked after copying.
    """

    def __init__(self, spec: TrainingSpec, data: Dataset, layout: Layout, initial: Initial, interval: int) -> None:
        self.run = next(_run_numbers)
        self.spec = spec
        self.data = data
        self.layout = layout
        self.initial = Parameters(layout.views(initial.params))
        self.stds, self.bias_stds = initial.stds, initial.bias_stds
        self.eval_interval = interval
        self.target = spec.steps
        self.schedule: Schedule = ()
        self.control = new_control()
        self.headers = np.zeros((N_SLOTS, Slot.SIZE), dtype=np.int64)
        self.slots = np.zeros((N_SLOTS, layout.n_params), dtype=initial.params.dtype)
        self._by_step = Store((1 + 2 * layout.n_layers,), np.float64)
        self._eval_steps = Store((), np.int64)
        self._evaluations = Store((3,), np.float64)
        self._updates = Store((2, 2 * layout.n_layers), np.float64)
        self._history = History(1 + 2 * layout.n_layers)
        self._past: History | None = None
        self._lock = threading.Lock()
        self.reserve(0)

    @property
    def step(self) -> int:
        """Steps trained, newer perhaps than any snapshot."""
        return int(self.control[Control.STEP])

    @property
    def stopped_by(self) -> int:
        """The Stop that ended the training before its last step, or 0 while none has."""
        return int(self.control[Control.STOPPED_BY])

    @property
    def ended(self) -> bool:
        """Whether the run is over: at its target, or stopped before."""
        return self.step >= self.target or self.stopped_by != 0

    @property
    def ended_by(self) -> Ending:
        """What ended the training; only while nothing trains."""
        if self.stopped_by:
            return ENDINGS[Stop(self.stopped_by)]
        return "steps" if self.step >= self.target else "interrupt"

    @property
    def published(self) -> int:
        """Snapshots made so far."""
        return int(self.control[Control.PUBLISHED])

    @property
    def by_step(self) -> Floats:
        """(capacity, 1 + 2 n_layers): loss and gradient norms; the rows below `step` are made."""
        return self._by_step.rows

    @property
    def eval_steps(self) -> npt.NDArray[np.int64]:
        """(capacity,): the step of each evaluation."""
        return self._eval_steps.rows

    @property
    def evaluations(self) -> Floats:
        """(capacity, 3): train accuracy, test accuracy and test loss of each evaluation."""
        return self._evaluations.rows

    @property
    def updates(self) -> Floats:
        """(capacity, 2, 2 n_layers): norms of the change in the step after each evaluation, and of what it changed."""
        return self._updates.rows

    def step_blocks(self) -> Iterator[Floats]:
        """Go through the rows of `by_step` that are made, a few at a time; only while nothing trains."""
        return self._by_step.blocks(0, self.step)

    def reserve(self, until: int) -> int:
        """Make room for some steps on the way to `until`; returns the step up to which there is room now.

        Only while nothing trains; Frames keep the arrays they have.
        """
        self._by_step.release(self.step)
        for store in (self._eval_steps, self._evaluations):
            store.release(int(self.control[Control.N_EVALS]))
        self._by_step.reserve(min(until, self.step + _STRETCH), until)
        room = min(until, len(self.by_step))
        evals = (room - self.step) // self.eval_interval + int(self.control[Control.N_EVALS]) + 3
        self._eval_steps.reserve(evals, evals)
        self._evaluations.reserve(evals, evals)
        self._updates.reserve(evals, evals)
        return room

    def take(self, by_step: Floats, eval_steps: npt.NDArray[np.int64], evaluations: Floats, updates: Floats) -> None:
        """Begin with histories that another engine has made, of as many steps as `by_step` has; before any training."""
        steps, evals = len(by_step), len(eval_steps)
        self._by_step.reserve(steps, steps)
        for store, made in ((self._eval_steps, eval_steps), (self._evaluations, evaluations), (self._updates, updates)):
            store.reserve(evals + 1, evals + 1)
            store.rows[: len(made)] = made
        self.by_step[:steps] = by_step
        self.control[Control.STEP], self.control[Control.N_EVALS] = steps, evals

    def evaluation_due(self) -> bool:
        """Whether the step that was reached is one to evaluate, and has not been; only while nothing trains."""
        evals = int(self.control[Control.N_EVALS])
        due = self.step % self.eval_interval == 0 or self.step == self.target
        return due and (evals == 0 or int(self.eval_steps[evals - 1]) != self.step)

    def n_updates(self, step: int, evals: int) -> int:
        """Count the updates recorded by `step`: one after each evaluation, the newest perhaps not yet made."""
        return evals - int(evals > 0 and int(self.eval_steps[evals - 1]) >= step)

    def request(self) -> None:
        """Ask the running kernel for a snapshot before its next step."""
        self.control[Control.REQUEST] += 1

    def frame(self) -> Frame | None:
        """Make the Frame of the newest snapshot; None before the first one."""
        with self._lock:
            while (count := self.published) > 0:
                slot = (count - 1) % N_SLOTS
                header = self.headers[slot].copy()
                flat = self.slots[slot].copy()
                # the writer may have come round the ring and begun to write over what was just copied
                if header[Slot.VERSION] == self.headers[slot, Slot.VERSION] == 2 * count:
                    return self._frame(header, flat, self._history, self.schedule)
        return None

    def past_frame(self, step: int, params: Reals) -> Frame:
        """Make the Frame that there was at an earlier step, from the parameters (n_params,) of that step.

        The target is that of now, so that a run that was lengthened is shown as long as it is.
        """
        newest = self.frame()
        if newest is not None and newest.step == step:
            return newest
        header = np.zeros(Slot.SIZE, dtype=np.int64)
        header[Slot.STEP] = step
        n_evals = int(self.control[Control.N_EVALS])
        header[Slot.N_EVALS] = np.searchsorted(self.eval_steps[:n_evals], step, side="right")
        header[Slot.DIVERGED_AT] = -1
        diverged_at = int(self.control[Control.DIVERGED_AT])
        if 0 <= diverged_at < step or (diverged_at == step == 0 and not np.isfinite(params).all()):
            header[Slot.DIVERGED_AT] = diverged_at
            header[Slot.DIVERGED_PARAM] = self.control[Control.DIVERGED_PARAM]
        schedule = tuple(edit for edit in self.schedule if edit[0] <= step)
        with self._lock:
            if self._past is None or self._past.steps > step:
                self._past = History(self.by_step.shape[1])
            return self._frame(header, params.copy(), self._past, schedule)

    def _frame(self, header: npt.NDArray[np.int64], flat: Reals, history: History, schedule: Schedule) -> Frame:
        step, evals = int(header[Slot.STEP]), int(header[Slot.N_EVALS])
        diverged_at = int(header[Slot.DIVERGED_AT])
        names = self.layout.names
        updates = self.updates[: self.n_updates(step, evals)]
        return Frame(
            run=self.run,
            spec=self.spec,
            data=self.data,
            layout=self.layout,
            step=step,
            target=self.target,
            params=Parameters(self.layout.views(flat)),
            initial=self.initial,
            stds=self.stds,
            bias_stds=self.bias_stds,
            history=self._gathered(history, step),
            loss=self.by_step[:step, 0],
            grad_norms=self.by_step[:step, 1:],
            eval_steps=self.eval_steps[:evals],
            evaluations=self.evaluations[:evals],
            update_norms=updates[:, 0],
            weight_norms=updates[:, 1],
            divergence=Divergence(diverged_at, names[header[Slot.DIVERGED_PARAM]]) if diverged_at >= 0 else None,
            schedule=schedule,
            stopped_by=ENDINGS.get(int(header[Slot.STOPPED_BY])),
        )

    def _gathered(self, history: History, step: int) -> Summary:
        """Take the steps that came since the last frame into a history."""
        if step > history.steps:
            for rows in self._by_step.blocks(history.steps, step):
                history.extend(rows)
        return history.summary()
