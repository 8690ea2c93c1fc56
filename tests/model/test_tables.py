"""Tables as other programs write them: which column is the label, which are no features, and what is said of it."""

from pathlib import Path

import numpy as np
import pytest

from model.data.dataset import DataError, DataRequest, Dataset
from model.data.loaders import read
from model.data.prepare import load

RNG = np.random.default_rng(0)
N = 60
LABELS = np.arange(N) % 3
REAL = RNG.normal(size=(N, 4)).round(3)
PIXELS = np.where(RNG.random((N, 16)) < 0.5, 0, RNG.integers(0, 256, (N, 16)))
PIXELS[:, [0, 15]] = 0  # as the corners of pictures are
SPECIES = np.array(["setosa", "versicolor", "virginica"])


def table(tmp_path: Path, rows: object, header: str = "", delimiter: str = ",", name: str = "table.csv") -> Path:
    """Write rows of any cells as a table."""
    lines = [delimiter.join(str(cell) for cell in row) for row in rows]
    (tmp_path / name).write_text("\n".join([header] * bool(header) + lines) + "\n", encoding="utf-8")
    return tmp_path / name


def rows(*columns: object) -> list[list[object]]:
    """Put columns and blocks of columns side by side."""
    blocks = [np.asarray(column, dtype=object).reshape(N, -1) for column in columns]
    return np.hstack(blocks).tolist()


def taken(path: Path, label_column: str = "auto") -> Dataset:
    return load(DataRequest(data=str(path), label_column=label_column, train_fraction=1, scaling="none"))


def in_order(data: Dataset) -> Dataset:
    """Undo the split's permutation."""
    order = np.argsort(np.random.default_rng(0).permutation(N))
    return Dataset(
        data.name, data.x_train[order], data.t_train[order], data.x_test, data.t_test, data.class_names,
        data.image_shape, data.notes, feature_names=data.feature_names,
    )  # fmt: skip


def notes(data: Dataset) -> str:
    return " ".join(map(str, data.notes))


def assert_is(data: Dataset, x: np.ndarray, t: np.ndarray) -> None:
    found = in_order(data)
    np.testing.assert_array_equal(found.x_train, x)
    np.testing.assert_array_equal(found.t_train, t)


def said(path: Path, label_column: str = "auto") -> str:
    with pytest.raises(DataError) as caught:
        taken(path, label_column)
    return str(caught.value.message)


# ── the label ────────────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("header", ["", "label," + ",".join(f"pixel{i}" for i in range(16))])
def test_mnist_as_csv_has_its_label_first(tmp_path: Path, header: str) -> None:
    data = taken(table(tmp_path, rows(LABELS, PIXELS), header))
    assert_is(data, PIXELS, LABELS)
    assert data.class_names == ("0", "1", "2")
    assert "is taken as the label" in notes(data)


def test_wine_has_its_class_first_and_measurements_behind_it(tmp_path: Path) -> None:
    proline = RNG.permutation(np.arange(278, 278 + 20 * N, 20))  # whole numbers, all of them different
    real = RNG.normal(13, 1, (N, 12)).round(2)
    data = taken(table(tmp_path, rows(LABELS + 1, real, proline), name="wine.data"))
    assert_is(data, np.column_stack([real, proline]), LABELS)
    assert "renumbered" in notes(data)


def test_iris_of_uci_has_its_species_last(tmp_path: Path) -> None:
    path = table(tmp_path, rows(REAL, SPECIES[LABELS]), name="iris.data")
    path.write_text(path.read_text() + "\n")  # it ends with an empty line
    data = taken(path)
    assert_is(data, REAL, LABELS)
    assert data.class_names == tuple(SPECIES)
    assert notes(data).count("label") == 1


@pytest.mark.parametrize(
    ("name", "place"),
    [("label", 2), ("Class", 0), ("TARGET", 3), ("species", 1), ("category", 2), ("y", 1), ("Class Label", 2)],
)
def test_a_column_named_like_a_label_is_the_label_wherever_it_stands(tmp_path: Path, name: str, place: int) -> None:
    header = ["a", "b", "c", "d"]
    header.insert(place, name)
    path = table(tmp_path, rows(REAL[:, :place], LABELS, REAL[:, place:]), ",".join(header))
    assert_is(taken(path), REAL, LABELS)


