"""The commands of docs/api-authentication.md, pasted into a shell in their order."""

import json
import re
import subprocess
from pathlib import Path

import httpx

from e2e.people import PATIENCE
from tools.stack import ROOT, Stack

PAGE = (ROOT / "docs/api-authentication.md").read_text()


def shell(stack: Stack, folder: Path, *commands: str) -> str:
    """Runs the page's blocks up to the last one in one shell, then the commands."""
    blocks = re.findall(r"^```bash\n(.*?)^```", PAGE, re.MULTILINE | re.DOTALL)
    addresses = f"WEB={stack.web_url} API={stack.api_url}\n"
    script = "\n".join([blocks[0], addresses, *blocks[1:], *commands])
    done = subprocess.run(
        ["/usr/bin/env", "bash", "-euo", "pipefail", "-c", script],
        cwd=folder,
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_from_sign_up_to_a_task(stack: Stack, tmp_path: Path) -> None:
    output = shell(stack, tmp_path)
    assert output.count('"title":"Read the code"') == 2  # created, then listed
    assert '"next_cursor":null' in output


def test_every_refusal_is_the_one_that_the_table_says(stack: Stack, tmp_path: Path) -> None:
    rows = re.findall(r"^\| (\d{3}) \| `(\w+)` \| `(.+?)` \|", PAGE, re.MULTILINE)
    assert [status for status, _, _ in rows] == ["401", "401", "403", "404", "405", "413", "422"]
    commands = [command.replace("\\|", "|").replace("curl -i", "curl -si") for *_, command in rows]
    output = shell(stack, tmp_path, *(f"echo; echo '>>>'; {command}" for command in commands))
    answers = output.split(">>>")[1:]
    for (status, error_type, _), answer in zip(rows, answers, strict=True):
        assert f" {status} " in answer.strip().splitlines()[0]
        assert f'"error_type":"{error_type}"' in answer


def test_an_error_has_the_shape_that_the_page_shows(stack: Stack) -> None:
    [shown] = re.findall(r"^```json\n(.*?)^```", PAGE, re.MULTILINE | re.DOTALL)
    answer = httpx.get(f"{stack.api_url}/api/me", timeout=PATIENCE).json()
    assert answer | {"request_id": "…"} == json.loads(shown)
