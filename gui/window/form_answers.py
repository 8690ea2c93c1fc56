"""Tries the edits of the form on the session, which takes them, refuses them, or takes them once data is read."""

from PySide6.QtCore import QObject, Slot
from PySide6.QtWidgets import QWidget

from gui.files.data_desk import DataDesk
from gui.live.session import Session
from gui.pane.path_editor import ask_for_data_file, ask_for_weights
from gui.pane.spec_form import SpecForm
from gui.plots.dashboard import Dashboard
from model.training.knob import SpecError
from model.training.spec import KNOBS
from model.words import Message


class FormAnswers(QObject):
    """Stands between the form, with the panels where knobs are turned too, and the session."""

    def __init__(
        self, window: QWidget, form: SpecForm, dashboard: Dashboard, session: Session, data_desk: DataDesk
    ) -> None:
        super().__init__(window)
        self._window = window
        self._form = form
        self._session = session
        self._data_desk = data_desk
        form.edited.connect(self._take_edit)
        form.drag_started.connect(session.kept.start_drag)
        form.drag_finished.connect(session.kept.end_drag)
        form.browse_requested.connect(self._browse)
        dashboard.knobs_turned.connect(self._take_turns)
        dashboard.drag_started.connect(session.kept.start_drag)
        dashboard.drag_finished.connect(session.kept.end_drag)
        data_desk.refused.connect(self._show_refusal)

    @Slot(str, object)
    def _take_edit(self, name: str, value: object) -> None:
        typed = KNOBS[name].format(value)
        try:
            wanted = self._session.spec.turned(name, value)
            if self._data_desk.is_slow(wanted):
                self._data_desk.take_when_read(wanted, name, typed)
                return
            self._session.turn(name, value)
        except SpecError as error:
            for knob, message in error.messages.items():
                self._form.show_error(knob or name, message, typed if knob == name else None)
        else:
            self._form.show_spec(self._session.spec)

    @Slot(dict)
    def _take_turns(self, values: dict[str, object]) -> None:
        """Turn several knobs at once, all of the network's start."""
        try:
            wanted = self._session.spec.replaced(**values)
            if wanted != self._session.spec:
                self._session.take(wanted)
        except SpecError as error:
            for knob, message in error.messages.items():
                self._form.show_error(knob or next(iter(values)), message)

    @Slot(str, object, str)
    def _show_refusal(self, name: str, message: Message, typed: str) -> None:
        self._form.show_error(name, message, typed)

    @Slot(str)
    def _browse(self, name: str) -> None:
        path = (ask_for_weights if name == "weights" else ask_for_data_file)(self._window)
        if path:
            self._form.editor(name).set_value(path)
