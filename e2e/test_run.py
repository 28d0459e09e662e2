"""`make run` and how it ends: env files, one-line refusals, nothing left behind."""

import contextlib
import json
import os
import re
import shutil
import signal
import sqlite3
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from e2e.conftest import StackFactory, fresh_environment
from e2e.people import PATIENCE
from tools import envfiles, node
from tools.ports import free_port
from tools.stack import Stack, StackError, taken

ROOT = Path(__file__).resolve().parent.parent


@pytest.fixture
def environment(tmp_path: Path) -> dict[str, str]:
    return {**os.environ, **fresh_environment(tmp_path)}


@pytest.fixture
def product(environment: dict[str, str]) -> Iterator[subprocess.Popen[str]]:
    with run(environment) as process:
        yield process
        process.terminate()


def run(environment: dict[str, str]) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-m", "tools.run"],
        cwd=ROOT,
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )


def read_until_ready(process: subprocess.Popen[str]) -> str:
    assert process.stdout
    lines = []
    for line in process.stdout:
        lines.append(line)
        if "is ready" in line:
            break
    return "".join(lines)


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_runs_until_told_to_end(
    product: subprocess.Popen[str], environment: dict[str, str], number: signal.Signals
) -> None:
    output = read_until_ready(product)
    assert environment["BETTER_AUTH_URL"] in output
    for variable, path in (("NEXT_PUBLIC_API_BASE_URL", "/ready"), ("BETTER_AUTH_URL", "/login")):
        assert httpx.get(environment[variable] + path, timeout=PATIENCE).status_code == 200
    product.send_signal(number)
    product.wait(15)
    assert not taken("127.0.0.1", int(environment["WEB_PORT"]))
    assert not taken("127.0.0.1", int(environment["API_PORT"]))


def test_a_half_that_dies_is_noticed(start_stack: StackFactory) -> None:
    stack = start_stack()
    stack.running["backend"].kill()
    stack.running["backend"].wait()
    with pytest.raises(StackError, match="the backend ended with code -9"):
        stack.raise_if_ended()


def test_a_taken_port_is_one_line(environment: dict[str, str]) -> None:
    port = free_port()
    with subprocess.Popen(
        [sys.executable, "-m", "http.server", "-b", "127.0.0.1", str(port)]
    ) as other:
        try:
            while not taken("127.0.0.1", port):
                time.sleep(0.05)
            process = run(environment | {"API_PORT": str(port)})
            output, _ = process.communicate(timeout=60)
        finally:
            other.terminate()
    assert process.returncode == 1
    assert output.splitlines()[-1] == f"error: port {port} is taken; choose another with API_PORT=…"


WRONG = [
    ("BETTER_AUTH_SECRET", "short"),
    ("BETTER_AUTH_SECRET", "better-auth-secret-12345678901234567890"),
    ("BETTER_AUTH_SECRETS", "2:short,1:short"),
    ("CORS_ORIGINS", "*"),
    ("DATABASE_URL", "/nonexistent/tasks.sqlite"),
    ("AUTH_DATABASE_URL", "/nonexistent/auth.sqlite"),
    ("JWT_EXPIRES_IN", "90000"),
    ("JWT_LEEWAY", "61"),
    ("SESSION_EXPIRES_IN", "soon"),
    ("BETTER_AUTH_URL", "localhost"),
]


@pytest.mark.parametrize(("variable", "value"), WRONG)
def test_a_wrong_value_is_one_line(environment: dict[str, str], variable: str, value: str) -> None:
    process = run(environment | {variable: value})
    output, _ = process.communicate(timeout=60)
    assert process.returncode == 1
    [line] = [line for line in output.splitlines() if not line.startswith("==>")]
    assert variable in line
    if "SECRET" in variable:
        assert value not in line


BACKEND = [sys.executable, "-m", "taskapi", "serve"]
FRONTEND = [str(node.NODE), str(ROOT / "frontend/server.ts")]


