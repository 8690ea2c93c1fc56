"""Claims about the documents: their tables are fresh, their links lead somewhere, their flags exist."""

import os
import re
import subprocess
import sys
from functools import cache
from pathlib import Path
from urllib.parse import unquote

import pytest

from gui.actions.table import ACTIONS
from gui.plots.panel import panel_menu
from model.figures.panels import PANELS
from model.training.presets import presets
from model.training.spec import KNOBS
from scripts import gallery, make_docs, maps, panel_pages, site

ROOT = Path(__file__).resolve().parent.parent
README = ROOT / "README.md"
DOCUMENTS = [README, ROOT / "CONTRIBUTING.md", ROOT / "CHANGELOG.md", *sorted((ROOT / "docs").rglob("*.md"))]
LARGEST_PICTURE = 250_000
MOST_PICTURES = 12
LARGEST_OF_GALLERY = 60_000
OF_OTHERS = {"--require-hashes", "--beside", "--value"}
"""Flags of pip, of `model.training.warmup` and of pipx."""


@cache
def flags_of(command: str) -> frozenset[str]:
    """Gather the flags that `main.py` or one of its commands knows."""
    words = [sys.executable, "main.py", *command.split(), "--help"]
    done = subprocess.run(words, cwd=ROOT, capture_output=True, text=True, timeout=120, check=True)
    return frozenset(re.findall(r"--[a-z][a-z-]*", done.stdout))


def targets(document: Path) -> list[str]:
    """List where a document's links and pictures lead, but for those to other places on the net."""
    text = document.read_text(encoding="utf-8")
    found = re.findall(r"\]\(([^)\s]+)\)", text)
    return [target for target in found if not re.match(r"[a-z]+:", target)]


def anchors(document: Path) -> set[str]:
    """Give the names under which a document's headings can be reached."""
    headings = re.findall(r"(?m)^#+ (.+)$", document.read_text(encoding="utf-8"))
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}


def test_the_tables_in_the_readme_are_what_the_code_says():
    done = subprocess.run(
        [sys.executable, "-m", "scripts.make_docs", "--check"], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr


def test_a_stale_table_is_noticed_and_mended(tmp_path, capsys):
    stale = tmp_path / "README.md"
    fresh = README.read_text(encoding="utf-8")
    stale.write_text(fresh.replace("`--weight-init-std` | 0.01", "`--weight-init-std` | 0.02"), encoding="utf-8")
    assert make_docs.main(["--check"], stale) == 1
    assert "stale" in capsys.readouterr().err
    assert make_docs.main([], stale) == 0
    assert stale.read_text(encoding="utf-8") == fresh


def test_a_readme_without_a_table_is_refused():
    with pytest.raises(ValueError, match="knobs"):
        make_docs.rendered("no markers here")


def test_every_knob_and_every_key_stands_in_the_readme():
    text = README.read_text(encoding="utf-8")
    for knob in KNOBS.values():
        assert f"| `{knob.flag}` |" in text
    n_keys = sum(bool(action.shortcut) for action in ACTIONS.values())
    assert len(make_docs.keys()) == 2 + n_keys
    assert "\n".join(make_docs.keys()) in text


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: str(path.relative_to(ROOT)))
def test_every_link_and_picture_leads_somewhere(document):
    for target in targets(document):
        path, _, anchor = unquote(target).partition("#")
        there = document.parent / path if path else document
        assert there.exists(), f"{document.name}: {target}"
        if anchor:
            assert anchor in anchors(there), f"{document.name}: {target}"


def test_the_readme_shows_the_window():
    assert any(target.endswith(".png") for target in targets(README))


def test_pictures_are_few_small_and_shown():
    pictures = sorted((ROOT / "docs" / "images").glob("*.png"))
    shown = {(document.parent / target).resolve() for document in DOCUMENTS for target in targets(document)}
    assert len(pictures) <= MOST_PICTURES
    for picture in pictures:
        assert picture.stat().st_size < LARGEST_PICTURE, picture.name
        assert picture in shown, f"no document shows {picture.name}"


def test_the_gallery_shows_every_preset_and_nothing_else():
    assert gallery.PAGE.read_text(encoding="utf-8") == gallery.page()
    expected = {f"{p.id}-{name}.png" for p in presets().values() for name in gallery.panels_of(p)}
    assert {path.name for path in gallery.PICTURES.iterdir()} == expected
    assert all(path.stat().st_size < LARGEST_OF_GALLERY for path in gallery.PICTURES.iterdir())


def test_the_commands_of_the_gallery_have_only_flags_that_exist():
    for preset in presets().values():
        words = gallery.command(preset).split()
        assert {word for word in words if word.startswith("--")} <= flags_of("train")


