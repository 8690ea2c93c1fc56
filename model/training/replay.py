"""What a RUN.npz tells of how it came about: its spec, and the edits made while it ran."""

import zipfile
from pathlib import Path

import numpy as np
import numpy.typing as npt

from model.foreign_text import text_of, texts_of
from model.training.engine import LIVE
from model.training.frame import Schedule
from model.training.knob import SpecError
from model.training.spec import MAX_SPEC_FILE, TrainingSpec
from model.words import echo, msg

_RECIPES = (".json", ".png", ".svg", ".pdf", ".initscope")
"""Endings of files that tell of a run; others are data."""
_MAGIC = b"PK"
_READ = ("spec", "schedule", "step", "stopped_by")
_OWN_END = ("steps", "interrupt")


def is_run(path: str | Path) -> bool:
    """Whether the file is a zip, as RUN.npz is and a spec in JSON is not; False where it cannot be read."""
    try:
        with Path(path).open("rb") as file:
            return file.read(len(_MAGIC)) == _MAGIC
    except (OSError, ValueError):
        return False


def tells_of_a_run(path: str | Path) -> bool:
    """Whether a file is a recipe and no data: by its ending, an NPZ by what it holds; False where it cannot be read."""
    path = Path(path)
    if path.suffix.lower() != ".npz":
        return path.suffix.lower() in _RECIPES
    try:
        if not path.is_file():
            return False
        with zipfile.ZipFile(path) as archive:
            return {"spec.npy", "schedule.npy"} <= set(archive.namelist())
    except (Exception, MemoryError):  # noqa: BLE001  a damaged zip fails in a dozen ways
        return False


def read_run(path: str | Path) -> tuple[TrainingSpec, Schedule, int]:
    """Read the spec that makes a run again, its edits (step, knob, value) and the step it came to; raises SpecError.

    A run that was continued or interrupted is as long as it came to be, and evaluated as often as it was.
    """
    try:
        # opened here, for np.load leaves a file that is no archive open
        with Path(path).open("rb") as file, np.load(file, allow_pickle=False) as run:
            _check_sizes(run.zip)
            spec = TrainingSpec.from_json(text_of(run["spec"]))
            edits = edits_of(run["schedule"])
            steps, ended_by = int(run["step"]), text_of(run["stopped_by"])
        check_edits(spec, edits)
    except SpecError:
        raise
    except (Exception, MemoryError) as error:  # noqa: BLE001  a damaged zip fails in a dozen ways
        why = echo(str(error), 200)
        raise SpecError({"": msg("{path} is not a saved run: {why}", path=echo(str(path), 80), why=why)}) from None
    if ended_by in _OWN_END and steps != spec.steps:
        spec = spec.replaced(steps=steps, eval_every=spec.eval_interval)
    return spec, edits, steps


def edits_of(schedule: npt.NDArray[np.void]) -> Schedule:
    """Read the records (step, knob, value) of live edits; raises ValueError where they are something else."""
    steps, knobs, values = schedule["step"].tolist(), texts_of(schedule["knob"]), schedule["value"].tolist()
    return tuple((int(step), knob, float(value)) for step, knob, value in zip(steps, knobs, values, strict=True))


def _check_sizes(archive: zipfile.ZipFile) -> None:
    if any(archive.getinfo(f"{name}.npy").file_size > MAX_SPEC_FILE for name in _READ):
        raise ValueError("its record is too long")


def check_edits(spec: TrainingSpec, edits: Schedule) -> None:
    """Raise ValueError for an edit that nobody can have made."""
    if list(edits) != sorted(edits, key=lambda edit: edit[0]) or any(step < 0 for step, *_ in edits):
        raise ValueError("its edits are not in order")
    for _, knob, value in edits:
        if knob not in LIVE:
            raise ValueError(f"{knob} cannot change while a run goes on")
        spec.replaced(**{knob: type(getattr(spec, knob))(value)})
