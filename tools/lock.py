"""Completes package-lock.json with the optional packages of every platform, or checks it.

A registry that does not mirror the packages of other platforms makes npm leave them out, and
`npm ci` then refuses the lock on macOS or Windows. Each left-out package gets the entry that npm
would have written; npm fills in the address when it installs it.

Usage: python -m tools.lock [--check]
"""

import json
import re
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

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
        if missing:
            names = ", ".join(name for name, _ in missing)
            fail(f"package-lock.json does not serve every platform ({names}); run `make lock`")
        return
    for name, version in missing:
        packages[f"node_modules/{name}"] = entry(name, version)
    lock["packages"] = {"": packages.pop(""), **dict(sorted(packages.items()))}
    LOCK.write_text(json.dumps(lock, indent=2, ensure_ascii=False) + "\n")
    print(f"package-lock.json: {len(missing)} packages of other platforms added")


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
