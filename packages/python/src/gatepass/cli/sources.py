"""Where the secrets are: the shell's variables over those of an env file."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from .envfile import is_ambiguous, read_env_file

SECRETS = ("BETTER_AUTH_SECRET", "BETTER_AUTH_SECRETS")
USUAL_FILES = (".env", "backend/.env", "frontend/.env")


@dataclass(frozen=True)
class Source:
    """Variables and where they come from, e.g. ``"the environment"`` or ``".env"``.

    Attributes:
        remarks: what may make another reader of the same file read another secret.
    """

    name: str
    environ: Mapping[str, str] = field(repr=False)
    remarks: tuple[str, ...] = ()


def sources(files: Sequence[str], environ: Mapping[str, str]) -> list[Source]:
    """One source for each of *files*; without any, for the first usual file with a secret.

    Raises OSError or UnicodeDecodeError for a file that cannot be read.
    """
    if files:
        return [_of_file(Path(name), environ) for name in files]
    for name in USUAL_FILES:
        if Path(name).is_file():
            source = _of_file(Path(name), environ)
            if any(source.environ.get(secret) for secret in SECRETS):
                return [source]
    return [Source("the environment", environ)]


def _of_file(file: Path, environ: Mapping[str, str]) -> Source:
    values = read_env_file(file)
    shell = {name: value for name, value in environ.items() if value}
    remarks = []
    for name in SECRETS:
        text = values.get(name, "")
        if text and shell.get(name, text) != text:
            remarks.append(f"{name} of the shell wins over the one of {file}")
        elif text and is_ambiguous(text):
            remarks.append(
                f"{name} in {file} has a quote, #, $ or backslash, which readers of env files take "
                "differently: `gatepass secret` makes one of letters and digits"
            )
    return Source(str(file), values | shell, tuple(remarks))
