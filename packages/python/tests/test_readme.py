"""The example of the README runs as it stands."""

import re
from pathlib import Path
from typing import Any

import pytest
from asgi_client import ask, bearer

from gatepass.cli import main

README = Path(__file__).resolve().parents[1] / "README.md"


def test_the_example_runs(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("BETTER_AUTH_SECRET", "a1-7q2Xv9mB4tKc1RzYw8Lh5NdJf3GpQs6")
    monkeypatch.delenv("BETTER_AUTH_SECRETS", raising=False)
    example = re.findall(r"```python\n(.*?)```", README.read_text(), re.DOTALL)[0]
    names: dict[str, Any] = {"__name__": "app"}
    exec(compile(example, "README.md", "exec"), names)  # noqa: S102 - our own page

    main(["token"])
    token = capsys.readouterr().out.strip()
    assert ask(names["app"], "/health").status == 200
    assert ask(names["app"], "/me").status == 401
    answer = ask(names["app"], "/me", bearer(token))
    assert answer.json() == {"id": "test-user", "email": "test@example.com"}
