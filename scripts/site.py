"""Makes the pages of the site of README.md, CONTRIBUTING.md and docs/; mkdocs calls it as a hook, the tests as it is.

The documents are written to be read where they lie, too. So long ones are cut into pages here, and links are turned
to where the pages stand. It needs nothing but Python.
"""

import os.path
import re
from collections.abc import Callable, Iterator
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING, Any
from urllib.parse import unquote

if TYPE_CHECKING:
    from mkdocs.config.defaults import MkDocsConfig
    from mkdocs.structure.files import Files

ROOT = Path(__file__).resolve().parent.parent
DOCS = ROOT / "docs"
ICON = ROOT / "resources" / "icons" / "app.svg"
LICENCES = {"LICENSE": "site/LICENSE.txt", "NOTICE": "site/NOTICE.txt"}

SECTIONS = {
    ("README.md", "Start"): "start.md",
    ("README.md", "One minute"): "tour.md",
    ("README.md", "Your data"): "own-data.md",
    ("README.md", "Your weights"): "own-weights.md",
    ("README.md", "Export"): "export.md",
    ("README.md", "Command line"): "command-line.md",
    ("README.md", "Keys"): "keys.md",
    ("README.md", "Knobs"): "knobs.md",
    ("docs/map.md", "On other machines"): "clusters.md",
}
"""Sections of documents that are pages of their own."""
LEFT_OUT = {("README.md", "From Python"), ("README.md", "More")}
"""Sections that only lead to other documents."""
TITLES = {
    "start.md": "Install and start",
    "tour.md": "Tour",
    "own-data.md": "Your own data",
    "own-weights.md": "Your own weights",
    "clusters.md": "Sweeps on clusters",
    "changes.md": "Changes",
}
WHOLE = {"README.md": "index.md", "CONTRIBUTING.md": "contributing.md", "CHANGELOG.md": "changes.md"}
"""Documents outside docs/: what is left of them where sections are pages of their own."""

GUIDE = """
- New here? [Install it](start.md), then take the [tour](tour.md), which needs a minute.
- What a plot shows: [panels, one by one](panels/index.md), and a [glossary](glossary.md).
- What can be shown with it: the [gallery](gallery.md) of figures from the literature, and [maps](map.md) of where
  training works.
- Your own [data](own-data.md) and [weights](own-weights.md), and how to [export](export.md) figures and numbers.
- Without the window: the [command line](command-line.md), [Python](from-python.md), and [clusters](clusters.md).
- [How it works](how-it-works.md), and how to [contribute](contributing.md).
"""
"""What the first page says below the picture."""

Nav = list[Any]
"""Pages and `{title: Nav}`, as mkdocs has it."""


def nav() -> Nav:
    """Give all pages in their order."""
    return [
        {"Start": ["index.md", "start.md", "tour.md", "knobs.md", "keys.md", "glossary.md"]},
        {"Panels": ["panels/index.md", *(f"panels/{name}.md" for name in panels_in_order())]},
        {"Gallery": ["gallery.md", "map.md", "pictures.md"]},
        {
            "Use": [
                "own-data.md", "own-weights.md", "export.md", "exported-data.md", "from-python.md", "command-line.md",
                "clusters.md",
            ]
        },
        {
            "How it works": [
                "how-it-works.md", "why.md", "performance.md",
                {"Decisions": ["adr/index.md", *(f"adr/{path.name}" for path in _decisions())]},
            ]
        },
        {"Contributing": ["contributing.md", "add-a-panel.md", "add-a-knob.md", "add-a-data-set.md", "changes.md"]},
        {"Reference": ["reference.md"]},
    ]  # fmt: skip


def pages() -> dict[str, str]:
    """Give the Markdown of every page by its place in the site."""
    documents = {path.relative_to(ROOT).as_posix(): path for path in sorted(DOCS.rglob("*.md"))}
    documents |= {name: ROOT / name for name in WHOLE}
    cut = {(document, page): text for document, path in documents.items() for page, text in _cut(document, path)}
    places = _places(cut)
    made = {page: _page(document, page, text, places) for (document, page), text in cut.items()}
    made["index.md"] += GUIDE
    return {**made, "adr/index.md": _index_of_decisions()}


def panels_in_order() -> list[str]:
    """List the panels as their first page does."""
    return re.findall(r"\]\((\w+)\.md\)", (DOCS / "panels" / "index.md").read_text(encoding="utf-8"))


