"""Vectors about the token's outer form: parts, base64url, size."""

import base64
import json

from contract.mint import HEADER, base64url, compact, mint, part, signature
from contract.vector_builder import (
    CLAIMS,
    SINGLE,
    Vector,
    claims,
    vector,
    with_header,
    with_payload,
)

PARTS = "exactly three parts, ASCII (RFC 7515 section 7.1)"
BASE64URL = "canonical base64url only (RFC 7515 section 2, RFC 4648 sections 3.2 to 3.5)"
SIZE = "at most 8192 bytes"

GOOD = mint(HEADER, CLAIMS, SINGLE)
HEAD, BODY, SIGNATURE = GOOD.split(".")


def vectors() -> list[Vector]:
    return [*structure(), *encoding(), *size()]


def structure() -> list[Vector]:
    def malformed(name: str, note: str, token: str, reason: str = "malformed") -> Vector:
        return vector(name, note, PARTS, token, reason)

    flattened = {"protected": HEAD, "payload": BODY, "signature": SIGNATURE}
    return [
        malformed("empty", "nothing at all", ""),
        malformed("no-dot", "one part", HEAD),
        malformed("two-parts", "signature left out", f"{HEAD}.{BODY}"),
        malformed(
            "two-parts-signed",
            "the signature covers the header alone and is right",
            f"{HEAD}.{signature(HEAD, SINGLE)}",
        ),
        malformed("four-parts", "something after the signature", f"{GOOD}.{SIGNATURE}"),
        malformed(
            "five-parts", "the form of a JWE (RFC 7516 section 7.1)", f"{GOOD}.{BODY}.{BODY}"
        ),
        malformed("dots-only", "two dots and no parts", "..", "bad_header"),
        malformed("three-dots", "four empty parts", "..."),
        malformed("many-dots", "as many parts as fit", "." * 8192),
        malformed("leading-dot", "an empty part in front", f".{GOOD}"),
        malformed("trailing-dot", "an empty part behind", f"{GOOD}."),
        malformed("doubled-dot", "an empty part between", f"{HEAD}..{BODY}.{SIGNATURE}"),
        malformed("header-empty", "rightly signed", mint("", CLAIMS, SINGLE), "bad_header"),
        malformed("payload-empty", "rightly signed", mint(HEADER, "", SINGLE), "bad_payload"),
        malformed("percent-dots", "dots percent-encoded", GOOD.replace(".", "%2E")),
        malformed("other-dots", "full stops of another script", GOOD.replace(".", "\u3002")),
        malformed("json-serialization", "RFC 7515 section 7.2.2", json.dumps(flattened)),
        malformed("non-ascii", "one letter outside ASCII", f"{GOOD}é"),
        malformed("zero-width-space", "invisible in a log", f"\u200b{GOOD}"),
        malformed("byte-order-mark", "in front of the token", f"\ufeff{GOOD}"),
        malformed("lone-surrogate", "half a character", f"{GOOD}\udc80"),
        malformed("space-inside", "a space for the first dot", f"{HEAD} {BODY}.{SIGNATURE}"),
    ]


