"""User: the holder of a good pass, and what else the pass said."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Generic

if TYPE_CHECKING:  # type checkers know it without an installation
    from typing_extensions import TypeVar

    C = TypeVar("C", default=Mapping[str, Any], covariant=True)
else:
    from typing import TypeVar

    C = TypeVar("C")

_NOTHING: Mapping[str, Any] = {}


@dataclass(frozen=True, slots=True, init=False)
class User(Generic[C]):
    """The holder of a good pass: what the token said, looked up nowhere.

    Attributes:
        id: the ``sub`` claim, never empty.
        email: the ``email`` claim.
        issued_at: the ``iat`` claim, seconds since the epoch.
        expires_at: the ``exp`` claim, seconds since the epoch.
        claims: the whole payload, or what the verifier's ``claims`` made of it.

    Two passes of one user are equal: only ``id`` and ``email`` are compared.
    """

    id: str
    email: str
    issued_at: float = field(compare=False)
    expires_at: float = field(compare=False)
    claims: C = field(compare=False, repr=False)

    def __init__(
        self,
        id: str,  # noqa: A002 - the field's name
        email: str,
        issued_at: float = 0,
        expires_at: float = 0,
        claims: C = _NOTHING,  # type: ignore[assignment]
    ) -> None:
        _set_id(self, id)
        _set_email(self, email)
        _set_issued_at(self, issued_at)
        _set_expires_at(self, expires_at)
        _set_claims(self, claims)


# A third cheaper than the generated constructor, which goes through object.__setattr__.
_set_id, _set_email, _set_issued_at, _set_expires_at, _set_claims = (
    vars(User)[name].__set__ for name in ("id", "email", "issued_at", "expires_at", "claims")
)
