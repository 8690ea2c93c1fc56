"""The command palette: a line to type into over the top of the window, and under it what fits, the best first."""

from collections.abc import Callable, Sequence

import shiboken6
from PySide6.QtCore import QEvent, QItemSelectionModel, QModelIndex, QObject, Qt, Signal, Slot
from PySide6.QtGui import QAccessible, QAccessibleAnnouncementEvent, QKeyEvent
from PySide6.QtWidgets import (
    QAbstractItemView,
    QApplication,
    QFrame,
    QLabel,
    QLineEdit,
    QListView,
    QMainWindow,
    QVBoxLayout,
    QWidget,
)

from gui.actions.entries import Entry
from gui.look.lengths import in_font
from gui.window.palette_list import ENTRY_ROLE, EntryDelegate, EntryModel, spoken
from model.words import msg

_WIDTH = 640
_MOST_ROWS = 12
_LONGEST = 500
"""Letters; a path may be among them."""
_STEPS = {Qt.Key.Key_Up: -1, Qt.Key.Key_Down: 1, Qt.Key.Key_PageUp: -_MOST_ROWS, Qt.Key.Key_PageDown: _MOST_ROWS}
_TAKE = (Qt.Key.Key_Return, Qt.Key.Key_Enter)


class Palette(QFrame):
    """Lets a person choose one of the entries that `search` gives for what is typed; closes when the focus leaves."""

    chosen = Signal(object)
    """The Entry; the palette is closed by then, and the focus is where it was."""

    def __init__(self, search: Callable[[str], Sequence[Entry]], window: QMainWindow) -> None:
        super().__init__(window)
        self._search = search
        self._window = window
        self._before: QWidget | None = None
        """What had the focus."""
        self._input = QLineEdit()
        self._model = EntryModel(self)
        self._list = QListView()
        self._told = QLabel(str(msg("Nothing fits these letters.")))
        self._arrange()
        self._input.textChanged.connect(self._show_found)
        self._input.installEventFilter(self)
        window.installEventFilter(self)
        self._list.clicked.connect(self._choose)
        self._list.selectionModel().currentChanged.connect(self._announce)
        application = QApplication.instance()
        assert isinstance(application, QApplication)  # noqa: S101  a widget exists
        application.focusChanged.connect(self._follow_focus)

    def _arrange(self) -> None:
        self.setObjectName("palette")
        self.setAccessibleName(str(msg("Command palette")))
        self.setAutoFillBackground(True)
        self.hide()
        self._input.setObjectName("palette_input")
        self._input.setAccessibleName(str(msg("Command palette")))
        self._input.setPlaceholderText(str(msg("Find a command, panel, preset or knob; or type learning_rate 0.5")))
        self._input.setMaxLength(_LONGEST)
        self._list.setObjectName("palette_list")
        self._list.setAccessibleName(str(msg("What fits")))
        self._list.setModel(self._model)
        self._list.setItemDelegate(EntryDelegate(self._list))
        self._list.setFocusPolicy(Qt.FocusPolicy.NoFocus)  # so that typing goes on after a click
        self._list.setFrameShape(QFrame.Shape.NoFrame)
        self._list.setUniformItemSizes(True)
        self._list.setMouseTracking(True)
        self._list.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        self._list.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self._told.setProperty("role", "muted")
        self._told.setContentsMargins(10, 4, 10, 6)
        column = QVBoxLayout(self)
        column.setContentsMargins(7, 7, 7, 7)
        column.setSpacing(5)
        for part in (self._input, self._list, self._told):
            column.addWidget(part)

    def open(self) -> None:
        """Show everything, and have the keys."""
        self._before = QApplication.focusWidget()
        self._input.clear()
        self._show_found()
        self.show()
        self.raise_()
        self._input.setFocus(Qt.FocusReason.ShortcutFocusReason)  # takes what is typed in a field before

    def close_up(self) -> None:
        """Hide, and give the focus back."""
        before, self._before = self._before, None
        usable = before is not None and shiboken6.isValid(before) and before.isVisible()
        (before if usable and before is not None else self._window).setFocus(Qt.FocusReason.OtherFocusReason)
        self.hide()

    @Slot()
    def _show_found(self) -> None:
        entries = self._search(self._input.text())
        self._model.show_entries(entries)
        self._list.setVisible(bool(entries))
        self._told.setVisible(not entries)
        self._place()
        self._list.scrollToTop()
        self._step_from(-1, 1)

    def _place(self) -> None:
        """Stand under the menu bar, in the middle, as high as the entries need or the window allows."""
        top, row = self._window.menuBar().height() + 4, self._list.sizeHintForRow(0)
        most = max((self._window.height() - top - 80) // max(row, 1), 3)
        self._list.setFixedHeight(min(len(self._model.entries), _MOST_ROWS, most) * max(row, 1))
        width = min(in_font(self, _WIDTH), self._window.width() - 40)
        self.setFixedWidth(width)
        self.adjustSize()
        self.move((self._window.width() - width) // 2, top)

    # Choosing

    def _step_from(self, row: int, step: int) -> None:
        """Select the entry so many rows away, or the nearest to it that can be run: beyond it, or else before it."""
        last = len(self._model.entries) - 1
        to = max(min(row + step, last), 0)
        onwards = range(to, last + 1) if step > 0 else range(to, -1, -1)
        back = range(to - 1, row, -1) if step > 0 else range(to + 1, row)
        for each in (*onwards, *back):
            if self._model.entries[each].enabled:
                index = self._model.index(each)
                self._list.selectionModel().setCurrentIndex(index, QItemSelectionModel.SelectionFlag.ClearAndSelect)
                self._list.scrollTo(index)
                return

    @Slot(QModelIndex)
    def _choose(self, index: QModelIndex) -> None:
        entry = index.data(ENTRY_ROLE)
        if entry is not None and entry.enabled:
            self.close_up()
            self.chosen.emit(entry)

    @Slot(QModelIndex)
    def _announce(self, index: QModelIndex) -> None:
        """Tell assistive technology, whose focus stays in the line, what is selected in the list."""
        entry = index.data(ENTRY_ROLE) if index.isValid() else None
        told = "" if entry is None else spoken(entry)
        self._input.setAccessibleDescription(told)
        if told and QAccessible.isActive():
            QAccessible.updateAccessibility(QAccessibleAnnouncementEvent(self._list, told))

    # Keys and focus

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if watched is self._window:
            if event.type() == QEvent.Type.Resize and self.isVisible():
                self._place()
            return False
        if isinstance(event, QKeyEvent) and event.modifiers() & ~Qt.KeyboardModifier.KeypadModifier == _NO_MODIFIER:
            known = event.key() in _STEPS or event.key() in (*_TAKE, Qt.Key.Key_Escape)
            if known and event.type() == QEvent.Type.ShortcutOverride:
                event.accept()  # these are no shortcuts here, whatever actions they have been given to
                return True
            if known and event.type() == QEvent.Type.KeyPress:
                self._take_key(Qt.Key(event.key()))
                return True
        return super().eventFilter(watched, event)

    def _take_key(self, key: Qt.Key) -> None:
        current = self._list.currentIndex()
        if key == Qt.Key.Key_Escape:
            self.close_up()
        elif key in _TAKE:
            self._choose(current)
        else:
            self._step_from(current.row(), _STEPS[key])

    @Slot(QWidget, QWidget)
    def _follow_focus(self, _old: QWidget | None, new: QWidget | None) -> None:
        if not self.isVisible() or new is self._input:
            return
        if new is None:
            self.close_up()  # the window is no longer the active one, and is to find the focus where it was
        else:
            self.hide()


_NO_MODIFIER = Qt.KeyboardModifier.NoModifier
