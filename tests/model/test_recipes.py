"""A recipe can be used: every exported file makes its run and picture again, and a bad one gives one clear error."""

import json
import zlib
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import main
from model.data.prepare import load
from model.figures.export import EXPORT_FORMATS, save_shot
from model.figures.figure import Compared, View
from model.figures.panels import PANELS
from model.figures.picture import PictureOptions
from model.figures.provenance import PNG_KEY, Provenance, companion_of
from model.figures.recipe import read_recipe
from model.figures.shot import Shot
from model.insight.randn import RandnRequest
from model.insight.seed_runs import Repeat, SeedRequest, SeedRuns
from model.insight.sharpness import stable_rates
from model.sweeps.points import Points
from model.sweeps.sweep import Sweep
from model.sweeps.table import About, Table
from model.training.engine import Engine
from model.training.frame import Frame
from model.training.knob import SpecError
from model.training.record import save_run
from model.training.spec import TrainingSpec
from model.training.stepper import kernel_stepper
from tests.model.picture_figures import loss
from tests.model.test_export import saved

SPEC = TrainingSpec(dataset="moons", samples=80, steps=40, eval_every=5, hidden_sizes=(6,), batch_size=16, seed=5)
OPTIONS = PictureOptions(420.5, 300, dpi=72, theme="dark", font_size=7.5)
VIEW = View(
    log_x=True,
    log_y=True,
    smoothing=0.7,
    bins=33,
    notes=False,
    unit=(1, 2),
    hidden=frozenset({"test", "chance"}),
    ranges={"loss": ((0.1, 1.5), (-1.25, 0.5))},
    randn=RandnRequest("normal", (3, 4), 9, 1.5, 0.25),
)


@pytest.fixture(scope="module")
def halfway() -> Frame:
    """A run in its middle, with edits made on the way."""
    engine = Engine(SPEC, load(SPEC.data_request), kernel_stepper)
    engine.train(10)
    engine.edit("learning_rate", 0.7)
    engine.train(20)
    engine.edit("weight_decay", 0.01)
    engine.train(25)
    frame = engine.recording.frame()
    assert frame is not None
    return frame


@pytest.fixture(scope="module")
def before() -> Frame:
    spec = SPEC.replaced(weight_init_std=0.5, steps=30)
    engine = Engine(spec, load(spec.data_request), kernel_stepper)
    engine.train(30)
    frame = engine.recording.frame()
    assert frame is not None
    return frame


def train(*words: object) -> int:
    try:
        return main.main(["train", *map(str, words)])
    except SystemExit as ended:
        return int(ended.code or 0)


def export(folder: Path, kind: str, frame: Frame, view: View = VIEW, panel: str = "loss") -> Path:
    path = folder / f"{panel}.{kind}"
    save_shot(Shot(PANELS[panel], frame, view), path, options=OPTIONS)
    return path


@pytest.mark.parametrize("kind", EXPORT_FORMATS)
def test_every_file_tells_its_run_its_panel_and_what_was_looked_at(kind: str, halfway: Frame, tmp_path: Path):
    found = read_recipe(export(tmp_path, kind, halfway))
    assert (found.run.spec, found.run.at, found.run.schedule) == (SPEC, 25, halfway.schedule)
    assert (found.panel, found.view) == ("loss", VIEW)
    assert found.picture == (OPTIONS if EXPORT_FORMATS[kind].picture else None)


@pytest.mark.parametrize("kind", EXPORT_FORMATS)
def test_train_makes_the_same_file_again_byte_by_byte(kind: str, halfway: Frame, before: Frame, tmp_path: Path):
    path = export(tmp_path, kind, halfway, VIEW.with_(compared=(Compared(before),)))
    assert train("--spec", path, "--images", tmp_path / "again", "--format", kind) == 0
    again = tmp_path / "again" / path.name
    assert again.read_bytes() == path.read_bytes()
    if kind == "csv":
        assert companion_of(again).read_bytes() == companion_of(path).read_bytes()


@pytest.fixture(scope="module")
def repeated() -> SeedRuns:
    found: list[SeedRuns] = []
    request = SeedRequest(3, "accuracy", 0.8)
    Repeat(SPEC.replaced(init="he"), load(SPEC.data_request), request, kernel_stepper, found.append).run()
    return found[-1]


@pytest.mark.parametrize("panel", ["loss", "accuracy", "gradients", "seeds"])
@pytest.mark.parametrize("kind", ["png", "svg", "csv"])
def test_the_band_of_seeds_is_made_again_too(
    kind: str, panel: str, halfway: Frame, repeated: SeedRuns, tmp_path: Path
) -> None:
    path = export(tmp_path, kind, halfway, VIEW.with_(seeds=repeated), panel)
    found = read_recipe(path)
    assert found.seeds == (repeated.spec, repeated.request)
    assert train("--spec", path, "--images", tmp_path / "again", "--format", kind) == 0
    assert (tmp_path / "again" / path.name).read_bytes() == path.read_bytes()


