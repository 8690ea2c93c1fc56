"""Files of runs: what was saved comes back bit by bit, and what comes from anywhere gives only typed errors."""

import io
import json
import random
import zipfile
from pathlib import Path

import numpy as np
import pytest

from main import main
from model.data.dataset import DataRequest
from model.data.prepare import load
from model.figures.recipe import read_recipe
from model.keeping.bundle import Bundled, BundleError, is_bundle, read_bundle, save_bundle
from model.keeping.record import RunRecord, State, record_of
from model.keeping.revive import revive
from model.training.engine import Engine
from model.training.knob import SpecError
from model.training.spec import TrainingSpec
from model.training.stepper import ClassStepper, kernel_stepper


@pytest.fixture(scope="module")
def data():
    return load(DataRequest(dataset="moons", samples=60))


def record(data, until: int = 12, **knobs: object) -> RunRecord:
    values = {"dataset": "moons", "samples": 60, "hidden_sizes": (4,), "steps": 12, "batch_size": 8, "eval_every": 3}
    engine = Engine(TrainingSpec.from_values({**values, **knobs}), data, kernel_stepper)
    engine.train(6)
    engine.edit("learning_rate", 0.5)
    engine.train(until)
    return record_of(engine, State.now(engine))


@pytest.fixture
def saved(data, tmp_path: Path) -> Path:
    path = tmp_path / "two.initscope"
    runs = [Bundled(record(data), "one", "a note", starred=True), Bundled(record(data, 9, seed=3, optimizer="adam"))]
    save_bundle(path, runs, present=1)
    return path


def test_runs_come_back_bit_by_bit(data, saved) -> None:
    runs, present = read_bundle(saved)
    assert is_bundle(saved)
    assert present == 1
    assert [(run.name, run.note, run.starred) for run in runs] == [("one", "a note", True), ("", "", False)]
    for run, expected in zip(runs, (record(data), record(data, 9, seed=3, optimizer="adam")), strict=True):
        assert run.record.arrays.keys() == expected.arrays.keys()
        for name, array in expected.arrays.items():
            assert run.record.arrays[name].tobytes() == array.tobytes(), name
        assert run.record.summary.schedule == expected.summary.schedule
        assert revive(run.record, data, ClassStepper).recording.step == expected.summary.step


def test_numbers_that_are_none_survive(data, tmp_path) -> None:
    odd = record(data, weight_init_std=1e308)
    save_bundle(tmp_path / "odd.initscope", [Bundled(odd)])
    (run,), _ = read_bundle(tmp_path / "odd.initscope")
    assert np.isnan(run.record.summary.loss)
    assert run.record.arrays["params"].tobytes() == odd.arrays["params"].tobytes()


def test_spec_takes_the_present_run_with_its_live_edits(saved, tmp_path) -> None:
    recipe = read_recipe(saved)
    assert (recipe.run.spec.seed, recipe.run.at) == (3, 9)
    assert recipe.run.schedule == ((6, "learning_rate", 0.5),)
    out = tmp_path / "again.npz"
    assert main(["train", "--spec", str(saved), "--out", str(out)]) == 0
    with np.load(out) as again:
        runs, present = read_bundle(saved)
        assert again["loss"][:9].tobytes() == runs[present].record.arrays["by_step"][:, 0].tobytes()


def rewritten(saved: Path, **changes: object) -> Path:
    """Write the file anew with another manifest."""
    path = saved.with_name("changed.initscope")
    with zipfile.ZipFile(saved) as old, zipfile.ZipFile(path, "w") as new:
        for name in old.namelist():
            raw = old.read(name)
            if name == "initscope.json":
                raw = json.dumps({**json.loads(raw), **changes}).encode()
            new.writestr(name, raw)
    return path


@pytest.mark.parametrize(
    ("changes", "said"),
    [({"format": 2}, "newer version"), ({"program": "Other"}, "program"), ({"present": 7}, "missing"),
     ({"runs": []}, "runs"), ({"extra": 1}, "extra"), ({"runs": [{"name": 1}]}, "runs")],
    ids=str,
)  # fmt: skip
def test_a_list_of_runs_that_is_wrong_is_refused_with_a_reason(saved, changes, said) -> None:
    with pytest.raises(BundleError, match=said):
        read_bundle(rewritten(saved, **changes))


def zipped(path: Path, **members: bytes) -> Path:
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, raw in members.items():
            archive.writestr(name.replace("__", "/"), raw)
    return path


@pytest.mark.parametrize(
    "manifest",
    [b"", b"[]", b"{", b'{"format": NaN}', b'{"a": 1, "a": 2}', b"[" * 100_000, b'{"format": 1e999}', b"\xff\xfe",
     b'{"program": "' + b"x" * (20 << 20) + b'"}'],
    ids=lambda raw: repr(raw[:12]),
)  # fmt: skip
def test_a_manifest_of_any_kind_gives_a_typed_error(tmp_path, manifest) -> None:
    with pytest.raises(BundleError) as error:
        read_bundle(zipped(tmp_path / "x.initscope", **{"initscope.json": manifest}))
    assert len(str(error.value)) < 1000


def test_no_array_may_ask_for_more_than_there_is(saved) -> None:
    path = saved.with_name("bomb.initscope")
    header = io.BytesIO()
    np.lib.format.write_array_header_1_0(header, {"descr": "<f8", "fortran_order": False, "shape": (1 << 60,)})
    with zipfile.ZipFile(saved) as old, zipfile.ZipFile(path, "w") as new:
        for name in old.namelist():
            new.writestr(name, header.getvalue() if name.endswith("0/params.npy") else old.read(name))
    with pytest.raises(BundleError, match="not as long"):
        read_bundle(path)


@pytest.mark.parametrize("count", [150, pytest.param(10_000, marks=pytest.mark.soak)])
def test_mutated_files_give_only_typed_errors(data, saved, count) -> None:
    content, rng = saved.read_bytes(), random.Random(count)  # noqa: S311
    path = saved.with_name("mutated.initscope")
    for _ in range(count):
        changed = bytearray(content)
        for _ in range(rng.choice((1, 3, 30))):
            at = rng.randrange(len(changed))
            changed[at : at + rng.choice((1, 4, 100))] = bytes(rng.randrange(256) for _ in range(rng.choice((0, 1, 4))))
        path.write_bytes(changed[: rng.choice((len(changed), len(changed), rng.randrange(len(changed))))])
        try:
            runs, _ = read_bundle(path)
            for run in runs:
                revive(run.record, data, ClassStepper)
        except (SpecError, ValueError):
            pass
