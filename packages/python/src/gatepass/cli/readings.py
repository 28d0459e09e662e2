"""Secrets that are easily taken for the right one."""

from collections.abc import Mapping


def other_readings(environ: Mapping[str, str]) -> dict[str, str]:
    """Return those of the secrets in *environ*, by how to set it right; "this" half is ours."""
    readings = {
        "Better Auth's default secret: BETTER_AUTH_SECRET is not set on the frontend": (
            "better-auth-secret-12345678901234567890"
        )
    }
    entries = [environ.get("BETTER_AUTH_SECRET", "")]
    for entry in filter(None, environ.get("BETTER_AUTH_SECRETS", "").split(",")):
        version, _, secret = entry.strip().partition(":")
        entries.append(secret.strip())
        readings[f"version {version} of BETTER_AUTH_SECRETS under another kid"] = secret.strip()
    for secret in filter(None, entries):
        readings |= {
            "the secret without its spaces: take them away on this half": secret.strip(),
            "the secret and a line break: take it away on the other half": f"{secret}\n",
            "the secret in quotes: take them away on the other half": f'"{secret}"',
            "the secret in single quotes: take them away on the other half": f"'{secret}'",
            "BETTER_AUTH_SECRET, which is not in the ring under this kid": secret,
        }
    return readings
