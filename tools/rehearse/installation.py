"""The block of docs/deployment.md that builds, run as printed in a clean clone."""

import os
import re
import secrets
import subprocess
import tempfile
from pathlib import Path

from tools.ports import free_ports
from tools.rehearse.copies import Copy

ROOT = Path(__file__).resolve().parents[2]
PAGE = ROOT / "docs/deployment.md"


def install_as_documented() -> None:
    """Clones what is committed, builds it, migrates, and waits until both halves are ready.

    Raises RuntimeError with what a step said.
    """
    [build] = re.findall(r"^```bash build\n(.*?)^```", PAGE.read_text(), re.M | re.S)
    with tempfile.TemporaryDirectory(prefix="gatepass-install-") as name:
        home = Path(name) / "gatepass"
        _run(["git", "clone", "--quiet", str(ROOT), str(home)], ROOT, dict(os.environ))
        web, api = free_ports(2)
        environment = {
            **{key: value for key, value in os.environ.items() if key != "VIRTUAL_ENV"},
            "PATH": f"{ROOT / '.venv/bin'}:{os.environ['PATH']}",  # for uv
            "GATEPASS": str(home),
            "BETTER_AUTH_SECRET": secrets.token_urlsafe(48),
            "WEB_PORT": str(web),
            "API_PORT": str(api),
        }
        _run(["/usr/bin/env", "bash", "-euo", "pipefail", "-c", build], home, environment)
        serve = {
            "api": ([str(home / ".venv/bin/python"), "-m", "taskapi", "serve"], "backend", api),
            "web": ([str(home / "node/bin/node"), "server.ts"], "frontend", web),
        }
        _run([*serve["api"][0][:3], "migrate"], home, environment)
        _run([serve["web"][0][0], "frontend/scripts/migrate.ts"], home, environment)
        copies = [
            Copy(half, f"127.0.0.1:{port}", command, home / folder, environment, home / "log")
            for half, (command, folder, port) in serve.items()
        ]
        try:
            for copy in copies:
                copy.start()
            for copy in copies:
                copy.wait_until_ready()
        finally:
            codes = [copy.stop() for copy in copies]
        if any(codes):
            raise RuntimeError(f"the halves ended with {codes}: {(home / 'log').read_text()}")


def _run(command: list[str], cwd: Path, environment: dict[str, str]) -> None:
    done = subprocess.run(
        command, cwd=cwd, env=environment, capture_output=True, text=True, check=False
    )
    if done.returncode:
        raise RuntimeError(f"{command[-1][:300]}\n{done.stdout}{done.stderr}")
