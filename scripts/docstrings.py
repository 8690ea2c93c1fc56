"""Lets the site read our docstrings: what follows a parameter's name there is what it means, not its type."""

import re

from griffe import Extension, Object


class Meanings(Extension):
    """Moves the words behind `name : ` below it, where numpydoc has the meaning; the signature tells the type."""

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
