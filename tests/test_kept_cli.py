"""The command `runs` and `train --keep`: what was kept is listed, shown, exported as `train` saves it, and deleted."""

import json
import math
import signal
import sqlite3
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from main import main
from model.keeping.folder import database

ROOT = Path(__file__).resolve().parents[1]
SMALL = ("--dataset", "moons", "--hidden-sizes", "4", "--batch-size", "10", "--steps", "30")


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("INITSCOPE_DATA", str(tmp_path / "kept"))
    return tmp_path / "kept"


def listed(capsys) -> list[dict[str, object]]:
    capsys.readouterr()
    assert main(["runs", "--json"]) == 0
    return json.loads(capsys.readouterr().out, parse_constant=pytest.fail)


def test_nothing_is_kept_unless_it_is_asked_for(capsys, tmp_path: Path) -> None:
    assert main(["train", *SMALL, "--out", str(tmp_path / "run.npz")]) == 0
    assert listed(capsys) == []
    assert main(["runs"]) == 0
    assert "No runs are kept yet" in capsys.readouterr().out


def test_a_kept_run_is_listed_with_what_the_contract_names(capsys, folder: Path) -> None:
    assert main(["train", *SMALL, "--keep", "--name", "He & co", "--init", "he"]) == 0
    assert main(["train", *SMALL, "--keep", "--weight-init-std", "1e308"]) == 0
    assert (folder / "runs.sqlite3").exists()
    one, two = listed(capsys)
    assert (one["id"], one["name"], one["step"], one["ended_by"], one["starred"]) == (1, "He & co", 30, "steps", False)
    assert one["spec"]["init"] == "he"
    assert all(0 <= one[name] <= 1 for name in ("train_accuracy", "test_accuracy"))
    assert math.isfinite(one["loss"])
    assert two["loss"] == "NaN"  # JSON knows no NaN
    assert main(["runs", "list"]) == 0
    said = capsys.readouterr().out
    assert "He & co" in said
    assert "NaN" in said


def test_an_exported_run_is_the_file_that_train_would_have_saved(capsys, tmp_path: Path) -> None:
    saved, exported = tmp_path / "saved.npz", tmp_path / "exported.npz"
    assert main(["train", *SMALL, "--keep", "--optimizer", "adam", "--out", str(saved)]) == 0
    assert main(["runs", "export", "1", "--out", str(exported)]) == 0
    with np.load(saved) as one, np.load(exported) as other:
        assert one.files == other.files
        assert all(one[name].tobytes() == other[name].tobytes() for name in one.files)


