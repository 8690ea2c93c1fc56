"""What the command palette offers: every action, panel, knob, preset and recent file, found by a few letters."""

import os
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from PySide6.QtGui import QAction

from gui.actions.keys import native
from gui.actions.matching import Fit, Rank, best_rank, explains, plain
from gui.actions.table import ACTIONS, MENUS, with_submenus
from gui.look.menu_text import titled
from model.figures.panels import PANELS
from model.foreign_text import showable
from model.training.knob import Knob, SpecError
from model.training.presets import Preset
from model.training.spec import KNOBS, TrainingSpec
from model.words import Message, msg

_LONGEST = 60
"""Letters of a value or a file's name that are shown."""


@dataclass(frozen=True, slots=True)
class Entry:
    """One thing to choose.

    Attributes
    ----------
    id : by which it is remembered as recently used
    text, kind, keys : what is shown: in full, paler behind it, and at the right end
    names : what it may be called, as `plain` writes it
    help : further words by which it is found, as `plain` writes them
    """

    id: str
    text: str
    kind: str
    run: Callable[[], object]
    names: tuple[str, ...]
    help: str = ""
    keys: str = ""
    tip: str = ""
    enabled: bool = True


def found(typed: str, entries: Iterable[Entry], recent: Sequence[str]) -> list[Entry]:
    """Give the entries that fit, the best first; where nothing is typed all of them, those used lately first."""
    letters = plain(typed)
    late = {name: at for at, name in enumerate(recent)}
    fits = ((_rank(letters, entry), entry) for entry in entries)
    kept = [(fit, late.get(entry.id, len(late)), entry) for fit, entry in fits if fit is not None]
    if letters:
        kept.sort(key=lambda row: (row[0].fit, row[1], row[0].spread, len(row[2].text)))
    else:
        kept.sort(key=lambda row: row[1])
    return [entry for *_, entry in kept]


def _rank(letters: str, entry: Entry) -> Rank | None:
    best = best_rank(letters, entry.names)
    if (best is None or best.fit > Fit.HELP) and explains(letters, f"{entry.names[0]} {entry.help}"):
        return Rank(Fit.HELP, 0)
    return best


def action_entries(
    actions: Mapping[str, QAction], keys: Mapping[str, Sequence[str]], panel: Message
) -> Iterator[Entry]:
    """List all actions under their menus; those that act on a panel name it."""
    for title, names in MENUS:
        kind = titled(title)
        for name in with_submenus(names):
            if name == "of_panel":
                kind = f"{titled(title)} · {panel}"
            elif not name:
                kind = titled(title)
            if name in actions and name != "palette":
                yield _action_entry(actions[name], kind, keys[name])


def _action_entry(action: QAction, kind: str, keys: Sequence[str]) -> Entry:
    info = ACTIONS[action.objectName()]
    text = action.text()
    on = info.checkable and action.isChecked() and text == str(info.text)
    return Entry(
        f"action {info.id}",
        text,
        str(msg("{kind} · on", kind=kind)) if on else kind,
        action.trigger,
        tuple(dict.fromkeys(map(plain, (text, str(info.text), info.id)))),
        plain(str(info.help or "")),
        native(keys[:1]),
        str(info.help or ""),
        action.isEnabled(),
    )


def panel_entries(show: Callable[[str], object]) -> Iterator[Entry]:
    """List all panels, to be brought to the front."""
    for name, panel in PANELS.items():
        text = str(msg("Show panel {panel}", panel=panel.title))
        names = tuple(map(plain, (text, str(panel.title), name)))
        help_ = str(panel.help)
        yield Entry(f"panel {name}", text, str(msg("Panel")), partial(show, name), names, plain(help_), tip=help_)


