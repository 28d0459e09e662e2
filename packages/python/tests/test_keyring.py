"""The key ring beyond the golden secrets: choice of key, HMAC, silence about secrets."""

import base64
import hashlib
import hmac
import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gatepass import ConfigurationError, KeyRing
from gatepass.keyring import Key

A = "a1-7q2Xv9mB4tKc1RzYw8Lh5NdJf3GpQs6"
B = "b2-Yw8Lh5NdJf3Gp7q2Xv9mB4tKc1RzWe8"
C = "c3-mB4tKc1RzYw8Lh5NdJf3Gp7q2Xv9Ty0"

SECRETS = json.loads((Path(__file__).resolve().parents[3] / "contract/secrets.json").read_text())[
    "cases"
]


def signed(ring: KeyRing, kid: str | None) -> list[bytes]:
    return [key.sign(b"x") for key in ring.candidates(kid)]


def by(*secrets: str) -> list[bytes]:
    return [Key(secret).sign(b"x") for secret in secrets]


@given(st.text(st.characters(exclude_categories=["Cs"]), max_size=200), st.binary())
def test_a_key_is_hmac_sha256_in_base64url(secret: str, message: bytes) -> None:
    mac = hmac.new(secret.encode(), message, hashlib.sha256).digest()
    assert Key(secret).sign(message) == base64.urlsafe_b64encode(mac).rstrip(b"=")


@pytest.mark.parametrize("length", [63, 64, 65])
def test_a_key_about_the_size_of_a_block(length: int) -> None:
    mac = hmac.new(b"k" * length, b"x", hashlib.sha256).digest()
    assert Key("k" * length).sign(b"x") == base64.urlsafe_b64encode(mac).rstrip(b"=")


def test_a_key_signs_the_same_twice() -> None:
    key = Key(A)
    assert key.sign(b"x") == key.sign(b"x") != key.sign(b"y")


def test_a_single_secret_has_no_version() -> None:
    ring = KeyRing.single(A)
    assert ring.versions == ()
    assert signed(ring, None) == signed(ring, "7") == signed(ring, "") == by(A)


def test_in_a_ring_the_kid_chooses_alone() -> None:
    ring = KeyRing.from_env({"BETTER_AUTH_SECRETS": f"2:{B},1:{A}", "BETTER_AUTH_SECRET": C})
    assert ring.versions == ("2", "1")
    assert signed(ring, "2") == by(B)
    assert signed(ring, "1") == by(A)
    assert signed(ring, "3") == signed(ring, "") == signed(ring, "02") == []
    assert signed(ring, None) == by(B, A, C)


def test_the_first_of_a_ring_signs() -> None:
    kid, key = KeyRing.from_env({"BETTER_AUTH_SECRETS": f"2:{B},1:{A}"}).current
    assert (kid, key.sign(b"x")) == ("2", *by(B))
    kid, key = KeyRing.single(A).current
    assert (kid, key.sign(b"x")) == (None, *by(A))


def test_a_secret_given_twice_is_tried_once() -> None:
    ring = KeyRing.from_env({"BETTER_AUTH_SECRETS": f"2:{B},1:{A}", "BETTER_AUTH_SECRET": A})
    assert signed(ring, None) == by(B, A)


def test_other_variables_do_not_matter() -> None:
    with pytest.raises(ConfigurationError, match="BETTER_AUTH_SECRET is not set"):
        KeyRing.from_env({"AUTH_SECRET": A, "SECRET": A})


def test_bytes_that_are_not_utf_8_are_refused() -> None:
    # os.environ shows such bytes as lone surrogates
    with pytest.raises(ConfigurationError, match="BETTER_AUTH_SECRET is not valid UTF-8"):
        KeyRing.from_env({"BETTER_AUTH_SECRET": A + "\udcff"})


