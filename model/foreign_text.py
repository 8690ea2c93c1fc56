"""The border for text from outside: what is no text is refused, and what cannot be shown is made visible, once."""

from collections.abc import Iterable
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt

LONGEST_NAME = 60
"""Characters of a name that a file gives to a class or a column; more fit nowhere."""
_LAST_CODE = 0x10FFFF
_SURROGATES = (0xD800, 0xDFFF)
_JOINERS = "\u200c\u200d"
_LAST_CONTROL = "\x9f"


class ForeignTextError(ValueError):
    """An array that should hold text and does not."""


def texts_of(array: "npt.NDArray[np.generic]") -> list[str]:
    """Take the texts out of an array that a file brought.

    NumPy reads any 32 bits as a character. Beyond Unicode, Python fails with a SystemError as soon as such a
    text is looked at, and compiled code may crash, so the numbers are checked before a `str` is made of them.

    Parameters
    ----------
    array : of NumPy's type U, of any shape

    Raises
    ------
    ForeignTextError
        Where the type is another, or a character is none of Unicode's.
    """
    import numpy as np  # here, because every message imports this module, those about missing packages too

    if array.dtype.kind != "U":
        raise ForeignTextError("it holds no text")
    # a contiguous copy, since the texts may be a field of a record
    flat = np.ascontiguousarray(array).reshape(-1)
    if flat.dtype.itemsize and not _all_exist(flat.view(np.dtype(np.uint32).newbyteorder(flat.dtype.byteorder))):
        raise ForeignTextError("it holds characters that do not exist")
    return [str(text) for text in flat]


def text_of(array: "npt.NDArray[np.generic]") -> str:
    """Take the text out of an array that holds one; raises ForeignTextError where there is none."""
    texts = texts_of(array)
    if len(texts) != 1:
        raise ForeignTextError("it holds more or less than one text")
    return texts[0]


def is_unicode(text: str) -> bool:
    """Whether a text can be written to a file: half surrogates, which stand for a name's odd bytes, cannot."""
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True


def _all_exist(codes: "npt.NDArray[np.uint32]") -> bool:
    low, high = _SURROGATES
    return bool((codes <= _LAST_CODE).all() and not ((codes >= low) & (codes <= high)).any())


def is_printable(character: str) -> bool:
    """Whether a character shows something, or joins others as Persian, Hindi and emoji need it."""
    return character.isprintable() or character in _JOINERS


def showable(text: str, limit: int | None = None) -> str:
    r"""Make a text fit to be shown, printed and written into any file.

    Control characters, half surrogates and marks that turn the direction of writing become escapes such as
    `\x1b`; any kind of space becomes a plain one. With a limit, "…" stands for what is left out.
    """
    head = text if limit is None else text[:limit]
    shown = "".join(c if is_printable(c) else _visible(c) for c in head)
    if limit is None or max(len(text), len(shown)) <= limit:
        return shown
    return f"{shown[:limit]}…"


def _visible(character: str) -> str:
    return " " if _is_space(character) else ascii(character)[1:-1]


def _is_space(character: str) -> bool:
    return character.isspace() and character > _LAST_CONTROL


def names_from_file(names: Iterable[str]) -> tuple[tuple[str, ...], bool]:
    """Make the names of classes or columns showable, and tell whether an escape had to stand in for a character."""
    found = tuple(names)
    escaped = any(not (is_printable(c) or _is_space(c)) for name in found for c in name)
    return tuple(showable(name, LONGEST_NAME) for name in found), escaped