def test_a_column_called_y_that_holds_fractions_is_a_coordinate(tmp_path: Path) -> None:
    assert_is(taken(table(tmp_path, rows(REAL, LABELS), "x,y,z,w,kind")), REAL, LABELS)


@pytest.mark.parametrize("n", [5, 12, 30])
def test_a_few_pictures_are_enough_to_see_that_the_label_is_first(tmp_path: Path, n: int) -> None:
    labels = [5, 0, 4, 1, 9, 2, 1, 3, 1, 4, 3, 5, 3, 6, 1, 7, 2, 8, 6, 9, 4, 0, 9, 1, 1, 2, 4, 3, 2, 7][:n]
    labels[-1] = labels[0]
    lines = [[label, *pixels] for label, pixels in zip(labels, PIXELS[:n].tolist(), strict=True)]
    assert read(table(tmp_path, lines)).train.t.tolist() == labels


def test_a_column_named_label_is_the_label_even_if_it_counts_up(tmp_path: Path) -> None:
    data = taken(table(tmp_path, rows(np.arange(N), REAL), "label,a,b,c,d"))
    assert data.n_classes == N
    assert data.n_features == 4


def test_where_both_ends_look_like_labels_the_last_is_the_label(tmp_path: Path) -> None:
    flag = np.arange(N) // 7 % 2
    assert_is(taken(table(tmp_path, rows(flag, REAL, LABELS))), np.column_stack([flag, REAL]), LABELS)


@pytest.mark.parametrize("wanted", ["1", "first", "Kind", "kind"])
def test_the_label_can_be_named(tmp_path: Path, wanted: str) -> None:
    flag = np.arange(N) // 7 % 2
    path = table(tmp_path, rows(LABELS, REAL, flag), "Kind,a,b,c,d,label")
    assert_is(taken(path), np.column_stack([LABELS, REAL]), flag)
    assert_is(taken(path, wanted), np.column_stack([REAL, flag]), LABELS)
    assert_is(taken(path, "last"), np.column_stack([LABELS, REAL]), flag)


def test_a_column_of_numbers_in_the_middle_can_be_the_label(tmp_path: Path) -> None:
    path = table(tmp_path, rows(REAL[:, :2], LABELS * 5.0, REAL[:, 2:]))
    assert_is(taken(path, "3"), REAL, LABELS)
    assert in_order(taken(path, "3")).class_names == ("0", "5", "10")


def test_a_column_that_does_not_exist_is_refused_with_those_that_do(tmp_path: Path) -> None:
    path = table(tmp_path, rows(REAL, LABELS), "a,b,c,d,kind")
    assert "no column “colour”; the header names “a”, “b”, “c”, “d”, “kind”, and numbers go from 1 to 5" in said(
        path, "colour"
    )
    bare = table(tmp_path, rows(REAL, LABELS))
    for wanted in ("0", "6", "kind", "9" * 300):
        assert "columns go by their numbers, from 1 to 5" in said(bare, wanted)


# ── what is no feature ───────────────────────────────────────────────────────────────────────────────────────────────


def test_an_id_column_is_left_out_and_that_is_said(tmp_path: Path) -> None:
    ids = RNG.permutation(1000)[:N]
    data = taken(table(tmp_path, rows(ids, REAL, SPECIES[LABELS]), "Id,a,b,c,d,Species"))
    assert_is(data, REAL, LABELS)
    assert data.feature_names == ("a", "b", "c", "d")
    assert "Column “Id” is left out: it is named as an id." in notes(data)


@pytest.mark.parametrize("start", [0, 1])
@pytest.mark.parametrize("place", [0, 2])
def test_a_column_that_counts_up_is_left_out_and_that_is_said(tmp_path: Path, start: int, place: int) -> None:
    counting = np.arange(start, N + start)
    data = taken(table(tmp_path, rows(REAL[:, :place], counting, REAL[:, place:], LABELS)))
    assert_is(data, REAL, LABELS)
    assert f"Column {place + 1} is left out: it counts up by 1." in notes(data)


def test_behind_an_id_the_first_column_can_be_the_label(tmp_path: Path) -> None:
    assert_is(taken(table(tmp_path, rows(np.arange(N), LABELS + 1, REAL))), REAL, LABELS)