@pytest.mark.parametrize(
    ("environ", "message"),
    [
        ({}, "BETTER_AUTH_SECRET is not set: run `gatepass secret`"),
        ({"BETTER_AUTH_SECRET": "short"}, "has 5 characters, at least 32 are needed: run"),
        ({"BETTER_AUTH_SECRET": "x" * 40}, "is a known placeholder, not a secret: run"),
        ({"BETTER_AUTH_SECRETS": A}, r"entry 1 has no version: write <version>:<secret>"),
        ({"BETTER_AUTH_SECRETS": f"2:{A},x:{B}"}, "entry 2 has a bad version: use a plain"),
        ({"BETTER_AUTH_SECRETS": f"2:{A},2:{B}"}, "entry 2 repeats version 2: each must be"),
        ({"BETTER_AUTH_SECRETS": f"2:{A},1:"}, "entry 2 is not set: run"),
    ],
)
def test_the_message_names_the_fault_and_the_fix(environ: dict[str, str], message: str) -> None:
    with pytest.raises(ConfigurationError, match=message):
        KeyRing.from_env(environ)


class TestConstructor:
    """What the environment's way refuses, the others refuse too."""

    @pytest.mark.parametrize(
        "row", [row for row in SECRETS if not row["valid"]], ids=lambda row: row["name"]
    )
    def test_golden_secrets(self, row: dict[str, Any]) -> None:
        secrets = {"BETTER_AUTH_SECRET": "", "BETTER_AUTH_SECRETS": ""} | row["env"]
        if secrets["BETTER_AUTH_SECRETS"]:
            entries = [entry.partition(":") for entry in secrets["BETTER_AUTH_SECRETS"].split(",")]
            ring = tuple(secret.strip() for _, _, secret in entries)
            versions = tuple(version.strip(" ") for version, _, _ in entries)
            if secrets["BETTER_AUTH_SECRET"]:
                ring += (secrets["BETTER_AUTH_SECRET"],)
            if row["name"] == "ring-version-space":
                versions = ("1 ",)
            with pytest.raises(ConfigurationError):
                KeyRing(ring, versions)
            return
        with pytest.raises(ConfigurationError):
            KeyRing((secrets["BETTER_AUTH_SECRET"],), ())
        with pytest.raises(ConfigurationError):
            KeyRing.single(secrets["BETTER_AUTH_SECRET"])

    @pytest.mark.parametrize(
        ("secrets", "versions", "said"),
        [
            (A, (), r"secrets is a str: write KeyRing\(\(secret,\), \(\)\)"),
            (A.encode(), (), "secrets is a bytes"),
            (None, (), "secrets is a NoneType"),
            ({A: B}, (), "secrets is a dict"),
            ((), (), "secrets is empty"),
            ((), ("1",), "secrets is empty"),
            ((A.encode(),), (), "secret 1 is a bytes, not a str"),
            ((A, None), (), "secret 2 is a NoneType"),
            ((A, "short"), (), "secret 2 has 5 characters"),
            ((A,), "1", "versions is a str"),
            ((A,), ("2", "1"), "versions names more than there are secrets"),
            ((A, B), ("1", "1"), "versions entry 2 repeats version 1"),
            ((A,), (1,), "versions entry 1 has a bad version"),
            ((A,), ("01",), "versions entry 1 has a bad version"),
        ],
    )
    def test_what_it_refuses(self, secrets: Any, versions: Any, said: str) -> None:
        with pytest.raises(ConfigurationError, match=said) as caught:
            KeyRing(secrets, versions)
        assert A not in str(caught.value)

    @pytest.mark.parametrize("secret", [None, 7, A.encode(), [A], object()])
    def test_a_single_one_of_another_type(self, secret: Any) -> None:
        with pytest.raises(ConfigurationError, match="not a str"):
            KeyRing.single(secret)

    def test_lists_are_as_good_as_tuples(self) -> None:
        assert signed(KeyRing([B, A], ["2", "1"]), "1") == by(A)
        assert signed(KeyRing((A,)), None) == by(A)


def test_nothing_shows_a_secret() -> None:
    ring = KeyRing.from_env({"BETTER_AUTH_SECRETS": f"2:{B},1:{A}"})
    assert repr(ring) == str(ring) == "KeyRing(versions=('2', '1'))"
    assert repr(KeyRing.single(A)) == "KeyRing(versions=())"
    assert not hasattr(ring, "__dict__")
