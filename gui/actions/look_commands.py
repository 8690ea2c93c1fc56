"""What the actions do that concern how the window looks."""

from PySide6.QtCore import QObject, Signal, Slot

from gui.look.text_size import USUAL, larger, smaller, text_size


class LookCommands(QObject):
    """Carries out actions; `do_<id>` belongs to the action of that id."""

    style_toggled = Signal()
    style_wanted = Signal(str)
    size_wanted = Signal(int)
    """In percent."""

    grid_wanted = Signal(bool)

    @Slot(bool)
    def do_grid(self, on: bool) -> None:  # noqa: FBT001  Qt's signal says so
        self.grid_wanted.emit(on)

    @Slot()
    def do_toggle_style(self) -> None:
        self.style_toggled.emit()

    @Slot()
    def do_theme_system(self) -> None:
        self.style_wanted.emit("system")

    @Slot()
    def do_theme_light(self) -> None:
        self.style_wanted.emit("light")

    @Slot()
    def do_theme_dark(self) -> None:
        self.style_wanted.emit("dark")

    @Slot()
    def do_theme_contrast(self) -> None:
        self.style_wanted.emit("contrast")

    @Slot()
    def do_larger(self) -> None:
        self.size_wanted.emit(larger(text_size()))

    @Slot()
    def do_smaller(self) -> None:
        self.size_wanted.emit(smaller(text_size()))

    @Slot()
    def do_usual_size(self) -> None:
        self.size_wanted.emit(USUAL)
