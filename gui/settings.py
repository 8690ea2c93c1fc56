"""What the program remembers from one start to the next: a checked JSON file, of which each field stands for itself.

Qt's own settings are not used: they unpack whatever type a file names, and a damaged one ends the process.
"""

import base64
import binascii
import hashlib
import json
import logging
import os
import stat
from pathlib import Path
from typing import Annotated, Any, BinaryIO, Literal, Self

from platformdirs import user_config_path
from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, PlainSerializer, ValidationError

from gui.look.text_size import SIZES, USUAL
from model.files import write_whole
from model.training.knob import SpecError
from model.training.spec import TrainingSpec

_log = logging.getLogger(__name__)

_LARGEST = 1_000_000
_OF_ENTRIES = {"groups", "views", "keys"}
"""Fields whose entries stand for themselves too."""


def _opened(packed: object) -> bytes:
    """Give the bytes that `_packed` wrote; raises ValueError where any of them changed."""
    if isinstance(packed, bytes):
        return packed
    if not isinstance(packed, str):
        raise ValueError("no text")  # noqa: TRY004  pydantic looks for this kind
    checksum, _, text = packed.partition(":")
    try:
        state = base64.b64decode(text, validate=True)
    except binascii.Error as error:
        raise ValueError(str(error)) from None
    if checksum != _checksum(state):
        raise ValueError("the checksum is of other bytes")
    return state


def _packed(state: bytes) -> str:
    return f"{_checksum(state)}:{base64.b64encode(state).decode('ascii')}"


def _checksum(state: bytes) -> str:
    return hashlib.blake2b(state, digest_size=16).hexdigest()


def _read_spec(value: object) -> object:
    if value is None or isinstance(value, TrainingSpec):
        return value
    try:
        return TrainingSpec.from_json(json.dumps(value))
    except SpecError as error:
        raise ValueError(str(error)) from None


QtState = Annotated[bytes, BeforeValidator(_opened), PlainSerializer(_packed)]
"""What Qt gives to restore later; it reads such bytes unchecked, so they are kept behind a checksum."""

Spec = Annotated[TrainingSpec | None, BeforeValidator(_read_spec)]


class Memory(BaseModel):
    """All that is remembered; frozen."""

    model_config = ConfigDict(strict=True, frozen=True, extra="ignore", allow_inf_nan=False)

    spec: Spec = None
    style: Literal["light", "dark", "contrast", "system"] = "system"
    text_size: Annotated[int, Field(ge=SIZES[0], le=SIZES[-1])] = USUAL
    grid: bool = False
    speed: Literal["auto", "max"] | Annotated[float, Field(ge=1)] = "auto"
    groups: dict[str, bool] = {}
    views: dict[str, dict[str, bool | int | float | str]] = {}
    geometry: QtState = b""
    panels: QtState = b""
    splitter: QtState = b""
    recent: list[Annotated[str, Field(max_length=5000)]] = Field(default=[], max_length=50)
    keys: dict[str, Annotated[list[Annotated[str, Field(max_length=50)]], Field(max_length=5)]] = {}
    palette: list[Annotated[str, Field(max_length=5000)]] = Field(default=[], max_length=50)
    kept_runs: Annotated[int, Field(ge=1, le=1_000_000)] = 1000
    kept_bytes: Annotated[int, Field(ge=1_000_000, le=10**15)] = 2_000_000_000

    @classmethod
    def of(cls, values: dict[str, Any]) -> Self:
        """Take what can be taken of these values; the rest keeps its default."""
        try:
            return cls.model_validate(values)
        except ValidationError as error:
            faults = [fault["loc"] for fault in error.errors(include_url=False, include_input=False)]
        _log.info("settings passed over: %s", faults)
        rest = dict(values)
        for field, *inner in faults:
            entries = rest.get(str(field))
            if field in _OF_ENTRIES and inner and isinstance(entries, dict):
                rest[str(field)] = {name: entry for name, entry in entries.items() if name != inner[0]}
            else:
                rest.pop(str(field), None)
        return cls.model_validate(rest)


class Settings:
    """The settings file of this person, and what it holds."""

    def __init__(self) -> None:
        self._path = user_config_path("initscope") / "settings.json"
        self.memory = Memory.of(_read(self._path))

    def clear(self) -> None:
        """Forget everything."""
        self.keep(Memory())

    def keep(self, memory: Memory) -> bool:
        """Remember this, on disk too; returns whether that went well."""
        self.memory = memory
        # a field a line, so that damage in one leaves the others readable
        lines = [f"{json.dumps(k)}: {json.dumps(v, allow_nan=False)}" for k, v in memory.model_dump().items()]
        text = ("{\n" + ",\n".join(lines) + "\n}\n").encode("ascii")

        def write(stream: BinaryIO) -> None:
            stream.write(text)

        try:
            self._path.parent.mkdir(parents=True, exist_ok=True)
            write_whole(self._path, write, overwrite=True)
        except OSError as error:
            _log.info("the settings were not saved: %s", error)
            return False
        return True


def _read(path: Path) -> dict[str, Any]:
    """Read a JSON object from a regular file of at most 1 MB; an empty one where there is none."""
    try:
        # a pipe in the file's place must not keep the start waiting
        descriptor = os.open(path, os.O_RDONLY | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0))
        with os.fdopen(descriptor, "rb") as file:
            if not stat.S_ISREG(os.fstat(descriptor).st_mode):
                raise OSError("not a regular file")  # noqa: TRY301
            raw = file.read(_LARGEST + 1)
    except FileNotFoundError:
        return {}
    except OSError as error:
        _log.info("the settings could not be read: %s", error)
        return {}
    if len(raw) > _LARGEST:
        return {}
    text = raw.decode("utf-8", errors="replace")
    values = _object(text)
    if not values:
        for line in text.splitlines():
            values |= _object("{" + line.strip().removesuffix(",") + "}")
    return values


def _object(text: str) -> dict[str, Any]:
    """Read a JSON object; an empty one where this is none."""
    try:
        values = json.loads(text)
    except (ValueError, RecursionError, MemoryError):
        return {}
    return values if isinstance(values, dict) else {}
