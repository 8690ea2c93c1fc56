"""The runs of the shelf and of the disk as rows of a table."""

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from PySide6.QtCore import QAbstractTableModel, QModelIndex, QPersistentModelIndex, Qt
from PySide6.QtGui import QColor
from PySide6.QtWidgets import QWidget

from gui.live.shelf import ShelfRun
from gui.look.theme import theme_of
from model.figures.palette import colour
from model.keeping.rows import KeptSummary
from model.keeping.table import Line, how_it_ended
from model.training.differences import differences
from model.training.parting import NO_CLIMB, Climb, climb
from model.training.spec import TrainingSpec
from model.words import Message, Real, msg

Index = QModelIndex | QPersistentModelIndex
SORT_ROLE = Qt.ItemDataRole.UserRole
BESIDE, STAR, NAME, KNOBS, STEPS, LOSS, TRAIN, TEST, REACHED, ENDED, NOTE = range(11)
_TITLES = {
    BESIDE: msg("Compare"),
    STAR: msg("Starred"),
    NAME: msg("Name"),
    KNOBS: msg("Differs from the defaults by"),
    STEPS: msg("Steps"),
    LOSS: msg("Loss"),
    TRAIN: msg("Train accuracy"),
    TEST: msg("Test accuracy"),
    REACHED: msg("Steps to {level:.3g}"),
    ENDED: msg("Ended"),
    NOTE: msg("Note"),
}


@dataclass(frozen=True, slots=True, eq=False)
class RunRow:
    """A run: in this process, kept on disk, or both.

    Attributes
    ----------
    climb : how its accuracy rose
    kept : its number on disk, 0 where it is not there
    number : its number in this process, 0 where it is on disk only
    slot : its colour, 0 where it has none yet
    diverged_at : the step, -1 where it did not
    """

    kept: int
    number: int
    slot: int
    beside: bool
    starred: bool
    name: str
    spec: TrainingSpec
    step: int
    loss: float
    train_accuracy: float
    test_accuracy: float
    ended_by: str
    diverged_at: int
    climb: Climb = NO_CLIMB
    note: str = ""
    members: "tuple[RunRow, ...]" = ()
    """The runs that this row stands for, which differ in their seeds alone; () for a row that is a run."""

    @property
    def line(self) -> Line:
        """What a table of runs says of it."""
        return Line(
            self.kept, self.name, self.starred, self.spec, self.step, self.loss, self.train_accuracy,
            self.test_accuracy, self.ended_by, self.diverged_at,
        )  # fmt: skip

    @property
    def knobs(self) -> str:
        """What sets it apart from the defaults, in words."""
        said = ", ".join(map(str, differences(self.spec, TrainingSpec())))
        return said or str(msg("the defaults"))

    @property
    def ended(self) -> Message:
        """How it ended, in words."""
        return how_it_ended(self.ended_by, self.diverged_at)


def grouped(rows: Sequence[RunRow]) -> list[RunRow]:
    """Put runs that differ in their seeds alone into one row each, with the medians of what they came to."""
    groups: dict[TrainingSpec, list[RunRow]] = {}
    for row in rows:
        groups.setdefault(row.spec.model_copy(update={"seed": 0}), []).append(row)
    return [found[0] if len(found) == 1 else _group(tuple(found)) for found in groups.values()]


def _group(rows: tuple[RunRow, ...]) -> RunRow:
    def middle(of: Callable[[RunRow], float]) -> float:
        return float(np.median([of(row) for row in rows]))

    ends = {str(row.ended) for row in rows}
    return replace(
        rows[0], kept=0, number=0, slot=0, beside=all(row.beside for row in rows),
        starred=all(row.starred for row in rows), name=str(msg("{n} seeds", n=len(rows))),
        spec=rows[0].spec.model_copy(update={"seed": TrainingSpec().seed}), step=int(middle(lambda row: row.step)),
        loss=middle(lambda row: row.loss), train_accuracy=middle(lambda row: row.train_accuracy),
        test_accuracy=middle(lambda row: row.test_accuracy), ended_by=ends.pop() if len(ends) == 1 else "",
        diverged_at=-1, note="", members=rows,
    )  # fmt: skip


def row_of(run: ShelfRun, kept: int, note: str = "") -> RunRow:
    """Give the row of a run of this process."""
    frame = run.frame
    on_train, on_test = frame.accuracy
    ended = frame.stopped_by or ("steps" if frame.step >= frame.target else "interrupt")
    return RunRow(
        kept, run.number, run.slot, run.beside, run.starred, run.name, frame.spec_in_force, frame.step,
        float(frame.loss[-1]) if frame.step else float("nan"), on_train, on_test, ended,
        frame.divergence.step if frame.divergence is not None else -1, climb(frame.eval_steps, frame.evaluations),
        note or run.note,
    )  # fmt: skip


def row_of_kept(kept: KeptSummary) -> RunRow:
    """Give the row of a run that is only on disk."""
    summary = kept.summary
    turned = {name: type(getattr(summary.spec, name))(value) for _, name, value in summary.schedule}
    return RunRow(
        kept.id, 0, 0, False, kept.starred, kept.name, summary.spec.model_copy(update=turned), summary.step,
        summary.loss, summary.train_accuracy, summary.test_accuracy, summary.ended_by, summary.diverged_at,
        kept.climb, kept.note,
    )  # fmt: skip


