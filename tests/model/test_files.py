"""A file is written whole or not at all, and a person is told why."""

import errno
import os
import stat
import subprocess
import sys
from pathlib import Path
from typing import BinaryIO

import pytest

from model.files import FileError, free_name, write_whole

ROOT = Path(__file__).resolve().parents[2]
OLD, NEW = b"the old run", b"the new run" * 1000


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A folder with nothing else in it."""
    empty = tmp_path / "folder"
    empty.mkdir()
    return empty


def write_new(stream: BinaryIO) -> None:
    stream.write(NEW)


def failing(error: BaseException):
    def write(stream: BinaryIO) -> None:
        stream.write(NEW[:5000])
        raise error

    return write


@pytest.fixture
def old(folder: Path) -> Path:
    path = folder / "run.npz"
    path.write_bytes(OLD)
    return path


def assert_only(path: Path, content: bytes) -> None:
    assert path.read_bytes() == content
    assert [p.name for p in path.parent.iterdir()] == [path.name]


def test_a_new_file_holds_what_was_written(folder: Path):
    write_whole(folder / "a.csv", write_new)
    assert_only(folder / "a.csv", NEW)


def test_an_existing_file_is_kept_unless_overwriting_was_asked_for(old: Path):
    with pytest.raises(FileError, match="already"):
        write_whole(old, write_new)
    assert_only(old, OLD)
    write_whole(old, write_new, overwrite=True)
    assert_only(old, NEW)


def test_a_file_that_appears_while_writing_is_not_replaced(folder: Path):
    rival = folder / "a.csv"

    def write(stream: BinaryIO) -> None:
        stream.write(NEW)
        rival.write_bytes(OLD)

    with pytest.raises(FileError, match="already"):
        write_whole(rival, write)
    assert_only(rival, OLD)


def test_a_file_system_without_links_still_never_clobbers(folder: Path, monkeypatch: pytest.MonkeyPatch):
    def no_links(_self: Path, _target: Path) -> None:
        raise OSError(errno.EPERM, "no links here")

    monkeypatch.setattr(Path, "hardlink_to", no_links)
    write_whole(folder / "a.csv", write_new)
    assert_only(folder / "a.csv", NEW)
    (folder / "a.csv").unlink()
    test_a_file_that_appears_while_writing_is_not_replaced(folder)


@pytest.mark.parametrize(
    ("code", "words"),
    [
        (errno.ENOSPC, "disk is full"),
        (errno.EDQUOT, "disk is full"),
        (errno.EFBIG, "larger than the system allows"),
        (errno.EACCES, "no permission"),
        (errno.EROFS, "no permission"),
        (errno.EIO, "system says"),
    ],
)
def test_a_fault_while_writing_keeps_the_old_file_and_says_why(old: Path, code: int, words: str):
    with pytest.raises(FileError) as caught:
        write_whole(old, failing(OSError(code, os.strerror(code))), overwrite=True)
    assert words in str(caught.value.message)
    assert "was there is unchanged" in str(caught.value.message)
    assert_only(old, OLD)


def test_a_fault_without_an_old_file_leaves_nothing_and_says_so(folder: Path):
    with pytest.raises(FileError, match="Nothing was left behind"):
        write_whole(folder / "a.csv", failing(OSError(errno.ENOSPC, "full")))
    assert not list(folder.iterdir())


@pytest.mark.parametrize("error", [KeyboardInterrupt(), MemoryError(), ValueError("a bug")])
def test_an_interruption_or_a_bug_passes_through_and_keeps_the_old_file(old: Path, error: BaseException):
    with pytest.raises(type(error)):
        write_whole(old, failing(error), overwrite=True)
    assert_only(old, OLD)


@pytest.mark.parametrize("call", ["fsync", "replace"])
def test_a_fault_in_the_last_steps_keeps_the_old_file(old: Path, monkeypatch: pytest.MonkeyPatch, call: str):
    def fail(*_: object) -> None:
        raise OSError(errno.ENOSPC, "full")

    monkeypatch.setattr(*{"fsync": (os, "fsync"), "replace": (Path, "replace")}[call], fail)
    with pytest.raises(FileError, match="disk is full"):
        write_whole(old, write_new, overwrite=True)
    assert_only(old, OLD)


@pytest.mark.parametrize("damage", [b"", NEW[:-1], NEW[:-1] + b"?"], ids=["emptied", "cut short", "one byte off"])
def test_a_file_that_does_not_hold_what_was_written_is_refused(
    old: Path, monkeypatch: pytest.MonkeyPatch, damage: bytes
):
    def lying_disk(_descriptor: int) -> None:
        (part,) = old.parent.glob(".*.part")
        part.write_bytes(damage)

    monkeypatch.setattr(os, "fsync", lying_disk)
    with pytest.raises(FileError):
        write_whole(old, write_new, overwrite=True)
    assert_only(old, OLD)


def test_a_writer_may_seek_back_and_may_close_its_stream(folder: Path):
    def write(stream: BinaryIO) -> None:
        stream.write(b"????" + NEW)
        stream.seek(0)
        stream.write(b"head")
        stream.close()

    write_whole(folder / "a.npz", write)
    assert_only(folder / "a.npz", b"head" + NEW)


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no such limit")
def test_a_file_size_limit_is_a_plain_message_and_the_old_file_stays(old: Path):
    script = (
        "import resource, sys, pathlib\n"
        "from model.files import FileError, write_whole\n"
        "resource.setrlimit(resource.RLIMIT_FSIZE, (4096, 4096))\n"
        "try:\n"
        "    write_whole(pathlib.Path(sys.argv[1]), lambda f: f.write(bytes(100_000)), overwrite=True)\n"
        "except FileError as error:\n"
        "    print(error.message)\n"
    )
    run = subprocess.run([sys.executable, "-c", script, old], cwd=ROOT, capture_output=True, text=True, check=True)
    assert "larger than the system allows" in run.stdout
    assert_only(old, OLD)


def test_places_that_cannot_hold_the_file_are_named(folder: Path):
    (folder / "file").write_bytes(OLD)
    places = {
        folder / "gone" / "a.csv": "no folder “.*gone”",
        folder / "file" / "a.csv": "no folder",
        folder: "is a folder",
        folder / ("a" * 300): "too long",
        folder / "a\0b": "system says",
    }
    for place, words in places.items():
        with pytest.raises(FileError, match=words):
            write_whole(place, write_new, overwrite=True)
    assert_only(folder / "file", OLD)


@pytest.mark.skipif(sys.platform == "win32", reason="devices are files only elsewhere")
def test_a_device_or_a_pipe_is_left_alone(folder: Path):
    os.mkfifo(folder / "pipe")
    (folder / "link").symlink_to("/dev/full")
    for place in (Path("/dev/full"), folder / "pipe", folder / "link"):
        with pytest.raises(FileError, match="device or a pipe"):
            write_whole(place, write_new, overwrite=True)
    assert stat.S_ISCHR(Path("/dev/full").stat().st_mode)
    assert not list(Path("/dev").glob(".initscope*"))


@pytest.mark.skipif(sys.platform == "win32", reason="POSIX permissions")
def test_permissions_are_those_of_any_new_file_or_of_the_old_one(old: Path):
    before = os.umask(0o027)
    try:
        write_whole(old.with_name("new.csv"), write_new)
    finally:
        os.umask(before)
    assert stat.S_IMODE(old.with_name("new.csv").stat().st_mode) == 0o640
    old.chmod(0o604)
    write_whole(old, write_new, overwrite=True)
    assert stat.S_IMODE(old.stat().st_mode) == 0o604


def test_a_symbolic_link_stays_a_link_to_the_new_content(old: Path):
    link = old.with_name("latest.npz")
    link.symlink_to(old.name)
    write_whole(link, write_new, overwrite=True)
    assert link.is_symlink()
    assert old.read_bytes() == NEW


def test_a_free_name_counts_up_past_what_exists(folder: Path):
    assert free_name(folder, "loss", ".png") == folder / "loss.png"
    (folder / "loss.png").touch()
    (folder / "loss-2.png").symlink_to("nowhere")
    assert free_name(folder, "loss", ".png") == folder / "loss-3.png"
