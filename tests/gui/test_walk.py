"""A walk through every panel in every state, in both themes and on all axes: the window and the file tell the truth."""

import itertools
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pytest
from PySide6.QtWidgets import QApplication

from gui.live.figure_maker import FigureMaker, Made
from gui.plots.axes.overlay import TextBlock
from gui.plots.panel.panel_view import PanelView
from model.figures.figure import Bars, Compared, Dots, Figure, Line, Plot, Range, Texts, View
from model.figures.legend import legend_entries, listed
from model.figures.notes import shown_notes
from model.figures.palette import THEMES, Theme
from model.figures.panels import PANELS
from model.figures.ranges import visible_range
from model.training.frame import Frame
from scripts.contact_sheet import undrawable
from tests.gui.renderings import Mask, filed, inked, live
from tests.states import STATES, frame_of

SIZE = (520, 400)
STRONG, WEAK = 110, 28
"""How far ink is from the background where it must be in the other picture too, and where it counts as being there."""
SLACK = 6
"""Pixels that ink may be away in the other picture."""
LEAST = 40
"""Pixels of a plot below which nothing can be told apart: a dot, as large in any plot, covers a fifth of it."""
FEW = ("std 1e308", "the book's", "std 0", "twenty layers", "a rare class", "spirals", "one unit")
"""States of the short walk, of which each panel goes through LEG, the next one through those that follow.

Each follows the one before in the same panel, so that what is left of that would show.
"""
LEG = 3
Look = tuple[str, dict[str, bool]]


def looks(name: str) -> list[dict[str, bool]]:
    """Give every combination of logarithmic axes that a panel offers."""
    offered = [option for option in ("log_x", "log_y") if option in PANELS[name].options]
    return [dict(zip(offered, chosen, strict=True)) for chosen in itertools.product((False, True), repeat=len(offered))]


class Walker:
    """One panel in the window, to which one run after the other comes."""

    def __init__(self, name: str) -> None:
        self.view = PanelView(PANELS[name], THEMES["light"], FigureMaker())
        self.view.resize(*SIZE)
        self.view.show()
        QApplication.processEvents()
        self.name = name
        self.theme: Theme = THEMES["light"]
        self.previous: Frame | None = None

    def close(self) -> None:
        self.view.close()
        self.view.deleteLater()

    def go(self, state: str, frame: Frame, theme: Theme, look: dict[str, bool]) -> None:
        """Bring a run to the panel as the window does, and compare what is seen with what the numbers say."""
        panel, view = self.view.panel, self.view
        if theme is not self.theme:
            self.theme = theme
            view.show_theme(theme)
        changes: dict[str, object] = {**look, "randn": STATES[state].randn}
        if "compared" in panel.options:
            changes["compared"] = () if self.previous is None else (Compared(self.previous),)
        view.view = view.view.with_(**changes)
        view.show_frame(frame)
        figure = panel.make(frame, view.view)
        if panel.slow:
            view.take(Made(panel.id, frame, view.view, figure))
        self.previous = frame
        self.check(frame, figure)

    def check(self, frame: Frame, figure: Figure) -> None:
        view = self.view
        view.describe(frame.run)
        assert view.accessibleDescription() == str(figure.summary)
        assert list(view.areas()) == [plot.key for plot in figure.plots]  # a panel that cannot show it has none
        assert undrawable(figure) == []
        assert view.face.figure_view.passages.texts() == [str(passage.text) for passage in figure.passages]
        entries = legend_entries(mark for plot in figure.plots for mark in listed(plot))
        assert [chip.name for chip in view.face.header.legend.chips()] == list(entries)
        if figure.plots:
            self.compare(figure)

    def compare(self, figure: Figure) -> None:
        """Compare the ink of the window, of the file, and of the numbers themselves, without words."""
        words = {mark.key for plot in figure.plots for mark in plot.marks if isinstance(mark, Texts)}
        how = self.view.view.with_(hidden=frozenset(words))
        for area in self.view.areas().values():
            for words_ in area.box.childItems():
                if isinstance(words_, TextBlock):
                    words_.hide()
        shown = live(self.view.face.figure_view, figure, how)
        for key, area in self.view.areas().items():
            (plot,) = [plot for plot in figure.plots if plot.key == key]
            check_range(plot, area.display_range(), how)
            said = [text for text, _ in area._notes._rows]
            assert said == [str(note.text) for note in shown_notes(plot, how, area.display_range()[1])]
            assert set(area.items_of()) == {mark.key for mark in plot.marks if not how.hides(mark.key)}
        pictured = filed(figure, how, self.theme, SIZE)
        assert shown.keys() == pictured.keys()
        for plot in figure.plots:
            window, file = shown[plot.key], pictured[plot.key]
            if min(*window.shape[:2], *file.shape[:2]) < LEAST:
                continue  # too small for anything to be told apart
            assert_same_ink(window, file, self.theme, plot.equal)
            if not plot.equal:
                ranges = visible_range(plot, how)
                for picture in (window, file):
                    assert_ink_where_numbers_are(plot, how, ranges, inked(picture, self.theme.background, WEAK))


