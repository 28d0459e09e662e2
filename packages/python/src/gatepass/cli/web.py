"""Asks a half that runs Better Auth: where its endpoints are, and for a pass."""

import json

from .probes import ask

BASE_PATHS = ("/api/auth", "/auth", "/api/better-auth", "/api/v1/auth", "")


def base_path_of(web: str, *, besides: str) -> str | None:
    """Return the usual base path under which the token endpoint answers, if there is one."""
    for base_path in BASE_PATHS:
        if base_path != besides and ask(f"{web}{base_path}/gatepass/token").status == 401:
            return base_path
    return None


def issued_pass(web: str, base_path: str, cookie: str) -> str | None:
    """Return the pass of the session in *cookie* (a Cookie header), None without a session."""
    answer = ask(f"{web}{base_path}/gatepass/token", headers={"Cookie": cookie})
    try:
        token = json.loads(answer.body)["token"]
    except (ValueError, LookupError, TypeError, RecursionError):
        return None
    return token if isinstance(token, str) and token.isascii() else None
