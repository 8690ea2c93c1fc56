"""The spec: every knob takes what it says it takes, refuses the rest at its own name, and is written as it is read."""

import json
import math
import struct
from collections.abc import Callable
from functools import partial
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from model.arguments import parse_train_arguments, parse_window_arguments
from model.training.knob import Knob, SpecError
from model.training.spec import KNOBS, TrainingSpec

NUMBERS = [name for name, knob in KNOBS.items() if knob.kind in ("float", "int", "sizes")]
FLOATS = [name for name, knob in KNOBS.items() if knob.kind == "float"]
WHOLE = [name for name, knob in KNOBS.items() if knob.kind in ("int", "sizes")]
CHOICES = [name for name, knob in KNOBS.items() if knob.kind == "choice"]

LIMITS = {
    "weight_init_std": "0 or larger",
    "bias_init_std": "0 or larger",
    "seed": "0 to 4294967295",
    "hidden_sizes": "1 to 20 whole numbers, each at least 1",
    "base_width": "1 to 1000000",
    "samples": "10 to 1000000",
    "noise": "0 to 10",
    "data_seed": "0 to 4294967295",
    "train_fraction": "0.01 to 1",
    "learning_rate": "0 or larger",
    "momentum": "0 to 1",
    "weight_decay": "0 or larger",
    "batch_size": "at least 1",
    "steps": "0 to 1000000000",
    "eval_every": "0 to 1000000000",
    "stop_accuracy": "0 to 1",
}

NO_NUMBER = {
    "nothing": "",
    "a space": " ",
    "a space before": " 1",
    "a space behind": "1 ",
    "a space inside": "1 000",
    "a no-break space": "1\u00a0000",
    "a line break": "1\n",
    "an underscore": "1_000",
    "full-width digits": "１２",
    "Arabic digits": "١٢",
    "a fraction sign": "½",
    "a right-to-left mark": "1\u200f",
    "a NUL": "1\0",
    "a minus sign that is none": "\u22121",
    "hexadecimal": "0x10",
    "two signs": "--1",
    "an open exponent": "1e",
    "two points": "1.2.3",
    "NaN": "nan",
    "infinity": "inf",
    "minus infinity": "-Infinity",
    "a word": "none",
    "five thousand digits": "1" * 5000,
    "a megabyte": "9" * 1_000_000,
    "a megabyte of letters": "x" * 1_000_000,
}


def reading(name: str, text: str) -> object:
    """What a person gets who types `text` for a knob."""
    value = KNOBS[name].parse(text)
    return getattr(TrainingSpec.from_values({name: value}), name)


def faults(make: Callable[[], object]) -> dict[str, str]:
    """The messages of a refusal, none where nothing is refused."""
    try:
        make()
    except SpecError as error:
        return {name: str(message) for name, message in error.messages.items()}
    return {}


def refusal(name: str, text: str) -> str:
    """The message at the knob, and at no other."""
    messages = faults(lambda: reading(name, text))
    assert list(messages) == [name]
    return messages[name]


def assert_safe_to_show(message: str) -> None:
    assert message.isprintable()
    assert len(message) < 300
    echoed = message.partition("“")[2].rpartition("”")[0]
    assert len(echoed) <= 41  # the last may be an ellipsis


# ── what is typed ────────────────────────────────────────────────────────────────────────────────────────────────────


def test_every_number_has_its_limits_in_this_table() -> None:
    assert sorted(LIMITS) == sorted(NUMBERS)


@pytest.mark.parametrize("name", NUMBERS)
@pytest.mark.parametrize("text", NO_NUMBER.values(), ids=NO_NUMBER)
def test_a_text_that_is_no_number_is_refused_with_the_limits(name: str, text: str) -> None:
    message = refusal(name, text)
    assert LIMITS[name] in message
    assert_safe_to_show(message)


@pytest.mark.parametrize("name", FLOATS)
@pytest.mark.parametrize("text", ["1e999", "-1e999", "1e400"])
def test_a_number_beyond_floats_is_refused_as_not_finite(name: str, text: str) -> None:
    assert "finite number" in refusal(name, text)


@pytest.mark.parametrize("name", FLOATS)
@pytest.mark.parametrize(("text", "advice"), [("0,01", "Use 0.01"), ("-0,5", "Use -0.5"), ("12,5e-3", "Use 12.5e-3")])
def test_a_decimal_comma_is_never_guessed_at_but_corrected(name: str, text: str, advice: str) -> None:
    message = refusal(name, text)
    assert message.startswith(advice)
    assert LIMITS[name] in message


