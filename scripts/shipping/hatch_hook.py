"""What hatch does before it packs the wheel: puts the folders of the checkout into one package, see ADR 14."""

import shutil
import sys
import tempfile
from pathlib import Path
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface

sys.path.insert(0, str(Path(__file__).resolve().parent))  # in a build there is no checkout to import from
from renaming import PACKAGE, modules_of, renamed

CODE = ("model", "gui")
NOT_PACKED = ("__pycache__", "*.pyc", "ready", "share")
"""Not bytecode, nor compiled kernels, which are for one machine; what is shared goes beside the packages."""
SCALABLE = "share/icons/hicolor/scalable/apps/org.initscope.Initscope.svg"


class PackageHook(BuildHookInterface):
    """Makes the tree that becomes the package in a folder for the time of a build."""

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        """Pack the tree where hatch would pack the folders themselves."""
        if version == "editable":
            raise RuntimeError(
                "Initscope cannot be installed to be edited: start ./initscope or main.py in the checkout."
            )
        root = Path(self.root)
        self._made = tempfile.TemporaryDirectory(prefix="initscope-wheel-")
        tree = Path(self._made.name) / PACKAGE
        make_package(root, tree)
        build_data["force_include"][str(tree)] = PACKAGE
        build_data["shared_data"].update(shared(root))

    def finalize(self, version: str, build_data: dict[str, Any], artifact_path: str) -> None:  # noqa: ARG002
        """Leave nothing but the wheel."""
        self._made.cleanup()


def shared(root: Path) -> dict[str, str]:
    """Give the files for a desktop, and where below the prefix of an installation it looks for them."""
    resources = root / "resources"
    files = [file for file in (resources / "share").rglob("*") if file.is_file()]
    found = {str(file): file.relative_to(resources).as_posix() for file in files}
    return {**found, str(resources / "icons" / "app.svg"): SCALABLE}


def make_package(root: Path, tree: Path) -> None:
    """Copy the program of a checkout into the tree of a package, its modules renamed."""
    for folder in (*CODE, "resources"):
        shutil.copytree(root / folder, tree / folder, ignore=shutil.ignore_patterns(*NOT_PACKED))
    shutil.copy(root / "main.py", tree)
    modules = modules_of(tree, CODE)
    for file in tree.rglob("*.py"):
        source = file.read_text(encoding="utf-8")
        file.write_bytes(renamed(source, modules, str(file.relative_to(tree))).encode())
    for file in (root / "scripts" / "shipping" / "package").glob("*.py"):
        shutil.copy(file, tree)
    (tree / "py.typed").touch()
