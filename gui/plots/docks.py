"""The panels side by side, which can be moved, hidden and maximised."""

from collections.abc import Mapping
from itertools import pairwise

from PySide6.QtCore import QByteArray, QEvent, QObject, Qt, QTimer, Slot
from PySide6.QtGui import QAction, QMouseEvent, QResizeEvent, QShowEvent
from PySide6.QtWidgets import QDockWidget, QMainWindow, QTabWidget, QWidget

from gui.plots.panel.panel_view import PanelView
from gui.plots.shares import Shares

_LAYOUT_VERSION = 7
_WORDS = (8.5, 0.17)
"""Height of the panel *Why?* at the bottom of the window: in lines, and at most as a share of the window."""
PLACES = (
    ("weights", "spectrum", "features", "network", "response", "map"),
    ("accuracy", "decision", "symmetry", "seeds", "between", "randn"),
    ("loss", "variance", "phase", "coordinate", "transfer"),
    ("gradients", "gradcheck", "updates", "activations", "backprop", "sharpness", "travel"),
    ("why",),
)
"""Panels that share a place in the first layout, as tabs."""


class Docks(QMainWindow):
    """A dock for each panel, within the window; knows where panels are, and nothing of what they show."""

    def __init__(self, panels: Mapping[str, PanelView]) -> None:
        self._on_separator = False  # events come as soon as Qt has made its part
        super().__init__()
        self.setWindowFlags(Qt.WindowType.Widget)
        self.setObjectName("docks")
        self.setDockNestingEnabled(True)
        self.setTabPosition(Qt.DockWidgetArea.AllDockWidgetAreas, QTabWidget.TabPosition.North)
        self.setAnimated(False)
        self._panels = panels
        self._docks = {name: self._made_dock(name, view) for name, view in panels.items()}
        self._as_at_first = True
        self._before_maximize: QByteArray | None = None
        self._maximized: str | None = None
        self._shares: Shares | None = None
        """As the user has left the panels; None while they have their first layout, or are not shown yet."""
        self._noter = QTimer(self)
        self._noter.setSingleShot(True)
        self._noter.setInterval(0)
        self._noter.timeout.connect(self._note)
        self.arrange()

    def _made_dock(self, name: str, view: PanelView) -> QDockWidget:
        dock = QDockWidget(str(view.panel.title), self)
        dock.setObjectName(f"dock_{name}")
        dock.setWidget(view)
        dock.setTitleBarWidget(QWidget())
        view.faced.connect(self._take_face)
        dock.visibilityChanged.connect(view.set_in_front)
        dock.dockLocationChanged.connect(self._note_soon)
        dock.toggleViewAction().setData(name)
        dock.toggleViewAction().triggered.connect(self._bring_forward)
        view.maximize_requested.connect(self._toggle_maximized)
        view.close_requested.connect(self._hide)
        view.panel_requested.connect(self.reveal)
        features = QDockWidget.DockWidgetFeature
        dock.setFeatures(features.DockWidgetMovable | features.DockWidgetClosable)
        return dock

    @Slot()
    def _take_face(self) -> None:
        view = sending_panel(self)
        dock = self._docks[view.panel.id]
        stand_in = dock.titleBarWidget()
        dock.setTitleBarWidget(view.face.header)
        stand_in.deleteLater()

    # Where they are

    def arrange(self) -> None:
        """Put the panels in their first layout; those that share a place are tabs, with the first in front."""
        self.restore_maximized()
        area = Qt.DockWidgetArea.LeftDockWidgetArea
        docks = self._docks
        for dock in docks.values():
            self.removeDockWidget(dock)
        self.addDockWidget(area, docks["weights"])
        self.splitDockWidget(docks["weights"], docks["why"], Qt.Orientation.Vertical)
        self.splitDockWidget(docks["weights"], docks["loss"], Qt.Orientation.Horizontal)
        self.splitDockWidget(docks["weights"], docks["accuracy"], Qt.Orientation.Vertical)
        self.splitDockWidget(docks["loss"], docks["gradients"], Qt.Orientation.Vertical)
        for first, *others in PLACES:
            for name in others:
                self.tabifyDockWidget(docks[first], docks[name])
        for dock in docks.values():
            dock.show()
        for first, *_ in PLACES:
            self._panels[first].face  # noqa: B018
            docks[first].raise_()
        self._as_at_first = True
        self._share_out()
        self._noter.start()

    def spread(self, columns: int = 4) -> None:
        """Put all panels side by side, none behind another."""
        self.restore_maximized()
        docks = list(self._docks.values())
        for dock in docks:
            self.removeDockWidget(dock)
        heads = docks[:columns]
        self.addDockWidget(Qt.DockWidgetArea.LeftDockWidgetArea, heads[0])
        for left, right in pairwise(heads):
            self.splitDockWidget(left, right, Qt.Orientation.Horizontal)
        for place, dock in enumerate(docks[columns:], start=columns):
            self.splitDockWidget(docks[place - columns], dock, Qt.Orientation.Vertical)
        for dock in docks:
            dock.show()
        self._as_at_first = False

    def _share_out(self) -> None:
        """Give each place its share of the present window size."""
        docks = self._docks
        upright = Qt.Orientation.Vertical
        lines, share = _WORDS
        words = round(min(lines * self.fontMetrics().height(), share * self.height()))
        self.resizeDocks([docks["weights"], docks["loss"]], [550, 550], Qt.Orientation.Horizontal)
        self.resizeDocks([docks["weights"], docks["why"]], [self.height() - words, words], upright)
        self.resizeDocks([docks["weights"], docks["accuracy"]], [580, 320], upright)
        self.resizeDocks([docks["loss"], docks["gradients"]], [450, 450], upright)

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        self._lay_out()  # before, the window has no size to share out
        self._noter.start()

    # How large they are

    def _lay_out(self) -> None:
        """Compute the sizes for the present window size, from those of the user or of the first layout."""
        if self._maximized is not None:
            return
        if self._as_at_first:
            self._share_out()
        elif self._shares is not None:
            self._shares.apply(self, self._docks)

    def take_font(self) -> None:
        self._lay_out()

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._lay_out()

    @Slot()
    def _note_soon(self) -> None:
        """Remember the sizes once they are settled: the user has moved, shown or hidden a panel."""
        self._as_at_first = False
        self._noter.start()

    @Slot()
    def _note(self) -> None:
        if self._as_at_first:
            self._share_out()
        elif self._maximized is None and self.isVisible():
            in_sight = {name: dock for name, dock in self._docks.items() if self._panels[name].in_sight}
            self._shares = Shares(self, in_sight)

    def event(self, event: QEvent) -> bool:
        if isinstance(event, QMouseEvent) and event.type() == QEvent.Type.MouseButtonPress:
            self._on_separator = self.isSeparator(event.position().toPoint())
        handled = super().event(event)
        if self._on_separator and event.type() == QEvent.Type.MouseButtonRelease:
            self._on_separator = False
            self._note_soon()
        return handled

    # Remembering

    def state(self) -> QByteArray:
        """Give the layout to remember, as it is without a maximised panel."""
        return self._before_maximize if self._before_maximize is not None else self.saveState(_LAYOUT_VERSION)

    def restore(self, state: QByteArray) -> bool:
        """Lay the panels out as remembered; returns whether that could be read."""
        restored = self.restoreState(state, _LAYOUT_VERSION)
        self._as_at_first &= not restored
        self._noter.start()
        return restored

    # Which can be seen

    def open_panels(self) -> dict[str, PanelView]:
        """Give the panels that are not hidden, those behind tabs too."""
        return {name: view for name, view in self._panels.items() if not self._docks[name].isHidden()}

    def toggle_actions(self) -> list[QAction]:
        """Give for every panel the action that shows and hides it."""
        return [dock.toggleViewAction() for dock in self._docks.values()]

    def maximize(self, name: str) -> None:
        """Maximise one panel, or restore the others."""
        if self._maximized is not None:
            self.restore_maximized()
            return
        self._before_maximize = self.saveState(_LAYOUT_VERSION)
        self._maximized = name
        for other, dock in self._docks.items():
            dock.setVisible(other == name)
        self._panels[name].face.header.show_maximized(maximized=True)

    @Slot(str)
    def reveal(self, name: str) -> None:
        """Bring a panel to the front, wherever it is hidden."""
        self.restore_maximized()
        if self._docks[name].isHidden():
            self._docks[name].show()
            self._note_soon()
        self._docks[name].raise_()

    def restore_maximized(self) -> bool:
        """Restore the other panels; returns whether one was maximised."""
        if self._maximized is None or self._before_maximize is None:
            return False
        self._panels[self._maximized].face.header.show_maximized(maximized=False)
        state, self._before_maximize, self._maximized = self._before_maximize, None, None
        as_at_first = self._as_at_first
        self.restoreState(state, _LAYOUT_VERSION)
        self._as_at_first = as_at_first  # Qt has reported every dock as if the user had moved it
        self._noter.stop()
        self._lay_out()
        return True

    @Slot()
    def _toggle_maximized(self) -> None:
        self.maximize(sending_panel(self).panel.id)

    @Slot()
    def _hide(self) -> None:
        name = sending_panel(self).panel.id
        self.restore_maximized()
        self._docks[name].hide()
        self._note_soon()

    @Slot(bool)
    def _bring_forward(self, shown: bool) -> None:  # noqa: FBT001  Qt's signal says so
        action = self.sender()
        self._note_soon()
        if shown and isinstance(action, QAction):
            self._docks[action.data()].raise_()


def sending_panel(receiver: QObject) -> PanelView:
    """Give the panel whose signal a slot of `receiver` is just answering."""
    sender: QObject = receiver.sender()
    assert isinstance(sender, PanelView)  # noqa: S101  only panels are connected
    return sender
