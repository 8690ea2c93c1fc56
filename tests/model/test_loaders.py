"""What reading files promises: sound ones load exactly, all others end in one plain sentence."""

import contextlib
import gzip
import io
import os
import pickle
import socket
import struct
import sys
import threading
import time
import tracemalloc
import warnings
import zipfile

import numpy as np
import pytest

from model.data.dataset import DataError, DataRequest
from model.data.loaders import csv_file, csv_text, read, reading
from model.data.prepare import load

RNG = np.random.default_rng(0)
X = RNG.integers(0, 256, (20, 6)).astype(np.uint8)
T = (np.arange(20) % 3).astype(np.uint8)

linux = pytest.mark.skipif(sys.platform != "linux", reason="pipes, sockets and file names as Linux has them")


def said(path, **options):
    """Read a file that must be refused, and give the sentence."""
    with pytest.raises(DataError) as caught:
        read(path, **options)
    text = str(caught.value.message)
    assert text == str(caught.value)
    assert text.endswith((".", "…"))
    return text


def notes(raw):
    return " ".join(str(note) for note in raw.notes)


def npz(tmp_path, /, name="data.npz", **arrays):
    np.savez(tmp_path / name, **arrays)
    return tmp_path / name


def npy(header, payload=b"", version=1):
    """Make the bytes of an array file with any header."""
    raw = header.encode("latin-1")
    length = struct.pack("<H" if version == 1 else "<I", len(raw))
    return b"\x93NUMPY" + bytes([version, 0]) + length + raw + payload


def header(descr="<f8", shape="(2, 3)"):
    return f"{{'descr': '{descr}', 'fortran_order': False, 'shape': {shape}, }}\n"


def npy_of(array):
    buffer = io.BytesIO()
    np.save(buffer, array, allow_pickle=True)
    return buffer.getvalue()


def archive(tmp_path, members, compression=zipfile.ZIP_STORED):
    """Make an NPZ of raw members; a good t_train is added where it is missing."""
    path = tmp_path / "raw.npz"
    with zipfile.ZipFile(path, "w", compression) as file:
        for name, content in members:
            file.writestr(name, content)
        if not any(name == "t_train.npy" for name, _ in members):
            file.writestr("t_train.npy", npy_of(np.array([0, 1])))
    return path


def csv(tmp_path, content, name="data.csv"):
    path = tmp_path / name
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return path


def idx_bytes(array, code=8):
    stored = {8: ">u1", 9: ">i1", 11: ">i2", 12: ">i4", 13: ">f4", 14: ">f8"}[code]
    dims = struct.pack(f">{array.ndim}I", *array.shape)
    return bytes([0, 0, code, array.ndim]) + dims + array.astype(stored).tobytes()


def idx_folder(tmp_path, *, gz=False, dot="-", test=True, n=12):
    """Make a folder of small MNIST-like files."""
    pictures = RNG.integers(0, 256, (n, 4, 5)).astype(np.uint8)
    labels = (np.arange(n) % 10).astype(np.uint8)
    folder = tmp_path / "mnist"
    folder.mkdir()
    for part in ("train", "t10k") if test else ("train",):
        for kind, array in (("images", pictures), ("labels", labels)):
            name = f"{part}-{kind}{dot}idx{array.ndim}-ubyte"
            content = idx_bytes(array)
            (folder / (name + ".gz" * gz)).write_bytes(gzip.compress(content) if gz else content)
    return folder, pictures, labels


# --- any file -------------------------------------------------------------------------------------------------


@linux
def test_what_is_no_regular_file_is_refused_at_once(tmp_path):
    os.mkfifo(tmp_path / "pipe.csv")
    assert "not a regular file" in said(tmp_path / "pipe.csv")
    assert "not a regular file" in said("/dev/zero")
    with socket.socket(socket.AF_UNIX) as door:
        door.bind(str(tmp_path / "door"))
        assert "not a regular file" in said(tmp_path / "door")


@linux
def test_a_file_that_becomes_a_pipe_while_it_is_opened_does_not_hang(tmp_path, monkeypatch):
    path = csv(tmp_path, "1,0\n2,1\n")
    real = os.open

    def swapped(name, flags, *rest):
        assert flags & os.O_NONBLOCK  # without it this test would wait for ever
        path.unlink()
        os.mkfifo(path)
        return real(name, flags, *rest)

    monkeypatch.setattr(os, "open", swapped)
    assert "not a regular file" in said(path)


@linux
def test_a_file_replaced_while_it_is_read_changes_nothing(tmp_path, monkeypatch):
    path = csv(tmp_path, "1,0\n2,1\n")
    real = os.open

    def replaced_after(name, flags, *rest):
        descriptor = real(name, flags, *rest)
        path.rename(tmp_path / "old.csv")
        path.write_bytes(b"something else")
        return descriptor

    monkeypatch.setattr(os, "open", replaced_after)
    assert read(path).train.x.ravel().tolist() == [1, 2]


@linux
def test_a_missing_path_and_a_link_loop_repeat_what_the_system_says(tmp_path):
    assert "cannot be read: No such file" in said(tmp_path / "none.csv")
    (tmp_path / "loop").symlink_to(tmp_path / "loop")
    assert "cannot be read: Too many levels" in said(tmp_path / "loop")
    assert "cannot be read" in said("a\0b.csv")


def test_a_file_that_may_not_be_opened_repeats_what_the_system_says(tmp_path, monkeypatch):
    path = csv(tmp_path, "1,0\n")

    def refused(*_args):
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(os, "open", refused)  # root may open everything, so modes prove nothing
    assert "“data.csv” cannot be read: Permission denied" in said(path)


@pytest.mark.parametrize("name", ["a.npz", "a.csv", "train-images-idx3-ubyte"])
def test_an_empty_file_is_said_to_be_empty(tmp_path, name):
    (tmp_path / name).touch()
    assert f"“{name}” is empty" in said(tmp_path / name)


@linux
def test_a_name_with_a_newline_or_bytes_that_are_no_text_is_shown_safely(tmp_path):
    for name in (b"two\nlines.csv", b"caf\xe9.csv", b"n" * 251 + b".csv"):
        path = os.fsencode(tmp_path) + b"/" + name
        with open(path, "wb") as file:  # noqa: PTH123  pathlib takes no bytes
            file.write(b"1,0\n2,x\n3,1.5,1\n")
        text = said(os.fsdecode(path))
        with open(path, "wb") as file:  # noqa: PTH123
            file.write(b"1,0\n2,1\n")
        shown = read(os.fsdecode(path)).name
        assert len(shown) <= 41
        assert shown.isprintable()
        assert text.isprintable()
        shown.encode("utf-8")


