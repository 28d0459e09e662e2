"""Against PyJWT as the oracle.

Never is a token accepted that PyJWT refuses. The other way round, every rule by which a token is
refused that PyJWT accepts is named here; a rule that no longer makes a difference fails too.
"""

import datetime
import json
from typing import Any

import jwt
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from contract.__main__ import tokens
from contract.mint import HEADER, base64url, mint
from contract.vector_builder import CLAIMS, LEEWAY, NOW, SINGLE, claims, header
from gatepass import KeyRing, TokenError, TokenVerifier

STRICTER = {
    "too_large": "bounds the work before the signature is known to be good",
    "bad_encoding": "a second spelling of the same token",
    "bad_header": "duplicate members, UTF-16, a byte order mark, NaN",
    "critical_header": "no extension is understood, b64 included",
    "unsupported_typ": "a token of another kind under the same secret",
    "bad_signature": "a second spelling of the same signature",
    "bad_payload": "duplicate members, UTF-16, a byte order mark, NaN",
    "bad_sub": "empty, NUL, half characters",
    "bad_email": "missing, not a string, NUL, half characters",
    "bad_iat": "strings, booleans and numbers that are not exact",
    "bad_exp": "strings, booleans and numbers that are not exact",
    "bad_nbf": "strings, booleans and numbers that are not exact",
    "issued_in_future": "fractions of a second count",
    "not_yet_valid": "fractions of a second count",
    "lifetime_too_long": "more than 24 hours",
}

VERIFIER = TokenVerifier(KeyRing.single(SINGLE), leeway=LEEWAY, clock=lambda: float(NOW))


class FrozenDatetime(datetime.datetime):
    @classmethod
    def now(cls, tz: datetime.tzinfo | None = None) -> "FrozenDatetime":
        return cls.fromtimestamp(NOW, tz)


@pytest.fixture(autouse=True, scope="module")
def frozen_oracle() -> Any:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("jwt.api_jwt.datetime", FrozenDatetime)
        yield


def ours(token: str) -> tuple[dict[str, str] | None, str]:
    try:
        user = VERIFIER.verify(token)
    except TokenError as error:
        return None, error.reason
    return {"sub": user.id, "email": user.email}, ""


def theirs(token: str) -> dict[str, Any] | None:
    options = {"require": ["sub", "iat", "exp"], "verify_aud": False, "verify_jti": False}
    try:
        return jwt.decode(token, SINGLE, ["HS256"], leeway=LEEWAY, options=options)  # type: ignore[arg-type]
    except Exception:
        return None


def compare(token: str) -> str | None:
    """Return the rule by which a token is refused that the oracle accepts."""
    user, reason = ours(token)
    oracle = theirs(token)
    if user is not None:
        assert oracle is not None, "accepted what PyJWT refuses"
        assert user == {name: oracle[name] for name in user}
        return None
    if oracle is None:
        return None
    assert reason in STRICTER, f"{reason} is no named rule"
    return reason


def test_every_named_rule_makes_a_difference_and_no_other_does() -> None:
    vectors: Any = tokens()["vectors"]
    met = {compare(vector["token"]) for vector in vectors if vector["key"] == "single"}
    assert met - {None} == set(STRICTER)


text = st.text(max_size=8) | st.sampled_from(["", "u", "a\0", "\ud800", "é", "😀"])
moment = st.sampled_from(
    [-90_000, -86_401, -3600, -6, -5, -4, -1, 0, 1, 4, 5, 6, 3600, 86_400]
).map(lambda seconds: NOW + seconds)
number = (
    moment
    | moment.map(float)
    | moment.map(lambda value: value + 0.5)
    | st.integers()
    | st.floats()
    | st.booleans()
    | moment.map(str)
)
anything = st.none() | st.booleans() | number | text | st.lists(st.integers(), max_size=2)

headers = st.fixed_dictionaries(
    {"alg": st.just("HS256") | st.sampled_from(["none", "hs256", "HS512", "", None, 1])},
    optional={
        "typ": st.sampled_from(["JWT", "jwt", "at+jwt", None, 1]),
        "kid": text | st.integers() | st.none(),
        "crit": st.sampled_from([["b64"], [], None, ["exp"]]),
        "b64": st.booleans(),
        "x": anything,
    },
)
payloads = st.fixed_dictionaries(
    {},
    optional={
        "sub": st.just("u") | anything,
        "email": st.just("e") | anything,
        "iat": st.just(NOW) | number | anything,
        "exp": st.just(NOW + 60) | number | anything,
        "nbf": number,
        "aud": anything,
        "iss": anything,
        "jti": anything,
        "x": anything,
    },
)


def written(value: object, spaced: bool, ascii_only: bool, encoding: str) -> bytes:
    separators = (", ", ": ") if spaced else (",", ":")
    text = json.dumps(value, separators=separators, ensure_ascii=ascii_only)
    return text.encode(encoding, errors="surrogatepass")


encodings = st.sampled_from(
    ["utf-8", "utf-8", "utf-8", "utf-8-sig", "utf-16", "utf-16-le", "latin-1"]
)


@given(headers, payloads)
@example({"alg": "HS256"}, {"sub": "u", "email": "e", "iat": NOW, "exp": NOW + 60})
def test_any_header_and_payload(head: dict[str, Any], payload: dict[str, Any]) -> None:
    compare(mint(json.dumps(head).encode(), json.dumps(payload).encode(), SINGLE))


@given(payloads, st.booleans(), st.booleans(), encodings)
def test_any_spelling_of_json(
    changes: dict[str, Any], spaced: bool, ascii_only: bool, encoding: str
) -> None:
    try:
        raw = written(CLAIMS | changes, spaced, ascii_only, encoding)
        head = written(header(), spaced, ascii_only, encoding)
    except UnicodeEncodeError:
        return
    compare(mint(HEADER, raw, SINGLE))
    compare(mint(head, CLAIMS, SINGLE))


@given(
    st.sampled_from([mint(HEADER, claims(x="?" * n), SINGLE) for n in range(3)]),
    st.integers(min_value=0, max_value=400),
    st.text(max_size=2) | st.sampled_from(list("=.-_+/ \n\tA")),
    st.integers(min_value=0, max_value=2),
)
def test_any_damage_to_a_good_token(token: str, at: int, inserted: str, dropped: int) -> None:
    at %= len(token) + 1
    compare(token[:at] + inserted + token[at + dropped :])


@given(st.binary(max_size=60), st.sampled_from(["", "=", "==", "A", "B", "\n", " "]))
def test_any_signed_bytes(raw: bytes, behind: str) -> None:
    compare(mint(base64url(raw) + behind, CLAIMS, SINGLE))
    compare(mint(HEADER, base64url(raw) + behind, SINGLE))
