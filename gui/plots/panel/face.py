"""What is seen of a panel: title bar, menu, controls and figure."""

from PySide6.QtCore import Signal
from PySide6.QtGui import QContextMenuEvent
from PySide6.QtWidgets import QVBoxLayout, QWidget

from gui.plots.panel.controls import CONTROLS, below
from gui.plots.panel.figure_view import FigureView
from gui.plots.panel.grasp import Grasp
from gui.plots.panel.header import PanelHeader
from gui.plots.panel.panel_menu import PanelMenu
from gui.plots.panel.pointing import Pointing
from model.figures.figure import Figure, View
from model.figures.palette import Theme
from model.figures.panels import Panel
from model.training.frame import Frame


class PanelFace(QWidget):
    """Shows the figures of a panel, and emits what the person wants of it.

    Attributes
    ----------
    header : the title bar, for the dock
    """

    changed = Signal(dict)
    """Fields of the View."""
    maximize_requested = Signal()
    close_requested = Signal()

    def __init__(self, panel: Panel, theme: Theme, parent: QWidget) -> None:
        super().__init__(parent)
        self.menu = PanelMenu(panel, self)
        self.header = PanelHeader(panel, self.menu, theme)
        self.figure_view = FigureView(theme)
        self.controls = CONTROLS[panel.id]() if panel.id in CONTROLS else None
        self.pointing = Pointing(self.figure_view)
        self.grasp = Grasp(parent, self.figure_view) if panel.turn is not None else None
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.addWidget(self.figure_view if self.controls is None else below(self.controls, self.figure_view))
        for part in (self.header, self.menu):
            part.maximize_requested.connect(self.maximize_requested)
            part.close_requested.connect(self.close_requested)
            part.changed.connect(self.changed)
        self.figure_view.double_clicked.connect(self.maximize_requested)
        self.menu.fit_requested.connect(self.figure_view.fit)
        if self.controls is not None:
            self.controls.changed.connect(self.changed)
        self.show_theme(theme)

    def show_choice(self, frame: Frame, view: View) -> None:
        """Show in the controls what is looked at."""
        if self.controls is not None:
            self.controls.show_choice(frame, view)

    def show_figure(self, figure: Figure, view: View) -> None:
        """Draw this, as the View says."""
        self.figure_view.show_figure(figure, view)
        self.header.legend.show_figure(figure, view.hidden)
        if self.grasp is not None:
            self.grasp.follow()

    def show_theme(self, theme: Theme) -> None:
        """Draw everything in other colours."""
        self.header.show_theme(theme)
        self.figure_view.show_theme(theme)
        if self.grasp is not None:
            self.grasp.show_theme(theme)

    def contextMenuEvent(self, event: QContextMenuEvent) -> None:
        self.menu.popup(event.globalPos())
