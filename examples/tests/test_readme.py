"""The commands of examples/README.md, and those that install, in a fresh environment."""

import os
import re
import shlex
import shutil
import signal
import subprocess
import venv
from pathlib import Path

from examples.tests.artifacts import EXAMPLES, ROOT, build_wheel
from examples.tests.conftest import SECRET
from tools import node
from tools.ports import free_port

WAIT = "curl --silent --retry 60 --retry-connrefused --retry-delay 1"


def printed(page: str, number: int = 0) -> list[str]:
    """The commands of one of the page's blocks."""
    blocks = re.findall(r"```console\n(.*?)```", (ROOT / page).read_text(), re.DOTALL)
    return [line.removeprefix("$ ") for line in blocks[number].strip().splitlines()]


def test_the_commands(tmp_path: Path) -> None:
    """The Python page's, which installs the wheel, and then those of the examples."""
    (install,) = printed("packages/python/README.md")
    change, *lines = printed("examples/README.md")
    dist = tmp_path / "gatepass/dist"
    build_wheel(dist)
    venv.create(tmp_path / "venv", with_pip=True)
    port = free_port()
    served = lines[-1].replace("8000", str(port))
    asked = f'curl -s -H "Authorization: Bearer $(gatepass token --sub ada)" localhost:{port}/me'
    here = EXAMPLES.parent / change.removeprefix("cd ")
    script = [
        install,
        "uvicorn --version",
        f"cd {shlex.quote(str(here))}",
        *(line.replace("../../../dist", str(dist)) for line in lines[:-1]),
        f"{served} >/dev/null &",
        f"{WAIT} localhost:{port}/health",
        asked,
        "kill $!",
    ]
    done = subprocess.run(
        ["bash", "-ec", "\n".join(script)],
        cwd=tmp_path,
        env={**os.environ, "PATH": f"{tmp_path / 'venv/bin'}:/usr/bin:/bin"},
        capture_output=True,
        text=True,
        timeout=180,
        check=True,
    )
    assert '"id":"ada"' in done.stdout.replace(" ", "")


def test_a_page(tmp_path: Path, tarball: Path) -> None:
    """The commands of the examples, and the npm page's, which installs the same tarball."""
    make, install = printed("packages/npm/README.md")
    assert make == "make -C gatepass pack"
    change, *lines = printed("examples/README.md", 1)
    folder = change.removeprefix("cd ")
    web = tmp_path / folder
    shutil.copytree(ROOT / folder, web, ignore=shutil.ignore_patterns("node_modules"))
    dist = tmp_path / "dist"
    dist.mkdir()
    shutil.copy(tarball, dist)
    (web / "gatepass").symlink_to(tmp_path)
    npm = tmp_path / "npm"
    npm.write_text(f'#!/bin/sh\nexec {shlex.join(node.npm())} "$@"\n')
    npm.chmod(0o755)
    port = free_port()
    environment = node.environment()
    environment |= {"PATH": f"{tmp_path}:{environment['PATH']}", "BETTER_AUTH_SECRET": SECRET}
    environment |= {"AUTH_DATABASE": ":memory:", "PORT": str(port)}
    script = [install, *lines[:-1], f"{lines[-1]} >/dev/null &", f"{WAIT} localhost:{port}"]
    shell = subprocess.Popen(
        ["bash", "-ec", "\n".join(script)],
        cwd=web,
        env=environment,
        stdout=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )
    try:
        said, _ = shell.communicate(timeout=240)
    finally:
        os.killpg(shell.pid, signal.SIGTERM)
    assert (shell.returncode, "Create account" in said) == (0, True)
