"""What can be done about a passage: a button that does it, and the expected outcome."""

from PySide6.QtCore import Qt, Signal, Slot
from PySide6.QtWidgets import QHBoxLayout, QLabel, QPushButton, QSizePolicy, QWidget

from model.figures.figure import Offer


class OfferRow(QWidget):
    """One offer; hidden if there is none."""

    taken = Signal(object)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._offer: Offer | None = None
        self.button, self._expects = QPushButton(), QLabel()
        self.button.setObjectName("remedy")
        self.button.setSizePolicy(QSizePolicy.Policy.Maximum, QSizePolicy.Policy.Fixed)
        self.button.clicked.connect(self._take)
        self._expects.setTextFormat(Qt.TextFormat.PlainText)
        self._expects.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        self._expects.setWordWrap(True)
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 2, 0, 3)
        row.setSpacing(8)
        row.addWidget(self.button)
        row.addWidget(self._expects, 1)
        self.hide()

    def text(self) -> str:
        """What is expected, "" if nothing is offered."""
        return "" if self._offer is None else self._expects.text()

    def show_offer(self, offer: Offer | None) -> None:
        """Offer this."""
        self._offer = offer
        self.setVisible(offer is not None)
        if offer is not None:
            self.button.setText(str(offer.label))
            self.button.setAccessibleName(f"{offer.label}: {offer.expects}")
            self.button.setToolTip(str(offer.label))
            self._expects.setText(str(offer.expects))

    @Slot()
    def _take(self) -> None:
        if self._offer is not None:
            self.taken.emit(self._offer.promise)
