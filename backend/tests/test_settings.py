"""Wrong settings stop the process: exit code 2, one line, the variable and the fix."""

import secrets
import socket
import subprocess
import sys
from pathlib import Path

import pytest
from psycopg.conninfo import conninfo_to_dict
from pydantic import SecretStr
from starlette.testclient import TestClient

from gatepass import ConfigurationError
from taskapi.database.postgres_connection import conninfo
from taskapi.database_url import BACKEND, parse_database_url
from taskapi.main import create_app
from taskapi.settings import Settings, exact_origin
from tests.callers import token
from tests.servers import blank_environment

SECRET = secrets.token_urlsafe(48)


def run(
    tmp_path: Path, command: str = "serve", **variables: str
) -> subprocess.CompletedProcess[str]:
    environment = {**blank_environment(), "DATABASE_URL": str(tmp_path / "tasks.sqlite")}
    return subprocess.run(  # noqa: S603 - our own program
        [sys.executable, "-m", "taskapi", command],
        env=environment | variables,
        cwd=tmp_path,
        capture_output=True,
        text=True,
        timeout=30,
    )


class TestRefusals:
    @pytest.mark.parametrize(
        ("name", "value"),
        [
            ("BETTER_AUTH_SECRET", ""),
            ("BETTER_AUTH_SECRET", "short"),
            ("BETTER_AUTH_SECRET", "x" * 40),
            ("BETTER_AUTH_SECRET", "better-auth-secret-12345678901234567890"),
            ("BETTER_AUTH_SECRETS", "2:short"),
            ("BETTER_AUTH_SECRETS", "3mHk2vQx8LwYt7BzRf5NcPd9sGjA1eUoKq6XyTiWrVb4"),
            ("CORS_ORIGINS", ""),
            ("CORS_ORIGINS", "*"),
            ("CORS_ORIGINS", "http://localhost:3000,"),
            ("DATABASE_URL", "mysql://root@localhost/tasks"),
            ("DATABASE_URL", "sqlite:////data/tasks.sqlite?mode=ro"),
            ("DATABASE_URL", "/data/what?.sqlite"),
            ("JWT_LEEWAY", "-1"),
            ("JWT_LEEWAY", "61"),
            ("JWT_LEEWAY", "nan"),
            ("JWT_LEEWAY", "five\nseconds"),
            ("API_PORT", "0"),
            ("API_PORT", "http"),
            ("LOG_LEVEL", "verbose"),
            ("LOG_FORMAT", "xml"),
            ("WEB_CONCURRENCY", "0"),
            ("WEB_CONCURRENCY", "many"),
            ("DRAIN_SECONDS", "-1"),
            ("METRICS_PORT", "0"),
            ("API_DOCS", "perhaps"),
            ("API_RATE_LIMIT", "600"),
            ("API_RATE_LIMIT", "0/minute"),
            ("API_RATE_LIMIT", "600/minute;1/day"),
        ],
    )
    def test_one_line_names_the_variable(
        self, monkeypatch: pytest.MonkeyPatch, name: str, value: str
    ) -> None:
        monkeypatch.setenv("BETTER_AUTH_SECRET", SECRET)
        monkeypatch.setenv(name, value)
        with pytest.raises(ConfigurationError) as refusal:
            Settings.load()
        assert "\n" not in str(refusal.value)
        assert name in str(refusal.value)
        assert SECRET not in str(refusal.value)

    @pytest.mark.parametrize("command", ["serve", "migrate"])
    @pytest.mark.parametrize(
        ("name", "value"),
        [
            ("BETTER_AUTH_SECRET", "short"),
            ("CORS_ORIGINS", "*"),
            ("DATABASE_URL", "/no/such/directory/tasks.sqlite"),
            ("DATABASE_URL", "/"),
        ],
    )
    def test_the_process_stops_with_that_line(
        self, tmp_path: Path, command: str, name: str, value: str
    ) -> None:
        done = run(tmp_path, command, **{"BETTER_AUTH_SECRET": SECRET} | {name: value})
        assert (done.returncode, done.stdout) == (2, "")
        assert done.stderr.count("\n") == 1
        assert name in done.stderr

    def test_a_missing_secret(self, tmp_path: Path) -> None:
        done = run(tmp_path)
        assert (done.returncode, done.stderr.count("\n")) == (2, 1)
        assert "BETTER_AUTH_SECRET" in done.stderr

    def test_a_file_that_is_no_database(self, tmp_path: Path) -> None:
        (tmp_path / "tasks.sqlite").write_text("no database " * 100)
        for command in ("serve", "migrate"):
            done = run(tmp_path, command, BETTER_AUTH_SECRET=SECRET)
            assert (done.returncode, done.stderr.count("\n")) == (2, 1)
            assert "DATABASE_URL" in done.stderr

    def test_a_migration_without_its_server(self, tmp_path: Path) -> None:
        url = "postgresql://postgres@127.0.0.1:1/tasks"
        done = run(tmp_path, "migrate", BETTER_AUTH_SECRET=SECRET, DATABASE_URL=url)
        assert (done.returncode, done.stderr.count("\n")) == (2, 1)
        assert "DATABASE_URL" in done.stderr

    def test_a_taken_port(self, tmp_path: Path) -> None:
        with socket.create_server(("127.0.0.1", 0)) as taken:
            port = str(taken.getsockname()[1])
            done = run(tmp_path, BETTER_AUTH_SECRET=SECRET, API_PORT=port)
        assert (done.returncode, done.stderr.count("\n")) == (2, 1)
        assert "API_PORT" in done.stderr
        assert port in done.stderr

    @pytest.mark.parametrize("host", ["localhost:8000", "a..b", "192.0.2.7"])
    def test_a_host_that_is_none(self, tmp_path: Path, host: str) -> None:
        done = run(tmp_path, BETTER_AUTH_SECRET=SECRET, API_HOST=host)
        assert (done.returncode, done.stderr.count("\n")) == (2, 1)
        assert "API_HOST" in done.stderr


