"""Packages of the distribution, where apt and root are there; none of their services is started."""

import contextlib
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path

POLICY = Path("/usr/sbin/policy-rc.d")
PATH = f"{os.environ.get('PATH', '')}:/usr/sbin:/sbin"  # where servers are, on some paths only


def program(name: str) -> str | None:
    """Where a program of the distribution is, or None."""
    return shutil.which(name, path=PATH)


def install(packages: Sequence[str]) -> bool:
    """Whether the packages could be installed; apt's own words on stderr if not."""
    if not shutil.which("apt-get") or os.geteuid() != 0:
        return False
    quiet = {"DEBIAN_FRONTEND": "noninteractive", **os.environ}
    with _no_service_starts():
        for command in (
            ["apt-get", "update", "-qq"],
            ["apt-get", "install", "-y", "-qq", "--no-install-recommends", *packages],
        ):
            done = subprocess.run(command, env=quiet, capture_output=True, text=True)
            if done.returncode:
                print(done.stdout + done.stderr, file=sys.stderr)
                return False
    return True


@contextlib.contextmanager
def _no_service_starts() -> Iterator[None]:
    """Debian's own switch: a policy that forbids to start services, unless there is one."""
    if POLICY.exists():
        yield
        return
    POLICY.write_text("#!/bin/sh\nexit 101\n")
    POLICY.chmod(0o755)
    try:
        yield
    finally:
        POLICY.unlink()
