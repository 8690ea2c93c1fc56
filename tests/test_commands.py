"""Every command of the documents works as it is pasted into a terminal: in a checkout, with nothing but its .venv."""

import os
import re
import runpy
import shlex
import shutil
import signal
import subprocess
import sys
import sysconfig
import venv
from pathlib import Path

import numpy as np
import pytest
from platformdirs import user_config_path

from gui.files.file_desk import command_line
from model.arguments import parse_train_arguments, parse_window_arguments
from model.network.kernels import cache
from model.sweep_cli import parse_sweep_arguments
from model.training.presets import presets
from model.training.spec import TrainingSpec
from model.training.warmup import build
from model.words import languages
from scripts import gallery

pytestmark = pytest.mark.skipif(os.name != "posix", reason="the commands are for a POSIX shell")

ROOT = Path(__file__).resolve().parents[1]
DOCUMENTS = [ROOT / "README.md", ROOT / "CONTRIBUTING.md", *sorted((ROOT / "docs").rglob("*.md"))]
EXAMPLES = {ROOT / "docs" / f"add-a-{what}.md" for what in ("panel", "knob", "data-set")}
"""Their commands use what the reader has added."""
NOT_COPIED = (".git", ".venv*", "*_cache", ".hypothesis", "__pycache__", "ready")
PATIENCE = 120
SET_UP = {
    "make test",
    "make lock",
    "python3 -m venv .venv",
    ".venv/bin/python -m pip install --require-hashes -r requirements.lock",
    ".venv/bin/python main.py",
    "pipx install .",
    'cp -r "$(pipx environment --value PIPX_LOCAL_VENVS)/initscope/share" ~/.local/',
}
"""Commands that make an environment or run all of this: what they do is tested where they are made."""
WATCHED = """
import os, sys, threading, time

def watch():
    while not hasattr(sys.modules.get("gui.app"), "main"):
        time.sleep(0.005)
    app = sys.modules["gui.app"]
    made = app.FaultHook
    def telling(*words):
        os.write(1, b"shown\\n")
        return made(*words)
    app.FaultHook = telling

threading.Thread(target=watch, daemon=True).start()
"""


def commands(document):
    """List the lines of a document's code blocks that are for a POSIX shell."""
    text = re.sub(r"(?ms)^```(?:python|text)\n.*?^```", "", document.read_text(encoding="utf-8"))
    lines = text.splitlines()
    blocks = [line[4:].strip() for line in lines if line.startswith("    ")]
    fenced = re.findall(r"(?ms)^```\w*\n(.*?)^```", "\n".join(lines))
    blocks += [line for block in fenced for line in block.splitlines()]
    return [line for line in blocks if line and "\\" not in line and not line.startswith(("|", "-", "│", "py "))]


def is_ours(command):
    return command.split()[0] == "./initscope"


def needs_window(command):
    return is_ours(command) and command.split()[1:2] not in (
        ["train"],
        ["sweep"],
        ["runs"],
        ["script"],
        ["bench"],
        ["--info"],
    )


IN_README = [command for command in commands(ROOT / "README.md") if is_ours(command)]
IN_GALLERY = commands(ROOT / "docs" / "gallery.md")
IN_MAPS = commands(ROOT / "docs" / "map.md")


@pytest.fixture(scope="module")
def checkout(tmp_path_factory):
    """A copy of this checkout that is set up, with the packages of this Python."""
    copy = tmp_path_factory.mktemp("checkout") / "initscope"
    shutil.copytree(ROOT, copy, ignore=shutil.ignore_patterns(*NOT_COPIED))
    venv.create(copy / ".venv", with_pip=False, symlinks=True)
    packages = copy / ".venv" / Path(sysconfig.get_path("purelib")).relative_to(sys.prefix)
    packages.rmdir()
    packages.symlink_to(sysconfig.get_path("purelib"))
    setup = runpy.run_path(str(copy / "scripts" / "setup.py"))
    setup["write_stamp"](locks={"requirements.lock": setup["digest"]("requirements.lock")})
    return copy


@pytest.fixture(scope="module")
def kernels(checkout):
    """Have them ready for the copy, as they are from the second start on."""
    folder = checkout / "kernels"
    build()
    shutil.copytree(cache.folder(), folder)
    return folder


def environment(kernels, **more):
    """Give what a terminal has; no `python`, and nothing of the environment that these tests run in."""
    kept = {name: os.environ[name] for name in ("HOME", "XDG_CONFIG_HOME", "XDG_RUNTIME_DIR", "LC_ALL", "MPLCONFIGDIR")}
    return kept | {"PATH": "/usr/bin:/bin", "QT_QPA_PLATFORM": "offscreen", cache.ENVIRONMENT: str(kernels)} | more


def paste(command, checkout, kernels):
    done = subprocess.run(
        ["sh", "-c", command],
        cwd=checkout,
        env=environment(kernels),
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=PATIENCE,
        check=False,
    )
    assert done.returncode == 0, f"{command}\n{done.stderr}"
    assert not re.search("Traceback|compiling", done.stderr), done.stderr
    return done.stdout


def paste_for_a_window(command, checkout, kernels):
    """Paste a command that opens the window, and end that once it is there; gives the spec that it had."""
    folder = checkout / "watched"
    folder.mkdir(exist_ok=True)
    (folder / "sitecustomize.py").write_text(WATCHED, encoding="utf-8")
    env = environment(kernels, PYTHONPATH=str(folder))
    with subprocess.Popen(
        ["sh", "-c", f"exec {command}"],
        cwd=checkout,
        env=env,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    ) as process:
        try:
            assert process.stdout.readline() == "shown\n", process.stderr.read()
            process.send_signal(signal.SIGTERM)
            _, told = process.communicate(timeout=PATIENCE)
        finally:
            process.kill()
    assert (process.returncode, told) == (143, "")
    return (user_config_path("initscope") / "settings.json").read_text(encoding="utf-8")


