"""Reads .env files as far as their readers agree."""

import re
from pathlib import Path

_ASSIGNMENT = re.compile(r"^[ \t]*(?:export[ \t]+)?(\w+)[ \t]*=[ \t]*(.*?)[ \t]*$", re.MULTILINE)
# Node's parser and python-dotenv disagree about these in an unquoted value or inside quotes.
_AMBIGUOUS = re.compile(r"""["'`\\#$]""")


def read_env_file(file: Path) -> dict[str, str]:
    """The assignments of *file*. Raises OSError or UnicodeDecodeError if it cannot be read."""
    found = _ASSIGNMENT.findall(file.read_text(encoding="utf-8-sig"))
    return {name: _unquoted(text) for name, text in found}


def is_ambiguous(value: str) -> bool:
    """Whether *value*, as written in a file, is read differently by different readers."""
    return _AMBIGUOUS.search(value) is not None


def _unquoted(text: str) -> str:
    quoted = re.fullmatch(r"""(["'])(.*)\1(?:[ \t]+#.*)?""", text)
    return quoted[2] if quoted else re.sub(r"(^|[ \t]+)#.*", "", text)
