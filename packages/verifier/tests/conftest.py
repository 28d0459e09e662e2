"""A frozen clock and a mint that signs whatever a test wants signed."""

import pytest

from gatepass import KeyRing, TokenVerifier

SECRET = "golden-7q2Xv9mB4tKc1RzYw8Lh5NdJf3Gp"
NOW = 1_800_000_000


class Clock:
    """Seconds since the epoch, moved only by the test."""

    def __init__(self) -> None:
        self.now: float = NOW

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def verifier(clock: Clock) -> TokenVerifier:
    return TokenVerifier(KeyRing.single(SECRET), clock=clock)
