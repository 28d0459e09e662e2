"""The opaque cursor of a list: where the page before ended (keyset paging).

base64url of an 8-byte digest and a JSON array `[sort, key, id]`. The digest covers the list and
its owner too. It is no secret and protects nothing (every statement starts from the owner's rows
anyway); it tells a cursor of this very list from garbage, another sort, noun and user.
"""

import json
import re
from base64 import urlsafe_b64decode, urlsafe_b64encode
from datetime import datetime
from hashlib import blake2b
from typing import NamedTuple

from taskapi.errors import ValidationFailed
from taskapi.owned.fields import UUID_TEXT

MOMENT_TEXT = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}\.[0-9]{6}Z")
DIGEST_BYTES = 8
MAX_CURSOR = 200  # characters; ours are about 130
CURSOR_PATTERN = r"^[A-Za-z0-9_-]+$"


class Position(NamedTuple):
    """The sort key and id of the last row that the client has."""

    key: str | int
    id: str


class CursorOf(NamedTuple):
    """The cursors of one list: a noun's rows of one owner, sorted by moments or by numbers.

    `numeric` says which: numbers are 1 to 2**31 - 1.
    """

    noun: str
    owner_id: str
    sort: str
    numeric: bool

    def encode(self, position: Position) -> str:
        """The cursor that continues after `position`."""
        body = json.dumps([self.sort, position.key, position.id]).encode()
        return urlsafe_b64encode(digest(self.noun, self.owner_id, body) + body).decode().rstrip("=")

    def decode(self, cursor: str) -> Position:
        """The position that `encode` wrote for this list.

        Raises:
            ValidationFailed: anything else.
        """
        try:
            position = self.parse(cursor)
        except (ValueError, TypeError):
            position = None
        if position is None or self.encode(position) != cursor:
            raise ValidationFailed(
                {"field": "cursor", "message": "Not a cursor of this list: start without one."}
            )
        return position

    def parse(self, cursor: str) -> Position | None:
        if not cursor.isascii() or len(cursor) > MAX_CURSOR:
            return None
        raw = urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4))
        name, key, row_id = json.loads(raw[DIGEST_BYTES:])
        if name != self.sort or not isinstance(row_id, str) or not UUID_TEXT.fullmatch(row_id):
            return None
        if self.numeric:
            return Position(key, row_id) if type(key) is int and 0 < key < 2**31 else None
        if not MOMENT_TEXT.fullmatch(key):
            return None
        datetime.fromisoformat(key)  # a ValueError for the 32nd of a month
        return Position(key, row_id)


def digest(noun: str, owner_id: str, body: bytes) -> bytes:
    """Eight bytes over all three, none of which can be mistaken for a part of another."""
    key = blake2b(json.dumps([noun, owner_id]).encode()).digest()
    return blake2b(body, key=key, digest_size=DIGEST_BYTES).digest()
