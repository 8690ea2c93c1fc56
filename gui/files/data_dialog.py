"""The preview of own data, before it is taken."""

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QDialog, QDialogButtonBox, QFormLayout, QLabel, QVBoxLayout, QWidget

from model.data.dataset import Dataset
from model.data.describe import describe
from model.words import msg

_MOST_CLASSES = 20
_WIDTH = 440
_ABOVE_BUTTONS = 8


class DataPreview(QDialog):
    """Shows what a file holds: samples, features, classes, scaling, split; accepting takes it."""

    def __init__(self, data: Dataset, batch_size: int, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("data_preview")
        self.setWindowTitle(str(msg("Take this data?")))
        facts = describe(data)
        form = QFormLayout()
        form.addRow(str(msg("Source")), _text(facts.name))
        form.addRow(str(msg("Samples")), _text(f"{facts.samples:,}"))
        shape = f"{facts.features:,}"
        if facts.image_shape is not None:
            shape += str(msg(" ({rows}×{columns} pixels)", rows=facts.image_shape[0], columns=facts.image_shape[1]))
        form.addRow(str(msg("Features")), _text(shape))
        counts = [f"{name}: {count:,}" for name, count in facts.class_counts[:_MOST_CLASSES]]
        if len(facts.class_counts) > _MOST_CLASSES:
            counts.append("…")
        classes = f"{len(facts.class_counts):,}  ({', '.join(counts)})"
        form.addRow(str(msg("Classes")), _text(classes))
        form.addRow(str(msg("Scaling")), _text(str(facts.scaling)))
        form.addRow(str(msg("Split")), _text(str(facts.split)))
        notes = [str(note) for note in facts.notes]
        if batch_size > facts.n_train:
            notes.append(
                str(msg("batch_size {old} becomes {new}: there are no more.", old=batch_size, new=facts.n_train))
            )
        for note in notes:
            form.addRow(str(msg("Note")), _text(note))
        for row in range(form.rowCount()):
            item = form.itemAt(row, QFormLayout.ItemRole.LabelRole)
            if item is not None and isinstance(name := item.widget(), QLabel):
                name.setAlignment(Qt.AlignmentFlag.AlignTop)
        buttons = QDialogButtonBox.StandardButton
        box = QDialogButtonBox(buttons.Ok | buttons.Cancel)
        box.button(buttons.Ok).setText(str(msg("Take it")))
        box.accepted.connect(self.accept)
        box.rejected.connect(self.reject)
        column = QVBoxLayout(self)
        column.addLayout(form)
        column.addSpacing(_ABOVE_BUTTONS)
        column.addWidget(box)
        # left to itself a dialog is as high as its texts would be if they were broken into narrow lines
        self.setMinimumWidth(_WIDTH)
        self.resize(_WIDTH, column.totalHeightForWidth(_WIDTH))


def _text(text: str) -> QLabel:
    label = QLabel(text)
    label.setTextFormat(Qt.TextFormat.PlainText)
    label.setWordWrap(True)
    label.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
    return label
