"""TokenVerifier beyond the golden tokens: order of checks, clock, arbitrary input."""

import contextlib
import dataclasses
import json
import pickle
import time
from typing import Any

import pytest
from frozen_clock import Clock
from hypothesis import example, given
from hypothesis import strategies as st

from contract.mint import HEADER, base64url, mint, part, signature
from contract.vector_builder import (
    CLAIMS,
    CURRENT,
    LEGACY,
    NOW,
    OLD,
    SECRETS,
    SINGLE,
    STRANGER,
    SUB,
    claims,
    header,
)
from gatepass import (
    ConfigurationError,
    ExpiredToken,
    InvalidToken,
    KeyRing,
    MissingToken,
    TokenError,
    TokenVerifier,
    User,
)

GOOD = mint(HEADER, CLAIMS, SINGLE)
VERIFIER = TokenVerifier(KeyRing.single(SINGLE), clock=lambda: float(NOW))


def refusal(token: str | bytes, verifier: TokenVerifier = VERIFIER) -> str:
    with pytest.raises(InvalidToken) as caught:
        verifier.verify(token)
    return caught.value.reason


class TestUser:
    def test_it_holds_what_the_token_said(self) -> None:
        assert VERIFIER.verify(GOOD) == User(id=SUB, email="ada@example.com")
        assert VERIFIER.verify(GOOD.encode()) == VERIFIER.verify(GOOD)

    def test_it_tells_the_moments_and_the_rest(self) -> None:
        user = VERIFIER.verify(mint(HEADER, claims(roles=["admin"]), SINGLE))
        assert (user.issued_at, user.expires_at) == (CLAIMS["iat"], CLAIMS["exp"])
        assert user.claims == claims(roles=["admin"])

    def test_two_passes_of_one_user_are_equal(self) -> None:
        later = mint(HEADER, claims(exp=NOW + 7, x=1), SINGLE)
        assert VERIFIER.verify(later) == VERIFIER.verify(GOOD)

    def test_it_cannot_be_changed(self) -> None:
        user = VERIFIER.verify(GOOD)
        with pytest.raises(dataclasses.FrozenInstanceError):
            user.id = "admin"  # type: ignore[misc]
        assert not hasattr(user, "__dict__")
        assert len({user, VERIFIER.verify(GOOD)}) == 1


class TestErrors:
    def test_expired_tells_since_when(self) -> None:
        token = mint(HEADER, claims(iat=NOW - 100, exp=NOW - 50.5), SINGLE)
        with pytest.raises(ExpiredToken) as caught:
            VERIFIER.verify(token)
        assert caught.value.expired_at == NOW - 51
        assert type(caught.value.expired_at) is int
        assert (caught.value.reason, str(caught.value)) == ("expired", "expired")

    @pytest.mark.parametrize("error", [MissingToken(), ExpiredToken(7), InvalidToken("bad_sub")])
    def test_they_are_one_family_and_travel(self, error: TokenError) -> None:
        assert isinstance(error, TokenError)
        copy = pickle.loads(pickle.dumps(error))  # noqa: S301 - made in this line
        assert (type(copy), copy.reason, str(copy)) == (type(error), error.reason, error.reason)
        assert vars(copy) == vars(error)

    def test_nothing_of_the_token_is_in_an_error(self) -> None:
        for token in (GOOD + "x", mint(HEADER, b"{secret", SINGLE), f"x{GOOD}"):
            with pytest.raises(InvalidToken) as caught:
                VERIFIER.verify(token)
            assert len(str(caught.value)) < 30
            assert caught.value.__suppress_context__ or caught.value.__context__ is None


