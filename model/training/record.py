"""RUN.npz and the CSV of a run: all that it left behind, to be read without this program."""

import csv
import io
from pathlib import Path
from typing import BinaryIO

import numpy as np
import numpy.typing as npt

from model import __version__
from model.files import write_whole
from model.network.shared import Control
from model.training.engine import Engine

_SCHEDULE = np.dtype([("step", np.int64), ("knob", "U32"), ("value", np.float64)])


def run_arrays(engine: Engine) -> dict[str, npt.ArrayLike]:
    """Gather what RUN.npz holds. Only while nothing trains.

    `loss` (steps,), `grad_norms` (steps, n_params in the order W1, b1, …), the final parameters by name
    (after a divergence the last finite ones), `train_accuracy` and `test_accuracy` at the end (NaN without
    a test set), `diverged_at` (-1 or the step), `stopped_by` ("steps" where all were trained, "accuracy" or
    "divergence" where a stop of the spec ended it before, "interrupt"), `schedule` of live edits, `spec` as
    JSON; further `eval_steps` with `train_accuracies`, `test_accuracies` and `test_losses`, `step` and `version`.
    """
    recording = engine.recording
    step, evals = recording.step, int(engine.control[Control.N_EVALS])
    evaluations = recording.evaluations[:evals]
    last = evaluations[-1] if evals else np.full(3, np.nan)
    return {
        "loss": recording.by_step[:step, 0],
        "grad_norms": recording.by_step[:step, 1:],
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
        "step": np.int64(step),
        "version": np.array(__version__),
    }


def save_run(engine: Engine, path: Path) -> None:
    """Write RUN.npz, whole or not at all; raises FileError. An older file is replaced."""
    arrays = run_arrays(engine)

    def write(stream: BinaryIO) -> None:
        buffer = io.BytesIO()  # a zip seeks back and forth, which what writes the file does not offer
        np.savez(buffer, allow_pickle=False, **arrays)
        stream.write(buffer.getbuffer())

    write_whole(path, write, overwrite=True)


def save_curves(engine: Engine, path: Path) -> None:
    """Write step, loss and gradient norms as CSV with exact numbers; raises FileError."""
    recording = engine.recording

    def write(stream: BinaryIO) -> None:
        text = io.TextIOWrapper(stream, encoding="utf-8", newline="", write_through=True)
        rows = csv.writer(text, lineterminator="\n")
        rows.writerow(["step", "loss", *(f"grad_norm_{name}" for name in engine.layout.names)])
        for step in range(recording.step):
            rows.writerow([step, *map(repr, recording.by_step[step].tolist())])
        text.detach()

    write_whole(path, write, overwrite=True)
