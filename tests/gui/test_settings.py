"""The settings file: kept over a restart, and whatever it holds, the program starts with what can be read of it."""

import json
import os
import random
from pathlib import Path

import pytest
from platformdirs import user_config_path
from PySide6.QtCore import QByteArray

from gui.plots.panel.choices import choices_of, fitting_choices
from gui.settings import Memory, Settings
from model.figures.figure import View
from model.figures.panels import PANELS
from model.training.spec import TrainingSpec

CORPUS = Path(__file__).resolve().parents[1] / "corpus"
SPEC = TrainingSpec(hidden_sizes=(30, 20), seed=7, data="tables/größe.csv", learning_rate=0.25)
FULL = {
    "spec": SPEC,
    "style": "dark",
    "speed": 250.0,
    "groups": {"network": False, "numerics": True},
    "views": {"loss": {"log_y": True, "smoothing": 0.5}, "weights": {"layer": "all", "bins": 60}},
    "geometry": bytes(range(66)),
    "panels": b"\x00\x00\x00\xff" * 80,
    "splitter": b"\x01" * 40,
}


@pytest.fixture
def file(home):
    path = user_config_path("initscope") / "settings.json"
    path.parent.mkdir(parents=True)
    return path


def as_json(**replaced):
    return json.loads(json.dumps(Memory.of(FULL).model_dump())) | replaced


def test_everything_is_kept_over_a_restart(home):
    assert Settings().keep(Memory.of(FULL))
    found = Settings().memory
    assert found == Memory.of(FULL)
    assert found.spec == SPEC
    assert found.panels == FULL["panels"]
    assert [entry.name for entry in user_config_path("initscope").iterdir()] == ["settings.json"]


def test_what_is_forgotten_stays_forgotten(home):
    Settings().keep(Memory.of(FULL))
    Settings().clear()
    assert Settings().memory == Memory()


@pytest.mark.parametrize(
    ("field", "junk"),
    [
        ("spec", {"seed": -1}),
        ("spec", '{"seed": 1}'),
        ("spec", {"no_such_knob": 1}),
        ("style", "plaid"),
        ("speed", "warp"),
        ("speed", 0.5),
        ("speed", True),
        ("speed", float("nan")),
        ("speed", 10**400),
        ("groups", [1]),
        ("views", 7),
        ("geometry", "junk"),
        ("geometry", [1, 2]),
        ("panels", "00000000000000000000000000000000:AAAA"),
        ("splitter", "ÿ"),
    ],
)
def test_a_field_that_makes_no_sense_is_passed_over_and_the_others_are_read(file, field, junk):
    file.write_text(json.dumps(as_json(**{field: junk, "from_a_later_version": [1]})), encoding="utf-8")
    expected = {name: value for name, value in FULL.items() if name != field}
    assert Settings().memory == Memory.of(expected)


def test_one_bad_entry_of_a_table_costs_that_entry_only(file):
    groups = {"network": False, "numerics": "yes"}
    views = FULL["views"] | {"loss": {"log_y": [True]}, "accuracy": None}
    file.write_text(json.dumps(as_json(groups=groups, views=views)), encoding="utf-8")
    memory = Settings().memory
    assert memory.groups == {"network": False}
    assert memory.views == {"weights": FULL["views"]["weights"]}
    assert memory.spec == SPEC


@pytest.mark.parametrize("damage", [b"", b"\x00\xff", b'"', b"{[", b"\n"], ids=repr)
@pytest.mark.parametrize("field", FULL)
def test_damage_in_one_field_leaves_the_others_readable(file, field, damage):
    Settings().keep(Memory.of(FULL))
    raw = file.read_bytes()
    start = raw.index(b'"%s": ' % field.encode()) + len(field) + 4
    file.write_bytes(raw[:start] + damage + raw[start + 2 :])
    memory = Settings().memory
    for other in set(FULL) - {field}:
        assert getattr(memory, other) == getattr(Memory.of(FULL), other), other


@pytest.mark.parametrize("field", ["geometry", "panels", "splitter"])
def test_a_state_of_qt_with_a_changed_byte_is_not_handed_to_qt(file, field):
    packed = as_json()[field]
    for place in (0, 31, 33, 40, len(packed) - 4):
        changed = packed[:place] + ("a" if packed[place] != "a" else "b") + packed[place + 1 :]
        file.write_text(json.dumps(as_json(**{field: changed})), encoding="utf-8")
        assert getattr(Settings().memory, field) == b"", place


@pytest.mark.parametrize(
    "raw",
    [b"", b"\xff\xfe", b"[" * 100_000, b"9" * 5_000, b"{}" + b" " * 1_000_001, b'"text"', b'{"a": NaN', b"\x00" * 64],
    ids=["empty", "no UTF-8", "deep", "a long number", "too large", "no object", "cut off", "zeros"],
)
def test_a_file_that_is_no_settings_file_gives_the_defaults(file, raw):
    file.write_bytes(raw)
    assert Settings().memory == Memory()


@pytest.mark.skipif(os.name != "posix", reason="pipes and links as POSIX has them")
@pytest.mark.parametrize("kind", ["pipe", "folder", "endless", "circle"])
def test_what_is_no_file_at_all_neither_stops_nor_holds_up_the_start(file, kind):
    match kind:
        case "pipe":
            os.mkfifo(file)
        case "folder":
            file.mkdir()
        case "endless":
            file.symlink_to("/dev/zero")
        case "circle":
            file.symlink_to(file)
    settings = Settings()
    assert settings.memory == Memory()
    assert not settings.keep(Memory.of(FULL))
    assert settings.memory == Memory.of(FULL)


