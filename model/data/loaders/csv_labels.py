"""The labels of a CSV file: numbered while they are read, and understood once all are known."""

import math
from dataclasses import dataclass, field

import numpy as np

from model.data.dataset import DataError, Labels
from model.data.loaders.csv_text import as_number
from model.words import Message, echo, msg

# More different labels than this are measurements, not classes.
MAX_CLASSES = 10_000
_LARGEST = 2**53


@dataclass(slots=True)
class LabelCodes:
    """The different label texts, each with its code and the first row that has it."""

    first_rows: dict[str, tuple[int, int]] = field(default_factory=dict)

    def codes(self, labels: list[tuple[int, str]]) -> Labels:
        """Give the codes (n,) of some (row, label text) pairs; raises DataError for too many different ones."""
        known = self.first_rows
        codes = np.array([known.setdefault(text, (len(known), row))[0] for row, text in labels], dtype=np.int64)
        if len(known) > MAX_CLASSES:
            self._integers()
            text = "The last column holds more than {limit:,} different labels; it must hold the classes."
            raise DataError(msg(text, limit=MAX_CLASSES))
        return codes

    def finish(self, codes: Labels) -> tuple[Labels, tuple[str, ...]]:
        """Turn codes (n,) into labels (n,) and the names of the classes, () where the labels are integers."""
        integers = self._integers()
        if integers is not None:
            return np.array(integers, dtype=np.int64)[codes] if integers else codes, ()
        texts = list(self.first_rows)
        names = sorted(texts)
        place = {name: i for i, name in enumerate(names)}
        return np.array([place[text] for text in texts], dtype=np.int64)[codes], tuple(names)

    def _integers(self) -> list[int] | None:
        """Read all labels as integers, or None where one is text; raises DataError for other numbers."""
        integers: list[int] = []
        for text, (_, row) in self.first_rows.items():
            value = as_number(text)
            if value is None:
                return None
            integers.append(_integer(row, text, value))
        return integers


def _integer(row: int, text: str, value: float) -> int:
    if math.isfinite(value) and value.is_integer() and abs(value) <= _LARGEST:
        return int(value)
    raise DataError(_no_label(row, text))


def _no_label(row: int, text: str) -> Message:
    said = "The label in row {row}, the last column, is {label}, which is no integer; number the classes 0, 1, 2, …"
    return msg(said, row=row, label=echo(text))
