"""Make this checkout ready to run or to test: system libraries, then .venv from the hash-locked requirements.

Started by setup.sh with a Python that fits. Says nothing and changes nothing where all is ready already,
and then needs no network.
"""

import compileall
import contextlib
import ctypes
import hashlib
import json
import os
import platform
import shutil
import subprocess
import sys
import venv
from collections.abc import Iterator
from importlib.util import find_spec
from pathlib import Path
from typing import Any, NoReturn

ROOT = Path(__file__).resolve().parent.parent
VENV = ROOT / ".venv"
VENV_PYTHON = str(VENV / "bin" / "python")
STAMP = VENV / "initscope-setup.json"

LOCKS = {
    "train": ("requirements.lock",),
    "run": ("requirements.lock",),
    "test": ("requirements-dev.lock", "requirements.lock"),
}
"""The lock to install for each purpose, and the smaller ones that it contains; what trains needs no window."""

MODULES = {
    "requirements.lock": (
        "numpy",
        "PySide6",
        "shiboken6",
        "pyqtgraph",
        "numba",
        "scipy",
        "pydantic",
        "matplotlib",
        "platformdirs",
    ),
    "requirements-dev.lock": ("pytest", "pytestqt", "xdist", "hypothesis", "mypy", "importlinter", "hatchling"),
}
"""Packages of each lock that are looked for, to notice an environment that somebody has broken."""

OFFSCREEN_LIBRARIES = {
    "libglib-2.0.so.0": "libglib2.0-0",
    "libgthread-2.0.so.0": "libglib2.0-0",
    "libGL.so.1": "libgl1",
    "libEGL.so.1": "libegl1",
    "libxkbcommon.so.0": "libxkbcommon0",
    "libfontconfig.so.1": "libfontconfig1",
    "libfreetype.so.6": "libfreetype6",
    "libdbus-1.so.3": "libdbus-1-3",
    "libX11.so.6": "libx11-6",
    "libz.so.1": "zlib1g",
    "libzstd.so.1": "libzstd1",
    "libstdc++.so.6": "libstdc++6",
}
"""What QtGui and its offscreen platform link to: the name the loader looks for, and its Debian package."""

WINDOW_LIBRARIES = {
    "libX11-xcb.so.1": "libx11-xcb1",
    "libxcb.so.1": "libxcb1",
    "libxcb-cursor.so.0": "libxcb-cursor0",
    "libxcb-glx.so.0": "libxcb-glx0",
    "libxcb-icccm.so.4": "libxcb-icccm4",
    "libxcb-image.so.0": "libxcb-image0",
    "libxcb-keysyms.so.1": "libxcb-keysyms1",
    "libxcb-randr.so.0": "libxcb-randr0",
    "libxcb-render.so.0": "libxcb-render0",
    "libxcb-render-util.so.0": "libxcb-render-util0",
    "libxcb-shape.so.0": "libxcb-shape0",
    "libxcb-shm.so.0": "libxcb-shm0",
    "libxcb-sync.so.1": "libxcb-sync1",
    "libxcb-util.so.1": "libxcb-util1",
    "libxcb-xfixes.so.0": "libxcb-xfixes0",
    "libxcb-xkb.so.1": "libxcb-xkb1",
    "libxkbcommon-x11.so.0": "libxkbcommon-x11-0",
}
"""What the xcb platform plugin links to besides, for a window on a screen."""

LIBRARIES = OFFSCREEN_LIBRARIES | WINDOW_LIBRARIES

TEST_COMMANDS = {
    "Xvfb": "xvfb",
    "xvfb-run": "xvfb",
    "xauth": "xauth",
    "rsvg-convert": "librsvg2-bin",
    "pdftoppm": "poppler-utils",
    "desktop-file-validate": "desktop-file-utils",
    "appstreamcli": "appstream",
    "xprop": "x11-utils",
}
"""What the tests call: a screen that nobody sees, and readers of SVG, PDF and a desktop's files that are not ours."""

FONT_PACKAGE = "fonts-dejavu-core"


def main(arguments: list[str]) -> int:
    """Set up for one of the purposes."""
    if len(arguments) != 1 or arguments[0] not in LOCKS:
        give_up("usage: setup.sh train|run|test|python")
    purpose = arguments[0]
    if purpose != "train":
        ensure_system(purpose)
    if state(purpose) != "ready":
        with only_one():
            ensure_packages(purpose)
    compile_sources()
    return 0


# ── the system ───────────────────────────────────────────────────────────────────────────────────────────────────────


