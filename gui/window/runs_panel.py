"""The panel of runs: all that was trained, to be compared, found again and gone back to."""

import math
from functools import partial

from PySide6.QtCore import QModelIndex, QPersistentModelIndex, QSortFilterProxyModel, Qt, Signal, Slot
from PySide6.QtGui import QAction, QKeySequence
from PySide6.QtWidgets import (
    QAbstractItemView,
    QCheckBox,
    QHBoxLayout,
    QHeaderView,
    QLabel,
    QLineEdit,
    QPushButton,
    QTableView,
    QVBoxLayout,
    QWidget,
)

from gui.live.keeping import Keeping
from gui.live.session import Session, enter
from gui.window.runs_model import (
    BESIDE,
    KNOBS,
    NAME,
    NOTE,
    SORT_ROLE,
    STAR,
    RunRow,
    RunsModel,
    grouped,
    row_of,
    row_of_kept,
)
from model.training.engine import Engine
from model.words import msg


class _Filter(QSortFilterProxyModel):
    """Shows the runs in whose name, knobs or end all words are found."""

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self.words: list[str] = []
        self.setSortRole(SORT_ROLE)

    def filterAcceptsRow(self, row: int, _parent: QModelIndex | QPersistentModelIndex) -> bool:
        model = self.sourceModel()
        assert isinstance(model, RunsModel)  # noqa: S101  there is no other
        run = model.rows[row]
        said = f"{run.name} {run.knobs} {run.ended} {' '.join(run.spec.flags())}".lower()
        return all(word in said for word in self.words)

    def look_for(self, text: str) -> None:
        """Show the runs in which every word stands."""
        self.words = text.lower().split()
        self.invalidate()


