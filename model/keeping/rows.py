"""What comes out of the database, checked: a file on a disk may hold anything."""

import itertools
import json
import struct
from dataclasses import dataclass
from typing import Any

import numpy as np

from model.foreign_text import showable
from model.keeping.owner import lives
from model.keeping.record import Array, RunRecord, Summary
from model.training.parting import NO_CLIMB, Climb, climb
from model.training.replay import check_edits
from model.training.spec import TrainingSpec

SUMMARY = "id, name, note, starred, begun, spec, schedule, step, target, ended_by, numbers, diverged_at, owner"
"""The columns that `summary_of` reads."""
_ENDINGS = ("steps", "accuracy", "divergence", "interrupt")
_TYPES = {"<f4", "<f8", "<i8", "<u4"}
_MOST_BYTES = 1 << 32


@dataclass(frozen=True, slots=True, eq=False)
class KeptSummary:
    """A kept run as lists say it; `begun` is the time on the clock, in seconds, for showing only."""

    id: int
    name: str
    note: str
    starred: bool
    begun: float
    summary: Summary
    interrupted: bool
    """Whether the program that trained it ended before the training did."""
    climb: Climb = NO_CLIMB
    """How its accuracy rose."""


def summary_of(row: tuple[Any, ...]) -> KeptSummary:
    """Read a row; raises whatever comes of one that is damaged."""
    run, name, note, starred, begun, spec_json, schedule_json, step, target, ended_by, numbers, diverged_at, owner = row
    spec = TrainingSpec.from_json(spec_json)
    schedule = tuple((int(at), str(knob), float(value)) for at, knob, value in json.loads(schedule_json))
    check_edits(spec, schedule)
    if ended_by not in _ENDINGS or int(step) < 0 or not isinstance(name, str) or not isinstance(note, str):
        raise ValueError("a damaged row")
    loss, on_train, on_test = struct.unpack("<3d", numbers)
    summary = Summary(spec, schedule, int(step), int(target), ended_by, loss, on_train, on_test, int(diverged_at))
    name, note = showable(name, 200), note[:100_000]
    return KeptSummary(
        int(run), name, note, bool(starred), float(begun), summary, bool(owner) and not lives(int(owner))
    )


def climbs_of(parts: list[tuple[int, str, str, str, bytes]]) -> dict[int, Climb]:
    """Read how the accuracies of runs rose from the rows of their evaluations; damaged ones are left out."""
    found = {}
    for run, rows in itertools.groupby(parts, key=lambda part: part[0]):
        try:
            arrays = {name: joined([row[1:] for row in group]) for name, group in itertools.groupby(rows, _name_of)}
            steps, evaluations = arrays["eval_steps"], arrays["evaluations"]
            if evaluations.shape == (len(steps), 3):
                found[run] = climb(steps, evaluations)
        except Exception:  # noqa: BLE001, S112  a damaged row fails in a dozen ways, and a list needs none of it
            continue
    return found


def _name_of(part: tuple[int, str, str, str, bytes]) -> str:
    return part[1]


def joined(parts: list[tuple[str, str, str, bytes]]) -> Array:
    """Put an array together; raises ValueError where its parts are none."""
    arrays = []
    for _, kind, shape_json, data in parts:
        shape = tuple(int(n) for n in json.loads(shape_json))
        if kind not in _TYPES or len(data) > _MOST_BYTES or any(n < 0 for n in shape):
            raise ValueError("a damaged array")
        arrays.append(np.frombuffer(data, dtype=kind).reshape(shape))
    return np.concatenate(arrays) if len(arrays) > 1 else arrays[0]


def check(record: RunRecord) -> None:
    """Raise where the arrays do not fit one another, KeyError where one is missing."""
    arrays, step = record.arrays, record.summary.step
    n, evals = len(arrays["params"]), len(arrays["eval_steps"])
    for name in ("params", "last_finite", "first", "second"):
        if arrays[name].shape != (n,) or arrays[name].dtype != np.dtype(record.summary.spec.dtype):
            raise ValueError(name)
    rows, columns = arrays["by_step"].shape
    fits = (
        rows in (0, step) and arrays["stream"].shape == (625,) and arrays["stream"].dtype == np.uint32
        and arrays["evaluations"].shape == (evals, 3) and arrays["updates"].shape[1:] == (2, columns - 1)
        and evals - 1 <= len(arrays["updates"]) <= evals and record.eval_interval > 0
        and -1 <= record.diverged_param < columns - 1 and 0 <= int(arrays["stream"][624]) <= 624
        and bool(np.all(np.diff(arrays["eval_steps"]) > 0))
    )  # fmt: skip
    if not fits:
        raise ValueError("the arrays do not fit one another")
