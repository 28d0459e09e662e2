"""A rehearsed rotation of the secret, with requests running all the while."""

import base64
import secrets
import sys
import threading

from e2e.conftest import StackFactory
from e2e.people import sign_up
from tools import node


def test_tokens_live_through_a_rotation(start_stack: StackFactory) -> None:
    stack = start_stack()
    old, new = stack.extra["BETTER_AUTH_SECRET"], secrets.token_urlsafe(48)
    early = sign_up(stack)
    statuses: list[int] = []
    stop = threading.Event()

    def keep_asking() -> None:
        while not stop.wait(0.02):
            statuses.append(early.api.get("/api/me").status_code)

    ring = {"BETTER_AUTH_SECRETS": f"2:{new},1:{old}"}
    # The API first, so that it knows the new secret before anybody signs with it.
    stack.stop("backend")
    stack.spawn("backend", [sys.executable, "-m", "taskapi", "serve"], ring)
    stack.wait()
    asking = threading.Thread(target=keep_asking)
    asking.start()
    try:
        stack.stop("frontend")
        stack.spawn("frontend", [str(node.NODE), "server.ts"], ring)
        stack.wait()
        late = sign_up(stack, "Grace Hopper")
    finally:
        stop.set()
        asking.join()

    assert set(statuses) == {200}
    header = base64.urlsafe_b64decode(late.token.split(".")[0] + "==")
    assert header == b'{"alg":"HS256","typ":"JWT","kid":"2"}'
    assert late.api.get("/api/me").status_code == 200
