"""How steps are made: by the kernels, or, until they are compiled, by the readable class."""

import math
import sys
from collections.abc import Callable
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from model.data.dataset import Labels
from model.network.blas import one_blas_thread
from model.network.multi_layer_net import MultiLayerNet, log_softmax
from model.network.optimizers import Rate, State
from model.network.shared import EVAL_ROWS, Control, Stop
from model.training.engine import LIVE, Engine

Floats = npt.NDArray[np.float64]
Reals = npt.NDArray[np.floating]


def kernel_stepper(engine: Engine) -> Callable[[int], None]:
    """Train by `model.network.kernels.training`; needs them imported, which takes a while the first time."""
    from model.network.kernels import training

    recording, kept = engine.recording, engine.checkpoints
    state = kernel_state(engine)
    queue = Queue(engine.params[None][:0], engine.hyper[None][:0], engine.stream)

    def train(until: int) -> None:
        with one_blas_thread:
            training.train(
                *state, until, recording.eval_interval, recording.target, recording.by_step,
                recording.eval_steps, recording.evaluations, recording.updates,
                recording.control, recording.headers, recording.slots, kept.marks, kept.states, kept.streams, *queue,
            )  # fmt: skip

    return train


class Queue(NamedTuple):
    """Runs that the kernel trains one after the other; none where it goes on with the engine's own.

    Attributes
    ----------
    starts, hypers, stream, drawn, losses, results : as the kernel has them
    """

    starts: Reals
    hypers: Floats
    stream: npt.NDArray[np.uint32]
    drawn: npt.NDArray[np.int64] = np.empty((0, 0), dtype=np.int64)
    losses: Floats = np.empty((0, 0))
    results: Floats = np.empty((0, 0))


def kernel_state(engine: Engine) -> tuple[object, ...]:
    """Give what the kernel works on, and with: the first of its arguments.

    The engine itself, which holds what trains it, is not among them: its arrays would stay until the collector comes.
    """
    spec, params = engine.spec, engine.params
    sizes = np.array(engine.layout.sizes)
    rows = max(spec.batch_size, EVAL_ROWS)
    batch, batch_t = np.empty((2, spec.batch_size), dtype=np.int64)
    batch_x = np.empty((spec.batch_size, engine.layout.sizes[0]), dtype=params.dtype)
    work = np.empty((4, rows * int(sizes[1:].sum())), dtype=params.dtype)
    return (
        params, engine.grads, engine.first, engine.second, engine.last_finite, np.zeros_like(params), sizes,
        engine.activation.code, engine.optimizer.code, engine.hyper, engine.rates,
        engine.x_train, engine.t_train, engine.x_test, engine.t_test, engine.stream, batch, batch_x, batch_t, work,
    )  # fmt: skip