class RunsPanel(QWidget):
    """A table of runs: ticked ones lie beside the present run, a double-click goes back into one."""

    table_wanted = Signal(object)
    """The rows that are shown are to be saved, as a list of Line."""

    def __init__(self, session: Session, keeping: Keeping, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._session = session
        self._keeping = keeping
        self._deleted: list[int] = []
        self.model = RunsModel(self)
        self.model.take = self._take
        self._filter = _Filter(self)
        self._filter.setSourceModel(self.model)
        self.table = QTableView()
        self._search = QLineEdit()
        self._told = QLabel()
        self._restore = QPushButton(str(msg("Undo delete")))
        self._save = QPushButton(str(msg("Save as CSV…")))
        self._keep = QPushButton(str(msg("Keep…")))
        self._grouped = QCheckBox(str(msg("Group seeds")))
        self._level = QLineEdit(f"{self.model.level:g}")
        self._difference = QPushButton(str(msg("Difference")))
        self._compared: list[tuple[str, Engine]] = []
        self._arrange()
        self._connect()
        self._show()

    def _arrange(self) -> None:
        self.setObjectName("panel_runs")
        self.setAccessibleName(str(msg("Runs")))
        self._search.setObjectName("runs_search")
        self._search.setPlaceholderText(str(msg("Find runs by words or knobs, such as he 50,50")))
        self._search.setClearButtonEnabled(True)
        self._restore.setObjectName("runs_undo_delete")
        self._restore.hide()
        self._grouped.setObjectName("runs_grouped")
        self._grouped.setToolTip(str(msg("Put runs that differ in their seeds alone into one row, with their medians")))
        self._level.setObjectName("runs_level")
        self._level.setToolTip(str(msg("Count the steps to this accuracy")))
        self._difference.setObjectName("runs_difference")
        self._difference.setToolTip(str(msg("Hold two selected runs against each other")))
        self._difference.setEnabled(False)
        self._keep.setObjectName("runs_keep")
        self._keep.setToolTip(str(msg("Choose how many runs are kept on disk, and how much of it they may take")))
        self._save.setObjectName("runs_save")
        self._save.setToolTip(str(msg("Save the runs that are listed, with every knob")))
        self._told.setProperty("role", "muted")
        table = self.table
        table.setObjectName("runs_table")
        table.setModel(self._filter)
        table.setSortingEnabled(True)
        table.sortByColumn(-1, Qt.SortOrder.AscendingOrder)
        table.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
        table.setEditTriggers(QAbstractItemView.EditTrigger.EditKeyPressed)  # a double-click goes back into the run
        table.setShowGrid(False)
        table.verticalHeader().hide()
        header = table.horizontalHeader()
        header.setSectionResizeMode(QHeaderView.ResizeMode.Interactive)
        self.take_font()
        header.setStretchLastSection(True)
        level = QLabel(str(msg("Steps to &accuracy")))
        level.setBuddy(self._level)
        top = QHBoxLayout()
        for part, stretch in ((self._search, 1), (self._told, 0), (self._grouped, 0), (level, 0), (self._level, 0),
                              (self._difference, 0), (self._restore, 0), (self._keep, 0), (self._save, 0)):  # fmt: skip
            top.addWidget(part, stretch)
        column_ = QVBoxLayout(self)
        column_.setContentsMargins(6, 6, 6, 6)
        column_.addLayout(top)
        column_.addWidget(table)

    def take_font(self) -> None:
        metrics = self.fontMetrics()
        self._level.setFixedWidth(7 * metrics.averageCharWidth() + 16)
        self.table.verticalHeader().setDefaultSectionSize(metrics.height() + 8)
        for column, letters in ((BESIDE, 8), (STAR, 8), (NAME, 16), (KNOBS, 34)):
            self.table.horizontalHeader().resizeSection(column, letters * metrics.averageCharWidth() + 16)

    def _connect(self) -> None:
        self._search.textChanged.connect(self._filter.look_for)
        self.table.doubleClicked.connect(self._go_back)
        self._restore.clicked.connect(self._undo_delete)
        self._save.clicked.connect(self._ask_to_save)
        self._keep.clicked.connect(self._ask_how_many)
        self._grouped.toggled.connect(self._show)
        self._level.editingFinished.connect(self._take_level)
        self._difference.clicked.connect(self._show_difference)
        self.table.selectionModel().selectionChanged.connect(self._follow_selection)
        for keys, deed in ((QKeySequence.StandardKey.Delete, self._delete), (Qt.Key.Key_Return, self._go_to_current)):
            action = QAction(self.table)
            action.setShortcut(QKeySequence(keys))
            action.setShortcutContext(Qt.ShortcutContext.WidgetShortcut)
            action.triggered.connect(deed)
            self.table.addAction(action)
        self._keeping.changed.connect(self._show)
        self._session.shelf.listed.connect(self._show)
        self._session.shelf.changed.connect(self._show)

    @Slot()
    def _show(self) -> None:
        """Show the runs of this process, and those that are only on disk, the newest first."""
        if not self.isVisible() and self.model.rows:
            return
        here = [(run, self._keeping.keeper.id_of(run.number) or 0) for run in self._session.shelf]
        known = {kept for _, kept in here}
        rows = [row_of_kept(kept) for kept in self._keeping.keeper.runs if kept.id not in known]
        notes = {kept.id: kept.note for kept in self._keeping.keeper.runs}
        rows += [row_of(run, kept, notes.get(kept, "")) for run, kept in here if kept not in self._deleted or not kept]
        self.model.show(grouped(rows[::-1]) if self._grouped.isChecked() else rows[::-1])
        n = len(rows)
        self._told.setText(str(msg("1 run") if n == 1 else msg("{n:,} runs", n=n)))
        self._restore.setVisible(bool(self._deleted))

    def showEvent(self, event: object) -> None:
        super().showEvent(event)  # type: ignore[arg-type]
        self._show()

    @Slot()
    def _ask_to_save(self) -> None:
        """Have the rows that are shown written down, in their order."""
        places = (self._filter.mapToSource(self._filter.index(k, 0)).row() for k in range(self._filter.rowCount()))
        rows = [each for place in places for each in self.model.rows[place].members or (self.model.rows[place],)]
        self.table_wanted.emit([row.line for row in rows])

    @Slot()
    def _ask_how_many(self) -> None:
        from gui.window.keep_dialog import KeepDialog

        dialog = KeepDialog(*self._keeping.keeper.most, self)
        dialog.wanted.connect(self._keeping.keeper.limit)
        dialog.finished.connect(dialog.deleteLater)
        dialog.open()

    @Slot()
    def _take_level(self) -> None:
        """Count the steps to the accuracy that was typed; what is none is taken back."""
        try:
            level = float(self._level.text())
        except ValueError:
            level = math.nan
        if 0 < level <= 1:
            self.model.count_to(level)
        else:
            self._level.setText(f"{self.model.level:g}")

    def _selected(self) -> list[RunRow]:
        rows = [self._row(index) for index in self.table.selectionModel().selectedRows()]
        return [each for row in rows for each in row.members or (row,)]

    @Slot()
    def _follow_selection(self) -> None:
        self._difference.setEnabled(len(self._selected()) == 2)

    @Slot()
    def _show_difference(self) -> None:
        """Hold the two selected runs against each other, once both are here."""
        self._compared = []
        for row in self._selected():
            self._with_engine(row, partial(self._compare, row))

    def _compare(self, row: RunRow, engine: Engine) -> None:
        self._compared.append((row.name or row.knobs, engine))
        frames = [engine.recording.frame() for _, engine in self._compared]
        one, other = (*frames, None, None)[:2]
        if one is None or other is None:
            return
        from gui.window.difference_dialog import DifferenceDialog

        names = (self._compared[0][0], self._compared[1][0])
        dialog = DifferenceDialog(one, other, names, self)
        dialog.finished.connect(dialog.deleteLater)
        dialog.open()

    # What a person wants of a run

    def _take(self, row: RunRow, column: int, value: object) -> None:
        if row.members:
            for each in row.members:
                self._take(each, column, value)
            return
        if column == BESIDE:
            self._with_engine(row, partial(self._put_beside, row, beside=bool(value)))
            return
        field = {STAR: "starred", NAME: "name", NOTE: "note"}[column]
        if row.number:
            self._session.shelf.change(row.number, **{field: value})
        if row.kept:
            self._keeping.keeper.change(row.kept, **{field: value})  # type: ignore[arg-type]

    def _with_engine(self, row: RunRow, deed: "partial[None]") -> None:
        """Do something with the engine of a run, which is brought from the disk if it is not here."""
        run = self._session.shelf.get(row.number) if row.number else None
        if run is not None and run.engine is not None:
            deed(run.engine)
        elif row.kept:
            self._keeping.bring(row.kept, deed)

    def _put_beside(self, row: RunRow, engine: Engine, *, beside: bool) -> None:
        frame, shelf = engine.recording.frame(), self._session.shelf
        if frame is None:
            return
        came_back = row.number != frame.run
        known = {"name": row.name, "starred": row.starred, **({"slot": row.slot} if row.slot else {})}
        shelf.put(engine, frame, beside=beside, **(known if came_back else {}))
        if came_back:
            shelf.forget(row.number)  # it is there under its new number

    def _become_present(self, row: RunRow, engine: Engine) -> None:
        frame, session = engine.recording.frame(), self._session
        if frame is not None and session.engine() is not engine:
            self._put_beside(row, engine, beside=row.beside)
            enter(session, engine, frame)

    @Slot(QModelIndex)
    def _go_back(self, index: QModelIndex) -> None:
        if index.isValid():
            row = self._row(index)
            if not row.members:
                self._with_engine(row, partial(self._become_present, row))

    @Slot()
    def _go_to_current(self) -> None:
        self._go_back(self.table.currentIndex())

    @Slot()
    def _delete(self) -> None:
        """Delete the selected runs, which can be undone until the program ends."""
        for row in self._selected():
            if row.number:
                self._session.shelf.change(row.number, beside=False)
            if row.kept:
                self._deleted.append(row.kept)
                self._keeping.keeper.change(row.kept, deleted=True)
        self._show()

    @Slot()
    def _undo_delete(self) -> None:
        for run in self._deleted:
            self._keeping.keeper.change(run, deleted=False)
        self._deleted.clear()
        self._show()

    def _row(self, index: QModelIndex) -> RunRow:
        return self.model.rows[self._filter.mapToSource(index).row()]
