"""The same product on PostgreSQL, by its two variables alone."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Page

from e2e.conftest import StackFactory
from e2e.test_story import test_from_sign_up_to_the_first_task_and_back as journey
from tools.postgres import Postgres
from tools.stack import Stack


@pytest.fixture(scope="module")
def stack(start_stack: StackFactory) -> Iterator[Stack]:
    """A copy of both halves, each with a PostgreSQL database of its own."""
    with Postgres() as server:
        auth, tasks = server.create("auth"), server.create("tasks")
        yield start_stack(AUTH_DATABASE_URL=auth, DATABASE_URL=tasks)


def test_the_journey_on_postgresql(visitor: Page) -> None:
    journey(visitor)