def preset_entries(presets: Iterable[Preset], take: Callable[[Preset], object]) -> Iterator[Entry]:
    """List all figures from the literature."""
    for preset in presets:
        title, look = str(msg(preset.title)), str(msg(preset.look))
        kind = f"{msg('Preset')} · {msg(preset.group)}"
        yield Entry(
            f"preset {preset.id}", title, kind, partial(take, preset),
            (plain(title), plain(str(msg("Preset {title}", title=title))), plain(preset.id)),
            plain(f"{kind} {preset.source} {look}"), tip=f"{preset.source}. {look}",
        )  # fmt: skip


def file_entries(paths: Iterable[str], read: Callable[[str], object]) -> Iterator[Entry]:
    """List the files that were opened or saved last and are still there."""
    for path in map(Path, paths):
        if _is_there(str(path)):
            text = str(msg("Open {file}", file=showable(path.name, _LONGEST)))
            kind = f"{msg('Recent file')} · {showable(str(path.parent), _LONGEST)}"
            names = (plain(text), plain(path.name))
            yield Entry(f"file {path}", text, kind, partial(read, str(path)), names, tip=str(path))


def knob_entries(spec: TrainingSpec, lead: Callable[[str], object]) -> Iterator[Entry]:
    """List all knobs, to be brought into sight."""
    for knob in KNOBS.values():
        text = str(msg("Set {knob}…", knob=knob.name))
        names = (plain(text), *_names(knob))
        help_ = str(msg(knob.help))
        words = plain(f"{help_} {' '.join(knob.choices)}")
        yield Entry(f"knob {knob.name}", text, _now(knob, spec), partial(lead, knob.name), names, words, tip=help_)


def value_entries(typed: str, spec: TrainingSpec, set_: Callable[[str, str], object]) -> list[Entry]:
    """List the knobs that the first words name, to be set to the value that the others are; the best fit first."""
    words = typed.replace("=", " ").split()
    rows: list[tuple[Rank, Entry]] = []
    for cut in range(len(words) - 1, 0, -1):
        name, value = plain(" ".join(words[:cut])), " ".join(words[cut:])
        for knob in KNOBS.values() if name else ():
            fit = best_rank(name, _names(knob))
            if fit is None or fit.fit > Fit.WORDS or any(entry.id == f"knob {knob.name}" for _, entry in rows):
                continue
            entry = _value_entry(knob, value, fit, spec, set_)
            if entry is not None:
                rows.append((fit, entry))
    return [entry for _, entry in sorted(rows, key=lambda row: row[0])]


def _value_entry(
    knob: Knob, value: str, fit: Rank, spec: TrainingSpec, set_: Callable[[str, str], object]
) -> Entry | None:
    """Offer to set a knob to a value; say what it takes, where it is named in full and does not take that."""
    named = fit.fit is Fit.WHOLE
    if (knob.kind == "column" and not named) or (knob.kind == "path" and not _is_there(value)):
        return None
    try:
        taken = spec.turned(knob.name, knob.parse(value))
    except SpecError as error:
        told = str(msg("{knob}: {why}", knob=knob.name, why=error.first))
        return Entry(f"knob {knob.name}", told, _now(knob, spec), _nothing, (), enabled=False) if named else None
    shown = showable(knob.shown(getattr(taken, knob.name)) or str(msg("none")), _LONGEST)
    text = str(msg("Set {knob} to {value}", knob=knob.name, value=shown))
    return Entry(f"knob {knob.name}", text, _now(knob, spec), partial(set_, knob.name, value), ())


def _is_there(path: str) -> bool:
    return os.path.exists(os.path.expanduser(path))  # noqa: PTH110, PTH111  unlike pathlib's these never raise


def _nothing() -> None:
    """Do nothing."""


def _names(knob: Knob) -> tuple[str, ...]:
    return tuple(dict.fromkeys((plain(knob.name), plain(str(msg(knob.label))))))


def _now(knob: Knob, spec: TrainingSpec) -> str:
    shown = knob.shown(getattr(spec, knob.name)) or str(msg("none"))
    now = msg("now {value}", value=showable(shown, _LONGEST))
    return f"{now}" if knob.label == knob.name else f"{msg(knob.label)} · {now}"
