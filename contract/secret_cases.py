"""Golden cases for the environment that holds the secrets; both halves must read it alike."""

from typing import Any

MINIMUM = 32

FASTAPI_TUTORIAL = "09d25e094faa6ca2556c818166b7a9563b93f7099f6f0f4caa6cf63b88e8d3e7"

# Lower-cased, with everything but letters and digits dropped, a secret may contain none of these.
PLACEHOLDERS = [
    "betterauthsecret1234567890",
    "changeme",
    "changethis",
    "yoursecret",
    "yoursupersecret",
    "yourbetterauthsecret",
    "replaceme",
    "replacethis",
    "replacewith",
    "putyour",
    "pasteyour",
    "insertyour",
    "placeholder",
    "changein",
    "donotuse",
    "your256bit",
    "astringsecretatleast",
    "djangoinsecure",
    "opensslrand",
    FASTAPI_TUTORIAL,
]

A = "a1-7q2Xv9mB4tKc1RzYw8Lh5NdJf3GpQs6"
B = "b2-Yw8Lh5NdJf3Gp7q2Xv9mB4tKc1RzWe8"
C = "c3-mB4tKc1RzYw8Lh5NdJf3Gp7q2Xv9Ty0"
EXACT = "Jf3Gp7q2Xv9mB4tKc1RzYw8Lh5NdQe6S"
EMOJI = "😀🎉🚀🌍🎈🎁🍀🔥🌈🎵🏆🐳🦊🌻🍉🧩"
EIGHT = "abcdefghhgfedcbaaabbccddeeffgghh"
SEVEN = EIGHT.replace("h", "g")

Case = dict[str, Any]


def document() -> dict[str, Any]:
    return {
        "minimum_characters": MINIMUM,
        "placeholders": PLACEHOLDERS,
        "cases": [*singles(), *placeholders(), *rings()],
    }


def case(name: str, note: str, single: str | None, ring: str | None) -> Case:
    variables = {"BETTER_AUTH_SECRET": single, "BETTER_AUTH_SECRETS": ring}
    environment = {key: value for key, value in variables.items() if value is not None}
    return {"name": name, "note": note, "env": environment}


def good(
    name: str,
    note: str,
    current: str,
    *,
    single: str | None = None,
    ring: str | None = None,
    kid: str | None = None,
    others: list[str] | None = None,
) -> Case:
    """Signs with *current* under *kid*; tokens of *others* without kid verify as well."""
    read = {"secret": current, "kid": kid, "others": others or []}
    return case(name, note, single, ring) | {"valid": True, "names": None, "current": read}


def bad(
    name: str,
    note: str,
    *,
    single: str | None = None,
    ring: str | None = None,
    names: str | None = None,
) -> Case:
    """Refused at start-up by one line that contains *names*, the variable at fault."""
    at_fault = names or ("BETTER_AUTH_SECRETS" if ring else "BETTER_AUTH_SECRET")
    return case(name, note, single, ring) | {"valid": False, "names": at_fault, "current": None}


def singles() -> list[Case]:
    return [
        bad("unset", "neither variable"),
        bad("empty", "an empty value is no value", single=""),
        bad("both-empty", "an empty value is no value", single="", ring=""),
        bad("short", "31 characters", single=EXACT[:31]),
        bad("short-emoji", "16 characters that are 32 UTF-16 units", single=EMOJI),
        bad("spaces", "one character, 40 times", single=" " * 40),
        good("exact", "32 characters", EXACT, single=EXACT),
        good("long", "longer than SHA-256's block", A * 4, single=A * 4),
        good("unicode", "the key is its UTF-8", "ключ-" + EXACT, single="ключ-" + EXACT),
        good("emoji", "32 characters, 64 UTF-16 units", EMOJI * 2, single=EMOJI * 2),
        good("spaces-kept", "not trimmed", f" {EXACT} ", single=f" {EXACT} "),
        good("comma", "no list here", f"{EXACT},2:x", single=f"{EXACT},2:x"),
        good("colon", "no version here", f"2:{EXACT}", single=f"2:{EXACT}"),
        good("base64", "as openssl rand makes it", A64, single=A64),
        good("hexadecimal", "as openssl rand -hex makes it", HEX, single=HEX),
        good("ring-empty", "an empty ring is no ring", A, single=A, ring=""),
        good("eight-different", "as few as may be", EIGHT, single=EIGHT),
        good("repeated-16", "a text of 16 characters twice", EXACT[:16] * 2, single=EXACT[:16] * 2),
        bad("seven-different", "easily guessed", single=SEVEN),
        bad("ab", "two characters in turns", single="ab" * 16),
        bad("nearly-one-character", "a different end", single="x" * 39 + "y"),
        bad("repeated-10", "ten digits again and again", single="0123456789" * 4),
        bad("repeated-15", "and a part of it", single=(EXACT[:15] * 3)[:40]),
        bad("repeated-emoji", "by characters, not by UTF-16 units", single=EMOJI[:15] * 3),
        bad("line-break", "of a file, say; the other half may trim it", single=f"{A}\n"),
        bad("line-break-inside", "two lines", single=f"{EXACT}\n{EXACT}"),
        bad("carriage-return", "a line of Windows", single=f"{A}\r"),
        bad("nul", "HMAC pads a key with it: two secrets, one key", single=f"{A}\0"),
    ]


A64 = "Zk9tQ2xXbVlQd3N1VHJhR2hKcUxuRXpCY1ZkSXg="
HEX = "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08"


