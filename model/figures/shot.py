"""A shot: what a panel shows at one moment, held fast so that it can be drawn, or written down, later and elsewhere."""

from dataclasses import dataclass

from model import __version__
from model.figures.figure import Figure, View
from model.figures.panels import Panel
from model.figures.picture import PictureOptions
from model.figures.provenance import Provenance
from model.figures.recipe import shown_json
from model.figures.tables import TABLES
from model.figures.tables.table import Table
from model.training.frame import Frame


@dataclass(frozen=True, slots=True)
class Shot:
    """A panel, the Frame that it shows, and what the person chose to look at."""

    panel: Panel
    frame: Frame
    view: View

    def figure(self) -> Figure:
        """Make the figure."""
        return self.panel.make(self.frame, self.view)

    def tables(self) -> tuple[Table, ...]:
        """Give the data behind the figure, every single step of it."""
        return TABLES[self.panel.id](self.frame, self.view)

    def provenance(self, options: PictureOptions | None = None) -> Provenance:
        """Give the recipe of just this moment, and of a picture with these options."""
        frame = self.frame
        shown = shown_json(self.panel.id, frame, self.view, options)
        return Provenance(frame.spec.to_json(), frame.step, __version__, frame.schedule, shown)
