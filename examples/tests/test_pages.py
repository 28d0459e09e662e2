"""What the pages name exists: files, folders, tests, sections of other pages."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
PAGES = [
    *("README.md", "SECURITY.md", "backend/README.md", "examples/README.md", "bench/README.md"),
    *(file.relative_to(ROOT).as_posix() for file in sorted((ROOT / "docs").glob("*.md"))),
]
FOLDERS = [
    *("backend", "bench", "contract", "deploy", "docs", "e2e", "examples", "frontend/scripts"),
    *("frontend/src", "frontend/tests", "packages", "tools"),
]
# `<noun>` stands for the name of any.
PART = r"[\w.@()\[\]<>-]+"
FILE = re.compile(rf"`((?:{PART}/)*[\w.@<>-]+\.(?:py|tsx?|json|cfg|sql|mako))`")
FOLDER = re.compile(rf"`((?:{PART}/)+)`")
MADE = {"dist/"}  # by `make pack`
PYTHON_TEST = re.compile(r"`([\w/]+\.py)::(\w+)`")
VITEST_TITLES = re.compile(r'`([\w/-]+\.test\.ts)`((?:,? "[^"]+")+)')
LINK = re.compile(r"\]\((?!https?:)([^)#]*)(?:#([\w-]+))?\)")


@pytest.fixture(params=PAGES)
def page(request: pytest.FixtureRequest) -> Path:
    path: Path = ROOT / request.param
    return path


def titled(title: str, text: str) -> bool:
    """Whether a suite holds a title; one with an apostrophe may be in any quotes."""
    return any(f"{quote}{title}{quote}" in text for quote in "\"'`")


def anchors(text: str) -> Iterator[str]:
    """The sections of a page, as GitHub names them in an address."""
    for heading in re.findall(r"^#+ (.+)$", text, re.MULTILINE):
        yield re.sub(r"[^\w -]", "", heading.lower()).replace(" ", "-")


@pytest.fixture(scope="module")
def known() -> str:
    """Every file and folder, each on a line of its own; a folder ends with a slash."""
    paths = {path for folder in FOLDERS for path in (ROOT / folder).rglob("*")}
    paths |= {*ROOT.glob("*"), *(ROOT / "frontend").glob("*")}
    return "\n".join(
        f"/{path.relative_to(ROOT).as_posix()}{'/' if path.is_dir() else ''}"
        for path in paths
        if not {"node_modules", ".next"} & {*path.relative_to(ROOT).parts}
    )


def test_files(page: Path, known: str) -> None:
    text = page.read_text()
    named = {*FILE.findall(text), *FOLDER.findall(text)} - MADE
    assert len(named) > (10 if page.name in {"asvs.md", "security.md"} else -1)
    missing = {
        name
        for name in named
        if not re.search(rf"/{re.sub('<nouns?>', '[^/]+', re.escape(name))}$", known, re.MULTILINE)
    }
    assert missing == set()


def test_tests() -> None:
    text = (ROOT / "docs/asvs.md").read_text()
    python = set(PYTHON_TEST.findall(text))
    vitest = {
        (file, title)
        for file, titles in VITEST_TITLES.findall(text)
        for title in re.findall(r'"([^"]+)"', titles)
    }
    assert len(python) > 50
    assert len(vitest) > 30
    missing = [
        f"{file}::{name}"
        for file, name in sorted(python)
        if not re.search(rf"def {name}\(", (ROOT / file).read_text())
    ]
    missing += [
        f'{file} "{title}"'
        for file, title in sorted(vitest)
        if not titled(title, (ROOT / file).read_text())
    ]
    assert missing == []


def test_links(page: Path) -> None:
    missing = []
    for target, anchor in LINK.findall(page.read_text()):
        file = (page.parent / target).resolve() if target else page
        if not file.exists() or (anchor and anchor not in anchors(file.read_text())):
            missing.append(f"{target}#{anchor}")
    assert missing == []