class ClassStepper:
    """Trains by MultiLayerNet, one Python step after the other."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._net = MultiLayerNet.from_params(engine.layout.views(engine.params), engine.spec.activation)
        self._state = State(engine.first, engine.second)
        self._factors = dict(zip(engine.layout.names, engine.rates.tolist(), strict=True))
        lengths = [view.size for view in engine.layout.views(engine.params).values()]
        each = np.repeat(engine.rates, lengths).astype(engine.params.dtype)
        self._rates: Rate = each if (engine.rates != 1).any() else 1.0
        self._rng = np.random.RandomState()
        self._rng.set_state(("MT19937", engine.stream[:624], int(engine.stream[624]), 0, 0.0))

    def __call__(self, until: int) -> None:
        """Train until `until` steps are done, a stop of the spec is reached or the stop flag is seen."""
        control = self._engine.control
        with np.errstate(all="ignore"):
            while control[Control.STOP] == 0:
                self._evaluate()
                if control[Control.REQUEST] != control[Control.SERVED]:
                    control[Control.SERVED] = control[Control.REQUEST]
                    self._engine.publish()
                if control[Control.STEP] >= until or control[Control.STOPPED_BY] != 0:
                    break
                self._step()
        _, words, place, *_ = self._rng.get_state(legacy=True)
        self._engine.stream[:] = [*words, place]

    def _evaluate(self) -> None:
        engine, recording = self._engine, self._engine.recording
        if not recording.evaluation_due():
            return
        evals = int(engine.control[Control.N_EVALS])
        recording.eval_steps[evals] = recording.step
        on_train, _ = self._accuracy_and_loss(engine.x_train, engine.t_train)
        on_test, test_loss = self._accuracy_and_loss(engine.x_test, engine.t_test)
        recording.evaluations[evals] = (on_train, on_test, test_loss)
        engine.control[Control.N_EVALS] = evals + 1
        if 0 < self._live("stop_accuracy") <= (on_test if engine.data.n_test else on_train):
            self._stop_by(Stop.ACCURACY)

    def _live(self, name: str) -> float:
        return float(self._engine.hyper[LIVE.index(name)])

    def _stop_by(self, reason: Stop) -> None:
        """End the training, if this has not ended it before."""
        control = self._engine.control
        if not control[Control.PASSED] & reason and not control[Control.STOPPED_BY]:
            control[Control.PASSED] |= reason
            control[Control.STOPPED_BY] = reason

    def _accuracy_and_loss(self, x: Reals, t: Labels) -> tuple[float, float]:
        if len(t) == 0:
            return math.nan, math.nan
        logits = self._net.predict(x)
        answered = ~np.isnan(logits).any(axis=1)
        loss = -float(np.mean(log_softmax(logits)[np.arange(len(t)), t]))
        return float(np.mean(answered & (logits.argmax(axis=1) == t))), loss

    def _step(self) -> None:
        engine, recording, layout = self._engine, self._engine.recording, self._engine.layout
        step = recording.step
        batch = self._rng.choice(engine.data.n_train, engine.spec.batch_size)
        loss, grads = self._net.loss_and_gradient(engine.x_train[batch], engine.t_train[batch])
        row = step - int(engine.control[Control.FIRST_ROW])
        recording.by_step[row] = [loss, *(norm(grads[name]) for name in layout.names)]
        learning_rate, momentum, weight_decay = engine.hyper[:3].tolist()
        for name, view in layout.views(engine.grads).items():
            decay = weight_decay / self._factors[name]
            view[...] = grads[name] + (decay * self._net.params[name] if name.startswith("W") else 0)
        self._state.step = step + 1
        rates = learning_rate * self._rates
        updated = engine.params + engine.optimizer.delta(engine.grads, self._state, rates, momentum)
        evals = int(engine.control[Control.N_EVALS])
        if evals and recording.eval_steps[evals - 1] == step:
            self._record_update(recording.updates[evals - 1], updated)
        if engine.control[Control.DIVERGED_AT] < 0:
            self._watch(updated, step)
        engine.params[:] = updated
        if self._live("stop_on_divergence") and engine.control[Control.DIVERGED_AT] >= 0:
            self._stop_by(Stop.DIVERGENCE)
        engine.control[Control.STEP] = step + 1

    def _record_update(self, out: Reals, updated: Reals) -> None:
        changes = self._engine.layout.views(updated - self._engine.params)
        for k, (name, change) in enumerate(changes.items()):
            out[:, k] = norm(change), norm(self._net.params[name])

    def _watch(self, updated: Reals, step: int) -> None:
        engine = self._engine
        for index, view in enumerate(engine.layout.views(updated).values()):
            if not np.isfinite(view).all():
                engine.last_finite[:] = engine.params
                engine.control[Control.DIVERGED_PARAM] = index
                engine.control[Control.DIVERGED_AT] = step
                return


def ready_stepper(dtype: str) -> Callable[[Engine], Callable[[int], None]]:
    """Give the kernels where this process has them ready for a dtype, else the readable class: nothing is compiled."""
    kernels = sys.modules.get("model.network.kernels.training")
    ready = kernels is not None and any(str(dtype) in str(types) for types in kernels.train.signatures)
    return kernel_stepper if ready else ClassStepper


def norm(values: Reals) -> float:
    """Euclidean norm of an array of any shape, in float64 and without overflow on the way."""
    flat = values.astype(np.float64).ravel()
    largest = np.abs(flat).max()
    if largest == 0 or not np.isfinite(largest):
        return float(largest)
    return float(largest * np.linalg.norm(flat / largest))