def test_every_flag_in_the_readme_exists():
    text = README.read_text(encoding="utf-8")
    known = flags_of("") | flags_of("train") | flags_of("runs") | flags_of("script") | flags_of("bench") | OF_OTHERS
    assert set(re.findall(r"(?<![\w-])--[a-z][a-z-]*", text)) <= known


def test_every_command_in_the_readme_has_only_flags_that_it_knows():
    commands = re.findall(r"(?m)^    \./initscope (.*)$", README.read_text(encoding="utf-8"))
    assert len(commands) >= 5
    for command in commands:
        words = command.split()
        name = words[0] if words[0] in ("train", "runs", "script", "bench") else ""
        assert {word for word in words if word.startswith("--")} <= flags_of(name), command


def test_every_action_that_documents_name_by_its_menu_is_in_that_menu():
    texts = {str(action.text) for action in ACTIONS.values()}
    for document in DOCUMENTS:
        text = re.sub(r"\s+", " ", document.read_text(encoding="utf-8"))
        for named in re.findall(r"\*(?:File|Run|View|Help) → ([^*]+)\*", text):
            assert named in texts, f"{document.name}: {named}"


def test_the_page_of_the_maps_is_that_of_its_commands():
    assert (ROOT / "docs" / "map.md").read_text(encoding="utf-8") == maps.page()


def in_order(nav):
    """List the pages of a nav of mkdocs."""
    for entry in nav:
        if isinstance(entry, str):
            yield entry
        else:
            for below in entry.values():
                yield from in_order(below)


def test_every_page_of_the_site_stands_in_its_order_once():
    assert sorted(in_order(site.nav())) == sorted(site.pages())


def test_every_link_of_the_site_leads_to_a_page_a_heading_or_a_file():
    pages = site.pages()
    headings = {page: {site.anchor_of(heading) for heading in re.findall(r"(?m)^#+ (.+)$", text)}
                for page, text in pages.items()}  # fmt: skip
    for page, text in pages.items():
        for target in re.findall(r"\]\(([^)\s]+)\)", text):
            if re.match(r"[a-z]+:", target):
                continue
            path, _, anchor = target.partition("#")
            there = os.path.normpath(Path(page).parent / path) if path else page
            assert there in pages or there in site.LICENCES.values() or (ROOT / "docs" / there).is_file(), (
                page,
                target,
            )
            assert not anchor or anchor in headings[there], (page, target)


def test_every_page_of_the_site_begins_with_its_one_title():
    for page, text in site.pages().items():
        assert text.lstrip().startswith("# "), page
        prose = re.sub(r"(?ms)^```.*?^```$", "", text)
        assert len(re.findall(r"(?m)^# ", prose)) == 1, page


def test_sections_that_are_pages_of_the_site_are_there():
    assert set(site.SECTIONS.values()) <= set(site.pages())


def test_the_site_loads_nothing_from_the_network():
    settings = (ROOT / "mkdocs.yml").read_text(encoding="utf-8")
    assert "font: false" in settings
    assert "://" not in settings
    for asset in (ROOT / "docs" / "site").iterdir():
        assert "://" not in asset.read_text(encoding="utf-8"), asset.name


def test_the_pages_of_the_panels_are_what_the_code_says():
    assert panel_pages.main(["--check"]) == 0
    assert {path.stem for path in panel_pages.FOLDER.iterdir()} == {*PANELS, "index"}
    assert site.panels_in_order() == list(PANELS)


@pytest.mark.parametrize("panel", PANELS)
def test_the_page_of_a_panel_is_written_and_its_picture_is_small(panel):
    text = panel_pages.page_of(panel).read_text(encoding="utf-8")
    assert "…\n" not in text
    assert f'api.figure("{panel}"' in panel_pages.code_of(panel)
    compile(panel_pages.code_of(panel), panel, "exec")
    assert panel_pages.picture_of(panel).stat().st_size < LARGEST_OF_GALLERY


def test_a_stale_page_of_a_panel_is_noticed(tmp_path, monkeypatch, capsys):
    for page in panel_pages.FOLDER.iterdir():
        (tmp_path / page.name).write_bytes(page.read_bytes())
    stale = tmp_path / "loss.md"
    stale.write_text(stale.read_text(encoding="utf-8").replace("# Loss", "# Losses"), encoding="utf-8")
    monkeypatch.setattr(panel_pages, "FOLDER", tmp_path)
    assert panel_pages.main(["--check"]) == 1
    assert "loss.md" in capsys.readouterr().err


def test_every_choice_of_a_panel_is_called_as_in_its_menu():
    menu = {field: str(text) for field, text in panel_menu._CHECKS}
    for field, text in menu.items():
        assert field == "notes" or panel_pages.CHOICES[field][0].startswith(text)
