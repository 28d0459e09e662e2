"""Vectors about the payload: its JSON and its text claims. All rightly signed."""

from typing import Any

from contract.mint import HEADER, compact
from contract.vector_builder import (
    EMAIL,
    JSON,
    NOW,
    SUB,
    Vector,
    claims,
    with_header,
    with_payload,
)

TWICE = "no member twice, at any depth (RFC 7519 section 4)"
TEXT = "a string of Unicode characters (RFC 7519 section 2, RFC 8259 section 8.2)"
EXTRA = "other claims are ignored (RFC 7519 section 4)"


def vectors() -> list[Vector]:
    return [*json_forms(), *duplicates(), *texts(), *extras()]


def json_forms() -> list[Vector]:
    good = compact(claims())
    broken = {
        "empty-text": (b"", "no JSON at all"),
        "null": (b"null", "not an object"),
        "string": (b'"sub"', "not an object"),
        "number": (b"1800000000", "not an object"),
        "array": (b"[" + good + b"]", "not an object"),
        "two-objects": (good + good, "something behind the object"),
        "trailing-garbage": (good + b"x", "something behind the object"),
        "trailing-nul": (good + b"\0", "something behind the object"),
        "trailing-comma": (good[:-1] + b",}", "lenient parsers take it"),
        "cut-off": (good[:-1], "the last brace is missing"),
        "comment": (good[:-1] + b"/**/}", "lenient parsers take it"),
        "single-quotes": (good.replace(b'"', b"'"), "JavaScript, not JSON"),
        "bare-names": (good.replace(b'"sub"', b"sub"), "JavaScript, not JSON"),
        "nan": (good[:-1] + b',"x":NaN}', "Python writes it, JSON has it not"),
        "infinity": (good[:-1] + b',"x":Infinity}', "Python writes it"),
        "minus-infinity": (good[:-1] + b',"x":-Infinity}', "Python writes it"),
        "leading-zero": (good[:-1] + b',"x":01}', "no JSON number"),
        "plus-sign": (good[:-1] + b',"x":+1}', "no JSON number"),
        "hexadecimal": (good[:-1] + b',"x":0x10}', "no JSON number"),
        "bare-point": (good[:-1] + b',"x":1.}', "no JSON number"),
        "arabic-digit": (good[:-1] + ',"x":\u0661}'.encode(), "digits are ASCII"),
        "control-character": (good[:-1] + b',"x":"\n"}', "must be escaped"),
        "bad-escape": (good[:-1] + b',"x":"\\x41"}', "no JSON escape"),
        "form-feed": (b"\f" + good, "no JSON whitespace"),
        "no-break-space": ("\u00a0".encode() + good, "no JSON whitespace"),
        "byte-order-mark": (b"\xef\xbb\xbf" + good, "RFC 8259 section 8.1"),
        "utf-16-le": (good.decode().encode("utf-16-le"), "json.loads guesses it"),
        "utf-16-be": (good.decode().encode("utf-16-be"), "json.loads guesses it"),
        "utf-16-mark": (good.decode().encode("utf-16"), "json.loads guesses it"),
        "utf-32": (good.decode().encode("utf-32-le"), "json.loads guesses it"),
        "latin-1": (good.replace(b"ada", b"ad\xe9"), "é in Latin-1"),
        "overlong": (good.replace(b"ada", b"ad\xc1\xa1"), "a in two bytes"),
        "utf-8-surrogate": (good.replace(b"ada", b"ad\xed\xa0\x80"), "CESU-8"),
        "utf-8-cut": (good.replace(b"ada", b"ad\xf0\x9f\x98"), "half a character"),
        "beyond-unicode": (good.replace(b"ada", b"ad\xf4\x90\x80\x80"), "above U+10FFFF"),
        "arrays-nested": (b"[" * 5000, "a bomb for recursive parsers"),
        "objects-nested": (b'{"a":' * 1000, "the same with objects"),
        "huge-integer": (good[:-1] + b',"x":' + b"9" * 5000 + b"}", "5000 digits"),
    }
    headers = {
        "not-json": b"HS256",
        "array": b'[{"alg":"HS256"}]',
        "string": b'"HS256"',
        "null": b"null",
        "nan": b'{"alg":"HS256","x":NaN}',
        "trailing-comma": b'{"alg":"HS256",}',
        "trailing-garbage": HEADER + b"}",
        "byte-order-mark": b"\xef\xbb\xbf" + HEADER,
        "utf-16": HEADER.decode().encode("utf-16-le"),
        "invalid-utf-8": b'{"alg":"HS256","x":"\xff"}',
        "nested": b'{"x":' * 1000,
        "arrays-nested": b"[" * 5000,
        "huge-integer": b'{"alg":"HS256","x":' + b"9" * 5000 + b"}",
        "nested-duplicate": b'{"alg":"HS256","jwk":{"k":1,"k":2}}',
    }
    return [
        *(
            with_payload(f"payload-{name}", note, JSON, raw, "bad_payload")
            for name, (raw, note) in broken.items()
        ),
        *(
            with_header(f"header-{name}", "as strict as the payload", JSON, raw, "bad_header")
            for name, raw in headers.items()
        ),
        with_payload("payload-whitespace", "JSON allows it", JSON, b" \t\r\n" + good + b"\n "),
        with_payload(
            "payload-spaced", "another writer's spacing", JSON, good.replace(b",", b" , ")
        ),
        with_header("header-whitespace", "JSON allows it", JSON, b" " + HEADER + b"\n"),
        with_header("header-other-order", "order is free", JSON, b'{"typ":"JWT","alg":"HS256"}'),
    ]