@pytest.mark.parametrize("panel", ["map", "response"])
@pytest.mark.parametrize("kind", ["png", "svg", "csv", "npz"])
def test_the_sweep_of_a_picture_is_trained_again_too(kind: str, panel: str, halfway: Frame, tmp_path: Path) -> None:
    axes = "weight_init_std=10:0.01:5:log", "learning_rate=0.01,0.1,1"
    sweep = Sweep.from_said(SPEC.to_json(), *axes, 2)
    table = Table(sweep, About.of(halfway.data))
    table.take(*Points(sweep).train(np.arange(sweep.n_points)))
    table.stable_rates = stable_rates(sweep, halfway.data, lambda: False)
    path = export(tmp_path, kind, halfway, VIEW.with_(sweep=table), panel)
    assert read_recipe(path).sweep == sweep
    assert train("--spec", path, "--images", tmp_path / "again", "--format", kind) == 0
    assert (tmp_path / "again" / path.name).read_bytes() == path.read_bytes()


@pytest.mark.parametrize("panel", ["weights", "activations", "backprop", "sharpness", "travel"])
@pytest.mark.parametrize("kind", ["png", "csv"])
def test_a_view_through_time_is_made_again_too(kind: str, panel: str, tmp_path: Path) -> None:
    words = ("--dataset", "moons", "--steps", "40", "--hidden-sizes", "4,3", "--format", kind, "--panels", panel)
    assert train(*words, "--through-time", "--images", tmp_path) == 0
    path = tmp_path / f"{panel}.{kind}"
    found = read_recipe(path)
    assert found.view is not None
    assert found.view.through_time or PANELS[panel].past
    assert train("--spec", path, "--images", tmp_path / "again", "--format", kind) == 0
    assert (tmp_path / "again" / path.name).read_bytes() == path.read_bytes()
    if PANELS[panel].past:  # they show nothing else
        return
    assert train(*words, "--images", tmp_path / "plain") == 0
    assert (tmp_path / "plain" / path.name).read_bytes() != path.read_bytes()


def test_train_repeats_a_run_with_seeds_where_asked_to(tmp_path: Path) -> None:
    words = ("--dataset", "xor", "--hidden-sizes", "3", "--steps", "50", "--images", tmp_path, "--format", "csv")
    assert train(*words, "--repeat", "4", "--converged", "accuracy=0.6") == 0
    rows = (tmp_path / "seeds.csv").read_text().splitlines()
    assert rows[0].startswith("seed,reached_at,")
    assert [row.split(",")[0] for row in rows[1:]] == ["0", "1", "2", "3"]
    assert {row.split(",")[0] for row in (tmp_path / "loss.csv").read_text().splitlines()[1:]} == {
        "now", "4 seeds: 10 % quantile", "4 seeds: median", "4 seeds: 90 % quantile",
    }  # fmt: skip
    for wrong in (("--repeat", "1"), ("--repeat", "3", "--converged", "time=3"), ("--converged", "loss=1")):
        assert train(*words, *wrong) == 2


def test_the_panel_of_the_recipe_is_drawn_and_others_only_where_asked_for(halfway: Frame, tmp_path: Path):
    path = export(tmp_path, "png", halfway)
    train("--spec", path, "--images", tmp_path / "one")
    train("--spec", path, "--images", tmp_path / "two", "--panels", "loss,accuracy")
    assert [p.name for p in (tmp_path / "one").iterdir()] == ["loss.png"]
    assert sorted(p.name for p in (tmp_path / "two").iterdir()) == ["accuracy.png", "loss.png"]
    assert read_recipe(tmp_path / "two" / "accuracy.png").view == PANELS["accuracy"].view


def test_flags_win_over_a_recipe_and_another_run_finds_ranges_of_its_own(halfway: Frame, tmp_path: Path):
    path = export(tmp_path, "svg", halfway)
    words = ("--theme", "light", "--size", "60x40mm", "--font-size", 6, "--at", 3, "--init", "he")
    assert train("--spec", path, "--images", tmp_path / "again", *words) == 0
    found = read_recipe(tmp_path / "again" / "loss.png")
    assert found.run.spec == SPEC.replaced(init="he")
    assert found.run.at == 3
    assert found.view == VIEW.with_(ranges={})
    assert found.picture is not None
    assert (found.picture.theme, found.picture.font_size, found.picture.dpi) == ("light", 6, 192)
    assert found.picture.width == pytest.approx(60 / 25.4 * 96)


