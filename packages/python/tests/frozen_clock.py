"""A clock that stands still."""

from contract.vector_builder import NOW


class Clock:
    """Seconds since the epoch, moved by the test alone."""

    def __init__(self) -> None:
        self.now: float = NOW

    def __call__(self) -> float:
        return self.now
