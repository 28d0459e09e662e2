"""Vectors about the header: alg, typ and crit. All rightly signed."""

from typing import Any

from contract.mint import mint, part, signature
from contract.vector_builder import (
    CLAIMS,
    SINGLE,
    Vector,
    header,
    vector,
    with_header,
)

ALG = '"HS256" exactly (RFC 7515 section 4.1.1, RFC 8725 section 3.1)'
TYP = 'absent or "JWT" in any case (RFC 7519 section 5.1, RFC 8725 section 3.11)'
CRIT = "no extension is understood (RFC 7515 section 4.1.11, RFC 7797)"


def vectors() -> list[Vector]:
    return [*algorithms(), *types(), *extensions()]


def algorithms() -> list[Vector]:
    def refused(name: str, value: Any, note: str = "spelled otherwise") -> Vector:
        return with_header(f"alg-{name}", note, ALG, header(alg=value), "unsupported_alg")

    unsigned = f"{part(header(alg='none'))}.{part(CLAIMS)}"
    hs512 = mint(header(alg="HS512"), CLAIMS, SINGLE, "sha512")
    hs384 = mint(header(alg="HS384"), CLAIMS, SINGLE, "sha384")
    return [
        vector("alg-none", "unsecured (RFC 7515 A.5)", ALG, f"{unsigned}.", "unsupported_alg"),
        vector("alg-none-two-parts", "without the last dot", ALG, unsigned, "malformed"),
        refused("none-signed", "none", "unsecured, with a good HMAC"),
        refused("none-capital", "None"),
        refused("none-mixed", "nOnE"),
        refused("none-upper", "NONE"),
        refused("hs256-lower", "hs256"),
        refused("hs256-mixed", "Hs256"),
        refused("hs256-space", "HS256 "),
        refused("hs256-leading-space", " HS256"),
        refused("hs256-nul", "HS256\0"),
        refused("hs256-newline", "HS256\n"),
        refused("hs256-dash", "HS-256"),
        refused("hs256-full-width", "\uff28\uff33\uff12\uff15\uff16"),
        refused("hmac-sha256", "HMAC-SHA256"),
        refused("sha256", "SHA256"),
        refused("empty", ""),
        refused("absent", ..., "left out"),
        refused("null", None, "null"),
        refused("true", True, "a boolean"),
        refused("number", 256, "a number"),
        refused("array", ["HS256"], "an array"),
        refused("object", {"HS256": True}, "an object"),
        refused("rs256", "RS256", "key confusion: HMAC under a signature's name"),
        refused("es256", "ES256", "key confusion"),
        refused("ps256", "PS256", "key confusion"),
        refused("eddsa", "EdDSA", "key confusion"),
        refused("hs384-in-name", "HS384", "HMAC-SHA-256 under its name"),
        refused("dir", "dir", "an algorithm of JWE"),
        refused("a256kw", "A256KW", "an algorithm of JWE"),
        vector("alg-hs384", "really HMAC-SHA-384", ALG, hs384, "unsupported_alg"),
        vector("alg-hs512", "really HMAC-SHA-512", ALG, hs512, "unsupported_alg"),
        with_header(
            "alg-name-upper",
            "member names are case-sensitive",
            ALG,
            {"ALG": "HS256", "typ": "JWT"},
            "unsupported_alg",
        ),
        with_header("alg-escaped", "JSON escapes", ALG, b'{"alg":"\\u0048S256"}'),
        with_header(
            "alg-twice-none-last",
            "which one counts is a guess",
            "no member twice (RFC 7515 section 4)",
            b'{"alg":"HS256","alg":"none"}',
            "bad_header",
        ),
        with_header(
            "alg-twice-none-first",
            "the other way round",
            "no member twice (RFC 7515 section 4)",
            b'{"alg":"none","typ":"JWT","alg":"HS256"}',
            "bad_header",
        ),
        with_header(
            "alg-twice-escaped",
            "the second in escapes",
            "no member twice (RFC 7515 section 4)",
            b'{"alg":"none","\\u0061lg":"HS256"}',
            "bad_header",
        ),
    ]


def types() -> list[Vector]:
    def refused(name: str, value: Any, note: str = "a foreign type") -> Vector:
        return with_header(f"typ-{name}", note, TYP, header(typ=value), "unsupported_typ")

    return [
        with_header("typ-absent", "typ is optional", TYP, {"alg": "HS256"}),
        with_header("typ-lower", "types have no case", TYP, header(typ="jwt")),
        with_header("typ-mixed", "types have no case", TYP, header(typ="jWt")),
        refused("access-token", "at+jwt", "RFC 9068"),
        refused("security-event", "secevent+jwt", "RFC 8417"),
        refused("dpop", "dpop+jwt", "RFC 9449"),
        refused("logout", "logout+jwt", "OpenID back-channel logout"),
        refused("media-type", "application/jwt", "the recommended spelling is JWT"),
        refused("jose", "JOSE"),
        refused("jwe", "JWE"),
        refused("empty", ""),
        refused("space", "JWT "),
        refused("null", None, "null"),
        refused("number", 1, "a number"),
        refused("array", ["JWT"], "an array"),
    ]


def extensions() -> list[Vector]:
    def refused(name: str, note: str, **members: Any) -> Vector:
        return with_header(name, note, CRIT, header(**members), "critical_header")

    unencoded = f"{part(header(b64=False, crit=['b64']))}.{{}}"
    return [
        refused("crit-b64", "unencoded payload", crit=["b64"], b64=False),
        refused("crit-unknown", "an extension of nobody", crit=["http://example.com/x"]),
        refused("crit-exp", "as in RFC 7515 section 4.1.11", crit=["exp"], exp=1),
        refused("crit-empty", "must not be empty", crit=[]),
        refused("crit-null", "must be an array", crit=None),
        refused("crit-string", "must be an array", crit="b64"),
        refused("crit-false", "must be an array", crit=False),
        refused("crit-registered", "must not name registered members", crit=["alg"]),
        refused("b64-false", "without crit", b64=False),
        refused("b64-true", "the default, spelled out", b64=True),
        vector(
            "b64-unencoded",
            "a payload that really is unencoded (RFC 7797 section 5.1)",
            CRIT,
            f"{unencoded}.{signature(unencoded, SINGLE)}",
            "critical_header",
        ),
        with_header("header-extra", "other members are ignored", CRIT, header(cty="x", zip="DEF")),
    ]
