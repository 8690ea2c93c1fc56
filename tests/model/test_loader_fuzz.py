"""Whatever bytes a file holds, it is taken whole or refused in one sentence that can be shown."""

import csv
import gzip
import io
import struct
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from model.data.dataset import DataError, DataRequest
from model.data.offer import choose_label, read_offer
from model.data.prepare import load
from model.foreign_text import LONGEST_NAME
from model.training.knob import SpecError
from model.training.replay import read_run
from model.training.spec import TrainingSpec

RNG = np.random.default_rng(0)
X = RNG.normal(size=(24, 4)).round(3)
T = np.arange(24) % 3
WORDS = np.array(["rose", "iris", "tulip"])
SPEC = TrainingSpec(hidden_sizes=(7, 8), data="ü.npz", label_column="kind").to_json()


def npz(save: Callable[..., None] = np.savez, **arrays: object) -> bytes:
    buffer = io.BytesIO()
    save(buffer, **arrays)
    return buffer.getvalue()


def idx(array: np.ndarray) -> bytes:
    return bytes([0, 0, 8, array.ndim]) + struct.pack(f">{array.ndim}I", *array.shape) + array.tobytes()


def table(delimiter: str, header: str, labels: np.ndarray) -> bytes:
    rows = [delimiter.join([str(i), *map(str, x), str(t)]) for i, (x, t) in enumerate(zip(X, labels, strict=True))]
    return "\n".join([header.replace(",", delimiter), *rows]).encode()


SCHEDULE = np.array([(3, "learning_rate", 0.1)], dtype=[("step", "i8"), ("knob", "U32"), ("value", "f8")])
PICTURES = (X * 40).astype(np.uint8).reshape(24, 2, 2)
DATA: dict[str, tuple[str, bytes]] = {
    "npz": ("a.npz", npz(x_train=X, t_train=T, x_test=X[:5], t_test=T[:5])),
    "packed npz": ("a.npz", npz(np.savez_compressed, images=PICTURES, labels=T[:, None])),
    "npz of words": ("a.npz", npz(data=X, target=WORDS[T], feature_names=list("abcd"))),
    "npz without names": ("a.npz", npz(arr_0=X, arr_1=np.eye(3)[T], target_names=WORDS)),
    "commas": ("a.csv", table(",", "id,a,b,c,d,kind", WORDS[T])),
    "semicolons": ("a.csv", table(";", "id,a,b,c,d,kind", T)),
    "quotes": ("a.csv", b'"","a","b"\n"1",1.5,"x"\n"2",2.5,"y, z"\n"3",3.5,"x"\n"4",4.5,"y, z"\n'),
    "spaces": ("a.txt", table(" ", "# id,a,b,c,d,kind", T)),
    "packed table": ("a.csv.gz", gzip.compress(table(",", "id,a,b,c,d,kind", T))),
    "idx": ("train-images-idx3-ubyte", idx(PICTURES)),
    "packed idx": ("train-images-idx3-ubyte.gz", gzip.compress(idx(PICTURES))),
}
RUN = npz(spec=np.array(SPEC), schedule=SCHEDULE, step=np.int64(9), stopped_by=np.array("steps"), loss=np.zeros(3))

CHANGES = st.lists(
    st.tuples(st.sampled_from(["flip", "set", "cut", "double", "drop", "swap"]), st.floats(0, 1), st.integers(0, 255)),
    min_size=1,
    max_size=6,
)


def mutant(raw: bytes, changes: list[tuple[str, float, int]]) -> bytes:
    """Change some bytes, each at its share of the file's length."""
    changed = bytearray(raw)
    for how, share, value in changes:
        at = min(int(share * len(changed)), len(changed) - 1)
        if at < 0:
            break
        match how:
            case "flip":
                changed[at] ^= 1 << value % 8
            case "set":
                changed[at] = value
            case "cut":
                del changed[at:]
            case "double":
                changed[at:at] = changed[max(0, at - value) : at]
            case "drop":
                del changed[at : at + 1 + value % 16]
            case "swap":
                changed[at], changed[value % len(changed)] = changed[value % len(changed)], changed[at]
    return bytes(changed)


def assert_told(text: str) -> None:
    """A sentence that can be shown, printed and is not endless."""
    assert text
    assert text.isprintable()
    assert len(text) < 2_000
    text.encode()


def assert_taken_or_told(path: Path, label_column: str, *, drop_bad_rows: bool) -> None:
    request = DataRequest(data=str(path), label_column=label_column, drop_bad_rows=drop_bad_rows)
    try:
        data = load(request)
    except DataError as error:
        assert_told(str(error.message))
        return
    assert np.isfinite(data.x_train).all()
    assert np.isfinite(data.x_test).all()
    labels = np.concatenate([data.t_train, data.t_test])
    assert set(labels.tolist()) == set(range(data.n_classes))
    for name in (*data.class_names, *data.feature_names):
        assert name.replace("\u200c", "").replace("\u200d", "").isprintable()
        assert len(name) <= LONGEST_NAME + 1
    for note in (*data.notes, data.scaling, data.split):
        assert_told(str(note))