def encoding() -> list[Vector]:
    def refused(name: str, note: str, token: str, reason: str = "bad_encoding") -> Vector:
        return vector(name, note, BASE64URL, token, reason)

    # Payloads chosen so that their text has both letters that base64 spells otherwise.
    ambiguous = compact(claims(name="~~~???>>>ÿÿÿ"))
    standard = base64.b64encode(ambiguous).rstrip(b"=").decode()
    spare_two = next(compact(claims(x="x" * n)) for n in range(3) if needs_padding(n) == 1)
    spare_four = next(compact(claims(x="x" * n)) for n in range(3) if needs_padding(n) == 2)
    long_header = b'{"alg":"HS256","typ":"JWT"} '
    return [
        with_payload("base64url-letters", "- and _ in the payload", BASE64URL, ambiguous),
        refused(
            "base64-letters", "+ and / instead, rightly signed", mint(HEADER, standard, SINGLE)
        ),
        refused("header-padded", "rightly signed", mint(part(long_header) + "==", CLAIMS, SINGLE)),
        refused(
            "payload-padded",
            "rightly signed",
            mint(HEADER, base64.urlsafe_b64encode(spare_two).decode(), SINGLE),
        ),
        refused("signature-padded", "one = behind", f"{GOOD}=", "bad_signature"),
        refused(
            "padding-inside", "an = in the payload", mint(HEADER, f"{BODY[:8]}={BODY[8:]}", SINGLE)
        ),
        refused(
            "header-spare-bits",
            "the last character carries bits that no byte has",
            mint(nudged(part(long_header)), CLAIMS, SINGLE),
        ),
        refused(
            "payload-spare-bits-two",
            "the same with two spare bits",
            mint(HEADER, nudged(part(spare_two)), SINGLE),
        ),
        refused(
            "payload-spare-bits-four",
            "the same with four spare bits",
            mint(HEADER, nudged(part(spare_four)), SINGLE),
        ),
        refused(
            "signature-spare-bits",
            "a second spelling of the right signature",
            f"{HEAD}.{BODY}.{nudged(SIGNATURE)}",
            "bad_signature",
        ),
        refused(
            "impossible-length",
            "4n + 1 characters hold no whole byte",
            mint(HEADER, base64url(b"x" * 3) + "A", SINGLE),
        ),
        refused(
            "payload-space", "a space inside, rightly signed", mint(HEADER, f" {BODY}", SINGLE)
        ),
        refused(
            "payload-newline",
            "a line break inside",
            mint(HEADER, f"{BODY[:9]}\n{BODY[9:]}", SINGLE),
        ),
        refused("payload-tab", "a tab behind", mint(HEADER, f"{BODY}\t", SINGLE)),
        refused("payload-nul", "a NUL behind", mint(HEADER, f"{BODY}\0", SINGLE)),
        refused(
            "payload-bang", "a character of no alphabet", mint(HEADER, f"{BODY[:-1]}!", SINGLE)
        ),
        refused("leading-space", "in front of the token", f" {GOOD}"),
        refused("trailing-newline", "as a shell's echo leaves it", f"{GOOD}\n", "bad_signature"),
        refused("trailing-crlf", "as a Windows file leaves it", f"{GOOD}\r\n", "bad_signature"),
        refused("quoted", "inside double quotes", f'"{GOOD}"'),
        refused("scheme-inside", "the scheme copied along", f"Bearer {GOOD}"),
        refused("header-not-base64", "plain JSON as header", mint(HEADER.decode(), CLAIMS, SINGLE)),
        refused(
            "payload-not-base64",
            "RFC 7797 without b64",
            mint(HEADER, compact(CLAIMS).decode(), SINGLE),
            "malformed",
        ),
        refused(
            "base64-twice",
            "the payload encoded twice",
            mint(HEADER, BODY.encode(), SINGLE),
            "bad_payload",
        ),
    ]


def needs_padding(filling: int) -> int:
    return -len(compact(claims(x="x" * filling))) % 3


def nudged(text: str) -> str:
    """The same bytes with a spare bit set in the last character."""
    alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
    return text[:-1] + alphabet[alphabet.index(text[-1]) + 1]


def size() -> list[Vector]:
    padding = next(n for n in range(5000, 7000) if sized(n) == 8192)
    return [
        with_payload("size-8192", "as large as allowed", SIZE, claims(pad="x" * padding)),
        vector(
            "size-8193",
            "one byte more, nothing else wrong with it but its end",
            SIZE,
            mint(HEADER, claims(pad="x" * padding), SINGLE) + "A",
            "too_large",
        ),
        with_payload(
            "size-signed", "rightly signed and 20 kB", SIZE, claims(pad="x" * 15_000), "too_large"
        ),
        vector("size-letters", "nothing but letters", SIZE, "A" * 20_000, "too_large"),
        with_header("header-large", "a long header is no fault", SIZE, header_of(4000)),
    ]


def header_of(filling: int) -> dict[str, str]:
    return {"alg": "HS256", "typ": "JWT", "x": "x" * filling}


def sized(filling: int) -> int:
    return len(mint(HEADER, claims(pad="x" * filling), SINGLE))
