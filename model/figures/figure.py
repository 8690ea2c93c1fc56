"""What a Figure is: arrays, roles and words that say what to draw, for any renderer.

Marks carry their values as they are; a renderer shows an axis with `log` set in powers of ten, and
ranges are always in display units: the values themselves, or their log10 on a log axis.
"""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Literal, Self

import numpy as np
import numpy.typing as npt

from model.training.frame import Frame
from model.words import Message

if TYPE_CHECKING:  # what only some panels show is loaded with them
    from model.insight.advice.advice import Advice
    from model.insight.advice.promise import Promise
    from model.insight.randn import RandnRequest
    from model.insight.seed_runs import SeedRuns
    from model.insight.unroller import Past
    from model.insight.width_runs import WidthRequest
    from model.sweeps.table import Table as Sweep

Floats = npt.NDArray[np.float64]
Range = tuple[float, float]
Severity = Literal["info", "warn", "bad"]
Scale = Literal["diverging", "sequential", "classes"]
Unit = tuple[int, int]
"""A unit of the network: its layer, 1 for the first hidden one, and its index in it."""

# A view further out than this makes Qt's own geometry overflow.
DISPLAY_LIMIT = 1e300
SMALLEST_POSITIVE = 1e-300


@dataclass(frozen=True, slots=True, eq=False)
class Line:
    """A polyline through (x, y); a NaN breaks it. Dashed always means test or theory."""

    key: str
    label: Message
    role: str
    x: Floats
    y: Floats
    dash: bool = False
    ghost: bool = False
    """Behind the present state: the one before, or another run; pale unless that has a colour of its own."""
    raised: bool = False
    """A compared run that is pointed at: strong, and in front."""
    faint: bool = False
    """Paler still: the single values behind a smoothed curve."""
    steady: bool = False
    """Has no spikes, so that a few points tell it; drawn a little stronger."""
    steps: int = 1
    """Training steps that each place of x stands for."""
    low: Floats | None = None
    high: Floats | None = None
    """The band around it, such as quantiles; inf reaches to the top of the plot. NaN leaves a gap."""


@dataclass(frozen=True, slots=True, eq=False)
class Bars:
    """A histogram as a filled outline: `heights[i]` from `edges[i]` to `edges[i + 1]`."""

    key: str
    label: Message
    role: str
    edges: Floats
    heights: Floats
    ghost: bool = False
    base: float = 0.0
    """Where the bars stand; histograms above one another have a base each."""
    unit: float = 1.0
    """How far a height of 1 reaches above the base."""
    filled: bool = True
    raised: bool = False

    @property
    def tops(self) -> Floats:
        """Where each bar ends."""
        return self.base + self.unit * self.heights


@dataclass(frozen=True, slots=True, eq=False)
class Guide:
    """A straight line across the plot at one x ("vertical") or one y ("horizontal"), whatever the range."""

    key: str
    label: Message
    role: str
    at: float
    direction: Literal["vertical", "horizontal"] = "vertical"
    dash: bool = False


@dataclass(frozen=True, slots=True, eq=False)
class Dots:
    """Single points, each perhaps with a whisker from `low` to `high`."""

    key: str
    label: Message
    role: str
    x: Floats
    y: Floats
    low: Floats | None = None
    high: Floats | None = None
    size: float = 7.0
    """Diameter in logical pixels."""
    ghost: bool = False
    raised: bool = False


@dataclass(frozen=True, slots=True, eq=False)
class Image:
    """A grid of values as colours, (rows, columns) or (rows, columns, n_classes); row 0 lies lowest, NaN is left open.

    The scale is absolute: `limit` is the value that has the full colour, not the largest there is.
    """

    key: str
    label: Message
    values: npt.NDArray[np.floating]
    x: Range
    y: Range
    scale: Scale = "diverging"
    limit: float = 1.0
    role: str = "accent"
    """The colour of a sequential scale."""
    ends: tuple[str, str] | None = None
    """What its two ends stand for, where that is not 0 and the limit."""


@dataclass(frozen=True, slots=True, eq=False)
class Segments:
    """Straight links, x and y (n, 2) from end to end; as coloured and thick as `values` say, up to `limit`."""

    key: str
    label: Message
    x: Floats
    y: Floats
    values: Floats
    limit: float = 1.0
    role: str = "muted"
    signed: bool = True
    """Coloured by the sign of the value, as pictures are; otherwise in the colour of the role."""


@dataclass(frozen=True, slots=True, eq=False)
class Texts:
    """Words at places of the plot; left out where `room`, a height in the axis's units, has no place for a line."""

    key: str
    label: Message
    role: str
    x: Floats
    y: Floats
    texts: tuple[Message, ...]
    align: Literal["left", "center", "right"] = "left"
    room: float = 0.0


