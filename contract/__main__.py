"""Writes contract/tokens.json and contract/secrets.json, or checks that they are current.

Usage: python -m contract [--check]
"""

import json
import sys
from pathlib import Path

from contract import forms, headers, issued, keys, payloads, secret_cases, signatures, times
from contract.vector_builder import LEEWAY, NOW, SECRETS

HERE = Path(__file__).resolve().parent


def tokens() -> dict[str, object]:
    vectors = [
        *issued.vectors(),
        *forms.vectors(),
        *signatures.vectors(),
        *headers.vectors(),
        *keys.vectors(),
        *payloads.vectors(),
        *times.vectors(),
    ]
    return {"now": NOW, "leeway": LEEWAY, "secrets": SECRETS, "vectors": vectors}


def render(value: object) -> str:
    # ASCII: some vectors hold half characters, which UTF-8 cannot
    return json.dumps(value, indent=2, ensure_ascii=True) + "\n"


def main(check: bool) -> int:
    files = {
        HERE / "tokens.json": render(tokens()),
        HERE / "secrets.json": render(secret_cases.document()),
    }
    if not check:
        for path, text in files.items():
            path.write_text(text)
        return 0
    drifted = [path.name for path, text in files.items() if path.read_text() != text]
    if drifted:
        sys.stderr.write(f"contract: {', '.join(drifted)} drifted; run `make contract`\n")
    return 1 if drifted else 0


if __name__ == "__main__":
    sys.exit(main("--check" in sys.argv))
