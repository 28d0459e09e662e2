"""The same product on PostgreSQL, by its two variables alone."""

from collections.abc import Iterator

import psycopg
import pytest
from playwright.sync_api import Page

from e2e.conftest import StackFactory
from e2e.people import sign_up
from e2e.test_story import test_from_sign_up_to_the_first_task_and_back as journey
from tools.postgres import Postgres
from tools.stack import Stack

# Somebody else deletes the user in the very moment that a session is written for them.
ENDS = """
CREATE FUNCTION ends() RETURNS trigger LANGUAGE plpgsql AS
$$ BEGIN DELETE FROM "user" WHERE id = NEW."userId"; RETURN NEW; END $$;
CREATE TRIGGER ends BEFORE INSERT ON session FOR EACH ROW EXECUTE FUNCTION ends();
"""


@pytest.fixture(scope="module")
def stack(start_stack: StackFactory) -> Iterator[Stack]:
    """A copy of both halves, each with a PostgreSQL database of its own."""
    with Postgres() as server:
        auth, tasks = server.create("auth"), server.create("tasks")
        yield start_stack(AUTH_DATABASE_URL=auth, DATABASE_URL=tasks)


def test_the_journey_on_postgresql(visitor: Page) -> None:
    journey(visitor)


def test_a_sign_in_that_meets_the_end_of_its_account_is_refused(stack: Stack) -> None:
    person = sign_up(stack, "Edda")
    with psycopg.connect(stack.extra["AUTH_DATABASE_URL"], autocommit=True) as database:
        database.execute(ENDS)
        try:
            answer = person.auth.post(
                "/sign-in/email", json={"email": person.email, "password": person.password}
            )
        finally:
            database.execute("DROP TRIGGER ends ON session")
    assert (answer.status_code, answer.json()["code"]) == (401, "INVALID_EMAIL_OR_PASSWORD")