@pytest.mark.parametrize("name", FLOATS)
@pytest.mark.parametrize("text", ["1,234", "1,234.5", "1.234,5", "1,2,3"])
def test_a_comma_that_could_mean_thousands_gets_no_suggestion(name: str, text: str) -> None:
    message = refusal(name, text)
    assert message.startswith("Use a decimal point and no separators")
    assert LIMITS[name] in message


@pytest.mark.parametrize("name", WHOLE)
@pytest.mark.parametrize("text", ["1.0", "1e3", "0.5"])
def test_a_whole_number_is_written_without_point_or_exponent(name: str, text: str) -> None:
    assert LIMITS[name] in refusal(name, text)


OUTSIDE = [
    ("weight_init_std", "-1e-3"),
    ("learning_rate", "-0.1"),
    ("weight_decay", "-5e-324"),
    ("momentum", "-0.1"),
    ("momentum", "1.0000001"),
    ("noise", "-1"),
    ("noise", "10.1"),
    ("train_fraction", "0"),
    ("train_fraction", "1.01"),
    ("seed", "-1"),
    ("seed", str(2**32)),
    ("seed", str(2**200)),
    ("data_seed", "-1"),
    ("data_seed", str(2**200)),
    ("samples", "9"),
    ("samples", "1000001"),
    ("batch_size", "0"),
    ("batch_size", "-1"),
    ("steps", "-1"),
    ("steps", "1000000001"),
    ("eval_every", "-1"),
    ("eval_every", "9" * 300),
    ("hidden_sizes", "0"),
    ("hidden_sizes", "-1"),
    ("hidden_sizes", "50,0"),
    ("hidden_sizes", "0,01"),
    ("hidden_sizes", "50,"),
    ("hidden_sizes", ",50"),
    ("hidden_sizes", ","),
    ("hidden_sizes", "50, 50"),
    ("hidden_sizes", "50;50"),
    ("hidden_sizes", "[50]"),
    ("hidden_sizes", ",".join(["1"] * 21)),
]


@pytest.mark.parametrize(("name", "text"), OUTSIDE)
def test_a_number_outside_the_limits_is_refused_with_them(name: str, text: str) -> None:
    message = refusal(name, text)
    assert LIMITS[name] in message
    assert_safe_to_show(message)


INSIDE = [
    ("weight_init_std", "0", 0.0),
    ("weight_init_std", "1e3", 1e3),
    ("weight_init_std", "1e308", 1e308),
    ("weight_init_std", "5e-324", 5e-324),
    ("weight_init_std", ".5", 0.5),
    ("weight_init_std", "+5.", 5.0),
    ("weight_init_std", "1E-3", 1e-3),
    ("learning_rate", "0", 0.0),
    ("learning_rate", "1e300", 1e300),
    ("momentum", "1", 1.0),
    ("train_fraction", "0.01", 0.01),
    ("seed", "0", 0),
    ("seed", "4294967295", 2**32 - 1),
    ("seed", "007", 7),
    ("batch_size", "1", 1),
    ("steps", "0", 0),
    ("hidden_sizes", "50", (50,)),
    ("hidden_sizes", "1,2,3", (1, 2, 3)),
    ("hidden_sizes", "1000000000000", (10**12,)),
    ("hidden_sizes", ",".join(["1"] * 20), (1,) * 20),
]


@pytest.mark.parametrize(("name", "text", "value"), INSIDE)
def test_a_number_within_the_limits_is_taken_exactly(name: str, text: str, value: object) -> None:
    found = reading(name, text)
    assert (type(found), found) == (type(value), value)


@pytest.mark.parametrize("name", CHOICES)
@pytest.mark.parametrize("text", ["", "ReLU", "relu\0", "std ", "digit", "x" * 1_000_000])
def test_a_choice_that_does_not_exist_is_refused_with_all_that_do(name: str, text: str) -> None:
    message = refusal(name, text)
    assert ", ".join(KNOBS[name].choices) in message
    assert_safe_to_show(message)


@pytest.mark.parametrize("name", [name for name, knob in KNOBS.items() if knob.kind == "flag"])
@pytest.mark.parametrize("text", ["", "yes", "True", "1", "on"])
def test_a_switch_is_true_or_false(name: str, text: str) -> None:
    assert "true or false" in refusal(name, text)
    assert (reading(name, "true"), reading(name, "false")) == (True, False)