def placeholders() -> list[Case]:
    texts = {
        "better-auth-default": "better-auth-secret-12345678901234567890",
        "better-auth-default-upper": "BETTER_AUTH_SECRET_12345678901234567890",
        "change-me": "change-me-change-me-change-me-change-me",
        "change-me-underscores": "CHANGE_ME_TO_32_RANDOM_CHARACTERS_OR_MORE",
        "change-this": "please change this to a long random text",
        "your-secret": "your-secret-key-at-least-32-characters-long",
        "your-super-secret": "your-super-secret-key-of-32-characters!!",
        "replace-with": "<replace with the output of openssl rand>",
        "change-in-production": "super-secret-key-change-in-production-32",
        "do-not-use": "development-secret-do-not-use-in-production",
        "your-256-bit": "your-256-bit-secret-your-256-bit-secret",
        "a-string-secret": "a-string-secret-at-least-256-bits-long",
        "django": "django-insecure-7q2Xv9mB4tKc1RzYw8Lh5NdJf3GpQs6",
        "the-command-itself": "$(openssl rand -base64 32) openssl rand",
        "fastapi-tutorial": FASTAPI_TUTORIAL,
        "placeholder": "this-is-only-a-placeholder-0123456789",
        "one-character": "x" * 40,
        "zeros": "0" * 64,
        "inside": f"{A}-changeme",
    }
    return [
        bad(f"placeholder-{name}", "copied from an example", single=text)
        for name, text in texts.items()
    ]


def rings() -> list[Case]:
    bom = "\ufeff"
    return [
        good("ring-one", "one entry", A, ring=f"1:{A}", kid="1"),
        good("ring-two", "the first signs", B, ring=f"2:{B},1:{A}", kid="2", others=[A]),
        good(
            "ring-order", "the first, not the highest", A, ring=f"1:{A},2:{B}", kid="1", others=[B]
        ),
        good("ring-zero", "0 is a version", A, ring=f"0:{A}", kid="0"),
        good("ring-large", "15 digits", A, ring=f"202611221815300:{A}", kid="202611221815300"),
        good(
            "ring-spaces", "entries are trimmed", B, ring=f" 2: {B} , 1:{A}\t", kid="2", others=[A]
        ),
        good("ring-byte-order-mark", "as JavaScript trims", A, ring=f"{bom}1:{A}{bom}", kid="1"),
        good(
            "ring-separator-kept", "JavaScript keeps U+001F", f"{A}\x1f", ring=f"1:{A}\x1f", kid="1"
        ),
        good(
            "ring-next-line-kept", "JavaScript keeps U+0085", f"{A}\x85", ring=f"1:{A}\x85", kid="1"
        ),
        good("ring-colon", "only the first colon counts", f"x:{A}", ring=f"1:x:{A}", kid="1"),
        good(
            "ring-legacy",
            "the single secret still verifies",
            B,
            ring=f"2:{B}",
            single=A,
            kid="2",
            others=[A],
        ),
        good(
            "ring-legacy-same",
            "it is the old entry",
            B,
            ring=f"2:{B},1:{A}",
            single=A,
            kid="2",
            others=[A],
        ),
        good(
            "ring-legacy-empty", "an empty value is no value", B, ring=f"2:{B}", single="", kid="2"
        ),
        good("ring-three", "any number", C, ring=f"3:{C},2:{B},1:{A}", kid="3", others=[B, A]),
        bad("ring-no-version", "no colon", ring=A),
        bad("ring-no-version-second", "no colon", ring=f"2:{B},{A}"),
        bad("ring-version-empty", "nothing before the colon", ring=f":{A}"),
        bad("ring-version-word", "not a number", ring=f"new:{A}"),
        bad("ring-version-negative", "below zero", ring=f"-1:{A}"),
        bad("ring-version-plus", "not canonical", ring=f"+1:{A}"),
        bad("ring-version-leading-zero", "not canonical", ring=f"01:{A}"),
        bad("ring-version-float", "parseInt would take it", ring=f"1.5:{A}"),
        bad("ring-version-suffix", "parseInt would take it", ring=f"1x:{A}"),
        bad("ring-version-space", "not canonical", ring=f"1 :{A}"),
        bad("ring-version-full-width", "digits are ASCII", ring=f"\uff11:{A}"),
        bad("ring-version-16-digits", "not exact in JavaScript", ring=f"9007199254740993:{A}"),
        bad("ring-version-twice", "which one?", ring=f"1:{A},1:{B}"),
        bad("ring-version-twice-same", "even with one secret", ring=f"1:{A},1:{A}"),
        bad("ring-secret-empty", "nothing behind the colon", ring="1:"),
        bad("ring-secret-spaces", "nothing once trimmed", ring="1:   "),
        bad("ring-trailing-comma", "an empty entry", ring=f"1:{A},"),
        bad("ring-comma", "two empty entries", ring=","),
        bad("ring-space", "a value, but no entry", ring=" "),
        bad("ring-short-first", "31 characters", ring=f"2:{EXACT[:31]},1:{A}"),
        bad("ring-short-second", "an old secret can be forged with, too", ring=f"2:{A},1:short"),
        bad("ring-short-once-trimmed", "32 with its spaces", ring=f"1: {EXACT[:30]} "),
        good("ring-line-break-around", "trimmed", A, ring=f"1:{A}\n", kid="1"),
        bad("ring-line-break-inside", "two lines", ring=f"1:{EXACT}\n{EXACT}"),
        bad("ring-repeated", "an old one, too", ring=f"2:{A},1:{'ab' * 16}"),
        bad("ring-placeholder", "an old one", ring=f"2:{A},1:{'change-me-' * 4}"),
        bad(
            "ring-legacy-short",
            "it verifies, so it counts",
            ring=f"2:{A}",
            single="short",
            names="BETTER_AUTH_SECRET",
        ),
        bad(
            "ring-legacy-placeholder",
            "it verifies",
            ring=f"2:{A}",
            single="x" * 40,
            names="BETTER_AUTH_SECRET",
        ),
    ]
