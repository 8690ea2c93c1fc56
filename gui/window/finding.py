"""Finding things by name: fills the command palette, carries out what is chosen there, and shows the keys."""

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal, Slot
from PySide6.QtGui import QAction
from PySide6.QtWidgets import QMainWindow

from gui.actions.keys import Keys
from gui.files.file_desk import FileDesk
from gui.files.recent import RecentFiles
from gui.live.session import Session
from gui.pane.spec_form import SpecForm
from gui.plots.dashboard import Dashboard
from gui.plots.panel.panel_view import PanelView
from model.training.presets import presets

if TYPE_CHECKING:
    from gui.actions.entries import Entry
    from gui.window.palette import Palette

MOST = 20
"""Entries that are remembered as used lately."""


class Finding(QObject):
    """Makes the palette and the sheet of shortcuts when they are first wanted.

    Attributes
    ----------
    recent : ids of the entries that were chosen lately, the last first
    """

    led_to = Signal(object)
    """The widget that is to have the keys."""

    def __init__(
        self,
        window: QMainWindow,
        actions: Mapping[str, QAction],
        keys: Keys,
        session: Session,
        form: SpecForm,
        dashboard: Dashboard,
        desk: FileDesk,
        files: RecentFiles,
    ) -> None:
        super().__init__(window)
        self._window = window
        self._actions = actions
        self._keys = keys
        self._session = session
        self._form = form
        self._dashboard = dashboard
        self._desk = desk
        self._files = files
        self._palette: Palette | None = None
        self._meant: PanelView | None = None
        """The panel that keys meant when the palette was opened: the mouse may lie elsewhere since."""
        self.recent: tuple[str, ...] = ()

    @Slot()
    def toggle_palette(self) -> None:
        """Open the palette, or close it."""
        if self._palette is None:
            from gui.window.palette import Palette  # which no start waits for

            self._palette = Palette(self._found, self._window)
            self._palette.chosen.connect(self._carry_out)
        if self._palette.isVisible():
            self._palette.close_up()
        else:
            self._meant = self._dashboard.current()
            self._palette.open()

    @Slot()
    def show_shortcuts(self) -> None:
        """Show the keys of all actions."""
        from gui.window.shortcut_sheet import ShortcutSheet  # which no start waits for

        sheet = ShortcutSheet(self._keys, self._window)
        sheet.finished.connect(sheet.deleteLater)
        sheet.open()

    def _found(self, typed: str) -> "Sequence[Entry]":
        from gui.actions import entries

        spec, panel = self._session.spec, self._dashboard.current() if self._meant is None else self._meant
        everything = (
            *entries.action_entries(self._actions, self._keys.in_force, panel.panel.title),
            *entries.panel_entries(self._show_panel),
            *entries.knob_entries(spec, self._lead_to),
            *entries.preset_entries(presets().values(), self._desk.take_preset),
            *entries.file_entries(self._files.paths, self._files.chosen.emit),
        )
        return [
            *entries.value_entries(typed, spec, self._set),
            *entries.found(typed, everything, self.recent),
        ]

    @Slot(object)
    def _carry_out(self, entry: "Entry") -> None:
        self.recent = (entry.id, *(each for each in self.recent if each != entry.id))[:MOST]
        if self._meant is not None:
            self._dashboard.note_key(self._meant)
        entry.run()

    def _show_panel(self, name: str) -> None:
        self._dashboard.reveal(name)
        self._dashboard.note_key(self._dashboard.panels[name])

    def _lead_to(self, name: str) -> None:
        self._form.reveal(name)
        self.led_to.emit(self._form.editor(name).keyed_part())

    def _set(self, name: str, text: str) -> None:
        self._form.reveal(name)
        self._form.editor(name).set_value(text)
