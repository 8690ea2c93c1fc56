"""Claims about what is installed: one package with all that the checkout does, whatever else is there."""

import ast
import os
import re
import subprocess
import sys
import sysconfig
import tarfile
import venv
import zipfile
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path

import numpy as np
import pytest

from model import __version__
from model.program import command_of, environment
from scripts.shipping.renaming import RenamingError, modules_of, renamed

ROOT = Path(__file__).resolve().parents[1]
PATIENCE = 600
"""Seconds; the first time on a machine, the kernels of the package are compiled."""
MODULES = {"model", "model.words", "gui", "gui.first_paint"}
FOREIGN = "FOREIGN = True\n"


def call(*words, cwd=ROOT, env=None, check=True):
    words = [str(word) for word in words]
    done = subprocess.run(words, cwd=cwd, env=env, capture_output=True, text=True, timeout=PATIENCE, check=False)
    assert done.returncode == 0 or not check, done.stderr
    return done


def build(kind, source, target):
    """Build without a network, as `pip wheel --no-build-isolation` does; gives the file."""
    call(sys.executable, "-m", "hatchling", "build", "-t", kind, "-d", target, cwd=source)
    (made,) = target.iterdir()
    return made


@pytest.fixture(scope="module")
def wheel(tmp_path_factory):
    return build("wheel", ROOT, tmp_path_factory.mktemp("wheel"))


@pytest.fixture(scope="module")
def installed(wheel, tmp_path_factory):
    """An environment with the wheel, foreign packages `model` and `gui`, and the packages that these tests have."""
    prefix = tmp_path_factory.mktemp("installed")
    venv.create(prefix, with_pip=False, symlinks=os.name == "posix")
    packages = Path(sysconfig.get_path("purelib", "venv", {"base": str(prefix), "platbase": str(prefix)}))
    theirs = [path for path in sys.path if path.endswith("site-packages")]
    (packages / "of_the_tests.pth").write_text("\n".join(theirs), encoding="utf-8")
    for name in ("model", "gui"):
        (packages / name).mkdir()
        (packages / name / "__init__.py").write_text(FOREIGN, encoding="utf-8")
    pip = [sys.executable, "-m", "pip", "--python", prefix, "install", "--no-deps", "--no-index", "--no-compile"]
    call(*pip, "--disable-pip-version-check", wheel)
    return prefix


@pytest.fixture
def folder(tmp_path):
    """A current folder with a foreign package of its own, which nobody asks for."""
    (tmp_path / "model").mkdir()
    (tmp_path / "model" / "__init__.py").write_text("raise RuntimeError", encoding="utf-8")
    return tmp_path


def program(installed):
    return Path(sysconfig.get_path("scripts", "venv", {"base": str(installed)})) / "initscope"


def python(installed):
    return program(installed).with_name("python")


def strings(tree):
    return [node.value for node in ast.walk(tree) if isinstance(node, ast.Constant) and isinstance(node.value, str)]


# ── names ────────────────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        ("from model.words import msg", "from initscope.model.words import msg"),
        ("from  model import words", "from  initscope.model import words"),
        ("if x:\n    import model.words as w, os", "if x:\n    import initscope.model.words as w, os"),
        ("a = '√'; import gui as g", "a = '√'; import initscope.gui as g"),
        ('"gui.first_paint" in sys.modules', '"initscope.gui.first_paint" in sys.modules'),
        ("f('√', 'model.words')", "f('√', 'initscope.model.words')"),
    ],
)
def test_where_a_module_is_named_the_package_comes_in_front(source, expected):
    assert renamed(source, MODULES) == expected


@pytest.mark.parametrize(
    "source",
    [
        "from modelling import x",
        "from .model import x",
        "import numpy.model as m",
        "model = 'model'",
        "'model.words of theirs'",
        "'model.not_ours'",
        '"""From model.words import."""  # from model import words',
        "x.model.words",
    ],
)
def test_what_names_no_module_of_ours_stays(source):
    assert renamed(source, MODULES) == source


def test_an_import_that_cannot_be_moved_is_refused_with_its_place():
    with pytest.raises(RenamingError, match=r"file\.py, line 2"):
        renamed("\nimport model.words", MODULES, "file.py")


