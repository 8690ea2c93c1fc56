"""Actions are data: what a person can do, with its words, keys and picture; menus are tables of their names."""

from collections.abc import Iterator
from dataclasses import dataclass

from model.words import Message, msg


@dataclass(frozen=True, slots=True)
class ActionInfo:
    """One action; `id` is its objectName and, with `do_` before it, the method of Commands."""

    id: str
    text: Message
    shortcut: str = ""
    icon: str = ""
    help: Message | None = None
    checkable: bool = False
    also: tuple[str, ...] = ()
    """Further keys, which other programs have for the same."""


ACTIONS: dict[str, ActionInfo] = {
    action.id: action
    for action in (
        ActionInfo("train", msg("Train"), "Space", "train", msg("Train or pause"), checkable=True),
        ActionInfo("step", msg("Step"), "Right", "step", msg("Train for a single step")),
        ActionInfo("reset", msg("Reset"), "R", "reset", msg("Restart with the same weights")),
        ActionInfo("new_seed", msg("New seed"), "N", "new_seed", msg("Restart with new random weights and batches")),
        ActionInfo("continue_run", msg("Continue"), "C", "continue_run", msg("Train for that many more steps")),
        ActionInfo(
            "scrub",
            msg("Scrub"),
            "S",
            help=msg("Retrain the whole run at every dial position and show it finished"),
            checkable=True,
        ),
        ActionInfo(
            "pin", msg("Pin run"), "K", "pin", msg("Keep this run in sight beside those that follow"), checkable=True
        ),
        ActionInfo("unpin_all", msg("Show no other runs"), help=msg("Leave only the present run in sight")),
        ActionInfo("race", msg("Race…"), "G", "race", msg("Train several values of a knob side by side")),
        ActionInfo(
            "repeat",
            msg("Repeat with seeds…"),
            "Shift+N",
            "repeat",
            msg("Train this run with many seeds in the background, or stop doing so"),
            checkable=True,
        ),
        ActionInfo(
            "sweep",
            msg("Sweep…"),
            "W",
            "sweep",
            msg("Train over a range of one knob or two in the background, or pause that"),
            checkable=True,
        ),
        ActionInfo("play", msg("Play"), "P", "play", msg("Play the run through time, or stop there"), checkable=True),
        ActionInfo("step_back", msg("Step back"), ",", "step_back", msg("Look at the step before")),
        ActionInfo("step_forward", msg("Step forward"), ".", "step", msg("Look at the step after")),
        ActionInfo("first_step", msg("First step"), "Home", help=msg("Look at the untrained network")),
        ActionInfo("newest_step", msg("Newest step"), "End", "newest", msg("Follow the training again")),
        ActionInfo("play_slower", msg("Play slower"), "["),
        ActionInfo("play_faster", msg("Play faster"), "]"),
        ActionInfo("loop", msg("Loop"), "Shift+P", "loop", msg("Begin again at the end"), checkable=True),
        ActionInfo("fork", msg("Fork from here"), "B", help=msg("Begin a new run at the step that is looked at")),
        ActionInfo("undo", msg("Undo"), "Ctrl+Z", "undo", msg("Take back the last change of a knob")),
        ActionInfo("redo", msg("Redo"), "Ctrl+Shift+Z", "redo", msg("Make the undone change again"), also=("Ctrl+Y",)),
        ActionInfo("open_data", msg("Open data…"), "Ctrl+O", "open"),
        ActionInfo("open_spec", msg("Open spec…"), "Ctrl+Shift+O"),
        ActionInfo("save_spec", msg("Save spec…"), "Ctrl+S", "save"),
        ActionInfo("save_runs", msg("Save runs…"), "Ctrl+Shift+S", help=msg("Save this run and those beside it")),
        ActionInfo("export_code", msg("Export code…"), help=msg("Write this run as a NumPy script")),
        ActionInfo("lab_sheet", msg("Lab sheet…"), help=msg("Write a web page about this run, with what is in sight")),
        ActionInfo("copy_command", msg("Copy run as command line"), "Ctrl+Shift+K"),
        ActionInfo("export_image", msg("Export…"), "Ctrl+E", "export", msg("Export a panel as an image or as data")),
        ActionInfo("export_all", msg("Export all panels…"), "Ctrl+Shift+E"),
        ActionInfo("copy_image", msg("Copy panel as image"), "Ctrl+Shift+C", "copy"),
        ActionInfo("quit", msg("Quit"), "Ctrl+Q"),
        ActionInfo("fit", msg("Fit axes to data"), "F", "fit"),
        ActionInfo("log_y", msg("Log scale, vertical axis"), "L"),
        ActionInfo("log_x", msg("Log scale, horizontal axis"), "Shift+L"),
        ActionInfo(
            "through_time", msg("Through time"), "T", help=msg("Show weights, activations or gradients over all steps")
        ),
        ActionInfo(
            "grid", msg("Grid lines"), "Shift+G", help=msg("Show lines at the numbers along all axes"), checkable=True
        ),
        ActionInfo("maximize", msg("Maximise or restore panel"), "M", "maximize"),
        ActionInfo(
            "runs", msg("Runs"), "U", help=msg("Show or hide all runs, to compare and to go back to"), checkable=True
        ),
        ActionInfo("arrange", msg("Reset layout")),
        ActionInfo(
            "larger", msg("Larger text"), "Ctrl++", help=msg("Make text, lines and icons larger"), also=("Ctrl+=",)
        ),
        ActionInfo("smaller", msg("Smaller text"), "Ctrl+-", help=msg("Make text, lines and icons smaller")),
        ActionInfo("usual_size", msg("Usual text size"), "Ctrl+0"),
        ActionInfo("toggle_style", msg("Light or dark theme"), "Ctrl+T", "moon", msg("Switch between light and dark")),
        ActionInfo("theme_system", msg("System"), help=msg("Light or dark, as the desktop is"), checkable=True),
        ActionInfo("theme_light", msg("Light"), help=msg("Dark words on a light background"), checkable=True),
        ActionInfo("theme_dark", msg("Dark"), help=msg("Light words on a dark background"), checkable=True),
        ActionInfo(
            "theme_contrast", msg("High contrast"), help=msg("White words and bright lines on black"), checkable=True
        ),
        ActionInfo("defaults", msg("Reset all parameters to defaults")),
        ActionInfo(
            "palette",
            msg("Command palette…"),
            "Ctrl+Shift+P",
            help=msg("Find any command, panel, preset or knob by a few letters"),
        ),
        ActionInfo("shortcuts", msg("Keyboard shortcuts…"), "?", help=msg("See all keys, and choose others")),
        ActionInfo("whats_this", msg("What is this?"), "Shift+F1"),
        ActionInfo("about", msg("About Initscope")),
    )
}

