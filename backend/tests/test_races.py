"""Requests that meet: whoever wins, every answer is one that some order explains."""

from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from uuid import uuid4

import pytest

from tests.callers import Caller

ROUNDS = 10


def together(caller: Caller, *requests: tuple[str, str]) -> Counter[int]:
    """Send requests at the same moment; how often each status came back."""

    def send(request: tuple[str, str]) -> int:
        method, path = request
        body = {"json": {"title": "x"}} if method in ("PUT", "PATCH", "POST") else {}
        return caller.own(method, path, **body).status_code

    with ThreadPoolExecutor(len(requests)) as threads:
        return Counter(threads.map(send, requests))


@pytest.mark.parametrize("attempt", range(ROUNDS))
class TestRaces:
    def test_of_many_puts_one_creates(self, alice: Caller, attempt: int) -> None:
        path = f"/{uuid4()}"
        assert together(alice, *[("PUT", path)] * 8) == {201: 1, 200: 7}
        assert len(alice.own("GET").json()["items"]) == 1

    def test_of_many_deletes_one_deletes(self, alice: Caller, attempt: int) -> None:
        path = f"/{alice.add()['id']}"
        assert together(alice, *[("DELETE", path)] * 6) == {204: 1, 404: 5}

    def test_put_against_delete(self, alice: Caller, attempt: int) -> None:
        path = f"/{alice.add()['id']}"
        seen = together(alice, *[("PUT", path), ("DELETE", path)] * 4)
        assert set(seen) <= {200, 201, 204, 404}
        created, deleted = seen[201], seen[204]
        left = len(alice.own("GET").json()["items"])
        assert 1 + created - deleted == left

    def test_patch_against_delete(self, alice: Caller, attempt: int) -> None:
        path = f"/{alice.add()['id']}"
        seen = together(alice, *[("PATCH", path)] * 5, ("DELETE", path))
        assert seen[204] == 1
        assert seen[200] + seen[404] == 5

    def test_nothing_is_lost_among_many_posts(self, alice: Caller, attempt: int) -> None:
        assert together(alice, *[("POST", "")] * 12) == {201: 12}
        assert len(alice.own("GET").json()["items"]) == 12