# ── the wheel ────────────────────────────────────────────────────────────────────────────────────────────────────────


def test_the_wheel_has_one_package_with_every_file_of_the_checkout(wheel):
    with zipfile.ZipFile(wheel) as file:
        names = set(file.namelist())
    own = {name.removeprefix("initscope/") for name in names if name.startswith("initscope/")}
    assert {name.partition("/")[0] for name in names} == {
        "initscope",
        f"initscope-{__version__}.data",
        f"initscope-{__version__}.dist-info",
    }
    expected = {
        path.relative_to(ROOT).as_posix()
        for part in ("model", "gui", "resources")
        for path in (ROOT / part).rglob("*")
        if path.is_file() and not {"__pycache__", "ready", "share"} & set(path.parts)
    }
    assert own == expected | {"main.py", "__init__.py", "__main__.py", "py.typed"}


def test_no_module_in_the_wheel_names_one_of_the_checkout(wheel):
    ours = modules_of(ROOT, ("model", "gui"))
    with zipfile.ZipFile(wheel) as file:
        sources = {name: file.read(name).decode() for name in file.namelist() if name.endswith(".py")}
    assert len(sources) > len(ours)
    for name, source in sources.items():
        tree = ast.parse(source)
        imported = [node.module for node in ast.walk(tree) if isinstance(node, ast.ImportFrom) and not node.level]
        imported += [alias.name for node in ast.walk(tree) if isinstance(node, ast.Import) for alias in node.names]
        assert not ours & set(imported), name
        assert [text for text in strings(tree) if re.fullmatch(r"(model|gui)\.[\w.]*", text)] == [], name


def test_the_source_distribution_makes_the_same_wheel_to_the_byte(wheel, tmp_path):
    source = build("sdist", ROOT, tmp_path / "sdist")
    with tarfile.open(source) as file:
        file.extractall(tmp_path / "source", filter="data")
    (checkout,) = (tmp_path / "source").iterdir()
    assert build("wheel", checkout, tmp_path / "again").read_bytes() == wheel.read_bytes()


def test_an_installation_to_be_edited_is_refused_with_a_reason(tmp_path):
    code = "from hatchling.build import build_editable; import sys; build_editable(sys.argv[1])"
    done = call(sys.executable, "-c", code, tmp_path, check=False)
    assert "start ./initscope or main.py in the checkout" in done.stderr
    assert list(tmp_path.iterdir()) == []


# ── installed ────────────────────────────────────────────────────────────────────────────────────────────────────────


def test_the_installed_command_calls_itself_by_its_name(installed, folder):
    assert call(program(installed), "--version", cwd=folder).stdout == f"Initscope {__version__}\n"
    assert call(program(installed), "train", "--help", cwd=folder).stdout.startswith("usage: initscope train ")
    wrong = call(program(installed), "train", "--steps", "x", cwd=folder, check=False)
    assert (wrong.returncode, wrong.stderr[:17]) == (2, "initscope: error:")
    assert call(python(installed), "-P", "-m", "initscope", "--version", cwd=folder).stdout.endswith(f"{__version__}\n")


def test_every_installed_module_is_imported_beside_foreign_packages_of_the_same_names(installed, tmp_path):
    code = (
        "import importlib, pkgutil, initscope\n"
        "names = [m.name for m in pkgutil.walk_packages(initscope.__path__, 'initscope.')]\n"
        "for name in names:\n"
        "    importlib.import_module(name)\n"
        "import model, gui, sys\n"
        "assert model.FOREIGN and gui.FOREIGN\n"
        "assert not [name for name in sys.modules if name.startswith(('model.', 'gui.', 'main', 'resources'))]\n"
        "print(len(names))\n"
    )
    done = call(python(installed), "-c", code, cwd=tmp_path)
    assert int(done.stdout) == len(modules_of(ROOT, ("model", "gui"))) + 2  # and main, and __main__