TOOLBAR = ("train", "step", "reset", "new_seed", "continue_run")

# "" is a separator, "of_panel" one with the name of the panel that is acted on, "panels" stands for the list of
# panels, "presets" for the menu of presets and "themes" for that of themes.
_LOOK = ("grid", "larger", "smaller", "usual_size", "", "arrange", "themes")
THEME_MENU = ("theme_system", "theme_light", "theme_dark", "theme_contrast", "", "toggle_style")
MENUS: tuple[tuple[Message, tuple[str, ...]], ...] = (
    (
        msg("&File"),
        (
            "open_data",
            "open_spec",
            "recent",
            "",
            "save_spec",
            "save_runs",
            "copy_command",
            "export_code",
            "lab_sheet",
            "",
            "export_all",
            "of_panel",
            "export_image",
            "copy_image",
            "",
            "quit",
        ),
    ),
    (
        msg("&Run"),
        (
            "train",
            "step",
            "reset",
            "new_seed",
            "continue_run",
            "",
            "race",
            "repeat",
            "sweep",
            "pin",
            "unpin_all",
            "",
            "scrub",
            "undo",
            "redo",
            "",
            "defaults",
        ),
    ),
    (
        msg("&Time"),
        (
            "play",
            "step_back",
            "step_forward",
            "",
            "first_step",
            "newest_step",
            "",
            "play_slower",
            "play_faster",
            "loop",
            "",
            "fork",
        ),
    ),
    (
        msg("&View"),
        ("panels", "", "runs", "of_panel", "fit", "log_y", "log_x", "through_time", "maximize", "", *_LOOK),
    ),
    (msg("&Presets"), ("presets",)),
    (msg("&Help"), ("palette", "shortcuts", "", "whats_this", "about")),
)


def with_submenus(names: tuple[str, ...]) -> Iterator[str]:
    """Go through the names of a menu, with those of the menus in it."""
    for name in names:
        yield from THEME_MENU if name == "themes" else (name,)