def test_a_run_that_went_on_beyond_its_spec_is_made_again_as_long_as_it_was(tmp_path: Path):
    engine = Engine(SPEC, load(SPEC.data_request), kernel_stepper)
    engine.train(70)
    frame = engine.recording.frame()
    assert frame is not None
    path = export(tmp_path, "npz", frame, View())
    assert read_recipe(path).run.spec.steps == 70
    train("--spec", path, "--images", tmp_path / "again", "--format", "npz")
    with np.load(path) as one, np.load(tmp_path / "again" / "loss.npz") as other:
        for name in ("loss/loss", "loss/test_loss", "loss/step"):
            np.testing.assert_array_equal(one[name], other[name])


STOPPING = SPEC.replaced(steps=60, stop_accuracy=0.3)
"""Stops at its first evaluation."""


@pytest.fixture
def past_stop() -> Engine:
    """A run that was continued from where it stopped, and edited only then."""
    engine = Engine(STOPPING, load(SPEC.data_request), kernel_stepper)
    engine.train(60)
    assert engine.recording.stopped_by
    assert engine.recording.step < 30
    engine.train(40)
    engine.edit("learning_rate", 0.01)
    engine.train(60)
    assert engine.recording.step == 60
    return engine


@pytest.mark.parametrize("kind", ["npz", "png"])
def test_a_run_that_was_continued_from_a_stop_is_made_again_past_it(past_stop: Engine, kind: str, tmp_path: Path):
    frame = past_stop.recording.frame()
    assert frame is not None
    path = export(tmp_path, kind, frame, View())
    assert train("--spec", path, "--images", tmp_path / "again", "--format", kind) == 0
    assert (tmp_path / "again" / path.name).read_bytes() == path.read_bytes()


def test_a_saved_run_that_was_continued_from_a_stop_is_made_again_past_it(past_stop: Engine, tmp_path: Path):
    save_run(past_stop, tmp_path / "run.npz")
    assert train("--spec", tmp_path / "run.npz", "--out", tmp_path / "again.npz") == 0
    assert (tmp_path / "again.npz").read_bytes() == (tmp_path / "run.npz").read_bytes()


def test_a_compared_run_that_was_continued_from_a_stop_is_made_again_past_it(
    past_stop: Engine, halfway: Frame, tmp_path: Path
):
    ghost = past_stop.recording.frame()
    assert ghost is not None
    path = export(tmp_path, "npz", halfway, VIEW.with_(compared=(Compared(ghost),)))
    assert train("--spec", path, "--images", tmp_path / "again", "--format", "npz") == 0
    assert (tmp_path / "again" / path.name).read_bytes() == path.read_bytes()


def test_with_another_knob_a_stop_holds_and_edits_after_it_are_left_out(past_stop: Engine, tmp_path: Path):
    save_run(past_stop, tmp_path / "run.npz")
    assert train("--spec", tmp_path / "run.npz", "--seed", 6, "--out", tmp_path / "again.npz") == 0
    with np.load(tmp_path / "again.npz") as run:
        assert run["stopped_by"] == "accuracy"
        assert run["step"] < 30
        assert run["schedule"].size == 0


def test_the_csv_of_a_whole_run_is_a_recipe_too(tmp_path: Path):
    assert train(*SPEC.flags(), "--csv", tmp_path / "run.csv") == 0
    assert train("--spec", tmp_path / "run.csv", "--csv", tmp_path / "again.csv") == 0
    assert (tmp_path / "again.csv").read_bytes() == (tmp_path / "run.csv").read_bytes()


def test_a_plain_spec_and_a_saved_run_are_recipes_without_a_panel(tmp_path: Path):
    (tmp_path / "spec.json").write_text(SPEC.to_json())
    train(*SPEC.flags(), "--out", tmp_path / "run.npz")
    for name in ("spec.json", "run.npz"):
        found = read_recipe(tmp_path / name)
        assert (found.run.spec, found.panel, found.view) == (SPEC, "", None)


def test_the_name_of_a_file_does_not_decide_what_it_is(halfway: Frame, tmp_path: Path):
    for kind in ("png", "svg", "pdf", "npz"):
        path = export(tmp_path, kind, halfway).rename(tmp_path / f"{kind}.txt")
        assert read_recipe(path).view == VIEW


# ── untrusted ────────────────────────────────────────────────────────────────────────────────────────────────────────


def with_recipe(path: Path, text: str) -> Path:
    """Write a PNG that carries this text as its recipe."""
    chunk = b"tEXt" + PNG_KEY.encode() + b"\0" + text.encode("latin-1")
    size, check = (len(chunk) - 4).to_bytes(4, "big"), zlib.crc32(chunk).to_bytes(4, "big")
    path.write_bytes(b"\x89PNG\r\n\x1a\n" + size + chunk + check)
    return path