def test_settings_that_cannot_be_written_leave_the_old_ones(home, monkeypatch):
    settings = Settings()
    assert settings.keep(Memory.of(FULL))

    def full(_descriptor):
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as patch:
        patch.setattr("os.fsync", full)
        assert not settings.keep(Memory(speed="max"))
    assert Settings().memory == Memory.of(FULL)
    assert [entry.name for entry in user_config_path("initscope").iterdir()] == ["settings.json"]


@pytest.mark.skipif(os.name != "posix", reason="limits as POSIX has them")
def test_a_limit_on_the_size_of_files_leaves_the_old_settings(home):
    import resource

    settings = Settings()
    assert settings.keep(Memory.of(FULL))
    usual = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (100, usual[1]))
    try:
        kept = settings.keep(Memory(speed="max"))
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, usual)
    assert not kept
    assert Settings().memory == Memory.of(FULL)
    assert [entry.name for entry in user_config_path("initscope").iterdir()] == ["settings.json"]


# ── what ended the start once ────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("name", ["initscope.ini", "initscope.conf", "settings.json"])
def test_an_old_settings_file_with_types_of_qt_does_not_end_the_start(open_window, file, name):
    file.with_name(name).write_bytes((CORPUS / "settings_crash_a.ini").read_bytes())
    window = open_window()
    assert window.session.spec == TrainingSpec()
    assert window.speed.value() == "auto"


def test_a_saved_layout_that_qt_cannot_bear_is_not_shown_to_it(open_window, file):
    state = (CORPUS / "layout_state_crash.bin").read_bytes()
    values = as_json(spec=None)
    checksum = values["panels"].split(":")[0]
    values["panels"] = f"{checksum}:{QByteArray(state).toBase64().data().decode()}"
    values["geometry"] = values["splitter"] = ""
    file.write_text(json.dumps(values), encoding="utf-8")
    window = open_window()
    assert window.speed.value() == 250
    assert [name for name, view in window.dashboard.visible_panels().items() if view.isVisible()]
    assert set(window.dashboard.panels) == set(PANELS)


# ── mutants ──────────────────────────────────────────────────────────────────────────────────────────────────────────

TOKENS = [
    b"null", b"true", b"1e999", b"NaN", b"[]", b"{}", b'""', b'"', b"{", b"}", b":", b",", b"\\ud800", b"\\u0000",
    b"9" * 400, b"-1", b"\x00", b"\xff", b'"\\udfff"', b"[[[[", b"@Variant(\\0\\0\\0\\x4b)",
    b"0.01", b'"spec"', b'"panels"',
]  # fmt: skip


def mutant(original, dice):
    """Change a file in one to four places: bytes, pieces and tokens, or cut it short."""
    raw = bytearray(original)
    for _ in range(dice.randint(1, 4)):
        start = dice.randrange(len(raw) + 1)
        end = min(len(raw), start + dice.choice((0, 1, 1, 1, 4, 30, 200)))
        match dice.randrange(6):
            case 0:
                raw[start:end] = dice.choice(TOKENS)
            case 1:
                raw[start:end] = b""
            case 2:
                raw[start:end] = dice.randbytes(end - start)
            case 3:
                raw[start:start] = raw[end : end + dice.randrange(60)]
            case 4 if raw[start:end]:
                raw[start] ^= 1 << dice.randrange(8)
            case 5 if dice.random() < 0.1:
                del raw[start:]
    return bytes(raw)


def check_mutants(file, original, number):
    known = Memory.of(FULL)
    states = {b"", known.geometry, known.panels, known.splitter}
    unread = 0
    for seed in range(number):
        file.write_bytes(mutant(original, random.Random(seed)))  # noqa: S311
        memory = Settings().memory
        assert {memory.geometry, memory.panels, memory.splitter} <= states, seed
        unread += memory == Memory()
    return unread


@pytest.fixture
def original(home):
    Settings().keep(Memory.of(FULL))
    return (user_config_path("initscope") / "settings.json").read_bytes()


def test_damaged_settings_files_are_read_as_far_as_they_can(original, home):
    unread = check_mutants(user_config_path("initscope") / "settings.json", original, 300)
    assert 0 < unread < 300


@pytest.mark.soak
def test_a_hundred_thousand_damaged_settings_files_are_read_as_far_as_they_can(original, home):
    check_mutants(user_config_path("initscope") / "settings.json", original, 100_000)


def start_with_mutants(open_window, file, seeds):
    """Start and close the window with each damaged file; what a window itself has left is what is damaged."""
    first = open_window("--style", "dark")
    first.close()
    original = file.read_bytes()
    assert b'"panels"' in original
    for seed in seeds:
        file.write_bytes(mutant(original, random.Random(seed)))  # noqa: S311
        window = open_window()
        assert window.isVisible(), seed
        window.close()


def test_the_window_starts_with_damaged_settings(open_window, home):
    start_with_mutants(open_window, user_config_path("initscope") / "settings.json", range(4))


@pytest.mark.soak
def test_the_window_starts_with_a_thousand_damaged_settings(open_window, home):
    start_with_mutants(open_window, user_config_path("initscope") / "settings.json", range(1_000))


def test_a_chosen_number_format_is_remembered_and_an_unknown_one_is_not() -> None:
    view = View(number_format="e4m3")
    assert fitting_choices(choices_of(view), View())["number_format"] == "e4m3"
    assert not fitting_choices({"number_format": "fp4"}, View())