def test_a_path_has_no_nul_and_an_empty_one_is_none() -> None:
    assert "path" in refusal("data", "digits\0.npz")
    assert reading("data", "") is None
    assert reading("data", "a b/ü\n.npz") == "a b/ü\n.npz"


# ── what programs give ───────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("value", [math.nan, math.inf, -math.inf, -1.0, "1", None, True, [1.0], 10**400, 1j])
def test_a_value_that_is_no_std_is_refused_at_its_name(value: object) -> None:
    (message,) = faults(lambda: TrainingSpec.from_values({"weight_init_std": value})).values()
    assert "a finite number, 0 or larger" in message
    assert_safe_to_show(message)


@pytest.mark.parametrize("value", [-1, 2**200, 1.0, "1", True, None, math.nan, pytest.param(10**5000, id="huge")])
def test_a_value_that_is_no_seed_is_refused_at_its_name(value: object) -> None:
    (message,) = faults(lambda: TrainingSpec.from_values({"seed": value})).values()
    assert "0 to 4294967295" in message
    assert_safe_to_show(message)


def test_every_fault_is_told_at_once() -> None:
    wrong = {"seed": -1, "momentum": 2.0, "hidden_sizes": (), "activation": "softmax", "colour": "red"}
    messages = faults(lambda: TrainingSpec().replaced(**wrong))
    assert set(messages) == set(wrong)
    assert "no knob “colour”" in messages["colour"]


@pytest.mark.parametrize(
    ("text", "factors"),
    [
        ("1", (1.0,)),
        ("1,0.01", (1.0, 0.01)),
        ("0,0", (0.0, 0.0)),
        ("1/64,sqrt(4),2*3", (1 / 64, 2.0, 6.0)),
        ("1x20,0.01", (*[1.0] * 20, 0.01)),
        ("0.5 ×3,1", (0.5, 0.5, 0.5, 1.0)),
        ("1e-3x2", (0.001, 0.001)),
    ],
)
def test_factors_of_layers_can_be_typed_with_runs_and_calculations(text: str, factors: tuple[float, ...]) -> None:
    knob = KNOBS["layer_gains"]
    assert knob.parse(text) == factors
    assert knob.parse(knob.shown(factors)) == factors
    assert knob.parse(knob.format(factors)) == factors


@pytest.mark.parametrize(
    "text", ["", "1,", ",1", "1,,1", "1, 2", "1 2", "a", "1x0", "x3", "nan", "1,inf", "1x2x3", "1x" + "9" * 99]
)
def test_what_is_no_list_of_factors_is_refused_with_what_would_be(text: str) -> None:
    message = refusal("layer_gains", text)
    assert "one factor or one for each weight layer" in message
    assert_safe_to_show(message)


@pytest.mark.parametrize(("text", "meant"), [("0,01", "0.01"), ("1,05", "1.05")])
def test_a_decimal_comma_makes_no_two_factors(text: str, meant: str) -> None:
    assert refusal("layer_gains", text).startswith(f"Use {meant}, with a point")
    assert KNOBS["layer_gains"].suggestion(text) == meant


@pytest.mark.parametrize(
    ("gains", "hidden", "refitted"),
    [
        ((0.5,), (50, 50), (0.5,)),
        ((1.0, 0.01), (50, 50, 50), (1.0, 1.0, 1.0, 0.01)),
        ((2.0, 1.0, 0.01), (50, 50, 50), (2.0, 1.0, 1.0, 0.01)),
        ((2.0, 1.0, 3.0, 0.01), (50,), (2.0, 0.01)),
        ((2.0, 0.01), (30,), (2.0, 0.01)),
    ],
)
def test_in_a_network_of_another_depth_the_last_gain_stays_that_of_the_output_layer(gains, hidden, refitted) -> None:
    spec = TrainingSpec(hidden_sizes=(50,) * max(len(gains) - 1, 1), layer_gains=gains)
    assert spec.turned("hidden_sizes", hidden) == spec.replaced(hidden_sizes=hidden, layer_gains=refitted)


def test_a_spec_cannot_be_changed() -> None:
    spec = TrainingSpec()
    with pytest.raises(ValueError, match="frozen"):
        spec.seed = 3  # type: ignore[misc]
    assert spec == TrainingSpec()


