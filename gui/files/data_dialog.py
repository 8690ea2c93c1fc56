"""The preview of a data file, before it is used."""

from collections.abc import Iterator

from PySide6.QtCore import Qt, Signal, Slot
from PySide6.QtWidgets import (
    QComboBox,
    QDialog,
    QDialogButtonBox,
    QFormLayout,
    QHBoxLayout,
    QLabel,
    QVBoxLayout,
    QWidget,
)

from gui.files.head_view import HeadView
from gui.pane.small_parts import ErrorLabel
from model.data.dataset import Dataset
from model.data.describe import describe
from model.data.offer import Offer
from model.words import Message, msg

_MOST_CLASSES = 20
_WIDTH, _WIDTH_WITH_TABLE, _WIDEST = 440, 560, 860
_ABOVE_BUTTONS = 8


class DataPreview(QDialog):
    """Shows what a file holds: its first rows, samples, features, classes, scaling and split.

    `label_wanted` asks for another label; the answer comes by `show_offer`, at once or later.
    """

    label_wanted = Signal(str)

    def __init__(self, offer: Offer, batch_size: int, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("data_preview")
        self.setWindowTitle(str(msg("Use this data?")))
        self._batch_size = batch_size
        self._column = QVBoxLayout(self)
        self._head = HeadView()
        self._label = QComboBox()
        self._refusal = ErrorLabel()
        self._facts = QFormLayout()
        self._buttons = self._made_buttons()
        self._arrange(offer)
        self._head.label_wanted.connect(self.label_wanted)
        self._label.activated.connect(self._want_label)
        self.show_offer(offer)
        self._buttons.button(QDialogButtonBox.StandardButton.Ok).setFocus()

    def show_offer(self, offer: Offer) -> None:
        """Show the source with another label."""
        self._head.show_columns(offer.head)
        self._show_choice(offer)
        self._refusal.show_text("" if offer.refusal is None else str(offer.refusal))
        while self._facts.rowCount():
            self._facts.removeRow(0)
        if offer.data is not None:
            for name, text in self._told(offer.data):
                title = QLabel(str(name))
                title.setAlignment(Qt.AlignmentFlag.AlignTop)
                self._facts.addRow(title, _text(text))
        ok = self._buttons.button(QDialogButtonBox.StandardButton.Ok)
        ok.setEnabled(offer.data is not None)
        self._fit()

    def _arrange(self, offer: Offer) -> None:
        self._refusal.setObjectName("data_refusal")
        row = QHBoxLayout()
        title = QLabel(str(msg("Label column")))
        title.setBuddy(self._label)
        self._label.setObjectName("label_column_choice")
        self._label.setAccessibleName(title.text())
        self._label.addItems(offer.choices())
        row.addWidget(title)
        row.addWidget(self._label)
        hint = QLabel(str(msg("or click a column’s header")))
        hint.setProperty("role", "muted")
        row.addWidget(hint)
        row.addStretch(1)
        for widget in (title, self._label, hint):
            widget.setVisible(offer.table is not None)
        self._head.setVisible(bool(offer.head))
        if offer.head:
            self._column.addWidget(self._head, 1)
        self._column.addLayout(row)
        self._column.addWidget(self._refusal)
        self._column.addLayout(self._facts)
        self._column.addSpacing(_ABOVE_BUTTONS)
        self._column.addWidget(self._buttons)

    def _made_buttons(self) -> QDialogButtonBox:
        buttons = QDialogButtonBox.StandardButton
        box = QDialogButtonBox(buttons.Ok | buttons.Cancel)
        box.button(buttons.Ok).setText(str(msg("Use it")))
        box.accepted.connect(self.accept)
        box.rejected.connect(self.reject)
        return box

    def _show_choice(self, offer: Offer) -> None:
        wanted = offer.request.label_column
        if self._label.findText(wanted) < 0:
            self._label.addItem(wanted)
        self._label.setCurrentIndex(self._label.findText(wanted))

    @Slot(int)
    def _want_label(self, _index: int) -> None:
        self.label_wanted.emit(self._label.currentText())

    def _told(self, data: Dataset) -> Iterator[tuple[Message, str]]:
        facts = describe(data)
        yield msg("Source"), facts.name
        yield msg("Samples"), f"{facts.samples:,}"
        shape = f"{facts.features:,}"
        if facts.image_shape is not None:
            shape += str(msg(" ({rows}×{columns} pixels)", rows=facts.image_shape[0], columns=facts.image_shape[1]))
        yield msg("Features"), shape
        counts = [f"{name}: {count:,}" for name, count in facts.class_counts[:_MOST_CLASSES]]
        more = ["…"] if len(facts.class_counts) > _MOST_CLASSES else []
        yield msg("Classes"), f"{len(facts.class_counts):,}  ({', '.join(counts + more)})"
        yield msg("Scaling"), str(facts.scaling)
        yield msg("Split"), str(facts.split)
        for note in facts.notes:
            yield msg("Note"), str(note)
        if self._batch_size > facts.n_train:
            cut = msg("batch_size is reduced to {n}, the number of training samples.", n=facts.n_train)
            yield msg("Note"), str(cut)

    def _fit(self) -> None:
        """Be high enough for all texts, which a dialog is not by default, and no larger than the screen."""
        room = self.screen().availableSize() * 0.9
        margins = self._column.contentsMargins()
        table = min(self._head.full_width() + margins.left() + margins.right(), _WIDEST)
        least = max(_WIDTH_WITH_TABLE, table) if self._head.columnCount() else _WIDTH
        width = min(max(self.width() if self.isVisible() else 0, least), room.width())
        self.setMinimumWidth(_WIDTH)
        self._column.invalidate()
        wanted = self._column.totalHeightForWidth(width)
        self.resize(width, min(max(wanted, self.height() if self.isVisible() else 0), room.height()))


def _text(text: str) -> QLabel:
    label = QLabel(text)
    label.setTextFormat(Qt.TextFormat.PlainText)
    label.setWordWrap(True)
    label.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
    return label