def test_every_command_of_the_documents_is_one_that_is_tested():
    known = SET_UP | set(IN_README) | set(IN_GALLERY) | set(IN_MAPS)
    assert len(IN_README) > 8
    assert [gallery.command(preset) for preset in presets().values()] == IN_GALLERY
    for document in set(DOCUMENTS) - EXAMPLES:
        assert [command for command in commands(document) if command not in known] == [], document.name


def test_no_document_says_python_where_debian_has_none():
    for document in DOCUMENTS:
        assert not re.search(r"(?<![\w/\\.])python main\.py", document.read_text(encoding="utf-8")), document.name


def test_the_commands_of_the_maps_are_sweeps_whose_pictures_are_shown(monkeypatch, tmp_path):
    monkeypatch.chdir(tmp_path)
    assert len(IN_MAPS) == 6
    for command in IN_MAPS:
        arguments = parse_sweep_arguments(shlex.split(command)[2:])
        assert arguments.sweep.y is not None
        assert (ROOT / "docs" / "images" / "maps" / f"{arguments.out.stem}.png").exists()


def test_the_commands_of_the_gallery_make_what_stands_below_them_each_in_a_folder_of_its_own(monkeypatch):
    monkeypatch.chdir(ROOT)
    folders = set()
    for preset, command in zip(presets().values(), IN_GALLERY, strict=True):
        arguments = parse_train_arguments(shlex.split(command)[2:])
        assert arguments.spec == preset.spec()
        assert tuple(arguments.views) == preset.panels
        folders.add(arguments.images)
    assert len(folders) == len(IN_GALLERY)


def test_version_and_versions_are_told_by_what_is_pasted(checkout, kernels):
    assert paste("./initscope --version", checkout, kernels).startswith("Initscope ")
    assert str(kernels) in paste("./initscope --info", checkout, kernels)


def test_the_wrapper_works_from_another_folder_and_through_a_link(checkout, kernels, tmp_path):
    link = tmp_path / "a folder" / "initscope"
    link.parent.mkdir()
    link.symlink_to(checkout / "initscope")
    words = "train --dataset moons --steps 5 --out 'a run.npz'"
    for command, there in (
        (f"{shlex.quote(str(checkout / 'initscope'))} {words}", tmp_path),
        (f"./initscope {words}", link.parent),
    ):
        paste(command, there, kernels)
        assert (there / "a run.npz").exists()


def test_a_run_that_was_copied_as_a_command_line_is_made_again_by_pasting_it(checkout, kernels):
    (checkout / "my data.csv").write_text("a,b,label\n" + "0,1,x\n1,0,y\n" * 20, encoding="utf-8")
    spec = TrainingSpec(
        hidden_sizes=(4, 3), steps=7, batch_size=5, data="my data.csv", weight_init_std=0.5, optimizer="adam"
    )
    paste(f"{command_line(spec)} --out again.npz", checkout, kernels)
    with np.load(checkout / "again.npz") as run:
        assert TrainingSpec.from_json(str(run["spec"])) == spec


def test_a_quick_command_of_the_readme_works_as_pasted(checkout, kernels):
    paste("./initscope train --images start --panels weights --at 0", checkout, kernels)
    assert "./initscope train --images start --panels weights --at 0" in IN_README
    assert [path.name for path in (checkout / "start").iterdir()] == ["weights.png"]


def test_a_command_of_the_readme_opens_the_window(checkout, kernels, home):
    (command,) = [command for command in IN_README if command.endswith("--style dark")]
    assert '"dataset": "spirals"' in paste_for_a_window(command, checkout, kernels)


@pytest.mark.soak
def test_every_command_of_the_readme_works_as_pasted(checkout, kernels, home):
    for command in IN_README:
        if needs_window(command):
            paste_for_a_window(command, checkout, kernels)
        elif " bench" not in command:
            paste(command, checkout, kernels)


@pytest.mark.soak
def test_every_command_of_the_gallery_works_as_pasted(checkout, kernels):
    for command, preset in zip(IN_GALLERY, presets().values(), strict=True):
        paste(command, checkout, kernels)
        made = {path.stem for path in (checkout / "pictures" / preset.id).iterdir()}
        assert made == set(preset.panels)


# ── without the packages ─────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("words", [[], ["train"], ["bench"], ["--info"], ["--help"], ["data.csv"]], ids=" ".join)
def test_without_the_packages_a_sentence_says_what_to_do(words):
    env = {name: value for name, value in os.environ.items() if name != "PYTHONPATH"}
    command = [sys.executable, "-S", "main.py", *words]
    done = subprocess.run(command, cwd=ROOT, env=env, capture_output=True, text=True, timeout=PATIENCE, check=False)
    assert (done.returncode, done.stdout) == (2, "")
    assert re.fullmatch(r"main\.py: error: The package \w+ is missing: start `\./initscope` instead.*\n", done.stderr)


def test_the_example_of_make_help_has_only_flags_and_values_that_exist():
    text = (ROOT / "Makefile").read_text(encoding="utf-8")
    (words,) = re.findall(r'make run ARGS="([^"]*)"', text)
    assert parse_window_arguments(shlex.split(words)).style


def test_the_language_is_chosen_among_those_that_are_there():
    for language in languages():
        assert parse_window_arguments(["--lang", language]).lang == language
    with pytest.raises(SystemExit) as end:
        parse_window_arguments(["--lang", "tlh"])
    assert end.value.code == 2
