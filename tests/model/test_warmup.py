"""Compiled kernels: kept where they can be, trusted only if unchanged, and built without holding up anybody."""

import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from model.network.kernels import cache
from model.training import warmup

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture
def kernels(tmp_path: Path) -> Iterator[Path]:
    """A folder for kernels that is this test's alone."""
    folder = tmp_path / "kernels"
    folder.mkdir()
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv(cache.ENVIRONMENT, str(folder))
        cache.folder.cache_clear()
        yield folder
    cache.folder.cache_clear()


@pytest.fixture
def asked_anew(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """The folder is looked for again, by the environment of the test."""
    monkeypatch.delenv(cache.ENVIRONMENT, raising=False)
    cache.folder.cache_clear()
    yield
    monkeypatch.undo()
    cache.folder.cache_clear()


def build(folder: Path) -> None:
    """What a compiler leaves behind, as far as the seal is concerned."""
    (folder / "deep").mkdir(exist_ok=True)
    (folder / "deep" / "train.nbi").write_bytes(b"index")
    (folder / "deep" / "train.1.nbc").write_bytes(bytes(range(256)) * 20)


@pytest.fixture
def built(kernels: Path) -> Path:
    build(kernels)
    cache.seal()
    return kernels


# ── the seal ─────────────────────────────────────────────────────────────────────────────────────────────────────────


def test_a_folder_is_trusted_after_it_was_sealed_and_not_before(kernels: Path) -> None:
    assert not cache.sealed()
    build(kernels)
    assert not cache.sealed()
    cache.seal()
    assert cache.sealed()
    assert sorted(path.name for path in kernels.iterdir()) == ["deep", "seal.json"]


def test_a_folder_with_nothing_in_it_is_never_trusted(kernels: Path) -> None:
    cache.seal()
    assert not cache.sealed()


@pytest.mark.parametrize("at", [0, 1000, 5119])
def test_a_single_flipped_bit_breaks_the_seal(built: Path, at: int) -> None:
    code = built / "deep" / "train.1.nbc"
    raw = bytearray(code.read_bytes())
    raw[at] ^= 1
    code.write_bytes(raw)
    assert not cache.sealed()
    raw[at] ^= 1
    code.write_bytes(raw)
    assert cache.sealed()


CHANGES: dict[str, Callable[[Path], object]] = {
    "cut short": lambda folder: os.truncate(folder / "deep" / "train.1.nbc", 100),
    "emptied": lambda folder: (folder / "deep" / "train.nbi").write_bytes(b""),
    "missing": lambda folder: (folder / "deep" / "train.nbi").unlink(),
    "renamed": lambda folder: (folder / "deep").rename(folder / "other"),
    "one more": lambda folder: (folder / "deep" / "train.2.nbc").write_bytes(b"x"),
}


@pytest.mark.parametrize("change", CHANGES.values(), ids=CHANGES)
def test_any_other_change_breaks_the_seal(built: Path, change: Callable[[Path], object]) -> None:
    change(built)
    assert not cache.sealed()


@pytest.mark.parametrize("content", [b"", b"{", b"[]", b"null", b"[1]", b'{"a": 1}', b"\xff\xfe", b"[" * 100_000])
def test_a_seal_that_is_none_is_not_trusted(built: Path, content: bytes) -> None:
    (built / "seal.json").write_bytes(content)
    assert not cache.sealed()


def test_what_cannot_be_read_is_not_trusted(built: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def unreadable(_path: Path) -> bytes:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(Path, "read_bytes", unreadable)
    assert not cache.sealed()


def test_files_that_are_no_machine_code_do_not_matter(built: Path) -> None:
    (built / "notes.txt").write_text("of a person")
    assert cache.sealed()


def test_clearing_leaves_an_empty_folder(built: Path) -> None:
    (built / "notes.txt").write_text("of a person")
    cache.clear()
    assert not list(built.iterdir())
    assert not cache.sealed()


# ── the folder ───────────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.usefixtures("asked_anew")
@pytest.mark.skipif(sys.platform != "linux", reason="the cache's place is told by the variable on Linux alone")
def test_the_folder_is_in_the_users_cache_and_stays_the_same(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    folder = cache.folder()
    assert folder.is_dir()
    assert folder.parent == tmp_path / "initscope"
    cache.folder.cache_clear()
    assert cache.folder() == folder


@pytest.mark.usefixtures("asked_anew")
@pytest.mark.skipif(sys.platform != "linux", reason="the cache's place is told by the variable on Linux alone")
def test_another_version_of_what_compiles_has_a_folder_of_its_own(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    now = cache.folder()
    for package in ("numba", "numpy", "scipy"):
        other = {package: "0.0.1"}
        monkeypatch.setattr(cache, "version", lambda name, other=other: other.get(name, "1"))
        cache.folder.cache_clear()
        assert cache.folder() != now


@pytest.mark.usefixtures("asked_anew")
@pytest.mark.parametrize("how", ["read-only", "a file in its place"])
def test_where_the_users_cache_cannot_be_written_a_passing_folder_is_used(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, how: str
) -> None:
    home = tmp_path / "cache"
    monkeypatch.setenv("XDG_CACHE_HOME", str(home))
    monkeypatch.setattr(cache, "user_cache_path", lambda name: home / name)
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    if how == "read-only":

        def refuse(**_options: object) -> None:
            raise PermissionError(30, "Read-only file system")

        monkeypatch.setattr(tempfile, "TemporaryFile", refuse)
    else:
        home.write_text("of a person")
    folder = cache.folder()
    assert folder.parent == tmp_path
    assert folder.name.startswith("initscope-kernels-")
    assert cache.folder() is folder
    build(folder)
    cache.seal()
    assert cache.sealed()


@pytest.mark.usefixtures("asked_anew")
@pytest.mark.parametrize("place", ["user", "beside"])
@pytest.mark.parametrize("state", ["ready", "cut short", "empty"])
def test_a_ready_folder_that_cannot_be_written_is_used_and_no_other(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, place: str, state: str
) -> None:
    home, beside = tmp_path / "cache", tmp_path / "ready"
    monkeypatch.setattr(cache, "user_cache_path", lambda name: home / name)
    monkeypatch.setattr(cache, "BESIDE", beside)
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    folder = cache.beside() if place == "beside" else home / "initscope" / cache.beside().name
    folder.mkdir(parents=True)
    if state != "empty":
        build(folder)
        with monkeypatch.context() as patch:
            patch.setenv(cache.ENVIRONMENT, str(folder))
            cache.seal()
        cache.folder.cache_clear()
    if state == "cut short":
        os.truncate(folder / "deep" / "train.1.nbc", 100)

    def refuse(**_options: object) -> None:
        raise PermissionError(30, "Read-only file system")

    monkeypatch.setattr(tempfile, "TemporaryFile", refuse)
    assert (cache.folder() == folder) == (state == "ready")
    assert cache.sealed() == (state == "ready")


@pytest.mark.usefixtures("asked_anew")
def test_a_users_own_kernels_go_before_those_beside_the_sources(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(cache, "user_cache_path", lambda name: tmp_path / name)
    monkeypatch.setattr(cache, "BESIDE", tmp_path / "ready")
    users = tmp_path / "initscope" / cache.beside().name
    for folder in (cache.beside(), users):
        cache.folder.cache_clear()
        monkeypatch.setenv(cache.ENVIRONMENT, str(folder))
        folder.mkdir(parents=True)
        build(folder)
        cache.seal()
        monkeypatch.delenv(cache.ENVIRONMENT)
        cache.folder.cache_clear()
        assert cache.folder() == folder


READ_ONLY = """
import builtins, subprocess, sys, tempfile
from pathlib import Path
from model.network.kernels import cache

cache.BESIDE = Path(sys.argv[1])
def refuse(*_args, **_options):
    raise PermissionError(30, "Read-only file system")
tempfile.TemporaryFile = refuse
subprocess.run = refuse
from model.training import warmup
warmup.load()
from model.network.kernels import training
print(cache.folder() == cache.beside(), sum(training.train.stats.cache_misses.values()))
"""


def test_ready_kernels_of_a_read_only_install_are_loaded_and_not_compiled(tmp_path: Path) -> None:
    warmup.load()
    there = tmp_path / "ready" / cache.beside().name
    shutil.copytree(cache.folder(), there)
    before = {path: path.stat().st_mtime_ns for path in there.rglob("*")}
    (tmp_path / "cache").write_text("no folder can be made here")
    for path in (*before, there, there.parent):
        path.chmod(0o555 if path.is_dir() else 0o444)  # root writes all the same, which the times would show
    environment = {**os.environ, "XDG_CACHE_HOME": str(tmp_path / "cache")}
    words = [sys.executable, "-c", READ_ONLY, str(there.parent)]
    done = subprocess.run(words, cwd=ROOT, env=environment, capture_output=True, text=True, check=False)
    for path in (there.parent, there, *before):
        path.chmod(0o755)
    assert (done.stdout, done.stderr) == ("True 0\n", "")
    assert {path: path.stat().st_mtime_ns for path in there.rglob("*")} == before


@pytest.mark.usefixtures("asked_anew")
def test_kernels_for_everybody_are_built_beside_the_sources(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(cache, "user_cache_path", lambda name: tmp_path / name)
    monkeypatch.setattr(cache, "BESIDE", tmp_path / "ready")
    monkeypatch.setattr(warmup, "exercise", lambda: build(cache.folder()))
    monkeypatch.setenv(cache.ENVIRONMENT, "")  # so that it is put back afterwards
    warmup.main(["--beside"])
    assert cache.folder().parent == tmp_path / "ready"
    assert cache.sealed()


def test_a_passing_folder_is_gone_when_the_process_ends(tmp_path: Path) -> None:
    (tmp_path / "cache").write_text("of a person")
    code = "from model.network.kernels import cache; print(cache.folder().is_dir())"
    environment = {**os.environ, "XDG_CACHE_HOME": str(tmp_path / "cache"), "TMPDIR": str(tmp_path)}
    ended = subprocess.run([sys.executable, "-c", code], env=environment, capture_output=True, text=True, check=True)
    assert ended.stdout == "True\n"
    assert [path.name for path in tmp_path.iterdir()] == ["cache"]


@pytest.mark.usefixtures("asked_anew")
def test_who_built_in_a_passing_folder_ends_well_while_it_is_in_use(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = tmp_path / "initscope-kernels-x"
    folder.mkdir()
    monkeypatch.setenv(cache.ENVIRONMENT, str(folder))
    build(folder)
    cache.seal()
    warmup.build_elsewhere()
    assert cache.sealed()


# ── building ─────────────────────────────────────────────────────────────────────────────────────────────────────────


class Calls:
    """What was done, in its order, instead of compiling."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.made: list[str] = []
        self.environment: dict[str, str] = {}
        self.command: list[str] = []
        self.error: Exception | None = None
        monkeypatch.setattr(warmup, "exercise", self.exercise)
        monkeypatch.setattr(subprocess, "run", self.run)

    def exercise(self) -> None:
        self.made.append("exercise")
        build(cache.folder())

    def run(self, command: list[str], *, env: dict[str, str], check: bool, **_options: object) -> None:
        assert check
        cache.clear()  # as the process does
        self.made.append("process")
        self.command, self.environment = command, env
        if self.error is not None:
            raise self.error
        build(cache.folder())
        cache.seal()


@pytest.fixture
def calls(monkeypatch: pytest.MonkeyPatch) -> Calls:
    return Calls(monkeypatch)


def test_sealed_kernels_are_only_loaded(built: Path, calls: Calls) -> None:
    warmup.load()
    warmup.build()
    assert calls.made == ["exercise"]
    assert cache.sealed()


@pytest.mark.parametrize("how", ["nothing there", "a flipped bit", "unsealed"])
def test_kernels_that_cannot_be_trusted_are_built_anew_in_another_process(
    kernels: Path, calls: Calls, how: str
) -> None:
    if how != "nothing there":
        build(kernels)
    if how == "a flipped bit":
        cache.seal()
        (kernels / "deep" / "train.1.nbc").write_bytes(b"\1")
    warmup.load()
    assert calls.made == ["process", "exercise"]
    assert calls.command[1:] == ["-P", "-m", "model.training.warmup"]
    assert calls.environment[cache.ENVIRONMENT] == str(kernels)
    assert cache.sealed()
    warmup.load()
    assert calls.made == ["process", "exercise", "exercise"]


@pytest.mark.parametrize(
    "error", [subprocess.CalledProcessError(1, "python"), subprocess.TimeoutExpired("python", 600), OSError(12, "full")]
)
@pytest.mark.usefixtures("kernels")
def test_a_build_that_fails_is_told_and_loads_nothing(calls: Calls, error: Exception) -> None:
    calls.error = error
    with pytest.raises(type(error)):
        warmup.load()
    assert calls.made == ["process"]
    assert not cache.sealed()


def test_a_command_line_builds_what_later_runs_will_load(kernels: Path, calls: Calls) -> None:
    (kernels / "half.nbi").write_bytes(b"of a build that was cut off")
    warmup.build()
    assert calls.made == ["process"]
    assert cache.sealed()
    assert not (kernels / "half.nbi").exists()


@pytest.mark.usefixtures("kernels")
def test_a_command_line_goes_on_where_nothing_can_be_built_beforehand(calls: Calls) -> None:
    calls.error = subprocess.CalledProcessError(1, "python")
    warmup.build()
    assert calls.made == ["process"]


def test_every_kernel_runs_for_every_dtype() -> None:
    from model.network.kernels import training  # here, because this loads the compiler

    warmup.exercise()
    # a signature's first argument are the parameters, in each dtype
    compiled = {str(signature[0].dtype) for signature in training.train.signatures}
    assert compiled >= set(warmup.DTYPES)


@pytest.mark.soak  # compiles everything
def test_the_run_that_has_to_compile_is_the_run_of_ever_after(kernels: Path, tmp_path: Path) -> None:
    environment = {**os.environ, cache.ENVIRONMENT: str(kernels)}
    saved, built = [], []
    for name in ("first.npz", "second.npz"):
        words = ["train", "--dataset", "moons", "--hidden-sizes", "3", "--steps", "300", "--out", str(tmp_path / name)]
        subprocess.run([sys.executable, "main.py", *words], cwd=ROOT, env=environment, check=True, timeout=120)
        assert cache.sealed()
        saved.append((tmp_path / name).read_bytes())
        built.append({path: path.stat().st_mtime_ns for path in kernels.rglob("*") if path.is_file()})
    assert saved[0] == saved[1]
    assert built[0] == built[1]


# ── several at once ──────────────────────────────────────────────────────────────────────────────────────────────────


def test_a_second_process_waits_for_the_first_to_build(kernels: Path) -> None:
    waits = "from model.network.kernels import cache\nprint('asks', flush=True)\nwith cache.building(): print('has it')"
    asked = [sys.executable, "-c", waits]
    with cache.building(), subprocess.Popen(asked, cwd=ROOT, stdout=subprocess.PIPE, text=True) as second:
        assert second.stdout is not None
        assert second.stdout.readline() == "asks\n"
        with pytest.raises(subprocess.TimeoutExpired):
            second.wait(0.5)
        second.kill()
        assert "has it" not in second.stdout.read()


def test_what_another_process_has_built_is_not_built_again(built: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(warmup, "exercise", lambda: pytest.fail("compiled again"))
    warmup.main()
    assert cache.sealed()


def test_a_builder_that_dies_leaves_the_folder_to_the_next(kernels: Path) -> None:
    dies = "import os\nfrom model.network.kernels import cache\nwith cache.building(): os._exit(0)"
    subprocess.run([sys.executable, "-c", dies], cwd=ROOT, check=True)
    with cache.building():
        pass


def test_what_lies_in_an_unsealed_folder_is_gone_before_it_is_built(
    kernels: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (kernels / "cut_short.nbc").write_bytes(b"half")
    monkeypatch.setattr(warmup, "exercise", lambda: build(kernels))
    warmup.main()
    assert cache.sealed()
    assert not (kernels / "cut_short.nbc").exists()
