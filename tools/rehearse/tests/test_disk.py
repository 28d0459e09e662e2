"""A full disk, a file that may not be written: shaped 503s, then it goes on by itself."""

import os
import resource
import sqlite3
import time
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from tools.rehearse.crashes import Api

TASKS = "/api/users/ada/tasks"
# Root writes to whatever it likes; without this capability it needs permission like anybody.
PLAIN_USER = ["setpriv", "--bounding-set=-dac_override", "--inh-caps=-dac_override"]


@pytest.fixture
def api(tmp_path: Path) -> Iterator[Api]:
    api = Api(tmp_path, str(tmp_path / "tasks.sqlite"))
    if os.geteuid() == 0:
        api.copy.command = [*PLAIN_USER, *api.copy.command]
    api.start()
    yield api
    api.copy.stop()


@pytest.fixture
def ada(api: Api) -> Iterator[httpx.Client]:
    with httpx.Client(base_url=api.url, headers=api.bearer("ada"), timeout=30) as client:
        yield client


def add(client: httpx.Client) -> httpx.Response:
    return client.post(TASKS, json={"title": "Buy milk", "description": "x" * 4000})


def refused(answer: httpx.Response) -> bool:
    """Whether it is the one shape of a database that is away."""
    return (
        answer.status_code == 503
        and answer.json()["error_type"] == "service_unavailable_error"
        and answer.json()["request_id"] == answer.headers["x-request-id"]
        and int(answer.headers["retry-after"]) > 0
    )


def titles(client: httpx.Client) -> int:
    answer = client.get(TASKS, params={"limit": 100})
    assert answer.status_code == 200
    return len(answer.json()["items"])


def goes_on(client: httpx.Client) -> bool:
    """Whether writes are taken again soon, without anybody doing anything."""
    deadline = time.monotonic() + 20
    while time.monotonic() < deadline:
        if add(client).status_code == 201:
            return True
        time.sleep(0.2)
    return False


def test_a_full_disk(api: Api, ada: httpx.Client, tmp_path: Path) -> None:
    assert add(ada).status_code == 201
    assert api.copy.process
    largest = max(path.stat().st_size for path in tmp_path.glob("tasks.sqlite*"))
    unlimited = resource.prlimit(
        api.copy.process.pid, resource.RLIMIT_FSIZE, (largest, resource.RLIM_INFINITY)
    )
    answers = [add(ada) for _ in range(20)]
    taken = sum(answer.status_code == 201 for answer in answers)
    assert taken < 20
    assert all(refused(answer) for answer in answers if answer.status_code != 201)
    assert titles(ada) == 1 + taken
    resource.prlimit(api.copy.process.pid, resource.RLIMIT_FSIZE, unlimited)
    assert goes_on(ada)
    assert titles(ada) == 2 + taken


def test_a_file_that_may_not_be_written(api: Api, ada: httpx.Client, tmp_path: Path) -> None:
    """As after a backup was restored with the wrong permissions."""
    assert add(ada).status_code == 201
    file, copy = tmp_path / "tasks.sqlite", tmp_path / "restored.sqlite"
    with sqlite3.connect(file) as source, sqlite3.connect(copy) as target:
        source.backup(target)
    source.close()
    target.close()
    copy.chmod(0o400)
    copy.replace(file)
    assert refused(add(ada))
    for path in tmp_path.glob("tasks.sqlite*"):
        path.chmod(0o600)
    assert goes_on(ada)
    assert titles(ada) == 2
