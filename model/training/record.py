"""RUN.npz: all that a run left behind, to be read without this program."""

import io
import zipfile
from collections.abc import Iterable
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any, BinaryIO, cast

import numpy as np
import numpy.typing as npt
from numpy.lib import format as npy

from model import __version__
from model.files import write_whole
from model.network.shared import Control
from model.training.engine import Engine

if TYPE_CHECKING:
    from _typeshed import ReadableBuffer

Array = npt.NDArray[Any]

_SCHEDULE = np.dtype([("step", np.int64), ("knob", "U32"), ("value", np.float64)])


def run_arrays(engine: Engine) -> dict[str, npt.ArrayLike]:
    """Gather what RUN.npz holds besides the histories by step. Only while nothing trains.

    The final parameters by name (after a divergence the last finite ones), `train_accuracy` and
    `test_accuracy` at the end (NaN without a test set), `diverged_at` (-1 or the step), `stopped_by` ("steps"
    where all were trained, "accuracy" or "divergence" where a stop of the spec ended it before, "interrupt"),
    `schedule` of live edits, `spec` as JSON; further `eval_steps` with `train_accuracies`, `test_accuracies`
    and `test_losses`; `update_norms` and `weight_norms` of the step made after each evaluation (one fewer where none
    was after the last); `step` and `version`.
    """
    recording = engine.recording
    step, evals = recording.step, int(engine.control[Control.N_EVALS])
    evaluations = recording.evaluations[:evals]
    updates = recording.updates[: recording.n_updates(step, evals)]
    last = evaluations[-1] if evals else np.full(3, np.nan)
    return {
        **engine.final_parameters(),
        "train_accuracy": np.float64(last[0]),
        "test_accuracy": np.float64(last[1]),
        "diverged_at": np.int64(engine.control[Control.DIVERGED_AT]),
        "stopped_by": np.array(recording.ended_by),
        "schedule": np.array(list(recording.schedule), dtype=_SCHEDULE),
        "spec": np.array(recording.spec.to_json()),
        "eval_steps": recording.eval_steps[:evals],
        "train_accuracies": evaluations[:, 0],
        "test_accuracies": evaluations[:, 1],
        "test_losses": evaluations[:, 2],
        "update_norms": updates[:, 0],
        "weight_norms": updates[:, 1],
        "step": np.int64(step),
        "version": np.array(__version__),
    }


def save_run(engine: Engine, path: Path) -> None:
    """Write RUN.npz, whole or not at all; raises FileError. An older file is replaced. Only while nothing trains.

    Besides `run_arrays`: `loss` (steps,) and `grad_norms` (steps, n_params in the order W1, b1, …), which go
    through memory a few steps at a time.
    """
    recording = engine.recording
    steps, columns = recording.step, recording.by_step.shape[1]

    def write(stream: BinaryIO) -> None:
        with zipfile.ZipFile(cast("IO[bytes]", _InOrder(stream)), "w", allowZip64=True) as archive:
            losses = (rows[:, 0] for rows in recording.step_blocks())
            _write_member(archive, "loss", np.dtype(np.float64), (steps,), losses)
            norms = (rows[:, 1:] for rows in recording.step_blocks())
            _write_member(archive, "grad_norms", np.dtype(np.float64), (steps, columns - 1), norms)
            for name, value in run_arrays(engine).items():
                array = np.asarray(value)
                _write_member(archive, name, array.dtype, array.shape, [array])

    write_whole(path, write, overwrite=True)


class _InOrder(io.RawIOBase):
    """A stream that can only go forward: a zip written to it never comes back, so that all of it can be checked."""

    def __init__(self, stream: BinaryIO) -> None:
        self._stream = stream

    def writable(self) -> bool:
        return True

    def write(self, data: "ReadableBuffer", /) -> int:
        return self._stream.write(data)


def _write_member(
    archive: zipfile.ZipFile, name: str, dtype: np.dtype[Any], shape: tuple[int, ...], parts: Iterable[Array]
) -> None:
    """Write an array that comes in parts, which follow each other along its first axis, as `np.savez` would."""
    header = {"descr": npy.dtype_to_descr(dtype), "fortran_order": False, "shape": shape}
    with archive.open(f"{name}.npy", "w", force_zip64=True) as member:
        npy.write_array_header_1_0(member, header)  # type: ignore[no-untyped-call,unused-ignore]
        for part in parts:
            member.write(part.tobytes())