class TestOrder:
    """The cheapest check first, and nothing of a payload is parsed before its signature."""

    def test_size_before_everything(self) -> None:
        assert refusal("é" * 8193) == refusal(b"." * 8193) == "too_large"

    def test_form_before_header(self) -> None:
        assert refusal(f"{part(header(alg='none'))}.x") == "malformed"

    def test_header_before_signature(self) -> None:
        assert refusal(mint(header(alg="none"), CLAIMS, STRANGER)) == "unsupported_alg"

    def test_signature_before_payload(self) -> None:
        for payload in (b"[" * 5000, "!!!", {}, claims(exp=0)):
            assert refusal(mint(HEADER, payload, STRANGER)) == "bad_signature"

    @pytest.mark.parametrize(
        ("length", "reason"), [(192, "bad_header"), (193, "bad_signature"), (5900, "bad_signature")]
    )
    def test_a_long_header_is_parsed_only_if_signed(self, length: int, reason: str) -> None:
        raw = b"[" * length  # 192 bytes are 256 characters
        assert refusal(mint(raw, CLAIMS, STRANGER)) == reason
        assert refusal(mint(raw, CLAIMS, SINGLE)) == "bad_header"

    def test_the_longest_header_that_is_parsed_unsigned(self) -> None:
        assert refusal(mint("!" * 256, CLAIMS, STRANGER)) == "bad_encoding"
        assert refusal(mint("!" * 257, CLAIMS, STRANGER)) == "bad_signature"

    def test_a_long_header_in_a_ring(self) -> None:
        ring = TokenVerifier(KeyRing.from_env(SECRETS["ring"]), clock=lambda: float(NOW))
        for secret, kid, reason in (
            (CURRENT, "3", "unknown_kid"),
            (OLD, "2", "bad_signature"),
            (STRANGER, "3", "bad_signature"),
        ):
            token = mint(header(kid=kid, x="x" * 300), CLAIMS, secret)
            assert refusal(token, ring) == reason
        assert ring.verify(mint(header(kid="1", x="x" * 300), CLAIMS, OLD))
        assert ring.verify(mint(header(x="x" * 300), CLAIMS, LEGACY))

    def test_alg_before_other_members(self) -> None:
        bad = header(alg="none", crit=["x"], typ="x", kid=1)
        assert refusal(mint(bad, CLAIMS, SINGLE)) == "unsupported_alg"
        assert refusal(mint(bad | {"alg": "HS256"}, CLAIMS, SINGLE)) == "critical_header"

    def test_claims_before_times(self) -> None:
        assert refusal(mint(HEADER, claims(sub=..., exp=0), SINGLE)) == "bad_sub"
        assert refusal(mint(HEADER, claims(nbf="x", exp=0), SINGLE)) == "bad_nbf"


class TestClock:
    def test_a_token_grows_old(self, verifier: TokenVerifier, clock: Clock) -> None:
        clock.now = NOW - 5
        assert verifier.verify(GOOD)
        clock.now = NOW - 5.01
        assert refusal(GOOD, verifier) == "issued_in_future"
        clock.now = NOW + 3604.99
        assert verifier.verify(GOOD)
        clock.now = NOW + 3605
        with pytest.raises(ExpiredToken):
            verifier.verify(GOOD)

    @pytest.mark.parametrize("leeway", [0, 0.5, 60])
    def test_leeway_is_the_callers(self, clock: Clock, leeway: float) -> None:
        verifier = TokenVerifier(KeyRing.single(SINGLE), leeway=leeway, clock=clock)
        clock.now = NOW + 3600 + leeway - 0.25
        assert verifier.verify(GOOD)
        clock.now = NOW + 3600 + leeway
        with pytest.raises(ExpiredToken):
            verifier.verify(GOOD)
        clock.now = NOW - leeway
        assert verifier.verify(GOOD)
        clock.now = NOW - leeway - 0.25
        assert refusal(GOOD, verifier) == "issued_in_future"

    def test_everything_is_named(self) -> None:
        with pytest.raises(TypeError):
            TokenVerifier(KeyRing.single(SINGLE), 60)  # type: ignore[call-arg]

    def test_by_default_it_is_the_machines_with_five_seconds(self) -> None:
        verifier = TokenVerifier(KeyRing.single(SINGLE))
        now = int(time.time())
        assert verifier.verify(mint(HEADER, claims(iat=now - 60, exp=now - 2), SINGLE))
        with pytest.raises(ExpiredToken):
            verifier.verify(mint(HEADER, claims(iat=now - 60, exp=now - 5), SINGLE))


class TestConstructor:
    @pytest.mark.parametrize(
        "leeway",
        [float("nan"), float("inf"), -float("inf"), -1, -0.01, 60.01, 61, "5", None, True, 5j],
    )
    def test_a_leeway_that_lets_too_much_in(self, leeway: Any) -> None:
        with pytest.raises(ConfigurationError, match=r"leeway is .* from 0 to 60"):
            TokenVerifier(KeyRing.single(SINGLE), leeway=leeway)

    @pytest.mark.parametrize("keys", [SINGLE, SINGLE.encode(), [SINGLE], None, {}])
    def test_no_key_ring(self, keys: Any) -> None:
        with pytest.raises(ConfigurationError, match=r"keys is a .*KeyRing\.from_env") as caught:
            TokenVerifier(keys)
        assert SINGLE not in str(caught.value)

    @pytest.mark.parametrize("audience", ["", b"api", ["api"], 7])
    def test_no_audience(self, audience: Any) -> None:
        with pytest.raises(ConfigurationError, match="audience is"):
            TokenVerifier(KeyRing.single(SINGLE), audience=audience)

    def test_no_clock(self) -> None:
        with pytest.raises(ConfigurationError, match="clock"):
            TokenVerifier(KeyRing.single(SINGLE), clock=0)  # type: ignore[arg-type]

    def test_a_clock_without_a_time_lets_nobody_in(self) -> None:
        verifier = TokenVerifier(KeyRing.single(SINGLE), clock=lambda: float("nan"))
        with pytest.raises(TokenError):
            verifier.verify(GOOD)


