"""From Python: what is trained, drawn and refused is what the program trains, draws and refuses."""

import json
import re
import subprocess
import sys
import xml.etree.ElementTree as ET
from pathlib import Path

import matplotlib as mpl
import numpy as np
import pytest

import main
from model import api
from model.api import run as api_run
from model.api.view import choices
from model.data.prepare import load as load_data
from model.figures.panels import PANELS
from model.figures.recipe import ALWAYS, read_recipe
from model.network.kernels import cache
from model.training import warmup
from model.training.engine import Engine
from model.training.frame import Frame
from model.training.record import save_run
from model.training.spec import TrainingSpec
from model.training.stepper import kernel_stepper
from scripts import notebook

ROOT = Path(__file__).resolve().parents[2]
GUIDE = ROOT / "docs" / "from-python.md"
SMALL = {"dataset": "moons", "samples": 40, "hidden_sizes": (3,), "batch_size": 4, "steps": 60}
FLAGS = ["--dataset", "moons", "--samples", "40", "--hidden-sizes", "3", "--batch-size", "4", "--steps", "60"]


@pytest.fixture(scope="module", autouse=True)
def _kernels() -> None:
    if not cache.sealed():
        warmup.exercise()
        cache.seal()


@pytest.fixture(scope="module")
def run() -> api.Run:
    return api.train(**SMALL)


def command(*words: str) -> None:
    """Carry out a command line, which has to end well."""
    assert main.main([str(word) for word in words]) == 0


def assert_same(frame: Frame, other: Frame) -> None:
    """Hold every array of two frames against each other, bit by bit."""
    assert frame.step == other.step
    assert frame.target == other.target
    assert frame.schedule == other.schedule
    for name in ("params", "initial"):
        for key, value in getattr(frame, name).items():
            np.testing.assert_array_equal(value, getattr(other, name)[key])
    for name in ("loss", "grad_norms", "eval_steps", "evaluations", "update_norms", "weight_norms"):
        np.testing.assert_array_equal(getattr(frame, name), getattr(other, name))


# ── importing ────────────────────────────────────────────────────────────────────────────────────────────────────────


def test_importing_it_loads_no_heavy_library_and_no_panel():
    script = "import sys; from model import api; print(*sys.modules)"
    done = subprocess.run([sys.executable, "-c", script], cwd=ROOT, capture_output=True, text=True, check=True)
    loaded = set(done.stdout.split())
    assert not loaded & {"matplotlib", "scipy", "numba", "distributed", "PySide6"}
    assert not [name for name in loaded if name.startswith(("model.figures.panels.", "model.network.kernels.training"))]


def test_neither_the_window_nor_the_command_line_loads_it():
    script = "import sys, gui.window.main_window, model.cli; print(*sys.modules)"
    done = subprocess.run([sys.executable, "-c", script], cwd=ROOT, capture_output=True, text=True, check=True)
    assert "model.api" not in done.stdout.split()


def test_every_name_that_is_promised_is_there_and_says_what_it_is():
    for name in api.__all__:
        assert getattr(api, name) is not None
    for public in (api.train, api.load, api.repeat, api.sweep, api.figure, api.Run.frame, api.Run.arrays,
                   api.Run.save, api.Figure.save, api.Figure.arrays):  # fmt: skip
        assert public.__doc__
        assert "Returns" in public.__doc__ or "Raises" in public.__doc__


# ── runs ─────────────────────────────────────────────────────────────────────────────────────────────────────────────


def test_a_run_is_that_of_the_command_line(run: api.Run, tmp_path: Path):
    command("train", *FLAGS, "--out", tmp_path / "there.npz")
    run.save(tmp_path / "here.npz")
    assert (tmp_path / "here.npz").read_bytes() == (tmp_path / "there.npz").read_bytes()
    with np.load(tmp_path / "there.npz") as there:
        arrays = run.arrays()
        assert set(arrays) == set(there.files)
        for name in there.files:
            np.testing.assert_array_equal(arrays[name], there[name])


