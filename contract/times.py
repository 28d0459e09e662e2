"""Vectors about iat, exp and nbf: what is a date, and when a pass is good. All rightly signed."""

from typing import Any

from contract.mint import compact
from contract.vector_builder import JSON, NOW, Vector, claims, with_payload

DATE = "a finite JSON number (RFC 7519 section 2, NumericDate)"
EXP = "exp is later than now minus leeway (RFC 7519 section 4.1.4)"
IAT = "iat is not later than now plus leeway (RFC 7519 section 4.1.6)"
NBF = "nbf is not later than now plus leeway (RFC 7519 section 4.1.5)"
LIFETIME = "exp - iat is at most 24 hours"

DAY = 86_400


def vectors() -> list[Vector]:
    return [*dates(), *times()]


def dates() -> list[Vector]:
    vectors = []
    values: dict[str, Any] = {
        "null": None,
        "string": str(NOW),
        "string-iso": "2027-01-15T08:00:00Z",
        "empty": "",
        "true": True,
        "false": False,
        "array": [NOW],
        "object": {"seconds": NOW},
        "beyond-exact": 2**53 + 1,
        "below-exact": -(2**53) - 1,
    }
    for claim in ("iat", "exp", "nbf"):
        for name, value in values.items():
            vectors.append(
                with_payload(
                    f"{claim}-{name}", "no date", DATE, claims(**{claim: value}), f"bad_{claim}"
                )
            )
        for name, number in {
            "infinite": "1e400",
            "minus-infinite": "-1e400",
            "400-digits": "9" * 400,
        }.items():
            raw = compact(claims(**{claim: "NUMBER"})).replace(b'"NUMBER"', number.encode())
            vectors.append(
                with_payload(f"{claim}-{name}", "out of range", DATE, raw, f"bad_{claim}")
            )
        raw = compact(claims(**{claim: "NUMBER"})).replace(b'"NUMBER"', b"NaN")
        vectors.append(with_payload(f"{claim}-nan", "not JSON", JSON, raw, "bad_payload"))
    return [
        *vectors,
        with_payload("iat-absent", "required here", DATE, claims(iat=...), "bad_iat"),
        with_payload("exp-absent", "a pass without end", DATE, claims(exp=...), "bad_exp"),
        with_payload("iat-float", "fractions are allowed", DATE, claims(iat=NOW - 0.5)),
        with_payload("exp-float", "fractions are allowed", DATE, claims(exp=NOW + 60.25)),
        with_payload("nbf-float", "fractions are allowed", DATE, claims(nbf=NOW - 0.5)),
        with_payload(
            "exp-exponent",
            "another spelling of a number",
            DATE,
            compact(claims(exp="N")).replace(b'"N"', b"18000000.6e2"),
        ),
    ]


def times() -> list[Vector]:
    def made(name: str, rule: str, reason: str | None, note: str = "", **changes: Any) -> Vector:
        return with_payload(name, note or changes_text(changes), rule, claims(**changes), reason)

    return [
        made("exp-now", EXP, None, exp=NOW),
        made("exp-4-ago", EXP, None, "inside the leeway", exp=NOW - 4, iat=NOW - 60),
        made("exp-5-ago", EXP, "expired", "the leeway's edge", exp=NOW - 5, iat=NOW - 60),
        made("exp-6-ago", EXP, "expired", exp=NOW - 6, iat=NOW - 60),
        made("exp-fraction-ago", EXP, "expired", "cut down", exp=NOW - 4.5, iat=NOW - 60),
        made("exp-hour-ago", EXP, "expired", exp=NOW - 3600, iat=NOW - 7200),
        made("exp-year-ago", EXP, "expired", exp=NOW - 365 * DAY, iat=NOW - 365 * DAY - 60),
        made("exp-zero", EXP, "expired", exp=0, iat=0),
        made("exp-negative", EXP, "expired", exp=-1, iat=-2),
        made("exp-before-iat", EXP, None, "odd, yet both are in bounds", iat=NOW + 3, exp=NOW + 1),
        made("iat-5-ahead", IAT, None, "the leeway's edge", iat=NOW + 5),
        made("iat-6-ahead", IAT, "issued_in_future", iat=NOW + 6),
        made("iat-fraction-ahead", IAT, "issued_in_future", iat=NOW + 5.25),
        made("iat-hour-ahead", IAT, "issued_in_future", iat=NOW + 3600, exp=NOW + 7200),
        made(
            "iat-milliseconds",
            IAT,
            "issued_in_future",
            "JavaScript's Date.now()",
            iat=NOW * 1000,
            exp=NOW * 1000 + 60,
        ),
        made("nbf-now", NBF, None, nbf=NOW),
        made("nbf-past", NBF, None, nbf=0),
        made("nbf-smallest", NBF, None, "the least exact integer", nbf=-(2**53)),
        made("nbf-5-ahead", NBF, None, "the leeway's edge", nbf=NOW + 5),
        made("nbf-6-ahead", NBF, "not_yet_valid", nbf=NOW + 6),
        made("nbf-fraction-ahead", NBF, "not_yet_valid", nbf=NOW + 5.25),
        made("nbf-hour-ahead", NBF, "not_yet_valid", nbf=NOW + 3600),
        made("lifetime-day", LIFETIME, None, "exactly", iat=NOW - 60, exp=NOW - 60 + DAY),
        made("lifetime-day-and-second", LIFETIME, "lifetime_too_long", exp=NOW + DAY + 1),
        made("lifetime-day-and-fraction", LIFETIME, "lifetime_too_long", exp=NOW + DAY + 0.5),
        made("lifetime-year", LIFETIME, "lifetime_too_long", exp=NOW + 365 * DAY),
        made("lifetime-milliseconds", LIFETIME, "lifetime_too_long", exp=NOW * 1000),
        made("lifetime-iat-zero", LIFETIME, "lifetime_too_long", iat=0),
        made("lifetime-largest", LIFETIME, "lifetime_too_long", exp=2**53),
    ]


def changes_text(changes: dict[str, Any]) -> str:
    return ", ".join(f"{name} = now {value - NOW:+}" for name, value in changes.items())
