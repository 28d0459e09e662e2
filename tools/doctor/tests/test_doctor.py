"""`make doctor`: each message, for the misconfiguration that it is meant for."""

import contextlib
import sqlite3
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from gatepass.cli.findings import Finding
from tools.doctor.settings import examine
from tools.doctor.tests.stand_ins import backend, frontend, migrated_files, served
from tools.ports import free_port

A = "a1-7q2Xv9mB4tKc1RzYw8Lh5NdJf3GpQs6"
B = "b2-Yw8Lh5NdJf3Gp7q2Xv9mB4tKc1RzWe8"


class Halves:
    """Both env files, which tests change line by line."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.variables: dict[str, dict[str, str]] = {
            "frontend": {"BETTER_AUTH_SECRET": A, "WEB_PORT": str(free_port())},
            "backend": {"BETTER_AUTH_SECRET": A, "API_PORT": str(free_port())},
        }
        for name in self.variables:
            (root / name).mkdir()
        migrated_files(root)
        self.backend("CORS_ORIGINS", f"http://localhost:{self.variables['frontend']['WEB_PORT']}")

    def frontend(self, name: str, value: str) -> None:
        self.variables["frontend"][name] = value

    def backend(self, name: str, value: str) -> None:
        self.variables["backend"][name] = value

    def both(self, name: str, value: str) -> None:
        self.frontend(name, value)
        self.backend(name, value)

    def findings(self, environ: dict[str, str] | None = None) -> list[Finding]:
        for half, variables in self.variables.items():
            lines = [f"{name}={value}\n" for name, value in variables.items()]
            (self.root / half / ".env").write_text("".join(lines))
        found = examine(self.root, environ or {})
        for secret in (A, B):
            assert secret not in repr(found)
        return found

    def wrong(self, environ: dict[str, str] | None = None) -> dict[str, str]:
        found = self.findings(environ)
        return {finding.subject: finding.text for finding in found if finding.verdict == "WRONG"}


@pytest.fixture
def halves(tmp_path: Path) -> Halves:
    return Halves(tmp_path)


@pytest.fixture
def still(monkeypatch: pytest.MonkeyPatch) -> None:
    """A clock that stands still, because the halves are asked one after the other."""
    now = int(time.time()) + 0.5
    monkeypatch.setattr(time, "time", lambda: now)


def said(halves: Halves, verdict: str) -> list[str]:
    return [finding.subject for finding in halves.findings() if finding.verdict == verdict]


class TestFiles:
    def test_nothing_wrong(self, halves: Halves) -> None:
        assert halves.wrong() == {}
        assert said(halves, "ok") == [
            "secret",
            "lifetimes",
            "frontend database",
            "backend database",
        ]
        assert said(halves, "skip") == ["frontend", "backend"]

    def test_no_files(self, tmp_path: Path) -> None:
        wrong = {f.subject: f.text for f in examine(tmp_path, {}) if f.verdict == "WRONG"}
        assert "BETTER_AUTH_SECRET is not set" in wrong["frontend secret"]
        assert f"{tmp_path}/backend/.env, which does not exist" in wrong["backend secret"]

    def test_the_shell_is_enough(self, tmp_path: Path) -> None:
        found = examine(tmp_path, {"BETTER_AUTH_SECRET": A})
        assert "secret" in [finding.subject for finding in found if finding.verdict == "ok"]

    def test_the_shell_wins_and_that_is_said(self, halves: Halves) -> None:
        found = halves.findings({"BETTER_AUTH_SECRET": B})
        warned = [finding.text for finding in found if finding.verdict == "warn"]
        assert len(warned) == 2
        assert "BETTER_AUTH_SECRET of the shell wins over" in warned[0]

    def test_quotes_comments_and_export_are_read(self, halves: Halves) -> None:
        halves.findings()
        (halves.root / "frontend/.env").write_text(
            f'# comment\n\n  export BETTER_AUTH_SECRET = "{A}"  # ours\nJWT_EXPIRES_IN=60 # short\n'
        )
        found = examine(halves.root, {})
        assert "JWT_EXPIRES_IN" in [
            finding.subject for finding in found if finding.verdict == "warn"
        ]


class TestSecrets:
    def test_they_differ(self, halves: Halves) -> None:
        halves.backend("BETTER_AUTH_SECRET", B)
        text = halves.wrong()["secret"]
        assert "copy BETTER_AUTH_SECRET" in text
        assert text.count("fingerprint") == 1

    def test_one_is_short(self, halves: Halves) -> None:
        halves.backend("BETTER_AUTH_SECRET", "short")
        wrong = halves.wrong()
        assert "has 5 characters" in wrong["backend secret"]
        assert "secret" not in wrong

    def test_a_secret_that_readers_read_differently(self, halves: Halves) -> None:
        halves.both("BETTER_AUTH_SECRET", f"abc#{A}")
        assert "letters and digits" in halves.wrong()["frontend secret"]

    def test_a_ring_at_the_frontend_alone(self, halves: Halves) -> None:
        halves.frontend("BETTER_AUTH_SECRETS", f"2:{B},1:{A}")
        assert "the halves differ" in halves.wrong()["secret"]

    def test_a_version_that_the_backend_has_not(self, halves: Halves) -> None:
        halves.frontend("BETTER_AUTH_SECRETS", f"2:{B},1:{A}")
        halves.backend("BETTER_AUTH_SECRETS", f"1:{A}")
        assert "version 2 of BETTER_AUTH_SECRETS" in halves.wrong()["secret"]

    def test_the_backend_is_ahead_in_a_rotation(self, halves: Halves) -> None:
        halves.backend("BETTER_AUTH_SECRETS", f"2:{B},1:{A}")
        assert halves.wrong() == {}

    def test_a_ring_at_both(self, halves: Halves) -> None:
        halves.both("BETTER_AUTH_SECRETS", f"2:{B},1:{A}")
        assert "(version 2)" in halves.findings()[0].text


class TestLifetimes:
    @pytest.mark.parametrize("value", ["0", "-1", "86401", "1h", "nan"])
    def test_of_passes(self, halves: Halves, value: str) -> None:
        halves.frontend("JWT_EXPIRES_IN", value)
        assert "from 1 to 86400" in halves.wrong()["JWT_EXPIRES_IN"]

    @pytest.mark.parametrize("value", ["-1", "61", "five"])
    def test_leeway(self, halves: Halves, value: str) -> None:
        halves.backend("JWT_LEEWAY", value)
        assert "from 0 to 60" in halves.wrong()["JWT_LEEWAY"]

    def test_sessions_shorter_than_passes(self, halves: Halves) -> None:
        halves.frontend("SESSION_EXPIRES_IN", "3599")
        assert "end before their passes" in halves.wrong()["SESSION_EXPIRES_IN"]

    def test_short_ones_are_warned_of(self, halves: Halves) -> None:
        halves.frontend("JWT_EXPIRES_IN", "299")
        assert said(halves, "warn") == ["JWT_EXPIRES_IN"]
        halves.frontend("JWT_EXPIRES_IN", "300")
        assert said(halves, "warn") == []


class TestAddresses:
    def test_https_page_and_http_api(self, halves: Halves) -> None:
        halves.frontend("BETTER_AUTH_URL", "https://tasks.invalid")
        wrong = halves.wrong()
        assert "mixed content" in wrong["NEXT_PUBLIC_API_BASE_URL"]
        assert "set CORS_ORIGINS=https://tasks.invalid" in wrong["CORS_ORIGINS"]

    def test_http_on_a_public_host(self, halves: Halves) -> None:
        halves.frontend("BETTER_AUTH_URL", "http://tasks.invalid")
        assert said(halves, "warn") == ["BETTER_AUTH_URL"]

    @pytest.mark.parametrize("name", ["BETTER_AUTH_URL", "NEXT_PUBLIC_API_BASE_URL"])
    @pytest.mark.parametrize(
        "start", ["https://u:", "ftp://u:", "", "u:", "https://u:a/", "http:/u:"]
    )
    def test_a_password_in_an_address_is_not_shown(
        self, halves: Halves, name: str, start: str
    ) -> None:
        halves.frontend(name, f"{start}{B}@localhost:9")
        assert name in halves.wrong()

    @pytest.mark.parametrize("value", ["localhost:3000", "ftp://x", "http://"])
    def test_no_address(self, halves: Halves, value: str) -> None:
        halves.frontend("BETTER_AUTH_URL", value)
        assert "is no http:// or https:// address" in halves.wrong()["BETTER_AUTH_URL"]


class TestFilesOfDatabases:
    def test_not_there(self, halves: Halves) -> None:
        halves.backend("DATABASE_URL", "sqlite:///elsewhere.sqlite")
        assert "elsewhere.sqlite does not exist" in halves.wrong()["backend database"]

    def test_where_no_half_is_no_database_is_missed(self, tmp_path: Path) -> None:
        (found,) = (f for f in examine(tmp_path, {}) if f.subject == "backend database")
        assert found.verdict == "skip"
        assert "no backend/ here" in found.text

    def test_not_migrated(self, halves: Halves) -> None:
        with contextlib.closing(sqlite3.connect(halves.root / "frontend/auth.sqlite")) as database:
            database.execute("drop table session")
        assert "is not migrated: run `make migrate`" in halves.wrong()["frontend database"]

    def test_no_database(self, halves: Halves) -> None:
        (halves.root / "backend/tasks.sqlite").write_text("x" * 200)
        assert "cannot be read" in halves.wrong()["backend database"]

    @pytest.mark.parametrize(
        "value",
        [
            "postgresql://localhost/auth",
            f"postgresql://u:{B}@h/d",
            f"POSTGRESQL://u:{B}@h/d",
            f"host=h dbname=d password={B}",
            f"pg://u:{B}@h/d",
            f"postgresql//u:{B}@h/d",
            f"u:{B}",
        ],
    )
    def test_what_is_no_file_is_left_to_the_half_and_not_shown(
        self, halves: Halves, value: str
    ) -> None:
        halves.frontend("AUTH_DATABASE_URL", value)
        halves.backend("DATABASE_URL", value)
        assert {"frontend database", "backend database"} <= set(said(halves, "skip"))


@contextlib.contextmanager
def running(
    halves: Halves,
    *,
    secret: str = A,
    origin: str = "",
    ready: int = 200,
    sessions: int = 200,
    clock: float = 0,
    redirect: str = "",
) -> Iterator[None]:
    with served(frontend(sessions=sessions, redirect=redirect)) as web_port:
        web = f"http://localhost:{web_port}"
        halves.frontend("WEB_PORT", str(web_port))
        api_app = backend(secret, origin.replace("WEB", web) or web, ready=ready, clock=clock)
        with served(api_app) as api_port:
            halves.backend("API_PORT", str(api_port))
            yield


class TestRunning:
    def test_nothing_wrong(self, halves: Halves) -> None:
        with running(halves):
            assert halves.wrong() == {}
            assert said(halves, "ok")[2:] == [
                "frontend database",
                "backend database",
                "CORS",
                "running backend",
                "clocks",
            ]

    def test_the_backend_has_another_secret(self, halves: Halves) -> None:
        with running(halves, secret=B):
            assert "started with another BETTER_AUTH_SECRET" in halves.wrong()["running backend"]

    @pytest.mark.parametrize("origin", ["http://localhost:1", "WEB/"])
    def test_another_origin(self, halves: Halves, origin: str) -> None:
        with running(halves, origin=origin):
            web = f"http://localhost:{halves.variables['frontend']['WEB_PORT']}"
            halves.backend("CORS_ORIGINS", origin.replace("WEB", web))
            text = halves.wrong()["CORS_ORIGINS"]
            assert f"set CORS_ORIGINS={web} in" in text
            assert ("has no slash" if origin == "WEB/" else "two hosts") in text

    def test_the_backends_database(self, halves: Halves) -> None:
        with running(halves, ready=503):
            assert "away or not migrated" in halves.wrong()["backend database"]

    def test_the_frontends_database(self, halves: Halves) -> None:
        with running(halves, sessions=500):
            assert "sessions answer 500: run `make migrate`" in halves.wrong()["frontend database"]

    def test_rate_limited(self, halves: Halves) -> None:
        with running(halves, sessions=429):
            assert "frontend database" in said(halves, "skip")

    @pytest.mark.usefixtures("still")
    def test_the_backends_clock_is_ahead(self, halves: Halves) -> None:
        with running(halves, clock=3600):
            wrong = halves.wrong()
            assert "the backend's is 3600 seconds ahead of the frontend's" in wrong["clocks"]
            assert "a fresh pass has expired there" in wrong["backend clock"]

    @pytest.mark.usefixtures("still")
    def test_the_backends_clock_is_behind(self, halves: Halves) -> None:
        with running(halves, clock=-30):
            wrong = halves.wrong()
            assert "the frontend's is 30 seconds ahead of the backend's" in wrong["clocks"]
            assert "or its clock is behind" in wrong["running backend"]

    def test_a_small_skew_is_forgiven(self, halves: Halves) -> None:
        with running(halves, clock=4):
            assert halves.wrong() == {}

    def test_https_where_http_is_spoken(self, halves: Halves) -> None:
        with running(halves):
            port = halves.variables["frontend"]["WEB_PORT"]
            halves.frontend("BETTER_AUTH_URL", f"https://localhost:{port}")
            text = halves.wrong()["BETTER_AUTH_URL"]
            assert f"http is spoken there: set BETTER_AUTH_URL=http://localhost:{port}" in text
            assert "Secure cookie" in text

    def test_http_that_redirects_to_https(self, halves: Halves) -> None:
        with running(halves, redirect="https://tasks.invalid/api/auth/ok"):
            text = halves.wrong()["BETTER_AUTH_URL"]
            assert "set BETTER_AUTH_URL=https://tasks.invalid" in text

    def test_another_port(self, halves: Halves) -> None:
        with running(halves):
            halves.frontend("BETTER_AUTH_URL", f"http://localhost:{free_port()}")
            halves.frontend("NEXT_PUBLIC_API_BASE_URL", f"http://localhost:{free_port()}")
            wrong = halves.wrong()
            web, api = (halves.variables[half] for half in ("frontend", "backend"))
            assert (
                f"set BETTER_AUTH_URL=http://localhost:{web['WEB_PORT']}"
                in wrong["BETTER_AUTH_URL"]
            )
            fix = f"set NEXT_PUBLIC_API_BASE_URL=http://localhost:{api['API_PORT']}"
            assert fix in wrong["NEXT_PUBLIC_API_BASE_URL"]

    def test_each_address_points_to_the_other_half(self, halves: Halves) -> None:
        with running(halves):
            web, api = (
                halves.variables["frontend"]["WEB_PORT"],
                halves.variables["backend"]["API_PORT"],
            )
            halves.frontend("BETTER_AUTH_URL", f"http://localhost:{api}")
            halves.frontend("NEXT_PUBLIC_API_BASE_URL", f"http://localhost:{web}")
            wrong = halves.wrong()
            assert "is that the frontend?" in wrong["BETTER_AUTH_URL"]
            assert "is that the backend?" in wrong["NEXT_PUBLIC_API_BASE_URL"]

    def test_files_that_were_changed_since_the_start(self, halves: Halves) -> None:
        with running(halves):
            halves.backend("CORS_ORIGINS", "http://localhost:1")
            halves.frontend("AUTH_DATABASE_URL", "/no/such/file.sqlite")
            halves.backend("DATABASE_URL", "elsewhere.sqlite")
            assert halves.wrong() == {}
            warned = {
                each.subject: each.text for each in halves.findings() if each.verdict == "warn"
            }
            assert list(warned) == ["frontend database", "backend database", "CORS_ORIGINS"]
            assert all(text.startswith("at the next start: ") for text in warned.values())
