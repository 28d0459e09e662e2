"""Several users at work against a model of what each of them should see, on both databases."""

import os
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule, run_state_machine_as_test
from starlette.testclient import TestClient

from tests.callers import Caller, user

EXAMPLES = int(os.environ.get("MODEL_EXAMPLES", "15"))
USERS = range(3)
IDS = [UUID(int=number, version=4) for number in range(4)]  # few, so that users share them

titles = st.text(
    st.characters(exclude_categories=["Cs"], exclude_characters="\0"), min_size=1, max_size=30
).filter(str.strip)
bodies = st.fixed_dictionaries(
    {"title": titles},
    optional={
        "description": st.none() | titles,
        "completed": st.booleans(),
        "due_date": st.none() | st.dates().map(str),
    },
)
who = st.sampled_from(USERS)
task_ids = st.sampled_from(IDS)


@dataclass
class Person:
    """A caller, and what they should have: task by id, oldest first."""

    caller: Caller
    tasks: dict[str, dict[str, Any]] = field(default_factory=dict)


def whole(body: dict[str, Any]) -> dict[str, Any]:
    """The visible fields that a body stands for."""
    defaults = {"description": None, "completed": False, "due_date": None}
    return defaults | body | {"title": body["title"].strip()}


def matches(task: dict[str, Any], q: str) -> bool:
    texts = (task["title"], task["description"] or "")
    return any(q.casefold() in text.casefold() for text in texts)


class Isolation(RuleBasedStateMachine):
    """Every rule is one request of one user; every answer is compared with the model."""

    client: TestClient

    def __init__(self) -> None:
        super().__init__()
        self.people = [Person(user(self.client)) for _ in USERS]

    def agree(self, person: Person, answer: dict[str, Any], expected: dict[str, Any]) -> None:
        assert {name: answer[name] for name in expected} == expected
        person.tasks[answer["id"]] = answer

    @rule(number=who, body=bodies)
    def add(self, number: int, body: dict[str, Any]) -> None:
        person = self.people[number]
        answer = person.caller.own("POST", json=body)
        assert answer.status_code == 201
        assert answer.json()["id"] not in person.tasks
        self.agree(person, answer.json(), whole(body))

    @rule(number=who, task_id=task_ids, body=bodies)
    def put(self, number: int, task_id: UUID, body: dict[str, Any]) -> None:
        person = self.people[number]
        before = person.tasks.get(str(task_id))
        answer = person.caller.own("PUT", f"/{task_id}", json=body)
        assert answer.status_code == (200 if before else 201)
        kept = {"created_at": before["created_at"]} if before else {}
        self.agree(person, answer.json(), whole(body) | kept)

    @rule(
        number=who,
        task_id=task_ids,
        body=bodies,
        only=st.sets(st.sampled_from(["title", "description", "completed", "due_date"])),
    )
    def patch(self, number: int, task_id: UUID, body: dict[str, Any], only: set[str]) -> None:
        person = self.people[number]
        before = person.tasks.get(str(task_id))
        change = {name: value for name, value in whole(body).items() if name in only}
        answer = person.caller.own("PATCH", f"/{task_id}", json=change)
        assert answer.status_code == (200 if before else 404)
        if before:
            expected = {name: before[name] for name in before if name != "updated_at"} | change
            self.agree(person, answer.json(), expected)

    @rule(number=who, task_id=task_ids)
    def delete(self, number: int, task_id: UUID) -> None:
        person = self.people[number]
        answer = person.caller.own("DELETE", f"/{task_id}")
        assert answer.status_code == (204 if person.tasks.pop(str(task_id), None) else 404)

    @rule(number=who, done=st.sampled_from([None, True, False]))
    def delete_many(self, number: int, done: bool | None) -> None:
        person = self.people[number]
        query = {None: "", True: "?status=done", False: "?status=open"}[done]
        assert person.caller.own("DELETE", query).status_code == 204
        person.tasks = {
            task_id: task
            for task_id, task in person.tasks.items()
            if done is not None and task["completed"] != done
        }

    @rule(number=who, other=who, task_id=task_ids, body=bodies)
    def trespass(self, number: int, other: int, task_id: UUID, body: dict[str, Any]) -> None:
        if number == other:
            return
        intruder, path = self.people[number].caller, self.people[other].caller.tasks
        for method, rest in (("GET", f"/{task_id}"), ("PUT", f"/{task_id}"), ("DELETE", "")):
            assert intruder.call(method, path + rest, json=body).status_code == 403

    @rule(number=who, status=st.sampled_from(["all", "open", "done"]), q=st.just("") | titles)
    def search(self, number: int, status: str, q: str) -> None:
        person = self.people[number]
        for needle in (q, *[task["title"][1:4].upper() for task in person.tasks.values()][:2]):
            answer = person.caller.own("GET", params={"status": status, "q": needle, "limit": 100})
            wanted = {"all": {True, False}, "open": {False}, "done": {True}}[status]
            assert {task["id"] for task in answer.json()["items"]} == {
                task["id"]
                for task in person.tasks.values()
                if task["completed"] in wanted and matches(task, needle)
            }

    @rule(number=who, limit=st.integers(1, 4))
    def walk_by_due_date(self, number: int, limit: int) -> None:
        person = self.people[number]
        seen: list[dict[str, Any]] = []
        cursor: dict[str, str] = {}
        while True:
            query = {"sort": "due_date", "limit": str(limit)} | cursor
            page = person.caller.own("GET", params=query).json()
            seen += page["items"]
            if page["next_cursor"] is None:
                break
            cursor = {"cursor": page["next_cursor"]}
        assert seen == sorted(
            person.tasks.values(), key=lambda task: (task["due_date"] or "~", task["id"])
        )

    @invariant()
    def everyone_sees_exactly_their_own(self) -> None:
        for person in self.people:
            items = person.caller.own("GET", "?limit=100").json()["items"]
            newest_first = sorted(
                person.tasks.values(),
                key=lambda task: (task["created_at"], task["id"]),
                reverse=True,
            )
            assert items == newest_first[:100]


def test_users_never_meet(client: TestClient) -> None:
    machine = type("Isolation", (Isolation,), {"client": client})
    budget = settings(
        max_examples=EXAMPLES,
        stateful_step_count=25,
        deadline=None,
        derandomize="MODEL_EXAMPLES" not in os.environ,
        suppress_health_check=list(HealthCheck),
    )
    run_state_machine_as_test(machine, settings=budget)
