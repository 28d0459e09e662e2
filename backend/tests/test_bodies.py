# ruff: noqa: RUF001 - characters that look like others are what is tested
"""Bodies at and beyond every edge: no input is a 500, and text comes back as it was sent."""

import json
from collections.abc import Iterator
from typing import Any
from uuid import uuid4

import pytest
from httpx2 import Response

from tests.callers import Caller

JSON = {"Content-Type": "application/json"}
MAX_BODY = 65_536


def post(caller: Caller, body: bytes, content_type: str = "application/json") -> Response:
    return caller.own("POST", content=body, headers={"Content-Type": content_type})


def fields(answer: Response) -> list[str]:
    assert answer.status_code == 422, answer.text
    return [error["field"] for error in answer.json()["errors"]]


class TestText:
    @pytest.mark.parametrize(
        "text",
        [
            "plain",
            "é (composed) é (combining)",
            "👩‍👩‍👧‍👦 🏳️‍🌈 𝔘𝔫𝔦𝔠𝔬𝔡𝔢",
            "עברית ‮rtl‬ العربية",
            "a\u200bb\ufeffc\u2028d\u2029e",
            "\x01\x02\x1b[31m\x7f",
            "tab\tnewline\ncarriage\r\nreturn",
            "\ufffd\uffff\U0010ffff\ud7ff\ue000",
            "'; DROP TABLE tasks; --",
            "<script>alert(1)</script> & \\u0041 \\x00 %00",
        ],
    )
    def test_round_trips_exactly(self, alice: Caller, text: str) -> None:
        task = alice.add(text, description=f" {text}\n")
        for seen in (task, alice.own("GET", f"/{task['id']}").json()):
            assert (seen["title"], seen["description"]) == (text, f" {text}\n")

    @pytest.mark.parametrize("space", [" ", "\t\n", "\u00a0", "\u3000"])
    def test_a_title_is_trimmed_and_a_description_is_not(self, alice: Caller, space: str) -> None:
        task = alice.add(f"{space}a b{space}", description=space)
        assert (task["title"], task["description"]) == ("a b", space)

    def test_an_empty_description_stays_empty(self, alice: Caller) -> None:
        assert alice.add(description="")["description"] == ""

    @pytest.mark.parametrize("character", ["x", "é", "🦊"])
    def test_lengths_count_characters(self, alice: Caller, character: str) -> None:
        task = alice.add(f"  {character * 200}  ", description=character * 5000)
        assert (len(task["title"]), len(task["description"])) == (200, 5000)
        assert fields(alice.own("POST", json={"title": character * 201})) == ["title"]
        too_long = {"title": "x", "description": character * 5001}
        assert fields(alice.own("POST", json=too_long)) == ["description"]

    @pytest.mark.parametrize("title", ["", " ", "\t\r\n", "\u00a0\u3000"])
    def test_a_title_is_never_empty(self, alice: Caller, title: str) -> None:
        path = f"/{alice.add('Before')['id']}"
        for method, rest in (("POST", ""), ("PUT", path), ("PATCH", path)):
            assert fields(alice.own(method, rest, json={"title": title})) == ["title"]
        assert alice.titles() == ["Before"]

    @pytest.mark.parametrize("field", ["title", "description"])
    @pytest.mark.parametrize(
        "escape", [r"\u0000", r"a\u0000b", r"\ud800", r"\udfff", r"\udc00\ud800"]
    )
    def test_what_no_database_can_hold_is_refused(
        self, alice: Caller, field: str, escape: str
    ) -> None:
        body = {"title": "x"} | {field: "ESCAPE"}
        answer = post(alice, json.dumps(body).replace("ESCAPE", escape).encode())
        assert fields(answer) == [field if "0000" in escape else "body"]


WRONG: dict[str, list[object]] = {
    "title": [None, 1, 1.5, True, [], {}, ["x"]],
    "description": [1, False, [], {}],
    "completed": [None, 0, 1, "true", "on", [], 1.0],
    "due_date": [
        *(0, 1.5, True, [], {}, "", "today", "2026-1-1", "2026-02-30", "2026-01-01T00:00:00"),
        *("2026-01-01T00:00:00Z", " 2026-01-01", "2026-01-01\n", "20260101", "2026-W01-1"),
        *("10000-01-01", "0000-01-01", "-001-01-01", "２０２６-01-01", "1767225600"),
    ],
    **{unknown: [1] for unknown in ("id", "owner_id", "created_at", "replaced", "Title", "")},
}


