"""Text from outside is checked where it enters: nothing of it can stop the program, or spoil what it writes."""

import json
import struct
import xml.etree.ElementTree as ET
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from model.cli import train
from model.data.dataset import DataRequest
from model.data.prepare import load
from model.foreign_text import ForeignTextError, names_from_file, showable, text_of, texts_of
from model.training.differences import differences
from model.training.knob import SpecError
from model.training.replay import read_run
from model.training.spec import TrainingSpec
from model.words import echo

CORPUS = Path(__file__).resolve().parent.parent / "corpus"


def codes(*numbers: int, order: str = "<") -> np.ndarray:
    """Make an array of one text from the numbers of its characters, as a file may hold it."""
    return np.frombuffer(struct.pack(f"{order}{len(numbers)}I", *numbers), dtype=f"{order}U{len(numbers)}")


@pytest.mark.parametrize("order", "<>")
def test_a_text_of_characters_that_exist_comes_out_of_its_array(order: str) -> None:
    assert text_of(codes(*map(ord, "Größe ∂💡"), order=order)) == "Größe ∂💡"
    assert text_of(np.array("")) == ""
    assert texts_of(np.array([["a", "bc"], ["", "d"]])) == ["a", "bc", "", "d"]


@pytest.mark.parametrize("order", "<>")
@pytest.mark.parametrize("number", [0x110000, 0xFFFFFFFF, 0xD800, 0xDFFF])
def test_a_character_that_does_not_exist_is_refused_before_a_text_is_made_of_it(order: str, number: int) -> None:
    with pytest.raises(ForeignTextError):
        text_of(codes(ord("a"), number, order=order))
    record = np.zeros(1, dtype=[("step", "i8"), ("knob", f"{order}U2")])
    record["knob"].view()[:] = codes(ord("a"), number, order=order)
    with pytest.raises(ForeignTextError):
        texts_of(record["knob"])


@pytest.mark.parametrize("array", [np.array(1), np.array(b"bytes"), np.array(["a", "b"]), np.array([], dtype="U3")])
def test_what_is_not_one_text_is_refused(array: np.ndarray) -> None:
    with pytest.raises(ForeignTextError):
        text_of(array)


@given(text=st.text(st.characters(exclude_categories=[]), max_size=80), limit=st.none() | st.integers(1, 50))
def test_whatever_is_shown_is_printable_bounded_and_can_stand_in_xml(text: str, limit: int | None) -> None:
    shown = showable(text, limit)
    assert shown.replace("\u200c", "").replace("\u200d", "").isprintable()
    assert limit is None or len(shown) <= limit + 1
    ET.fromstring(f"<a>{shown.replace('&', '').replace('<', '')}</a>".encode())  # noqa: S314
    assert echo(text) == f"“{showable(text, 40)}”"


def test_names_keep_what_can_be_shown_and_tell_of_the_rest() -> None:
    assert names_from_file(["Größe", "a b", "می\u200cخواهم"]) == (("Größe", "a b", "می\u200cخواهم"), False)
    assert names_from_file(["no\xa0break"]) == (("no break",), False)
    assert names_from_file(["a\x1bb", "ok"]) == (("a\\x1bb", "ok"), True)
    (long,), _ = names_from_file(["n" * 5000])
    assert len(long) == 61


@pytest.mark.parametrize("name", ["run_knob_codepoint_systemerror.npz", "run_spec_codepoint_panic.npz"])
def test_a_run_with_characters_that_do_not_exist_is_refused_in_words(name: str) -> None:
    with pytest.raises(SpecError) as caught:
        read_run(CORPUS / name)
    assert "is not a saved run" in str(caught.value)
    assert str(caught.value).isprintable()


def told(text: str) -> str:
    """Read a spec that must be refused, and give all that is said of it."""
    with pytest.raises(SpecError) as caught:
        TrainingSpec.from_json(text)
    said = str(caught.value)
    said.encode()
    assert said.isprintable()
    return said


def test_names_of_knobs_that_hold_control_characters_are_told_in_escapes() -> None:
    assert "\\x1b[31mred\\x07\\n\\r<b>bold</b>" in told((CORPUS / "spec_escape_key.json").read_text())


@pytest.mark.parametrize(
    "text",
    ['{"\\ud800": 1}', '{"init": "\\ud800"}', '{"data": "\\ud800"}', '{"seed": "\\udfff"}'],
)
def test_half_surrogates_in_a_spec_are_told_in_words_that_can_be_printed(text: str) -> None:
    told(text)


def test_of_very_many_unknown_knobs_the_first_are_named_and_the_rest_are_counted() -> None:
    said = told(json.dumps({f"knob_{i}" + "x" * 200: i for i in range(10_000)}))
    assert "“knob_0x" in said
    assert "9,992 more" in said
    assert len(said) < 2_000


def test_a_file_whose_name_is_no_text_keeps_its_name_in_a_spec() -> None:
    spec = TrainingSpec(data="caf\udce9.npz")  # as Python writes the byte e9 on Linux
    text = spec.to_json()
    text.encode()
    assert TrainingSpec.from_json(text) == spec


def test_control_characters_in_class_names_become_escapes_and_that_is_said() -> None:
    data = load(DataRequest(data=str(CORPUS / "svg_control_character.csv"), train_fraction=1))
    assert data.class_names == ("x\\x1by", "z")
    assert any("cannot be shown" in str(note) for note in data.notes)


def test_a_picture_with_such_names_is_whole(tmp_path: Path) -> None:
    data = ["--data", str(CORPUS / "svg_control_character.csv"), "--train-fraction", "1", "--batch-size", "2"]
    out = ["--images", str(tmp_path), "--format", "svg", "--panels", "network,decision,features", "--steps", "1"]
    assert train([*data, *out]) == 0
    for path in tmp_path.iterdir():
        ET.parse(path)  # noqa: S314


def test_names_of_files_and_columns_reach_the_legend_showable() -> None:
    spec = TrainingSpec(data="folder/odd\x1b\n\udce9.csv", label_column="a\x07b" + "c" * 300)
    for words in differences(spec, TrainingSpec(data="other.csv")):
        assert str(words).isprintable()
        assert len(str(words)) < 100
