"""The runs of the shelf and of the disk as rows of a table."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from PySide6.QtCore import QAbstractTableModel, QModelIndex, QPersistentModelIndex, Qt
from PySide6.QtGui import QColor
from PySide6.QtWidgets import QWidget

from gui.live.shelf import ShelfRun
from gui.look.theme import theme_of
from model.figures.palette import colour
from model.keeping.rows import KeptSummary
from model.keeping.table import Line, how_it_ended
from model.training.differences import differences
from model.training.spec import TrainingSpec
from model.words import Message, Real, msg

Index = QModelIndex | QPersistentModelIndex
SORT_ROLE = Qt.ItemDataRole.UserRole
BESIDE, STAR, NAME, KNOBS, STEPS, LOSS, TRAIN, TEST, ENDED = range(9)
_TITLES = {
    BESIDE: msg("Compare"),
    STAR: msg("Starred"),
    NAME: msg("Name"),
    KNOBS: msg("Differs from the defaults by"),
    STEPS: msg("Steps"),
    LOSS: msg("Loss"),
    TRAIN: msg("Train accuracy"),
    TEST: msg("Test accuracy"),
    ENDED: msg("Ended"),
}


@dataclass(frozen=True, slots=True, eq=False)
class RunRow:
    """A run: in this process, kept on disk, or both.

    Attributes
    ----------
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


def row_of(run: ShelfRun, kept: int) -> RunRow:
    """Give the row of a run of this process."""
    frame = run.frame
    on_train, on_test = frame.accuracy
    ended = frame.stopped_by or ("steps" if frame.step >= frame.target else "interrupt")
    return RunRow(
        kept, run.number, run.slot, run.beside, run.starred, run.name, frame.spec_in_force, frame.step,
        float(frame.loss[-1]) if frame.step else float("nan"), on_train, on_test, ended,
        frame.divergence.step if frame.divergence is not None else -1,
    )  # fmt: skip


def row_of_kept(kept: KeptSummary) -> RunRow:
    """Give the row of a run that is only on disk."""
    summary = kept.summary
    turned = {name: type(getattr(summary.spec, name))(value) for _, name, value in summary.schedule}
    return RunRow(
        kept.id, 0, 0, False, kept.starred, kept.name, summary.spec.model_copy(update=turned), summary.step,
        summary.loss, summary.train_accuracy, summary.test_accuracy, summary.ended_by, summary.diverged_at,
    )  # fmt: skip


def _ignore(_row: RunRow, _column: int, _value: object) -> None:
    pass


class RunsModel(QAbstractTableModel):
    """Rows of runs; what a person changes in them is for the panel to carry out."""

    def __init__(self, panel: QWidget) -> None:
        super().__init__(panel)
        self._panel = panel
        self.rows: list[RunRow] = []
        self.take: Callable[[RunRow, int, object], None] = _ignore
        """Called with a row, a column and what a person wants there."""

    def show(self, rows: list[RunRow]) -> None:
        """Show these runs; where they are the same ones, places and selection stay."""
        same = [(row.kept, row.number) for row in rows] == [(row.kept, row.number) for row in self.rows]
        if not same:
            self.beginResetModel()
        self.rows = rows
        if same and rows:
            self.dataChanged.emit(self.index(0, 0), self.index(len(rows) - 1, ENDED))
        elif not same:
            self.endResetModel()

    def rowCount(self, parent: Index = QModelIndex()) -> int:  # noqa: B008  Qt's signature
        return 0 if parent.isValid() else len(self.rows)

    def columnCount(self, _parent: Index = QModelIndex()) -> int:  # noqa: B008
        return len(_TITLES)

    def headerData(self, section: int, orientation: Qt.Orientation, role: int = Qt.ItemDataRole.DisplayRole) -> Any:  # noqa: ANN401
        if role == Qt.ItemDataRole.DisplayRole and orientation == Qt.Orientation.Horizontal:
            return str(_TITLES[section])
        return None

    def flags(self, index: Index) -> Qt.ItemFlag:
        flags = super().flags(index)
        if index.column() in (BESIDE, STAR):
            flags |= Qt.ItemFlag.ItemIsUserCheckable
        if index.column() == NAME:
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
        if role == Qt.ItemDataRole.TextAlignmentRole and column in (STEPS, LOSS, TRAIN, TEST):
            return Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter
        return None

    def setData(self, index: Index, value: Any, role: int = Qt.ItemDataRole.EditRole) -> bool:  # noqa: ANN401
        row, column = self.rows[index.row()], index.column()
        if role == Qt.ItemDataRole.CheckStateRole and column in (BESIDE, STAR):
            self.take(row, column, Qt.CheckState(value) == Qt.CheckState.Checked)
            return True
        if role == Qt.ItemDataRole.EditRole and column == NAME:
            self.take(row, column, str(value))
            return True
        return False

    @staticmethod
    def _text(row: RunRow, column: int) -> str:
        numbers = {LOSS: row.loss, TRAIN: row.train_accuracy, TEST: row.test_accuracy}
        if column in numbers:
            return f"{Real(numbers[column]):.4g}"
        return {NAME: row.name, KNOBS: row.knobs, STEPS: f"{row.step:,}", ENDED: str(row.ended)}.get(column, "")

    @staticmethod
    def _value(row: RunRow, column: int) -> object:
        return (row.beside, row.starred, row.name, row.knobs, row.step, row.loss, row.train_accuracy,
                row.test_accuracy, str(row.ended))[column]  # fmt: skip
