"""Builds the frontend for production, unless nothing it is made from has changed."""

import hashlib
from collections.abc import Iterator
from pathlib import Path

from tools import node, processes
from tools.say import fail, step

ROOT = Path(__file__).resolve().parent.parent
STAMP = ROOT / ".cache" / "built-frontend"
SOURCES = ["frontend", "packages/npm", "package-lock.json", "tsconfig.base.json"]
PRODUCTS = {".next", "dist", "node_modules", "next-env.d.ts", ".env", "tests"}


def build() -> None:
    """Runs `next build` if a source file changed since the last complete build."""
    digest = source_digest()
    if (
        STAMP.exists()
        and STAMP.read_text() == digest
        and (ROOT / "frontend/.next/BUILD_ID").exists()
    ):
        return
    step("Building the frontend (under a minute)")
    STAMP.unlink(missing_ok=True)
    command = node.tool("next", "build")
    code, output = processes.finish(command, ROOT / "frontend", node.environment(), quiet=True)
    if code:
        print(output)
        fail("the frontend does not build; the compiler's message is above")
    STAMP.parent.mkdir(exist_ok=True)
    STAMP.write_text(digest)


def source_digest() -> str:
    digest = hashlib.sha256()
    for path in sorted(files()):
        digest.update(f"{path.relative_to(ROOT)}\0".encode() + path.read_bytes() + b"\0")
    return digest.hexdigest()


def files() -> Iterator[Path]:
    for source in SOURCES:
        path = ROOT / source
        for found in path.rglob("*") if path.is_dir() else [path]:
            inner = set(found.relative_to(ROOT).parts)
            if found.is_file() and not inner & PRODUCTS and ".sqlite" not in found.name:
                yield found


if __name__ == "__main__":
    build()
