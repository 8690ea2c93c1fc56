"""The panels side by side: movable, hideable, and each able to take all the room."""

from collections.abc import Mapping
from itertools import pairwise

from PySide6.QtCore import QByteArray, QObject, Qt, Slot
from PySide6.QtGui import QAction, QShowEvent
from PySide6.QtWidgets import QDockWidget, QMainWindow, QTabWidget

from gui.plots.panel.panel_view import PanelView

_LAYOUT_VERSION = 3
_WORDS = 132
"""Height of the panel of words, across the foot of the window."""
PLACES = (
    ("weights", "features", "network", "symmetry"),
    ("accuracy", "decision", "randn"),
    ("loss", "variance"),
    ("gradients", "updates", "activations", "backprop"),
    ("why",),
)
"""Panels that share a place in the first layout, as tabs."""


class Docks(QMainWindow):
    """A dock for each panel, within the window; knows where they are and nothing of what they show."""

    def __init__(self, panels: Mapping[str, PanelView]) -> None:
        super().__init__()
        self.setWindowFlags(Qt.WindowType.Widget)
        self.setObjectName("docks")
        self.setDockNestingEnabled(True)
        self.setTabPosition(Qt.DockWidgetArea.AllDockWidgetAreas, QTabWidget.TabPosition.North)
        self.setAnimated(False)
        self._panels = panels
        self._docks = {name: self._made_dock(name, view) for name, view in panels.items()}
        self._before_maximize: QByteArray | None = None
        self._maximized: str | None = None
        self.arrange()

    def _made_dock(self, name: str, view: PanelView) -> QDockWidget:
        dock = QDockWidget(str(view.panel.title), self)
        dock.setObjectName(f"dock_{name}")
        dock.setWidget(view)
        dock.setTitleBarWidget(view.header)
        dock.visibilityChanged.connect(view.set_in_front)
        dock.toggleViewAction().setData(name)
        dock.toggleViewAction().triggered.connect(self._bring_forward)
        view.maximize_requested.connect(self._toggle_maximized)
        view.close_requested.connect(self._hide)
        view.panel_requested.connect(self.reveal)
        features = QDockWidget.DockWidgetFeature
        dock.setFeatures(features.DockWidgetMovable | features.DockWidgetClosable)
        return dock

    # Where they are

    def arrange(self) -> None:
        """Put the panels where they are at first; those of one place are tabs, the first one in front."""
        self._restore_maximized()
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
            docks[first].raise_()
        self._as_at_first = True
        self._share_out()

    def spread(self, columns: int = 4) -> None:
        """Put all panels side by side, none behind another."""
        self._restore_maximized()
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
        """Give each place its share of the room that there is now."""
        docks = self._docks
        upright = Qt.Orientation.Vertical
        self.resizeDocks([docks["weights"], docks["loss"]], [550, 550], Qt.Orientation.Horizontal)
        self.resizeDocks([docks["weights"], docks["why"]], [self.height() - _WORDS, _WORDS], upright)
        self.resizeDocks([docks["weights"], docks["accuracy"]], [620, 280], upright)
        self.resizeDocks([docks["loss"], docks["gradients"]], [450, 450], upright)

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        if self._as_at_first:  # only now there is room to be shared out
            self._share_out()

    def state(self) -> QByteArray:
        """Give the layout to remember, without a panel that has all the room for the moment."""
        return self._before_maximize if self._before_maximize is not None else self.saveState(_LAYOUT_VERSION)

    def restore(self, state: QByteArray) -> bool:
        """Lay the panels out as remembered; returns whether that could be read."""
        restored = self.restoreState(state, _LAYOUT_VERSION)
        self._as_at_first &= not restored
        return restored

    # Which can be seen

    def open_panels(self) -> dict[str, PanelView]:
        """Give the panels that are not hidden, those behind tabs too."""
        return {name: view for name, view in self._panels.items() if not self._docks[name].isHidden()}

    def toggle_actions(self) -> list[QAction]:
        """Give for every panel the action that shows and hides it."""
        return [dock.toggleViewAction() for dock in self._docks.values()]

    def maximize(self, name: str) -> None:
        """Give one panel all the room, or the others theirs back."""
        if self._maximized is not None:
            self._restore_maximized()
            return
        self._before_maximize = self.saveState(_LAYOUT_VERSION)
        self._maximized = name
        for other, dock in self._docks.items():
            dock.setVisible(other == name)
        self._panels[name].header.show_maximized(maximized=True)

    @Slot(str)
    def reveal(self, name: str) -> None:
        """Bring a panel to the front, wherever it is hidden."""
        self._restore_maximized()
        self._docks[name].show()
        self._docks[name].raise_()

    def _restore_maximized(self) -> None:
        if self._maximized is None or self._before_maximize is None:
            return
        self._panels[self._maximized].header.show_maximized(maximized=False)
        state, self._before_maximize, self._maximized = self._before_maximize, None, None
        self.restoreState(state, _LAYOUT_VERSION)

    @Slot()
    def _toggle_maximized(self) -> None:
        self.maximize(sending_panel(self).panel.id)

    @Slot()
    def _hide(self) -> None:
        name = sending_panel(self).panel.id
        self._restore_maximized()
        self._docks[name].hide()

    @Slot(bool)
    def _bring_forward(self, shown: bool) -> None:  # noqa: FBT001  Qt's signal says so
        action = self.sender()
        if shown and isinstance(action, QAction):
            self._docks[action.data()].raise_()


def sending_panel(receiver: QObject) -> PanelView:
    """Give the panel whose signal a slot of `receiver` is just answering."""
    sender: QObject = receiver.sender()
    assert isinstance(sender, PanelView)  # noqa: S101  only panels are connected
    return sender
