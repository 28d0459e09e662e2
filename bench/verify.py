"""What verifying one token costs, as ratios to a hand-written floor in the same run.

    .venv/bin/python -m bench.verify [--rounds N]

The floor is the least a careful person would write with the standard library alone: hmac.digest,
base64url, json.loads, claim checks. Contestants take turns in every round, and the medians of
the rounds are compared, so that noise of the machine hits all of them alike.
"""

import argparse
import base64
import binascii
import hmac
import json
import statistics
import sys
import time
import timeit
from collections.abc import Callable, Mapping

import jwt

from bench.report import Figure, write
from gatepass import KeyRing, TokenError, TokenVerifier

SECRET = "bench-7q2Xv9mB4tKc1RzYw8Lh5NdJf3GpQs"
SECRET_BYTES = SECRET.encode()
NOW = int(time.time())
HEADER = {"alg": "HS256", "typ": "JWT"}
CLAIMS = {
    "sub": "Jq8fKx2mZpL0wQe7RtYuIoPaSdFgHjKl",
    "email": "ada.lovelace@example.com",
    "iat": NOW,
    "exp": NOW + 3600,
}
TURN_SECONDS = 0.0005  # short, so that most turns are undisturbed by other processes


def segment(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()


def mint(header: Mapping[str, object], claims: Mapping[str, object], secret: str = SECRET) -> str:
    parts = [segment(json.dumps(part, separators=(",", ":")).encode()) for part in (header, claims)]
    mac = hmac.digest(secret.encode(), ".".join(parts).encode(), "sha256")
    return ".".join([*parts, segment(mac)])


GOOD_HEADER = segment(json.dumps(HEADER, separators=(",", ":")).encode())


def strict_base64url(text: str) -> bytes:
    padded = text.replace("-", "+").replace("_", "/") + "=" * (-len(text) % 4)
    return binascii.a2b_base64(padded, strict_mode=True)


def floor(token: str) -> tuple[str, str]:
    """The hand-written lower bound. Not safe enough to use: it takes duplicate keys, for one."""
    signing_input, _, signature = token.rpartition(".")
    header, _, payload = signing_input.partition(".")
    mac = hmac.digest(SECRET_BYTES, signing_input.encode(), "sha256")
    if not hmac.compare_digest(mac, strict_base64url(signature)):
        raise ValueError("signature")
    if header != GOOD_HEADER:
        raise ValueError("header")
    claims = json.loads(strict_base64url(payload))
    now = time.time()
    if type(claims["iat"]) is not int or type(claims["exp"]) is not int:
        raise ValueError("type")
    if claims["exp"] <= now - 5 or claims["iat"] > now + 5:
        raise ValueError("time")
    if not isinstance(claims["sub"], str) or not isinstance(claims["email"], str):
        raise ValueError("claims")
    return claims["sub"], claims["email"]


def pyjwt(token: str) -> tuple[str, str]:
    claims = jwt.decode(
        token, SECRET_BYTES, ["HS256"], leeway=5, options={"require": ["sub", "iat", "exp"]}
    )
    return claims["sub"], claims["email"]


def refusals(good: str) -> dict[str, str]:
    """One token per place where a refusal can happen, as long as the good one where it can be."""
    head, body, signature = good.split(".")
    flipped = ("A" if signature[0] != "A" else "B") + signature[1:]
    none = segment(b'{"alg":"none","typ":"JWT"}')
    return {
        "empty": "",
        "not a token": "x" * len(good),
        "too large": "x" * 9000,
        "alg none": f"{none}.{body}.",
        "alg none, signature kept": f"{none}.{body}.{signature}",
        "crit": mint({**HEADER, "crit": ["b64"], "b64": False}, CLAIMS),
        "header not JSON": f"{segment(b'x' * 27)}.{body}.{signature}",
        "padded": mint(HEADER, CLAIMS) + "=",
        "tampered signature": f"{head}.{body}.{flipped}",
        "another secret": mint(HEADER, CLAIMS, "another-" + SECRET),
        "no sub": mint(HEADER, {**CLAIMS, "sub": ""}),
        "string exp": mint(HEADER, {**CLAIMS, "exp": "soon"}),
        "expired": mint(HEADER, {**CLAIMS, "iat": NOW - 7200, "exp": NOW - 3600}),
    }


def guarded(verify: Callable[[str], object], token: str, accepted: bool) -> Callable[[], None]:
    """Call *verify* the way a caller has to, ready for a refusal: the same for good and bad."""

    def call() -> None:
        try:
            verify(token)
        except (TokenError, jwt.InvalidTokenError):
            outcome = False
        else:
            outcome = True
        if outcome is not accepted:
            raise AssertionError(token)

    return call


def measure(contestants: dict[str, Callable[[], object]], rounds: int) -> dict[str, float]:
    """Return the median seconds per call of each contestant; turns are of about equal length."""
    calls = {
        name: max(1, round(TURN_SECONDS / min(timeit.repeat(call, number=5, repeat=20)) * 5))
        for name, call in contestants.items()
    }
    seconds: dict[str, list[float]] = {name: [] for name in contestants}
    for _ in range(rounds):
        for name, call in contestants.items():
            seconds[name].append(timeit.timeit(call, number=calls[name]) / calls[name])
    return {name: statistics.median(values) for name, values in seconds.items()}


def main() -> int:
    parser = argparse.ArgumentParser(description="cost of verifying a token, as ratios")
    parser.add_argument("--rounds", type=int, default=301)
    rounds = parser.parse_args().rounds

    good = mint(HEADER, CLAIMS)
    single = TokenVerifier(KeyRing.single(SECRET)).verify
    ring = TokenVerifier(
        KeyRing.from_env({"BETTER_AUTH_SECRETS": f"2:{SECRET},1:old-{SECRET}"})
    ).verify
    with_kid = mint({**HEADER, "kid": "2"}, CLAIMS)
    bad = refusals(good)
    long = mint(HEADER, {**CLAIMS, "x": "x" * 5000})
    long_bad = {
        "tampered signature": f"{long[:-2]}AA",
        "bomb in the header": ".".join([segment(b"[" * 5000), *good.split(".")[1:]]),
    }
    contestants: dict[str, Callable[[], object]] = {
        "floor": guarded(floor, good, True),
        "gatepass": guarded(single, good, True),
        "gatepass, ring of two": guarded(ring, with_kid, True),
        "PyJWT": guarded(pyjwt, good, True),
        "PyJWT refuses: tampered signature": guarded(pyjwt, bad["tampered signature"], False),
    }
    contestants |= {
        f"refuses: {name}": guarded(single, token, False) for name, token in bad.items()
    }
    contestants["gatepass, 7 kB"] = guarded(single, long, True)
    for name, token in long_bad.items():
        contestants[f"refuses 7 kB: {name}"] = guarded(single, token, False)
    median = measure(contestants, rounds)

    base, ours = median["floor"], median["gatepass"]
    figures = [
        Figure(name, value / base, {"gatepass": "≤ 1.0"}.get(name, ""))
        for name, value in median.items()
    ]
    write(
        "verify",
        "Verifying a pass, ratios to a floor written by hand",
        figures,
        [f"Floor {base * 1e6:.1f} us; medians of {rounds} rounds in turns."],
    )
    cost = {
        name: value / (median["gatepass, 7 kB"] if name.startswith("refuses 7 kB") else ours)
        for name, value in median.items()
        if name.startswith("refuses")
    }
    worst = max(cost, key=cost.__getitem__)
    print(f"\nfloor {base * 1e6:.1f} us; PyJWT / gatepass {median['PyJWT'] / ours:.1f}")
    print(f"{worst} / accepting as many bytes: {cost[worst]:.2f}")
    kept = ours <= 1.5 * base and median["PyJWT"] >= 4 * ours and cost[worst] <= 1.05
    print("targets kept" if kept else "TARGETS MISSED: <= 1.5 floor, >= 4 x PyJWT, refusal <= 1.05")
    return 0 if kept else 1


if __name__ == "__main__":
    sys.exit(main())