def anchor_of(heading: str) -> str:
    """Give the name under which a heading can be reached, as GitHub and the site do."""
    return re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-")


def on_config(config: "MkDocsConfig", **_: object) -> None:
    """Tell mkdocs the order of the pages."""
    config.nav = nav()


def on_files(files: "Files", config: "MkDocsConfig", **_: object) -> None:
    """Hand mkdocs the pages in place of the documents."""
    from mkdocs.structure.files import File

    for file in list(files.documentation_pages()):
        files.remove(file)
    for page, text in pages().items():
        files.append(File.generated(config, page, content=text))
    for name, place in LICENCES.items():
        files.append(File.generated(config, place, abs_src_path=str(ROOT / name)))
    files.append(File.generated(config, "site/app.svg", abs_src_path=str(ICON)))


def _cut(document: str, path: Path) -> Iterator[tuple[str, str]]:
    """Part a document into its pages, the rest of it first."""
    rest, *sections = re.split(r"(?m)^(?=## )", path.read_text(encoding="utf-8"))
    found = []
    for section in sections:
        heading = section[3:].partition("\n")[0]
        page = SECTIONS.get((document, heading))
        if page is not None:
            found.append((page, re.sub(r"(?m)^#(?=#+ )", "", section)))
        elif (document, heading) not in LEFT_OUT:
            rest += section
    yield WHOLE.get(document) or document.removeprefix("docs/"), rest
    yield from found


def _places(cut: dict[tuple[str, str], str]) -> dict[str, str]:
    """Map every document, and every heading of it, to its place in the site."""
    places = {**LICENCES, "docs/adr": "adr/index.md"}
    for (document, page), text in cut.items():
        is_whole = page not in SECTIONS.values()
        if is_whole:
            places[document] = page
        for number, heading in enumerate(re.findall(r"(?m)^#+ (.+)$", _without_code(text))):
            anchor = anchor_of(heading)
            places[f"{document}#{anchor}"] = page if number == 0 and not is_whole else f"{page}#{anchor}"
    places["README.md#from-python"] = "from-python.md"
    return places


def _page(document: str, page: str, text: str, places: dict[str, str]) -> str:
    folder = PurePosixPath(document).parent

    def turned(found: re.Match[str]) -> str:
        target = unquote(found[1])
        if re.match(r"[a-z]+:", target):
            return found[0]
        path, _, anchor = target.partition("#")
        there = os.path.normpath(folder / path) if path else document
        place = places.get(f"{there}#{anchor}" if anchor else there, there.removeprefix("docs/"))
        return f"]({os.path.relpath(place, PurePosixPath(page).parent)})"

    text = _outside_code(text, lambda part: re.sub(r"\]\(([^)\s]+)\)", turned, _apart(part)))
    if page in TITLES:
        text = re.sub(r"^# .*", f"# {TITLES[page]}", text)
    return text


def _apart(text: str) -> str:
    """Leave out comments, and set lists and tables apart, which the Markdown of the site wants."""
    lines = [""]
    for line in re.sub(r"(?m)^<!-- .* -->$", "", text).split("\n"):
        before = lines[-1]
        begins_list = _is_item(line) and before and not _is_item(before) and not before.startswith(" ")
        begins_table = line.startswith("|") and before and not before.startswith("|")
        if begins_list or begins_table:
            lines.append("")
        lines.append(line)
    return "\n".join(lines[1:])


def _is_item(line: str) -> bool:
    return re.match(r"(- |\d+\. )", line) is not None


def _outside_code(text: str, change: Callable[[str], str]) -> str:
    parts = re.split(r"(?ms)(^```.*?^```$)", text)
    return "".join(part if part.startswith("```") else change(part) for part in parts)


def _without_code(text: str) -> str:
    return re.sub(r"(?ms)^```.*?^```$", "", text)


def _decisions() -> list[Path]:
    return sorted((DOCS / "adr").glob("[0-9]*.md"))


def _index_of_decisions() -> str:
    titles = [(path.name, path.read_text(encoding="utf-8").partition("\n")[0].lstrip("# ")) for path in _decisions()]
    rows = "\n".join(f"- [{title}]({name})" for name, title in titles)
    return f"# Design decisions\nOne page for each decision that had real alternatives.\n\n{rows}\n"