def ensure_system(purpose: str) -> None:
    """Install what the system lacks where that is ours to do, else say how."""
    if sys.platform != "linux":
        return
    missing = missing_parts(purpose)
    if not missing:
        return
    lack = f"The system lacks {', '.join(missing)}."
    if shutil.which("apt-get") is None:
        give_up(f"{lack} Install what provides that with the system's package manager.")
    packages = sorted(set(missing.values()))
    if os.geteuid() != 0:
        command = f"sudo apt-get install {' '.join(debian_names(packages))}"
        give_up(f"{lack} To install it:\n  {command}\n(after sudo apt-get update, if that finds no such package)")
    print(f"{lack} Installing it.", flush=True)
    apt_install(packages)
    still = missing_parts(purpose)
    if still:
        give_up(f"apt-get is done, but the system still lacks {', '.join(still)}.")


def missing_parts(purpose: str) -> dict[str, str]:
    """Map each library, command or font that is not there to the Debian package that has it."""
    missing = {soname: package for soname, package in LIBRARIES.items() if not can_load(soname)}
    if purpose == "test":
        missing |= {name: package for name, package in TEST_COMMANDS.items() if shutil.which(name) is None}
    if not has_font():
        missing["a font"] = FONT_PACKAGE
    return missing


def can_load(soname: str) -> bool:
    """Say whether the loader finds a library and everything that it needs itself."""
    try:
        ctypes.CDLL(soname)
    except OSError:
        return False
    return True


def has_font() -> bool:
    """Say whether there is any font: without one Qt draws no letters, and does not say why."""
    data = [Path(folder) for folder in os.environ.get("XDG_DATA_DIRS", "").split(":") if folder]
    own = Path(os.environ.get("XDG_DATA_HOME") or "~/.local/share").expanduser()
    shares = [*data, own, Path("/usr/share"), Path("/usr/local/share"), Path("/run/current-system/sw/share/X11")]
    folders = [share / "fonts" for share in shares] + [Path("~/.fonts").expanduser()]
    return any(True for folder in folders if folder.is_dir() for _ in folder.rglob("*.[to]t[fc]"))


def apt_install(packages: list[str]) -> None:
    """Install Debian packages, as root."""
    environment = os.environ | {"DEBIAN_FRONTEND": "noninteractive"}
    try:
        subprocess.run(["apt-get", "update", "-qq"], env=environment, check=True)
        names = debian_names(packages)
        command = ["apt-get", "install", "-y", "-qq", "--no-install-recommends", *names]
        subprocess.run(command, env=environment, check=True)
    except subprocess.CalledProcessError as error:
        names = debian_names(packages)
        give_up(f"{' '.join(error.cmd)} failed. Needed: apt-get install --no-install-recommends {' '.join(names)}")


def debian_names(packages: list[str]) -> list[str]:
    """Give the packages the names of this release: some libraries were renamed to …t64 for 64-bit times."""
    return [next((name for name in (package, f"{package}t64") if in_apt(name)), package) for package in packages]


def in_apt(package: str) -> bool:
    """Say whether apt can install a real package of this name."""
    command = ["apt-cache", "show", "--no-all-versions", package]
    with contextlib.suppress(OSError):
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        return f"Package: {package}\n" in done.stdout
    return False


# ── the virtual environment ──────────────────────────────────────────────────────────────────────────────────────────


def state(purpose: str) -> str:
    """Say what .venv is for this purpose: "ready", to "install" into, or to "rebuild"."""
    version = venv_version()
    if version is None:
        return "rebuild"
    stamp = read_stamp()
    if not stamp:
        return "install"  # made by hand: complete it, do not throw it away
    if stamp.get("python") != version or stamp.get("folder") != str(VENV) or stamp.get("unfinished"):
        return "rebuild"
    done = stamp.get("locks", {})
    in_force = [lock for lock in done if lock in MODULES and done[lock] == digest(lock)]
    if not all(venv_has(module) for lock in in_force for module in MODULES[lock]):
        return "rebuild"
    lock = LOCKS[purpose][0]
    return "ready" if done.get(lock) == digest(lock) else "install"


def venv_version() -> str | None:
    """Return the version of the environment's Python, or None if there is none that starts and fits."""
    if Path(sys.prefix).resolve() == VENV:
        return platform.python_version()
    command = [VENV_PYTHON, "-I", "-c", "import platform; print(platform.python_version())"]
    with contextlib.suppress(OSError, subprocess.CalledProcessError):
        version = subprocess.run(command, capture_output=True, text=True, check=True).stdout.strip()
        # Another Python than the environment's is only here where it was asked for or the environment's does not fit.
        return version if version == platform.python_version() else None
    return None


