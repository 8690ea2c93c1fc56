"""Paragraphs of a panel: sentences with formulas and sources, and links to the panels that show them."""

from collections.abc import Sequence

from PySide6.QtCore import Qt, Signal, Slot
from PySide6.QtGui import QFontDatabase
from PySide6.QtWidgets import (
    QAbstractSlider,
    QFrame,
    QHBoxLayout,
    QLabel,
    QScrollArea,
    QSizePolicy,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from gui.plots.panel.offer_row import OfferRow
from model.figures.figure import Passage
from model.figures.palette import Theme
from model.figures.panels import PANELS
from model.words import msg

_BAR = 3
_INDENT = 22
"""Pixels by which what stands under another passage is set in."""
_SCROLLS: dict[Qt.Key, QAbstractSlider.SliderAction] = {
    Qt.Key.Key_Down: QAbstractSlider.SliderAction.SliderSingleStepAdd,
    Qt.Key.Key_Up: QAbstractSlider.SliderAction.SliderSingleStepSub,
    Qt.Key.Key_PageDown: QAbstractSlider.SliderAction.SliderPageStepAdd,
    Qt.Key.Key_PageUp: QAbstractSlider.SliderAction.SliderPageStepSub,
}
_SMALL = 0.92


class Passages(QScrollArea):
    """A column of paragraphs; only those that changed are laid out again."""

    panel_requested = Signal(str)
    offer_taken = Signal(object)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._rows: list[_Row] = []
        self._shown: tuple[Sequence[Passage], Theme] | None = None
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setWidgetResizable(True)
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        body = QWidget()
        body.setProperty("role", "paper")
        self._column = QVBoxLayout(body)
        self._column.setContentsMargins(10, 8, 10, 8)
        self._column.setSpacing(7)
        self._column.addStretch(1)
        self.setWidget(body)

    def show_passages(self, passages: Sequence[Passage], theme: Theme) -> None:
        """Show these paragraphs; with none there is nothing to see of it."""
        if self._shown == (passages, theme):
            return
        self._shown = (passages, theme)
        while len(self._rows) > len(passages):
            row = self._rows.pop()
            self._column.removeWidget(row)
            row.hide()
            row.deleteLater()
        while len(self._rows) < len(passages):
            row = _Row(self)
            row.panel_requested.connect(self.panel_requested)
            row.offer_taken.connect(self.offer_taken)
            self._column.insertWidget(len(self._rows), row)
            self._rows.append(row)
        for row, passage in zip(self._rows, passages, strict=True):
            row.show_passage(passage, theme)
        self.setVisible(bool(passages))

    def scroll_by(self, key: int) -> bool:
        """Scroll as this key does; returns whether it is one that does."""
        if key not in _SCROLLS or not self.isVisible():
            return False
        self.verticalScrollBar().triggerAction(_SCROLLS[Qt.Key(key)])
        return True

    def texts(self) -> list[str]:
        """The sentences shown."""
        return [row.text() for row in self._rows]


class _Row(QWidget):
    """One paragraph: a bar in the colour of its severity, the sentence, small print, and a way to the proof."""

    panel_requested = Signal(str)
    offer_taken = Signal(object)

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self._passage: Passage | None = None
        self._theme: Theme | None = None
        self._bar = QFrame()
        self._text, self._detail = QLabel(), QLabel()
        self._link = QToolButton()
        self._offer = OfferRow()
        self._bar.setFixedWidth(_BAR)
        for label in (self._text, self._detail):
            label.setTextFormat(Qt.TextFormat.PlainText)
            label.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        self._detail.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Minimum)
        self._detail.setWordWrap(True)
        self._detail.setProperty("role", "muted")
        self._link.setAutoRaise(True)
        self._link.setProperty("role", "link")
        self._link.setCursor(Qt.CursorShape.PointingHandCursor)
        self._link.clicked.connect(self._ask)
        self._offer.taken.connect(self.offer_taken)
        words = QVBoxLayout()
        words.setSpacing(1)
        words.addWidget(self._text)
        words.addWidget(self._offer)
        words.addWidget(self._detail)
        self._row = QHBoxLayout(self)
        self._row.setContentsMargins(0, 0, 0, 0)
        self._row.setSpacing(8)
        self._row.addWidget(self._bar)
        self._row.addLayout(words, 1)
        self._row.addWidget(self._link, 0, Qt.AlignmentFlag.AlignTop)

    def text(self) -> str:
        return self._text.text()

    def take_font(self) -> None:
        passage, self._passage = self._passage, None
        if passage is not None and self._theme is not None:
            self.show_passage(passage, self._theme)

    def show_passage(self, passage: Passage, theme: Theme) -> None:
        if passage == self._passage and theme is self._theme:
            return
        self._passage, self._theme = passage, theme
        self._text.setText(str(passage.text))
        fixed = QFontDatabase.systemFont(QFontDatabase.SystemFont.FixedFont)
        fixed.setPointSizeF(self.font().pointSizeF())
        self._text.setFont(fixed if passage.verbatim else self.font())
        small = self.font()
        small.setPointSizeF(_SMALL * small.pointSizeF())
        for part in (self._detail, self._link):
            part.setFont(small)
        # what must not be wrapped is cut in a narrow panel, rather than make the sentences as wide
        across = QSizePolicy.Policy.Ignored if passage.verbatim else QSizePolicy.Policy.Expanding
        self._text.setSizePolicy(across, QSizePolicy.Policy.Minimum)
        self._text.setWordWrap(not passage.verbatim)  # after the policy, of which it makes the height follow the width
        self._row.setContentsMargins(_INDENT * passage.level, 0, 0, 0)
        self._offer.show_offer(passage.offer)
        self._detail.setText("" if passage.detail is None else str(passage.detail))
        self._detail.setVisible(passage.detail is not None)
        ink = {"info": theme.accent, "warn": theme.warn, "bad": theme.bad}[passage.severity]
        self._bar.setStyleSheet(f"background: {ink};")
        self._bar.setVisible(not passage.verbatim)
        self._link.setVisible(bool(passage.panel))
        if passage.panel:
            title = PANELS[passage.panel].title
            self._link.setText(str(msg("show {panel}", panel=title)))
            tip = str(msg("Show the panel “{panel}”", panel=title))
            self._link.setToolTip(tip)
            self._link.setAccessibleName(f"{tip}: {passage.text}")

    @Slot()
    def _ask(self) -> None:
        if self._passage is not None:
            self.panel_requested.emit(self._passage.panel)
