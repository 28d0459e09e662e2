"""Writes the next numbered migration from what the tables say and the migrations do not make yet.

Usage: python -m tools.migration "add priority"
"""

import re
import subprocess
import sys
import tempfile
from pathlib import Path

from alembic import command
from alembic.script import ScriptDirectory
from pydantic import SecretStr

from taskapi.migrate import alembic_config, migrate
from taskapi.settings import Settings
from tools.say import fail, step

ROOT = Path(__file__).resolve().parent.parent


def main(name: str) -> None:
    """Compares the tables with a fresh database that has every migration so far."""
    if not re.fullmatch(r"[a-z][a-z0-9 _]{0,39}", name):
        fail('say what it does in a few small letters: make migration NAME="add priority"')
    with tempfile.TemporaryDirectory() as folder:
        settings = Settings.model_construct(database_url=SecretStr(f"{folder}/tasks.sqlite"))
        migrate(settings)
        config = alembic_config(settings)
        head = ScriptDirectory.from_config(config).get_current_head() or "0"
        made = command.revision(
            config, name.capitalize(), autogenerate=True, rev_id=f"{int(head) + 1:04}"
        )
    scripts = made if isinstance(made, list) else [made]
    if not any(scripts):
        fail("the migrations already make what the tables say: nothing to write")
    for script in filter(None, scripts):
        file = Path(script.path)
        lines = file.read_text().splitlines(keepends=True)
        file.write_text("".join(line for line in lines if "Alembic" not in line))
        subprocess.run([sys.executable, "-m", "ruff", "format", "--quiet", file], check=True)
        step(f"{file.relative_to(ROOT)}: read it; rows that exist need a server_default")


if __name__ == "__main__":
    main(" ".join(sys.argv[1:]))
