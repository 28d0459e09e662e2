"""User.claims as the application declares them."""

from dataclasses import dataclass, field
from functools import partial
from typing import Any, Literal, NotRequired, TypedDict

import pytest

from contract.mint import HEADER, mint
from contract.vector_builder import NOW, SINGLE, claims
from gatepass import ConfigurationError, InvalidToken, KeyRing, TokenVerifier, User


class Team(TypedDict):
    id: str


class Claims(TypedDict):
    roles: list[str]
    plan: NotRequired[Literal["free", "paid"]]
    team: NotRequired[Team | None]
    limits: NotRequired[dict[str, int]]
    share: NotRequired[float]


@dataclass(frozen=True)
class Roles:
    roles: list[str]
    admin: bool = False
    made: str = field(default="here", init=False)


def verifier_of(kind: Any) -> TokenVerifier[Any]:
    return TokenVerifier(KeyRing.single(SINGLE), clock=lambda: float(NOW), claims=kind)


def user_with(kind: Any, **extra: object) -> User[Any]:
    return verifier_of(kind).verify(mint(HEADER, claims(**extra), SINGLE))


def test_a_typed_dict() -> None:
    verifier = TokenVerifier(KeyRing.single(SINGLE), clock=lambda: float(NOW), claims=Claims)
    user: User[Claims] = verifier.verify(mint(HEADER, claims(roles=["a"], x=1), SINGLE))
    assert user.claims == {"roles": ["a"]}


def test_a_dataclass() -> None:
    verifier = TokenVerifier(KeyRing.single(SINGLE), clock=lambda: float(NOW), claims=Roles)
    user: User[Roles] = verifier.verify(mint(HEADER, claims(roles=["a"], admin=True), SINGLE))
    expected: Roles = Roles(roles=["a"], admin=True)
    assert user.claims == expected
    nobody: list[str] = []
    assert user_with(Roles, roles=nobody).claims.admin is False


def test_a_function() -> None:
    assert user_with(lambda payload: payload["roles"][0], roles=["a"]).claims == "a"
    bad: tuple[object, ...] = ([], 7, ...)
    for roles in bad:
        with pytest.raises(InvalidToken, match="bad_claims"):
            user_with(lambda payload: payload["roles"][0], roles=roles)


@pytest.mark.parametrize(
    "extra",
    [
        {"plan": "free"},
        {"team": None},
        {"team": {"id": "t"}},
        {"limits": {}},
        {"limits": {"a": 1}},
        {"share": 1},
        {"share": 0.5},
    ],
)
def test_good_ones(extra: dict[str, object]) -> None:
    given: dict[str, object] = {"roles": [], **extra}
    assert user_with(Claims, **given).claims == given


@pytest.mark.parametrize(
    "extra",
    [
        {"roles": ...},
        {"roles": None},
        {"roles": "admin"},
        {"roles": {"admin": True}},
        {"roles": ["a", 1]},
        {"plan": "gold"},
        {"plan": 1},
        {"team": {}},
        {"team": {"id": 1}},
        {"team": "t"},
        {"limits": {"a": True}},
        {"limits": {"a": 1.0}},
        {"limits": [1]},
        {"share": "1"},
        {"share": True},
    ],
)
def test_bad_ones_refuse_the_token(extra: dict[str, object]) -> None:
    with pytest.raises(InvalidToken) as caught:
        user_with(Claims, **{"roles": [], **extra})
    assert caught.value.reason == "bad_claims"


def test_a_bool_is_no_number() -> None:
    with pytest.raises(InvalidToken, match="bad_claims"):
        user_with(Roles, roles=[], admin=1)


def test_nothing_overrides_the_standard_claims() -> None:
    assert user_with(lambda payload: {**payload, "sub": "admin"}).id == claims()["sub"]


class Bytes(TypedDict):
    key: bytes


@pytest.mark.parametrize(("kind", "said"), [(Bytes, "key is declared as"), (7, "claims is 7")])
def test_what_cannot_be_declared(kind: Any, said: str) -> None:
    with pytest.raises(ConfigurationError, match=said):
        verifier_of(kind)


def test_by_default_claims_are_the_payload() -> None:
    verifier = TokenVerifier(KeyRing.single(SINGLE), clock=lambda: float(NOW))
    assert verifier.verify(mint(HEADER, claims(x=1), SINGLE)).claims["x"] == 1


class TestAsync:
    """It would never run, and so never refuse anybody."""

    async def read(self, payload: dict[str, Any]) -> str:
        raise ValueError

    async def __call__(self, payload: dict[str, Any]) -> str:
        raise ValueError

    @pytest.mark.parametrize("kind", [read, __call__])
    def test_it_is_refused_at_once(self, kind: Any) -> None:
        for each in (kind, partial(kind, self), self):
            with pytest.raises(ConfigurationError, match="claims is async"):
                verifier_of(each)

    def test_in_disguise_it_fails_loudly(self) -> None:
        answer = self.read({})
        with pytest.raises(RuntimeError, match="claims is async"):
            user_with(lambda _payload: answer)
        answer.close()
