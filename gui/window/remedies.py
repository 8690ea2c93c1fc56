"""Remedies: passes the advice of trials to the panel *Why?*, and applies the remedy that is clicked there."""

from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Slot
from PySide6.QtWidgets import QWidget

from gui.files.data_desk import DataDesk
from gui.live.advising import Advising
from gui.live.session import Session
from gui.messages import Messages
from gui.plots.panel.panel_view import PanelView
from model.training.knob import SpecError
from model.words import msg

if TYPE_CHECKING:
    from model.insight.advice.advice import Advice
    from model.insight.advice.promise import Promise


class Remedies(QObject):
    """Stands between the panel *Why?* and the session."""

    def __init__(
        self,
        window: QWidget,
        session: Session,
        advising: Advising,
        panel: PanelView,
        desk: DataDesk,
        messages: Messages,
    ) -> None:
        super().__init__(window)
        self._session = session
        self._panel = panel
        self._desk = desk
        self._messages = messages
        advising.advised.connect(self._show)
        panel.offer_taken.connect(self.take)

    @Slot(object)
    def _show(self, advice: "Advice") -> None:
        frame = self._session.frame
        if frame is not None and (frame.run, frame.step) == (advice.run, advice.step):
            self._panel.set_view(advice=advice)

    @Slot(object)
    def take(self, promise: "Promise") -> None:
        """Start the promised run, with the present one as the run before."""
        if self._desk.is_slow(promise.spec):
            self._desk.take_when_read(promise.spec, "scaling", promise.spec.scaling)
        else:
            try:
                self._session.take(promise.spec, train=True)
            except SpecError as error:
                self._messages.tell(msg("Cannot make this run."), msg("{why}", why=str(error)))
                return
        self._panel.set_view(promise=promise, advice=None)
