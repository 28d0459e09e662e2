"""Looks into the SQLite file of a half that does not run; a running half is asked instead."""

import contextlib
import re
import sqlite3
from pathlib import Path

from gatepass.cli.findings import Finding
from tools.doctor.environment import Half

# half: variable, file when it is unset, a table that the migration makes
_DATABASES = {
    "frontend": ("AUTH_DATABASE_URL", "auth.sqlite", "session"),
    "backend": ("DATABASE_URL", "tasks.sqlite", "alembic_version"),
}


def examine_file(half: Half) -> Finding:
    """Say whether the half's database was migrated; a PostgreSQL one is left to the half."""
    variable, default, table = _DATABASES[half.name]
    subject = f"{half.name} database"
    url = half.get(variable, default)
    path = re.sub(r"^(sqlite:///|sqlite:|file://|file:)", "", url)
    if re.match("postgres", url, re.IGNORECASE) or re.search("[=@:]", path):  # with a password?
        text = f"{variable} names no plain file: only the running half is asked"
        return Finding("skip", subject, text)
    if variable not in half.variables and not half.file.parent.is_dir():
        text = f"no {half.name}/ here: run this where both halves are, or set {variable}"
        return Finding("skip", subject, text)
    file = half.file.parent / path
    if not file.is_file():
        text = f"{file} does not exist: check {variable} and run `make migrate`"
        return Finding("WRONG", subject, text)
    try:
        found = _has_table(file, table)
    except sqlite3.Error as error:
        text = f"{file} cannot be read ({error}): correct {variable} in {half.file}"
        return Finding("WRONG", subject, text)
    if not found:
        return Finding("WRONG", subject, f"{file} is not migrated: run `make migrate`")
    return Finding("ok", subject, f"{file} is migrated")


def _has_table(file: Path, name: str) -> bool:
    query = "select 1 from sqlite_master where type = 'table' and name = ?"
    with contextlib.closing(sqlite3.connect(f"{file.resolve().as_uri()}?mode=ro", uri=True)) as db:
        return db.execute(query, (name,)).fetchone() is not None