def _ignore(_row: RunRow, _column: int, _value: object) -> None:
    pass


class RunsModel(QAbstractTableModel):
    """Rows of runs; what a person changes in them is for the panel to carry out."""

    def __init__(self, panel: QWidget) -> None:
        super().__init__(panel)
        self._panel = panel
        self.rows: list[RunRow] = []
        self.level = 0.9
        """The accuracy to which the steps are counted."""
        self.take: Callable[[RunRow, int, object], None] = _ignore
        """Called with a row, a column and what a person wants there."""

    def count_to(self, level: float) -> None:
        """Count the steps to this accuracy."""
        self.level = level
        self.headerDataChanged.emit(Qt.Orientation.Horizontal, REACHED, REACHED)
        if self.rows:
            self.dataChanged.emit(self.index(0, REACHED), self.index(len(self.rows) - 1, REACHED))

    def show(self, rows: list[RunRow]) -> None:
        """Show these runs; where they are the same ones, places and selection stay."""
        same = [_key(row) for row in rows] == [_key(row) for row in self.rows]
        if not same:
            self.beginResetModel()
        self.rows = rows
        if same and rows:
            self.dataChanged.emit(self.index(0, 0), self.index(len(rows) - 1, NOTE))
        elif not same:
            self.endResetModel()

    def rowCount(self, parent: Index = QModelIndex()) -> int:  # noqa: B008  Qt's signature
        return 0 if parent.isValid() else len(self.rows)

    def columnCount(self, _parent: Index = QModelIndex()) -> int:  # noqa: B008
        return len(_TITLES)

    def headerData(self, section: int, orientation: Qt.Orientation, role: int = Qt.ItemDataRole.DisplayRole) -> Any:  # noqa: ANN401
        if role == Qt.ItemDataRole.DisplayRole and orientation == Qt.Orientation.Horizontal:
            return str(msg(_TITLES[section].text, level=self.level))
        return None

    def flags(self, index: Index) -> Qt.ItemFlag:
        flags = super().flags(index)
        if index.column() in (BESIDE, STAR):
            flags |= Qt.ItemFlag.ItemIsUserCheckable
        if index.column() in (NAME, NOTE) and not self.rows[index.row()].members:
            flags |= Qt.ItemFlag.ItemIsEditable
        return flags

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:  # noqa: ANN401
        row, column = self.rows[index.row()], index.column()
        if role in (Qt.ItemDataRole.DisplayRole, Qt.ItemDataRole.EditRole, Qt.ItemDataRole.ToolTipRole):
            return self._text(row, column)
        if role == SORT_ROLE:
            return self._value(row, column)
        if role == Qt.ItemDataRole.CheckStateRole and column in (BESIDE, STAR):
            on = row.beside if column == BESIDE else row.starred
            return Qt.CheckState.Checked if on else Qt.CheckState.Unchecked
        if role == Qt.ItemDataRole.DecorationRole and column == NAME and row.slot:
            return QColor(colour(f"run{row.slot}", theme_of(self._panel.palette())))
        if role == Qt.ItemDataRole.TextAlignmentRole and column in (STEPS, LOSS, TRAIN, TEST, REACHED):
            return Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter
        return None

    def setData(self, index: Index, value: Any, role: int = Qt.ItemDataRole.EditRole) -> bool:  # noqa: ANN401
        row, column = self.rows[index.row()], index.column()
        if role == Qt.ItemDataRole.CheckStateRole and column in (BESIDE, STAR):
            self.take(row, column, Qt.CheckState(value) == Qt.CheckState.Checked)
            return True
        if role == Qt.ItemDataRole.EditRole and column in (NAME, NOTE):
            self.take(row, column, str(value))
            return True
        return False

    def _reached(self, row: RunRow) -> list[int | None]:
        return [each.climb.reached(self.level) for each in row.members or (row,)]

    def _text(self, row: RunRow, column: int) -> str:
        if column == REACHED:
            found = sorted(step for step in self._reached(row) if step is not None)
            if not row.members:
                return f"{found[0]:,}" if found else "–"
            share = f"{len(found)}/{len(row.members)}"
            return f"{int(np.median(found)):,} ({share})" if found else share
        numbers = {LOSS: row.loss, TRAIN: row.train_accuracy, TEST: row.test_accuracy}
        if column in numbers:
            return f"{Real(numbers[column]):.4g}"
        texts = {NAME: row.name, KNOBS: row.knobs, STEPS: f"{row.step:,}", ENDED: str(row.ended), NOTE: row.note}
        return texts.get(column, "")

    def _value(self, row: RunRow, column: int) -> object:
        reached = [math.inf if step is None else step for step in self._reached(row)]
        return (row.beside, row.starred, row.name, row.knobs, row.step, row.loss, row.train_accuracy,
                row.test_accuracy, float(np.median(reached)), str(row.ended), row.note)[column]  # fmt: skip


def _key(row: RunRow) -> tuple[tuple[int, int], ...]:
    return tuple((each.kept, each.number) for each in row.members or (row,))
