"""The record of a run: all that it takes to show it, to go on with it and to make it again."""

import math
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, Self

import numpy as np
import numpy.typing as npt

from model.data.dataset import Dataset
from model.network.shared import Control, Stop
from model.training.engine import Engine
from model.training.frame import ENDINGS, Ending, Schedule
from model.training.recording import Recording
from model.training.spec import TrainingSpec

Array = npt.NDArray[Any]

MOST_STEPS = 1_000_000
"""Steps up to which loss and norms of every step are kept; a longer run is trained again when they are needed."""


@dataclass(frozen=True, slots=True, eq=False)
class Summary:
    """What a list of runs says of one.

    Attributes
    ----------
    spec : that it began with
    schedule : (step, knob, value) of every live change
    loss : of the last batch, in nats; NaN before the first
    train_accuracy, test_accuracy : of the last evaluation, NaN where there is none
    diverged_at : the step, -1 where it did not
    """

    spec: TrainingSpec
    schedule: Schedule
    step: int
    target: int
    ended_by: Ending
    loss: float
    train_accuracy: float
    test_accuracy: float
    diverged_at: int


@dataclass(frozen=True, slots=True, eq=False)
class RunRecord:
    """A run as it was at a step.

    Attributes
    ----------
    eval_interval : steps from one evaluation to the next
    diverged_param : place of the parameter that was not finite first, -1 where all are
    passed : sum of every `Stop` that it has gone on from
    arrays : `by_step` (step, 1 + n_params) of the loss and the gradient norms, or (0, …) of a run of more than
        MOST_STEPS; `eval_steps`, `evaluations`, `updates` as in a Recording; `params`, `last_finite`, `first`, `second`
        (n_params,) real; `stream` (625,) uint32; `initial` (n_params,) where the weights came from a file, and
        `data`, the fingerprint of the samples, where these did
    """

    summary: Summary
    eval_interval: int
    diverged_param: int
    passed: int
    arrays: dict[str, Array]

    @property
    def whole(self) -> bool:
        """Whether every step is kept."""
        return len(self.arrays["by_step"]) == self.summary.step


@dataclass(frozen=True, slots=True, eq=False)
class State:
    """Where a training stands: the step, and what the next one begins with."""

    step: int
    params: Array
    first: Array
    second: Array
    stream: npt.NDArray[np.uint32]

    @classmethod
    def now(cls, engine: Engine) -> Self:
        """Copy where an engine stands; only while nothing trains."""
        params, first, second = (values.copy() for values in (engine.params, engine.first, engine.second))
        return cls(engine.recording.step, params, first, second, engine.stream.copy())

    @classmethod
    def lately(cls, engine: Engine) -> Self | None:
        """Copy where an engine stood at its newest checkpoint, while it trains on; None where it has none."""
        found = engine.checkpoints.last_before(engine.recording.step)
        if found is None:
            return None
        zeros = np.zeros_like(found.states[0])
        params, first, second = (*found.states, zeros, zeros)[:3]
        return cls(found.step, params, first, second, found.stream)


@lru_cache(maxsize=4)
def fingerprint(data: Dataset) -> npt.NDArray[np.float64]:
    """Give a few sums (8,) over the samples and their labels that others would not have; files may change.

    Sums, not a hash of the bytes: another processor may scale samples to other last digits.
    """
    rng = np.random.default_rng(0)
    found: list[float] = []
    for x, t in ((data.x_train, data.t_train), (data.x_test, data.t_test)):
        rows, columns = rng.standard_normal((3, len(x))), rng.standard_normal((3, x.shape[1]))
        found += [float(a @ x @ b) for a, b in zip(rows, columns, strict=True)]
        found.append(float(rows[0] @ t))
    return np.array(found)


def same_samples(one: Array, other: Array) -> bool:
    """Whether two fingerprints are of the same samples, but for rounding."""
    return one.shape == other.shape and bool(np.allclose(one, other, rtol=1e-6, atol=1e-9, equal_nan=True))


def record_of(engine: Engine, state: State) -> RunRecord:
    """Give the record of a run as it was in a state of its own; from any thread, while it may train on.

    The histories are those of the engine, not copies: rows that are made do not change.
    """
    recording, control, step = engine.recording, engine.control, state.step
    n_evals = int(control[Control.N_EVALS])
    n_evals = int(np.searchsorted(recording.eval_steps[:n_evals], step, side="right"))
    rows = recording.by_step[: step if step <= MOST_STEPS else 0]
    diverged_at = int(control[Control.DIVERGED_AT])
    diverged = 0 <= diverged_at < step or (diverged_at == 0 and not np.isfinite(state.params).all())
    stopped_by = recording.stopped_by if step == recording.step else 0
    evaluations = recording.evaluations[:n_evals]
    on_train, on_test = evaluations[-1, :2].tolist() if n_evals else (math.nan, math.nan)
    arrays = {
        "by_step": rows,
        "eval_steps": recording.eval_steps[:n_evals],
        "evaluations": evaluations,
        "updates": recording.updates[: recording.n_updates(step, n_evals)],
        "params": state.params,
        "last_finite": engine.last_finite.copy() if diverged else state.params,
        "first": state.first,
        "second": state.second,
        "stream": state.stream,
    }
    if recording.spec.weights is not None:
        arrays["initial"] = engine.initial.params
    if recording.spec.data is not None:
        arrays["data"] = fingerprint(engine.data)
    summary = Summary(
        spec=recording.spec,
        schedule=tuple(edit for edit in recording.schedule if edit[0] <= step),
        step=step,
        target=recording.target,
        ended_by=ENDINGS[Stop(stopped_by)] if stopped_by else "steps" if step >= recording.target else "interrupt",
        loss=float(recording.by_step[step - 1, 0]) if step else math.nan,
        train_accuracy=on_train,
        test_accuracy=on_test,
        diverged_at=diverged_at if diverged else -1,
    )
    param = int(control[Control.DIVERGED_PARAM]) if diverged else -1
    passed = engine.passed | stopped_by
    if step < recording.step:
        passed &= _reached(summary.spec, summary.schedule, evaluations, recording, diverged=diverged)
    return RunRecord(summary, recording.eval_interval, param, passed, arrays)


def _reached(
    spec: TrainingSpec, schedule: Schedule, evaluations: Array, recording: Recording, *, diverged: bool
) -> int:
    """Give the sum of the stops that a run had come to: of an earlier step no more than those before it."""
    goals = [spec.stop_accuracy, *(value for _, knob, value in schedule if knob == "stop_accuracy")]
    column = evaluations[:, 1 if recording.data.n_test else 0]
    by_accuracy = any(0 < goal <= best for goal in goals for best in column.tolist())
    return (Stop.ACCURACY if by_accuracy else 0) | (Stop.DIVERGENCE if diverged else 0)
