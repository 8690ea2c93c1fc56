"""The dialog that holds two runs against each other."""

from PySide6.QtCore import Qt
from PySide6.QtWidgets import (
    QAbstractItemView,
    QDialog,
    QDialogButtonBox,
    QHeaderView,
    QLabel,
    QTableWidget,
    QTableWidgetItem,
    QVBoxLayout,
    QWidget,
)

from model.training.frame import Frame
from model.training.parting import knobs_apart, parting
from model.words import Message, Real, msg

_LETTERS = 90
_MOST_LINES = 14


class DifferenceDialog(QDialog):
    """Shows the knobs in which two runs differ, and where their losses part."""

    def __init__(self, one: Frame, other: Frame, names: tuple[str, str], parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("difference_dialog")
        self.setWindowTitle(str(msg("Difference of two runs")))
        rows = [*knobs_apart(one.spec_in_force, other.spec_in_force), *_results(one, other)]
        table = QTableWidget(len(rows), 3)
        table.setObjectName("difference_table")
        table.setHorizontalHeaderLabels(["", *names])
        table.verticalHeader().hide()
        table.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        table.setShowGrid(False)
        for place, row in enumerate(rows):
            for column, text in enumerate(row):
                item = QTableWidgetItem(text)
                item.setToolTip(text)
                table.setItem(place, column, item)
        table.horizontalHeader().setSectionResizeMode(QHeaderView.ResizeMode.Stretch)
        table.setMinimumHeight(min(len(rows) + 2, _MOST_LINES) * table.verticalHeader().defaultSectionSize())
        table.setMinimumWidth(_LETTERS * self.fontMetrics().averageCharWidth())
        told = QLabel(str(_told(one, other)))
        told.setObjectName("difference_told")
        told.setWordWrap(True)
        told.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        buttons = QDialogButtonBox(QDialogButtonBox.StandardButton.Close)
        buttons.rejected.connect(self.reject)
        column_ = QVBoxLayout(self)
        column_.addWidget(told)
        column_.addWidget(table)
        column_.addWidget(buttons)


def _results(one: Frame, other: Frame) -> list[tuple[str, str, str]]:
    def losses(frame: Frame) -> str:
        return f"{Real(float(frame.loss[-1])):.4g}" if frame.step else "–"

    def accuracies(frame: Frame, place: int) -> str:
        return f"{Real(frame.accuracy[place]):.4g}"

    return [
        (str(msg("Steps made")), f"{one.step:,}", f"{other.step:,}"),
        (str(msg("Last loss")), losses(one), losses(other)),
        (str(msg("Train accuracy")), accuracies(one, 0), accuracies(other, 0)),
        (str(msg("Test accuracy")), accuracies(one, 1), accuracies(other, 1)),
    ]


def _told(one: Frame, other: Frame) -> Message:
    found = parting(one, other)
    first, second = (Real(loss) for loss in found.losses)
    if not found.common:
        return msg("They have no step in common yet.")
    if found.step is None:
        return msg("Their losses are equal, bit by bit, in all {n:,} steps that both made.", n=found.common)
    if found.step == 0:
        return msg("Their losses differ from the first batch on: {first:.6g} and {second:.6g}.", first=first,
                   second=second)  # fmt: skip
    return msg(
        "Their losses are equal, bit by bit, up to step {before:,}, and part at step {step:,}: {first:.6g} and "
        "{second:.6g}.",
        before=found.step - 1, step=found.step, first=first, second=second,
    )  # fmt: skip
