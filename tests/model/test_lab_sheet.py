"""The lab sheet: one page that holds all of a run and needs nothing else; and the table of all runs."""

import base64
import csv
import io
import math
import re
from html.parser import HTMLParser
from pathlib import Path

import pytest

import main
from model.data.prepare import load
from model.figures.figure import Compared, Passage, View
from model.figures.panels import PANELS
from model.figures.provenance import read_provenance
from model.figures.shot import Shot
from model.keeping.table import COLUMNS, Line, runs_csv
from model.lab_sheet import sheet
from model.training.engine import Engine
from model.training.frame import Frame
from model.training.spec import KNOBS, TrainingSpec
from model.training.stepper import kernel_stepper
from model.words import msg

SPEC = TrainingSpec(dataset="moons", samples=60, steps=30, hidden_sizes=(4,), init="he", seed=8)


def trained(spec: TrainingSpec) -> Frame:
    engine = Engine(spec, load(spec.data_request), kernel_stepper)
    engine.train(10)
    engine.edit("learning_rate", 0.25)
    engine.train(spec.steps)
    frame = engine.recording.frame()
    assert frame is not None
    return frame


class Page(HTMLParser):
    """Reads a page: its words, its images, and what it would fetch."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.words: list[str] = []
        self.images: list[dict[str, str | None]] = []
        self.open: list[str] = []
        self.feed(text)
        assert self.open == [], "tags are left open"

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag == "img":
            self.images.append(dict(attrs))
        elif tag not in ("meta", "br"):
            self.open.append(tag)
        assert tag not in ("script", "link", "iframe")

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        self.words.append(data)

    @property
    def text(self) -> str:
        return " ".join(self.words)


@pytest.fixture(scope="module")
def page() -> Page:
    frame, other = trained(SPEC), trained(SPEC.replaced(init="std", weight_init_std=0.01, steps=20))
    view = View(compared=(Compared(other, 1, "a <b> & c"),))
    shots = [Shot(PANELS[name], frame, view) for name in ("loss", "weights")]
    said = [Passage(msg("First <said>."), "bad", detail=msg("θ & more")), Passage(msg("Under it."), level=1)]
    return Page(sheet(shots, said, "./initscope train --init he", name='My "run" <1>'))


def test_it_tells_the_run_its_knobs_the_runs_beside_it_and_why(page: Page) -> None:
    text = page.text
    for words in (
        'My "run" <1>', "30 of 30 steps", "Scheme he std", "Seed 8 0", "Hidden sizes 4 50", "a <b> & c", "this run",
        "First <said>.", "θ & more", "Under it.", "./initscope train --init he", "learning_rate = 0.25 at step 10",
    ):  # fmt: skip
        assert words in re.sub(r"\s+", " ", text), words
    assert "Momentum" not in text  # as by default


def test_its_pictures_are_in_it_and_tell_how_they_came_about(page: Page, tmp_path: Path) -> None:
    assert len(page.images) == 2
    for place, image in enumerate(page.images):
        assert image["alt"]
        source = image["src"] or ""
        head, _, raw = source.partition(",")
        assert head == "data:image/svg+xml;base64"
        path = tmp_path / f"{place}.svg"
        path.write_bytes(base64.b64decode(raw))
        found = read_provenance(path)
        assert found is not None
        assert TrainingSpec.from_json(found.spec_json) == SPEC


def test_train_writes_one(tmp_path: Path) -> None:
    path = tmp_path / "sheet.html"
    words = ["train", "--dataset", "xor", "--steps", "20", "--hidden-sizes", "3", "--sheet", str(path)]
    assert main.main(words) == 0
    page = Page(path.read_text(encoding="utf-8"))
    assert len(page.images) == 4
    assert main.main([*words, "--panels", "activations", "--through-time"]) == 0
    assert len(Page(path.read_text(encoding="utf-8")).images) == 1


def test_nothing_is_fetched_from_anywhere(page: Page) -> None:
    assert all((image["src"] or "").startswith("data:") for image in page.images)


def test_the_table_of_runs_has_every_knob_and_reads_back() -> None:
    lines = [
        Line(3, "=1+1", True, SPEC, 30, 0.5, 0.9, math.nan, "steps", -1),
        Line(0, 'a "b", c', False, TrainingSpec(), 7, math.inf, 0.1, 0.2, "divergence", 5),
    ]
    rows = list(csv.DictReader(io.StringIO(runs_csv(lines).decode())))
    assert list(rows[0]) == [*COLUMNS, *KNOBS]
    assert [row["name"] for row in rows] == ["'=1+1", 'a "b", c']
    assert [row["diverged_at"] for row in rows] == ["", "5"]
    assert [float(row["loss"]) for row in rows] == [0.5, math.inf]
    for row, line in zip(rows, lines, strict=True):
        for name, knob in KNOBS.items():
            assert knob.format(getattr(line.spec, name)) == row[name]


def test_kept_runs_are_listed_as_csv(capsys: pytest.CaptureFixture[str]) -> None:
    words = ["train", "--dataset", "xor", "--steps", "5", "--hidden-sizes", "3", "--keep", "--name", "one"]
    assert main.main(words) == 0
    capsys.readouterr()
    assert main.main(["runs", "list", "--csv"]) == 0
    (row,) = csv.DictReader(io.StringIO(capsys.readouterr().out))
    assert (row["name"], row["steps_made"], row["dataset"]) == ("one", "5", "xor")
