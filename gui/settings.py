"""What the program remembers from one start to the next; whatever cannot be read is left at its default."""

import json
import math
from collections.abc import Mapping
from typing import Any

from PySide6.QtCore import QByteArray, QSettings

from model.training.knob import SpecError
from model.training.spec import TrainingSpec


class Settings:
    """Typed access to the settings file; only texts and byte arrays, which QSettings gives back unchanged."""

    def __init__(self) -> None:
        self._store = QSettings(QSettings.Format.IniFormat, QSettings.Scope.UserScope, "initscope", "initscope")

    def clear(self) -> None:
        self._store.clear()

    def sync(self) -> bool:
        """Write to disk; returns whether that went well."""
        self._store.sync()
        return self._store.status() == QSettings.Status.NoError

    def data(self, key: str) -> QByteArray:
        value = self._store.value(key)
        return value if isinstance(value, QByteArray) else QByteArray()

    def text(self, key: str, default: str = "") -> str:
        value = self._store.value(key)
        return value if isinstance(value, str) else default

    def table(self, key: str) -> dict[str, Any]:
        """A dict of plain values, empty where there is none."""
        try:
            value = json.loads(self.text(key))
        except (ValueError, RecursionError):
            return {}
        return value if isinstance(value, dict) else {}

    def spec(self) -> TrainingSpec | None:
        """The spec of last time, None where there is none that can be taken."""
        try:
            return TrainingSpec.from_json(self.text("spec")) if self.text("spec") else None
        except SpecError:
            return None

    def speed(self) -> float | str:
        text = self.text("speed", "auto")
        if text in ("auto", "max"):
            return text
        try:
            rate = float(text)
        except ValueError:
            return "auto"
        return rate if rate >= 1 and math.isfinite(rate) else "auto"

    def put(self, key: str, value: str | QByteArray) -> None:
        self._store.setValue(key, value)

    def put_table(self, key: str, table: Mapping[str, object]) -> None:
        self.put(key, json.dumps(table))