class TestAudience:
    VERIFIER = TokenVerifier(KeyRing.single(SINGLE), audience="tasks", clock=lambda: float(NOW))

    @pytest.mark.parametrize("aud", ["tasks", ["tasks"], ["notes", "tasks"]])
    def test_named(self, aud: object) -> None:
        assert self.VERIFIER.verify(mint(HEADER, claims(aud=aud), SINGLE)).id == SUB

    @pytest.mark.parametrize(
        "aud",
        [..., None, "", "notes", "Tasks", "tasks ", "xtasksx", [], ["notes"], {"tasks": 1}, 1],
    )
    def test_not_named(self, aud: object) -> None:
        assert refusal(mint(HEADER, claims(aud=aud), SINGLE), self.VERIFIER) == "bad_aud"

    def test_by_default_it_is_not_looked_at(self) -> None:
        assert VERIFIER.verify(mint(HEADER, claims(aud="notes"), SINGLE))


class TestArbitraryInput:
    """Whatever comes in, only a TokenError comes out."""

    @given(st.text() | st.binary())
    @example("." * 8192)
    @example("\ud800.\udc00.x")
    @example(b"\x00.\xff.\x80")
    def test_anything(self, token: str | bytes) -> None:
        with pytest.raises(TokenError):
            VERIFIER.verify(token)

    @given(st.lists(st.binary(max_size=40).map(base64url) | st.text(max_size=20), max_size=5))
    def test_parts(self, parts: list[str]) -> None:
        with pytest.raises(TokenError):
            VERIFIER.verify(".".join(parts))

    @given(st.binary() | st.text().map(lambda text: text.encode(errors="surrogatepass")))
    @example(b"[" * 6000)
    @example(b'{"a":' * 1200)
    @example(b'{"sub":' + b"9" * 5900)
    @example(b"-" * 6000)
    @example(b'"' + b"\\ud800" * 1000)
    def test_signed_bytes(self, raw: bytes) -> None:
        for token in (mint(HEADER, raw, SINGLE), mint(raw, CLAIMS, SINGLE)):
            with contextlib.suppress(TokenError):
                assert isinstance(VERIFIER.verify(token), User)

    @given(
        st.recursive(
            st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
            lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
        )
    )
    def test_signed_values(self, value: object) -> None:
        for changed in (claims(sub=value), claims(exp=value), claims(nbf=value), claims(x=value)):
            with contextlib.suppress(TokenError):
                assert isinstance(VERIFIER.verify(mint(HEADER, escaped(changed), SINGLE)), User)

    def test_a_well_formed_bomb(self) -> None:
        # how deep is too deep is the interpreter's to say; nothing but these two may happen
        raw = escaped(CLAIMS)[:-1] + b',"x":' + b"[" * 2500 + b"]" * 2500 + b"}"
        try:
            assert VERIFIER.verify(mint(HEADER, raw, SINGLE))
        except InvalidToken as error:
            assert error.reason == "bad_payload"  # noqa: PT017 - either outcome is right


def escaped(value: object) -> bytes:
    return json.dumps(value).encode()


class TestEverySingleChange:
    """No single character of a good token can be replaced, dropped or doubled."""

    @pytest.mark.parametrize("at", range(len(GOOD)))
    def test_at(self, at: int) -> None:
        for other in ("A", "b", "-", "=", ".", "\n", "\0", "\xe9", ""):
            changed = GOOD[:at] + other + GOOD[at + 1 :]
            if changed != GOOD:
                refusal(changed)
        refusal(GOOD[:at] + GOOD[at] + GOOD[at:])


def test_the_header_is_covered_by_the_signature() -> None:
    body = part(CLAIMS)
    for head in (part({"alg": "HS256"}), part(header(x=1))):
        assert refusal(f"{head}.{body}.{signature(f'{part(HEADER)}.{body}', SINGLE)}") == (
            "bad_signature"
        )
