"""What each action does that concerns panels, or the current panel."""

from PySide6.QtCore import QObject, Slot

from gui.files.file_desk import FileDesk
from gui.plots.dashboard import Dashboard


class PanelCommands(QObject):
    """Carries out actions; `do_<id>` belongs to the action of that id."""

    def __init__(self, dashboard: Dashboard, desk: FileDesk) -> None:
        super().__init__(dashboard)
        self._dashboard = dashboard
        self._desk = desk

    @Slot()
    def do_export_image(self) -> None:
        self._desk.export(self._dashboard.current().panel.id)

    @Slot()
    def do_copy_image(self) -> None:
        self._desk.copy_image(self._dashboard.current().panel.id)

    @Slot()
    def do_fit(self) -> None:
        self._dashboard.current().face.figure_view.fit()

    @Slot()
    def do_log_y(self) -> None:
        self._toggle("log_y")

    @Slot()
    def do_log_x(self) -> None:
        self._toggle("log_x")

    @Slot()
    def do_through_time(self) -> None:
        self._toggle("through_time")

    @Slot()
    def do_maximize(self) -> None:
        self._dashboard.docks.maximize(self._dashboard.current().panel.id)

    @Slot()
    def do_arrange(self) -> None:
        self._dashboard.docks.arrange()

    def _toggle(self, option: str) -> None:
        """Look at the panel the other way, where it has that option."""
        view = self._dashboard.current()
        if option in view.panel.options:
            view.set_view(**{option: not getattr(view.view, option)})
