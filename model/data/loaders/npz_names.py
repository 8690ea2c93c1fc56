"""Which arrays of an archive are inputs and labels, by the names that Keras, scikit-learn and others give them."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

# In this order: where two arrays could be the inputs, pictures keep their shape and so come first.
_INPUTS = ("x", "images", "image", "data", "inputs", "input", "features", "samples")
_LABELS = ("t", "y", "labels", "label", "targets", "target", "classes", "class")
_PARTS = {"train": "train", "training": "train", "trn": "train", "test": "test", "tst": "test", "": ""}
_PART = re.compile(r"(train(?:ing)?|trn|test|tst)")
_UNNAMED = re.compile(r"arr_(\d+)")
CLASS_NAMES = ("target_names", "class_names", "label_names", "classes_names")
FEATURE_NAMES = ("feature_names", "columns", "column_names")


@dataclass(frozen=True, slots=True)
class Names:
    """What the arrays of one archive are called; "" where there is none.

    Attributes
    ----------
    x_train, t_train, x_test, t_test : the samples; without parts all are to train
    """

    x_train: str
    t_train: str
    x_test: str = ""
    t_test: str = ""

    def used(self) -> set[str]:
        return {self.x_train, self.t_train, self.x_test, self.t_test} - {""}


def find_names(shapes: Mapping[str, tuple[int, ...]]) -> Names:
    """Find inputs and labels among the arrays of an archive.

    Parameters
    ----------
    shapes : the shape of each array; () where it is not known. Only of arrays that np.savez had to name itself
        (arr_0, arr_1, …) it matters: those with one number a row are the labels.
    """
    kinds: dict[tuple[str, str], list[tuple[int, str]]] = {}
    for name in shapes:
        found = _kind(name)
        if found is not None:
            part, kind, rank = found
            kinds.setdefault((part, kind), []).append((rank, name))

    def best(part: str, kind: str) -> str:
        return min(kinds.get((part, kind), [(0, "")]))[1]

    if not kinds:
        return _unnamed(shapes)
    has_train = bool(best("train", "x") or best("train", "t"))
    whole = "train" if has_train else ""
    return Names(best(whole, "x"), best(whole, "t"), best("test", "x"), best("test", "t"))


def _kind(name: str) -> tuple[str, str, int] | None:
    """Read a name such as x_train, trainX, train-labels or target: its part, inputs or labels, and their rank."""
    words = _PART.sub(r" \1 ", name.lower().replace("_", " ").replace("-", " ")).split()
    parts = [_PARTS[word] for word in words if word in _PARTS]
    rest = [word for word in words if word not in _PARTS]
    if len(parts) > 1 or len(rest) != 1:
        return None
    for kind, known in (("x", _INPUTS), ("t", _LABELS)):
        if rest[0] in known:
            return (parts or [""])[0], kind, known.index(rest[0])
    return None


def _unnamed(shapes: Mapping[str, tuple[int, ...]]) -> Names:
    """Tell the arrays arr_0, arr_1, … apart by their shapes, in whichever order they were given."""
    numbered = sorted((int(match[1]), name) for name in shapes if (match := _UNNAMED.fullmatch(name)))
    labels = [name for _, name in numbered if _is_one_a_row(shapes[name])]
    inputs = [name for _, name in numbered if name not in labels]
    if len(inputs) != len(labels) or len(inputs) not in (1, 2):
        return Names("", "")
    return Names(inputs[0], labels[0], *(pair[1] for pair in (inputs, labels) if len(pair) > 1))


def _is_one_a_row(shape: tuple[int, ...]) -> bool:
    return len(shape) == 1 or (len(shape) == 2 and shape[1] == 1)


def first_of(names: Iterable[str], held: Iterable[str]) -> str:
    """Give the first of some names that an archive holds, or ""."""
    there = set(held)
    return next((name for name in names if name in there), "")
