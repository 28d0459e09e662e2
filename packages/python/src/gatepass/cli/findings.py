"""One line of what a doctor reports, and the report."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

Verdict = Literal["ok", "WRONG", "warn", "skip"]

LOOPBACK = ("localhost", "127.0.0.1", "::1")


@dataclass(frozen=True)
class Finding:
    """One line of the report; WRONG alone makes the command fail.

    "ok" is said of what was looked at, "skip" of what was not, with what it would take.
    """

    verdict: Verdict
    subject: str
    text: str


def shown(text: str) -> str:
    """*text* without what a terminal obeys: the half that is asked wrote a part of it."""
    return "".join(each if each.isprintable() else repr(each)[1:-1] for each in text)


def report(findings: Sequence[Finding]) -> int:
    """Print *findings* and return the exit code: 1 if one is WRONG."""
    for finding in findings:
        print(shown(f"{finding.verdict:<5}  {finding.subject:<24}  {finding.text}"))
    counts = [sum(each.verdict == verdict for each in findings) for verdict in ("WRONG", "skip")]
    wrong, skipped = counts
    print()
    if skipped:
        print(f"{skipped} not looked at")
    print(f"{wrong} wrong" if wrong else "nothing wrong was found")
    return 1 if wrong else 0
