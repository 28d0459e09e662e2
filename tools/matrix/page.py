"""docs/compatibility.md: a section for each half, written by its run."""

import re
from dataclasses import dataclass
from pathlib import Path

PAGE = Path(__file__).resolve().parents[2] / "docs/compatibility.md"
HEAD = """# Compatibility

What `make matrix` ran, from the built wheel and tarball; a run replaces its half. What is not in a
table was not run.
"""


@dataclass(frozen=True)
class Row:
    """One combination: the versions that were installed, and what came of it."""

    versions: tuple[str, ...]
    outcome: str


def write(half: str, title: str, columns: tuple[str, ...], rows: list[Row]) -> None:
    """Replace the section of *half* in the page with a table."""
    lines = [f"<!-- {half} -->", f"## {title}", "", f"| {' | '.join((*columns, 'outcome'))} |"]
    lines.append("|---" * (len(columns) + 1) + "|")
    lines += [f"| {' | '.join((*row.versions, row.outcome))} |" for row in rows]
    section = "\n".join([*lines, f"<!-- /{half} -->"])
    text = PAGE.read_text(encoding="utf-8") if PAGE.exists() else HEAD
    found = re.compile(rf"<!-- {half} -->.*?<!-- /{half} -->", re.DOTALL)
    if found.search(text):
        text = found.sub(lambda _: section, text)
    else:
        text = f"{text.rstrip()}\n\n{section}\n"
    PAGE.write_text(text, encoding="utf-8")
