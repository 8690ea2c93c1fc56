"""What the actions do that concern how the window looks."""

from PySide6.QtCore import QObject, Signal, Slot

from gui.look.text_size import USUAL, larger, smaller, text_size


class LookCommands(QObject):
    """Carries out actions; `do_<id>` belongs to the action of that id."""

    style_toggled = Signal()
    size_wanted = Signal(int)
    """In percent."""

    @Slot()
    def do_toggle_style(self) -> None:
        self.style_toggled.emit()

    @Slot()
    def do_larger(self) -> None:
        self.size_wanted.emit(larger(text_size()))

    @Slot()
    def do_smaller(self) -> None:
        self.size_wanted.emit(smaller(text_size()))

    @Slot()
    def do_usual_size(self) -> None:
        self.size_wanted.emit(USUAL)