def check_range(plot: Plot, shown: tuple[Range, Range], how: View) -> None:
    """A plot at rest shows finite ranges, which are those of the file."""
    for (low, high), (wanted_low, wanted_high) in zip(shown, visible_range(plot, how), strict=True):
        assert np.isfinite([low, high]).all()
        assert low < high
        if plot.equal:
            slack = 1e-9 * (wanted_high - wanted_low)
            assert low <= wanted_low + slack
            assert high >= wanted_high - slack
        else:
            assert (low, high) == pytest.approx((wanted_low, wanted_high), rel=1e-9, abs=0)


def assert_same_ink(window: npt.NDArray[np.uint8], file: npt.NDArray[np.uint8], theme: Theme, equal: bool) -> None:
    """Strong ink of one picture is ink in the other, at the same share of the axes."""
    if equal:
        return  # the ranges follow the shape of the picture
    for one, other in ((window, file), (file, window)):
        strong, weak = inked(one, theme.background, STRONG), grown(inked(other, theme.background, WEAK))
        rows, columns = np.nonzero(strong)
        inner = (rows > 6) & (rows < strong.shape[0] - 7) & (columns > 6) & (columns < strong.shape[1] - 7)
        at = (
            (rows[inner] + 0.5) / strong.shape[0] * weak.shape[0],
            (columns[inner] + 0.5) / strong.shape[1] * weak.shape[1],
        )
        found = weak[at[0].astype(int), at[1].astype(int)]
        assert found.mean() > 0.98 if len(found) > 50 else found.sum() >= len(found) - 2


def grown(mask: Mask) -> Mask:
    """Grow ink by the slack that the two pictures are given."""
    for axis in (0, 1):
        grown_ = mask.copy()
        for shift in range(1, SLACK + 1):
            for sign in (-shift, shift):
                grown_ |= np.roll(mask, sign, axis=axis)
        mask = grown_
    return mask


def assert_ink_where_numbers_are(plot: Plot, how: View, ranges: tuple[Range, Range], ink: Mask) -> None:
    """There is ink at some values of each mark that lie within the plot: the oracle knows nothing of the renderers."""
    near = grown(ink)
    height, width = ink.shape
    for mark in plot.marks:
        if how.hides(mark.key) or getattr(mark, "faint", False):  # half a pixel of it is too pale to be told
            continue
        for x, y in some_places(mark, (plot.x.log, plot.y.log), ranges):
            row, column = min(int((1 - y) * height), height - 1), min(int(x * width), width - 1)
            assert near[row, column], f"{plot.key}: no ink for {mark.key} at {x:.3f}, {y:.3f} of the plot"


def some_places(mark: object, log: tuple[bool, bool], ranges: tuple[Range, Range]) -> Iterator[tuple[float, float]]:
    """Give a few places of a mark, as shares of the plot, that lie well within it."""
    if isinstance(mark, Line | Dots):
        x, y = mark.x, mark.y
    elif isinstance(mark, Bars) and not mark.ghost and not log[0]:
        tall = mark.heights > 0
        x, y = ((mark.edges[1:] + mark.edges[:-1]) / 2)[tall], (mark.base + mark.unit * mark.heights)[tall]
    else:
        return
    with np.errstate(all="ignore"):
        shares = [
            ((np.log10(v) if is_log else v) / 2 - low / 2) / (high / 2 - low / 2)
            for v, is_log, (low, high) in zip((x, y), log, ranges, strict=True)
        ]
        inside = np.flatnonzero((np.abs(shares[0] - 0.5) < 0.45) & (np.abs(shares[1] - 0.5) < 0.45))
    for place in inside[:: max(1, len(inside) // 5)]:
        yield float(shares[0][place]), float(shares[1][place])


@pytest.fixture
def walker(qapp: QApplication, kernels: None, request: pytest.FixtureRequest) -> Iterator[Walker]:
    made = Walker(request.param)
    yield made
    made.close()


@pytest.fixture(scope="session")
def data_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("states")


@pytest.mark.parametrize("walker", PANELS, indirect=True)
def test_a_panel_tells_the_truth_of_one_degenerate_run_after_the_other(walker: Walker, data_folder: Path) -> None:
    themes, choices = itertools.cycle(THEMES.values()), itertools.cycle(looks(walker.name))
    first = LEG * list(PANELS).index(walker.name)
    for state in itertools.islice(itertools.cycle(FEW), first, first + LEG):
        theme, look = next(themes), next(choices)
        try:
            walker.go(state, frame_of(state, data_folder), theme, look)
        except AssertionError as error:
            raise AssertionError(f"{state}, {theme.name}, {look}: {error}") from error


@pytest.mark.soak
@pytest.mark.parametrize("walker", PANELS, indirect=True)
def test_every_panel_tells_the_truth_in_every_state_theme_and_on_all_axes(walker: Walker, data_folder: Path) -> None:
    wrong = []
    for state, theme, look in itertools.product(STATES, THEMES.values(), looks(walker.name)):
        try:
            walker.go(state, frame_of(state, data_folder), theme, look)
        except AssertionError as error:
            wrong.append(f"{state}, {theme.name}, {look}: {error}")
    assert wrong == []
