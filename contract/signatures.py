"""Vectors about the signature: what it covers, with which key and hash."""

import base64
import hashlib

from contract.mint import HEADER, base64url, compact, mint, part, signature
from contract.vector_builder import CLAIMS, SINGLE, STRANGER, Vector, claims, header, vector

SIGNED = "HMAC-SHA-256 over both first parts with the shared secret (RFC 7515 section 5.2)"

GOOD = mint(HEADER, CLAIMS, SINGLE)
HEAD, BODY, SIGNATURE = GOOD.split(".")


def vectors() -> list[Vector]:
    def forged(name: str, note: str, token: str) -> Vector:
        return vector(name, note, SIGNED, token, "bad_signature")

    signing_input = f"{HEAD}.{BODY}"
    first = "A" if SIGNATURE[0] != "A" else "B"
    other = mint(HEADER, claims(sub="somebody-else"), STRANGER).split(".")[1]
    raw = signing_input.encode()
    return [
        forged("signature-empty", "cut off", f"{signing_input}."),
        forged("signature-short", "one character less", GOOD[:-1]),
        forged("signature-long", "one character more", f"{GOOD}A"),
        forged("signature-first-character", "tampered", f"{signing_input}.{first}{SIGNATURE[1:]}"),
        forged("signature-zeros", "32 zero bytes", f"{signing_input}.{base64url(bytes(32))}"),
        forged(
            "signature-swapped-case",
            "base64 has two cases",
            f"{signing_input}.{SIGNATURE.swapcase()}",
        ),
        forged(
            "signature-hex",
            "hexadecimal",
            f"{signing_input}.{base64.urlsafe_b64decode(SIGNATURE + '=').hex()}",
        ),
        forged("signature-doubled", "twice", f"{GOOD}{SIGNATURE}"),
        forged("signature-of-another", "a stolen signature", f"{HEAD}.{other}.{SIGNATURE}"),
        forged(
            "payload-tampered",
            "another user's id",
            f"{HEAD}.{part(claims(sub='admin'))}.{SIGNATURE}",
        ),
        forged("header-tampered", "a header added to", f"{part(header(x=1))}.{BODY}.{SIGNATURE}"),
        forged("secret-stranger", "another secret", mint(HEADER, CLAIMS, STRANGER)),
        forged("secret-empty", "the empty key", mint(HEADER, CLAIMS, b"")),
        forged(
            "secret-zero",
            "one zero byte (padding makes it the empty key)",
            mint(HEADER, CLAIMS, b"\0"),
        ),
        forged(
            "secret-newline", "a line break behind the secret", mint(HEADER, CLAIMS, f"{SINGLE}\n")
        ),
        forged(
            "secret-lower-case", "the secret in lower case", mint(HEADER, CLAIMS, SINGLE.lower())
        ),
        forged(
            "secret-base64",
            "the secret in base64",
            mint(HEADER, CLAIMS, base64.b64encode(SINGLE.encode())),
        ),
        forged(
            "secret-hashed",
            "SHA-256 of the secret",
            mint(HEADER, CLAIMS, hashlib.sha256(SINGLE.encode()).digest()),
        ),
        forged(
            "secret-well-known",
            "Better Auth's default",
            mint(HEADER, CLAIMS, "better-auth-secret-12345678901234567890"),
        ),
        forged("secret-weak", "from a word list", mint(HEADER, CLAIMS, "secret")),
        forged(
            "mac-payload-only",
            "the header not covered",
            f"{signing_input}.{signature(BODY, SINGLE)}",
        ),
        forged(
            "mac-without-dot",
            "the dot not covered",
            f"{signing_input}.{signature(HEAD + BODY, SINGLE)}",
        ),
        forged(
            "mac-decoded",
            "over the decoded parts",
            f"{signing_input}.{signature((HEADER + compact(CLAIMS)).decode(), SINGLE)}",
        ),
        forged(
            "hash-no-key",
            "a plain SHA-256",
            f"{signing_input}.{base64url(hashlib.sha256(raw).digest())}",
        ),
        forged(
            "hash-key-in-front",
            "SHA-256(key, input), extendable",
            f"{signing_input}.{base64url(hashlib.sha256(SINGLE.encode() + raw).digest())}",
        ),
        forged(
            "mac-sha512-cut",
            "HMAC-SHA-512 cut to 32 bytes",
            f"{signing_input}.{signature(signing_input, SINGLE, 'sha512')[:43]}",
        ),
        forged("mac-sha1", "HMAC-SHA-1", mint(HEADER, CLAIMS, SINGLE, "sha1")),
        forged(
            "mac-sha512", "HMAC-SHA-512 under alg HS256", mint(HEADER, CLAIMS, SINGLE, "sha512")
        ),
    ]
