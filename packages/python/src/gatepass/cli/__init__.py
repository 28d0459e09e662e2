"""The ``gatepass`` command: secret, token, inspect, doctor.

Secrets come from BETTER_AUTH_SECRET and BETTER_AUTH_SECRETS, in the shell or else in
``backend/.env`` or ``frontend/.env`` below the working directory. None is ever shown, but for
the fresh one of ``gatepass secret``.
"""

import argparse
import os
import secrets
import sys
import time
from collections.abc import Mapping, Sequence
from pathlib import Path

from ..errors import ConfigurationError
from ..keyring import KeyRing
from ..protection import leeway_from_env
from ..testing import mint
from .doctor import examine
from .environment import read_half
from .inspection import inspect


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command; returns 0 for good, 1 for something wrong, 2 for a command unusable."""
    options = _parser().parse_args(arguments)
    try:
        code: int = options.run(options)
    except (ConfigurationError, OSError, UnicodeDecodeError) as error:
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

    command = commands.add_parser("inspect", help="say which rule refuses a token, and the fix")
    command.add_argument("token", nargs="*", help="read from standard input when left out")
    command.set_defaults(run=_inspect)

    command = commands.add_parser("doctor", help="say what is wrong between both halves")
    command.set_defaults(run=_doctor)
    return parser


def _secret(_options: argparse.Namespace) -> int:
    print(secrets.token_urlsafe(48))
    return 0


def _token(options: argparse.Namespace) -> int:
    token = mint(
        options.sub,
        options.email,
        keys=KeyRing.from_env(_environ()),
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
    environ = _environ()
    report = inspect(token, environ, leeway=leeway_from_env(environ), now=time.time())
    print("\n".join(report.lines))
    return 0 if report.reason is None else 1


def _doctor(_options: argparse.Namespace) -> int:
    findings = examine(Path.cwd(), os.environ)
    for finding in findings:
        print(f"{finding.verdict:<5}  {finding.subject:<24}  {finding.text}")
    wrong = sum(finding.verdict == "WRONG" for finding in findings)
    print(f"\n{wrong} wrong" if wrong else "\nnothing wrong was found")
    return 1 if wrong else 0


def _environ() -> Mapping[str, str]:
    """The variables that verify: the shell over the backend's file, else the frontend's."""
    halves = [read_half(name, Path.cwd()) for name in ("backend", "frontend")]
    return next((half for half in halves if half.file.is_file()), halves[0]).variables
