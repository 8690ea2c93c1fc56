"""All runs as a CSV, a row each: what became of it, and every knob."""

import csv
import io
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Self

from model.keeping.rows import KeptSummary
from model.training.spec import KNOBS, TrainingSpec
from model.words import Message, msg

COLUMNS = (
    "id", "name", "starred", "steps_made", "loss", "train_accuracy", "test_accuracy", "ended_by", "diverged_at",
)  # fmt: skip


_ENDINGS = {
    "steps": msg("finished"),
    "accuracy": msg("accuracy reached"),
    "divergence": msg("stopped: diverged"),
    "interrupt": msg("paused"),
}


def how_it_ended(ended_by: str, diverged_at: int) -> Message:
    """Say how a run ended, or that it diverged at a step, −1 for never."""
    if diverged_at >= 0:
        return msg("diverged at step {step:,}", step=diverged_at)
    return _ENDINGS.get(ended_by, msg("{how}", how=ended_by))


@dataclass(frozen=True, slots=True)
class Line:
    """A run as a row; `kept` is its number on disk, 0 where it is not there, `diverged_at` −1 where it did not."""

    kept: int
    name: str
    starred: bool
    spec: TrainingSpec
    step: int
    loss: float
    train_accuracy: float
    test_accuracy: float
    ended_by: str
    diverged_at: int

    @classmethod
    def of(cls, kept: KeptSummary) -> Self:
        """Give the row of a kept run, with its live knobs as they were turned last."""
        summary = kept.summary
        turned = {name: type(getattr(summary.spec, name))(value) for _, name, value in summary.schedule}
        return cls(
            kept.id, kept.name, kept.starred, summary.spec.model_copy(update=turned), summary.step, summary.loss,
            summary.train_accuracy, summary.test_accuracy, summary.ended_by, summary.diverged_at,
        )  # fmt: skip


def runs_csv(lines: Iterable[Line]) -> bytes:
    """Give the file: UTF-8 with a header, a missing number as an empty cell, NaN and inf by their names."""
    buffer = io.StringIO()
    writer = csv.writer(buffer, lineterminator="\n")
    writer.writerow([*COLUMNS, *KNOBS])
    for line in lines:
        writer.writerow([
            line.kept or "", _plain(line.name), int(line.starred), line.step, line.loss, line.train_accuracy,
            line.test_accuracy, line.ended_by, "" if line.diverged_at < 0 else line.diverged_at,
            *(_plain(knob.format(getattr(line.spec, name))) for name, knob in KNOBS.items()),
        ])  # fmt: skip
    return buffer.getvalue().encode("utf-8", errors="backslashreplace")


def _plain(text: str) -> str:
    """Keep a text of one's own from being taken for a formula by a spreadsheet."""
    return f"'{text}" if text[:1] in tuple("=+-@\t\r") else text
