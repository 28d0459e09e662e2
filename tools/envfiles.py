"""The two env files: written once from `.env.example`, never overwritten."""

import os
import re
import secrets
from pathlib import Path

from dotenv import dotenv_values

from tools.say import step

ROOT = Path(__file__).resolve().parent.parent
SECRETS = ("BETTER_AUTH_SECRET", "BETTER_AUTH_SECRETS")
FILES = {half: ROOT / half / ".env" for half in ("frontend", "backend")}


def write_missing() -> None:
    """Writes `frontend/.env` and `backend/.env` where absent, both with the same secrets."""
    absent = [half for half, path in FILES.items() if not path.exists()]
    if not absent:
        return
    known = {
        name: value
        for path in FILES.values()
        if path.exists()
        for name, value in read(path).items()
        if name in SECRETS and value
    }
    shared = known or {SECRETS[0]: secrets.token_urlsafe(48)}
    lines = "".join(f"{name}={quoted(value)}\n" for name, value in shared.items())
    parts = re.split(r"^# == (\w+) ==\n", (ROOT / ".env.example").read_text(), flags=re.MULTILINE)
    sections = dict(zip(parts[1::2], parts[2::2], strict=True))
    for half in absent:
        step(f"Writing {half}/.env")
        text = (sections["both"] + sections[half]).strip() + "\n"
        filled = text.replace("BETTER_AUTH_SECRET=\n", lines)
        descriptor = os.open(FILES[half], os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(descriptor, "w") as file:
            file.write(filled)


def quoted(value: str) -> str:
    """As both halves read it, but for what holds single quotes beside a # or blanks."""
    return value if re.fullmatch("[\\w+/=:,.-]*", value) or "'" in value else f"'{value}'"


def read(path: Path) -> dict[str, str]:
    """The variables an env file sets, by the library that the API reads its own with."""
    return {name: value or "" for name, value in dotenv_values(path).items()}


def settings(half: str) -> dict[str, str]:
    """What a half will see: its env file under the shell's variables; empty counts as unset."""
    merged = {**(read(FILES[half]) if FILES[half].exists() else {}), **os.environ}
    return {name: value for name, value in merged.items() if value}
