"""Built artifacts, once for all examples."""

import contextlib
import os
import subprocess
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from examples.tests.artifacts import EXAMPLES, build_tarball, build_wheel, make_environment
from tools.ports import free_port

SECRET = "examples-7q2Xv9mB4tKc1RzYw8Lh5NdJf3GpQs6"

Serve = Callable[..., "contextlib.AbstractContextManager[str]"]


@pytest.fixture(scope="session")
def tarball(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return build_tarball(tmp_path_factory.mktemp("tarball"))


@pytest.fixture(scope="session")
def programs(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The programs of an environment with the wheel and all that the APIs require."""
    wheels = tmp_path_factory.mktemp("wheel")
    build_wheel(wheels)
    requirements = sorted(EXAMPLES.glob("*/api/requirements.txt"))
    return make_environment(tmp_path_factory.mktemp("python") / "venv", wheels, requirements)


@pytest.fixture(scope="session")
def serve_api(programs: Path) -> Serve:
    """Serves the API of an example: ``with serve_api("flask") as url``."""

    @contextlib.contextmanager
    def serve(name: str, port: int = 0, **environ: str) -> Iterator[str]:
        port = port or free_port()
        command = ["uvicorn", "app:app", "--port", str(port), "--log-level", "warning"]
        if name == "flask":
            command = ["flask", "--app", "app", "run", "--port", str(port)]
        if name == "fastapi-template":
            command[1] = "app.main:app"
        server = subprocess.Popen(
            [programs / command[0], *command[1:]],
            cwd=EXAMPLES / name / "api",
            env={"PATH": os.environ["PATH"], "BETTER_AUTH_SECRET": SECRET, **environ},
        )
        try:
            yield answering(f"http://127.0.0.1:{port}", server)
        finally:
            server.terminate()
            server.wait(10)

    return serve


@pytest.fixture(scope="session")
def mint(programs: Path) -> Callable[..., str]:
    """A pass minted by the installed wheel, so that nothing of this checkout takes part."""

    def make(sub: str, **claims: object) -> str:
        script = f"from gatepass.testing import mint; print(mint({sub!r}, **{claims!r}))"
        command = [str(programs / "python"), "-c", script]
        environ = {"BETTER_AUTH_SECRET": SECRET}
        done = subprocess.run(command, env=environ, check=True, capture_output=True, text=True)
        return done.stdout.strip()

    return make


def answering(url: str, server: "subprocess.Popen[bytes]", seconds: float = 60) -> str:
    """Wait until anything answers at *url*."""
    end = time.monotonic() + seconds
    while time.monotonic() < end and server.poll() is None:
        try:
            urllib.request.urlopen(url, timeout=5).close()  # noqa: S310 - our own server
        except urllib.error.HTTPError:
            return url
        except OSError:
            time.sleep(0.05)
        else:
            return url
    raise AssertionError(f"nothing answers at {url}")