def test_an_evaluation_comes_every_hundredth_unless_told_otherwise() -> None:
    assert TrainingSpec(steps=2000).eval_interval == 20
    assert TrainingSpec(steps=50).eval_interval == 1
    assert TrainingSpec(steps=0).eval_interval == 1
    assert TrainingSpec(steps=2000, eval_every=7).eval_interval == 7


# ── choices that bring others with them ──────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("scheme", [scheme for scheme in KNOBS["init"].choices if scheme != "std"])
def test_turning_the_dial_selects_the_scheme_std(scheme: str) -> None:
    spec = TrainingSpec(init=scheme, weight_init_std=0.3)
    assert spec.turned("weight_init_std", 0.3) == spec.replaced(init="std")
    assert spec.turned("weight_init_std", 2.0) == spec.replaced(init="std", weight_init_std=2.0)


def test_choosing_a_scheme_keeps_the_std_for_later() -> None:
    assert TrainingSpec(weight_init_std=0.3).turned("init", "he") == TrainingSpec(weight_init_std=0.3, init="he")


def test_choosing_a_data_set_lets_go_of_a_file() -> None:
    spec = TrainingSpec(data="mnist.npz")
    assert spec.turned("dataset", "moons") == TrainingSpec(dataset="moons")
    assert spec.turned("dataset", "digits") == TrainingSpec()
    assert spec.turned("data", "other.npz") == TrainingSpec(data="other.npz")


@pytest.mark.parametrize("name", sorted(set(KNOBS) - {"weight_init_std", "dataset"}))
def test_turning_any_other_knob_changes_nothing_else(name: str) -> None:
    spec = TrainingSpec(init="he", data="mnist.npz")
    value = getattr(spec, name)
    assert spec.turned(name, value) == spec


def test_a_refused_turn_says_so_at_the_knob() -> None:
    assert list(faults(lambda: TrainingSpec(init="he").turned("weight_init_std", -1.0))) == ["weight_init_std"]


# ── what is written is read again ────────────────────────────────────────────────────────────────────────────────────

PATHS = st.text(st.characters(exclude_characters="\0", exclude_categories=["Cs"]), min_size=1)


def values(knob: Knob) -> st.SearchStrategy[object]:
    """All that a knob takes."""
    match knob.kind:
        case "float":
            return st.floats(knob.low, knob.high, allow_nan=False, allow_infinity=False).map(abs)
        case "int":
            return st.integers(int(knob.low or 0), 10**30 if knob.high is None else int(knob.high))
        case "sizes":
            return st.lists(st.integers(1, 10**12), min_size=1, max_size=int(knob.high or 1)).map(tuple)
        case "factors":
            factors = st.floats(0, allow_nan=False, allow_infinity=False).map(abs)
            return st.lists(factors, min_size=1, max_size=int(knob.high or 1)).map(tuple)
        case "choice":
            return st.sampled_from(knob.choices)
        case "flag":
            return st.booleans()
        case "path":
            return st.none() | PATHS
        case "column":
            return st.text(min_size=1, max_size=400)


def same(one: object, other: object) -> bool:
    """Equal to the last bit."""
    if isinstance(one, float) and isinstance(other, float):
        return struct.pack("d", one) == struct.pack("d", other)
    return type(one) is type(other) and one == other


# Each knob at its default half of the time, as nobody turns all.
SPECS = st.fixed_dictionaries({}, optional={name: values(knob) for name, knob in KNOBS.items()}).map(
    TrainingSpec.from_values
)


@pytest.mark.parametrize("name", KNOBS)
@given(data=st.data())
def test_every_value_of_a_knob_is_written_so_that_it_is_read_exactly(name: str, data: st.DataObject) -> None:
    value = data.draw(values(KNOBS[name]))
    text = KNOBS[name].format(value)
    assert same(KNOBS[name].parse(text), value)
    assert same(reading(name, text), value)


@given(spec=SPECS)
def test_every_spec_survives_json(spec: TrainingSpec) -> None:
    again = TrainingSpec.from_json(spec.to_json())
    assert all(same(getattr(again, name), getattr(spec, name)) for name in KNOBS)
    assert json.loads(spec.to_json()).keys() == KNOBS.keys()


@given(spec=SPECS)
def test_its_flags_bring_the_command_line_to_any_spec(spec: TrainingSpec) -> None:
    assert parse_train_arguments(spec.flags()).spec == spec
    assert TrainingSpec.from_values(parse_window_arguments(spec.flags()).values) == spec


def test_a_file_whose_name_looks_like_a_flag_is_still_a_file() -> None:
    spec = TrainingSpec(data="--seed")
    assert parse_train_arguments(spec.flags()).spec == spec