@pytest.mark.parametrize("command", [BACKEND, FRONTEND], ids=["backend", "frontend"])
def test_a_half_alone_refuses_a_short_secret(
    environment: dict[str, str], command: list[str]
) -> None:
    wrong = environment | {"BETTER_AUTH_SECRET": "short"}
    done = subprocess.run(command, env=wrong, capture_output=True, text=True, timeout=60)
    assert done.returncode != 0
    assert len(done.stderr.splitlines()) == 1
    assert "BETTER_AUTH_SECRET" in done.stderr


def test_a_migration_that_fails_says_what_its_program_said(tmp_path: Path) -> None:
    file = tmp_path / "tasks.sqlite"
    with contextlib.closing(sqlite3.connect(file)) as database:
        database.execute("CREATE TABLE tasks (id TEXT)")  # and no version is noted
    stack = Stack(extra=fresh_environment(tmp_path) | {"DATABASE_URL": str(file)})
    with pytest.raises(StackError, match="table tasks already exists"):
        stack.migrate()


SECRET, SECRETS = "BETTER_AUTH_SECRET", "BETTER_AUTH_SECRETS"


def test_env_files_share_a_secret_and_are_never_overwritten(tmp_path: Path) -> None:
    copy = tmp_path / "checkout"
    (copy / "frontend").mkdir(parents=True)
    (copy / "backend").mkdir()
    shutil.copytree(ROOT / "tools", copy / "tools")
    shutil.copy(ROOT / ".env.example", copy)
    write = [sys.executable, "-c", "from tools.envfiles import write_missing; write_missing()"]
    subprocess.run(write, cwd=copy, check=True)
    files = [copy / half / ".env" for half in ("frontend", "backend")]
    found = [
        re.findall(r"^BETTER_AUTH_SECRET=(.{32,})$", file.read_text(), re.MULTILINE)
        for file in files
    ]
    assert found[0] == found[1] != []
    assert [file.stat().st_mode & 0o777 for file in files] == [0o600, 0o600]
    before = files[0].read_text()
    files[1].unlink()
    subprocess.run(write, cwd=copy, check=True)
    assert files[0].read_text() == before
    assert found[0][0] in files[1].read_text()
    ring = f"2:{found[0][0]}#$A,1:{found[0][0][::-1]}"
    say = "process.loadEnvFile('.env'); console.log(JSON.stringify(process.env))"
    for variables in (
        {SECRETS: ring},
        {SECRET: found[0][0], SECRETS: ring},
        {SECRET: f"{found[0][0]}it's"},
    ):
        files[0].write_text(
            "".join(
                f"{name}={value}\n" if "'" in value else f"{name}='{value}'\n"
                for name, value in variables.items()
            )
        )
        files[1].unlink()
        subprocess.run(write, cwd=copy, check=True)
        ran = subprocess.run(
            [node.NODE, "-e", say], cwd=files[1].parent, env={}, stdout=subprocess.PIPE
        )
        for told in (envfiles.read(files[1]), json.loads(ran.stdout)):
            assert {n: v for n, v in told.items() if n in (SECRET, SECRETS) and v} == variables


@pytest.mark.parametrize(
    "line",
    ["API_PORT=4321 # not 8000", "export API_PORT = '4321'", 'API_PORT="4321"', "API_PORT=4321\r"],
)
def test_an_env_file_is_read_as_the_halves_read_theirs(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, line: str
) -> None:
    monkeypatch.delenv("API_PORT", raising=False)
    monkeypatch.setitem(envfiles.FILES, "backend", tmp_path / ".env")
    (tmp_path / ".env").write_text(f"# a comment\n{line}\n", newline="")
    assert Stack().environment()["API_PORT"] == "4321"


def test_ports_alone_move_every_address(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("BETTER_AUTH_URL", "CORS_ORIGINS", "NEXT_PUBLIC_API_BASE_URL"):
        monkeypatch.delenv(name, raising=False)
    moved = Stack(extra={"WEB_PORT": "4100", "API_PORT": "4200"}).environment()
    assert moved["BETTER_AUTH_URL"] == moved["CORS_ORIGINS"] == "http://localhost:4100"
    assert moved["NEXT_PUBLIC_API_BASE_URL"] == "http://localhost:4200"
