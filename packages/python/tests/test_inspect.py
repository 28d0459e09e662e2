"""``gatepass inspect``: each message, for the token that it is meant for."""

import json
import re
from pathlib import Path
from typing import Any

import pytest

from contract.mint import HEADER, mint, part, signature
from contract.vector_builder import (
    CLAIMS,
    CURRENT,
    LEEWAY,
    NOW,
    OLD,
    SECRETS,
    SINGLE,
    SUB,
    claims,
    header,
)
from gatepass.cli.inspection import Report, inspect

VECTORS = json.loads((Path(__file__).resolve().parents[3] / "contract/tokens.json").read_text())[
    "vectors"
]
GOOD = mint(HEADER, CLAIMS, SINGLE)


def inspected(token: str, environ: dict[str, str] = SECRETS["single"]) -> Report:
    return inspect(token, environ, leeway=LEEWAY, now=NOW)


@pytest.mark.parametrize("row", VECTORS, ids=[row["name"] for row in VECTORS])
def test_every_golden_token_has_an_explanation(row: dict[str, Any]) -> None:
    report = inspected(row["token"], SECRETS[row["key"]])
    if row["token"].strip() == row["token"]:
        assert report.reason == row["reason"]
    assert len(report.lines[-1]) > 20
    assert "\n" not in "".join(report.lines)
    for secret in (SINGLE, CURRENT, OLD):
        assert secret not in "".join(report.lines)


def test_a_good_token_is_shown() -> None:
    report = inspected(f"{GOOD}\n")
    assert report.reason is None
    assert report.lines[0] == 'header  {"alg": "HS256", "typ": "JWT"}'
    assert SUB in report.lines[1]
    assert "GOOD" in report.lines[-1]
    assert "another 3600 seconds" in report.lines[-1]


EDDSA = f"{part({'alg': 'EdDSA', 'kid': 'x'})}.{part(CLAIMS)}.{'A' * 86}"
COOKIE = f"{'x' * 32}.{signature('x' * 32, SINGLE)}"
VERIFICATION = mint({"alg": "HS256"}, claims(sub=...), SINGLE)
CACHE = mint({"alg": "HS256"}, {"session": {}, "user": {}}, SINGLE)