def test_the_only_feature_stays_even_if_it_counts_up(tmp_path: Path) -> None:
    assert_is(taken(table(tmp_path, rows(np.arange(N), LABELS))), np.arange(N)[:, None], LABELS)


@pytest.mark.parametrize("header", ["", "a,b,c,d,red,green,blue"])
def test_trailing_one_hot_columns_are_one_label(tmp_path: Path, header: str) -> None:
    path = table(tmp_path, rows(REAL, np.eye(3, dtype=int)[LABELS]), header)
    for wanted in ("auto", "last", "6"):
        data = taken(path, wanted)
        assert_is(data, REAL, LABELS)
        assert "The last 3 columns" in notes(data)
        assert data.class_names == (("red", "green", "blue") if header else ("0", "1", "2"))


def test_one_hot_columns_beside_the_label_they_repeat_are_left_out(tmp_path: Path) -> None:
    path = table(tmp_path, rows(SPECIES[LABELS], REAL, np.eye(3, dtype=int)[LABELS]), "species,a,b,c,d,x,y,z")
    data = taken(path)
    assert_is(data, REAL, LABELS)
    assert "they say what the label says" in notes(data)


def test_one_hot_columns_that_say_something_else_stay_features(tmp_path: Path) -> None:
    other = np.eye(2, dtype=int)[np.arange(N) // 7 % 2]
    data = taken(table(tmp_path, rows(LABELS, REAL, other), "class,a,b,c,d,male,female"))
    assert_is(data, np.column_stack([REAL, other]), LABELS)


# ── one class ────────────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("wanted", ["auto", "first", "last"])
def test_a_table_of_one_class_is_refused_with_the_way_out(tmp_path: Path, wanted: str) -> None:
    same = np.full(N, 7)
    path = table(tmp_path, rows(same, REAL, same), "kind,a,b,c,d,kind2")
    text = said(path, wanted)
    assert "only one class" in text
    name = "kind" if wanted == "first" else "kind2"
    assert f"--label-column {name}" in text
    data = taken(path, name)
    assert data.n_classes == 1
    assert "only one class" in notes(data)


# ── as other programs write them ─────────────────────────────────────────────────────────────────────────────────────


def test_a_table_of_pandas_with_its_index(tmp_path: Path) -> None:
    data = taken(table(tmp_path, rows(np.arange(N), REAL, SPECIES[LABELS]), ",a,b,c,d,kind"))
    assert_is(data, REAL, LABELS)
    assert data.feature_names == ("a", "b", "c", "d")


@pytest.mark.parametrize("header", [",0,1,2,3,4", "0,1,2,3,4", "0,1,2,3,target"])
def test_a_table_of_pandas_with_numbered_columns(tmp_path: Path, header: str) -> None:
    index = [np.arange(N)] if header[0] == "," else []
    assert_is(taken(table(tmp_path, rows(*index, REAL, LABELS), header)), REAL, LABELS)


def test_the_rows_of_numpy_arange_have_no_header(tmp_path: Path) -> None:
    path = table(tmp_path, np.arange(5 * N).reshape(N, 5).tolist())
    raw = read(path, label_column="5", drop_bad_rows=False)
    assert raw.train.x.shape == (N, 4)
    assert raw.train.x[0].tolist() == [0, 1, 2, 3]


def test_a_table_of_excel_with_semicolons_and_a_byte_order_mark(tmp_path: Path) -> None:
    path = table(tmp_path, rows(REAL, SPECIES[LABELS]), "a;b;c;d;Größe", ";")
    path.write_bytes(b"\xef\xbb\xbf" + path.read_bytes().replace(b"\n", b"\r\n"))
    data = taken(path)
    assert_is(data, REAL, LABELS)
    assert "separated by semicolons" in notes(data)


@pytest.mark.parametrize(("delimiter", "header"), [(",", '"",'), (" ", "")])
def test_a_table_of_r_with_quoted_names_of_rows(tmp_path: Path, delimiter: str, header: str) -> None:
    names = [f'"{i + 1}"' for i in range(N)]
    quoted = [f'"{name}"' for name in SPECIES[LABELS]]
    columns = delimiter.join(['"Sepal.Length"', '"b"', '"c"', '"d"', '"Species"'])
    data = taken(table(tmp_path, rows(names, REAL, quoted), header + columns, delimiter))
    assert_is(data, REAL, LABELS)
    assert data.feature_names == ("Sepal.Length", "b", "c", "d")


def test_a_table_of_r_whose_rows_have_names_in_words(tmp_path: Path) -> None:
    names = [f'"car {i}"' for i in range(N)]
    assert_is(taken(table(tmp_path, rows(names, REAL, LABELS), '"","a","b","c","d","gear"')), REAL, LABELS)


@pytest.mark.parametrize("delimiter", [" ", ",", "\t"])
@pytest.mark.parametrize("header", ["", "a{0}b{0}c{0}d{0}kind"])
def test_a_table_of_numpy_savetxt(tmp_path: Path, delimiter: str, header: str) -> None:
    path = tmp_path / "saved.txt"
    np.savetxt(path, np.column_stack([REAL, LABELS]), delimiter=delimiter, header=header.format(delimiter))
    data = taken(path)
    assert_is(data, REAL, LABELS)
    assert data.feature_names == (("a", "b", "c", "d") if header else ())


def test_white_space_of_any_width_may_separate_columns(tmp_path: Path) -> None:
    padded = [[f" {a:8.3f}", f"{b:8.3f}  ", t] for a, b, t in zip(REAL[:, 0], REAL[:, 1], LABELS, strict=True)]
    assert_is(taken(table(tmp_path, padded, delimiter="  ")), REAL[:, :2], LABELS)
    path = table(tmp_path, rows(REAL, LABELS), delimiter="\t", name="seeds.txt")
    lines = path.read_text().split("\n")
    lines[7] = lines[7].replace("\t", "\t\t", 1)
    path.write_text("\n".join(lines))
    assert_is(taken(path), REAL, LABELS)


def test_a_comma_behind_the_last_name_or_every_row_is_no_column(tmp_path: Path) -> None:
    assert_is(taken(table(tmp_path, rows(REAL, LABELS), "a,b,c,d,kind,")), REAL, LABELS)
    assert_is(taken(table(tmp_path, rows(REAL, LABELS, [""] * N))), REAL, LABELS)


def test_missing_cells_as_other_programs_write_them_are_bad_cells(tmp_path: Path) -> None:
    broken = rows(REAL, LABELS)
    for row, (column, word) in enumerate([(1, "NA"), (2, "?"), (0, "N/A"), (1, ""), (3, "NULL"), (2, "nan")]):
        broken[row][column] = word
    path = table(tmp_path, broken)
    assert said(path).startswith("6 cells are not finite; the first is row 1, column 2 of")
    data = load(DataRequest(data=str(path), drop_bad_rows=True, train_fraction=1))
    assert data.n_train == N - 6


def test_truths_are_1_and_0_as_inputs_and_words_as_labels(tmp_path: Path) -> None:
    truth = LABELS == 1
    data = taken(table(tmp_path, rows(truth, REAL, truth)))
    assert_is(data, np.column_stack([truth, REAL]), truth)
    assert data.class_names == ("False", "True")


def test_what_is_left_out_or_is_the_label_may_hold_gaps_and_rows_before_a_drop_still_count(tmp_path: Path) -> None:
    broken = rows(np.arange(1, N + 1), REAL, LABELS)
    broken[4][2] = "nan"
    data = load(DataRequest(data=str(table(tmp_path, broken)), drop_bad_rows=True, train_fraction=1))
    assert data.n_features == 4
    assert "counts up by 1" in notes(data)


def test_a_refused_table_can_be_asked_again_for_another_label(tmp_path: Path) -> None:
    path = table(tmp_path, rows(REAL[:, :2], SPECIES[LABELS], REAL[:, 2:]))
    with pytest.raises(DataError) as caught:
        read(path)
    assert caught.value.table is not None
    raw = caught.value.table.samples("3", drop_bad_rows=False)
    np.testing.assert_array_equal(raw.train.x, REAL)


def test_the_same_table_gives_the_same_samples_however_it_is_cut_into_blocks(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = table(tmp_path, rows(np.arange(N), REAL, np.eye(3, dtype=int)[LABELS]))
    expected = read(path)
    monkeypatch.setattr("model.data.loaders.csv_text.BLOCK", 100)
    found = read(path)
    np.testing.assert_array_equal(found.train.x, expected.train.x)
    np.testing.assert_array_equal(found.train.t, expected.train.t)
    assert found.notes == expected.notes
