"""Tables as files: CSV that every reader takes as it is, with a companion that says what it means, and NPZ."""

import csv
import io
import json
import math
from collections.abc import Iterable, Sequence
from typing import Any, BinaryIO

import numpy as np
import numpy.typing as npt

from model.figures.provenance import RECIPE_KEY, Provenance, npz_entries
from model.figures.tables.table import Cell, Column, Table, Values, columns_of
from model.figures.text_fit import one_line
from model.words import msg

_FORMULA = tuple("=+-@＝＋－＠")
_TABLE = Column("table", "string", msg("what the row is: the file holds several kinds"))


def write_csv(tables: Sequence[Table], stream: BinaryIO) -> None:
    """Write tables below one another, the names of all their columns on top, and nothing besides."""
    columns = csv_columns(tables)
    names = [column.name for column in columns]
    several = len(tables) > 1
    rows = (
        (table.name, *row) if several else row
        for table in tables
        for row in table.rows(names[1:] if several else names)
    )
    write_rows(names, rows, stream)


def write_rows(names: Sequence[str], rows: Iterable[Sequence[Cell]], stream: BinaryIO) -> None:
    """Write a header and rows as CSV in UTF-8; numbers as the shortest text that reads back as the same number."""
    text = io.TextIOWrapper(stream, encoding="utf-8", errors="backslashreplace", newline="")
    table = csv.writer(text, lineterminator="\n")
    table.writerow([_guarded(name) for name in names])
    table.writerows([_written(cell) for cell in row] for row in rows)
    text.flush()
    text.detach()


def csv_columns(tables: Sequence[Table]) -> tuple[Column, ...]:
    """List the columns of the CSV; where it holds several tables the first one names the table of a row."""
    return (_TABLE, *columns_of(tables)) if len(tables) > 1 else columns_of(tables)


def companion_text(name: str, title: str, columns: Sequence[Column], provenance: Provenance) -> str:
    """Describe a CSV file: its columns with meaning and unit, and the recipe (W3C, CSV on the Web, 2015)."""
    described = [
        {
            "name": column.name,
            "datatype": column.kind,
            "dc:description": str(column.meaning),
            **({"schema:unitText": column.unit} if column.unit else {}),
        }
        for column in columns
    ]
    whole = {
        "@context": "http://www.w3.org/ns/csvw",
        "url": name,
        "dc:title": title,
        "tableSchema": {"columns": described},
        RECIPE_KEY: provenance.as_json(),
    }
    return json.dumps(whole, indent=1, ensure_ascii=False) + "\n"


def write_npz(tables: Sequence[Table], provenance: Provenance, stream: BinaryIO) -> None:
    """Write every column as the array `<table>/<column>`, what they mean as `columns`, and the recipe."""
    arrays = npz_entries(provenance)
    described = [
        (f"{table.name}/{column.name}", column.unit, str(column.meaning))
        for table in tables
        for column in table.columns
    ]
    arrays["columns"] = np.array(described, dtype=np.str_).reshape(-1, 3)
    np.savez_compressed(stream, allow_pickle=False, **arrays, **table_arrays(tables))


def table_arrays(tables: Sequence[Table]) -> dict[str, npt.NDArray[Any]]:
    """Give every column as an array (n_rows,) by `<table>/<column>`; a missing number is NaN."""
    return {
        f"{table.name}/{column.name}": _array(values)
        for table in tables
        for column, values in zip(table.columns, table.values, strict=True)
    }


def _array(values: Values) -> npt.NDArray[Any]:
    if isinstance(values, np.ma.MaskedArray):
        return np.ma.filled(values.astype(np.float64), math.nan)
    return np.asarray(values) if isinstance(values, np.ndarray) else np.array(list(values), dtype=np.str_)


def _written(cell: Cell) -> str:
    if cell is None:
        return ""
    return _guarded(cell) if isinstance(cell, str) else repr(cell)


def _guarded(text: str) -> str:
    """Bring a text to one line, and guard it against being taken for a formula by a spreadsheet (CWE-1236)."""
    line = one_line(text)
    return f"'{line}" if line.startswith(_FORMULA) else line
