"""Runs brought back from their records, to be looked at and to go on with, bit by bit as if they had never ended."""

from dataclasses import replace

from model.data.dataset import Dataset
from model.data.prepare import load
from model.keeping.record import RunRecord, State, fingerprint, record_of, same_samples
from model.network.shared import Control, Mark
from model.training import memory
from model.training.engine import LIVE, Engine, Stepper
from model.training.frame import ENDINGS
from model.training.initial import initial_values
from model.training.remade import make_again
from model.training.stepper import ready_stepper
from model.training.timeline import Timeline

_STOPS = {name: stop for stop, name in ENDINGS.items()}


def revive(record: RunRecord, data: Dataset, stepper: Stepper) -> Engine:
    """Make an engine that stands where the record does and trains on as the run would have.

    Raises
    ------
    ValueError
        Where the record does not fit the data, as when a file has changed since.
    """
    summary, arrays = record.summary, record.arrays
    initial = initial_values(summary.spec.replaced(weights=None) if "initial" in arrays else summary.spec, data)
    changed = "data" in arrays and not same_samples(arrays["data"], fingerprint(data))
    if changed or len(initial.params) != len(arrays["params"]):
        raise ValueError("the data are others than those of the run")
    if "initial" in arrays:
        initial = replace(initial, params=arrays["initial"])
    engine = Engine(summary.spec, data, stepper, record.eval_interval, initial)
    if not record.whole:
        return _trained_again(engine, record)
    for mine, kept in ((engine.params, "params"), (engine.last_finite, "last_finite"), (engine.first, "first"),
                       (engine.second, "second"), (engine.stream, "stream")):  # fmt: skip
        mine[:] = arrays[kept]
    recording, control = engine.recording, engine.control
    recording.take(arrays["by_step"], arrays["eval_steps"], arrays["evaluations"], arrays["updates"])
    recording.target = summary.target
    recording.schedule = summary.schedule
    control[Control.DIVERGED_AT], control[Control.DIVERGED_PARAM] = summary.diverged_at, record.diverged_param
    control[Control.PASSED], control[Control.STOPPED_BY] = record.passed, _STOPS.get(summary.ended_by, 0)
    for _, name, value in summary.schedule:
        if name in LIVE:
            engine.hyper[LIVE.index(name)] = value
    engine.checkpoints.marks[Mark.BASE] = summary.step
    engine.bind()
    return engine


def brought_back(record: RunRecord, stepper: Stepper | None = None) -> Engine:
    """Read the samples of a run again and revive it; raises DataError, SpecError, OSError or MemoryError besides.

    Parameters
    ----------
    stepper : how it is to train on; the compiled kernels where they are ready, else the class
    """
    spec = record.summary.spec
    data = load(spec.data_request)
    memory.check(spec, data)
    return revive(record, data, stepper or ready_stepper(spec.dtype))


def forked(engine: Engine, step: int, stepper: Stepper) -> Engine | None:
    """Make an engine that stands where another one, which may train on, has been at a step; None where that failed."""
    state = Timeline(engine).state(step)
    if state is None:
        return None
    record = record_of(engine, State(state.recording.step, state.params, state.first, state.second, state.stream))
    return revive(record, engine.data, stepper)


def _trained_again(engine: Engine, record: RunRecord) -> Engine:
    """Train a long run again, of which not every step is kept."""
    make_again(engine, record.summary.schedule, record.summary.step).retarget(record.summary.target)
    return engine