def venv_has(module: str) -> bool:
    """Say whether the environment still holds a package, without importing it."""
    return any((folder / module).is_dir() for folder in VENV.glob("lib*/python3.*/site-packages"))


def ensure_packages(purpose: str) -> None:
    """Bring .venv to what the lock says."""
    match state(purpose):
        case "ready":  # while this process waited, another one did it
            return
        case "rebuild":
            build_venv()
    lock, *contained = LOCKS[purpose]
    before = read_stamp()
    write_stamp(unfinished=True)
    print(f"Installing {lock} into .venv (once).", flush=True)
    if not install(lock):
        if before.get("locks"):  # pip fetches all before it changes anything, and takes back what it cannot finish
            write_stamp(locks=before["locks"])
        give_up(f"{lock} could not be installed; what pip says above tells why.")
    write_stamp(locks=before.get("locks", {}) | {name: digest(name) for name in (lock, *contained)})


def compile_sources() -> None:
    """Keep bytecode of the program: where Python may not write it, each start would take a quarter longer."""
    for package in ("model", "gui"):
        compileall.compile_dir(str(ROOT / package), quiet=2)


def install(lock: str) -> bool:
    """Let pip install a lock into .venv, from wheels alone, since what a build would fetch is not in the lock."""
    python = [VENV_PYTHON, "-I", "-m"]
    if not venv_has("pip"):
        subprocess.run([*python, "ensurepip"], env=environment(), check=False)
    quiet = [] if sys.stdout.isatty() else ["-qq"]
    pip = [*python, "pip", "install", "--disable-pip-version-check", "--no-input", *quiet]
    command = [*pip, "--require-hashes", "--only-binary=:all:", "-r", str(ROOT / lock)]
    return subprocess.run(command, env=environment(), check=False).returncode == 0


def build_venv() -> None:
    """Make an empty .venv in place of whatever is there."""
    if find_spec("ensurepip") is None:
        package = f"python{sys.version_info.major}.{sys.version_info.minor}-venv"
        give_up(f"{sys.executable} cannot make virtual environments.\nOn Debian: sudo apt-get install {package}")
    print(f"Making .venv with Python {platform.python_version()}.", flush=True)
    if VENV.is_symlink() or VENV.is_file():
        VENV.unlink()
    elif VENV.exists():
        shutil.rmtree(VENV)
    VENV.mkdir()
    write_stamp(unfinished=True)
    try:
        venv.EnvBuilder(with_pip=True, symlinks=True).create(VENV)
    except subprocess.CalledProcessError as error:
        give_up(f"The virtual environment could not be made: {error}")


def environment() -> dict[str, str]:
    """Return the environment for pip, without what would lead it elsewhere."""
    astray = {"PIP_USER", "PIP_TARGET", "PIP_PREFIX", "PIP_ROOT", "PIP_REQUIRE_VIRTUALENV"}
    return {name: value for name, value in os.environ.items() if name not in astray}


def read_stamp() -> dict[str, Any]:
    """Return what the last set-up noted; nothing where there was none."""
    try:
        stamp = json.loads(STAMP.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return stamp if isinstance(stamp, dict) else {}


def write_stamp(**facts: object) -> None:
    """Note, in one stroke, what .venv holds."""
    stamp = {"python": platform.python_version(), "folder": str(VENV), **facts}
    draft = STAMP.with_suffix(".part")
    draft.write_text(json.dumps(stamp, indent=1), encoding="utf-8")
    draft.replace(STAMP)


def digest(lock: str) -> str:
    """Return the hash that tells one version of a lock from another."""
    return hashlib.sha256((ROOT / lock).read_bytes()).hexdigest()


@contextlib.contextmanager
def only_one() -> Iterator[None]:
    """Let one process at a time set up this checkout; the folder itself is the lock, so nothing is left behind."""
    import fcntl  # there is none on Windows

    folder = os.open(ROOT, os.O_RDONLY)
    try:
        with contextlib.suppress(OSError):  # a file system without locks
            fcntl.flock(folder, fcntl.LOCK_EX)
        yield
    finally:
        os.close(folder)


def give_up(message: str) -> NoReturn:
    """End with a message, as one does when a person can mend it."""
    print(message, file=sys.stderr, flush=True)
    sys.exit(2)


if __name__ == "__main__":
    try:
        sys.exit(main(sys.argv[1:]))
    except KeyboardInterrupt:
        sys.exit(130)
    except OSError as error:  # a full disk, a folder that is not ours to write
        give_up(f"Set-up failed: {error}. Is this folder yours to write to, and the disk not full?")
