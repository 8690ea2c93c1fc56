"""What is drawn over what: one order of marks for every renderer."""

from model.figures.figure import Bars, Dots, Guide, Image, Line, Mark, Plot, Segments, Texts, View
from model.figures.legend import is_ghost


def visible_marks(plot: Plot, view: View) -> list[Mark]:
    """List the marks to draw from the deepest to the foremost, hidden ones left out.

    Pictures lie deepest, then compared runs, so that none covers anything of the present one unless it is pointed at;
    marks of one kind stay in the order of the plot, in which older runs come first.
    """
    return sorted((mark for mark in plot.marks if not view.hides(mark.key)), key=_height)


def _height(mark: Mark) -> int:
    match mark:
        case Image():
            return 0
        case Line(faint=True):
            return 2
        case Line() | Bars() | Dots() if is_ghost(mark):
            return 10 if getattr(mark, "raised", False) else 1
        case Guide():
            return 3 if mark.dash else 6
        case Bars():
            return 4
        case Line():
            return 7 if mark.dash else 5
        case Segments():
            return 5
        case Dots():
            return 8
        case Texts():
            return 9