def test_the_default_spec_needs_no_flags() -> None:
    assert TrainingSpec().flags() == []


@given(text=st.text(max_size=60))
def test_whatever_is_typed_is_taken_or_refused_at_its_knob(text: str) -> None:
    for name in KNOBS:
        messages = faults(lambda: reading(name, text))  # noqa: B023  called here
        assert set(messages) <= {name}
        assert all(messages.values())


# ── files ────────────────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "spec.json"


def refused(file: Path, content: bytes) -> dict[str, str]:
    file.write_bytes(content)
    messages = faults(lambda: TrainingSpec.from_file(file))
    assert messages
    return messages


def test_a_file_holds_what_was_written_and_defaults_for_the_rest(file: Path) -> None:
    spec = TrainingSpec(hidden_sizes=(7, 8), data="ü.npz", learning_rate=1e-17, drop_bad_rows=True)
    file.write_text(spec.to_json(), encoding="utf-8")
    assert TrainingSpec.from_file(file) == spec
    file.write_text('\ufeff{"hidden_sizes": [3, 4], "weight_init_std": 1}', encoding="utf-8")
    assert TrainingSpec.from_file(file) == TrainingSpec(hidden_sizes=(3, 4), weight_init_std=1.0)
    file.write_text("{}")
    assert TrainingSpec.from_file(file) == TrainingSpec()


NO_SPEC = {
    "nothing": (b"", "not valid JSON"),
    "half of one": (b'{"seed": 1', "not valid JSON"),
    "a list": (b"[1]", "JSON object"),
    "a text": (b'"seed"', "JSON object"),
    "null": (b"null", "JSON object"),
    "NUL bytes": (b"\0" * 100, "not valid JSON"),
    "a key twice": (b'{"seed": 1, "seed": 2}', "twice"),
    "a key twice inside": (b'{"seed": {"a": 1, "a": 2}}', "twice"),
    "bytes that are no UTF-8": (b'{"data": "caf\xe9.npz"}', "not UTF-8"),
    "UTF-16": ('{"seed": 1}'.encode("utf-16"), "not UTF-8"),
    "brackets 100,000 deep": (b"[" * 100_000, "not valid JSON"),
    "objects 100,000 deep": (b'{"seed":' * 100_000, "not valid JSON"),
    "two megabytes": (b'{"seed": 1}' + b" " * 2_000_000, "larger than 1 MB"),
}


@pytest.mark.parametrize(("content", "words"), NO_SPEC.values(), ids=NO_SPEC)
def test_a_file_that_is_no_spec_is_refused_as_a_whole(file: Path, content: bytes, words: str) -> None:
    (name,) = messages = refused(file, content)
    assert name == ""
    assert words in messages[name]
    assert messages[name].isprintable()
    assert len(messages[name]) < 400


WRONG_TYPES = {
    "float": ['"0.5"', "null", "true", "[0.5]", "{}", "NaN", "Infinity", "-Infinity", "1e999", "1" + "0" * 5000],
    "int": ["1.0", '"1"', "null", "true", "[1]", "{}", "NaN", "1e999", "1" + "0" * 5000],
    "sizes": ["50", '"50"', "null", "[]", "[0]", '["50"]', "[1.5]", "[true]", "[null]", "[[50]]", "{}", "[NaN]"],
    "factors": ["1", '"1"', "null", "[]", "[-1]", '["1"]', "[true]", "[null]", "[[1]]", "{}", "[NaN]", "[1e999]"],
    "choice": ["0", "null", "true", '""', '"other"', "[]", "{}"],
    "path": ["5", "true", "[]", "{}", "1.5"],
    "column": ['""', "0", "-1", "true", "null", "[]", "{}", "1.5"],
    "flag": ["0", "1", '"true"', "null", "[]"],
}


@pytest.mark.parametrize(("name", "text"), [(n, text) for n, knob in KNOBS.items() for text in WRONG_TYPES[knob.kind]])
def test_a_value_of_the_wrong_type_is_refused_at_its_knob(file: Path, name: str, text: str) -> None:
    messages = refused(file, f'{{"{name}": {text}}}'.encode())
    assert list(messages) == [name]
    assert str(KNOBS[name].limits()) in messages[name]
    assert_safe_to_show(messages[name])


def test_an_integer_of_5_000_digits_inside_hidden_sizes_is_too_large(file: Path) -> None:
    messages = refused(file, b'{"hidden_sizes": [50, 1' + b"0" * 5000 + b"]}")
    assert "too large" in messages["hidden_sizes"]


