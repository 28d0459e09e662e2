"""The tasks table. Every key starts with the owner, so that it can be sharded by owner."""

from datetime import UTC, datetime
from typing import Any

from sqlalchemy import (
    Boolean,
    Column,
    Date,
    DateTime,
    Dialect,
    Index,
    Integer,
    MetaData,
    PrimaryKeyConstraint,
    Table,
    Text,
    TypeDecorator,
    Uuid,
)

NO_DUE_DATE = 2**31 - 1  # in `due_order`: after the day number of every date

metadata = MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "ck": "ck_%(table_name)s_%(constraint_name)s",
        "fk": "fk_%(table_name)s_%(column_0_N_name)s_%(referred_table_name)s",
        "pk": "pk_%(table_name)s",
    }
)


class UtcDateTime(TypeDecorator[datetime]):
    """A moment with microseconds, always aware and in UTC; SQLite by itself forgets the zone."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        return value and value.astimezone(UTC)

    def process_result_value(self, value: Any, dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        moment: datetime = value
        return moment.astimezone(UTC) if moment.tzinfo else moment.replace(tzinfo=UTC)


tasks = Table(
    "tasks",
    metadata,
    Column("owner_id", Text, nullable=False),
    Column("id", Uuid, nullable=False),
    Column("title", Text, nullable=False),
    Column("description", Text),
    Column("completed", Boolean, nullable=False),
    Column("due_date", Date),
    Column("created_at", UtcDateTime, nullable=False),
    Column("updated_at", UtcDateTime, nullable=False),
    # 1 when created, one more with every write: tells a PUT whether it created or replaced.
    Column("revision", Integer, nullable=False),
    # Derived, so that both databases search and sort alike: casefold() of the texts, and the
    # due date as its day number (date.toordinal) or NO_DUE_DATE.
    Column("title_folded", Text, nullable=False),
    Column("description_folded", Text, nullable=False),
    Column("due_order", Integer, nullable=False),
    PrimaryKeyConstraint("owner_id", "id"),
    Index(None, "owner_id", "created_at", "id"),
    Index(None, "owner_id", "due_order", "id"),
    Index(None, "owner_id", "completed", "created_at", "id"),
    Index(None, "owner_id", "completed", "due_order", "id"),
)
