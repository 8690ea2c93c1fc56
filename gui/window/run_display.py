"""Shows the session: its frames on the panels, its numbers and state around them."""

import math

from PySide6.QtCore import QObject, QTimer, Slot
from PySide6.QtGui import QAction
from PySide6.QtWidgets import QWidget

from gui.live.session import Session
from gui.look.menu_text import unmarked
from gui.messages import Messages
from gui.pane.spec_form import SpecForm
from gui.plots.dashboard import Dashboard
from gui.window.appearance import Appearance
from gui.window.note_bar import NoteBar
from gui.window.speed import SpeedControl
from gui.window.status import StatusBar
from model.data.dataset import Dataset
from model.foreign_text import showable
from model.network.parametrization import base_sizes
from model.training.frame import Frame
from model.training.initial import notes_on_weights
from model.training.runner import State
from model.training.spec import TrainingSpec
from model.words import msg

_DESCRIBE_MS = 500
_AT_ONCE = 0.03
"""Seconds within which an earlier step is shown on all panels at once, for it is one step that is looked at."""


class RunDisplay(QObject):
    """Follows the session, and hands what it reports to the part of the window that shows it."""

    def __init__(
        self,
        window: QWidget,
        session: Session,
        form: SpecForm,
        dashboard: Dashboard,
        status: StatusBar,
        note: NoteBar,
        speed: SpeedControl,
        messages: Messages,
        appearance: Appearance,
        actions: dict[str, QAction],
    ) -> None:
        super().__init__(window)
        self._session = session
        self._spec = session.spec
        self._form = form
        self._dashboard = dashboard
        self._status = status
        self._note = note
        self._speed = speed
        self._messages = messages
        self._appearance = appearance
        self._actions = actions
        self._run = 0
        self._describer = QTimer(self)
        self._describer.setSingleShot(True)
        self._describer.setInterval(_DESCRIBE_MS)
        self._listen()

    def open(self) -> None:
        """Show what there is before the first frame."""
        self._show_data(self._session.data)
        self._show_speed()

    def close(self) -> None:
        """Show nothing more."""
        self._describer.stop()

    def _listen(self) -> None:
        session = self._session
        session.watcher.frame_changed.connect(self._show_frame)
        session.spec_changed.connect(self._show_spec)
        session.data_changed.connect(self._take_data)
        session.watcher.state_changed.connect(self._show_state)
        session.kept.changed.connect(self._follow_kept)
        session.comparison.changed.connect(self._show_compared)
        session.kept.dragged.connect(self._show_motion)
        session.watcher.settled.connect(self._show_motion)
        session.watcher.settled.connect(self._compare_at_rest)
        session.scrubbing.failed.connect(self._show_scrub_fault)
        self._dashboard.painted.connect(session.watcher.note_paint)
        self._dashboard.view_changed.connect(self._describe)
        self._dashboard.redrawn.connect(self._describe_soon)
        self._describer.timeout.connect(self._describe)
        self._speed.changed.connect(self._take_speed)
        self._actions["train"].triggered.connect(self._show_train_state)
        self._actions["pin"].triggered.connect(self._show_pin)

    @Slot(object)
    def _show_frame(self, frame: Frame) -> None:
        self._compare(frame)
        self._dashboard.runs.show(self._session.comparison.runs())
        if frame.run != self._run:
            self._run = frame.run
            self._show_pin()
        self._dashboard.show_steps(self._session.watcher.steps)
        sought = self._session.seeking.step is not None and self._dashboard.cost < _AT_ONCE
        self._dashboard.show_frame(frame, whole=sought or self._session.watcher.draws_whole)
        self._status.show_frame(frame)
        self._form.std_editor().show_measured(frame.stds[0])
        self._describe_soon()

    @Slot()
    def _describe_soon(self) -> None:
        if not self._describer.isActive():
            self._describer.start()

    @Slot()
    def _describe(self) -> None:
        self._dashboard.describe()

    @Slot(object)
    def _show_spec(self, spec: TrainingSpec) -> None:
        if spec != self._spec:
            other_weights = spec.weights not in (None, self._spec.weights)
            self._spec = spec
            self._note.forget()
            if other_weights:
                self._tell_of_weights(spec)
        self._form.show_spec(spec)
        self._show_speed()
        self._show_ways_back()

    def _tell_of_weights(self, spec: TrainingSpec) -> None:
        """Say how a file of weights was understood."""
        self._note.explain("  ".join(str(note) for note in notes_on_weights(spec, self._session.data)))

    @Slot(object)
    def _take_data(self, data: Dataset) -> None:
        self._show_data(data)
        if data.notes:
            self._note.explain("  ".join(str(note) for note in data.notes))

    def _show_data(self, data: Dataset) -> None:
        spec = self._session.spec
        sizes = data.layer_sizes(spec.hidden_sizes)
        self._form.set_facts(base_sizes(sizes, spec.parametrization, spec.base_width))

    @Slot(str)
    def _show_state(self, state: State) -> None:
        engine, frame = self._session.engine(), self._session.frame
        current = engine is not None and frame is not None and frame.run == engine.recording.run
        self._status.show_state(state, frame if current else None)
        self._appearance.show_training(training=state == "training")
        self._show_motion()
        if state == "failed":
            self._messages.tell(
                msg("Training stopped: a step raised an exception."),
                msg("{text}", text=self._session.run.failure[-600:]),
            )

    @Slot()
    def _show_motion(self) -> None:
        """Let axes stick while frames follow one another; at rest they follow from the figure alone."""
        session = self._session
        scrubs = session.scrubbing.on and not session.scrubbing.idle  # one run after another, each of them finished
        self._dashboard.show_motion(moving=session.kept.dragging or session.is_training or scrubs)

    @Slot()
    def _show_train_state(self) -> None:
        """Undo the button's own toggling where the order came to nothing."""
        self._actions["train"].setChecked(self._session.is_training)

    @Slot()
    def _show_compared(self) -> None:
        """Show the present moment again, with what is beside it now."""
        frame = self._session.frame
        self._dashboard.runs.show(self._session.comparison.runs())
        self._show_pin()
        if frame is not None and not self._session.is_training:
            self._compare(frame)
            self._dashboard.show_frame(frame)

    def _compare(self, frame: Frame) -> None:
        session = self._session
        session.comparison.look_at(frame, still=session.seeking.step is not None or not session.is_training)

    @Slot()
    def _compare_at_rest(self) -> None:
        if self._session.frame is not None:
            self._compare(self._session.frame)

    @Slot()
    def _follow_kept(self) -> None:
        self._show_ways_back()
        self._show_pin()
        self._show_data(self._session.data)

    @Slot()
    def _show_pin(self) -> None:
        self._actions["pin"].setChecked(self._session.shelving.pinned)

    def _show_ways_back(self) -> None:
        kept, undo = self._session.kept, self._actions["undo"]
        undo.setEnabled(kept.can_undo)
        undo.setText(str(msg("Undo {change}" if kept.change else "Undo", change=unmarked(showable(kept.change, 60)))))
        self._actions["redo"].setEnabled(self._session.kept.can_redo)

    @Slot(str)
    def _show_scrub_fault(self, fault: str) -> None:
        self._messages.tell(msg("An exception was raised while scrubbing."), msg("{text}", text=fault[-600:]))

    @Slot(object)
    def _take_speed(self, value: float | str) -> None:
        self._session.pace.set_speed(math.inf if value == "max" else "auto" if value == "auto" else float(value))
        self._show_speed()

    def _show_speed(self) -> None:
        self._speed.show_rate(self._session.pace.steps_per_second)