@pytest.mark.parametrize("step", [0, 1, 17, 30, 59, 60])
def test_a_frame_of_a_step_is_the_run_as_it_was_then(run: api.Run, step: int):
    spec = TrainingSpec(**SMALL)
    engine = Engine(spec, load_data(spec.data_request), kernel_stepper)
    engine.train(step)
    then = engine.recording.frame()
    assert then is not None
    assert_same(run.frame(step), then)
    assert_same(run.frame(step=np.int64(step)), then)


def test_steps_may_be_asked_for_in_any_order(run: api.Run):
    late, early = run.frame(50), run.frame(10)
    assert_same(run.frame(50), late)
    assert_same(run.frame(10), early)
    assert_same(run.frame(), run.frame(60))


@pytest.mark.parametrize("step", [-1, 61, 10**30])
def test_a_step_that_there_is_not_is_refused(run: api.Run, step: int):
    with pytest.raises(api.SpecError, match="step: must be from 0 to 60, the steps of the run; got"):
        run.frame(step)


def test_a_stop_ends_a_run_where_the_program_ends_it():
    stopped = api.train(**{**SMALL, "steps": 5000}, stop_accuracy=0.5)
    assert stopped.step < 5000
    assert stopped.frame().stopped_by == "accuracy"
    assert stopped.frame(stopped.step).stopped_by == "accuracy"


@pytest.mark.filterwarnings("error")
def test_a_run_that_diverges_is_no_error():
    found = api.train(**SMALL, weight_init_std=1e300, dtype="float64").frame()
    assert found.divergence is not None
    for panel in ("weights", "loss", "gradients", "activations", "why"):
        assert api.figure(panel, found)._repr_svg_()


def test_numbers_of_numpy_lists_texts_and_paths_are_taken(tmp_path: Path):
    x = np.random.default_rng(0).standard_normal((40, 3))
    np.savez(tmp_path / "own.npz", x_train=x, t_train=(x[:, 0] > 0).astype(int))
    own = api.train(
        data=tmp_path / "own.npz",
        hidden_sizes=[np.int64(4), 3],
        layer_gains=np.array([1.0, 0.5, 1.0]),
        weight_init_std=np.float64(0.1),
        steps=np.int32(5),
        batch_size=4,
        learning_rate=1,
        stop_on_divergence=np.True_,
    )
    assert own.spec.hidden_sizes == (4, 3)
    assert own.spec.layer_gains == (1.0, 0.5, 1.0)
    assert own.spec.data == str(tmp_path / "own.npz")
    assert own.notes[0] == "Split at random by data seed 0: 32 training samples, 8 test samples."
    assert api.train(**{**SMALL, "hidden_sizes": "3x2"}).spec.hidden_sizes == (3, 3)
    assert api.train(own.spec, hidden_sizes=5, layer_gains=1.0).spec == own.spec.replaced(
        hidden_sizes=(5,), layer_gains=(1.0,)
    )


@pytest.mark.parametrize(
    ("knobs", "said"),
    [
        ({"learnig_rate": 0.1}, "learnig_rate: There is no knob “learnig_rate”; did you mean learning_rate?"),
        ({"Weight-Init-STD": 0.1}, "did you mean weight_init_std?"),
        ({"zzz": 1}, "zzz: There is no knob “zzz”."),
        ({"steps": -1}, "steps: must be a whole number from 0 to 1000000000; got “-1”"),
        ({"steps": 1.5}, "steps: must be a whole number"),
        ({"init": "hee"}, "init: must be one of std, lecun"),
        ({"hidden_sizes": "50y8"}, "hidden_sizes: must be"),
        ({"hidden_sizes": True}, "hidden_sizes: must be"),
        ({"data": [[1.0], [0]]}, "data: must be the path of a file or a folder"),
        ({"samples": 40, "dataset": "moons", "batch_size": 41}, "batch_size: must be 1 to 32, the number of training"),
    ],
)
def test_knobs_are_refused_in_the_words_of_the_program(knobs: dict[str, object], said: str):
    with pytest.raises(api.SpecError) as error:
        api.train(**knobs)
    assert said in str(error.value)


def test_data_that_cannot_be_read_are_refused_in_the_words_of_the_program(tmp_path: Path):
    with pytest.raises(api.DataError, match="absent"):
        api.train(data=tmp_path / "absent.npz")


