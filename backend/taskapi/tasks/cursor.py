"""The opaque cursor of a task list: where the page before ended (keyset paging).

base64url of an 8-byte digest and a JSON array `[sort, key, id]`. The digest covers the owner
too. It is no secret and protects nothing (every statement starts from the owner's rows
anyway); it tells a cursor of this very list from garbage, another sort and another user.
"""

import binascii
import json
from base64 import urlsafe_b64decode, urlsafe_b64encode
from datetime import UTC, datetime, timedelta
from hashlib import blake2b
from typing import NamedTuple
from uuid import UUID

from taskapi.errors import ValidationFailed
from taskapi.tasks.models import NO_DUE_DATE
from taskapi.tasks.schemas import Sort

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
MICROSECOND = timedelta(microseconds=1)
DIGEST_BYTES = 8
MAX_CURSOR = 200  # characters; ours are about 100


class Position(NamedTuple):
    """The sort key and id of the last task that the client has."""

    key: datetime | int
    id: UUID


def encode_cursor(owner: str, sort: Sort, position: Position) -> str:
    """The cursor that continues after `position`."""
    key = position.key
    number = key if isinstance(key, int) else (key - EPOCH) // MICROSECOND
    body = json.dumps([sort.value, number, position.id.hex]).encode()
    return urlsafe_b64encode(digest(owner, body) + body).decode().rstrip("=")


def decode_cursor(owner: str, sort: Sort, cursor: str) -> Position:
    """The position that `encode_cursor` wrote for this owner and sort.

    Raises:
        ValidationFailed: anything else.
    """
    try:
        position = parse(owner, sort, cursor)
    except (ValueError, TypeError, OverflowError, binascii.Error):
        position = None
    if position is None or encode_cursor(owner, sort, position) != cursor:
        raise ValidationFailed(
            {"field": "cursor", "message": "Not a cursor of this list: start without one."}
        )
    return position


def parse(owner: str, sort: Sort, cursor: str) -> Position | None:
    if not cursor.isascii() or len(cursor) > MAX_CURSOR:
        return None
    raw = urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4))
    body = raw[DIGEST_BYTES:]
    if raw[:DIGEST_BYTES] != digest(owner, body):
        return None
    name, number, hexadecimal = json.loads(body)
    if name != sort.value or type(number) is not int or not isinstance(hexadecimal, str):
        return None
    if sort is not Sort.DUE:
        return Position(EPOCH + number * MICROSECOND, UUID(hexadecimal))
    return Position(number, UUID(hexadecimal)) if 0 < number <= NO_DUE_DATE else None


def digest(owner: str, body: bytes) -> bytes:
    """Eight bytes over owner and body, each of which the other cannot be mistaken for."""
    key = blake2b(owner.encode()).digest()
    return blake2b(body, key=key, digest_size=DIGEST_BYTES).digest()
