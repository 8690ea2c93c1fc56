"""The loss curve of the run under the mouse, in a corner of the map."""

from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, QPointF, QTimer, Slot

from gui.live.glimpsing import Glimpse, Glimpsing
from gui.plots.axes.inset import Inset
from gui.plots.axes.plot_area import PlotArea
from gui.plots.panel.panel_view import PanelView
from model.training.knob import SpecError
from model.training.spec import TrainingSpec
from model.words import Real, msg

if TYPE_CHECKING:
    from model.sweeps.table import Table

_REST_MS = 120
"""How long the mouse rests on a pixel before its run is trained."""


class Glimpses(QObject):
    """Asks for the run of the pixel under the mouse, and shows its curve when that is there."""

    def __init__(self, view: PanelView, glimpsing: Glimpsing) -> None:
        super().__init__(view)
        self._view = view
        self._glimpsing = glimpsing
        self._wanted: TrainingSpec | None = None
        self._left = False
        self._insets: dict[PlotArea, Inset] = {}
        self._rest = QTimer(self)
        self._rest.setSingleShot(True)
        self._rest.setInterval(_REST_MS)
        self._rest.timeout.connect(self._ask)
        glimpsing.made.connect(self._show)
        view.faced.connect(self._begin)

    @Slot()
    def _begin(self) -> None:
        self._view.face.figure_view.pointed.connect(self._point)
        self._view.face.figure_view.left.connect(self._leave)
        self._view.face.figure_view.ranged.connect(self._leave)

    @Slot(object)
    def _point(self, position: QPointF) -> None:
        """Wait until the mouse rests on a pixel."""
        spec = self._spec_at(position)
        if spec == self._wanted:
            return
        self._leave()
        self._wanted = spec
        if spec is not None:
            self._rest.start()

    def _spec_at(self, position: QPointF) -> TrainingSpec | None:
        view, area = self._view, self._view.areas().get("map")
        table: Table | None = view.view.sweep
        at = None if area is None else area.place_at(position)
        if area is None or at is None or table is None or view.frame is None or view.panel.turn is None:
            return None
        self._left = at[0] > sum(area.display_range()[0]) / 2
        try:
            values = view.panel.turn(view.frame, view.view, (0,), *at, alone=False)
            return table.sweep.base.replaced(**values)
        except SpecError:
            return None

    @Slot()
    def _leave(self) -> None:
        self._wanted = None
        self._rest.stop()
        self._glimpsing.forget()
        for inset in self._insets.values():
            inset.hide()

    @Slot()
    def _ask(self) -> None:
        if self._wanted is not None:
            self._glimpsing.want(self._wanted)

    @Slot(object)
    def _show(self, glimpse: Glimpse) -> None:
        area = self._view.areas().get("map")
        if glimpse.spec != self._wanted or area is None:
            return
        if area not in self._insets:
            self._insets[area] = Inset(area.box, self._view.font(), self._view.theme)
        inset = self._insets[area]
        inset.show_look(self._view.theme, self._view.font())
        if glimpse.diverged is not None:
            words = msg("diverged at step {step:,}", step=glimpse.diverged)
        else:
            words = msg("final loss {last:.4g}", last=Real(glimpse.final_loss))
        inset.show_curve(glimpse.loss, glimpse.guessing, str(words), left=self._left)
