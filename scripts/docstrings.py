"""Lets the site read our docstrings: what follows a parameter's name there is what it means, not its type."""

import re

from griffe import Extension, Function, Module, Object


class Meanings(Extension):
    """Moves the words behind `name : ` below it, where numpydoc has the meaning; the signature tells the type."""

    def on_function_instance(self, *, func: Function, **_: object) -> None:
        """Keep a function that its package has beside a module of the same name, which is put in its place."""
        if func.path == "model.api.figure":
            self._figure = func

    def on_package(self, *, pkg: Module, **_: object) -> None:
        """Give that function another place, where the site finds it."""
        if pkg.name == "model":
            pkg["api"].members["figure_function"] = self._figure
            self.on_object(obj=self._figure)

    def on_object(self, *, obj: Object, **_: object) -> None:
        """Rewrite the section of the parameters."""
        if obj.docstring is not None:
            obj.docstring.value = meanings_below(obj.docstring.value)


def meanings_below(docstring: str) -> str:
    """Rewrite the section of the parameters of a docstring."""
    sections = re.split(r"(?m)^(?=\S[^\n]*\n-{3,}$)", docstring)
    return "".join(_below(section) if section.startswith("Parameters") else section for section in sections)


def _below(section: str) -> str:
    return re.sub(r"(?m)^(\S.*?) : (.+)$", r"\1\n    \2", section)
