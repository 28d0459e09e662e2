"""What each half is told: its env file under the variables of the shell."""

import os
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from gatepass.cli.envfile import is_ambiguous, read_env_file


@dataclass(frozen=True)
class Half:
    """One half's variables; an empty value counts as unset.

    Attributes:
        name: ``frontend`` or ``backend``.
        file: its env file, which may be absent.
        variables: the file under the shell's variables.
        overridden: names that the shell sets to something else than the file.
        ambiguous: names whose text in the file is read differently by different readers.
    """

    name: str
    file: Path
    variables: Mapping[str, str] = field(repr=False)
    overridden: frozenset[str]
    ambiguous: frozenset[str]

    def get(self, name: str, default: str = "") -> str:
        return self.variables.get(name) or default


def read_half(name: str, root: Path, environ: Mapping[str, str] = os.environ) -> Half:
    """Read ``<root>/<name>/.env`` if it is there, and lay *environ* over it.

    Raises OSError or UnicodeDecodeError for a file that cannot be read.
    """
    file = Path(root, name, ".env")
    values = read_env_file(file) if file.is_file() else {}
    return Half(
        name=name,
        file=file,
        variables=values | dict(environ),  # an empty one hides the file's, as from the halves
        overridden=frozenset(key for key in values if environ.get(key, values[key]) != values[key]),
        ambiguous=frozenset(
            key for key, text in values.items() if key not in environ and is_ambiguous(text)
        ),
    )


def web_url(frontend: Half) -> str:
    """The public origin of the frontend, e.g. ``http://localhost:3000``."""
    port = frontend.get("WEB_PORT", "3000")
    return without_login(frontend.get("BETTER_AUTH_URL", f"http://localhost:{port}")).rstrip("/")


def api_url(frontend: Half, backend: Half) -> str:
    """The API as a browser reaches it; without a setting it follows the backend's port."""
    port = backend.get("API_PORT", "8000")
    url = frontend.get("NEXT_PUBLIC_API_BASE_URL", f"http://localhost:{port}")
    return without_login(url).rstrip("/")


def without_login(url: str) -> str:
    """*url* without a name and password, which no finding may show."""
    return re.sub(r"^(\w+:/+)?.*@", r"\1", url)
