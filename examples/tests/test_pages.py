"""What the pages about security name exists: files, tests, sections of other pages."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
PAGES = ["docs/asvs.md", "docs/security.md"]
FOLDERS = ["backend", "packages", "frontend/src", "frontend/tests", "e2e", "deploy", "tools"]
FILE = re.compile(r"`((?:[\w.@()\[\]-]+/)*[\w.@-]+\.(?:py|tsx?|json|cfg|sql))`")
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


def test_files(page: Path) -> None:
    named = set(FILE.findall(page.read_text()))
    assert len(named) > 10
    known = [
        file.relative_to(ROOT).as_posix()
        for folder in FOLDERS
        for file in (ROOT / folder).rglob("*")
        if not {"node_modules", ".next"} & {*file.relative_to(ROOT).parts}
    ]
    missing = {
        name
        for name in named
        if not (ROOT / name).is_file() and not any(file.endswith(f"/{name}") for file in known)
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
