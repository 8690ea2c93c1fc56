"""Files of runs, `.initscope`: one zip of plain JSON and of arrays, with nothing in it that could be carried out."""

import io
import json
import zipfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any, BinaryIO, Literal

import numpy as np
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from model import __version__
from model.files import write_whole
from model.foreign_text import showable
from model.keeping.record import Array, RunRecord, Summary
from model.keeping.rows import check
from model.training.knob import SpecError
from model.training.replay import check_edits
from model.training.spec import MAX_SPEC_FILE, TrainingSpec
from model.words import Message, echo, msg

FORMAT = 1
_MANIFEST = "initscope.json"
_MOST_RUNS = 200
_MOST_MANIFEST = 16 * MAX_SPEC_FILE
_MOST_BYTES = 1 << 31
"""Of all arrays of a file together, unpacked."""
_MOST_STEPS = 1_000_000_000
_ARRAYS = frozenset({"by_step", "eval_steps", "evaluations", "updates", "params", "last_finite", "first", "second",
                     "stream", "initial", "data", "numbers"})  # fmt: skip
_KINDS = {"<f4", "<f8", "<i8", "<u4"}


class BundleError(SpecError):
    """A file of runs that cannot be read; its message says why."""

    def __init__(self, path: Path, why: str) -> None:
        text = "{path} cannot be read as a file of runs: {why}"
        super().__init__({"": msg(text, path=echo(path.name, 80), why=showable(why, 200))})


@dataclass(frozen=True, slots=True, eq=False)
class Bundled:
    """A run of a file, with what a person said of it."""

    record: RunRecord
    name: str = ""
    note: str = ""
    starred: bool = False


class _Checked(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True, frozen=True)


class _Run(_Checked):
    name: Annotated[str, Field(max_length=200)]
    note: Annotated[str, Field(max_length=100_000)]
    starred: bool
    spec: Annotated[str, Field(max_length=100_000)]
    schedule: Annotated[tuple[tuple[int, Annotated[str, Field(max_length=64)], float], ...], Field(max_length=100_000)]
    step: Annotated[int, Field(ge=0, le=_MOST_STEPS)]
    target: Annotated[int, Field(ge=0, le=_MOST_STEPS)]
    ended_by: Literal["steps", "accuracy", "divergence", "interrupt"]
    diverged_at: Annotated[int, Field(ge=-1, le=_MOST_STEPS)]
    eval_interval: Annotated[int, Field(ge=1, le=_MOST_STEPS)]
    diverged_param: Annotated[int, Field(ge=-1, le=1000)]
    passed: Annotated[int, Field(ge=0, le=3)]


class _Manifest(_Checked):
    program: Literal["Initscope"]
    version: Annotated[str, Field(max_length=100)]
    format: Annotated[int, Field(ge=1)]
    present: Annotated[int, Field(ge=0, lt=_MOST_RUNS)]
    runs: Annotated[tuple[_Run, ...], Field(min_length=1, max_length=_MOST_RUNS)]


def is_bundle(path: Path) -> bool:
    """Whether a file is one of runs; False where it cannot be read."""
    try:
        with zipfile.ZipFile(path) as archive:
            return _MANIFEST in archive.namelist()
    except (Exception, MemoryError):  # noqa: BLE001  a damaged zip fails in a dozen ways
        return False


def save_bundle(path: Path, runs: Sequence[Bundled], present: int = 0) -> None:
    """Write a file of runs, whole or not at all; raises FileError. An older file is replaced.

    Parameters
    ----------
    present : place of the run that is opened first
    """
    manifest = {
        "program": "Initscope",
        "version": __version__,
        "format": FORMAT,
        "present": present,
        "runs": [_told(run) for run in runs],
    }

    def write(stream: BinaryIO) -> None:
        with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as archive:
            archive.writestr(_MANIFEST, json.dumps(manifest, allow_nan=False, indent=1))
            for place, run in enumerate(runs):
                for name, array in {**run.record.arrays, "numbers": _numbers(run.record.summary)}.items():
                    with archive.open(f"runs/{place}/{name}.npy", "w", force_zip64=True) as member:
                        np.lib.format.write_array(member, np.ascontiguousarray(array), allow_pickle=False)

    write_whole(path, write, overwrite=True)


