"""The controls of single panels: a table of widgets that stand above the plots."""

from collections.abc import Callable
from importlib import import_module
from typing import cast

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QScrollArea, QVBoxLayout, QWidget

from model.figures.figure import View
from model.training.frame import Frame


class PanelControls(QWidget):
    """Fields above a panel's plots: `changed` carries fields of its View, and `show_choice` shows what is in force."""

    changed = Signal(dict)

    def show_choice(self, frame: Frame, view: View) -> None:
        """Show what the panel draws now."""


def _made(module: str, name: str) -> Callable[[], PanelControls]:
    """Import the controls of a panel when it is first seen, for none of them is at the start."""

    def make() -> PanelControls:
        return cast("PanelControls", getattr(import_module(f"{__name__}.{module}"), name)())

    return make


CONTROLS = {
    "randn": _made("randn", "RandnControls"),
    "coordinate": _made("width", "CoordinateControls"),
    "transfer": _made("width", "TransferControls"),
}
"""What stands above the plots of some panels."""


def below(controls: QWidget, figure_view: QWidget) -> QScrollArea:
    """Put a figure below its controls; if the panel is too small for both, they scroll."""
    inside, area = QWidget(), QScrollArea()
    column = QVBoxLayout(inside)
    column.setContentsMargins(0, 0, 0, 0)
    column.setSpacing(0)
    column.addWidget(controls)
    column.addWidget(figure_view, 1)
    area.setWidget(inside)
    area.setWidgetResizable(True)
    area.setFocusPolicy(Qt.FocusPolicy.NoFocus)
    area.viewport().setAutoFillBackground(False)
    inside.setAutoFillBackground(False)
    return area
