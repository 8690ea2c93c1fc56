"""The window: the form on the left, the panels beside it; makes all parts and connects them."""

from PySide6.QtCore import QEvent, Qt, Signal, Slot
from PySide6.QtGui import QCloseEvent, QDragEnterEvent, QDropEvent, QKeyEvent
from PySide6.QtWidgets import QDockWidget, QMainWindow, QSplitter, QToolButton, QVBoxLayout, QWidget

from gui.actions.commands import Commands
from gui.actions.compare_commands import CompareCommands
from gui.actions.keys import Keys
from gui.actions.look_commands import LookCommands
from gui.actions.menus import fill_menus, made_actions, made_toolbar
from gui.actions.panel_commands import PanelCommands
from gui.actions.preset_menu import PresetMenu
from gui.actions.repeat_commands import RepeatCommands
from gui.actions.sweep_commands import SweepCommands
from gui.actions.time_commands import TimeCommands
from gui.files.background import Background
from gui.files.data_desk import DataDesk
from gui.files.drop import dropped, read_dropped
from gui.files.file_desk import FileDesk
from gui.files.home_desk import HomeDesk
from gui.files.recent import RecentFiles
from gui.files.run_files import RunFiles
from gui.leaving import leave
from gui.live.advising import Advising
from gui.live.collecting import Collecting
from gui.live.keeping import Keeping
from gui.live.kernel_loader import KernelLoader
from gui.live.session import Session
from gui.live.unrolling import Unrolling
from gui.look.theme import resolve_style
from gui.messages import Messages
from gui.pane.spec_form import SpecForm
from gui.plots.dashboard import Dashboard
from gui.settings import Settings
from gui.window.appearance import Appearance, application
from gui.window.banner import Banner
from gui.window.finding import Finding
from gui.window.form_answers import FormAnswers
from gui.window.kernel_arrival import KernelArrival
from gui.window.note_bar import NoteBar
from gui.window.placing import WANTED, fit_to_screen
from gui.window.remedies import Remedies
from gui.window.remembered import Remembered
from gui.window.run_display import RunDisplay
from gui.window.speed import SpeedControl
from gui.window.status import StatusBar
from gui.window.tab_order import bring_into_sight, next_stop
from gui.window.tabbed import Tabbed
from gui.window.time_bar import TimeBar
from model.keeping.folder import database, sweep_file
from model.keeping.keeper import Keeper
from model.training.presets import presets
from model.training.stepper import kernel_stepper
from model.words import Message, echo, msg

_FORM_WIDTH = 318
_LAST_WORK_SECONDS = 5.0