def test_a_knob_that_does_not_exist_is_named(file: Path) -> None:
    messages = refused(file, b'{"weight_init_sdt": 1, "std\\u0000": 1, "seed": -1}')
    assert "“weight_init_sdt”" in messages["weight_init_sdt"]
    assert "“std\\x00”" in messages["std\0"]
    assert "seed" in messages


@pytest.mark.parametrize("content", ["hello", "[1]", '{"seed": 1, "seed": 2}'])
def test_a_file_that_is_no_json_is_told_with_its_path(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, content: str
) -> None:
    monkeypatch.chdir(tmp_path)  # the test's own folder may be too long to be told in full
    file = Path("spec.json")
    file.write_text(content)
    with pytest.raises(SpecError, match=file.name):
        TrainingSpec.from_file(file)


def test_a_spec_that_cannot_be_read_is_told_with_its_path(tmp_path: Path) -> None:
    for path in (tmp_path / "missing.json", tmp_path, tmp_path / "a\0b"):
        message = faults(partial(TrainingSpec.from_file, path))[""]
        assert "cannot be read" in message
        assert message.isprintable()


@given(raw=st.binary(max_size=200) | st.text(max_size=100).map(lambda text: text.encode("utf-8", "surrogatepass")))
def test_no_bytes_bring_anything_but_a_spec_or_a_refusal(raw: bytes, tmp_path_factory: pytest.TempPathFactory) -> None:
    file = tmp_path_factory.getbasetemp() / "fuzzed.json"
    file.write_bytes(raw)
    assert all(faults(lambda: TrainingSpec.from_file(file)).values())


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=10),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=8,
)


@given(values=st.dictionaries(st.sampled_from(list(KNOBS)) | st.text(max_size=8), JSON, max_size=6))
def test_no_json_brings_anything_but_a_spec_or_a_refusal_at_its_knobs(values: dict[str, object]) -> None:
    assert set(faults(lambda: TrainingSpec.from_json(json.dumps(values)))) <= set(values)


# ── short forms that people type and read ────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("text", "sizes"),
    [
        ("50x8", (50,) * 8),
        ("50×8", (50,) * 8),
        ("50 ×8", (50,) * 8),
        ("50 x 8", (50,) * 8),
        ("50*8", (50,) * 8),
        ("100,50x3,10", (100, 50, 50, 50, 10)),
        ("50x1", (50,)),
        ("50,50", (50, 50)),
    ],
)
def test_layers_of_one_size_can_be_typed_as_one(text, sizes):
    assert KNOBS["hidden_sizes"].parse(text) == sizes


@pytest.mark.parametrize("text", ["50x", "x8", "50x0", "50x-2", "50xx8", "50x8x2", "50  x8", "50x999999999", "50x1e3"])
def test_what_is_no_run_of_layers_is_refused(text):
    with pytest.raises(SpecError):
        KNOBS["hidden_sizes"].parse(text)


@pytest.mark.parametrize(
    ("sizes", "text"),
    [((50,) * 8, "50 ×8"), ((50,) * 3, "50,50,50"), ((100, *(50,) * 4, 10), "100,50 ×4,10"), ((7,), "7")],
)
def test_many_layers_of_one_size_are_shown_as_one_and_read_back(sizes, text):
    knob = KNOBS["hidden_sizes"]
    assert knob.shown(sizes) == text
    assert knob.parse(text) == sizes
    assert knob.format(sizes) == ",".join(map(str, sizes))


@pytest.mark.parametrize(("name", "word"), [("eval_every", "auto"), ("stop_accuracy", "off")])
def test_a_zero_that_is_a_choice_reads_as_its_word(name, word):
    knob = KNOBS[name]
    assert knob.shown(knob.default) == word
    assert knob.parse(word) == knob.parse("0") == 0
    assert type(knob.parse(word)) is type(knob.default)
    assert word in str(knob.limits())
    assert KNOBS["weight_decay"].shown(0.0) == "0"
    with pytest.raises(SpecError):
        KNOBS["weight_decay"].parse(word)


def test_short_forms_stay_out_of_files():
    spec = TrainingSpec(hidden_sizes=(50,) * 8)
    assert '"hidden_sizes": [50, 50, 50, 50, 50, 50, 50, 50]' in spec.to_json()
    assert '"eval_every": 0' in spec.to_json()
