"""Figures of the literature as specs: each with its source, and what to look at."""

import json
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from model.training.spec import TrainingSpec

FOLDER = Path(__file__).resolve().parent.parent.parent / "resources" / "presets"
INDEX = "index.json"


@dataclass(frozen=True, slots=True)
class Preset:
    """One figure to be made again.

    Attributes
    ----------
    id : the spec is `<id>.json` beside the index
    group, title : where and under which name it is listed
    source : publication and figure; † marks a figure's number given from memory
    look : what to look at, in a sentence
    panels : ids of the panels that show it, the most telling one first
    untrained : whether it shows the network before its first step
    """

    id: str
    group: str
    title: str
    source: str
    look: str
    panels: tuple[str, ...]
    untrained: bool

    @property
    def path(self) -> Path:
        """The spec file, as `--spec` takes it."""
        return FOLDER / f"{self.id}.json"

    def spec(self) -> TrainingSpec:
        """Read the spec; raises SpecError."""
        return TrainingSpec.from_file(self.path)


@cache
def presets() -> dict[str, Preset]:
    """Read the index: every preset by its id, in the order of the menu."""
    rows: list[dict[str, Any]] = json.loads((FOLDER / INDEX).read_text(encoding="utf-8"))
    return {row["id"]: Preset(**{**row, "panels": tuple(row["panels"])}) for row in rows}