def test_a_run_is_shown_and_deleted(capsys) -> None:
    for seed in ("1", "2"):
        assert main(["train", *SMALL, "--keep", "--seed", seed]) == 0
    capsys.readouterr()
    assert main(["runs", "show", "2", "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["spec"]["seed"] == 2
    assert main(["runs", "delete", "1"]) == 0
    assert [run["id"] for run in listed(capsys)] == [2]


@pytest.mark.parametrize(
    ("words", "said"),
    [(["show", "9"], "There is no kept run 9"), (["show", "9" * 30], "There is no kept run"),
     (["delete", "9"], "There is no kept run 9"), (["show", "one"], "invalid int"), (["export", "9"], "--out"),
     (["delete"], "ID"), (["burn"], "invalid choice")],
)  # fmt: skip
def test_what_cannot_be_done_ends_with_status_2_and_a_reason(capsys, words, said) -> None:
    with pytest.raises(SystemExit) as end:
        main(["runs", *words])
    assert end.value.code == 2
    assert said in capsys.readouterr().err


def test_a_name_without_keep_is_refused(capsys) -> None:
    with pytest.raises(SystemExit) as end:
        main(["train", *SMALL, "--name", "x"])
    assert end.value.code == 2
    assert "--keep" in capsys.readouterr().err


def test_a_run_that_cannot_be_kept_is_told_and_still_saved_nowhere_by_halves(capsys, folder: Path) -> None:
    folder.write_text("a file where the folder should be")
    with pytest.raises(SystemExit) as end:
        main(["train", *SMALL, "--keep"])
    assert end.value.code == 2
    assert str(database()) in capsys.readouterr().err


def test_what_was_trained_is_saved_even_where_it_cannot_be_kept(capsys, folder: Path, tmp_path: Path) -> None:
    folder.write_text("a file where the folder should be")
    with pytest.raises(SystemExit) as end:
        main(["train", *SMALL, "--keep", "--out", str(tmp_path / "run.npz")])
    assert end.value.code == 2
    assert str(database()) in capsys.readouterr().err
    with np.load(tmp_path / "run.npz") as run:
        assert len(run["loss"]) == 30


def test_a_damaged_run_can_be_deleted(capsys) -> None:
    for seed in ("1", "2"):
        assert main(["train", *SMALL, "--keep", "--seed", seed]) == 0
    with sqlite3.connect(database()) as connection:
        connection.execute("UPDATE arrays SET kind = '<c8' WHERE run = 1")
    connection.close()
    assert main(["runs", "delete", "1"]) == 0
    assert [run["id"] for run in listed(capsys)] == [2]


def test_a_list_needs_none_of_what_trains_or_draws() -> None:
    heavy = ("numba", "matplotlib", "PySide6")
    code = f"import sys, main; main.main(['runs']); print([name for name in {heavy} if name in sys.modules])"
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)
    assert done.stdout.splitlines()[-1] == "[]"


@pytest.mark.skipif(sys.platform == "win32", reason="no signals there")
def test_an_interrupted_run_is_kept_as_far_as_it_came(capsys) -> None:
    words = [*SMALL[:-1], "900000000", "--keep"]
    with subprocess.Popen([sys.executable, "main.py", "train", *words], cwd=ROOT, stderr=subprocess.PIPE) as child:
        try:
            while b"steps  loss" not in child.stderr.readline():
                assert child.poll() is None
            child.send_signal(signal.SIGTERM)  # which no shell lets its background jobs ignore
            child.communicate(timeout=60)
        finally:
            child.kill()
    assert child.returncode == 143
    (kept,) = listed(capsys)
    assert kept["ended_by"] == "interrupt"
    assert kept["step"] > 0


def test_a_script_is_written_with_its_data_and_prints_every_step(tmp_path: Path) -> None:
    path = tmp_path / "home.py"
    assert main(["script", *SMALL, "--dtype", "float64", "--steps", "7", "--out", str(path)]) == 0
    assert sorted(file.name for file in tmp_path.iterdir() if file.is_file()) == ["home-data.npz", "home.py"]
    done = subprocess.run([sys.executable, str(path)], capture_output=True, text=True, check=True)
    assert [line.split()[0] for line in done.stdout.splitlines()] == [str(step) for step in range(7)]


def test_a_script_of_a_saved_run_makes_its_live_edits(tmp_path: Path) -> None:
    saved, path = tmp_path / "run.npz", tmp_path / "home.py"
    assert main(["train", *SMALL, "--dtype", "float64", "--out", str(saved)]) == 0
    assert main(["script", "--spec", str(saved), "--out", str(path)]) == 0
    done = subprocess.run([sys.executable, str(path)], capture_output=True, text=True, check=True)
    with np.load(saved) as run:
        assert np.allclose([float(line.split()[1]) for line in done.stdout.splitlines()], run["loss"], rtol=1e-9)


@pytest.mark.parametrize("words", [["--out", "x.py", "--init", "none"], [], ["--out", "/nowhere/x.py"]])
def test_a_script_that_cannot_be_written_ends_with_status_2(capsys, words) -> None:
    with pytest.raises(SystemExit) as end:
        main(["script", *words])
    assert end.value.code == 2
    assert "error" in capsys.readouterr().err
