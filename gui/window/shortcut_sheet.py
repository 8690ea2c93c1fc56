"""The sheet of keys: every action with its keys, to be found, changed, and put back."""

from collections.abc import Sequence

from PySide6.QtCore import Qt, Signal, Slot
from PySide6.QtGui import QFont, QKeySequence, QShowEvent
from PySide6.QtWidgets import (
    QAbstractItemView,
    QDialog,
    QDialogButtonBox,
    QHBoxLayout,
    QHeaderView,
    QKeySequenceEdit,
    QLabel,
    QLineEdit,
    QPushButton,
    QTreeWidget,
    QTreeWidgetItem,
    QVBoxLayout,
    QWidget,
)

from gui.actions.keys import Keys, default_keys, native, portable, refusal
from gui.actions.table import ACTIONS, MENUS, with_submenus
from gui.look.lengths import in_font
from gui.look.menu_text import titled
from gui.pane.small_parts import ErrorLabel
from model.words import msg

_NAME_ROLE = Qt.ItemDataRole.UserRole
_SIZE = (680, 560)


class KeyRecorder(QWidget):
    """Takes the next key that is pressed, and asks before another action loses it."""

    recorded = Signal(str)
    """The key, as the settings have it."""
    taken = Signal()
    """The other action is to lose its key."""
    left = Signal()
    """Everything is to stay as it was."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._told = QLabel()
        self._edit = QKeySequenceEdit()
        self._take = QPushButton(str(msg("Take it")))
        self._leave = QPushButton(str(msg("Cancel")))
        self._told.setObjectName("shortcuts_told")
        self._told.setWordWrap(True)
        self._told.setTextFormat(Qt.TextFormat.PlainText)
        self._edit.setObjectName("shortcuts_key")
        self._edit.setMaximumSequenceLength(1)
        self._edit.setFixedWidth(in_font(self, 130))
        self._take.setObjectName("shortcuts_take")
        self._leave.setObjectName("shortcuts_leave")
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.addWidget(self._told, 1)
        for part in (self._edit, self._take, self._leave):
            row.addWidget(part)
        for button in (self._take, self._leave):
            button.setAutoDefault(False)
        self._edit.keySequenceChanged.connect(self._note)
        self._take.clicked.connect(self.taken)
        self._leave.clicked.connect(self.left)

    def listen(self, told: str) -> None:
        """Wait for a key, and say for which action."""
        self._show(told, asking=False)
        self._edit.setAccessibleName(told)
        self._edit.setFocus()

    def ask(self, told: str) -> None:
        """Ask whether the other action is to lose its key."""
        self._show(told, asking=True)
        self._take.setAccessibleDescription(told)
        self._take.setFocus()

    def _show(self, told: str, *, asking: bool) -> None:
        self._told.setText(told)
        self._edit.blockSignals(True)
        self._edit.clear()
        self._edit.blockSignals(False)
        self._edit.setVisible(not asking)
        self._take.setVisible(asking)
        self.show()

    @Slot(QKeySequence)
    def _note(self, keys: QKeySequence) -> None:
        key = portable(keys.toString(QKeySequence.SequenceFormat.PortableText))
        if key == "Esc":
            self.left.emit()
        elif key:
            self.recorded.emit(key)


class ShortcutSheet(QDialog):
    """Shows the keys of all actions by their menus, and lets a person choose others."""

    def __init__(self, keys: Keys, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._keys = keys
        self._name = ""
        """The action that waits for a key."""
        self._wanted: tuple[str, ...] = ()
        """The keys that it gets if another action gives one up."""
        self._filter = QLineEdit()
        self._table = QTreeWidget()
        self._recorder = KeyRecorder()
        self._said = ErrorLabel()
        self._buttons = {
            "edit": QPushButton(str(msg("Change key…"))),
            "remove": QPushButton(str(msg("No key"))),
            "reset": QPushButton(str(msg("Reset"))),
            "reset_all": QPushButton(str(msg("Reset all"))),
        }
        self._fill()
        self._arrange()
        self._connect()
        self._show_keys()

    def _arrange(self) -> None:
        self.setObjectName("shortcut_sheet")
        self.setWindowTitle(str(msg("Keyboard shortcuts")))
        self._filter.setObjectName("shortcuts_filter")
        self._filter.setPlaceholderText(str(msg("Find commands by words, or by a key such as Ctrl+E")))
        self._filter.setAccessibleName(str(msg("Find commands")))
        self._filter.setClearButtonEnabled(True)
        self._said.setObjectName("shortcuts_said")
        self._said.setProperty("role", "muted")
        self._recorder.hide()
        row = QHBoxLayout()
        tips = (
            msg("Choose another key for this command: press it next"),
            msg("Leave this command without a key"),
            msg("Give this command its usual keys again"),
            msg("Give all commands their usual keys again"),
        )
        for (name, button), tip in zip(self._buttons.items(), tips, strict=True):
            button.setObjectName(f"shortcuts_{name}")
            button.setToolTip(str(tip))
            button.setAutoDefault(False)
            row.addWidget(button)
        close = QDialogButtonBox(QDialogButtonBox.StandardButton.Close)
        close.button(QDialogButtonBox.StandardButton.Close).setAutoDefault(False)
        close.rejected.connect(self.reject)
        row.addStretch(1)
        row.addWidget(close)
        column = QVBoxLayout(self)
        for part in (self._filter, self._table, self._recorder, self._said):
            column.addWidget(part)
        column.addLayout(row)
        self.resize(*(in_font(self, length) for length in _SIZE))

    def _fill(self) -> None:
        table = self._table
        table.setObjectName("shortcuts_table")
        table.setAccessibleName(str(msg("Commands and their keys")))
        table.setHeaderLabels([str(msg("Command")), str(msg("Keys")), str(msg("What it does"))])
        table.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        table.setExpandsOnDoubleClick(False)
        table.setUniformRowHeights(True)
        for title, names in MENUS:
            group = QTreeWidgetItem([titled(title)])
            group.setFlags(Qt.ItemFlag.ItemIsEnabled)
            bold = QFont(self.font())
            bold.setWeight(QFont.Weight.DemiBold)
            group.setFont(0, bold)
            for name in with_submenus(names):
                if name in ACTIONS:
                    group.addChild(_row(name))
            if group.childCount():
                table.addTopLevelItem(group)
                group.setFirstColumnSpanned(True)
        table.expandAll()
        table.setTabKeyNavigation(False)
        table.header().setStretchLastSection(True)
        table.header().setSectionResizeMode(0, QHeaderView.ResizeMode.ResizeToContents)
        table.header().setSectionResizeMode(1, QHeaderView.ResizeMode.ResizeToContents)

    def _connect(self) -> None:
        self._filter.textChanged.connect(self._look_for)
        self._filter.returnPressed.connect(self._go_to_first)
        self._table.itemActivated.connect(self._edit)
        self._table.currentItemChanged.connect(self._leave)
        self._buttons["edit"].clicked.connect(self._edit)
        self._buttons["remove"].clicked.connect(self._remove)
        self._buttons["reset"].clicked.connect(self._reset)
        self._buttons["reset_all"].clicked.connect(self._reset_all)
        self._recorder.recorded.connect(self._record)
        self._recorder.taken.connect(self._give)
        self._recorder.left.connect(self._leave)
        self._keys.changed.connect(self._show_keys)

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        self._filter.setFocus()

    # What is listed

    def _rows(self) -> list[QTreeWidgetItem]:
        return [row for group in _below(self._table.invisibleRootItem()) for row in _below(group)]

    @Slot()
    def _show_keys(self) -> None:
        """Show the keys in force, those that a person chose in bold."""
        for row in self._rows():
            name = row.data(0, _NAME_ROLE)
            keys, usual = self._keys.in_force[name], default_keys(name)
            font = QFont(self.font())
            font.setBold(keys != usual)
            row.setText(1, native(keys))
            row.setFont(1, font)
            row.setToolTip(1, "" if keys == usual else str(msg("Usually {keys}", keys=native(usual) or msg("none"))))
        self._allow()

    def _allow(self) -> None:
        name = self._current()
        keys = self._keys.in_force.get(name, ())
        self._buttons["edit"].setEnabled(bool(name))
        self._buttons["remove"].setEnabled(bool(keys))
        self._buttons["reset"].setEnabled(bool(name) and keys != default_keys(name))
        self._buttons["reset_all"].setEnabled(bool(self._keys.edits))

    @Slot(str)
    def _look_for(self, text: str) -> None:
        words = text.casefold().split()
        for group in _below(self._table.invisibleRootItem()):
            for row in _below(group):
                said = " ".join((group.text(0), *(row.text(column) for column in range(3)))).casefold()
                row.setHidden(not all(word in said for word in words))
            group.setHidden(all(row.isHidden() for row in _below(group)))

    @Slot()
    def _go_to_first(self) -> None:
        first = next((row for row in self._rows() if not row.isHidden()), None)
        if first is not None:
            self._table.setCurrentItem(first)
            self._table.setFocus()

    def _current(self) -> str:
        item = self._table.currentItem()
        return "" if item is None else item.data(0, _NAME_ROLE) or ""

    # Changing

    @Slot()
    def _edit(self) -> None:
        self._name = self._current()
        if self._name:
            self._said.show_text("")
            self._recorder.listen(
                str(msg("Press the new key for {command}; Esc leaves it.", command=_title(self._name)))
            )

    @Slot(str)
    def _record(self, key: str) -> None:
        refused = refusal(key)
        if refused is not None:
            self._recorder.listen(f"{refused} {msg('Press another one.')}")
            return
        self._want((key, *(held for held in self._keys.in_force[self._name][1:] if held != key)))

    def _want(self, keys: Sequence[str]) -> None:
        """Give the action these keys, once it is settled that others lose them."""
        self._wanted = tuple(keys)
        owners = self._keys.owners(self._name, keys)
        if not owners:
            self._give()
            return
        used = [
            str(msg("{key} is used by {command}.", key=native((key,)), command=_title(owner)))
            for key, owner in owners.items()
        ]
        question = msg("Take it from there?") if len(used) == 1 else msg("Take them from there?")
        self._recorder.ask(" ".join((*used, str(question))))

    @Slot()
    def _give(self) -> None:
        name, keys = self._name, self._wanted
        lost = sorted({_title(other) for other in self._keys.owners(name, keys).values()})
        self._keys.give(name, keys)
        now = msg("{command} now has {keys}.", command=_title(name), keys=native(keys))
        self._end(f"{now} {msg('Taken from {commands}.', commands=', '.join(lost))}" if lost else str(now))

    @Slot()
    def _remove(self) -> None:
        name = self._current()
        self._keys.give(name, ())
        self._end(str(msg("{command} has no key now.", command=_title(name))))

    @Slot()
    def _reset(self) -> None:
        self._name = self._current()
        self._want(default_keys(self._name))

    @Slot()
    def _reset_all(self) -> None:
        self._keys.reset()
        self._end(str(msg("All commands have their usual keys again.")))

    @Slot()
    def _leave(self) -> None:
        self._end("")

    def _end(self, said: str) -> None:
        """Let the table have the keys again, and say what was done."""
        asked = self._recorder.isVisible()
        if asked or said:
            self._table.setFocus()
        self._recorder.hide()
        self._said.show_text(said)
        self._allow()


def _below(item: QTreeWidgetItem) -> list[QTreeWidgetItem]:
    children = (item.child(place) for place in range(item.childCount()))
    return [child for child in children if child is not None]


def _row(name: str) -> QTreeWidgetItem:
    info = ACTIONS[name]
    row = QTreeWidgetItem([_title(name), "", str(info.help or "")])
    row.setData(0, _NAME_ROLE, name)
    row.setToolTip(2, str(info.help or ""))
    return row


def _title(name: str) -> str:
    return str(ACTIONS[name].text).removesuffix("…")
