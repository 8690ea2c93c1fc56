"""The size of an exported picture: a preset, or width and height in a unit, with resolution and font size."""

import contextlib
import re

from PySide6.QtCore import QObject, Slot
from PySide6.QtWidgets import QComboBox, QFormLayout, QHBoxLayout, QLabel, QLineEdit, QWidget

from model.figures.picture import FINE_DPI, LOGICAL_DPI, PRESETS, ExportError, PictureOptions, Preset, Size, Unit
from model.words import Message, msg

CUSTOM = ""
SCREEN = "screen"
_UNITS: tuple[Unit, ...] = ("mm", "in", "px")
_LEAST_ON_SCREEN = (480, 320)
"""Least size of a picture “as on screen”, in logical pixels, since a panel may be squeezed there."""
_NUMBER = re.compile(r"\d{1,6}(?:\.\d{1,6})?", re.ASCII)


class SizeFields(QObject):
    """The fields for the size of a picture, which update each other; editing one sets the preset to *Custom*."""

    def __init__(self, on_screen: tuple[int, int], parent: QWidget) -> None:
        super().__init__(parent)
        width, height = (max(side, least) for side, least in zip(on_screen, _LEAST_ON_SCREEN, strict=True))
        scale = FINE_DPI / LOGICAL_DPI
        self._screen = Preset(msg("As on screen"), Size(width * scale, height * scale, "px"), 0.0, FINE_DPI)
        self.preset, self.unit = QComboBox(parent), QComboBox(parent)
        self.width, self.height, self.dpi, self.font = (QLineEdit(parent) for _ in range(4))
        self.hint = QLabel(parent)
        self._rows = 1
        self._unit_before: Unit = "px"
        self._fill()
        self._take_preset()
        self.preset.activated.connect(self._take_preset)
        self.unit.currentIndexChanged.connect(self._change_unit)
        self.dpi.textEdited.connect(self._follow_dpi)
        for field in (self.width, self.height):
            field.textEdited.connect(self._become_custom)
        self.font.textEdited.connect(self._become_custom)

    def _fill(self) -> None:
        self.preset.addItem(str(self._screen.label), SCREEN)
        for name, preset in PRESETS.items():
            self.preset.addItem(str(preset.label), name)
        self.preset.addItem(str(msg("Custom")), CUSTOM)
        for unit in _UNITS:
            self.unit.addItem(unit, unit)
        for field in (self.width, self.height, self.dpi, self.font):
            field.setFixedWidth(field.fontMetrics().horizontalAdvance("0000.00") + 18)
        self.font.setPlaceholderText(str(msg("auto")))
        self.font.setToolTip(str(msg("Leave empty to choose the font size automatically")))
        self.hint.setProperty("role", "muted")

    def add_to(self, form: QFormLayout) -> None:
        """Put the fields into a form."""
        form.addRow(str(msg("Size")), self.preset)
        form.addRow("", _row(self.width, QLabel("×"), self.height, self.unit))
        form.addRow(str(msg("Resolution")), _row(self.dpi, QLabel("dpi"), self.hint))
        form.addRow(str(msg("Font size")), _row(self.font, QLabel("pt")))

    def show_rows(self, rows: int) -> None:
        """Offer sizes for a figure with this many rows of plots."""
        self._rows = rows
        if self.preset.currentData() in PRESETS:
            self._take_preset()

    def enable(self, *, picture: bool, png: bool) -> None:
        """Enable the fields that matter for a format."""
        for widget in (self.preset, self.width, self.height, self.unit, self.font):
            widget.setEnabled(picture)
        self.dpi.setEnabled(png)
        self.hint.setVisible(png)

    def options(self) -> PictureOptions:
        """Read the fields; raises ExportError."""
        dpi = _number(self.dpi, msg("Resolution")) if self.dpi.isEnabled() else FINE_DPI
        width, height = self._size(self.unit.currentData()).logical(dpi)
        font_size = _number(self.font, msg("Font size")) if self.font.text().strip() else None
        return PictureOptions(width, height, dpi, font_size=font_size)

    def _chosen(self) -> Preset | None:
        name = self.preset.currentData()
        return self._screen if name == SCREEN else PRESETS.get(name)

    def _size(self, unit: Unit) -> Size:
        return Size(_number(self.width, msg("Width")), _number(self.height, msg("Height")), unit)

    @Slot()
    def _take_preset(self) -> None:
        preset = self._chosen()
        if preset is None:
            return
        self.unit.blockSignals(True)
        self.unit.setCurrentIndex(self.unit.findData(preset.size.unit))
        self.unit.blockSignals(False)
        self.dpi.setText(f"{preset.dpi:g}")
        self.font.setText(f"{preset.font_size:g}" if preset.font_size else "")
        self._show(preset.size_for(self._rows))

    def _show(self, size: Size) -> None:
        digits = {"mm": 1, "in": 3, "px": 0}[size.unit]
        for field, side in ((self.width, size.width), (self.height, size.height)):
            field.setText(f"{side:.{digits}f}".rstrip("0").rstrip(".") if digits else f"{side:.0f}")
        self._unit_before = size.unit
        self._show_hint()

    @Slot()
    def _change_unit(self) -> None:
        """Convert the size to the new unit."""
        try:
            size = self._size(self._unit_before)
            self._show(size.converted(self.unit.currentData(), _number(self.dpi, msg("Resolution"))))
        except ExportError:
            self._unit_before = self.unit.currentData()

    @Slot()
    def _follow_dpi(self) -> None:
        """Keep the printed size of a preset by changing its pixels; a size typed in pixels stays as it is."""
        preset = self._chosen()
        with contextlib.suppress(ExportError):
            dpi = _number(self.dpi, msg("Resolution"))
            if preset is not None and self.unit.currentData() == "px" and dpi > 0:
                self._show(preset.size_for(self._rows).converted("in", preset.dpi).converted("px", dpi))
        self._show_hint()

    @Slot()
    def _become_custom(self) -> None:
        self.preset.setCurrentIndex(self.preset.findData(CUSTOM))
        self._show_hint()

    def _show_hint(self) -> None:
        """Say how many pixels a PNG will have."""
        try:
            width, height = self.options().pixels
        except ExportError:
            self.hint.clear()
        else:
            self.hint.setText(str(msg("{width:,} × {height:,} pixels", width=width, height=height)))


def _row(*widgets: QWidget) -> QHBoxLayout:
    row = QHBoxLayout()
    for widget in widgets:
        row.addWidget(widget)
    row.addStretch(1)
    return row


def _number(field: QLineEdit, label: Message) -> float:
    text = field.text().strip()
    if not _NUMBER.fullmatch(text):
        raise ExportError(msg("{label} must be a number, such as 85 or 3.35.", label=label))
    return float(text)