class TestOrigins:
    @pytest.mark.parametrize(
        "origin",
        [
            "http://localhost:3000",
            "https://app.example.com",
            "http://127.0.0.1",
            "http://[::1]:3000",
            "https://xn--bcher-kva.example:8443",
        ],
    )
    def test_what_a_browser_sends_is_taken(self, origin: str) -> None:
        assert exact_origin(origin) == origin

    @pytest.mark.parametrize(
        "origin",
        [
            "",
            "*",
            "null",
            "localhost:3000",
            "//localhost",
            "http://",
            "ftp://localhost",
            "http://localhost:3000/",
            "http://localhost/app",
            "http://localhost?x",
            "http://localhost#x",
            "HTTP://localhost",
            "http://LocalHost",
            "http://user@localhost",
            "https://*.example.com",
            "http://localhost:80",
            "https://localhost:443",
            "http://localhost:99999",
            "http://localhost:x",
            "http://local host",
            "https://bücher.example",
            "http://[::1",
        ],
    )
    def test_anything_else_is_refused(self, origin: str) -> None:
        with pytest.raises(ValueError, match=r"."):
            exact_origin(origin)

    def test_several(self) -> None:
        settings = Settings.model_validate({"cors_origins": "http://a.example, https://b.example"})
        assert settings.cors_origins == ("http://a.example", "https://b.example")

    def test_what_is_no_text_is_looked_at_too(self) -> None:
        with pytest.raises(ValueError, match="would let any site in"):
            Settings(cors_origins=("http://a.example", "*"))


class TestDatabaseUrl:
    @pytest.mark.parametrize(
        ("value", "expected"),
        [
            ("/data/tasks.sqlite", "sqlite:////data/tasks.sqlite"),
            ("sqlite:////data/tasks.sqlite", "sqlite:////data/tasks.sqlite"),
            ("tasks.sqlite", f"sqlite:///{BACKEND}/tasks.sqlite"),
            ("sqlite:///tasks.sqlite", f"sqlite:///{BACKEND}/tasks.sqlite"),
            (
                "postgres://u:p@h:1/d?sslmode=require",
                "postgresql+psycopg://u:p@h:1/d?sslmode=require",
            ),
            ("postgresql://u@h/d", "postgresql+psycopg://u@h/d"),
            ("postgresql://u@h./d", "postgresql+psycopg://u@h./d"),
            ("host=a,,b dbname=d", "postgresql+psycopg:///d?host=a%2C%2Cb"),
            (f"host=/{'a' * 70} dbname=d", f"postgresql+psycopg:///d?host=%2F{'a' * 70}"),
            ("postgresql+psycopg://u@h/d", "postgresql+psycopg://u@h/d"),
            ("host=h dbname=d user=u", "postgresql+psycopg://u@h/d"),
            ("sslmode=require host=h dbname=d", "postgresql+psycopg://h/d?sslmode=require"),
            (
                "postgresql://u:p@a:1,b:2/d?target_session_attrs=read-write",
                "postgresql+psycopg://u:p@/d?host=a%2Cb&port=1%2C2&target_session_attrs=read-write",
            ),
        ],
    )
    def test_understood(self, value: str, expected: str) -> None:
        assert parse_database_url(value).render_as_string(hide_password=False) == expected

    @pytest.mark.parametrize(
        "value",
        [
            "sqlite://",
            "sqlite:///:memory:",
            ":memory:",
            "sqlite://host/x",
            "postgresql://h",
            "postgresql://u@h/d?sslmod=require",
            "x:y",
            "postgresql+asyncpg://u@h/d",
            "mysql://u@h/d",
            "host=a,b,c port=1,2 dbname=d",
            "port=1,2 dbname=d",
            "postgresql://u@h/d?connect_timeout=abc",
            "postgresql://u@a..b/d",
            f"postgresql://u@{'a' * 64}/d",
        ],
    )
    def test_refused(self, value: str) -> None:
        with pytest.raises(ValueError, match=r"."):
            parse_database_url(value)


