"""Tokens as the issuer writes them: it must reproduce each of these byte for byte."""

from contract.mint import compact, mint
from contract.vector_builder import CURRENT, EMAIL, NOW, SINGLE, SUB, Vector, vector

RULE = "the issuer's form: claims sub, email, iat, exp in this order, compact UTF-8 JSON"


def vectors() -> list[Vector]:
    return [
        issued("issued", "what every sign-in gives"),
        issued("issued-with-kid", "the same while a ring is set", kid="2"),
        issued("issued-unicode-email", "UTF-8, not escaped", email="zoë.ångström@bücher.example"),
        issued("issued-unicode-email-kid", "and with a kid", email="用户@例子.广告", kid="2"),
        issued("issued-emoji-sub", "beyond the basic plane", sub="user-😀-\U0001d49c"),
        issued("issued-quotes", "JSON's two-character escapes", sub='a"b\\c\n\t\r\b\fd/e'),
        issued("issued-control", "escaped as \\u00xx in lower case", sub="a\x01\x1f\x7fb"),
        issued("issued-line-separators", "valid in JSON as they are", sub="a\u2028b\u2029c"),
        issued("issued-one-second", "the shortest lifetime", lifetime=1),
        issued("issued-24-hours", "the longest lifetime", lifetime=86_400),
        issued(
            "issued-uuid-sub", "an id of another make", sub="0b6f2c1e-5d0c-4d59-9a3b-2f6f5c8a7e10"
        ),
        issued("issued-long-email", "254 characters", email="a" * 242 + "@example.com"),
    ]


def issued(
    name: str,
    note: str,
    *,
    sub: str = SUB,
    email: str = EMAIL,
    lifetime: int = 3600,
    kid: str | None = None,
) -> Vector:
    head = {"alg": "HS256", "typ": "JWT"} | ({"kid": kid} if kid else {})
    claims = {"sub": sub, "email": email, "iat": NOW, "exp": NOW + lifetime}
    made = vector(
        name,
        note,
        RULE,
        mint(compact(head), compact(claims), CURRENT if kid else SINGLE),
        key="ring" if kid else "single",
        user={"id": sub, "email": email},
    )
    return made | {"issue": claims | ({"kid": kid} if kid else {})}