def test_an_array_a_pickle_and_a_picture_are_named_for_what_they_are(tmp_path):
    (tmp_path / "a.npy").write_bytes(npy_of(X))
    assert "single array" in said(tmp_path / "a.npy")
    (tmp_path / "a.npz").write_bytes(pickle.dumps({"x": 1}))
    assert "Python objects; re-save it as numbers" in said(tmp_path / "a.npz")
    (tmp_path / "b.npz").write_bytes(b"hello, world")
    assert "is not an NPZ file" in said(tmp_path / "b.npz")
    (tmp_path / "a.png").write_bytes(b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR")
    assert "a single image; choose an NPZ, CSV or IDX file" in said(tmp_path / "a.png")


def _office(folder):
    """Make the bones of a spreadsheet."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as file:
        file.writestr("[Content_Types].xml", "<Types/>")
        file.writestr(f"{folder}workbook.xml", "<workbook/>")
    return buffer.getvalue()


FOREIGN = {
    "web page": (b"<!DOCTYPE html>\n<html><body>404</body></html>", "a web page, not data: download the file itself"),
    "web page in capitals": (b"\xef\xbb\xbf \r\n<HTML><HEAD>", "a web page"),
    "web page after a comment": (b"<!-- made by hand -->\n<html>", "a web page"),
    "pointer": (b"version https://git-lfs.github.com/spec/v1\noid sha256:4d7a\nsize 9\n", "git lfs pull"),
    "spreadsheet": (_office("xl/"), "a spreadsheet; save it as CSV"),
    "old spreadsheet": (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(500), "a spreadsheet; save it as CSV"),
    "letter": (_office("word/"), "a text document"),
    "zip": (_office("folder/"), "an archive; unpack it"),
    "PyTorch": (_office("archive/data.pkl"), "an archive"),
    "PDF": (b"%PDF-1.7\n%\xe2\xe3", "a PDF document"),
    "JPEG": (b"\xff\xd8\xff\xe0\0\x10JFIF", "a single image"),
    "bitmap": (b"BM\x36\x10\0\0\0\0\0\0\x36", "a single image"),
    "SVG": (b'<?xml version="1.0"?>\n<svg xmlns="">', "a single image"),
    "Parquet": (b"PAR1\x15\x04\x15\x10", "a Parquet file"),
    "Feather": (b"ARROW1\0\0", "a Feather"),
    "MATLAB": (b"MATLAB 5.0 MAT-file, Platform: GLNXA64" + bytes(90), "scipy.io.loadmat"),
    "HDF5": (b"\x89HDF\r\n\x1a\n\0\0", "an HDF5 file"),
    "SQLite": (b"SQLite format 3\0\x10\0", "an SQLite database"),
    "tar": (b"data/".ljust(257, b"\0") + b"ustar\x0000", "an archive; unpack it"),
    "pickle": (pickle.dumps({"x": 1}, 4), "Python objects; re-save it as numbers"),
    "ARFF": (b"% iris\n@RELATION iris\n@DATA\n", "an ARFF file"),
    "spec": (b'{"seed": 1}', "a spec is opened as a spec"),
    "notebook": (b'{\n "cells": []}', "a Jupyter notebook"),
}


NAMES = ("data.csv", "data.npz", "data.csv.gz", "train-images-idx3-ubyte")


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize(("content", "expected"), FOREIGN.values(), ids=FOREIGN)
def test_what_is_no_data_is_named_for_what_it_is_whatever_its_name(tmp_path, name, content, expected):
    if name.startswith("train"):
        (tmp_path / "train-labels-idx1-ubyte").write_bytes(idx_bytes(T))
    packed = gzip.compress(content) if name.endswith(".gz") and not content.startswith(b"PK") else content
    (tmp_path / name).write_bytes(packed)
    assert expected in said(tmp_path / name)


@pytest.mark.parametrize("header", ["BMI,age,kind", "PAR1,PAR2,kind", "GIF8,b,kind", "MATLAB ,b,kind", "RDX,BZh,kind"])
def test_a_table_whose_header_begins_like_another_file_is_still_a_table(tmp_path, header):
    assert read(csv(tmp_path, f"{header}\n1,2,0\n3,4,1\n")).train.x.shape == (2, 2)


def test_a_gzipped_table_is_read_and_a_bomb_of_rows_is_not(tmp_path):
    path = csv(tmp_path, gzip.compress(b"a,b,kind\n1,2,0\n3,4,1\n"), "data.csv.gz")
    assert read(path).train.x.tolist() == [[1, 2], [3, 4]]
    assert "more than any real data" in said(csv(tmp_path, gzip.compress(b"\n" * 30_000_000), "bomb.csv.gz"))


@pytest.mark.parametrize(
    ("fault", "expected"),
    [
        (MemoryError(), "“data.npz” does not fit into the memory"),
        (OSError(5, "Input/output error"), "“data.npz” cannot be read: Input/output error"),
        (OSError("odd"), "“data.npz” is damaged"),
        (RecursionError(), "“data.npz” is damaged"),
    ],
)
def test_whatever_an_unpacker_raises_becomes_one_sentence(tmp_path, monkeypatch, fault, expected):
    def failing(*_args):
        raise fault

    monkeypatch.setattr(zipfile, "ZipFile", failing)
    (tmp_path / "data.npz").write_bytes(b"PK\x03\x04")
    assert expected in said(tmp_path / "data.npz")


@pytest.mark.parametrize("kind", ["npz", "csv", "idx"])
def test_reading_can_be_cancelled_between_blocks(tmp_path, kind):
    x = np.zeros((30_000, 60))
    if kind == "npz":
        path = npz(tmp_path, x_train=x, t_train=np.zeros(30_000))
    elif kind == "csv":
        path = csv(tmp_path, "1.5,2.5,0\n" * 450_000)
    else:
        path, _, _ = idx_folder(tmp_path)
    asked = []

    def cancelled():
        asked.append(None)
        return len(asked) > 3

    assert said(path, cancelled=cancelled) == "Reading was cancelled."
    assert len(asked) == 4


# --- NPZ ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("dtype", ["<f8", ">f8", "<f4", "<f2", ">i2", "<i8", "|u1", "|b1", "<u8"])
def test_any_plain_number_type_loads_exactly(tmp_path, dtype):
    x = (X > 99).astype(dtype) if dtype == "|b1" else (X // 3).astype(dtype)
    raw = read(npz(tmp_path, x_train=x, t_train=T.astype(dtype if dtype != "|b1" else "i4")))
    np.testing.assert_array_equal(raw.train.x, x.astype(float))
    np.testing.assert_array_equal(raw.train.t, T)
    assert raw.train.x.dtype == np.float64
    assert raw.integer == (np.dtype(dtype).kind != "f")
    assert raw.test is None


def test_column_order_and_the_test_set_and_compression_are_kept(tmp_path):
    path = tmp_path / "a.npz"
    np.savez_compressed(path, x_train=np.asfortranarray(X), t_train=T, x_test=X[:5], t_test=T[:5])
    raw = read(path)
    np.testing.assert_array_equal(raw.train.x, X)
    np.testing.assert_array_equal(raw.test.x, X[:5])
    assert raw.train.x.flags.c_contiguous
    assert load(DataRequest(data=str(path), train_fraction=0.1)).n_train == 20


def test_pictures_are_flattened_and_their_shape_is_kept(tmp_path):
    pictures = np.asfortranarray(X.reshape(20, 2, 3))
    data = load(DataRequest(data=str(npz(tmp_path, x_train=pictures, t_train=T))))
    assert data.image_shape == (2, 3)
    assert data.n_features == 6
    raw = read(npz(tmp_path, x_train=pictures, t_train=T))
    np.testing.assert_array_equal(raw.train.x, X)


def test_labels_called_y_are_found_and_other_arrays_are_named_as_unused(tmp_path):
    raw = read(npz(tmp_path, x_train=X, y_train=T, x_test=X, y_test=T, extra=X))
    assert raw.test is not None
    assert "not used: “extra”" in notes(raw)


PICTURES = X.reshape(20, 2, 3)
NAMED = {
    "scikit-learn": {"X": X, "y": T},
    "lower case": {"x": X, "t": T},
    "a bunch": {"data": X, "target": T},
    "Keras": {"x_train": PICTURES, "y_train": T, "x_test": PICTURES, "y_test": T},
    "CIFAR": {"x_train": X.reshape(20, 1, 2, 3), "y_train": T[:, None]},
    "MedMNIST": {
        "train_images": PICTURES,
        "train_labels": T[:, None],
        "val_images": PICTURES,
        "val_labels": T[:, None],
    },
    "camel case": {"trainX": X, "trainY": T, "testX": X, "testY": T},
    "one-hot": {"X_train": X, "Y_train": np.eye(3)[T]},
    "one-hot truths": {"inputs": X, "labels": np.eye(3, dtype=bool)[T]},
    "without names": {"arr_0": X, "arr_1": T},
    "without names, labels first": {"arr_0": T[:, None], "arr_1": X},
    "train_test_split": {"arr_0": X, "arr_1": X, "arr_2": T, "arr_3": T},
    "load_data": {"arr_0": X, "arr_1": T, "arr_2": X, "arr_3": T},
    "one channel": {"images": X.reshape(20, 2, 3, 1), "labels": T},
    "channels first": {"images": X.reshape(20, 1, 2, 3), "labels": T},
}


@pytest.mark.parametrize("arrays", NAMED.values(), ids=NAMED)
def test_inputs_and_labels_are_found_under_the_names_that_others_give_them(tmp_path, arrays):
    raw = read(npz(tmp_path, **arrays))
    np.testing.assert_array_equal(raw.train.x, X)
    np.testing.assert_array_equal(raw.train.t, T)
    assert (raw.test is not None) == (len(arrays) == 4 and "val_images" not in arrays)


@pytest.mark.parametrize(
    ("shape", "pictures"),
    [((6,), None), ((2, 3), (2, 3)), ((2, 3, 1), (2, 3)), ((1, 2, 3), (2, 3)), ((1, 6), (1, 6)), ((2, 1, 3), None)],
)
def test_pictures_in_one_colour_keep_their_shape(tmp_path, shape, pictures):
    assert read(npz(tmp_path, x=X.reshape(20, *shape), y=T)).image_shape == pictures


def test_a_bunch_of_scikit_learn_brings_the_names_of_classes_and_features(tmp_path):
    words = {"target_names": np.array(["setosa", "virginica", "a\x1bb"]), "feature_names": list("uvwxyz")}
    bunch = {"data": X, "target": T, **words, "DESCR": "about", "frame": None, "filename": "iris.csv"}
    raw = read(npz(tmp_path, **bunch))
    assert raw.class_names == ("setosa", "virginica", "a\\x1bb")
    assert raw.feature_names == tuple("uvwxyz")
    assert "cannot be shown" in notes(raw)
    assert load(DataRequest(data=str(tmp_path / "data.npz"))).class_names == raw.class_names


def test_the_digits_of_scikit_learn_keep_their_pictures(tmp_path):
    raw = read(npz(tmp_path, data=X, images=PICTURES, target=T, target_names=np.arange(3)))
    assert raw.image_shape == (2, 3)
    assert raw.class_names == ()


def test_names_that_do_not_fit_the_labels_are_not_used(tmp_path):
    for words in (["a", "b"], np.array([["a", "b", "c"]]), np.array(["a", "b", "c"], dtype=object), np.arange(3)):
        assert read(npz(tmp_path, X=X, y=T, target_names=words, feature_names=["a"])).class_names == ()


def test_labels_that_are_texts_become_class_names_over_both_parts(tmp_path):
    words = np.array(["rose", "iris", "tulip"])
    raw = read(npz(tmp_path, x_train=X, y_train=words[T], x_test=X[:4], y_test=words[T[:4]][:, None]))
    assert raw.class_names == ("iris", "rose", "tulip")
    assert raw.train.t.tolist() == [[1, 0, 2][t] for t in T]
    assert raw.test.t.tolist() == [[1, 0, 2][t] for t in T[:4]]


def test_labels_with_characters_that_do_not_exist_are_damage(tmp_path):
    broken = np.frombuffer(np.full(20, 0x110000, dtype="<u4").tobytes(), dtype="<U1")
    assert "y is damaged" in said(npz(tmp_path, X=X, y=broken))
    assert read(npz(tmp_path, X=X, y=T, target_names=broken[:3])).class_names == ()


@pytest.mark.parametrize(
    ("arrays", "expected"),
    [
        ({"x_train": X}, "no t_train, only “x_train”"),
        ({"a": X}, "no x_train, only “a”"),
        ({"x_train": X, "t_train": T, "x_test": X}, "no t_test"),
        ({"x_train": X, "t_train": T, "t_test": T}, "no x_test"),
        ({"x_train": X, "t_train": T[:9]}, "x_train has shape (20, 6) and t_train (9,); both need the same number"),
        ({"x_train": np.array(1.0), "t_train": T}, "x_train has shape () and t_train (20,)"),
        ({"x_train": X.reshape(20, 1, 1, 2, 3), "t_train": T}, "x_train has shape (20, 1, 1, 2, 3) and t_train (20,)"),
        ({"x_train": X, "t_train": 2 * np.eye(3)[T]}, "t_train (20, 3); t_train must hold one label a row, or one-hot"),
        ({"x_train": X, "t_train": np.eye(3)[T][:, :2]}, "t_train (20, 2); t_train must hold one label a row, or one-"),
        ({"x_train": X, "t_train": T.astype("U1").reshape(10, 2)}, "t_train (10, 2)"),
        ({"x_train": X, "t_train": np.array(1)}, "x_train has shape (20, 6) and t_train ()"),
        ({"x_train": X[:, :0], "t_train": T}, "x_train has shape (20, 0): it holds no columns"),
        ({"x_train": X, "t_train": T, "x_test": X[:, :4], "t_test": T}, "x_train has shape (20, 6) and x_test (20, 4)"),
        ({"x_train": X.astype(complex), "t_train": T}, "x_train holds complex numbers"),
        ({"x_train": X.astype(str), "t_train": T}, "x_train holds neither integers nor floats"),
        ({"x_train": X, "t_train": T.astype("S3")}, "t_train holds neither integers nor floats"),
        ({"x_train": X, "t_train": T + 0.5}, "The label in row 1 of t_train is 0.5, which is not an exact integer"),
        ({"x_train": X, "t_train": T + 2.0**60}, "The label in row 1 of t_train is 1.15292e+18"),
        ({"x_train": X, "t_train": T + 1e30}, "The label in row 1 of t_train is 1e+30"),
        ({"x_train": X, "t_train": T + np.uint64(2**63)}, "The label in row 1 of t_train is 9.22337e+18"),
        (
            {"x_train": np.zeros((2, 100_001), np.uint8), "t_train": T[:2]},
            "x_train has 100,001 columns; at most 100,000",
        ),
    ],
)
def test_arrays_that_are_no_samples_are_refused_by_name(tmp_path, arrays, expected):
    assert expected in said(npz(tmp_path, **arrays))


def test_python_objects_are_refused_without_being_unpickled(tmp_path):
    class Bomb:
        def __reduce__(self):
            return (pytest.fail, ("a pickle was loaded",))

    path = archive(tmp_path, [("x_train.npy", npy_of(np.array([Bomb(), Bomb()], dtype=object)))])
    text = said(path)
    assert "x_train holds Python objects; re-save it as numbers" in text
    assert "allow_pickle" not in text


def test_structured_and_void_types_are_refused(tmp_path):
    assert "neither" in said(npz(tmp_path, x_train=np.zeros(2, dtype=[("a", "f8"), ("b", "i4")]), t_train=T[:2]))
    assert "neither" in said(archive(tmp_path, [("x_train.npy", npy(header("|V0", f"({10**12}, 3)")))]))
    assert "neither" in said(archive(tmp_path, [("x_train.npy", npy(header("<f3")))]))


@pytest.mark.parametrize("shape", ["(True, 3)", "(-1, 3)", "(2.5, 3)", "2, 3", "('a',)", "(2, __import__('os'))"])
def test_a_shape_that_is_no_row_of_lengths_is_refused(tmp_path, shape):
    assert "x_train is damaged" in said(archive(tmp_path, [("x_train.npy", npy(header(shape=shape)))]))


@pytest.mark.parametrize("shape", [(10**12, 3), (2**63, 2**63), (10**4000, 2), (3, 10**12)])
def test_a_shape_beyond_the_cap_is_refused_before_it_is_allocated(tmp_path, shape):
    path = archive(tmp_path, [("x_train.npy", npy(header("|u1", str(shape)), b"12"))])
    text, peak = measured(said, path)
    assert "x_train" in text
    assert "at most" in text
    assert len(text) < 200
    assert peak < 2e6


def test_a_shape_that_its_member_cannot_hold_is_refused_before_it_is_allocated(tmp_path):
    path = archive(tmp_path, [("x_train.npy", npy(header("|u1", "(2000, 50000)"), b"12"))])
    text, peak = measured(said, path)
    assert "x_train is damaged: shape (2000, 50000) needs 100,000,0" in text
    assert peak < 2e6


def test_trailing_bytes_and_giant_headers_are_damage(tmp_path):
    assert "bytes and 1" in said(archive(tmp_path, [("x_train.npy", npy(header(), bytes(49)))]))
    long = npy(header() + " " * 20_000, bytes(48), version=2)
    assert "x_train is damaged" in said(archive(tmp_path, [("x_train.npy", long)]))
    assert read(archive(tmp_path, [("x_train.npy", npy(header(), bytes(48), version=2))])).train.x.shape == (2, 3)


def test_a_bomb_is_refused_before_it_expands(tmp_path):
    content = npy(header("|u1", "(2, 25000000)"), bytes(50_000_000))
    small = npy(header("|u1", "(1000, 50000)"), bytes(50_000_000))
    for member in (content, small):
        path = archive(tmp_path, [("x_train.npy", member)], zipfile.ZIP_DEFLATED)
        assert path.stat().st_size < 60_000
        text, peak = measured(said, path)
        assert "x_train would grow from 48.7 kB to 50 MB" in text
        assert peak < 2e6


def test_a_member_that_holds_more_than_its_entry_says_is_not_expanded(tmp_path):
    path = archive(tmp_path, [("x_train.npy", npy(header(), bytes(30_000_000)))], zipfile.ZIP_DEFLATED)
    raw = path.read_bytes()
    true_size = struct.pack("<I", len(npy(header(), bytes(30_000_000))))
    assert raw.count(true_size) == 2
    path.write_bytes(raw.replace(true_size, struct.pack("<I", len(npy(header(), bytes(48))))))
    text, peak = measured(said, path)
    assert "damaged" in text
    assert peak < 10e6


def test_an_entry_that_lies_about_its_packed_size_does_not_hide_a_bomb(tmp_path):
    content = npy(header("|u1", "(1000, 50000)"), bytes(50_000_000))
    path = archive(tmp_path, [("x_train.npy", content)], zipfile.ZIP_DEFLATED)
    raw = bytearray(path.read_bytes())
    at = raw.index(b"PK\x01\x02") + 20
    raw[at : at + 4] = struct.pack("<I", 10_000_000)
    path.write_bytes(raw)
    text, peak = measured(said, path)
    assert "x_train is damaged" in text
    assert peak < 2e6


def test_a_list_of_members_longer_than_a_block_is_not_read(tmp_path, monkeypatch):
    path = archive(tmp_path, [(f"a{i}.npy", b"") for i in range(40)] + [("x_train.npy", npy_of(np.ones((2, 3))))])
    assert read(path).train.x.shape == (2, 3)
    monkeypatch.setattr(reading, "BLOCK", 1_500)
    assert "“raw.npz” is damaged" in said(path)


def measured(function, *args):
    tracemalloc.start()
    try:
        return function(*args), tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()


def test_duplicate_encrypted_and_foreign_members(tmp_path):
    good = npy_of(np.ones((2, 3)))
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # zipfile warns while this test writes the same name twice
        assert "holds “x_train” twice" in said(archive(tmp_path, [("x_train.npy", good)] * 2))
    path = archive(tmp_path, [("x_train.npy", good)])
    raw = bytearray(path.read_bytes())
    for signature, offset in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        raw[raw.index(signature) + offset] |= 1
    path.write_bytes(raw)
    assert "x_train is encrypted; save the archive without a password" in said(path)
    assert "x_train is not a NumPy array" in said(archive(tmp_path, [("x_train.npy", b"just some text")]))
    assert "unusual way" in said(archive(tmp_path, [("x_train.npy", good)], zipfile.ZIP_LZMA))


def test_names_that_climb_out_are_labels_and_write_nothing(tmp_path):
    folder = tmp_path / "in"
    folder.mkdir()
    path = archive(folder, [("../../x_train.npy", b"evil"), ("x_train.npy", npy_of(np.ones((2, 3))))])
    raw = read(path)
    assert raw.train.x.shape == (2, 3)
    assert sorted(p for p in tmp_path.rglob("*") if p.is_file()) == [path]


def test_an_archive_of_very_many_members_is_refused(tmp_path):
    assert "at most 1,000" in said(archive(tmp_path, [(f"a{i}.npy", b"") for i in range(1_001)]))


def test_rows_with_cells_that_are_not_finite_are_named_and_dropped_only_on_request(tmp_path):
    x = X.astype(float)
    x[6, 2] = np.nan
    x[9] = np.inf
    x[10, :5] = -np.inf
    path = npz(tmp_path, x_train=x, t_train=T, x_test=x[:8], t_test=T[:8])
    text = said(path)
    assert text.startswith("12 cells are not finite; the first is row 7, column 3 of x_train. ")
    assert "--drop-bad-rows" in text
    raw = read(path, drop_bad_rows=True)
    np.testing.assert_array_equal(raw.train.x, np.delete(X, [6, 9, 10], axis=0))
    np.testing.assert_array_equal(raw.train.t, np.delete(T, [6, 9, 10]))
    assert len(raw.test.t) == 7
    assert "3 of 20 rows of x_train were dropped" in notes(raw)
    assert "1 of 8 rows of x_test were dropped" in notes(raw)


def test_a_missing_label_counts_as_a_bad_cell(tmp_path):
    t = T.astype(float)
    t[4] = np.nan
    path = npz(tmp_path, x_train=X, t_train=t)
    assert "1 cell is not finite: row 5, column 1 of t_train" in said(path)
    assert len(read(path, drop_bad_rows=True).train.t) == 19


# --- CSV ------------------------------------------------------------------------------------------------------


def test_a_plain_table_loads_exactly_and_knows_whether_it_is_whole_numbers(tmp_path):
    raw = read(csv(tmp_path, "1,-2,0\n3,4,1\n"))
    assert raw.train.x.tolist() == [[1, -2], [3, 4]]
    assert raw.train.t.tolist() == [0, 1]
    assert raw.integer
    assert raw.notes == ()
    assert raw.feature_names == ()
    values = RNG.normal(size=(50, 4)) * 10.0 ** RNG.integers(-300, 300, (50, 4))
    text = "".join(",".join(map(repr, row)) + f",{i % 3}\n" for i, row in enumerate(values.tolist()))
    raw = read(csv(tmp_path, text))
    np.testing.assert_array_equal(raw.train.x, values)
    assert not raw.integer


def test_numbers_as_numpy_writes_them_are_read_labels_included(tmp_path):
    np.savetxt(tmp_path / "a.csv", np.column_stack([X, T]), delimiter=",")
    raw = read(tmp_path / "a.csv")
    np.testing.assert_array_equal(raw.train.x, X)
    np.testing.assert_array_equal(raw.train.t, T)
    assert not raw.integer


def test_integers_too_long_for_64_bits_are_still_numbers(tmp_path):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # as for a person, for whom a warning is no error
        raw = read(csv(tmp_path, f"{10**19},1,0\n-{10**18},2,1\n{2**63},-3,0\n"))
    assert raw.train.x[:, 0].tolist() == [1e19, -1e18, 2.0**63]


@pytest.mark.parametrize("mark", [b"", b"\xef\xbb\xbf"])
@pytest.mark.parametrize("end", [b"\n", b"\r\n", b"\r"])
def test_header_byte_order_mark_and_line_ends_do_not_matter(tmp_path, mark, end):
    raw = read(csv(tmp_path, mark + end.join([b"width,height,kind", b"1,2,0", b"", b"3,4,1"])))
    assert raw.train.x.tolist() == [[1, 2], [3, 4]]
    assert raw.feature_names == ("width", "height")
    assert "header (width, height, kind)" in notes(raw)


def test_text_labels_become_class_names(tmp_path):
    path = csv(tmp_path, '"a","b","kind"\n1,2,"setosa"\n1,2,virginica\n3,4,setosa\n5,6,"a, b"\n')
    raw = read(path)
    assert raw.train.t.tolist() == [1, 2, 1, 0]
    assert raw.class_names == ("a, b", "setosa", "virginica")
    assert "labels are text" in notes(raw)
    assert raw.integer
    assert load(DataRequest(data=str(path), train_fraction=1)).class_names == ("a, b", "setosa", "virginica")


@pytest.mark.parametrize(("delimiter", "word"), [(";", "semicolons"), ("\t", "tabs")])
def test_other_delimiters_are_recognised_and_said(tmp_path, delimiter, word):
    raw = read(csv(tmp_path, delimiter.join(["a,b", "c", "d"]) + "\n" + delimiter.join("120") + "\n"))
    assert raw.train.x.tolist() == [[1, 2]]
    assert word in notes(raw)


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        ("1,2,0\n3,4,1\n5,6\n", "Row 3 has 2 columns where 3 are expected"),
        ("a,b,c\n1,2,0\n\n3,4,5,1\n", "Row 4 has 4 columns where 3 are expected"),
        ("1,2,0\n3,x4,1\n", "Row 2, column 2 holds “x4”, which is not a number"),
        ("1,x,0\n3,4,1\n", "Row 1, column 2 holds “x”, which is not a number; a header must hold names only"),
        ("1,2,0\n1_0,4,1\n", "Row 2, column 1 holds “1_0”"),
        ("1,2,0\n٣,4,1\n", "Row 2, column 1 holds “٣”"),
        ("1,2,0\n3,0x10,1\n", "Row 2, column 2 holds “0x10”"),
        ("1,2,0\n3,1-2,1\n", "Row 2, column 2 holds “1-2”"),
        ("1,2,0\n3,4 5,1\n", "Row 2, column 2 holds “4 5”"),
        ("1,2,0\n3," + "y" * 99 + ",1\n", "holds “" + "y" * 40 + "…”"),
        ("a;b;c\n1;2;0\n3;4,5;1\n", "Row 3, column 2 holds “4,5”, with a decimal comma; save the file with decimal"),
        ("0,5;1,5;0\n", "Row 1, column 1 holds “0,5”, with a decimal comma"),
        ('1,2,0\n"3,5",4,1\n', "Row 2, column 1 holds “3,5”, with a decimal comma"),
        ('1,2,0\n3,"4,1\n', "Row 2 has a quotation mark that does not close"),
        ("1,2,0.5\n3,4,1\n", "The label in row 1, the last column, is “0.5”, which is not an integer"),
        ("1,2,0\n3,4,inf\n", "The label in row 2, the last column, is “inf”"),
        ("1,2,0\n3,4,99999999999999999999\n", "The label in row 2"),
        ("1\n3\n", "Row 1 has one column"),
        ("\n\n \n", "nothing but blank lines"),
        (b"1,2,0\n3,\0,1\n", "Row 2 holds a NUL character"),
        ("1,2,0\n".encode("utf-16"), "is UTF-16 text; save it as UTF-8"),
        ("1,2,0\n".encode("utf-16-le"), "Row 1 holds a NUL character"),
        (b"1,2,0\r\n3,4,caf\xe9\r\n", "Row 2 is not UTF-8 text"),
        ("1," * 1_000_000 + "0\n", "Row 1 has 1,000,001 columns; at most 100,001"),
        ("1,2,0\n" + "1" * 200_000 + ",2,0\n", "Row 2, column 1 holds 200,000 characters"),
        ("1,2,0\n1," + "z" * 140_000 + ",0\n", "Row 2, column 2 holds 140,000 characters"),
        (b"1,2,0\n" + b"7" * 13_000_000, "Row 2 is longer than 8 MB"),
    ],
)
def test_a_table_that_cannot_be_taken_names_row_and_column(tmp_path, content, expected):
    assert expected in said(csv(tmp_path, content))


def test_a_refusal_survives_the_way_between_processes(tmp_path):
    with pytest.raises(DataError) as caught:
        read(csv(tmp_path, "1,2,0\n3,x,1\n"))
    copy = pickle.loads(pickle.dumps(caught.value))  # noqa: S301
    assert copy.message == caught.value.message


def test_a_giant_line_is_refused_without_reading_on(tmp_path):
    path = tmp_path / "zeros.csv"
    with path.open("wb") as file:
        file.write(b"1,")
        file.truncate(2_000_000_000)  # sparse: it takes no room on the disk
    text, peak = measured(said, path)
    assert "Row 1 is longer than 8 MB" in text
    assert peak < 60e6


def test_a_fault_in_a_later_block_is_named_by_its_line_in_the_file(tmp_path):
    rows = ["1.25,2.5,3.75,1"] * 290_000
    rows[280_000] = "1.25,oops,3.75,1"
    assert "Row 280001, column 2" in said(csv(tmp_path, "\r\n".join(rows)))


def test_rows_split_between_blocks_are_read_once_and_whole(tmp_path, monkeypatch):
    expected = read(csv(tmp_path, "10,20,0\r\n30,40,1\r\n50,60,2"))
    for block in range(1, 26):
        monkeypatch.setattr(csv_text, "BLOCK", block)
        found = read(tmp_path / "data.csv")
        np.testing.assert_array_equal(found.train.x, expected.train.x)
        np.testing.assert_array_equal(found.train.t, expected.train.t)
        csv(tmp_path, "10,20,0\r\n30,40,1\r\n50,60,2\r\n7,x,0", "bad.csv")
        assert "Row 4, column 2" in said(tmp_path / "bad.csv")


def test_empty_cells_nan_and_overflow_are_bad_cells(tmp_path):
    path = csv(tmp_path, "a,b,kind\n1,2,0\n,4,1\n5,nan,0\n-inf,1e999,1\n7,8,\n9, ,1\n11,12,1\n")
    text = said(path)
    assert text.startswith("6 cells are not finite; the first is row 3, column 1 of “data.csv”")
    raw = read(path, drop_bad_rows=True)
    assert raw.train.x.tolist() == [[1, 2], [11, 12]]
    assert raw.train.t.tolist() == [0, 1]
    assert "5 of 7 rows of “data.csv” were dropped" in notes(raw)


def test_one_feature_and_missing_cells_in_it_are_taken(tmp_path):
    assert read(csv(tmp_path, "1,0\n2,1\n")).train.x.shape == (2, 1)
    assert read(csv(tmp_path, "1,0\n,1\n3,1\n"), drop_bad_rows=True).train.x.ravel().tolist() == [1, 3]


def test_a_header_alone_is_too_little_to_train_on(tmp_path):
    with pytest.raises(DataError, match="Training needs at least 2 rows; this data has 0"):
        load(DataRequest(data=str(csv(tmp_path, "a,b,c\n"))))


def test_a_column_of_measurements_is_no_column_of_classes(tmp_path):
    names = "".join(f"1,name{i}\n" for i in range(10_001))
    assert "more than 10,000 different labels" in said(csv(tmp_path, names))


def test_more_cells_than_the_cap_are_refused_while_reading(tmp_path, monkeypatch):
    monkeypatch.setattr(csv_file, "MAX_CELLS", 1_000)
    assert "more than 1,000 cells" in said(csv(tmp_path, "1,2,0\n" * 400))


@pytest.mark.alone
def test_a_large_table_of_whole_numbers_loads_in_moderate_time(tmp_path):
    line = ",".join(str(i % 256) for i in range(784))
    path = csv(tmp_path, "".join(f"{line},{i % 10}\n" for i in range(2_000)))
    start = time.perf_counter()
    assert read(path).train.x.shape == (2_000, 784)
    assert time.perf_counter() - start < 2  # 60,000 rows in a minute even on a slow machine


# --- IDX ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("gz", [False, True])
@pytest.mark.parametrize("dot", ["-", "."])
def test_a_folder_and_any_one_of_its_files_are_the_same_data(tmp_path, gz, dot):
    folder, pictures, labels = idx_folder(tmp_path, gz=gz, dot=dot)
    for path in (folder, *sorted(folder.iterdir())):
        raw = read(path)
        np.testing.assert_array_equal(raw.train.x, pictures.reshape(12, 20))
        np.testing.assert_array_equal(raw.train.t, labels)
        np.testing.assert_array_equal(raw.test.x, pictures.reshape(12, 20))
        assert raw.image_shape == (4, 5)
        assert raw.integer


@pytest.mark.parametrize("code", [8, 9, 11, 12, 13, 14])
def test_every_idx_type_is_read_in_its_byte_order(tmp_path, code):
    folder, pictures, _ = idx_folder(tmp_path, test=False)
    (folder / "train-images-idx3-ubyte").write_bytes(idx_bytes(pictures // 2, code))
    raw = read(folder)
    np.testing.assert_array_equal(raw.train.x, (pictures // 2).reshape(12, 20))
    assert raw.integer == (code < 13)
    assert raw.test is None


def test_files_of_another_prefix_find_their_own_siblings(tmp_path):
    folder, _, _ = idx_folder(tmp_path)
    for path in sorted(folder.iterdir()):
        path.rename(folder / f"letters-{path.name}")
    assert read(folder / "letters-train-labels-idx1-ubyte").train.x.shape == (12, 20)


@pytest.mark.parametrize("gz", [False, True])
def test_files_with_a_name_of_their_own_in_front_are_found_in_their_folder(tmp_path, gz):
    folder, pictures, _ = idx_folder(tmp_path, gz=gz)
    for path in sorted(folder.iterdir()):
        path.rename(folder / f"emnist-letters-{path.name.replace('t10k', 'test')}")
    (folder / "emnist-letters-mapping.txt").write_text("1 65 97\n")
    for path in (folder, folder / f"emnist-letters-test-images-idx3-ubyte{'.gz' * gz}"):
        raw = read(path)
        np.testing.assert_array_equal(raw.train.x, pictures.reshape(12, 20))
        assert len(raw.test.t) == 12


def test_labels_from_1_as_emnist_letters_has_them_are_renumbered(tmp_path):
    folder, _, labels = idx_folder(tmp_path)
    for part in ("train", "t10k"):
        (folder / f"{part}-labels-idx1-ubyte").write_bytes(idx_bytes(labels + 1))
    for path in sorted(folder.iterdir()):
        path.rename(folder / f"emnist-letters-{path.name}")
    data = load(DataRequest(data=str(folder)))
    np.testing.assert_array_equal(data.t_train, labels)
    assert data.class_names == tuple(str(i) for i in range(1, 11))


def test_the_folders_of_torchvision_lead_to_their_files(tmp_path):
    folder, pictures, _ = idx_folder(tmp_path)
    root = tmp_path / "root" / "MNIST"
    root.mkdir(parents=True)
    folder.rename(root / "raw")
    for path in (root / "raw", root, root.parent):
        np.testing.assert_array_equal(read(path).train.x, pictures.reshape(12, 20))


def test_several_sets_in_a_folder_are_named_and_a_file_of_one_tells_which(tmp_path):
    folder, _, _ = idx_folder(tmp_path)
    for path in sorted(folder.iterdir()):
        for name in ("emnist-letters", "emnist-digits"):
            (folder / f"{name}-{path.name}").write_bytes(path.read_bytes())
        path.unlink()
    assert "holds several sets: “emnist-digits”, “emnist-letters”; choose a file" in said(folder)
    assert read(folder / "emnist-letters-train-images-idx3-ubyte").train.x.shape == (12, 20)


def test_missing_siblings_are_named(tmp_path):
    folder, _, _ = idx_folder(tmp_path)
    (folder / "t10k-labels-idx1-ubyte").unlink()
    assert "labels that belong to “t10k-images-idx3-ubyte” are missing" in said(folder)
    for path in folder.glob("train*"):
        path.unlink()
    assert "holds no IDX training files; they are named like train-images-idx3-ubyte" in said(folder)


@pytest.mark.parametrize("gz", [False, True])
@pytest.mark.parametrize(
    ("change", "expected"),
    [
        (lambda raw: b"\x01" + raw[1:], "is not an IDX file: it starts with 01 00 08 03"),
        (lambda raw: raw[:2] + b"\x07" + raw[3:], "is not an IDX file: it starts with 00 00 07 03"),
        (lambda raw: raw[:3] + b"\xff" + raw[4:], "is not an IDX file: it starts with 00 00 08 ff"),
        (lambda raw: raw[:-1], "damaged"),
        (lambda raw: raw + b"x", "damaged"),
        (lambda raw: raw[:9], "damaged"),
        (lambda raw: raw[:4] + b"\xff" * 12 + raw[16:], "at most 100,000"),
        (lambda raw: raw[:4] + b"\xff" * 4 + raw[8:], "would need 687 GB; at most 2 GB"),
        (lambda raw: raw[:3] + b"\x01" + raw[4:8] + raw[16:28], "has shape (12,) and “train-labels-idx1-ubyte"),
    ],
)
def test_a_wrong_idx_file_is_refused(tmp_path, gz, change, expected):
    folder, pictures, _ = idx_folder(tmp_path, gz=gz, test=False)
    content = change(idx_bytes(pictures))
    path = folder / ("train-images-idx3-ubyte" + ".gz" * gz)
    path.write_bytes(gzip.compress(content) if gz else content)
    assert expected in said(path)


def test_a_gzip_bomb_is_refused_by_its_size_on_disk(tmp_path):
    folder, _, _ = idx_folder(tmp_path, gz=True, test=False)
    content = bytes([0, 0, 8, 3]) + struct.pack(">3I", 1200, 200, 250) + bytes(60_000_000)
    (folder / "train-images-idx3-ubyte.gz").write_bytes(gzip.compress(content, 9))
    text, peak = measured(said, folder)
    assert "would grow from 58.4 kB to 60 MB" in text
    assert peak < 10e6


def test_a_gzip_stream_that_goes_on_after_its_pictures_is_not_read_to_its_end(tmp_path):
    folder, pictures, _ = idx_folder(tmp_path, gz=True, test=False)
    (folder / "train-images-idx3-ubyte.gz").write_bytes(gzip.compress(idx_bytes(pictures) + bytes(60_000_000)))
    text, peak = measured(said, folder)
    assert "damaged" in text
    assert peak < 10e6


def test_cut_gzip_files_and_gzip_headers_without_an_end_are_damage(tmp_path):
    folder, pictures, _ = idx_folder(tmp_path, gz=True, test=False)
    path = folder / "train-images-idx3-ubyte.gz"
    whole = gzip.compress(idx_bytes(pictures))
    for content in (whole[:-3], whole[:20], whole + b"\0", b"\x1f\x8b\x08\x08" + b"n" * 5_000_000):
        path.write_bytes(content)
        assert "damaged" in said(path)


def test_idx_content_under_another_name_says_how_to_name_it(tmp_path):
    _, pictures, _ = idx_folder(tmp_path)
    (tmp_path / "pictures.bin").write_bytes(idx_bytes(pictures))
    assert "does not tell which IDX file it is" in said(tmp_path / "pictures.bin")


# --- anything at all ------------------------------------------------------------------------------------------


def mutants(raw, seed, n):
    """Flip, cut, double and overwrite bytes at random; the same seed gives the same mutants."""
    rng = np.random.default_rng(seed)
    for i in range(n):
        changed = bytearray(raw)
        where = rng.integers(0, len(raw), rng.integers(1, 6)).tolist()
        if i % 4 == 0:
            yield bytes(changed[: where[0]])
        elif i % 4 == 1:
            yield bytes(changed[: where[0]] + changed[where[-1] // 2 :])
        else:
            for at in where:
                changed[at] = int(rng.integers(0, 256)) if i % 4 == 2 else changed[at] ^ (1 << int(rng.integers(0, 8)))
            yield bytes(changed)


@pytest.mark.parametrize("kind", ["npz", "packed npz", "csv", "idx", "packed idx"])
def test_a_damaged_file_loads_or_is_refused_but_never_fails_otherwise(tmp_path, kind):
    x = X.astype(float)[:4]
    if "npz" in kind:
        path = tmp_path / "data.npz"
        (np.savez_compressed if "packed" in kind else np.savez)(path, x_train=x, t_train=T[:4], x_test=X, t_test=T)
    elif kind == "csv":
        text = "".join(",".join(map(str, row)) + f",kind {i % 2}\n" for i, row in enumerate(x.tolist()))
        path = csv(tmp_path, 'a,"b",c,d,e,f,label\r\n' + text)
    else:
        folder, _, _ = idx_folder(tmp_path, gz="packed" in kind)
        path = min(folder.glob("train-images*"))
    outcomes = []
    for mutant in mutants(path.read_bytes(), seed=len(kind), n=70):
        path.write_bytes(mutant)
        try:
            load(DataRequest(data=str(path), drop_bad_rows=True))
            outcomes.append(True)
        except DataError as error:
            assert str(error.message)  # noqa: PT017
            outcomes.append(False)
    assert not all(outcomes)


def test_no_thread_and_no_open_file_is_left_behind(tmp_path):
    descriptors = "/proc/self/fd"
    if not os.path.isdir(descriptors):  # noqa: PTH112
        pytest.skip("this system does not list open files")
    before = (threading.active_count(), len(os.listdir(descriptors)))  # noqa: PTH208
    for content in ("1,2,0\n3,x,1\n", "", "1,0\n2,1\n"):
        path = csv(tmp_path, content)
        with contextlib.suppress(DataError):
            read(path)
    assert (threading.active_count(), len(os.listdir(descriptors))) == before  # noqa: PTH208


# ── as other programs write tables ───────────────────────────────────────────────────────────────────────────────────


def table(tmp_path, text):
    (tmp_path / "table.csv").write_text(text)
    return tmp_path / "table.csv"


def test_a_delimiter_behind_every_row_is_no_column(tmp_path):
    raw = read(table(tmp_path, "a,b,kind\n1,2,u,\n3,5,v,\n5,7,u,\n"))
    assert raw.feature_names == ("a", "b")
    np.testing.assert_array_equal(raw.train.x, [[1, 2], [3, 5], [5, 7]])
    assert raw.class_names == ("u", "v")


@pytest.mark.parametrize("top", ["sep=;", '"sep=;"', "SEP=;"])
def test_the_line_in_which_excel_names_the_delimiter_is_no_row(tmp_path, top):
    raw = read(table(tmp_path, f"{top}\na;b;kind\n1;2;u\n3;5;v\n"))
    assert raw.feature_names == ("a", "b")
    assert raw.class_names == ("u", "v")


def test_vertical_bars_part_columns(tmp_path):
    raw = read(table(tmp_path, "a|b|kind\n1|2|u, or w\n3|5|v\n"))
    np.testing.assert_array_equal(raw.train.x, [[1, 2], [3, 5]])
    assert raw.class_names == ("u, or w", "v")


def test_a_column_of_text_is_called_so_where_its_first_cell_is_missing(tmp_path):
    text = said(table(tmp_path, "39, ?, 1, <=50K\n50, Private, 2, >50K\n38, Private, 3, <=50K\n"))
    assert text.startswith("Column 2 holds text, such as “Private” in row 2, and text can only be the label.")


def test_a_line_break_in_quotes_is_named_as_what_may_be_meant(tmp_path):
    assert "the line break in the quotes" in said(table(tmp_path, 'a,b,kind\n1,2,"u\nv"\n3,4,w\n'))


@pytest.mark.parametrize(
    ("text", "rival"),
    [
        ("1,0.5,0\n0,0.3,1\n1,0.4,0\n0,0.1,1\n", "Column 1 looks like a label too"),
        ("u,0.5,0\nv,0.3,1\nu,0.4,0\nv,0.1,1\n", "Column 3 looks like a label too"),
        ("2,0.5,0,1\n1,0.3,1,0\n1,0.4,0,1\n2,0.1,0,1\n", "Column 1 looks like a label too"),
        ("a,b,class\n1,0.5,0\n0,0.3,1\n1,0.4,0\n0,0.1,1\n", ""),
        ("0.1,0.5,0\n0.2,0.3,1\n0.3,0.4,0\n0.1,0.1,1\n", ""),
    ],
    ids=["the first", "numbers behind text", "a column before what looks one-hot", "a name decides", "only one"],
)
def test_a_guess_that_may_be_wrong_names_the_other_label(tmp_path, text, rival):
    found = notes(read(table(tmp_path, text)))
    assert rival in found
    assert ("looks like a label too" in found) == bool(rival)


def test_most_rows_are_not_looked_at_for_text(tmp_path, monkeypatch):
    asked = []
    monkeypatch.setattr(csv_file, "as_number", lambda cell: asked.append(cell) or csv_text.as_number(cell))
    rows = "\n".join(",".join(["1", *map(str, range(200)), "0"]) for _ in range(100))
    read(table(tmp_path, rows + "\n"), label_column="1")
    assert len(asked) == 202