@pytest.mark.parametrize(
    ("token", "said"),
    [
        ("", "Nothing was given"),
        (f"Bearer {GOOD}", "Leave out 'Bearer'"),
        (f"Authorization: Bearer {GOOD}", "Leave out 'Authorization: Bearer'"),
        (f"set-auth-jwt: {GOOD}", "Leave out 'set-auth-jwt:'"),
        ("eb83RMMEUyOD9aHpcxrd95dOivykmHW6", "Better Auth's session.*set-auth-jwt"),
        ("a-b", "has 1 part between dots"),
        (f'"{GOOD}"', "'\"' at position 0"),
        (f"{GOOD}é", "at position"),
        (f"{GOOD[:60]}\n{GOOD[60:]}", r"'\\n' at position 60"),
        (GOOD.rpartition(".")[0], "the signature, is missing"),
        ("a.b", "has 2 parts"),
        (GOOD[:40], "cut off"),
        (GOOD[:-3], "has 40 characters, not 43"),
        (COOKIE, "session cookie"),
        ("a.b.c.d.e", "encrypted token"),
        (EDDSA, r"official jwt\(\) plugin.*gatepass\(\).*/api/auth/gatepass/token"),
        (f"{part(header(alg='none'))}.{part(CLAIMS)}.", "unsigned.*forgery"),
        (mint(header(alg="HS512"), CLAIMS, SINGLE, "sha512"), '"HS512", only "HS256"'),
        (mint(header(typ="at+jwt"), CLAIMS, SINGLE), 'typ is "at\\+jwt"'),
        (mint(header(crit=["b64"]), CLAIMS, SINGLE), "extension"),
        (mint(header(kid=2), CLAIMS, SINGLE), "kid is 2: write it as a string"),
        (mint(HEADER, CLAIMS, "x" * 32), "another secret.*gatepass doctor"),
        (mint(HEADER, CLAIMS, f"{SINGLE}\n"), "line break: take it away on the other half"),
        (mint(HEADER, CLAIMS, f'"{SINGLE}"'), "in quotes: take them away on the other half"),
        (mint(HEADER, CLAIMS, "better-auth-secret-12345678901234567890"), "default secret"),
        (VERIFICATION, "e-mail verification"),
        (CACHE, "session cookie cache"),
        (mint(HEADER, claims(sub=7), SINGLE), "The claim sub is 7: it must be the user's id"),
        (mint(HEADER, claims(email=...), SINGLE), "The claim email is missing"),
        (mint(HEADER, claims(exp=str(NOW)), SINGLE), 'exp is "1800000000": it must be a number'),
        (mint(HEADER, claims(iat=...), SINGLE), "The claim iat is missing"),
        (mint(HEADER, claims(nbf="x"), SINGLE), 'The claim nbf is "x"'),
        (mint(HEADER, claims(iat=NOW - 3660, exp=NOW - 60), SINGLE), "60 seconds ago.*clock"),
        (mint(HEADER, claims(iat=NOW - 9000, exp=NOW - 5400), SINGLE), r"ago, at 2027-01-15 06:30"),
        (mint(HEADER, claims(iat=0, exp=-(2**53)), SINGLE), "seconds since 1970"),
        (mint(HEADER, claims(iat=NOW + 42), SINGLE), "42 seconds ahead.*\\(JWT_LEEWAY\\) to 42 or"),
        (mint(HEADER, claims(iat=NOW + 7200), SINGLE), "set both clocks by NTP\\.$"),
        (mint(HEADER, claims(nbf=NOW + 42), SINGLE), "nbf is 42 seconds ahead"),
        (mint(HEADER, claims(iat=NOW * 1000, exp=NOW * 1000 + 9), SINGLE), "iat counts millisec"),
        (mint(HEADER, claims(exp=NOW * 1000), SINGLE), "exp counts milliseconds"),
        (mint(HEADER, claims(exp=NOW + 90_000), SINGLE), "lives 90000 seconds.*JWT_EXPIRES_IN"),
        (mint(HEADER, claims(x="x" * 9000), SINGLE), "at most 8192"),
    ],
)
def test_the_message_says_what_to_do(token: str, said: str) -> None:
    report = inspected(token)
    assert report.reason is not None
    assert re.search(said, report.lines[-1]), report.lines[-1]


def test_an_unknown_kid_names_the_versions() -> None:
    report = inspected(mint(header(kid="3"), CLAIMS, CURRENT), SECRETS["ring"])
    assert 'kid is "3", but BETTER_AUTH_SECRETS has the versions 2, 1 here' in report.lines[-1]


def test_a_key_under_another_kid_is_found() -> None:
    report = inspected(mint(header(kid="2"), CLAIMS, OLD), SECRETS["ring"])
    assert "version 1 of BETTER_AUTH_SECRETS under another kid" in report.lines[-1]


def test_spaces_around_the_secret_are_found() -> None:
    report = inspected(GOOD, {"BETTER_AUTH_SECRET": f"{SINGLE} "})
    assert "without its spaces: take them away on this half" in report.lines[-1]


class TestWithoutASecret:
    def test_every_rule_but_the_signature_is_checked(self) -> None:
        report = inspected(mint(HEADER, CLAIMS, "unknown"), {})
        assert report.reason == "no_secret"
        assert report.lines[-1].startswith("SIGNATURE NOT CHECKED: BETTER_AUTH_SECRET is not set")
        assert inspected(mint(HEADER, claims(email=1), "unknown"), {}).reason == "bad_email"
        assert inspected(EDDSA, {}).reason == "unsupported_alg"
        assert inspected("é.é.é", {}).reason == "malformed"
