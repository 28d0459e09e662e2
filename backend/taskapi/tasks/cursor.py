"""The opaque cursor of a task list: where the page before ended (keyset paging).

base64url of an 8-byte digest and a JSON array `[sort, key, id]`. The digest covers the owner
too. It is no secret and protects nothing (every statement starts from the owner's rows
anyway); it tells a cursor of this very list from garbage, another sort and another user.
"""

import json
import re
from base64 import urlsafe_b64decode, urlsafe_b64encode
from datetime import datetime
from hashlib import blake2b
from typing import NamedTuple

from taskapi.errors import ValidationFailed
from taskapi.tasks.models import NO_DUE_DATE
from taskapi.tasks.schemas import UUID_TEXT, Sort

MOMENT_TEXT = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}\.[0-9]{6}Z")
DIGEST_BYTES = 8
MAX_CURSOR = 200  # characters; ours are about 130


class Position(NamedTuple):
    """The sort key and id of the last task that the client has."""

    key: str | int
    id: str


def encode_cursor(owner: str, sort: Sort, position: Position) -> str:
    """The cursor that continues after `position`."""
    body = json.dumps([sort.value, position.key, position.id]).encode()
    return urlsafe_b64encode(digest(owner, body) + body).decode().rstrip("=")


def decode_cursor(owner: str, sort: Sort, cursor: str) -> Position:
    """The position that `encode_cursor` wrote for this owner and sort.

    Raises:
        ValidationFailed: anything else.
    """
    try:
        position = parse(sort, cursor)
    except (ValueError, TypeError):
        position = None
    if position is None or encode_cursor(owner, sort, position) != cursor:
        raise ValidationFailed(
            {"field": "cursor", "message": "Not a cursor of this list: start without one."}
        )
    return position


def parse(sort: Sort, cursor: str) -> Position | None:
    if not cursor.isascii() or len(cursor) > MAX_CURSOR:
        return None
    raw = urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4))
    name, key, task_id = json.loads(raw[DIGEST_BYTES:])
    if name != sort.value or not isinstance(task_id, str) or not UUID_TEXT.fullmatch(task_id):
        return None
    if sort is Sort.DUE:
        return Position(key, task_id) if type(key) is int and 0 < key <= NO_DUE_DATE else None
    if not MOMENT_TEXT.fullmatch(key):
        return None
    datetime.fromisoformat(key)  # a ValueError for the 32nd of a month
    return Position(key, task_id)


def digest(owner: str, body: bytes) -> bytes:
    """Eight bytes over owner and body, each of which the other cannot be mistaken for."""
    key = blake2b(owner.encode()).digest()
    return blake2b(body, key=key, digest_size=DIGEST_BYTES).digest()
