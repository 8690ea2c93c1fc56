"""Where a picture comes from: the run's recipe, carried inside every exported file and read back from it."""

import html
import json
import re
import struct
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Self

import numpy as np

from model.foreign_text import text_of
from model.training.replay import edits_of

PROGRAM = "Initscope"
PNG_KEY = "Description"
"""The text chunk that PNG keeps for a description of the image."""

ScheduleEntry = tuple[int, str, float]


@dataclass(frozen=True, slots=True)
class Provenance:
    """All that is needed to make the exported figure again.

    Attributes
    ----------
    spec_json : the run's spec, as `TrainingSpec.to_json` writes it
    step : the training step that is shown
    version : the version of the program
    schedule : (step, knob, value) of every live change of a knob
    """

    spec_json: str
    step: int
    version: str
    schedule: tuple[ScheduleEntry, ...] = ()

    def as_json(self) -> str:
        """Give everything as one line of ASCII JSON, which every metadata format can hold."""
        entries = {
            "program": PROGRAM,
            "version": self.version,
            "step": self.step,
            "schedule": [list(entry) for entry in self.schedule],
            "spec": _nested(self.spec_json),
        }
        return json.dumps(entries)

    @classmethod
    def from_json(cls, text: str) -> Self:
        """Read what `as_json` wrote; raises ValueError where it is something else."""
        entries = json.loads(text)
        if not isinstance(entries, dict) or entries.get("program") != PROGRAM:
            raise ValueError("not written by this program")
        spec = entries["spec"]
        return cls(
            spec_json=spec if isinstance(spec, str) else _written(spec),
            step=int(entries["step"]),
            version=str(entries["version"]),
            schedule=tuple((int(step), str(knob), float(value)) for step, knob, value in entries["schedule"]),
        )


def read_provenance(path: Path) -> Provenance | None:
    """Read the recipe back from an exported PNG, SVG, PDF, CSV or NPZ file; None where it holds none."""
    reader = _READERS.get(path.suffix.lower())
    if reader is None:
        return None
    text = reader(path)
    try:
        return Provenance.from_json(text) if text else None
    except (ValueError, KeyError, TypeError):
        return None


def npz_entries(provenance: Provenance) -> dict[str, np.ndarray[Any, np.dtype[Any]]]:
    """Give the recipe as the arrays `spec`, `step`, `version` and `schedule`, without pickles."""
    width = max([1, *(len(knob) for _, knob, _ in provenance.schedule)])
    kind = np.dtype([("step", np.int64), ("knob", f"U{width}"), ("value", np.float64)])
    return {
        "spec": np.array(provenance.spec_json),
        "step": np.array(provenance.step, dtype=np.int64),
        "version": np.array(provenance.version),
        "schedule": np.array(list(provenance.schedule), dtype=kind),
    }


def csv_comment(provenance: Provenance) -> str:
    """Give the recipe as the comment lines that open a CSV file."""
    return f"# {PROGRAM} {provenance.version}, step {provenance.step}\n# {provenance.as_json()}\n"


def _written(spec: object) -> str:
    return json.dumps(spec, ensure_ascii=False)


def _nested(spec_json: str) -> object:
    # An object inside reads better than a quoted text, as long as it comes back letter by letter.
    try:
        spec = json.loads(spec_json)
    except ValueError:
        return spec_json
    return spec if not isinstance(spec, str) and _written(spec) == spec_json else spec_json


def _from_png(path: Path) -> str:
    data = path.read_bytes()
    at = 8
    while at + 8 <= len(data):
        length, kind = struct.unpack(">I4s", data[at : at + 8])
        key, _, text = data[at + 8 : at + 8 + length].partition(b"\0")
        if kind == b"tEXt" and key.decode("latin-1") == PNG_KEY:
            return text.decode("latin-1")
        at += 12 + length
    return ""


def _from_svg(path: Path) -> str:
    found = re.search(r"<dc:description>(.*?)</dc:description>", path.read_text("utf-8"), re.DOTALL)
    return html.unescape(found[1]) if found else ""


def _from_pdf(path: Path) -> str:
    found = re.search(rb"/Keywords \(((?:[^\\()]|\\.)*)\)", path.read_bytes(), re.DOTALL)
    return re.sub(rb"\\(.)", rb"\1", found[1]).decode("ascii", errors="replace") if found else ""


def _from_csv(path: Path) -> str:
    with path.open(encoding="utf-8") as file:
        for line in file:
            if line.startswith("# {"):
                return line[2:]
            if not line.startswith("#"):
                break
    return ""


def _from_npz(path: Path) -> str:
    with np.load(path, allow_pickle=False) as arrays:
        if "spec" not in arrays:
            return ""
        step, schedule = int(arrays["step"]), edits_of(arrays["schedule"])
        held = Provenance(text_of(arrays["spec"]), step, text_of(arrays["version"]), schedule)
    return held.as_json()


_READERS = {".png": _from_png, ".svg": _from_svg, ".pdf": _from_pdf, ".csv": _from_csv, ".npz": _from_npz}