@pytest.mark.parametrize("kind", DATA)
@given(
    changes=CHANGES, label_column=st.sampled_from(["auto", "first", "last", "2", "kind", "\x1b"]), drop=st.booleans()
)
def test_a_changed_file_is_taken_whole_or_refused_in_a_sentence(
    tmp_path_factory: pytest.TempPathFactory,
    kind: str,
    changes: list[tuple[str, float, int]],
    label_column: str,
    drop: bool,
) -> None:
    name, raw = DATA[kind]
    folder = tmp_path_factory.getbasetemp() / f"fuzzed {kind}"
    folder.mkdir(exist_ok=True)
    (folder / "train-labels-idx1-ubyte").write_bytes(idx(T.astype(np.uint8)))
    (folder / name).write_bytes(mutant(raw, changes))
    assert_taken_or_told(folder / name, label_column, drop_bad_rows=drop)


@given(changes=CHANGES)
def test_a_changed_run_is_a_spec_or_refused_in_a_sentence(
    tmp_path_factory: pytest.TempPathFactory, changes: list[tuple[str, float, int]]
) -> None:
    path = tmp_path_factory.getbasetemp() / "fuzzed run.npz"
    path.write_bytes(mutant(RUN, changes))
    try:
        spec, *_ = read_run(path)
        TrainingSpec.from_json(spec.to_json())
    except SpecError as error:
        assert_told(str(error))


@given(changes=CHANGES)
def test_a_changed_spec_is_a_spec_or_refused_in_a_sentence(
    tmp_path_factory: pytest.TempPathFactory, changes: list[tuple[str, float, int]]
) -> None:
    path = tmp_path_factory.getbasetemp() / "fuzzed spec.json"
    path.write_bytes(mutant(SPEC.encode(), changes))
    try:
        spec = TrainingSpec.from_file(path)
        spec.to_json().encode()
    except SpecError as error:
        assert_told(str(error))


NUMBERS = st.one_of(st.integers(-99, 99).map(str), st.floats(allow_nan=True).map(repr))
ODD = st.sampled_from(
    ["", "NA", "?", "1,5", "a b", '"', "\x1b", "\u202e", "#", "True", "0x1", "١", "1e999", "\ud7ff", "=1+1"]
)
CELLS = st.one_of(NUMBERS, ODD, st.text(max_size=5).filter(lambda text: "\0" not in text))


@given(
    rows=st.integers(1, 6).flatmap(
        lambda n: st.lists(st.lists(CELLS, min_size=n, max_size=n), min_size=1, max_size=12)
    ),
    delimiter=st.sampled_from([",", ";", "\t", " "]),
    label_column=st.sampled_from(["auto", "first", "last", "1", "3", "a"]),
)
def test_a_table_of_any_cells_is_taken_whole_or_refused_and_so_for_every_other_label(
    tmp_path_factory: pytest.TempPathFactory, rows: list[list[str]], delimiter: str, label_column: str
) -> None:
    path = tmp_path_factory.getbasetemp() / "fuzzed table.csv"
    with path.open("w", newline="", encoding="utf-8", errors="replace") as file:
        csv.writer(file, delimiter=delimiter).writerows(rows)
    assert_taken_or_told(path, label_column, drop_bad_rows=True)
    try:
        offer = read_offer(DataRequest(data=str(path), drop_bad_rows=True))
    except DataError:
        return
    for choice in offer.choices():
        other = choose_label(offer, choice)
        assert (other.data is None) == (other.refusal is not None)


@given(
    columns=st.integers(1, 5).flatmap(
        lambda n: st.lists(st.lists(st.floats(-1e6, 1e6), min_size=n, max_size=n), min_size=4, max_size=20)
    ),
    place=st.integers(0, 5),
    delimiter=st.sampled_from([",", ";", "\t", " "]),
)
def test_numbers_of_any_table_are_read_exactly_with_the_label_where_it_was_put(
    tmp_path_factory: pytest.TempPathFactory, columns: list[list[float]], place: int, delimiter: str
) -> None:
    x = np.array(columns) + 0.5
    place = min(place, x.shape[1])
    labels = np.arange(len(x)) * 7 % 3
    cells = [
        [*map(repr, row[:place]), str(t), *map(repr, row[place:])] for row, t in zip(x.tolist(), labels, strict=True)
    ]
    path = tmp_path_factory.getbasetemp() / "exact table.csv"
    path.write_text("\n".join(delimiter.join(row) for row in cells))
    request = DataRequest(data=str(path), label_column=str(place + 1), scaling="none", train_fraction=1.0)
    data = load(request)
    order = np.random.default_rng(0).permutation(len(x))
    np.testing.assert_array_equal(data.t_train, labels[order])
    kept = [
        i
        for i in range(x.shape[1])
        if not np.array_equal(x[:, i] - x[0, i], np.arange(len(x))) or x[0, i] not in (0, 1)
    ]
    np.testing.assert_array_equal(data.x_train, x[order][:, kept] if kept else x[order])