def test_an_interrupt_ends_the_training_before_its_next_step(monkeypatch: pytest.MonkeyPatch):
    def interrupted(*_arguments: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(api_run, "wait", interrupted)
    with pytest.raises(KeyboardInterrupt):
        api.train(**{**SMALL, "steps": 100_000_000, "eval_every": 1_000_000})


# ── files of runs ────────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("name", ["run.npz", "run.initscope"])
def test_a_saved_run_comes_back_as_it_was(run: api.Run, tmp_path: Path, name: str):
    assert run.save(tmp_path / name) == tmp_path / name
    back = api.load(tmp_path / name)
    assert back.spec == run.spec
    assert_same(back.frame(), run.frame())
    assert_same(back.frame(20), run.frame(20))


def test_a_run_that_was_stopped_comes_back_where_it_stopped(tmp_path: Path):
    stopped = api.train(**{**SMALL, "steps": 5000}, stop_accuracy=0.5)
    stopped.save(tmp_path / "run.npz")
    back = api.load(str(tmp_path / "run.npz"))
    assert_same(back.frame(), stopped.frame())
    assert back.frame().stopped_by == "accuracy"


def test_a_run_whose_knobs_were_turned_comes_back_with_that(tmp_path: Path):
    spec = TrainingSpec(**SMALL)
    engine = Engine(spec, load_data(spec.data_request), kernel_stepper)
    engine.train(20)
    engine.edit("learning_rate", 0.5)
    engine.train(60)
    save_run(engine, tmp_path / "run.npz")
    back = api.load(tmp_path / "run.npz")
    now = engine.recording.frame()
    assert now is not None
    assert_same(back.frame(), now)
    api.figure("weights", back, through_time=True).save(tmp_path / "here.npz")
    command("train", "--spec", tmp_path / "run.npz", "--images", tmp_path, "--panels", "weights", "--through-time",
            "--format", "npz")  # fmt: skip
    assert (tmp_path / "here.npz").read_bytes() == (tmp_path / "weights.npz").read_bytes()


@pytest.mark.parametrize("name", ["loss.png", "loss.svg", "loss.pdf", "loss.csv", "loss.npz"])
def test_an_exported_figure_brings_its_run_back_to_its_step(run: api.Run, tmp_path: Path, name: str):
    api.figure("loss", run.frame(20)).save(tmp_path / name)
    back = api.load(tmp_path / name)
    assert back.step == 20
    assert_same(back.frame(), run.frame(20))


def test_what_a_notebook_shows_brings_its_run_back(run: api.Run, tmp_path: Path):
    (tmp_path / "cell.svg").write_text(api.figure("weights", run.frame(20))._repr_svg_(), encoding="utf-8")
    assert_same(api.load(tmp_path / "cell.svg").frame(), run.frame(20))


def test_a_spec_is_trained_to_its_end(tmp_path: Path, run: api.Run):
    (tmp_path / "spec.json").write_text(run.spec.to_json(), encoding="utf-8")
    assert_same(api.load(tmp_path / "spec.json").frame(), run.frame())


def test_files_that_are_no_runs_and_endings_that_are_none_are_refused(tmp_path: Path, run: api.Run):
    with pytest.raises(api.SpecError, match="cannot be read"):
        api.load(tmp_path / "absent.json")
    (tmp_path / "broken.npz").write_bytes(b"PK no zip")
    with pytest.raises(api.SpecError, match="is not a saved run"):
        api.load(tmp_path / "broken.npz")
    with pytest.raises(api.ExportError, match=r"not known; use one of \.npz, \.initscope, \.csv"):
        run.save(tmp_path / "run.txt")
    with pytest.raises(api.FileError):
        run.save(tmp_path / "absent" / "run.npz")


def test_curves_are_those_of_the_command_line(run: api.Run, tmp_path: Path):
    command("train", *FLAGS, "--csv", tmp_path / "there.csv")
    run.save(tmp_path / "here.csv")
    assert (tmp_path / "here.csv").read_bytes() == (tmp_path / "there.csv").read_bytes()


# ── figures ──────────────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.fixture(scope="module")
def pictures(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("pictures")
    command("train", *FLAGS, "--images", folder, "--format", "svg", "--at", "40")
    return folder


@pytest.mark.parametrize("panel", list(PANELS))
def test_a_picture_is_that_of_the_command_line(run: api.Run, panel: str, pictures: Path, tmp_path: Path):
    figure = api.figure(panel, run.frame(40))
    figure.save(tmp_path / "here.svg")
    assert (tmp_path / "here.svg").read_bytes() == (pictures / f"{panel}.svg").read_bytes()
    assert figure.panel == panel
    assert str(figure)
    assert ET.fromstring(figure._repr_svg_()).tag.endswith("svg")  # noqa: S314  our own


@pytest.mark.parametrize(
    ("panel", "view", "flags"),
    [
        ("loss", {}, []),
        ("loss", {"seeds": 3}, ["--repeat", "3"]),
        ("seeds", {"seeds": 3}, ["--repeat", "3"]),
        ("weights", {"through_time": True}, ["--through-time"]),
        ("activations", {"through_time": True}, ["--through-time"]),
        ("backprop", {"number_format": "fp16"}, ["--number-format", "fp16"]),
        ("coordinate", {"widths": (4, 6)}, ["--widths", "4,6"]),
        ("transfer", {"widths": {"widths": [4, 6], "steps": 3}}, ["--widths", "4,6", "--width-steps", "3"]),
    ],
)
def test_what_is_chosen_draws_what_its_flag_draws(
    run: api.Run, panel: str, view: dict[str, object], flags: list[str], tmp_path: Path
):
    command("train", *FLAGS, "--images", tmp_path, "--panels", panel, "--size", "400x300", *flags)
    api.figure(panel, run, **view).save(tmp_path / "here.png", size="400x300")
    assert (tmp_path / "here.png").read_bytes() == (tmp_path / f"{panel}.png").read_bytes()


def test_seeds_converge_as_the_flag_says(run: api.Run, tmp_path: Path):
    flags = ["--repeat", "3", "--converged", "accuracy=0.8"]
    command("train", *FLAGS, "--images", tmp_path, "--panels", "seeds", "--format", "csv", *flags)
    seeds = api.repeat(run, 3, accuracy=0.8)
    assert seeds.curves(0)[1].shape[0] == 3
    api.figure("seeds", run, seeds=seeds).save(tmp_path / "here.csv")
    assert (tmp_path / "here.csv").read_bytes() == (tmp_path / "seeds.csv").read_bytes()


def test_sweeps_are_those_of_the_command_line(tmp_path: Path):
    flags = [*FLAGS, "--x", "weight_init_std=0.01:1:3:log", "--y", "learning_rate=0.1,1", "--seeds", "2"]
    command("sweep", *flags, "--out", tmp_path / "there.npz", "--images", tmp_path, "--format", "svg")
    table = api.sweep(("weight_init_std", np.geomspace(0.01, 1, 3)), ("learning_rate", [0.1, 1]), seeds=2, **SMALL)
    assert table.arrays()["loss"].shape == (2, 3, 2)
    table.save(tmp_path / "here.npz")
    with np.load(tmp_path / "here.npz") as here, np.load(tmp_path / "there.npz") as there:
        assert here.files == there.files
        for name in here.files:
            np.testing.assert_array_equal(here[name], there[name])
    for panel in ("map", "response"):
        api.figure(panel, sweep=table).save(tmp_path / "here.svg")
        assert (tmp_path / "here.svg").read_bytes() == (tmp_path / f"{panel}.svg").read_bytes()


@pytest.mark.parametrize(
    ("x", "said"),
    [
        ("learnig_rate=1,2", "names no knob that can be an axis"),
        (("data", ["a"]), "names no knob that can be an axis"),
        (("init", ["std", "hee"]), "init: must be one of"),
        (("learning_rate", [0.1, 0.1]), "is there twice"),
        (("learning_rate", []), "has values that no axis can have"),
    ],
)
def test_an_axis_that_cannot_be_is_refused(x: object, said: str):
    with pytest.raises(api.SpecError, match=said):
        api.sweep(x, **SMALL)


def test_panels_that_need_more_say_what_to_pass(run: api.Run):
    assert "pass seeds=20" in repr(api.figure("seeds", run))
    assert "pass sweep=api.sweep(x=…)" in repr(api.figure("response", run))
    assert "pass sweep=api.sweep(x=…, y=…)" in repr(api.figure("map", run))
    assert "pass" not in repr(api.figure("loss", run))
    with pytest.raises(TypeError, match="a Frame, a Run"):
        api.figure("loss")


def test_runs_and_moments_are_shown_beside_one_another(run: api.Run):
    other = api.train(run.spec, init="he")

    def names(figure: api.Figure) -> set[str]:
        return {str(mark.label) for plot in figure.drawing.plots for mark in plot.marks}

    assert "He" in names(api.figure("loss", run, compared=[other]))
    assert "mine" in names(api.figure("loss", run, compared={"mine": other.frame()}))
    assert "He" in names(api.figure("weights", run.frame(20), compared=[other]))
    assert "He" in names(api.figure("weights", run.frame(20), compared=[other.frame(20)]))
    shown = api.figure("weights", run.frame(30), compared=other).view.compared[0]
    assert shown.moment is not None
    assert_same(shown.moment, other.frame(30))
    with pytest.raises(api.SpecError, match="but not with itself"):
        api.figure("weights", run, compared=[run.frame(20)])
    with pytest.raises(TypeError, match="can be compared"):
        api.figure("loss", run, compared=[3])


def test_advice_names_what_would_have_helped():
    flat = api.train(steps=200, weight_init_std=0.0)
    plain, advised = api.figure("why", flat), api.figure("why", flat, advice=True)
    assert advised.view.advice is not None
    assert str(advised) != str(plain)
    assert str(api.figure("why", flat, advice=False)) == str(plain)


@pytest.mark.parametrize(
    ("panel", "view", "said"),
    [
        ("weigths", {}, "There is no panel “weigths”; there are weights, spectrum"),
        ("weights", {"smoothing": 0.5}, "smoothing: The panel weights has no such choice; it has bins, compared"),
        ("weights", {"bins": 0}, "bins: Input should be greater than or equal to 1"),
        ("weights", {"bins": "many"}, "bins: Input should be a valid integer"),
        ("loss", {"smoothing": 1.0}, "smoothing: Input should be less than 1"),
        ("loss", {"ranges": {"loss": ((1, 0), (0, 1))}}, "ranges: a range is empty"),
        ("loss", {"steps": (0, 1)}, "steps: The panel loss has no such choice"),
        ("loss", {"seeds": 1}, "repeat_seeds: must be a whole number from 2 to 200"),
        ("gradients", {"number_format": "fp8"}, "number_format: Input should be"),
        ("randn", {"randn": {"shap": 3}}, "randn: takes a mapping with some of function, shape"),
        ("randn", {"randn": {"scale": -1.0}}, "randn_scale: must be"),
        ("transfer", {"widths": (0,)}, "transfer_widths: must be"),
    ],
)
def test_choices_that_cannot_be_are_refused(run: api.Run, panel: str, view: dict[str, object], said: str):
    with pytest.raises(api.SpecError) as error:
        api.figure(panel, run, **view)
    assert said in str(error.value)


def test_choices_come_in_whatever_python_has_them(run: api.Run):
    figure = api.figure(
        "weights", run, bins=np.int64(20), unit=[1, 2], hidden={"W1"}, ranges={"W1": [[-1, 1], [0, 9.5]]}, log_y=True,
        notes=False, compared=None,
    )  # fmt: skip
    assert (figure.view.bins, figure.view.unit, figure.view.hidden) == (20, (1, 2), frozenset({"W1"}))
    assert figure.view.ranges == {"W1": ((-1.0, 1.0), (0.0, 9.5))}
    assert api.figure("randn", run, randn={"shape": [3, 4], "seed": 7}).view.randn.shape == (3, 4)


def test_arrays_are_those_of_an_exported_file(run: api.Run, tmp_path: Path):
    figure = api.figure("loss", run)
    figure.save(tmp_path / "loss.npz")
    with np.load(tmp_path / "loss.npz") as file:
        for name, values in figure.arrays().items():
            np.testing.assert_array_equal(values, file[name])
    np.testing.assert_array_equal(figure.arrays()["loss/loss"][:60], run.frame().loss)


# ── files of figures ─────────────────────────────────────────────────────────────────────────────────────────────────


def pixels(path: Path) -> tuple[int, int]:
    raw = path.read_bytes()
    return int.from_bytes(raw[16:20], "big"), int.from_bytes(raw[20:24], "big")


@pytest.mark.parametrize(
    ("size", "expected"),
    [
        ({}, (1920, 1200)),
        ({"size": "400x300"}, (400, 300)),
        ({"width": 400, "height": 300}, (400, 300)),
        ({"width": 400}, (400, 250)),
        ({"height": 250.0}, (400, 250)),
        ({"width": 50.8, "height": 25.4, "unit": "mm", "dpi": 100}, (200, 100)),
        ({"width": 10 / 3, "unit": "in", "dpi": 90}, (300, 187)),
        ({"dpi": 96}, (960, 600)),
    ],
)
def test_a_png_has_the_size_that_was_asked_for(run: api.Run, size: dict, expected: tuple[int, int], tmp_path: Path):
    assert api.figure("loss", run).save(str(tmp_path / "a.png"), **size) == tmp_path / "a.png"
    assert pixels(tmp_path / "a.png") == expected


def test_a_picture_looks_as_its_flags_make_it_look(run: api.Run, tmp_path: Path):
    look = ["--size", "85x60mm", "--dpi", "100", "--font-size", "7", "--theme", "dark"]
    command("train", *FLAGS, "--images", tmp_path, "--panels", "loss", *look)
    api.figure("loss", run).save(tmp_path / "here.png", size="85x60mm", dpi=100, font_size=7, theme="dark")
    assert (tmp_path / "here.png").read_bytes() == (tmp_path / "loss.png").read_bytes()
    api.figure("loss", run).save(tmp_path / "here.svg", svg_text=True)
    assert "<text" in (tmp_path / "here.svg").read_text(encoding="utf-8")
    assert read_recipe(tmp_path / "here.svg").picture.svg_text


@pytest.mark.parametrize(
    ("name", "size", "said"),
    [
        ("a.gif", {}, "a.gif” has an ending that is not known; use one of .png, .svg, .pdf, .csv, .npz."),
        ("a", {}, "needs an ending that names the format"),
        ("a.png", {"width": 1}, "A picture must be at least 16 pixels wide and high."),
        ("a.png", {"width": 20_000, "height": 20_000}, "is too large; up to 50 million pixels"),
        ("a.png", {"size": "large"}, "is not a size; write width x height, as in 85x60mm"),
        ("a.png", {"width": float("nan")}, "is not a size"),
        ("a.png", {"width": 8, "unit": "cm"}, "is not a size"),
        ("a.png", {"dpi": 1}, "The resolution must be from 10 to 2400 dpi."),
        ("a.png", {"font_size": 100}, "The font size must be from 3 to 72 pt."),
        ("a.png", {"theme": "blue"}, "The theme must be light, dark or contrast"),
    ],
)
def test_a_file_is_refused_in_the_words_of_the_program(
    run: api.Run, name: str, size: dict[str, object], said: str, tmp_path: Path
):
    with pytest.raises(api.ExportError) as error:
        api.figure("loss", run).save(tmp_path / name, **size)
    assert said in str(error.value)
    assert not list(tmp_path.iterdir())


def test_a_figure_replaces_an_older_file_and_says_where_it_cannot(run: api.Run, tmp_path: Path):
    (tmp_path / "a.svg").write_text("old", encoding="utf-8")
    api.figure("loss", run).save(tmp_path / "a.svg")
    assert (tmp_path / "a.svg").read_text(encoding="utf-8") != "old"
    with pytest.raises(api.FileError):
        api.figure("loss", run).save(tmp_path / "absent" / "a.svg")


# ── in a notebook ────────────────────────────────────────────────────────────────────────────────────────────────────


def test_a_figure_is_the_same_svg_each_time(run: api.Run):
    figure = api.figure("weights", run)
    assert figure._repr_svg_() is figure._repr_svg_()
    assert figure._repr_svg_() == api.figure("weights", run)._repr_svg_()
    assert figure._repr_svg_().startswith("<svg")


STYLED = {
    "font.family": ["serif"],
    "lines.solid_capstyle": "butt",
    "lines.antialiased": False,
    "patch.edgecolor": "red",
    "image.interpolation": "bilinear",
    "savefig.bbox": "tight",
    "savefig.facecolor": "red",
    "svg.id": "mine",
    "path.simplify_threshold": 0.9,
    "figure.dpi": 300,
}


@pytest.mark.parametrize("panel", ["weights", "loss", "decision"])
def test_styles_of_matplotlib_neither_reach_a_figure_nor_are_changed_by_it(run: api.Run, panel: str):
    plain = api.figure(panel, run)._repr_svg_()
    with mpl.rc_context(STYLED):
        before = dict(mpl.rcParams)
        assert api.figure(panel, run)._repr_svg_() == plain
        assert dict(mpl.rcParams) == before


def test_showing_a_figure_does_not_import_pyplot():
    script = (
        "import sys\nfrom model import api\n"
        "run = api.train(dataset='moons', samples=40, hidden_sizes=3, batch_size=4, steps=5)\n"
        "figure = api.figure('loss', run)\n"
        "assert 'matplotlib' not in sys.modules\n"
        "figure._repr_svg_()\n"
        "import matplotlib\n"
        "assert 'matplotlib.pyplot' not in sys.modules\n"
        "assert not dict.__getitem__(matplotlib.rcParams, 'interactive')\n"
    )
    done = subprocess.run([sys.executable, "-c", script], cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr


# ── the documents ────────────────────────────────────────────────────────────────────────────────────────────────────


def examples(document: Path) -> list[str]:
    return re.findall(r"(?ms)^```python\n(.*?)^```", document.read_text(encoding="utf-8"))


def test_the_examples_of_the_guide_run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys):
    monkeypatch.chdir(tmp_path)
    blocks = examples(GUIDE)
    assert len(blocks) >= 9
    namespace: dict[str, object] = {}
    for block in blocks:
        exec(compile(block, GUIDE.name, "exec"), namespace)  # noqa: S102  our own
    assert "did you mean learning_rate?" in capsys.readouterr().out
    assert {path.name for path in tmp_path.iterdir()} >= {"weights.png", "weights.svg", "weights.csv", "own.initscope"}


def test_the_example_of_the_readme_runs():
    (block,) = examples(ROOT / "README.md")
    outputs = notebook.run_cell(block, {}, 1)
    assert "image/svg+xml" in outputs[-1]["data"]


def test_the_guide_lists_every_panel_with_its_choices():
    text = GUIDE.read_text(encoding="utf-8")
    for panel, found in PANELS.items():
        own = [f"`{name}`" for name in choices(panel) if name not in ALWAYS]
        assert f"| `{panel}` | {found.title} | {', '.join(own) or '–'} |" in text


def test_the_notebook_runs_and_shows_what_it_holds():
    held = json.loads(notebook.PAGE.read_text(encoding="utf-8"))
    assert notebook.written(held) == notebook.PAGE.read_text(encoding="utf-8")
    fresh = notebook.executed(held)
    figures = 0
    for cell, again in zip(held["cells"], fresh["cells"], strict=True):
        forms = [sorted(output.get("data", {"text": ""})) for output in cell.get("outputs", [])]
        assert forms == [sorted(output.get("data", {"text": ""})) for output in again.get("outputs", [])]
        for output in (*cell.get("outputs", []), *again.get("outputs", [])):
            if "image/svg+xml" in output.get("data", {}):
                figures += 1
                root = ET.fromstring("".join(output["data"]["image/svg+xml"]))  # noqa: S314  our own
                assert root.tag == "{http://www.w3.org/2000/svg}svg"
    assert figures >= 8


def test_the_notebook_is_of_version_4_of_its_format():
    held = json.loads(notebook.PAGE.read_text(encoding="utf-8"))
    assert (held["nbformat"], held["nbformat_minor"]) == (4, 5)
    assert set(held) == {"cells", "metadata", "nbformat", "nbformat_minor"}
    ids = [cell["id"] for cell in held["cells"]]
    assert len(set(ids)) == len(ids)
    assert all(re.fullmatch(r"[a-zA-Z0-9-_]{1,64}", one) for one in ids)
    for cell in held["cells"]:
        common = {"cell_type", "id", "metadata", "source"}
        code = cell["cell_type"] == "code"
        assert set(cell) == common | ({"execution_count", "outputs"} if code else set())
        assert all(isinstance(line, str) for line in cell["source"])
        if code:
            assert cell["execution_count"]