@dataclass(frozen=True, slots=True, eq=False)
class Targets:
    """Rectangles that stand for a unit each: pointing at one shows the same unit in every panel.

    Attributes
    ----------
    boxes : (n, 4) left, right, bottom, top in display units
    units : (layer, index) of each; layer 1 is the first hidden one
    """

    boxes: Floats
    units: tuple[Unit, ...]

    def at(self, x: float, y: float) -> Unit | None:
        """Give the unit under a point, the last of those that overlap."""
        left, right, bottom, top = self.boxes.T
        (hit,) = np.nonzero((left <= x) & (x <= right) & (bottom <= y) & (y <= top))
        return self.units[hit[-1]] if len(hit) else None


@dataclass(frozen=True, slots=True, eq=False)
class Grips:
    """Dots that can be dragged, which turns knobs: see `Panel.turn`.

    Attributes
    ----------
    x, y : (n,) where they are, in display units
    keys : what each stands for, such as layers; the same in the figures of other moments
    """

    x: Floats
    y: Floats
    keys: tuple[tuple[int, ...], ...]
    anywhere: tuple[int, ...] = ()
    """The one that a click on any other place of the plot takes there; () for none."""


@dataclass(frozen=True, slots=True, eq=False)
class Cells:
    """What is read off a grid over a plot, cell by cell; not drawn.

    Attributes
    ----------
    x, y : what the grid covers, in display units
    values : (rows, columns), row 0 lowest; NaN says nothing
    text : the words of a message with {across}, {up}, {value} and, with `which`, {kind}
    across, up : names of the columns and rows; the place itself where there are none
    which, kinds : (rows, columns) indices of what a cell is, and the names of those
    one : the words where the value is 1
    params : what else the words name
    """

    x: Range
    y: Range
    values: npt.NDArray[np.generic]
    text: str
    across: tuple[str, ...] = ()
    up: tuple[str, ...] = ()
    which: npt.NDArray[np.integer] | None = None
    kinds: tuple[str, ...] = ()
    one: str = ""
    params: Mapping[str, object] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, eq=False)
class Spots:
    """What is read off places of a plot; not drawn.

    Attributes
    ----------
    boxes : (n, 4) left, right, bottom, top in display units
    text : the words of a message
    fields : what the words name, n values each
    role : colour of the words
    """

    boxes: Floats
    text: str
    fields: Mapping[str, Sequence[object] | npt.NDArray[np.generic]]
    role: str = "text"


Mark = Line | Bars | Guide | Dots | Image | Segments | Texts


@dataclass(frozen=True, slots=True)
class Axis:
    """One axis of a plot; `extent` is what the marks need, in display units, None where there is nothing."""

    label: Message
    log: bool = False
    extent: Range | None = None
    integer: bool = False
    """Ticks only at whole numbers."""
    exact: bool = False
    """The extent itself is the automatic range, with no room around it."""
    cut: bool = False
    """The extent leaves out values far away from all others; `outside_notes` counts them."""
    ticks: tuple[tuple[float, str], ...] | None = None
    """Places with names, in display units, instead of numbers; an empty tuple leaves the axis bare."""


@dataclass(frozen=True, slots=True)
class Note:
    """A short sentence inside a plot that says what one sees."""

    text: Message
    severity: Severity = "info"


@dataclass(frozen=True, slots=True, eq=False)
class Plot:
    """One pair of axes with its marks, drawn in their order."""

    key: str
    title: Message
    x: Axis
    y: Axis
    marks: tuple[Mark, ...]
    notes: tuple[Note, ...] = ()
    legend: bool | Literal["runs"] = False
    """Whether its marks are listed; "runs" lists the compared runs only."""
    equal: bool = False
    """One unit is as long on both axes."""
    targets: Targets | None = None
    grips: Grips | None = None
    readings: tuple[Cells | Spots, ...] = ()
    """What the mouse reads, where that is more than the values of curves and bars; see `reading`."""


@dataclass(frozen=True, slots=True)
class Offer:
    """What can be done about what a passage says: a button, and what its click is expected to bring."""

    label: Message
    expects: Message
    promise: "Promise"


@dataclass(frozen=True, slots=True)
class Passage:
    """A paragraph of a figure that is, or comes with, text."""

    text: Message
    severity: Severity = "info"
    detail: Message | None = None
    """In small letters below: the formula, the source."""
    panel: str = ""
    """Id of the panel that shows what is said."""
    verbatim: bool = False
    """Numbers or code, in letters of one width and with its own line breaks."""
    level: int = 0
    """How deep it stands under the passage before it."""
    offer: Offer | None = None


