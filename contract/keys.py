"""Vectors about which key decides, and about tokens that are no passes at all."""

from typing import Any

from contract.mint import HEADER, base64url, mint, part, signature
from contract.vector_builder import (
    CLAIMS,
    CURRENT,
    LEGACY,
    OLD,
    SINGLE,
    STRANGER,
    Vector,
    header,
    vector,
    with_header,
)

KID = "a string that, in a ring, chooses the key alone (RFC 7515 section 4.1.4)"
KEYS = "keys come from the configuration alone (RFC 8725 section 3.10)"
NOT_OURS = "a token of another kind is no pass (RFC 8725 section 3.12)"


def vectors() -> list[Vector]:
    return [*kids(), *ring(), *pointers(), *foreign()]


def kids() -> list[Vector]:
    def refused(name: str, value: Any) -> Vector:
        return with_header(name, "not a string", KID, header(kid=value), "bad_kid")

    return [
        with_header("kid-ignored", "a single secret has no version", KID, header(kid="2")),
        with_header("kid-path", "points nowhere", KID, header(kid="../../../dev/null")),
        with_header("kid-empty", "a string all the same", KID, header(kid="")),
        with_header("kid-sql", "asks no database", KID, header(kid="x' UNION SELECT 'a';--")),
        refused("kid-number", 2),
        refused("kid-null", None),
        refused("kid-true", True),
        refused("kid-array", ["2"]),
        refused("kid-object", {"2": 2}),
    ]


def ring() -> list[Vector]:
    def made(
        name: str, note: str, secret: str | bytes, reason: str | None = None, **members: Any
    ) -> Vector:
        token = mint(header(**members), CLAIMS, secret)
        return vector(f"ring-{name}", note, KID, token, reason, key="ring")

    def unknown(name: str, value: str, note: str = "not the version's spelling") -> Vector:
        return made(name, note, CURRENT, "unknown_kid", kid=value)

    return [
        made("current", "the secret that signs now", CURRENT, kid="2"),
        made("old", "issued before the rotation", OLD, kid="1"),
        made("no-kid-current", "without kid every secret is tried", CURRENT),
        made("no-kid-old", "without kid every secret is tried", OLD),
        made("no-kid-legacy", "issued before there was a ring", LEGACY),
        made("no-kid-stranger", "by none of them", STRANGER, "bad_signature"),
        made("kid-2-old", "kid chooses alone", OLD, "bad_signature", kid="2"),
        made("kid-1-current", "kid chooses alone", CURRENT, "bad_signature", kid="1"),
        made("kid-2-legacy", "kid chooses alone", LEGACY, "bad_signature", kid="2"),
        made("kid-2-stranger", "another secret", STRANGER, "bad_signature", kid="2"),
        made("kid-2-empty", "the empty key", b"", "bad_signature", kid="2"),
        made("kid-number", "a number", CURRENT, "bad_kid", kid=2),
        made("kid-null", "null", CURRENT, "bad_kid", kid=None),
        unknown("kid-3", "3", "a version that the ring has not"),
        unknown("kid-legacy", "-1", "Better Auth's inner number of the legacy secret"),
        unknown("kid-empty", ""),
        unknown("kid-leading-zero", "02"),
        unknown("kid-space", " 2"),
        unknown("kid-newline", "2\n"),
        unknown("kid-plus", "+2"),
        unknown("kid-float", "2.0"),
        unknown("kid-full-width", "\uff12"),
        unknown("kid-arabic", "\u0662"),
        unknown("kid-nul", "2\0"),
        unknown("kid-path", "../../../dev/null", "a path"),
        unknown("kid-prototype", "__proto__", "a trap of JavaScript objects"),
        made(
            "alg-none",
            "a known kid changes nothing",
            CURRENT,
            "unsupported_alg",
            alg="none",
            kid="2",
        ),
        made("typ-absent", "another header with a known kid", CURRENT, kid="2", typ=...),
    ]


def pointers() -> list[Vector]:
    stranger = {"kty": "oct", "k": base64url(STRANGER.encode()), "alg": "HS256"}

    def forged(name: str, note: str, **members: Any) -> Vector:
        return vector(name, note, KEYS, mint(header(**members), CLAIMS, STRANGER), "bad_signature")

    return [
        forged("jwk-own", "brings its own key (CVE-2018-0114)", jwk=stranger),
        forged("jku", "points to a key set", jku="http://127.0.0.1:9/jwks.json"),
        forged("x5u", "points to a certificate", x5u="http://127.0.0.1:9/cert.pem"),
        forged("x5c", "brings a certificate", x5c=["MIIB"]),
        with_header("jwk-ignored", "a right signature, the key unused", KEYS, header(jwk=stranger)),
        with_header("jku-ignored", "never fetched", KEYS, header(jku="http://127.0.0.1:9/")),
    ]


def foreign() -> list[Vector]:
    """Tokens that somebody may well send by mistake, or that share the secret."""
    eddsa = f"{part({'alg': 'EdDSA', 'kid': 'Jq8fKx2mZpL0wQe7'})}.{part(CLAIMS)}.{'A' * 85}Q"
    rs256 = f"{part({'alg': 'RS256', 'typ': 'JWT'})}.{part(CLAIMS)}.{'A' * 342}"
    jwe_header = part({"alg": "dir", "enc": "A256CBC-HS512", "kid": "x"})
    jwe = f"{jwe_header}..{'A' * 22}.{'A' * 128}.{'A' * 43}"

    def better_auth(name: str, note: str, payload: dict[str, Any]) -> Vector:
        # better-auth src/crypto/jwt.ts signJWT: header without typ, the claims before iat and exp
        dated = payload | {"iat": CLAIMS["iat"], "exp": CLAIMS["exp"]}
        return vector(name, note, NOT_OURS, mint({"alg": "HS256"}, dated, SINGLE), "bad_sub")

    session = {
        "session": {"id": "s1", "userId": "u1", "token": "t1"},
        "user": {"id": "u1", "email": "ada@example.com", "sub": "u1"},
        "updatedAt": 1_800_000_000_000,
        "version": "1",
    }
    return [
        better_auth("email-verification", "email-verification.ts", {"email": "ada@example.com"}),
        better_auth(
            "email-verification-user",
            "the same since it names the user",
            {"email": "ada@example.com", "userId": "u1"},
        ),
        better_auth(
            "email-change",
            "confirms a new address",
            {
                "email": "ada@example.com",
                "updateTo": "eve@example.com",
                "requestType": "change-email-verification",
            },
        ),
        better_auth("cookie-cache", "session.cookieCache with strategy jwt", session),
        vector("cookie-cache-jwe", "the same with strategy jwe", NOT_OURS, jwe, "malformed"),
        vector("official-jwt-plugin", "Better Auth's jwt()", NOT_OURS, eddsa, "unsupported_alg"),
        vector("rs256", "an OpenID provider's token", NOT_OURS, rs256, "unsupported_alg"),
        vector(
            "session-cookie",
            "better-auth.session_token pasted for a token",
            NOT_OURS,
            f"{'x' * 32}.{signature('x' * 32, SINGLE)}%3D",
            "malformed",
        ),
        vector("nested", "a pass inside a pass (cty JWT)", NOT_OURS, nested(), "bad_payload"),
    ]


def nested() -> str:
    inner = mint(HEADER, CLAIMS, SINGLE)
    return mint(header(cty="JWT"), inner.encode(), SINGLE)