class TestTypes:
    @pytest.mark.parametrize(
        ("field", "value"), [(field, value) for field in WRONG for value in WRONG[field]]
    )
    def test_a_wrong_one_is_refused(self, alice: Caller, field: str, value: object) -> None:
        path = f"/{alice.add('Before')['id']}"
        for method, rest in (("POST", ""), ("PUT", path), ("PUT", f"/{uuid4()}"), ("PATCH", path)):
            body = ({} if method == "PATCH" else {"title": "x"}) | {field: value}
            assert fields(alice.own(method, rest, json=body)) == [field]
        assert alice.titles() == ["Before"]

    @pytest.mark.parametrize("day", ["0001-01-01", "2028-02-29", "9999-12-31"])
    def test_every_date_there_is(self, alice: Caller, day: str) -> None:
        assert alice.add(due_date=day)["due_date"] == day

    def test_title_is_required(self, alice: Caller) -> None:
        assert fields(alice.own("POST", json={})) == ["title"]
        assert fields(alice.own("PUT", f"/{uuid4()}", json={"completed": True})) == ["title"]

    def test_errors_are_bounded(self, alice: Caller) -> None:
        body: dict[str, Any] = {"x" * 300 + str(number): 1 for number in range(150)}
        errors = alice.own("POST", json=body).json()["errors"]
        assert len(errors) == 20
        assert max(len(error["field"]) for error in errors) <= 100


class TestJson:
    @pytest.mark.parametrize(
        "body",
        [
            b"", b" ", b"{", b"}", b"nope", b"{'title': 'x'}", b'{"title": "x",}',
            b'{"title": "x"} {}',
            b'{"title": "x", "completed": NaN}', b'{"title": Infinity}', b'{"title": "x\n"}',
            b"\xef\xbb\xbf" + b'{"title": "x"}', '{"title": "x"}'.encode("utf-16"),
            b'{"title": "\xff"}', b'{"title": "\xed\xa0\x80"}', b'{"title": "\xc0\x80"}',
            b'{"title": "\x00"}', b"\x00", b"[" * 60_000, b'{"a":' * 10_000, b"1" * 60_000,
            b'{"title": ' + b"9" * 5000 + b"}", b'{"title": 1e99999}', b"title=x",
            b'{"\\ud800": 1}', b"// c\n{}",
        ],
        ids=lambda body: repr(body[:20]),
    )  # fmt: skip
    def test_malformed_is_422(self, alice: Caller, body: bytes) -> None:
        assert fields(post(alice, body))
        assert fields(alice.own("PUT", f"/{uuid4()}", content=body, headers=JSON))
        assert alice.titles() == []

    @pytest.mark.parametrize("body", [b"null", b"[]", b"1", b'"x"', b"true", b'[{"title": "x"}]'])
    def test_anything_but_an_object_is_422(self, alice: Caller, body: bytes) -> None:
        assert fields(post(alice, body)) == ["body"]
        path = f"/{alice.add()['id']}"
        assert fields(alice.own("PATCH", path, content=body, headers=JSON)) == ["body"]

    def test_of_a_name_given_twice_the_last_one_counts(self, alice: Caller) -> None:
        assert post(alice, b'{"title": "a", "title": "b"}').json()["title"] == "b"

    @pytest.mark.parametrize(
        "content_type",
        [
            "",
            "text/plain",
            "text/json",
            "application/x-www-form-urlencoded",
            "application/jsonp",
            "application",
            "multipart/form-data; boundary=x",
            "application/json, text/plain",
            "application/xml",
            "application/json\xa0",
        ],
    )
    def test_another_content_type_is_422(self, alice: Caller, content_type: str) -> None:
        for method, rest in (("POST", ""), ("PUT", f"/{uuid4()}"), ("PATCH", f"/{uuid4()}")):
            answer = alice.own(
                method,
                rest,
                content=b'{"title": "x"}',
                headers={"Content-Type": content_type.encode("latin-1")},
            )
            assert fields(answer) == ["Content-Type"]

    @pytest.mark.parametrize(
        "content_type",
        [
            "application/json",
            "APPLICATION/JSON",
            "application/json; charset=utf-8",
            "application/json;charset=UTF-8",
            "application/merge-patch+json",
        ],
    )
    def test_json_by_any_of_its_names(self, alice: Caller, content_type: str) -> None:
        assert post(alice, b'{"title": "x"}', content_type).status_code == 201