def changed(frame: Frame, **changes: object) -> str:
    """Give a recipe with something else in what is shown."""
    whole = json.loads(Shot(PANELS["loss"], frame, VIEW).provenance(OPTIONS).as_json())
    for name, value in changes.items():
        part = whole["shown"]
        *way, last = name.split("__")
        for step in way:
            part = part[step]
        part[last] = value
    return json.dumps(whole)


BAD = {
    "a panel there is none": {"panel": "lost"},
    "a field there is none": {"view__colour": "red"},
    "a text for a number": {"view__bins": "60"},
    "no bins": {"view__bins": 0},
    "a million bins": {"view__bins": 1_000_000},
    "smoothing of 1": {"view__smoothing": 1.0},
    "a range upside down": {"view__ranges": {"loss": [[1, 0], [0, 1]]}},
    "a range without end": {"view__ranges": {"loss": [[0, 1e999], [0, 1]]}},
    "a size without end": {"picture__width": 1e999},
    "a size of a planet": {"picture__width": 1e12},
    "letters of a house": {"picture__font_size": 1e9},
    "a theme there is none": {"picture__theme": "pink"},
    "a billion numbers": {"view__randn": {"function": "randn", "shape": [1000, 1000, 1000], "seed": 0, "loc": 0.0,
                                          "scale": 1.0}},
    "a name without end": {"view__hidden": ["x" * 1000]},
    "names without end": {"view__hidden": ["x"] * 100_000},
    "an edit that is none": {"compared": [{"run": 1, "spec": "{}", "step": 1, "target": 1,
                                           "schedule": [[0, "seed", 1.0]]}]},
    "a target without end": {"target": 10**30},
}  # fmt: skip


@pytest.mark.parametrize("what", BAD)
def test_a_bad_recipe_is_one_error_and_status_2(
    what: str, halfway: Frame, tmp_path: Path, capsys: pytest.CaptureFixture[str]
):
    path = with_recipe(tmp_path / "a.png", changed(halfway, **BAD[what]))
    assert train("--spec", path, "--images", tmp_path / "again") == 2
    told = capsys.readouterr().err
    assert told.startswith("main.py: error: The recipe in")
    assert told.count("\n") == 1
    assert len(told) < 600
    assert not (tmp_path / "again").exists()


@pytest.mark.parametrize(
    ("name", "content", "told"),
    [
        ("a.png", b"\x89PNG\r\n\x1a\n", "holds no recipe"),
        ("a.png", b"\x89PNG\r\n\x1a\n\xff\xff\xff\xfftEXt", "holds no recipe"),
        ("a.svg", b"<svg/>", "holds no recipe"),
        ("a.pdf", b"%PDF-1.4 /Keywords (" + b"\\" * 5000, "holds no recipe"),
        ("a.csv", b"step,loss\n", "-metadata.json"),
        ("a.npz", b"PK\x03\x04", "is not a saved run"),
        ("a.json", b"{" * 100_000, "not valid JSON"),
        ("a.json", b"{}" + b" " * 2_000_000, "larger than 1 MB"),
        ("none.png", None, "cannot be read"),
    ],
)
def test_a_file_without_a_recipe_is_one_error_and_status_2(
    name: str, content: bytes | None, told: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
):
    if content is not None:
        (tmp_path / name).write_bytes(content)
    assert train("--spec", tmp_path / name) == 2
    said = capsys.readouterr().err
    assert told in said
    assert said.count("\n") == 1


def test_an_archive_that_would_unpack_to_gigabytes_is_refused(tmp_path: Path):
    np.savez_compressed(tmp_path / "a.npz", recipe=np.zeros(30_000_000, dtype="U1"))
    with pytest.raises(SpecError):
        read_recipe(tmp_path / "a.npz")


@pytest.fixture(scope="module", params=EXPORT_FORMATS)
def whole(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path, bytes]:
    """A file, and where its recipe stands."""
    path = tmp_path_factory.mktemp("whole") / f"a.{request.param}"
    saved(loss(3), path, provenance=Provenance(SPEC.to_json(), 3, "1"))
    target = companion_of(path) if request.param == "csv" else path
    return path, target, target.read_bytes()


@given(place=st.floats(0, 1), change=st.binary(min_size=1, max_size=8))
def test_a_damaged_file_is_a_recipe_or_a_spec_error(whole: tuple[Path, Path, bytes], place: float, change: bytes):
    path, target, raw = whole
    at = int(place * (len(raw) - 1))
    target.write_bytes(raw[:at] + change + raw[at + len(change) :])
    told = ""
    try:
        read_recipe(path)
    except SpecError as error:
        told = str(next(iter(error.messages.values())))
    assert len(told) < 1000
