"""The first rows of a data file as a table, with the label marked; a click on a header chooses another label."""

from collections.abc import Sequence

from PySide6.QtCore import QEvent, Qt, Signal, Slot
from PySide6.QtGui import QColor, QMouseEvent
from PySide6.QtWidgets import QAbstractItemView, QHeaderView, QTableWidget, QTableWidgetItem, QWidget

from gui.look.theme import theme_of
from model.data.loaders.head import HeadColumn, Part
from model.figures.palette import blend
from model.words import Message, msg

_ROWS_IN_SIGHT = 5
_WIDEST = 160
_WORDS: dict[Part, Message] = {"label": msg("label"), "left out": msg("left out")}


class HeadView(QTableWidget):
    """Shows rows, and marks the label and the columns that are left out."""

    label_wanted = Signal(str)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("data_head")
        self.setAccessibleName(str(msg("First rows")))
        self.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        self.setSelectionMode(QAbstractItemView.SelectionMode.NoSelection)
        self.setHorizontalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        self.setShowGrid(False)
        self.setWordWrap(False)
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)  # the list of columns below is for the keyboard
        self.verticalHeader().hide()
        header = self.horizontalHeader()
        header.setSectionResizeMode(QHeaderView.ResizeMode.Fixed)
        header.setHighlightSections(False)
        header.setSectionsClickable(True)
        header.viewport().setMouseTracking(True)
        header.viewport().installEventFilter(self)
        header.sectionClicked.connect(self._choose)
        self._columns: tuple[HeadColumn, ...] = ()

    def show_columns(self, columns: Sequence[HeadColumn]) -> None:
        """Show these columns, scrolled so that the label can be seen."""
        self._columns = tuple(columns)
        self.setColumnCount(len(columns))
        self.setRowCount(max((len(column.cells) for column in columns), default=0))
        for place, column in enumerate(columns):
            self._fill(place, column)
        self.resizeColumnsToContents()
        for place in range(len(columns)):
            self.setColumnWidth(place, min(self.columnWidth(place) + 6, _WIDEST))
        self.resizeRowsToContents()
        rows = sum(self.rowHeight(row) for row in range(min(_ROWS_IN_SIGHT, self.rowCount())))
        label = next((place for place, column in enumerate(columns) if column.part == "label"), None)
        if label is not None:
            self.scrollTo(self.model().index(0, label))
        self.setMinimumHeight(self.horizontalHeader().sizeHint().height() + rows + 14)

    def full_width(self) -> int:
        """Give the width at which all columns fit."""
        return self.horizontalHeader().length() + self.verticalScrollBar().sizeHint().width() + 2 * self.frameWidth()

    def _fill(self, place: int, column: HeadColumn) -> None:
        theme = theme_of(self.palette())
        inks = {"label": theme.accent, "left out": theme.muted, "gap": theme.muted}
        ink = QColor(inks.get(column.part, theme.text))
        part = str(_WORDS.get(column.part, ""))
        title = QTableWidgetItem(f"{column.title}\n{part if part != column.title else ''}")  # not "label" twice
        title.setForeground(ink)
        font = title.font()
        font.setBold(column.part == "label")
        title.setFont(font)
        hint = column.hint or (msg("Click to use this column as the label") if column.wanted else None)
        title.setToolTip(str(hint) if hint else "")
        self.setHorizontalHeaderItem(place, title)
        tint = QColor(blend(theme.accent, theme.background, 0.14)) if column.part == "label" else None
        for row, text in enumerate(column.cells):
            cell = QTableWidgetItem(text)
            cell.setForeground(ink if column.part != "label" else QColor(theme.text))
            if tint is not None:
                cell.setBackground(tint)
            self.setItem(row, place, cell)

    @Slot(int)
    def _choose(self, place: int) -> None:
        if self._columns[place].wanted:
            self.label_wanted.emit(self._columns[place].wanted)

    def eventFilter(self, watched: QWidget, event: QEvent) -> bool:  # type: ignore[override]
        if event.type() == QEvent.Type.MouseMove and isinstance(event, QMouseEvent):
            place = self.horizontalHeader().logicalIndexAt(event.position().toPoint())
            clickable = 0 <= place < len(self._columns) and bool(self._columns[place].wanted)
            watched.setCursor(Qt.CursorShape.PointingHandCursor if clickable else Qt.CursorShape.ArrowCursor)
        return super().eventFilter(watched, event)

    def changeEvent(self, event: QEvent) -> None:
        super().changeEvent(event)
        if event.type() == QEvent.Type.PaletteChange:
            for place, column in enumerate(self._columns):
                self._fill(place, column)
