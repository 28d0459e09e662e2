"""How many requests one user may send, for an operator who sets `API_RATE_LIMIT`.

Counted in this process's memory, so that no request waits for a store: with several processes each
user may send that many to each. A limit for strangers belongs into the proxy, which sees their
addresses; here they are refused before anything is counted.
"""

import math
import time

from limits import parse
from limits.storage import MemoryStorage
from limits.strategies import SlidingWindowCounterRateLimiter
from starlette.types import ASGIApp, Receive, Scope, Send

from gatepass import User
from taskapi.errors import TooManyRequests


class RateLimit:
    """Stands behind the gate and answers 429 to a user who has used up `limit`: `600/minute`."""

    def __init__(self, app: ASGIApp, limit: str) -> None:
        self.app = app
        self.limit = parse(limit)
        self.counters = SlidingWindowCounterRateLimiter(MemoryStorage())

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        user = scope.get("gatepass.user")
        if user and not ends(user, scope) and not self.counters.hit(self.limit, user.id):
            reset = self.counters.get_window_stats(self.limit, user.id).reset_time
            raise TooManyRequests(max(1, math.ceil(reset - time.time())))
        await self.app(scope, receive, send)


def ends(user: User, scope: Scope) -> bool:
    """Whether an account is ended: whoever stole one of its passes must not keep it from that."""
    return (scope["method"], scope["path"]) == ("DELETE", f"/api/users/{user.id}")
