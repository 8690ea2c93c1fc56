"""The legend in a panel's title bar: a chip for each curve, which shows and hides it."""

from collections.abc import Sequence
from itertools import pairwise

from PySide6.QtCore import QEvent, QPoint, QRect, QRectF, QSize, Qt, Signal, Slot
from PySide6.QtGui import QAction, QColor, QPainter, QPaintEvent, QPen, QResizeEvent
from PySide6.QtWidgets import QAbstractButton, QMenu, QSizePolicy, QToolButton, QWidget

from gui.look.menu_text import unmarked
from gui.look.theme import theme_of
from gui.plots.panel.colour_scale import ColourScale
from model.figures.colour_key import ColourKey, colour_keys
from model.figures.figure import Bars, Dots, Figure
from model.figures.legend import Listed, legend_entries, listed, run_number, strength
from model.figures.palette import blend, colour, stroke
from model.words import msg

_SWATCH = 18
_PADDING = 5
_LETTERS = 5
"""Letters of a name that stay when it is shortened."""


class LegendChip(QAbstractButton):
    """One curve's stroke and name; pressed out, the curve is hidden."""

    pointed = Signal(str)
    """Its name while the mouse or the focus is on it, then ""."""

    def __init__(self, name: str, mark: Listed, parent: QWidget) -> None:
        super().__init__(parent)
        self.name = name
        self.mark = mark
        self._n_layers = 2
        self.setCheckable(True)
        self.setChecked(True)
        self.setCursor(Qt.CursorShape.PointingHandCursor)
        self.setFocusPolicy(Qt.FocusPolicy.TabFocus)

    def show_mark(self, mark: Listed, n_layers: int, panel: str) -> None:
        """Stand for this mark of a panel."""
        self.mark, self._n_layers = mark, n_layers
        self.update()
        if self.text() != str(mark.label):
            self.setText(str(mark.label))
            tip = str(msg("Show or hide: {name}", name=mark.label))
            self.setToolTip(tip)
            self.setAccessibleName(f"{tip} ({panel})")

    def sizeHint(self) -> QSize:
        metrics = self.fontMetrics()
        return QSize(metrics.horizontalAdvance(self.text()) + _SWATCH + 3 * _PADDING, metrics.height() + 4)

    def event(self, event: QEvent) -> bool:
        if event.type() in (QEvent.Type.Enter, QEvent.Type.FocusIn):
            self.pointed.emit(self.name)
        elif event.type() in (QEvent.Type.Leave, QEvent.Type.FocusOut, QEvent.Type.Hide):
            self.pointed.emit("")
        return super().event(event)

    def paintEvent(self, _event: QPaintEvent) -> None:
        theme = theme_of(self.palette())
        mark = self.mark
        ink = blend(colour(mark.role, theme, self._n_layers), theme.surface, strength(mark))
        if not self.isChecked():
            ink = blend(ink, theme.surface, 0.35)
        with QPainter(self) as painter:
            if self.underMouse() or self.hasFocus():
                painter.setRenderHint(QPainter.RenderHint.Antialiasing)
                painter.setPen(Qt.PenStyle.NoPen)
                painter.setBrush(QColor(blend(theme.text, theme.surface, 0.08)))
                painter.drawRoundedRect(QRectF(self.rect()), 4, 4)
                painter.setRenderHint(QPainter.RenderHint.Antialiasing, on=False)
            self._paint_swatch(painter, ink)
            name = self.rect().adjusted(_SWATCH + 2 * _PADDING, 0, 0, 0)
            painter.setPen(QColor(theme.text if self.isChecked() else blend(theme.muted, theme.surface, 0.6)))
            font = self.font()
            font.setStrikeOut(not self.isChecked())
            painter.setFont(font)
            words = painter.fontMetrics().elidedText(self.text(), Qt.TextElideMode.ElideRight, name.width())
            painter.drawText(name, Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignLeft, words)

    def _paint_swatch(self, painter: QPainter, ink: str) -> None:
        middle = self.height() // 2
        if isinstance(self.mark, Bars):
            painter.fillRect(_PADDING, middle - 4, _SWATCH, 8, QColor(ink))
            return
        if isinstance(self.mark, Dots):
            painter.setRenderHint(QPainter.RenderHint.Antialiasing)
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(QColor(ink))
            painter.drawEllipse(QRectF(_PADDING + _SWATCH / 2 - 3.5, middle - 3.5, 7, 7))
            return
        pen = QPen(QColor(ink), 2 * stroke(self.mark.role, self._n_layers))
        if self.mark.dash:
            pen.setDashPattern([2.2, 1.6])
        painter.setPen(pen)
        painter.drawLine(_PADDING, middle, _PADDING + _SWATCH, middle)


