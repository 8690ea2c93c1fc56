"""The window: the form at the left, the panels beside it, and every action wired to the one who carries it out."""

import math

from PySide6.QtCore import QEvent, Qt, QTimer, Slot
from PySide6.QtGui import QCloseEvent, QDragEnterEvent, QDropEvent
from PySide6.QtWidgets import QMainWindow, QSplitter, QToolButton

from gui.actions.commands import Commands
from gui.actions.menus import fill_menus, made_actions, made_toolbar
from gui.actions.preset_menu import PresetMenu
from gui.files.background import Background
from gui.files.data_desk import DataDesk
from gui.files.drop import dropped, read_dropped
from gui.files.file_desk import FileDesk
from gui.leaving import leave
from gui.live.kernel_loader import KernelLoader
from gui.live.session import Session
from gui.look.appearance import Appearance
from gui.pane.path_editor import ask_for_data_file
from gui.pane.spec_form import SpecForm
from gui.plots.dashboard import Dashboard
from gui.settings import Settings
from gui.window.messages import Messages
from gui.window.remembered import Remembered
from gui.window.speed import SpeedControl
from gui.window.status import StatusBar
from gui.window.tabbed import Tabbed
from model.data.dataset import Dataset
from model.figures.palette import Theme
from model.training.frame import Frame
from model.training.knob import SpecError
from model.training.presets import presets
from model.training.runner import State
from model.training.spec import KNOBS, TrainingSpec
from model.training.stepper import kernel_stepper
from model.words import Message, msg

_FORM_WIDTH = 318
_DESCRIBE_MS = 500
_LAST_WORK_SECONDS = 5.0
_LAST_PANEL_MS = 60
"""Time from the first panel's paint to the last one's."""


