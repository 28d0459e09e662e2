"""Completes package-lock.json with the optional packages of every platform, or checks it.

A registry that does not mirror the packages of other platforms makes npm leave them out, and
`npm ci` then refuses the lock on macOS or Windows. Each left-out package gets the entry that npm
would have written, its hash included: npm compares what it installs with `integrity`, and what
has none is installed unchecked.

Usage: python -m tools.lock [--check]
"""

import json
import re
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from tools import node, processes
from tools.say import fail

LOCK = Path(__file__).resolve().parent.parent / "package-lock.json"
SYSTEMS = {"darwin", "linux", "win32", "android", "freebsd", "openbsd", "aix", "sunos"}
PROCESSORS = {"arm", "arm64", "x64", "ia32", "ppc64", "riscv64", "s390x", "wasm32", "loong64"}


def main() -> None:
    """Completes the lock in place; with `--check` only tells, with exit code 1, what is missing."""
    lock = json.loads(LOCK.read_text())
    packages: dict[str, Any] = lock["packages"]
    missing = list(left_out(packages))
    if "--check" in sys.argv:
        incomplete = [name for name, _ in missing] + [name for name, _ in unchecked(packages)]
        if incomplete:
            names = ", ".join(incomplete)
            fail(f"package-lock.json lacks {names} or their integrity; run `make lock`")
        return
    for name, version in missing:
        packages[f"node_modules/{name}"] = entry(name, version)
    for name, package in unchecked(packages):
        package["integrity"] = integrity(name, package["version"])
    lock["packages"] = {"": packages.pop(""), **dict(sorted(packages.items()))}
    LOCK.write_text(json.dumps(lock, indent=2, ensure_ascii=False) + "\n")
    print(f"package-lock.json: {len(missing)} packages of other platforms added")


def unchecked(packages: dict[str, Any]) -> Iterator[tuple[str, dict[str, Any]]]:
    """The packages from a registry that npm would install without comparing their hash."""
    for path, package in packages.items():
        if "node_modules/" in path and not package.get("link") and "integrity" not in package:
            yield path.rpartition("node_modules/")[2], package


def integrity(name: str, version: str) -> str:
    """The hash that the registry states (https://www.w3.org/TR/SRI/)."""
    command = node.npm("view", "--loglevel=error", f"{name}@{version}", "dist.integrity")
    code, text = processes.finish(command, LOCK.parent, node.environment(), quiet=True)
    found = text.strip().rpartition("\n")[2]  # npm may say something of the machine first
    if code or not found.startswith("sha512-"):
        fail(f"the registry states no integrity for {name}@{version}:\n{text}")
    return found


def left_out(packages: dict[str, Any]) -> Iterator[tuple[str, str]]:
    for path, package in packages.items():
        for name, version in package.get("optionalDependencies", {}).items():
            if not installed(packages, path, name) and re.fullmatch(r"\d+\.\d+\.\d+\S*", version):
                yield name, version


def installed(packages: dict[str, Any], path: str, name: str) -> bool:
    """Whether Node's look-up from `path` upwards finds `name` in the lock."""
    while path:
        if f"{path}/node_modules/{name}" in packages:
            return True
        path = path.rpartition("/node_modules/")[0]
    return f"node_modules/{name}" in packages


def entry(name: str, version: str) -> dict[str, Any]:
    words = re.split(r"[-/]", name)
    systems = [word for word in words if word in SYSTEMS]
    processors = [word for word in words if word in PROCESSORS]
    libc = {"gnu": "glibc", "musl": "musl"}
    libcs = [libc[word] for word in words if word in libc and systems == ["linux"]]
    known = {"cpu": processors, "os": systems, "libc": libcs}
    return {
        "version": version,
        "optional": True,
        **{key: value for key, value in known.items() if value},
    }


if __name__ == "__main__":
    main()
