"""The keys of the actions: those of the table, until a person chooses others."""

from collections.abc import Mapping, Sequence

from PySide6.QtCore import QObject, Signal
from PySide6.QtGui import QAction, QKeySequence

from gui.actions.table import ACTIONS, MENUS
from gui.look.menu_text import titled
from model.words import Message, msg

_PORTABLE, _NATIVE = QKeySequence.SequenceFormat.PortableText, QKeySequence.SequenceFormat.NativeText
_NO_KEYS = ("Shift", "Control", "Ctrl", "Alt", "Meta", "AltGr", "CapsLock", "NumLock")
_FIXED: dict[str, Message] = {
    "Tab": msg("moves from one control to the next"),
    "Backtab": msg("moves back to the control before"),
    "Esc": msg("takes back what is being typed"),
    "Return": msg("takes what has been typed"),
    "Enter": msg("takes what has been typed"),
    "Del": msg("deletes letters and runs"),
    "Backspace": msg("deletes letters"),
}
"""What the keys do that no action can have, with Shift or without."""


def portable(text: str) -> str:
    """Write one key the way the settings do; "" where this is none, or several after one another."""
    keys = QKeySequence(text, _PORTABLE)
    written = keys.toString(_PORTABLE) if keys.count() == 1 else ""
    return "" if written in _NO_KEYS else written


def native(keys: Sequence[str]) -> str:
    """Write the keys of an action as the person's system does."""
    return ", ".join(QKeySequence(key, _PORTABLE).toString(_NATIVE) for key in keys)


def refusal(key: str) -> Message | None:
    """Say why no action can have this key; None where one can."""
    does = _FIXED.get(key.removeprefix("Shift+").removeprefix("Num+"))
    if does is not None:
        return msg("{key} {does} and cannot be used here.", key=native((key,)), does=does)
    for title, _ in MENUS:
        if QKeySequence.mnemonic(str(title)).toString(_PORTABLE) == key:
            return msg("{key} opens the menu {menu} and cannot be used here.", key=native((key,)), menu=titled(title))
    return None


def default_keys(name: str) -> tuple[str, ...]:
    """Give the keys that an action has in the table."""
    info = ACTIONS[name]
    return tuple(map(portable, (info.shortcut, *info.also))) if info.shortcut else ()


def keys_in_force(edits: Mapping[str, Sequence[str]]) -> dict[str, tuple[str, ...]]:
    """Give the keys of every action; what a person chose goes before a default, and no key is given twice."""
    taken: set[str] = set()
    found: dict[str, tuple[str, ...]] = {}
    for name in sorted(ACTIONS, key=lambda name: name not in edits):
        wanted = map(portable, edits[name]) if name in edits else default_keys(name)
        found[name] = tuple(key for key in dict.fromkeys(wanted) if key and key not in taken and not refusal(key))
        taken.update(found[name])
    return found


class Keys(QObject):
    """Gives the actions their keys.

    Attributes
    ----------
    edits : what a person chose, by the ids of actions
    in_force : the keys of every action
    """

    changed = Signal()
    """A person has chosen other keys."""

    def __init__(self, actions: Mapping[str, QAction], parent: QObject) -> None:
        super().__init__(parent)
        self._actions = actions
        self.edits: dict[str, tuple[str, ...]] = {}
        self.in_force = keys_in_force({})

    def remember(self, edits: Mapping[str, Sequence[str]]) -> None:
        """Take what was chosen at an earlier time; what is no action or no key is passed over."""
        self._edit({name: tuple(keys) for name, keys in edits.items() if name in ACTIONS})

    def owners(self, name: str, keys: Sequence[str]) -> dict[str, str]:
        """Tell which of these keys another action has: its id by the key."""
        others = ((key, other) for other, held in self.in_force.items() if other != name for key in held)
        return {key: other for key, other in others if key in keys}

    def give(self, name: str, keys: Sequence[str]) -> None:
        """Give an action these keys; another action that has one of them loses it."""
        chosen = {
            other: tuple(key for key in self.in_force[other] if key not in keys)
            for other in self.owners(name, keys).values()
        }
        self._edit(self.edits | chosen | {name: tuple(keys)})
        self.changed.emit()

    def reset(self) -> None:
        """Give every action the keys of the table."""
        self._edit({})
        self.changed.emit()

    def _edit(self, edits: Mapping[str, tuple[str, ...]]) -> None:
        self.edits = {name: keys for name, keys in edits.items() if keys != default_keys(name)}
        before, self.in_force = self.in_force, keys_in_force(self.edits)
        for name, keys in self.in_force.items():
            if keys != before[name]:
                show_keys(self._actions[name], keys)


def show_keys(action: QAction, keys: Sequence[str]) -> None:
    """Let these keys trigger an action, and its tooltip name the first."""
    action.setShortcuts([QKeySequence(key, _PORTABLE) for key in keys])
    info = ACTIONS[action.objectName()]
    tip = str(info.help or info.text).removesuffix("…")
    action.setToolTip(f"{tip}  ({native(keys[:1])})" if keys else tip)
