"""Every noun, for the tests that walk them all; its filters are read from the API's document."""

from typing import Any
from uuid import uuid4

from taskapi.nouns import NOUNS
from tests.callers import Caller

NAMES = [router.prefix.rpartition("/")[2] for router in NOUNS]
NEW: dict[str, dict[str, Any]] = {  # of each noun the least that makes one
    "tasks": {"title": "A task"},
}


def new(noun: str) -> dict[str, Any]:
    """What makes one of them."""
    assert noun in NEW, f"give {noun} its line in NEW, backend/tests/nouns.py"
    return NEW[noun]


def one_of_each(caller: Caller) -> str:
    """An id under which the caller now has one of each noun."""
    item_id = str(uuid4())
    for noun in NAMES:
        answer = caller.call("PUT", f"{caller.home}/{noun}/{item_id}", json=new(noun))
        assert answer.status_code == 201, answer.text
    return item_id


def all_of(caller: Caller) -> dict[str, Any]:
    """What the caller has, by noun."""
    return {noun: caller.call("GET", f"{caller.home}/{noun}").json()["items"] for noun in NAMES}


def fields(document: dict[str, Any], noun: str) -> dict[str, dict[str, Any]]:
    """What a new one is made of: the schema of each field."""
    adding = document["paths"][f"/api/users/{{user_id}}/{noun}"]["post"]["requestBody"]
    name = adding["content"]["application/json"]["schema"]["$ref"].rpartition("/")[2]
    found: dict[str, dict[str, Any]] = document["components"]["schemas"][name]["properties"]
    return found


def choices(document: dict[str, Any], schema: dict[str, Any]) -> list[Any]:
    """What an enum or a boolean can be; nothing for anything else."""
    if "$ref" in schema:
        schema = document["components"]["schemas"][schema["$ref"].rpartition("/")[2]]
    if schema.get("type") == "boolean":
        return [False, True]
    either = [choice for each in schema.get("anyOf", ()) for choice in choices(document, each)]
    only = [schema["const"]] if "const" in schema else []
    return [*schema.get("enum", only), *either]


def parameters(document: dict[str, Any], noun: str) -> dict[str, list[Any]]:
    """By name what a list takes: its orders (`sort`), and the values of each filter."""
    listing = document["paths"][f"/api/users/{{user_id}}/{noun}"]["get"]
    found = {each["name"]: choices(document, each["schema"]) for each in listing["parameters"]}
    assert "created_at" in found.get("sort", ()), f"let `sort` of {noun} take created_at"
    return {name: values for name, values in found.items() if values}