class TestSize:
    @staticmethod
    def padded(size: int) -> bytes:
        return b'{"title": "x"}'.ljust(size)

    def test_64_kb_are_taken_and_one_byte_more_is_not(self, alice: Caller) -> None:
        assert post(alice, self.padded(MAX_BODY)).status_code == 201
        assert post(alice, self.padded(MAX_BODY + 1)).status_code == 413

    def test_chunks_without_a_length_are_counted(self, alice: Caller) -> None:
        def chunks(size: int) -> Iterator[bytes]:
            body = self.padded(size)
            yield from (body[start : start + 1000] for start in range(0, size, 1000))

        for size, status in ((MAX_BODY, 201), (MAX_BODY + 1, 413)):
            answer = alice.own("POST", content=chunks(size), headers=JSON)
            assert answer.status_code == status

    @pytest.mark.parametrize("method", ["PUT", "PATCH"])
    def test_on_every_method_with_a_body(self, alice: Caller, method: str) -> None:
        path = f"/{alice.add()['id']}"
        answer = alice.own(method, path, content=self.padded(MAX_BODY + 1), headers=JSON)
        assert answer.status_code == 413

    def test_too_large_is_told_before_not_json(self, alice: Caller) -> None:
        answer = post(alice, self.padded(MAX_BODY + 1), "application/octet-stream")
        assert answer.status_code == 413

    @pytest.mark.parametrize("size", [MAX_BODY, MAX_BODY + 1])
    def test_on_every_method_that_reads_none(self, alice: Caller, size: int) -> None:
        def chunks() -> Iterator[bytes]:
            yield from (b"x" * min(1000, size - sent) for sent in range(0, size, 1000))

        fits = size <= MAX_BODY
        alice.add()
        for method, status in (("GET", 200), ("DELETE", 204)):
            for content in (b"x" * size, chunks()):
                answer = alice.own(method, content=content)
                assert answer.status_code == (status if fits else 413)
        assert (alice.own("GET").json()["items"] == []) is fits


class TestPaths:
    @pytest.mark.parametrize(
        "task_id",
        [
            "x",
            "0",
            "%00",
            "%FF",
            "%20",
            "null",
            "..%2f",
            "6f1c1f0e7d5c4b539d0a2f4b8d1c9a77",
            "%7B6f1c1f0e-7d5c-4b53-9d0a-2f4b8d1c9a77%7D",
            "urn:uuid:6f1c1f0e-7d5c-4b53-9d0a-2f4b8d1c9a77",
            "6f1c1f0e-7d5c-4b53-9d0a-2f4b8d1c9a7g",
            "6f1c1f0e-7d5c-4b53-9d0a-2f4b8d1c9a77%0A",
            "６f1c1f0e-7d5c-4b53-9d0a-2f4b8d1c9a77",
            "9" * 5000,
        ],
    )
    @pytest.mark.parametrize("method", ["GET", "PUT", "PATCH", "DELETE"])
    def test_what_is_no_uuid_is_422(self, alice: Caller, method: str, task_id: str) -> None:
        body = {"json": {"title": "x"}} if method in ("PUT", "PATCH") else {}
        answer = alice.own(method, f"/{task_id}", **body)
        if task_id.endswith(("%0A", "%2f")):  # other paths, once decoded
            assert answer.status_code == 404
        else:
            assert fields(answer) == ["task_id"]

    @pytest.mark.parametrize("user_id", ["%00", "%FF", "..", "%2e%2e", ".", "%20", "*", "a" * 5000])
    def test_a_strange_user_is_another_user(self, alice: Caller, user_id: str) -> None:
        answer = alice.call("GET", f"/api/users/{user_id}/tasks")
        assert answer.status_code in (403, 404)

    @pytest.mark.parametrize("disguise", ["{0}%00", "%20{0}", "{0}%20", "{0}%0A", "{0}.", "{1}"])
    def test_a_user_id_is_compared_exactly(self, alice: Caller, disguise: str) -> None:
        path = f"/api/users/{disguise.format(alice.id, alice.id.upper())}/tasks"
        assert alice.call("GET", path).status_code == 403
