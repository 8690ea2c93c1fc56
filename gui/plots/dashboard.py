"""The panels side by side: movable, hideable, and each able to take all the room."""

from collections.abc import Iterable, Mapping
from itertools import pairwise

from PySide6.QtCore import QByteArray, QObject, Qt, Signal, Slot
from PySide6.QtGui import QAction, QCursor, QShowEvent
from PySide6.QtWidgets import QApplication, QDockWidget, QMainWindow, QTabWidget, QWidget

from gui.live.figure_maker import FigureMaker, Made
from gui.plots.paint_budget import PaintBudget
from gui.plots.panel.panel_view import PanelView
from model.figures.figure import Unit
from model.figures.palette import Theme
from model.figures.panels import PANELS
from model.training.frame import Frame

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


class Dashboard(QMainWindow):
    """Docks for all panels within the window; hands Frames to those that can be seen."""

    painted = Signal()
    view_changed = Signal()
    export_requested = Signal(str)
    copy_requested = Signal(str)
    broken = Signal(str)

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setWindowFlags(Qt.WindowType.Widget)
        self.setObjectName("dashboard")
        self.setDockNestingEnabled(True)
        self.setTabPosition(Qt.DockWidgetArea.AllDockWidgetAreas, QTabWidget.TabPosition.North)
        self.setAnimated(False)
        self._maker = FigureMaker(self)
        self.panels = {name: PanelView(panel, theme, self._maker) for name, panel in PANELS.items()}
        self._docks = {name: self._made_dock(name, view) for name, view in self.panels.items()}
        self._budget = PaintBudget(self.panels, self)
        self._before_maximize: QByteArray | None = None
        self._maximized: str | None = None
        self._current = "loss"
        self.arrange()
        for view in self.panels.values():
            view.painted.connect(self.painted)
            view.broken.connect(self.broken)
            view.view_changed.connect(self.view_changed)
            view.cursor_moved.connect(self._point_all)
            view.maximize_requested.connect(self._toggle_maximized)
            view.close_requested.connect(self._hide)
            view.export_requested.connect(self._ask_export)
            view.copy_requested.connect(self._ask_copy)
            view.unit_pointed.connect(self._point_to_unit)
            view.panel_requested.connect(self.reveal)
        # not before the window is there: what such a figure needs would hold up the first paint
        self.painted.connect(self._maker.start, Qt.ConnectionType.SingleShotConnection)
        self._maker.made.connect(self._take)
        self._maker.failed.connect(self._take_fault)

    def close_maker(self, timeout: float) -> bool:
        """Make no more figures; returns whether the thread that does has ended in time."""
        return self._maker.close(timeout)

    @property
    def settled(self) -> bool:
        """Whether every panel has the newest Frame and no figure is being made."""
        return self._budget.settled and self._maker.idle

    def _made_dock(self, name: str, view: PanelView) -> QDockWidget:
        dock = QDockWidget(str(view.panel.title), self)
        dock.setObjectName(f"dock_{name}")
        dock.setWidget(view)
        dock.setTitleBarWidget(view.header)
        dock.visibilityChanged.connect(view.set_in_front)
        dock.toggleViewAction().setData(name)
        dock.toggleViewAction().triggered.connect(self._bring_forward)
        features = QDockWidget.DockWidgetFeature
        dock.setFeatures(features.DockWidgetMovable | features.DockWidgetClosable)
        return dock

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

    # Frames

    def show_frame(self, frame: Frame, *, whole: bool = False) -> None:
        """Show this moment on the panels that can be seen, as many at once as the budget allows, or all."""
        self._budget.offer(frame, self.current_under_mouse(), whole=whole)

    def current_under_mouse(self) -> str:
        """Give the name of the panel under the mouse, or ""."""
        under = QApplication.widgetAt(QCursor.pos())
        while under is not None and not isinstance(under, PanelView):
            under = under.parentWidget()
        return under.panel.id if isinstance(under, PanelView) else ""

    def show_ghosts(self, ghosts: Iterable[Frame]) -> None:
        """Draw these runs pale behind the present one, from the next frame on."""
        shown = tuple(ghosts)
        for view in self.panels.values():
            if "ghosts" in view.panel.options:
                view.view = view.view.with_(ghosts=shown)

    def show_theme(self, theme: Theme) -> None:
        for view in self.panels.values():
            view.show_theme(theme)

    def describe(self) -> None:
        for view in self.panels.values():
            view.describe()

    # Panels

    def current(self) -> PanelView:
        """Give the panel that a key means: the one under the mouse, else the one with the focus, else the last."""
        name = self.current_under_mouse()
        if name in self.panels:
            self._current = name
            return self.panels[name]
        focused = QApplication.focusWidget()
        for name, view in self.panels.items():
            if view.isVisible() and focused is not None and (view is focused or view.isAncestorOf(focused)):
                self._current = name
        return self.panels[self._current]

    def visible_panels(self) -> dict[str, PanelView]:
        return {name: view for name, view in self.panels.items() if not self._docks[name].isHidden()}

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
        self.panels[name].show_maximized(maximized=True)

    def choices(self) -> dict[str, dict[str, object]]:
        """Give how each panel is looked at, for the settings."""
        return {name: view.choices() for name, view in self.panels.items()}

    def choose(self, choices: Mapping[str, object]) -> None:
        """Look at the panels as remembered."""
        for name, view in self.panels.items():
            chosen = choices.get(name)
            if isinstance(chosen, Mapping):
                view.choose(chosen)

    def layout_state(self) -> QByteArray:
        """Give the layout to remember, without a panel that has all the room for the moment."""
        return self._before_maximize if self._before_maximize is not None else self.saveState(_LAYOUT_VERSION)

    def restore_layout(self, state: QByteArray) -> bool:
        """Lay the panels out as remembered; returns whether that could be read."""
        restored = self.restoreState(state, _LAYOUT_VERSION)
        self._as_at_first &= not restored
        return restored

    def _restore_maximized(self) -> None:
        if self._maximized is None or self._before_maximize is None:
            return
        self.panels[self._maximized].show_maximized(maximized=False)
        state, self._before_maximize, self._maximized = self._before_maximize, None, None
        self.restoreState(state, _LAYOUT_VERSION)

    @Slot()
    def _toggle_maximized(self) -> None:
        self.maximize(self._sender().panel.id)

    @Slot()
    def _hide(self) -> None:
        view = self._sender()
        self._restore_maximized()
        self._docks[view.panel.id].hide()

    @Slot()
    def _ask_export(self) -> None:
        self.export_requested.emit(self._sender().panel.id)

    @Slot()
    def _ask_copy(self) -> None:
        self.copy_requested.emit(self._sender().panel.id)

    @Slot(object)
    def _take(self, made: Made) -> None:
        self.panels[made.panel].take(made)

    @Slot(str, int, str)
    def _take_fault(self, name: str, run: int, fault: str) -> None:
        self.panels[name].take_fault(run, fault)

    @Slot(bool)
    def _bring_forward(self, shown: bool) -> None:  # noqa: FBT001  Qt's signal says so
        action = self.sender()
        if shown and isinstance(action, QAction):
            self._docks[action.data()].raise_()

    @Slot(str)
    def reveal(self, name: str) -> None:
        """Bring a panel to the front, wherever it is hidden."""
        self._restore_maximized()
        self._docks[name].show()
        self._docks[name].raise_()

    @Slot(object)
    def _point_to_unit(self, unit: Unit | None) -> None:
        for view in self.panels.values():
            view.point_to_unit(unit)

    @Slot(object)
    def _point_all(self, x: float | None) -> None:
        for view in self.visible_panels().values():
            view.point_to(x)

    def _sender(self) -> PanelView:
        sender: QObject = self.sender()
        assert isinstance(sender, PanelView)  # noqa: S101  only panels are connected
        return sender
