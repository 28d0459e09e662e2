"""The ``gatepass`` command: secret, token, inspect, doctor.

Secrets come from BETTER_AUTH_SECRET and BETTER_AUTH_SECRETS: those of the shell, else of
``--env-file``, else of ``.env``, ``backend/.env`` or ``frontend/.env`` below the working directory.
None is ever shown, but for the fresh one of ``gatepass secret``.
"""

import argparse
import io
import os
import secrets
import sys
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from urllib.parse import urlsplit

from ..errors import ConfigurationError
from ..keyring import KeyRing
from ..protection import leeway_from_env
from ..testing import mint
from .doctor import NOBODYS_PATH, Question, compare, examine
from .findings import report
from .inspection import inspect
from .sources import sources


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command; returns 0 for good, 1 for something wrong, 2 for a command unusable."""
    options = _parser().parse_args(arguments)
    if isinstance(sys.stdout, io.TextIOWrapper):  # a terminal that cannot show a character
        sys.stdout.reconfigure(errors="backslashreplace")
    try:
        code: int = options.run(options)
    except (ConfigurationError, OSError, UnicodeError) as error:
        sys.stderr.write(f"gatepass: {error}\n")
        return 2
    return code


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="gatepass", description="Tools for the gate.")
    commands = parser.add_subparsers(required=True, metavar="COMMAND")

    command = commands.add_parser("secret", help="make a secret for both halves")
    command.set_defaults(run=_secret)

    command = commands.add_parser("token", help="mint a token for tests")
    command.add_argument("--sub", default="test-user", help="the user's id")
    command.add_argument("--email", default="test@example.com")
    command.add_argument(
        "--expires-in", type=int, default=3600, metavar="SECONDS", help="lifetime, default 3600"
    )
    command.add_argument(
        "--iat-offset",
        type=int,
        default=0,
        metavar="SECONDS",
        help="issued so much later than now; negative for earlier",
    )
    command.set_defaults(run=_token)

    _add_env_file(command)

    command = commands.add_parser("inspect", help="say which rule refuses a token, and the fix")
    command.add_argument("token", nargs="*", help="read from standard input when left out")
    command.set_defaults(run=_inspect)
    _add_env_file(command)

    command = commands.add_parser(
        "doctor", help="ask two running halves over HTTP and say what is wrong between them"
    )
    command.add_argument("web", help="where Better Auth runs, e.g. http://localhost:3000")
    command.add_argument("api", help="the API, as a browser calls it")
    command.add_argument("--path", default=NOBODYS_PATH, help="a path of the API behind the gate")
    command.add_argument("--origin", default="", help="of the pages, when it is not WEB's")
    command.add_argument("--base-path", default="/api/auth", help="Better Auth's basePath")
    command.add_argument(
        "--cookie-file",
        metavar="FILE",
        help="holds the Cookie header of a signed-in browser; - for standard input",
    )
    command.set_defaults(run=_doctor)
    _add_env_file(command)
    return parser


def _add_env_file(command: argparse.ArgumentParser) -> None:
    command.add_argument(
        "--env-file",
        action="append",
        default=[],
        metavar="FILE",
        help="holds the secrets; twice, to compare both halves' files",
    )


def _secret(_options: argparse.Namespace) -> int:
    print(secrets.token_urlsafe(48))
    return 0


def _token(options: argparse.Namespace) -> int:
    token = mint(
        options.sub,
        options.email,
        keys=KeyRing.from_env(_environ(options)),
        issued_at=int(time.time()) + options.iat_offset,
        expires_in=options.expires_in,
    )
    print(token)
    return 0


def _inspect(options: argparse.Namespace) -> int:
    token = " ".join(options.token)
    if options.token in ([], ["-"]):
        if sys.stdin.isatty():
            sys.stderr.write("Paste the token, then Enter and Ctrl-D.\n")
        token = sys.stdin.read()
    environ = _environ(options)
    verdict = inspect(token, environ, leeway=leeway_from_env(environ), now=time.time())
    print("\n".join(verdict.lines))
    return 0 if verdict.reason is None else 1


def _doctor(options: argparse.Namespace) -> int:
    first, *others = sources(options.env_file, os.environ)
    question = Question(
        web=_address(options.web),
        api=_address(options.api),
        environ=first.environ,
        source=first.name,
        path=options.path,
        origin=options.origin,
        base_path=options.base_path.rstrip("/"),
        cookie=_cookie(options.cookie_file),
        leeway=leeway_from_env(first.environ),
    )
    return report([*compare(first, others), *examine(question)])


def _address(text: str) -> str:
    try:
        parts = urlsplit(text)
        good = parts.scheme in ("http", "https") and parts.hostname
    except ValueError:  # half of the brackets of an IPv6 address
        good = False
    if not good:
        raise ConfigurationError(f"{text!r} is no http:// or https:// address")
    return text.rstrip("/")


def _cookie(file: str | None) -> str:
    if file is None:
        return ""
    text = sys.stdin.read() if file == "-" else Path(file).read_text(encoding="latin-1")
    text = text.strip()
    text = text[len("cookie:") :].strip() if text.lower().startswith("cookie:") else text
    if not text or not text.isprintable():
        raise ConfigurationError(f"{file} is no Cookie header: write name=value; name=value")
    return text


def _environ(options: argparse.Namespace) -> Mapping[str, str]:
    return sources(options.env_file, os.environ)[0].environ