class MainWindow(QMainWindow):
    """Holds the parts together; decides nothing about training or drawing."""

    def __init__(self, session: Session, settings: Settings, theme: Theme, loader: KernelLoader | None) -> None:
        self._tabbed = Tabbed()  # events come as soon as Qt has made its part
        super().__init__()
        self.session = session
        self._settings = settings
        self._loader = loader
        self.form = SpecForm(session.spec)
        self.dashboard = Dashboard(theme)
        self.speed = SpeedControl()
        self.status = StatusBar()
        self._splitter = QSplitter(Qt.Orientation.Horizontal)
        self.messages = Messages(self)
        self._background = Background("initscope-files")
        self.desk = FileDesk(self, session, self.dashboard, self._background, self.messages)
        self.data_desk = DataDesk(self, session, self._background, self.messages)
        self._commands = Commands(self, session, self.form, self.dashboard, self.desk, self.data_desk)
        self._actions = made_actions(self, self._commands)
        self._appearance = Appearance(self, self._actions, self.dashboard, theme)
        self._remembered = Remembered(settings, self, self._splitter, self.form, self.dashboard, self.speed)
        self._presets = PresetMenu(presets().values(), self)
        self._describer = QTimer(self)
        self._arrange()
        self._connect()
        self._remembered.restore()
        self._appearance.show_theme(theme)

    # Making

    def _arrange(self) -> None:
        self.setWindowTitle("Initscope")
        self.setObjectName("main_window")
        self.setAcceptDrops(True)
        self.setMinimumSize(760, 480)
        self._splitter.setObjectName("splitter")
        self._splitter.addWidget(self.form)
        self._splitter.addWidget(self.dashboard)
        self._splitter.setStretchFactor(1, 1)
        self._splitter.setChildrenCollapsible(False)
        self.form.setMinimumWidth(_FORM_WIDTH - 20)
        self.resize(1440, 900)
        self._splitter.setSizes([_FORM_WIDTH, 1440 - _FORM_WIDTH])
        scrub = QToolButton()
        scrub.setDefaultAction(self._actions["scrub"])
        scrub.setObjectName("scrub_button")
        self.form.std_editor().add_beside(scrub)
        self.setCentralWidget(self._splitter)
        self.setStatusBar(self.status)
        self.addToolBar(made_toolbar(self._actions, self.speed))
        fill_menus(self, self._actions, self.dashboard.toggle_actions(), self._presets)

    def _connect(self) -> None:
        self._commands.style_toggled.connect(self._appearance.toggle)
        self._actions["train"].triggered.connect(self._show_train_state)
        self.form.edited.connect(self._take_edit)
        self.form.drag_started.connect(self._start_drag)
        self.form.drag_finished.connect(self._end_drag)
        self.form.browse_requested.connect(self._browse_data)
        self.speed.changed.connect(self._take_speed)
        self.session.frame_changed.connect(self._show_frame)
        self.session.spec_changed.connect(self._show_spec)
        self.session.data_changed.connect(self._take_data)
        self.session.state_changed.connect(self._show_state)
        self.session.ghosts_changed.connect(self._show_ghosts)
        self.session.scrub_failed.connect(self._show_scrub_fault)
        self.dashboard.painted.connect(self._note_paint)
        self.dashboard.export_requested.connect(self.desk.export)
        self.dashboard.copy_requested.connect(self.desk.copy_image)
        self.dashboard.view_changed.connect(self._describe)
        self.dashboard.broken.connect(self.messages.tell_broken_panel)
        self._presets.chosen.connect(self.desk.take_preset)
        self.desk.explained.connect(self.status.showMessage)
        self.desk.said.connect(self._say)
        self.data_desk.said.connect(self._say)
        self.data_desk.refused.connect(self._show_refusal)
        self._describer.setSingleShot(True)
        self._describer.setInterval(_DESCRIBE_MS)
        self._describer.timeout.connect(self._describe)
        if self._loader is not None:
            self._loader.ready.connect(self._use_kernels)
            self._loader.failed.connect(self._do_without_kernels)

    # Life

    def open(self) -> None:
        """Begin: the first run, untrained, and the kernels behind it."""
        self.session.open()
        self._show_data(self.session.data)
        self._show_speed()
        if self._loader is not None:
            self.status.show_engine(str(msg("preparing kernels")))
            self.dashboard.painted.connect(self._bring_kernels, Qt.ConnectionType.SingleShotConnection)

    @Slot()
    def _bring_kernels(self) -> None:
        """Begin to load them when all panels are painted: the imports would hold that up."""
        if self._loader is not None:
            QTimer.singleShot(_LAST_PANEL_MS, self._loader.start)

    @property
    def loads_kernels(self) -> bool:
        """Whether the kernels are still being brought in by a thread of their own."""
        return self._loader is not None and self._loader.loading

    def closeEvent(self, event: QCloseEvent) -> None:
        """The one way out: remember, stop the training, finish what is being written."""
        self._remembered.save(self.session.spec.to_json(), self._appearance.theme.name)
        self._describer.stop()
        if self._loader is not None:
            self._loader.close()
        ended = self.session.close() and self.dashboard.close_maker(_LAST_WORK_SECONDS)
        self.data_desk.cancel()
        written = self._background.close(_LAST_WORK_SECONDS)
        self._settings.sync()
        event.accept()
        if not (ended and written):
            # a thread that cannot be ended would take the process down with an abort
            leave(0)

    # The form

    @Slot(str, object)
    def _take_edit(self, name: str, value: object) -> None:
        typed = KNOBS[name].format(value)
        try:
            wanted = self.session.spec.turned(name, value)
            if self.data_desk.is_slow(wanted):
                self.data_desk.take_when_read(wanted, name, typed)
                return
            self.session.turn(name, value)
        except SpecError as error:
            for knob, message in error.messages.items():
                self.form.show_error(knob or name, message, typed if knob == name else None)
        else:
            self.form.show_spec(self.session.spec)

    @Slot(str, object, str)
    def _show_refusal(self, name: str, message: Message, typed: str) -> None:
        self.form.show_error(name, message, typed)

    @Slot(object)
    def _show_spec(self, spec: TrainingSpec) -> None:
        self.form.show_spec(spec)
        self._show_speed()
        self._actions["undo"].setEnabled(self.session.can_undo)

    @Slot(object)
    def _show_data(self, data: Dataset) -> None:
        self.form.set_facts(data.layer_sizes(self.session.spec.hidden_sizes))

    @Slot(object)
    def _take_data(self, data: Dataset) -> None:
        self._show_data(data)
        if data.notes:
            self.status.showMessage("  ".join(str(note) for note in data.notes), 15_000)

    @Slot()
    def _start_drag(self) -> None:
        self.session.start_drag()

    @Slot()
    def _end_drag(self) -> None:
        self.session.end_drag()

    @Slot()
    def _browse_data(self) -> None:
        path = ask_for_data_file(self)
        if path:
            self.form.editor("data").set_value(path)

    # Frames and state

    @Slot(object)
    def _show_frame(self, frame: Frame) -> None:
        self.dashboard.show_frame(frame, whole=self.session.draws_whole)
        self.status.show_frame(frame)
        self.form.std_editor().show_measured(frame.stds[0])
        if not self._describer.isActive():
            self._describer.start()

    @Slot(str)
    def _show_state(self, state: State) -> None:
        self.status.show_state(state, self.session.frame)
        self._appearance.show_training(training=state == "training")
        if state == "failed":
            self.messages.tell(
                msg("The training stopped: a step raised an exception."),
                msg("{text}", text=self.session.failure[-600:]),
            )

    @Slot()
    def _show_ghosts(self) -> None:
        self.dashboard.show_ghosts(self.session.ghosts)
        self._actions["undo"].setEnabled(self.session.can_undo)
        self._show_data(self.session.data)

    @Slot()
    def _note_paint(self) -> None:
        self.session.painted()

    @Slot()
    def _describe(self) -> None:
        self.dashboard.describe()

    @Slot()
    def _use_kernels(self) -> None:
        self.status.show_engine("")
        self.session.use(kernel_stepper)

    @Slot(str)
    def _do_without_kernels(self, why: str) -> None:
        self.status.show_engine(str(msg("training without kernels")))
        self.status.setToolTip(why)

    @Slot(str)
    def _say(self, text: str) -> None:
        self.status.showMessage(text, 6000)

    # Speed

    @Slot(object)
    def _take_speed(self, value: float | str) -> None:
        self.session.set_speed(math.inf if value == "max" else "auto" if value == "auto" else float(value))
        self._show_speed()

    def _show_speed(self) -> None:
        self.speed.show_rate(self.session.steps_per_second)

    @Slot(str)
    def _show_scrub_fault(self, fault: str) -> None:
        self.messages.tell(msg("A scrubbed run raised an exception."), msg("{text}", text=fault[-600:]))

    @Slot()
    def _show_train_state(self) -> None:
        """Undo the button's own toggling where the order came to nothing."""
        self._actions["train"].setChecked(self.session.is_training)

    # Keys: what Tab led to has its own, before the shortcuts

    def focusNextPrevChild(self, next_: bool) -> bool:  # noqa: FBT001  Qt's signature
        moved = super().focusNextPrevChild(next_)
        self._tabbed.note()
        return moved

    def event(self, event: QEvent) -> bool:
        if self._tabbed.owns(event):
            event.accept()
            return True
        return super().event(event)

    # Files dropped on the window

    def dragEnterEvent(self, event: QDragEnterEvent) -> None:
        if dropped(event.mimeData()):
            event.acceptProposedAction()

    def dropEvent(self, event: QDropEvent) -> None:
        read_dropped(dropped(event.mimeData()), self.desk, self.data_desk)
