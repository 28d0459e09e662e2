"""One line of what ``gatepass doctor`` reports."""

from dataclasses import dataclass
from typing import Literal

Verdict = Literal["ok", "WRONG", "warn", "skip"]

LOOPBACK = ("localhost", "127.0.0.1", "::1")


@dataclass(frozen=True)
class Finding:
    """One line of the report; WRONG alone makes the command fail."""

    verdict: Verdict
    subject: str
    text: str
