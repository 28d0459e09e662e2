"""The commands of examples/README.md, and those that install, in a fresh environment."""

import os
import re
import shlex
import shutil
import subprocess
import venv
from pathlib import Path

from examples.tests.artifacts import EXAMPLES, ROOT, build_wheel
from examples.tests.conftest import free_port
from tools import node


def printed(page: str) -> list[str]:
    """The commands of the page's first block."""
    block = re.search(r"```console\n(.*?)```", (ROOT / page).read_text(), re.DOTALL)
    assert block
    return [line.removeprefix("$ ") for line in block[1].strip().splitlines()]


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
    wait = f"until curl -s localhost:{port}/health >/dev/null; do sleep 0.1; done"
    here = EXAMPLES.parent / change.removeprefix("cd ")
    script = [
        install,
        "uvicorn --version",
        f"cd {shlex.quote(str(here))}",
        *(line.replace("../../../dist", str(dist)) for line in lines[:-1]),
        f"{served} >/dev/null &",
        wait,
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


def test_installing_the_tarball(tmp_path: Path, tarball: Path) -> None:
    make, command = printed("packages/npm/README.md")
    assert make == "make -C gatepass pack"
    (tmp_path / "gatepass/dist").mkdir(parents=True)
    shutil.copy(tarball, tmp_path / "gatepass/dist")
    shutil.copy(ROOT / ".npmrc", tmp_path)
    npm = tmp_path / "npm"
    npm.write_text(f'#!/bin/sh\nexec {shlex.join(node.npm())} "$@"\n')
    npm.chmod(0o755)
    environment = {**node.environment(), "PATH": f"{tmp_path}:{node.environment()['PATH']}"}
    script = f"{command} --silent && node -e 'import(\"gatepass/server\")'"
    subprocess.run(["bash", "-ec", script], cwd=tmp_path, env=environment, timeout=240, check=True)
