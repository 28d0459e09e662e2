"""The commands of examples/README.md, in a fresh environment."""

import os
import re
import subprocess
import venv
from pathlib import Path

from examples.tests.artifacts import EXAMPLES, build_wheel
from examples.tests.conftest import free_port


def test_the_commands(tmp_path: Path) -> None:
    (block,) = re.findall(r"```console\n(.*?)```", (EXAMPLES / "README.md").read_text(), re.DOTALL)
    change, *lines = [line.removeprefix("$ ") for line in block.strip().splitlines()]
    build_wheel(tmp_path / "dist")
    venv.create(tmp_path / "venv", with_pip=True)
    port = free_port()
    served = lines[-1].replace("8000", str(port))
    asked = f'curl -s -H "Authorization: Bearer $(gatepass token --sub ada)" localhost:{port}/me'
    wait = f"until curl -s localhost:{port}/health >/dev/null; do sleep 0.1; done"
    script = [*lines[:-1], f"{served} >/dev/null &", wait, asked, "kill $!"]
    done = subprocess.run(
        ["bash", "-ec", "\n".join(script).replace("../../../dist", str(tmp_path / "dist"))],
        cwd=EXAMPLES.parent / change.removeprefix("cd "),
        env={**os.environ, "PATH": f"{tmp_path / 'venv/bin'}:/usr/bin:/bin"},
        capture_output=True,
        text=True,
        timeout=120,
        check=True,
    )
    assert '"id":"ada"' in done.stdout.replace(" ", "")
