"""A frozen clock, a verifier that reads it, and examples that may take their time."""

import os
import time
from collections.abc import Callable

import pytest
from frozen_clock import Clock
from hypothesis import HealthCheck, settings

from contract.mint import mint
from contract.vector_builder import SINGLE
from gatepass import KeyRing, TokenVerifier

# How long an example takes says what else the machine does. With MODEL_EXAMPLES set there are other
# examples each time.
settings.register_profile(
    "any machine",
    deadline=None,
    derandomize="MODEL_EXAMPLES" not in os.environ,
    suppress_health_check=[HealthCheck.too_slow],
)
settings.load_profile("any machine")


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def verifier(clock: Clock) -> TokenVerifier:
    return TokenVerifier(KeyRing.single(SINGLE), clock=clock)


@pytest.fixture
def mint_for() -> Callable[[str, str | None], str]:
    """Mints a pass of user ``u`` for a secret and a kid, good now by the machine's clock."""

    def make(secret: str, kid: str | None) -> str:
        now = int(time.time())
        header = {"alg": "HS256", "typ": "JWT"} | ({} if kid is None else {"kid": kid})
        claims = {"sub": "u", "email": "u@example.com", "iat": now, "exp": now + 60}
        return mint(header, claims, secret)

    return make