def test_a_refusal_does_not_quote_the_password() -> None:
    for value in (
        f"postgresql://u:{SECRET}@[h/d",
        f"postgresql://u:{SECRET}@h/d?x={SECRET}",
        f"a_user:{SECRET}@h/d",
        f"user:{SECRET}@h/d",
        f"postgresql//u:{SECRET}@h/d",
        f" postgresql://u:{SECRET}@h/d",
        f"'postgresql://u:{SECRET}@h/d'",
        f"pasword={SECRET} host=h dbname=d",
        f"postgresql://u:{SECRET}/x@h/d",
        f"postgresql://u:1/{SECRET}@h/d",
        f"postgresql://u:1,2/{SECRET}@h/d",
        f"postgresql://u:1,{SECRET}/x@h/d",
        f"postgresql://u:x@{SECRET}@h/d",
        f"postgresql://u:x@{SECRET},b@h/d",
        f'postgresql://u:x"{SECRET}@[h/d',
        f'host=h password=x y"{SECRET} dbname=d',
        f"host= password={SECRET} dbname=d",
        f"host=h port= password={SECRET} dbname=d",
        f"host=h user= password={SECRET} dbname=d",
        f"host=h dbname= password={SECRET}",
        f"host=h sslmode= password={SECRET} dbname=d",
        f"host=h dbname=d password={SECRET} application_name= sslmode=verify-full",
        f"host=h dbname=d user={SECRET} password= sslmode=verify-full",
    ):
        with pytest.raises(ValueError, match="use a SQLite file") as refused:
            parse_database_url(value)
        assert SECRET not in str(refused.value)


@pytest.mark.parametrize(
    ("value", "found"),
    [
        ("postgresql://u:p%40@a:1,b/d", {"host": "a,b", "port": "1,", "password": "p@"}),
        ("host=a,b,c port=5433 dbname=d", {"host": "a,b,c", "port": "5433,5433,5433"}),
        ("hostaddr=::1,::2 port=5433 dbname=d", {"hostaddr": "::1,::2", "port": "5433"}),
        ("host=a,b port=1, dbname=d", {"host": "a,b", "port": "1,"}),
        ("user=u@of.org password='a=b@/' host=h dbname=d", {"user": "u@of.org", "host": "h"}),
        ("postgresql://u@h/d?sslmode=verify-full", {"sslmode": "verify-full", "host": "h"}),
        ("host=h dbname=d sslpassword='c2VjcmV0cGFzcw=='", {"sslpassword": "c2VjcmV0cGFzcw=="}),
        ("host=h dbname=d application_name=app=1", {"application_name": "app=1"}),
        ("postgresql:///d?host=/run/postgresql", {"host": "/run/postgresql", "dbname": "d"}),
        ("postgresql://u@h/d", {"connect_timeout": "2", "fallback_application_name": "taskapi"}),
        ("postgresql://u@h/d?connect_timeout=3", {"connect_timeout": "3"}),
    ],
)
def test_libpq_gets_what_was_said(value: str, found: dict[str, str]) -> None:
    parts = conninfo_to_dict(conninfo(parse_database_url(value)))
    assert found.items() <= parts.items()


def test_a_new_database_file_is_its_owners_alone(tmp_path: Path) -> None:
    assert run(tmp_path, "migrate", BETTER_AUTH_SECRET=SECRET).returncode == 0
    assert (tmp_path / "tasks.sqlite").stat().st_mode & 0o777 == 0o600


@pytest.mark.parametrize(("leeway", "status"), [(0, 401), (30, 200)])
def test_the_leeway_reaches_the_gate(tmp_path: Path, leeway: int, status: int) -> None:
    settings = Settings(
        better_auth_secret=SecretStr(SECRET),
        database_url=SecretStr(str(tmp_path / "tasks.sqlite")),
        jwt_leeway=leeway,
    )
    just_expired = token("someone", secret=SECRET, age=3610)
    with TestClient(create_app(settings)) as client:
        answer = client.get("/api/me", headers={"Authorization": f"Bearer {just_expired}"})
    assert answer.status_code == status


def test_empty_is_unset() -> None:
    names = ("database_url", "jwt_leeway", "api_host", "api_port", "log_level")
    assert Settings.model_validate(dict.fromkeys(names, "")) == Settings()


def test_secrets_are_never_shown() -> None:
    settings = Settings(
        better_auth_secret=SecretStr(SECRET),
        better_auth_secrets=SecretStr(f"1:{SECRET}"),
        database_url=SecretStr(f"postgresql://u:{SECRET}@h/d"),
    )
    assert SECRET not in f"{settings!r} {settings} {settings.model_dump()} {settings.database!r}"
