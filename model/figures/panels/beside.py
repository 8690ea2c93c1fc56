"""The compared runs as panels draw them: each with a key, a colour and words of its own, and in one way everywhere."""

from dataclasses import dataclass
from functools import lru_cache

from model.figures.figure import Bars, Dots, Floats, Line, View
from model.figures.panels.common import smoothed
from model.training.differences import differences, what_differs
from model.training.frame import Frame
from model.words import Message, msg

KEY = "run"
"""What the keys of the marks of a compared run begin with; its number follows, and perhaps a part after a dot."""


@dataclass(frozen=True, slots=True, eq=False)
class Beside:
    """A compared run.

    Attributes
    ----------
    frame : with its curves
    moment : with its parameters where it had made as many steps as the present run; None where that is not known
    label : what sets it apart from the present run, or the name that a person gave it
    """

    frame: Frame
    moment: Frame | None
    label: Message
    role: str
    raised: bool

    @property
    def key(self) -> str:
        """What the legend lists it by, in every panel alike."""
        return f"{KEY}{self.frame.run}"

    def line(self, x: Floats, y: Floats, part: str = "", *, dash: bool = False, steady: bool = False) -> Line:
        """Draw a curve of it."""
        key = self._key(part)
        return Line(key, self.label, self.role, x, y, dash, ghost=True, raised=self.raised, steady=steady)

    def smoothed(self, series: int, view: View, part: str = "") -> Line:
        """Draw a series of its history, 0 the loss and k the k-th gradient norm, under the view's smoothing."""
        x, y = _curve(self.frame, series, view.smoothing, view.log_y)
        return self.line(x, y, part, steady=view.smoothing > 0)

    def outline(self, edges: Floats, heights: Floats, part: str = "", *, base: float = 0.0, unit: float = 1.0) -> Bars:
        """Draw a histogram of it, unfilled."""
        look = {"filled": False, "ghost": True, "raised": self.raised}
        return Bars(self._key(part), self.label, self.role, edges, heights, base=base, unit=unit, **look)

    def dots(self, x: Floats, y: Floats, part: str = "", *, size: float = 6.0) -> Dots:
        """Draw single values of it."""
        return Dots(self._key(part), self.label, self.role, x, y, size=size, ghost=True, raised=self.raised)

    def _key(self, part: str) -> str:
        return f"{self.key}.{part}" if part else self.key


def compared(frame: Frame, view: View) -> list[Beside]:
    """Give the runs to draw beside the present one, the oldest first."""
    return [
        Beside(
            one.frame,
            one.moment,
            msg("{name}", name=one.name) if one.name else what_differs(one.frame.spec_in_force, frame.spec_in_force),
            f"{KEY}{one.slot}" if one.slot else "muted",
            one.frame.run == view.raised,
        )
        for one in view.beside(frame)
    ]


def named(frame: Frame, view: View, words: Message) -> Message:
    """Name a curve of the present run: beside others, with what all of them differ from."""
    others = [one.frame.spec_in_force for one in view.beside(frame) if one.slot]
    apart = [differences(frame.spec_in_force, other) for other in others]
    shared = [said for said in apart[0] if all(str(said) in map(str, each) for each in apart)] if apart else []
    if not shared:
        return words
    return msg("{words}, {differs}", words=words, differs=", ".join(map(str, shared)))


def at_the_same_step(frame: Frame, view: View) -> list[tuple[Beside, Frame]]:
    """Give those of the compared runs whose parameters are known at the step of this moment, with these."""
    return [(one, one.moment) for one in compared(frame, view) if one.moment and one.moment.step == frame.step]


@lru_cache(maxsize=160)
def _curve(frame: Frame, series: int, smoothing: float, log: bool) -> tuple[Floats, Floats]:  # noqa: FBT001
    """The same arrays for the same frame, by which a renderer sees that nothing has changed."""
    return smoothed(frame, series, View(smoothing=smoothing, log_y=log))