class MainWindow(QMainWindow):
    """Holds the parts together; decides nothing about training or drawing."""

    def __init__(self, session: Session, settings: Settings, style: str, loader: KernelLoader | None) -> None:
        self._tabbed = Tabbed()  # events come as soon as Qt has made its part
        super().__init__()
        self._collecting = Collecting(self)
        self.session = session
        self.form = SpecForm(session.spec)
        self.dashboard = Dashboard(resolve_style(style, application()))
        self.speed = SpeedControl()
        self.status = StatusBar()
        self.note = NoteBar()
        self._splitter = QSplitter(Qt.Orientation.Horizontal)
        self.messages = Messages(self)
        self.keeping = Keeping(session, Keeper(database(), self._note_kept))
        self.banner = Banner(self.keeping)
        self._background = Background("initscope-files")
        self.desk = FileDesk(self, session, self.dashboard, self._background, self.messages)
        self.run_files = RunFiles(self, session, self._background, self.messages)
        self.home_desk = HomeDesk(self, session, self.dashboard, self._background, self.messages)
        self.data_desk = DataDesk(self, session, self._background, self.messages)
        self._commands = Commands(self, session, self.form, self.desk, self.data_desk, self.run_files)
        self._look = LookCommands(self)
        self._comparing = CompareCommands(self, session, self.messages)
        self._repeat = RepeatCommands(self, session, self.dashboard, self.messages)
        self._sweep = SweepCommands(self, session, self.dashboard, self.messages, sweep_file())
        self.sweeping = self._sweep.sweeping
        self._actions = made_actions(
            self, self._commands, self._comparing, self._repeat, self._sweep, self.home_desk,
            self._look, PanelCommands(self.dashboard, self.desk), TimeCommands(session),
        )  # fmt: skip
        self.keys = Keys(self._actions, self)
        self._appearance = Appearance(self, self._actions, self.dashboard, style)
        self.recent = RecentFiles(self)
        self._finding = Finding(
            self, self._actions, self.keys, session, self.form, self.dashboard, self.desk, self.recent
        )
        self._remembered = Remembered(
            settings, self, self._splitter, self.form, self.dashboard, self.speed, self.recent, self.keeping.keeper,
            self.keys, self._finding,
        )  # fmt: skip
        self._presets = PresetMenu(presets().values(), self)
        self._display = RunDisplay(
            self, session, self.form, self.dashboard, self.status, self.note, self.speed, self.messages,
            self._appearance, self._actions,
        )  # fmt: skip
        self._answers = FormAnswers(self, self.form, self.dashboard, session, self.data_desk)
        self._advising = Advising(session, kernel_stepper, self)
        self._unrolling = Unrolling(session, self.dashboard.looked_at_through_time)
        self._remedies = Remedies(
            self, session, self._advising, self.dashboard.panels["why"], self.data_desk, self.messages
        )
        self._kernels = None if loader is None else KernelArrival(self, loader, session, self.dashboard, self.status)
        self._arrange()
        self._connect()
        self._appearance.show_theme(self._appearance.theme)
        self._size()
        self._remembered.restore()
        fit_to_screen(self)

    _kept = Signal()

    def _note_kept(self) -> None:
        """Told by the keeper's thread; the window's own is to take it."""
        self._kept.emit()

    # Making

    def _arrange(self) -> None:
        self.setWindowTitle("Initscope")
        self.setObjectName("main_window")
        self.setAcceptDrops(True)
        self._splitter.setObjectName("splitter")
        self._splitter.addWidget(self.form)
        right = QWidget()
        column = QVBoxLayout(right)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addWidget(self.banner)
        column.addWidget(self.note)
        column.addWidget(self.dashboard, 1)
        column.addWidget(TimeBar(self.session, self._actions))
        self._splitter.addWidget(right)
        self._splitter.setStretchFactor(1, 1)
        self._splitter.setChildrenCollapsible(False)
        scrub = QToolButton()
        scrub.setDefaultAction(self._actions["scrub"])
        scrub.setObjectName("scrub_button")
        self.form.std_editor().add_beside(scrub)
        self.setCentralWidget(self._splitter)
        self.setStatusBar(self.status)
        self.addToolBar(made_toolbar(self._actions, self.speed))
        fill_menus(self, self._actions, self.dashboard.docks.toggle_actions(), self._presets, self.recent.menu,
                   self._panel_title)  # fmt: skip

    def _size(self) -> None:
        """Take the size that the styled parts need."""
        form_width = max(_FORM_WIDTH, self.form.wanted_width())
        self.form.setMinimumWidth(_FORM_WIDTH - 20)
        self.resize(WANTED)
        self._splitter.setSizes([form_width, WANTED.width() - form_width])

    @Slot(float)
    def _grow_form(self, ratio: float) -> None:
        """Give the form the width that its text needs now, at most half of the window."""
        before, whole = self._splitter.sizes()[0], sum(self._splitter.sizes())
        width = min(max(round(before * ratio), self.form.wanted_width()), whole // 2)
        self._splitter.setSizes([width, whole - width])

    def _connect(self) -> None:
        application().focusChanged.connect(self._follow_focus)
        self._kept.connect(self.keeping.changed)
        self.keeping.failed.connect(self._tell_of_run)
        self._commands.runs_toggled.connect(self._show_runs)
        self._commands.palette_wanted.connect(self._finding.toggle_palette)
        self._commands.shortcuts_wanted.connect(self._finding.show_shortcuts)
        self._finding.led_to.connect(self._lead_to)
        self._comparing.raced.connect(self._show_scrub)
        self._comparing.cleared.connect(self._repeat.repeating.forget)
        self._repeat.repeating.changed.connect(self._show_repeating)
        self._repeat.said.connect(self.status.say)
        self.sweeping.changed.connect(self._show_sweeping)
        self._sweep.said.connect(self.status.say)
        self._unrolling.made.connect(self.dashboard.show_past)
        self.dashboard.view_changed.connect(self._unrolling.look)
        self.dashboard.redrawn.connect(self._unrolling.look)
        self.session.watcher.frame_changed.connect(self._unrolling.look)
        self.desk.seeds_wanted.connect(self._repeat.start_again)
        self.desk.sweep_wanted.connect(self._sweep.start_again)
        self._look.style_toggled.connect(self._appearance.toggle)
        self._look.style_wanted.connect(self._appearance.show_style)
        self._look.grid_wanted.connect(self.dashboard.show_grid)
        self._look.size_wanted.connect(self._appearance.show_text_size)
        self._appearance.said.connect(self.status.say)
        self._appearance.grown.connect(self._grow_form)
        self.dashboard.export_requested.connect(self.desk.export)
        self.dashboard.copy_requested.connect(self.desk.copy_image)
        self._presets.chosen.connect(self.desk.take_preset)
        self.desk.explained.connect(self.note.explain)
        self.desk.said.connect(self.status.say)
        self.run_files.said.connect(self.status.say)
        for desk in (self.desk, self.run_files):
            desk.opened.connect(self.recent.note)
        self.session.spec_changed.connect(self.recent.note_spec)
        self.recent.chosen.connect(self._read_file)
        self.home_desk.said.connect(self.status.say)
        self.data_desk.said.connect(self.status.say)
        if self._kernels is not None:
            self._kernels.arrived.connect(self._advising.start)

    @Slot()
    def _show_repeating(self) -> None:
        self._actions["repeat"].setChecked(self._repeat.repeating.active)

    @Slot()
    def _show_sweeping(self) -> None:
        self._actions["sweep"].setChecked(self.sweeping.active)

    @Slot(str)
    def _tell_of_run(self, why: str) -> None:
        self.messages.tell(msg("This run cannot be brought back."), msg("{why}", why=echo(why, 300)))

    @Slot(bool)
    def _show_runs(self, on: bool) -> None:  # noqa: FBT001  Qt's signal says so
        """Show the table of runs below everything, made when first wanted, or hide it."""
        dock = self.findChild(QDockWidget, "dock_runs")
        if dock is None:
            from gui.window.runs_panel import RunsPanel

            dock = QDockWidget(str(msg("Runs")), self)
            dock.setObjectName("dock_runs")
            runs = RunsPanel(self.session, self.keeping)
            runs.table_wanted.connect(self.home_desk.save_table)
            dock.setWidget(runs)
            dock.visibilityChanged.connect(self._note_runs)
            self.addDockWidget(Qt.DockWidgetArea.BottomDockWidgetArea, dock)
            self.resizeDocks([dock], [self.height() // 4], Qt.Orientation.Vertical)
        dock.setVisible(on)

    @Slot()
    def _show_scrub(self) -> None:
        self._actions["scrub"].setChecked(self.session.scrubbing.on)

    @Slot(bool)
    def _note_runs(self, shown: bool) -> None:  # noqa: FBT001
        self._actions["runs"].setChecked(shown)

    def _panel_title(self) -> Message:
        return self.dashboard.current().panel.title

    # Life

    def open(self) -> None:
        """Start the first run, untrained, and load the kernels in the background."""
        self.windowHandle().screenChanged.connect(self._fit_to_screen)
        self.dashboard.painted.connect(self._fit_to_screen, Qt.ConnectionType.SingleShotConnection)
        self.dashboard.opened.connect(self.keeping.open)
        self.session.open()
        self._display.open()
        if self._kernels is not None:
            self._kernels.open()
        else:
            self._advising.start()

    @Slot()
    def _fit_to_screen(self) -> None:
        """Stay within the screen that the window has been moved to, which may be a smaller one."""
        fit_to_screen(self)

    @property
    def loads_kernels(self) -> bool:
        """Whether a thread is still loading the kernels."""
        return self._kernels is not None and self._kernels.loading

    def closeEvent(self, event: QCloseEvent) -> None:
        """Save the settings, stop the training, and finish what is being written."""
        self._remembered.save(self.session.spec, self._appearance.style)
        self._display.close()
        if self._kernels is not None:
            self._kernels.close()
        ended = [self._advising.stop(), self.session.close(), self.dashboard.close_maker(_LAST_WORK_SECONDS)]
        ended += [
            self._unrolling.stop(),
            self._repeat.repeating.stop(),
            self.sweeping.stop(),
            self._sweep.glimpsing.stop(),
            self.keeping.close(),
        ]
        self.data_desk.cancel()
        ended.append(self.desk.stop())
        written = self._background.close(_LAST_WORK_SECONDS)
        self._collecting.close()
        event.accept()
        if not (all(ended) and written):
            # a thread that cannot be ended would take the process down with an abort
            leave(0)

    # Keys: a widget reached with Tab gets them before the shortcuts

    @Slot(QWidget, QWidget)
    def _follow_focus(self, old: QWidget | None, new: QWidget | None) -> None:
        self._tabbed.follow(self, old, new)

    def focusNextPrevChild(self, next_: bool) -> bool:  # noqa: FBT001  Qt's signature
        stop = next_stop(self, self._tabbed.start, forward=next_)
        if stop is None:
            return False
        self._lead_to(stop, Qt.FocusReason.TabFocusReason if next_ else Qt.FocusReason.BacktabFocusReason)
        return True

    @Slot(object)
    def _lead_to(self, stop: QWidget, reason: Qt.FocusReason = Qt.FocusReason.TabFocusReason) -> None:
        """Give a widget the keys, as Tab does."""
        bring_into_sight(stop)
        stop.setFocus(reason)
        self._tabbed.note()
        self.dashboard.note_key(stop)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() == Qt.Key.Key_Escape and self.dashboard.docks.restore_maximized():
            return
        super().keyPressEvent(event)

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
        self._read_file(dropped(event.mimeData()))

    @Slot(str)
    def _read_file(self, path: str) -> None:
        read_dropped(path, self.desk, self.data_desk, self.run_files, self.form)
