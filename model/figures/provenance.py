"""Where a picture or a table comes from: the recipe carried inside every exported file, and read back from it."""

import html
import json
import re
import struct
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Self

import numpy as np

from model.foreign_text import text_of
from model.training.frame import Schedule
from model.training.replay import edits_of
from model.training.spec import MAX_SPEC_FILE

PROGRAM = "Initscope"
PNG_KEY = "Description"
"""The text chunk that PNG keeps for a description of the image."""
COMPANION = "-metadata.json"
"""The ending of the file beside a CSV, which has no place of its own that readers would skip (W3C, CSV on the Web)."""
RECIPE_KEY = "dc:provenance"


_MOST_HEAD = 4 * MAX_SPEC_FILE
"""Bytes of an SVG in which its metadata must stand."""
_MOST_FILE = 256 * MAX_SPEC_FILE
_MOST_CHUNKS = 10_000


@dataclass(frozen=True, slots=True)
class Provenance:
    """All that is needed to make the exported figure again.

    Attributes
    ----------
    spec_json : the run's spec, as `TrainingSpec.to_json` writes it
    step : the training step that is shown
    version : the version of the program
    schedule : (step, knob, value) of every live change of a knob
    shown : what was looked at and how it was drawn, in plain JSON values: see `recipe`
    """

    spec_json: str
    step: int
    version: str
    schedule: Schedule = ()
    shown: Mapping[str, object] = field(default_factory=dict)

    def as_json(self) -> str:
        """Give everything as one line of ASCII JSON, which every metadata format can hold."""
        entries = {
            "program": PROGRAM,
            "version": self.version,
            "step": self.step,
            "schedule": [list(entry) for entry in self.schedule],
            "spec": _nested(self.spec_json),
            **({"shown": self.shown} if self.shown else {}),
        }
        return json.dumps(entries)

    @classmethod
    def from_json(cls, text: str) -> Self:
        """Read what `as_json` wrote; raises ValueError, KeyError or TypeError where it is something else."""
        entries = json.loads(text)
        if not isinstance(entries, dict) or entries.get("program") != PROGRAM:
            raise ValueError("not written by this program")
        spec, shown = entries["spec"], entries.get("shown", {})
        if not isinstance(shown, dict):
            raise TypeError("what is shown is no object")
        return cls(
            spec_json=spec if isinstance(spec, str) else _written(spec),
            step=int(entries["step"]),
            version=str(entries["version"]),
            schedule=tuple((int(step), str(knob), float(value)) for step, knob, value in entries["schedule"]),
            shown=shown,
        )


def read_provenance(path: Path) -> Provenance | None:
    """Read the recipe back from an exported file, whatever its name; None where it holds none.

    Raises OSError where the file, or the companion of a CSV, cannot be read.
    """
    try:
        text = _reader(path)(path)
        return Provenance.from_json(text) if text else None
    except OSError:
        raise
    # a file from anywhere: NumPy, zip and JSON fail in a dozen ways
    except (Exception, MemoryError):  # noqa: BLE001
        return None


def npz_entries(provenance: Provenance) -> dict[str, np.ndarray[Any, np.dtype[Any]]]:
    """Give the recipe as the arrays `spec`, `step`, `version`, `schedule` and, whole, `recipe`, without pickles."""
    width = max([1, *(len(knob) for _, knob, _ in provenance.schedule)])
    kind = np.dtype([("step", np.int64), ("knob", f"U{width}"), ("value", np.float64)])
    return {
        "spec": np.array(provenance.spec_json),
        "step": np.array(provenance.step, dtype=np.int64),
        "version": np.array(provenance.version),
        "schedule": np.array(list(provenance.schedule), dtype=kind),
        "recipe": np.array(provenance.as_json()),
    }


def companion_of(path: Path) -> Path:
    """Give the file beside a CSV that describes it."""
    return Path(f"{path}{COMPANION}")


def _written(spec: object) -> str:
    return json.dumps(spec, ensure_ascii=False)


def _nested(spec_json: str) -> object:
    # An object inside reads better than a quoted text, as long as it comes back letter by letter.
    try:
        spec = json.loads(spec_json)
    except ValueError:
        return spec_json
    return spec if not isinstance(spec, str) and _written(spec) == spec_json else spec_json


def _reader(path: Path) -> Callable[[Path], str]:
    with path.open("rb") as file:
        head = file.read(64).removeprefix(b"\xef\xbb\xbf").lstrip()
    for magic, reader in _MAGIC.items():
        if head.startswith(magic):
            return reader
    return _from_companion


def _from_png(path: Path) -> str:
    with path.open("rb") as file:
        file.seek(8)
        for _ in range(_MOST_CHUNKS):
            head = file.read(8)
            if len(head) < 8:
                break
            length, kind = struct.unpack(">I4s", head)
            if kind == b"tEXt" and length <= MAX_SPEC_FILE:
                key, _, text = file.read(length).partition(b"\0")
                if key.decode("latin-1") == PNG_KEY:
                    return text.decode("latin-1")
                file.seek(4, 1)
            else:
                file.seek(length + 4, 1)
    return ""


def _from_svg(path: Path) -> str:
    with path.open("rb") as file:
        head = file.read(_MOST_HEAD).decode("utf-8", errors="replace")
    found = re.search(r"<dc:description>([^<]*)</dc:description>", head)
    return html.unescape(found[1]) if found else ""


def _from_pdf(path: Path) -> str:
    with path.open("rb") as file:
        found = re.search(rb"/Keywords \(((?:[^\\()]|\\.)*)\)", file.read(_MOST_FILE), re.DOTALL)
    return re.sub(rb"\\(.)", rb"\1", found[1]).decode("ascii", errors="replace") if found else ""


def _from_json(path: Path) -> str:
    with path.open("rb") as file:
        raw = file.read(_MOST_HEAD)
    described = json.loads(raw)
    text = described.get(RECIPE_KEY, "") if isinstance(described, dict) else ""
    return text if isinstance(text, str) else ""


def _from_companion(path: Path) -> str:
    return _from_json(companion_of(path)) if path.suffix.lower() == ".csv" else ""


def _from_npz(path: Path) -> str:
    # opened here, for np.load leaves a file that is no archive open
    with path.open("rb") as file, np.load(file, allow_pickle=False) as arrays:
        if any(arrays.zip.getinfo(f"{name}.npy").file_size > 8 * MAX_SPEC_FILE for name in _NPZ if name in arrays):
            return ""
        if "recipe" in arrays:
            return text_of(arrays["recipe"])
        if "spec" not in arrays or "stopped_by" in arrays:  # a saved run, which says more: see `replay`
            return ""
        step, schedule = int(arrays["step"]), edits_of(arrays["schedule"])
        held = Provenance(text_of(arrays["spec"]), step, text_of(arrays["version"]), schedule)
    return held.as_json()


_NPZ = ("recipe", "spec", "step", "version", "schedule")
_MAGIC = {
    b"\x89PNG\r\n\x1a\n": _from_png,
    b"%PDF": _from_pdf,
    b"PK": _from_npz,
    b"<": _from_svg,
    b"{": _from_json,
}