class Legend(QWidget):
    """Colour keys, then a row of chips; chips that do not fit are behind a button that lists all.

    Long names are shortened before any chip is left out.

    Chips are placed by hand and kept when their mark goes: marks come and go with every new run, and in a layout
    each change would lay out the whole window again.
    """

    hidden_changed = Signal(object)
    run_hidden = Signal(str, bool)
    """The key of a compared run, which is hidden everywhere, or shown again."""
    run_pointed = Signal(int)
    """The number of the compared run under the mouse or with the focus, 0 for none."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._chips: list[LegendChip] = []
        self._kept: dict[str, LegendChip] = {}
        self._hidden: frozenset[str] = frozenset()
        self._scales: list[ColourScale] = []
        self._menu = QMenu(self)
        self._menu.aboutToShow.connect(self._list_all)
        self._menu.triggered.connect(self._take_choice)
        self._more = QToolButton(self)
        self._more.setObjectName("legend_more")
        self._more.setProperty("role", "link")
        self._more.setAutoRaise(True)
        self._more.setPopupMode(QToolButton.ToolButtonPopupMode.InstantPopup)
        self._more.setMenu(self._menu)
        self._more.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self._more.hide()
        self.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Preferred)
        self.setMinimumWidth(0)

    def show_figure(self, figure: Figure, hidden: frozenset[str]) -> None:
        """List the marks of a figure, and what its colours stand for."""
        self._show_keys(colour_keys(figure.plots))
        entries = legend_of(figure)
        if [(name, mark.label) for name, mark in entries.items()] != [(c.name, c.mark.label) for c in self._chips]:
            self._list(entries, figure)
        self._hidden = hidden
        for chip in self._chips:
            chip.setChecked(chip.name not in hidden)

    def chips(self) -> Sequence[LegendChip]:
        return tuple(self._chips)

    def sizeHint(self) -> QSize:
        return QSize(0, self.fontMetrics().height() + 4)

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._fit()

    def take_font(self) -> None:
        self.updateGeometry()
        self._fit()

    def _show_keys(self, keys: tuple[ColourKey, ...]) -> None:
        while len(self._scales) < len(keys):
            self._scales.append(ColourScale(self))
        before = [scale.widths() for scale in self._scales]
        for scale, key in zip(self._scales, keys, strict=False):
            scale.show_key(key)
        for place, scale in enumerate(self._scales):
            scale.setVisible(place < len(keys))
        if before != [scale.widths() for scale in self._scales]:
            self._fit()

    def _list(self, entries: dict[str, Listed], figure: Figure) -> None:
        gone = self._kept.keys() - entries.keys()
        for name in gone:
            self._kept[name].hide()
        free = [name for name in gone if run_number(name)]
        self._chips = [
            self._kept.get(name) or self._named(name, mark, figure.panel, free if run_number(name) else [])
            for name, mark in entries.items()
        ]
        for chip, mark in zip(self._chips, entries.values(), strict=True):
            chip.show_mark(mark, figure.n_layers, str(figure.title))
        for before, after in pairwise(self._chips):
            self.setTabOrder(before, after)
        self._fit()

    def _named(self, name: str, mark: Listed, panel: str, free: list[str]) -> LegendChip:
        """Give an entry a chip: a new one, or that of a run that is shown no more, for runs come and go without end."""
        chip = self._kept.pop(free.pop()) if free else self._made(name, mark)
        chip.name = name
        chip.setObjectName(f"legend_{panel}_{name}")
        self._kept[name] = chip
        return chip

    def _made(self, name: str, mark: Listed) -> LegendChip:
        chip = LegendChip(name, mark, self)
        chip.clicked.connect(self._tell)
        chip.pointed.connect(self._point)
        return chip

    def _fit(self) -> None:
        """Place everything from the left, the colours first."""
        left = self._fit_scales()
        widths = self._fitted(self.width() - left)
        self._more.setText(f"+{len(self._chips)}")
        for_more = self._more.sizeHint().width()
        room = self.width() - (0 if left + sum(widths) <= self.width() else for_more)
        end = left
        for chip, width in zip(self._chips, widths, strict=True):
            height = chip.sizeHint().height()
            chip.setGeometry(QRect(left, (self.height() - height) // 2, width, height))
            left += width
            chip.setVisible(left <= room)
            end = left if left <= room else end
        left_out = [chip.text() for chip in self._chips if chip.isHidden()]
        self._more.setText(f"+{len(left_out)}")
        tip = str(msg("Show all curves; no room for: {names}", names=", ".join(left_out)))
        self._more.setToolTip(tip)
        self._more.setAccessibleName(tip)
        self._more.setGeometry(QRect(QPoint(end, 0), QSize(self._more.sizeHint().width(), self.height())))
        self._more.setVisible(bool(left_out) and end + for_more <= self.width())  # "+" without its number says nothing

    def _fit_scales(self) -> int:
        """Place the colour keys, without names if there is no room; returns where they end."""
        left = 0
        for scale in self._scales:
            if scale.isHidden():
                continue
            room = self.width() - left
            width = next((width for width in scale.widths() if width <= room), 0)
            scale.setGeometry(QRect(left, 0, width, self.height()))
            left += width
        return left

    def _fitted(self, room: int) -> list[int]:
        """Give a width to each chip: its own, or if all are too wide together, the widest cut to one length."""
        widths = [chip.sizeHint().width() for chip in self._chips]
        least = _SWATCH + 3 * _PADDING + self.fontMetrics().horizontalAdvance("M" * _LETTERS)
        for most in range(max(widths, default=0), least - 1, -1):
            cut = [min(width, most) for width in widths]
            if sum(cut) <= room:
                return cut
        return widths

    @Slot()
    def _list_all(self) -> None:
        """Offer every curve, whether there was room for it or not."""
        self._menu.clear()
        for chip in self._chips:
            action = self._menu.addAction(unmarked(chip.text()))
            action.setCheckable(True)
            action.setChecked(chip.isChecked())
            action.setData(chip.name)

    @Slot(QAction)
    def _take_choice(self, action: QAction) -> None:
        next(chip for chip in self._chips if chip.name == action.data()).setChecked(action.isChecked())
        self._tell()

    @Slot()
    def _tell(self) -> None:
        hidden = {chip.name for chip in self._chips if not chip.isChecked()}
        for chip in self._chips:
            if run_number(chip.name) and (chip.name in self._hidden) == chip.isChecked():
                self.run_hidden.emit(chip.name, not chip.isChecked())
        self.hidden_changed.emit(self._hidden - {chip.name for chip in self._chips} | hidden)

    @Slot(str)
    def _point(self, name: str) -> None:
        self.run_pointed.emit(run_number(name))


def legend_of(figure: Figure) -> dict[str, Listed]:
    """Give the entries of all plots of a figure that have a legend."""
    return legend_entries(mark for plot in figure.plots for mark in listed(plot))