def duplicates() -> list[Vector]:
    def refused(name: str, note: str, more: str) -> Vector:
        raw = compact(claims())[:-1] + f",{more}}}".encode()
        return with_payload(name, note, TWICE, raw, "bad_payload")

    return [
        refused("sub-twice", "which user?", '"sub":"admin"'),
        refused("sub-twice-same", "even with one value", f'"sub":"{SUB}"'),
        refused("email-twice", "which address?", '"email":"eve@example.com"'),
        refused("exp-twice", "which end?", f'"exp":{NOW + 60}'),
        refused("iat-twice", "which beginning?", f'"iat":{NOW - 1}'),
        refused("sub-twice-escaped", "the second in escapes", '"s\\u0075b":"admin"'),
        refused("extra-twice", "a claim that nobody reads", '"x":1,"x":2'),
        refused("inner-twice", "inside an ignored claim", '"x":{"a":1,"a":2}'),
        with_payload(
            "names-differ-in-case",
            "names are case-sensitive, so this is no duplicate",
            TWICE,
            claims(Sub="admin", EMAIL="eve@example.com"),
        ),
    ]


def texts() -> list[Vector]:
    vectors = []
    values: dict[str, Any] = {
        "absent": ...,
        "null": None,
        "number": 7,
        "true": True,
        "array": [SUB],
        "object": {"id": SUB},
        "nul": "a\0b",
    }
    for claim in ("sub", "email"):
        for name, value in values.items():
            vectors.append(
                with_payload(f"{claim}-{name}", "", TEXT, claims(**{claim: value}), f"bad_{claim}")
            )
        for name, half in {
            "high": "\\ud83d",
            "low": "\\ude00",
            "reversed": "\\ude00\\ud83d",
        }.items():
            raw = compact(claims(**{claim: "HALF"})).replace(b"HALF", half.encode())
            vectors.append(
                with_payload(
                    f"{claim}-lone-{name}", "half a surrogate pair", TEXT, raw, f"bad_{claim}"
                )
            )
    pair = compact(claims(sub="PAIR")).replace(b"PAIR", b"\\ud83d\\ude00")
    named = {
        "sub-unicode": "ユーザー-Ω",
        "sub-emoji": "😀",
        "sub-space": " ",
        "sub-combining": "e\u0301",
        "sub-right-to-left": "\u202eadmin",
        "sub-slash": "a/../b%2f",
        "sub-sql": "' OR 1=1 --",
        "sub-noncharacter": "\uffff\U0010ffff",
        "sub-control": "a\x01b",
    }
    return [
        *(vector | {"note": vector["note"] or "not a string"} for vector in vectors),
        with_payload("sub-empty", "nobody", TEXT, claims(sub=""), "bad_sub"),
        with_payload("email-empty", "a string", TEXT, claims(email=""), user=user(email="")),
        with_payload("email-no-at", "any string", TEXT, claims(email="x"), user=user(email="x")),
        with_payload("sub-escaped-pair", "an emoji in escapes", TEXT, pair, user=user(id="😀")),
        *(
            with_payload(name, "any text", TEXT, claims(sub=text), user=user(id=text))
            for name, text in named.items()
        ),
        with_payload(
            "email-unicode",
            "internationalised",
            TEXT,
            claims(email="用户@例子.广告"),
            user=user(email="用户@例子.广告"),
        ),
        with_payload(
            "email-escaped",
            "the same text in escapes",
            TEXT,
            compact(claims(email="E")).replace(b'"E"', b'"zo\\u00eb@example.com"'),
            user=user(email="zoë@example.com"),
        ),
        with_payload("object-empty", "no claim at all", TEXT, b"{}", "bad_sub"),
    ]


def user(**changes: str) -> dict[str, str]:
    return {"id": SUB, "email": EMAIL} | changes


def extras() -> list[Vector]:
    return [
        with_payload(
            "extra-claims", "of all kinds", EXTRA, claims(role="admin", n=1, deep={"a": [1, None]})
        ),
        with_payload("extra-aud", "an audience", EXTRA, claims(aud="somebody-else")),
        with_payload("extra-iss", "an issuer", EXTRA, claims(iss="https://example.com")),
        with_payload("extra-jti", "not even a string", EXTRA, claims(jti=7)),
        with_payload("extra-prototype", "a trap elsewhere", EXTRA, claims(__proto__={"sub": 1})),
        with_payload(
            "extra-many", "400 of them", EXTRA, claims(**{f"x{n}": n for n in range(400)})
        ),
        with_payload("extra-empty-name", "a nameless claim", EXTRA, claims(**{"": 1})),
        with_payload(
            "extra-large-number", "400 digits in an ignored claim", EXTRA, claims(x=10**400)
        ),
    ]
