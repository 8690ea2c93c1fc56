"""A lasting line above the panels: what is wrong until it is mended, or an offer until it is answered."""

from PySide6.QtCore import Qt, Signal, Slot
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLabel, QPushButton, QWidget

from gui.live.keeping import Keeping
from model.training.differences import differences
from model.training.spec import TrainingSpec
from model.words import msg


class Banner(QFrame):
    """Tells why runs are not kept, and offers to go on with one that was interrupted."""

    answered = Signal()

    def __init__(self, keeping: Keeping, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._keeping = keeping
        self._run = 0
        self._offered = False
        self._label = QLabel()
        self._go_on = QPushButton(str(msg("Go on with it")))
        self._leave = QPushButton(str(msg("Leave it")))
        self.setObjectName("banner")
        self._label.setObjectName("banner_text")
        self._label.setTextFormat(Qt.TextFormat.PlainText)
        self._label.setWordWrap(True)
        self._go_on.setObjectName("banner_go_on")
        self._leave.setObjectName("banner_leave")
        row = QHBoxLayout(self)
        row.setContentsMargins(12, 5, 6, 5)
        row.addWidget(self._label, 1)
        row.addWidget(self._go_on)
        row.addWidget(self._leave)
        self._go_on.clicked.connect(self._take)
        self._leave.clicked.connect(self._dismiss)
        keeping.changed.connect(self._show)
        self.hide()

    def text(self) -> str:
        """Give what is said, or ""."""
        return self._label.text() if not self.isHidden() else ""

    @Slot()
    def _show(self) -> None:
        trouble, found = self._keeping.keeper.trouble, self._keeping.interrupted()
        offer = found is not None and not self._offered and trouble is None
        said = [str(words) for words in self._keeping.keeper.said]
        if trouble is not None:
            text = "Runs are not being kept: {why} They stay in memory, and this is tried again."
            said = [str(msg(text, why=trouble))]
        elif offer and found is not None:
            self._run = found.id
            what = ", ".join(map(str, differences(found.summary.spec, TrainingSpec()))) or str(msg("the defaults"))
            text = "A run was interrupted at step {step:,} of {target:,}: {what}."
            said.append(str(msg(text, step=found.summary.step, target=found.summary.target, what=what)))
        self._label.setText("  ".join(said))
        self._go_on.setVisible(offer)
        self._leave.setVisible(offer or (trouble is None and bool(said)))
        self.setAccessibleName(self._label.text())
        self.setVisible(bool(said))

    @Slot()
    def _take(self) -> None:
        self._offered = True
        self._keeping.go_on(self._run)  # which forgets the offer where that succeeds
        self._end()

    @Slot()
    def _dismiss(self) -> None:
        self._offered = True
        self._keeping.forget_interrupted()
        self._end()

    def _end(self) -> None:
        self._keeping.keeper.said = ()
        self._show()
        self.answered.emit()
