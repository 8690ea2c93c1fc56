"""The list in the command palette: its entries, and how a row of it is painted."""

from collections.abc import Sequence

from PySide6.QtCore import QAbstractListModel, QModelIndex, QObject, QPersistentModelIndex, QRect, QSize, Qt
from PySide6.QtGui import QPainter
from PySide6.QtWidgets import QStyle, QStyledItemDelegate, QStyleOptionViewItem

from gui.actions.entries import Entry
from gui.look.theme import theme_of
from model.figures.palette import blend
from model.words import msg

ENTRY_ROLE = Qt.ItemDataRole.UserRole
_SIDE, _GAP, _UPRIGHT = 10, 14, 9
"""Pixels beside a row, between its parts, and above and below its text together."""

_Index = QModelIndex | QPersistentModelIndex


class EntryModel(QAbstractListModel):
    """The entries that fit, the best first; those that cannot be run are disabled."""

    def __init__(self, parent: QObject) -> None:
        super().__init__(parent)
        self.entries: Sequence[Entry] = ()

    def show_entries(self, entries: Sequence[Entry]) -> None:
        """Show these instead."""
        self.beginResetModel()
        self.entries = entries
        self.endResetModel()

    def rowCount(self, parent: _Index = QModelIndex()) -> int:  # noqa: B008  Qt's signature
        return 0 if parent.isValid() else len(self.entries)

    def flags(self, index: _Index) -> Qt.ItemFlag:
        usable = Qt.ItemFlag.ItemIsEnabled | Qt.ItemFlag.ItemIsSelectable | Qt.ItemFlag.ItemNeverHasChildren
        return usable if self.entries[index.row()].enabled else Qt.ItemFlag.ItemNeverHasChildren

    def data(self, index: _Index, role: int = Qt.ItemDataRole.DisplayRole) -> object:
        entry = self.entries[index.row()]
        if role == Qt.ItemDataRole.DisplayRole:
            return entry.text
        if role == Qt.ItemDataRole.AccessibleTextRole:
            return spoken(entry)
        if role == Qt.ItemDataRole.ToolTipRole:
            return entry.tip
        return entry if role == ENTRY_ROLE else None


def spoken(entry: Entry) -> str:
    """Say an entry as a screen reader reads it."""
    parts = (entry.text, entry.kind, entry.keys, "" if entry.enabled else str(msg("not available now")))
    return ", ".join(part for part in parts if part)


class EntryDelegate(QStyledItemDelegate):
    """Paints an entry: its text, paler its kind, and its key at the right end."""

    def sizeHint(self, option: QStyleOptionViewItem, _index: _Index) -> QSize:
        return QSize(100, option.fontMetrics.height() + _UPRIGHT)

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: _Index) -> None:
        entry, theme, metrics = index.data(ENTRY_ROLE), theme_of(option.palette), option.fontMetrics
        painter.save()
        painter.setFont(option.font)
        if option.state & QStyle.StateFlag.State_Selected:
            painter.fillRect(option.rect, blend(theme.accent, theme.background, 0.2))
        elif option.state & QStyle.StateFlag.State_MouseOver:
            painter.fillRect(option.rect, blend(theme.text, theme.background, 0.05))
        pale = blend(theme.muted, theme.background, 0.65)
        room = option.rect.adjusted(_SIDE, 0, -_SIDE, 0)
        painter.setPen(theme.muted if entry.enabled else pale)
        if entry.keys:
            painter.drawText(room, Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignRight, entry.keys)
            room.setRight(room.right() - metrics.horizontalAdvance(entry.keys) - _GAP)
        text = metrics.elidedText(entry.text, Qt.TextElideMode.ElideRight, room.width())
        behind = QRect(room)
        behind.setLeft(room.left() + metrics.horizontalAdvance(text) + _GAP)
        if behind.width() > _GAP:
            kind = metrics.elidedText(entry.kind, Qt.TextElideMode.ElideRight, behind.width())
            painter.drawText(behind, Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignLeft, kind)
        painter.setPen(theme.text if entry.enabled else pale)
        painter.drawText(room, Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignLeft, text)
        painter.restore()