@dataclass(frozen=True, slots=True, eq=False)
class Figure:
    """All that a panel shows: plots in rows of `columns` (see `columns_in`), and the same in one sentence."""

    panel: str
    title: Message
    plots: tuple[Plot, ...]
    summary: Message
    """The panel's current numbers in a sentence, for people who do not see it."""
    columns: int = 1
    shape: float = 0.0
    """Width / height that suits its plots, which then stand in as many columns as suit the place; 0 keeps `columns`."""
    n_layers: int = 2
    """Weight layers of the network; decides how parameters are coloured."""
    passages: tuple[Passage, ...] = ()
    unfinished: bool = False
    """Made with little patience: the same Frame and View give more next time."""

    @property
    def rows(self) -> int:
        """How many rows of plots there are."""
        return -(-len(self.plots) // max(self.columns, 1))


@dataclass(frozen=True, slots=True, eq=False)
class Compared:
    """A run beside the present one.

    Attributes
    ----------
    frame : with the curves to draw
    slot : its colour, from 1 on, which stays the run's own; 0 for grey, as the run before the present one has it
    name : that a person gave it, "" for the knobs that differ
    moment : the same run where it had made as many steps as the present one; None where that is not known
    """

    frame: Frame
    slot: int = 0
    name: str = ""
    moment: Frame | None = None


@dataclass(frozen=True, slots=True)
class View:
    """What a person chose to look at in one panel; a Figure never changes what the View says."""

    log_x: bool = False
    log_y: bool = False
    bins: int = 60
    smoothing: float = 0.0
    """Weight of the past in an exponential moving average, 0 (none) to below 1."""
    notes: bool = True
    sample: int = 0
    """How many samples a diagnosis looks at while things move, 0 for all."""
    patience: float = math.inf
    """Seconds after which a long computation is to show what it has, and go on when it is asked again."""
    unit: Unit | None = None
    """The unit that is pointed at."""
    layer: int = 0
    """The hidden layer whose units are shown by themselves, -1 the last one; 0 shows the network as a whole."""
    through_time: bool = False
    """Whether all steps are shown, as `past` has them."""
    past: "Past | None" = None
    """What the panel shows of the run's earlier steps, where they have been made again."""
    depth_scale: bool = False
    """Whether a phase diagram is coloured by the depth scale instead of χ₁."""
    randn: "RandnRequest | None" = None
    """The random numbers to look at; None for those of the run."""
    widths: "WidthRequest | None" = None
    """The runs at other widths to look at; None for the usual ones."""
    number_format: str = "none"
    """The format whose limits are drawn and told: a key of `insight.number_formats.FORMATS`, or "none"."""
    advice: "Advice | None" = None
    """What trials found about the run."""
    promise: "Promise | None" = None
    """What was expected of the run when it began."""
    seeds: "SeedRuns | None" = None
    """Runs with other seeds, whose band lies behind the curves."""
    sweep: "Sweep | None" = None
    """What is known of the points of a sweep."""
    compared: tuple[Compared, ...] = ()
    """The runs that are shown beside the present one, the newest last."""
    raised: int = 0
    """The number of the compared run that is pointed at, 0 for none."""
    steps: Range | None = None
    """The training steps that are looked at, None for all that the run will have."""
    hidden: frozenset[str] = frozenset()
    """Keys of the marks that are not drawn, see `hides`; the legend still lists them."""
    ranges: Mapping[str, tuple[Range, Range]] = field(default_factory=dict)
    """Display ranges (x, y) of plots by key, as the live panel shows them; others fit their extent."""

    def hides(self, key: str) -> bool:
        """Whether a mark is not to be drawn; hiding "name" hides "name.part" too."""
        return key in self.hidden or key.partition(".")[0] in self.hidden

    def beside(self, frame: Frame) -> tuple[Compared, ...]:
        """Give the runs to compare a moment with, not its own among them.

        That is among them for as long as a panel still shows the run that has just been replaced.
        """
        return tuple(one for one in self.compared if one.frame.run != frame.run)

    def with_(self, **changes: object) -> Self:
        """Return a copy with other choices."""
        return replace(self, **changes)  # type: ignore[arg-type]


def to_display(values: Floats, *, log: bool) -> Floats:
    """Bring values to display units: log10 with NaN for what is not positive, or clamped as they are.

    Values of any size come out drawable: ±inf and what lies beyond ±1e300 becomes NaN, a gap.
    """
    with np.errstate(divide="ignore", invalid="ignore"):
        if log:
            shown = np.where(values >= SMALLEST_POSITIVE, values, np.nan)
            return np.log10(np.where(shown <= DISPLAY_LIMIT, shown, np.nan))
        return np.where(np.abs(values) <= DISPLAY_LIMIT, values, np.nan)
