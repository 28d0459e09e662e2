"""DATABASE_URL: a SQLite file, or PostgreSQL in libpq's spelling (several hosts, TLS and all)."""

import re
from pathlib import Path
from typing import Any

from sqlalchemy import URL, make_url
from sqlalchemy.exc import ArgumentError

BACKEND = Path(__file__).resolve().parent.parent
SCHEME = re.compile(r"[a-z][a-z0-9+.-]*:", re.IGNORECASE)
POSTGRES = re.compile(r"postgres(ql)?(\+psycopg)?://", re.IGNORECASE)
KEYWORDS = re.compile(r"\s*\w+\s*=")  # `host=db dbname=tasks`
ADVICE = "use a SQLite file (sqlite:////absolute/path.sqlite) or postgresql://user@host/name"
MISPLACED = (
    "a part of it is not in its place: percent-encode the password (@ is %40, / is %2F), give "
    "numbers as ports, and leave out what has no value"
)


def parse_database_url(value: str) -> URL:
    """A SQLite file (a path or `sqlite:///path`) or `postgresql://...`, or a ValueError.

    A relative path starts at `backend/`, so that every working directory means the same file.
    PostgreSQL's may be all that libpq takes (32.1.1): several hosts, parameters, keywords.
    """
    if POSTGRES.match(value) or KEYWORDS.match(value):
        return parse_postgres(POSTGRES.sub("postgresql://", value))
    if not SCHEME.match(value):
        if re.search("[=@:]", value):  # a slip, which may hold a password
            raise ValueError(f"neither an address of PostgreSQL nor a plain path: {ADVICE}")
        value = f"sqlite:///{value}"
    try:
        url = make_url(value)
    except (ArgumentError, ValueError):
        raise ValueError(f"not a database URL: {ADVICE}") from None
    if url.drivername != "sqlite":
        raise ValueError(f"{url.drivername} is not supported: {ADVICE}")
    if not url.database or url.database == ":memory:" or url.host:
        raise ValueError(f"names no file: {ADVICE}")
    if "?" in value:
        raise ValueError(f"a SQLite file takes no parameters, and no ? in its name: {ADVICE}")
    return url.set(database=str(BACKEND / url.database))


def parse_postgres(value: str) -> URL:
    """What libpq understands, as a URL that SQLAlchemy understands too, or a ValueError."""
    from psycopg import ProgrammingError
    from psycopg.conninfo import conninfo_to_dict, timeout_from_conninfo
    from psycopg.pq import Conninfo

    try:
        parts: dict[str, Any] = dict(conninfo_to_dict(value))
        timeout_from_conninfo(parts)  # psycopg reads it before libpq does
    except ProgrammingError as error:
        raise ValueError(f"{reason(error)}: {ADVICE}") from None
    if not parts.get("dbname"):
        raise ValueError(f"names no database: {ADVICE}")
    try:
        for host in parts.get("host", "").split(","):
            if host and not host.startswith("/"):  # a socket's folder is not looked up
                host.encode("idna")
    except UnicodeError:
        raise ValueError(f"names a host that cannot be: {ADVICE}") from None
    if misplaced(parts, {option.keyword.decode() for option in Conninfo.get_defaults()}):
        raise ValueError(f"{MISPLACED}; {ADVICE}")
    hosts, ports = parts.get("host", "").split(","), parts.get("port", "").split(",")
    if len(ports) == 1 and ports[0]:  # it counts for all hosts
        parts["port"] = ",".join(ports * len(hosts))
    elif len(ports) not in (1, len(hosts)):
        raise ValueError(f"give one port, or as many ports as hosts: {ADVICE}")
    one_host = not re.search("[,/]", f"{parts.get('host', '')}{parts.get('port', '')}")
    return URL.create(
        "postgresql+psycopg",
        username=parts.pop("user", None),
        password=parts.pop("password", None),
        host=parts.pop("host", None) if one_host else None,
        port=int(parts.pop("port")) if one_host and parts.get("port") else None,
        database=parts.pop("dbname"),
        query=parts,
    )


def misplaced(parts: dict[str, Any], keywords: set[str]) -> bool:
    """Whether a part was read as another: an `@` or `/` ends a password, which would be shown, and
    libpq takes the next pair for the value that `port= sslmode=...` leaves out."""
    ports = parts.get("port", "").split(",")
    return (
        not all(re.fullmatch("[0-9]*", port) for port in ports)
        or "@" in parts.get("host", "") + parts["dbname"]
        or any(value.partition("=")[0] in keywords for value in parts.values() if "=" in value)
    )


def reason(error: Exception) -> str:
    """libpq's words without the value, which may hold a password, and that a quote."""
    return (
        re.sub(r"""["'].*["']""", "a part of it", str(error), flags=re.DOTALL).strip().rstrip(":")
    )