def test_to_import_the_package_loads_nothing_that_takes_time(installed, tmp_path):
    code = (
        "import sys, initscope\n"
        "from initscope import model, gui, main, __version__\n"
        "print(*sys.modules)\n"
        "import model; assert model.FOREIGN"
    )
    loaded = set(call(python(installed), "-c", code, cwd=tmp_path).stdout.split())
    assert "initscope.model" in loaded
    assert not loaded & {"numpy", "initscope.model.api", "PySide6", "argparse", "model", "gui"}


def test_the_package_has_the_names_of_its_interface_when_they_are_asked_for(installed, tmp_path):
    code = (
        "import sys, types\n"
        "api = types.ModuleType('initscope.model.api')\n"
        "api.__all__, api.train, api.nothing, api._own = ['train', 'nothing'], 'trained', None, 1\n"
        "sys.modules[api.__name__] = api\n"
        "import initscope\n"
        "assert 'train' not in vars(initscope) and not hasattr(initscope, '_own')\n"
        "from initscope import train, nothing\n"
        "from initscope import *\n"
        "assert {'train', '__version__'} <= set(dir(initscope))\n"
        "initscope.none_of_these"
    )
    done = call(python(installed), "-c", code, cwd=tmp_path, check=False)
    assert done.stderr.endswith("AttributeError: module 'initscope' has no attribute 'none_of_these'\n")


def test_the_names_of_the_package_are_those_of_the_checkout(installed, tmp_path):
    expected = import_module("model.api").__all__ if find_spec("model.api") else []
    code = "import initscope; print(*getattr(initscope, '__all__', ()))" if expected else "import initscope"
    assert call(python(installed), "-c", code, cwd=tmp_path).stdout.split() == list(expected)


def test_an_installation_brings_what_a_desktop_reads(installed):
    share = ROOT / "resources" / "share"
    expected = {path.relative_to(share) for path in share.rglob("*") if path.is_file()}
    expected.add(Path("icons/hicolor/scalable/apps/org.initscope.Initscope.svg"))
    found = {path.relative_to(installed / "share") for path in (installed / "share").rglob("*") if path.is_file()}
    assert found == expected


def test_an_installation_without_its_packages_says_what_to_do(installed, tmp_path):
    code = (
        "import sys; sys.modules['numpy'] = None; sys.argv = ['initscope', 'train']; "
        "from initscope.main import command; sys.exit(command())"
    )
    done = call(python(installed), "-c", code, cwd=tmp_path, check=False)
    assert (done.returncode, done.stderr) == (
        2,
        "initscope: error: The package numpy is missing: install Initscope again.\n",
    )


def test_the_installed_window_paints(installed, folder):
    call(python(installed), "-P", "-m", "initscope.gui.first_paint", "window", cwd=folder)


@pytest.mark.soak  # compiles the kernels of the installation
def test_the_installed_program_trains_and_sweeps_in_processes_of_its_own_too(installed, folder):
    small = ("--dataset", "moons", "--hidden-sizes", "4")
    call(
        program(installed),
        "train",
        *small,
        "--steps",
        20,
        "--out",
        "run.npz",
        *("--images", "figures", "--panels", "loss,weights"),
        cwd=folder,
    )
    with np.load(folder / "run.npz") as run:
        assert run["loss"].shape == (20,)
    assert sorted(path.name for path in (folder / "figures").iterdir()) == ["loss.png", "weights.png"]
    sweep = ("sweep", *small, "--steps", 5, "--x", "weight_init_std=0.01,1", "--out")
    call(program(installed), *sweep, "threads.npz", cwd=folder)
    call(program(installed), *sweep, "workers.npz", "--workers", 1, cwd=folder)
    assert (folder / "threads.npz").read_bytes() == (folder / "workers.npz").read_bytes()


# ── the checkout ─────────────────────────────────────────────────────────────────────────────────────────────────────


def test_a_module_of_the_checkout_starts_in_a_folder_with_a_package_of_the_same_name(folder):
    call(*command_of("model.words"), cwd=folder, env=environment())


@pytest.mark.skipif(sys.platform != "linux", reason="the name of a process is set on Linux only")
def test_the_process_has_the_name_of_the_program():
    code = "import main\nmain.main = lambda _: print(open('/proc/self/comm').read().strip())\nmain.command()"
    assert call(sys.executable, "-c", code).stdout == "initscope\n"
