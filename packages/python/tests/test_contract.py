"""Every golden token and every golden secret, and that their files are current."""

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from gatepass import (
    ConfigurationError,
    ExpiredToken,
    InvalidToken,
    KeyRing,
    TokenError,
    TokenVerifier,
)
from gatepass.keyring import MIN_SECRET_CHARACTERS, PLACEHOLDERS

ROOT = Path(__file__).resolve().parents[3]
TOKENS = json.loads((ROOT / "contract/tokens.json").read_text())
SECRETS = json.loads((ROOT / "contract/secrets.json").read_text())

VERIFIERS = {
    name: TokenVerifier(
        KeyRing.from_env(environ), leeway=TOKENS["leeway"], clock=lambda: float(TOKENS["now"])
    )
    for name, environ in TOKENS["secrets"].items()
}


def named(rows: list[dict[str, Any]]) -> pytest.MarkDecorator:
    return pytest.mark.parametrize("row", rows, ids=[row["name"] for row in rows])


@named(TOKENS["vectors"])
@pytest.mark.parametrize("form", ["str", "bytes"])
def test_golden_token(row: dict[str, Any], form: str) -> None:
    token = row["token"] if form == "str" else row["token"].encode(errors="surrogatepass")
    verifier = VERIFIERS[row["key"]]
    if row["valid"]:
        user = verifier.verify(token)
        assert {"id": user.id, "email": user.email} == row["user"], row["rule"]
        return
    with pytest.raises(TokenError) as caught:
        verifier.verify(token)
    assert caught.value.reason == row["reason"], row["rule"]
    expected = ExpiredToken if row["reason"] == "expired" else InvalidToken
    assert type(caught.value) is expected


@named(SECRETS["cases"])
def test_golden_secrets(row: dict[str, Any]) -> None:
    if row["valid"]:
        assert KeyRing.from_env(row["env"])
        return
    with pytest.raises(ConfigurationError) as caught:
        KeyRing.from_env(row["env"])
    message = str(caught.value)
    assert row["names"] in message.replace(",", " ").split()
    assert "\n" not in message
    assert not any(len(value) > 3 and value in message for value in row["env"].values())


@named([row for row in SECRETS["cases"] if row["valid"]])
def test_golden_secrets_verify_what_they_signed(row: dict[str, Any], mint_for: Any) -> None:
    verifier = TokenVerifier(KeyRing.from_env(row["env"]))
    current = row["current"]
    assert verifier.verify(mint_for(current["secret"], current["kid"])).id == "u"
    for secret in [current["secret"], *current["others"]]:
        assert verifier.verify(mint_for(secret, None)).id == "u"


def test_the_rules_of_secrets_are_the_contract() -> None:
    assert list(PLACEHOLDERS) == SECRETS["placeholders"]
    assert SECRETS["minimum_characters"] == MIN_SECRET_CHARACTERS


def test_there_are_enough_vectors_of_both_kinds() -> None:
    valid = [row for row in TOKENS["vectors"] if row["valid"]]
    assert len(valid) >= 40
    assert len(TOKENS["vectors"]) - len(valid) >= 250
    assert all(row["note"] and row["rule"] for row in TOKENS["vectors"])


def test_the_files_are_what_their_generators_make() -> None:
    command = [sys.executable, "-m", "contract", "--check"]
    subprocess.run(command, cwd=ROOT, check=True)  # noqa: S603 - our own module
