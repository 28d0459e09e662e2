"""The vocabulary of the golden tokens: secrets, the frozen moment, and how a vector is written."""

from typing import Any

from contract.mint import HEADER, Part, mint

NOW = 1_800_000_000  # 2027-01-15T08:00:00Z, the moment at which every vector is judged
LEEWAY = 5

SINGLE = "single-7q2Xv9mB4tKc1RzYw8Lh5NdJf3Gp"
CURRENT = "current-Yw8Lh5NdJf3Gp7q2Xv9mB4tKc1Rz"
OLD = "old-Jf3Gp7q2Xv9mB4tKc1RzYw8Lh5NdQe6S"
LEGACY = "legacy-mB4tKc1RzYw8Lh5NdJf3Gp7q2Xv9"
STRANGER = "stranger-Rz4tKc1YmBw8Lh5NdJf3Gp7q2Xv"

# What each `key` of a vector stands for, as the environment variables say it.
SECRETS = {
    "single": {"BETTER_AUTH_SECRET": SINGLE},
    "ring": {"BETTER_AUTH_SECRETS": f"2:{CURRENT},1:{OLD}", "BETTER_AUTH_SECRET": LEGACY},
}

SUB = "Jq8fKx2mZpL0wQe7RtYuIoPaSdFgHjKl"
EMAIL = "ada@example.com"
CLAIMS: dict[str, Any] = {"sub": SUB, "email": EMAIL, "iat": NOW, "exp": NOW + 3600}
USER = {"id": SUB, "email": EMAIL}

JSON = "one JSON object in strict UTF-8 (RFC 7519 section 7.2, RFC 8259)"

Vector = dict[str, Any]


def claims(**changes: Any) -> dict[str, Any]:
    """The good claims with some changed; ``...`` takes a claim away."""
    return {name: value for name, value in (CLAIMS | changes).items() if value is not ...}


def header(**members: Any) -> dict[str, Any]:
    """The good header with some members changed; ``...`` takes a member away."""
    merged = {"alg": "HS256", "typ": "JWT"} | members
    return {name: value for name, value in merged.items() if value is not ...}


def vector(
    name: str,
    note: str,
    rule: str,
    token: str,
    reason: str | None = None,
    *,
    key: str = "single",
    user: dict[str, str] | None = None,
) -> Vector:
    """A vector; without a *reason* it is valid, and *user* is who it names."""
    return {
        "name": name,
        "note": note,
        "rule": rule,
        "token": token,
        "key": key,
        "valid": reason is None,
        "reason": reason,
        "user": (user or USER) if reason is None else None,
    }


def with_header(name: str, note: str, rule: str, value: Part, reason: str | None = None) -> Vector:
    return vector(name, note, rule, mint(value, CLAIMS, SINGLE), reason)


def with_payload(
    name: str,
    note: str,
    rule: str,
    value: Part,
    reason: str | None = None,
    *,
    user: dict[str, str] | None = None,
) -> Vector:
    return vector(name, note, rule, mint(HEADER, value, SINGLE), reason, user=user)