def read_bundle(path: Path) -> tuple[list[Bundled], int]:
    """Read a file of runs, and the place of the present one; raises BundleError.

    Everything in the file is taken for untrusted: sizes are capped before anything is unpacked, and each value is
    checked.
    """
    try:
        with zipfile.ZipFile(path) as archive:
            manifest = _manifest(archive)
            sizes = _members(archive)
            runs = [_read(archive, sizes, place, run) for place, run in enumerate(manifest.runs)]
    except BundleError:
        raise
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False, include_context=False)[0]
        raise BundleError(path, f"{'.'.join(map(str, first['loc']))}: {first['msg']}") from None
    except SpecError as error:
        raise BundleError(path, str(error.first)) from None
    except (Exception, MemoryError) as error:  # noqa: BLE001  a damaged zip fails in a dozen ways
        raise BundleError(path, str(error) or type(error).__name__) from None
    if manifest.present >= len(runs):
        raise BundleError(path, "its present run is missing")
    return runs, manifest.present


def _told(run: Bundled) -> dict[str, object]:
    record, summary = run.record, run.record.summary
    return {
        "name": run.name,
        "note": run.note,
        "starred": run.starred,
        "spec": summary.spec.to_json(),
        "schedule": [list(edit) for edit in summary.schedule],
        "step": summary.step,
        "target": summary.target,
        "ended_by": summary.ended_by,
        "diverged_at": summary.diverged_at,
        "eval_interval": record.eval_interval,
        "diverged_param": record.diverged_param,
        "passed": record.passed,
    }


def _numbers(summary: Summary) -> Array:
    return np.array([summary.loss, summary.train_accuracy, summary.test_accuracy])


def _manifest(archive: zipfile.ZipFile) -> _Manifest:
    if archive.getinfo(_MANIFEST).file_size > _MOST_MANIFEST:
        raise ValueError("its list of runs is too long")
    found = json.loads(archive.read(_MANIFEST), object_pairs_hook=_once, parse_constant=_no_constant)
    if isinstance(found, dict) and isinstance(found.get("format"), int) and found["format"] > FORMAT:
        raise ValueError("it was written by a newer version of this program")
    return _Manifest.model_validate_json(json.dumps(found))


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) < len(pairs):
        raise ValueError("a key stands twice in its list of runs")
    return found


def _no_constant(name: str) -> float:
    raise ValueError(f"{name} stands in its list of runs")


def _members(archive: zipfile.ZipFile) -> dict[str, int]:
    """Give the sizes of the arrays by name, before any is unpacked."""
    members = archive.infolist()
    sizes = {member.filename: member.file_size for member in members}
    if len(members) > 1 + _MOST_RUNS * len(_ARRAYS) or len(sizes) < len(members):
        raise ValueError("it has too many parts, or one twice")
    if sum(sizes.values()) > _MOST_BYTES:
        raise ValueError("its arrays are too large")
    return sizes


def _read(archive: zipfile.ZipFile, sizes: dict[str, int], place: int, run: _Run) -> Bundled:
    arrays = {}
    for name in sorted(_ARRAYS):
        member = f"runs/{place}/{name}.npy"
        if member in sizes:
            arrays[name] = _array(archive.read(member))
    loss, on_train, on_test = arrays.pop("numbers").astype(np.float64).tolist()
    spec = TrainingSpec.from_json(run.spec)
    check_edits(spec, run.schedule)
    summary = Summary(spec, run.schedule, run.step, run.target, run.ended_by, loss, on_train, on_test, run.diverged_at)
    record = RunRecord(summary, run.eval_interval, run.diverged_param, run.passed, arrays)
    check(record)
    return Bundled(record, showable(run.name, 200), run.note, run.starred)


def _array(raw: bytes) -> Array:
    """Read an array of plain numbers, whose header must not ask for more than there is."""
    stream = io.BytesIO(raw)
    version = np.lib.format.read_magic(stream)
    if version != (1, 0):
        raise ValueError("an array of another format")
    shape, fortran, dtype = np.lib.format.read_array_header_1_0(stream, max_header_size=1000)
    if (
        fortran
        or dtype.str not in _KINDS
        or int(np.prod(shape, dtype=np.float64)) * dtype.itemsize != len(raw) - stream.tell()
    ):
        raise ValueError("an array that is not as long as it says")
    return np.frombuffer(raw, dtype, offset=stream.tell()).reshape(shape)


def described(runs: Sequence[Bundled]) -> Message:
    """Say what a file holds."""
    return msg("1 run") if len(runs) == 1 else msg("{n} runs", n=len(runs))
