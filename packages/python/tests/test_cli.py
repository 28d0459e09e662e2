"""The ``gatepass`` command as a person types it."""

import io
import re
import subprocess
import sys
import time
from pathlib import Path

import pytest

from gatepass import ExpiredToken, KeyRing, TokenVerifier
from gatepass.cli import main

A = "a1-7q2Xv9mB4tKc1RzYw8Lh5NdJf3GpQs6"
B = "b2-Yw8Lh5NdJf3Gp7q2Xv9mB4tKc1RzWe8"

Capture = pytest.CaptureFixture[str]


@pytest.fixture(autouse=True)
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    for name in ("BETTER_AUTH_SECRET", "BETTER_AUTH_SECRETS", "JWT_LEEWAY"):
        monkeypatch.delenv(name, raising=False)
    return tmp_path


@pytest.fixture
def secret(monkeypatch: pytest.MonkeyPatch) -> str:
    monkeypatch.setenv("BETTER_AUTH_SECRET", A)
    return A


def typed(capsys: Capture, *arguments: str) -> tuple[int, str, str]:
    code = main(arguments)
    captured = capsys.readouterr()
    return code, captured.out.strip(), captured.err.strip()


class TestSecret:
    def test_it_is_good_fresh_and_safe_in_an_env_file(self, capsys: Capture) -> None:
        code, made, _ = typed(capsys, "secret")
        assert code == 0
        assert KeyRing.single(made)
        assert re.fullmatch("[A-Za-z0-9_-]{64}", made)
        assert typed(capsys, "secret")[1] != made


class TestToken:
    def test_without_a_secret(self, capsys: Capture) -> None:
        code, out, err = typed(capsys, "token")
        assert (code, out) == (2, "")
        assert err.startswith("gatepass: BETTER_AUTH_SECRET is not set")

    def test_it_verifies(self, capsys: Capture, secret: str) -> None:
        _, token, _ = typed(capsys, "token", "--sub", "ü", "--email", "é@x")
        user = TokenVerifier(KeyRing.single(secret)).verify(token)
        assert (user.id, user.email) == ("ü", "é@x")

    def test_its_times(self, capsys: Capture, secret: str) -> None:
        _, token, _ = typed(capsys, "token", "--iat-offset", "-100", "--expires-in", "40")
        with pytest.raises(ExpiredToken) as caught:
            TokenVerifier(KeyRing.single(secret)).verify(token)
        assert caught.value.expired_at == pytest.approx(time.time() - 60, abs=3)

    def test_with_a_ring_it_has_a_kid(
        self, capsys: Capture, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setenv("BETTER_AUTH_SECRETS", f"2:{B},1:{A}")
        _, token, _ = typed(capsys, "token")
        ring = KeyRing.from_env({"BETTER_AUTH_SECRETS": f"2:{B}"})
        assert TokenVerifier(ring).verify(token).id == "test-user"

    @pytest.mark.parametrize("half", ["backend", "frontend", "."])
    def test_the_secret_of_an_env_file(self, capsys: Capture, here: Path, half: str) -> None:
        (here / half).mkdir(exist_ok=True)
        (here / half / ".env").write_text(f"BETTER_AUTH_SECRET={A}\n")
        _, token, _ = typed(capsys, "token")
        assert TokenVerifier(KeyRing.single(A)).verify(token)

    def test_any_env_file(self, capsys: Capture, here: Path) -> None:
        (here / ".env").write_text(f"BETTER_AUTH_SECRET={B}\n")
        (here / "api.env").write_text(f'export BETTER_AUTH_SECRET="{A}" # ours\n')
        _, token, _ = typed(capsys, "token", "--env-file", "api.env")
        assert TokenVerifier(KeyRing.single(A)).verify(token)
        code, _, err = typed(capsys, "token", "--env-file", "none.env")
        assert code == 2
        assert "none.env" in err


class TestInspect:
    def test_a_good_one(self, capsys: Capture, secret: str) -> None:
        code, out, _ = typed(capsys, "inspect", typed(capsys, "token")[1])
        assert code == 0
        assert "GOOD: user 'test-user'" in out
        assert secret not in out

    def test_from_standard_input(
        self, capsys: Capture, monkeypatch: pytest.MonkeyPatch, secret: str
    ) -> None:
        for arguments in (["inspect"], ["inspect", "-"]):
            monkeypatch.setattr("sys.stdin", io.StringIO(typed(capsys, "token")[1] + "\n"))
            assert typed(capsys, *arguments)[0] == 0

    def test_a_bad_one(self, capsys: Capture, secret: str) -> None:
        code, out, _ = typed(capsys, "inspect", "x.y.z")
        assert code == 1
        assert "REFUSED: bad_encoding" in out

    def test_a_header_pasted_without_quotes(self, capsys: Capture, secret: str) -> None:
        code, out, _ = typed(capsys, "inspect", "Bearer", typed(capsys, "token")[1])
        assert code == 1
        assert "Leave out 'Bearer'" in out

    def test_leeway_comes_from_the_environment(
        self, capsys: Capture, monkeypatch: pytest.MonkeyPatch, secret: str
    ) -> None:
        token = typed(capsys, "token", "--iat-offset", "30")[1]
        assert typed(capsys, "inspect", token)[0] == 1
        monkeypatch.setenv("JWT_LEEWAY", "40")
        assert typed(capsys, "inspect", token)[0] == 0

    @pytest.mark.parametrize("leeway", ["much", "nan", "inf", "-1", "61"])
    def test_a_leeway_that_must_not_be_used(
        self, capsys: Capture, monkeypatch: pytest.MonkeyPatch, secret: str, leeway: str
    ) -> None:
        monkeypatch.setenv("JWT_LEEWAY", leeway)
        code, _, err = typed(capsys, "inspect", "x")
        said = f"gatepass: JWT_LEEWAY is {leeway!r}: write a number of seconds from 0 to 60"
        assert (code, err) == (2, said)

    @pytest.mark.parametrize("token", ["a.\udc80.b", "\udcff.\udcff.\udcff", "é.é.é", "a.b.c"])
    def test_without_a_secret(self, capsys: Capture, token: str) -> None:
        code, out, _ = typed(capsys, "inspect", token)
        assert code == 1
        assert "REFUSED: " in out

    def test_whatever_the_shell_hands_over(self, capsys: Capture, secret: str) -> None:
        for token in ("\udcff", "é", "", "." * 9000, "a.\udc80.b"):
            assert typed(capsys, "inspect", token)[0] == 1


class TestAnyText:
    """Whatever the shell hands over and whatever the terminal can show, there is no traceback."""

    @pytest.mark.parametrize("encoding", ["ascii", "cp1252", "utf-8"])
    @pytest.mark.parametrize("secret", ["", A])
    @pytest.mark.parametrize(
        "words", [["inspect", "→"], ["inspect", b"\xff.\xff.\xff"], ["token", "--sub", b"\xff"]]
    )
    def test_it(self, words: list[str | bytes], secret: str, encoding: str) -> None:
        program = Path(sys.executable).parent / "gatepass"
        environ = {"PYTHONIOENCODING": encoding, "BETTER_AUTH_SECRET": secret}
        done = subprocess.run(  # noqa: S603 - our own command
            [program, *words], env=environ, capture_output=True, check=False
        )
        assert done.returncode in (1, 2)
        assert b"Traceback" not in done.stderr
        assert done.stdout or done.stderr.startswith(b"gatepass: ")


class TestDoctor:
    def test_it_fails_and_counts(self, capsys: Capture) -> None:
        code, out, _ = typed(capsys, "doctor", "http://127.0.0.1:9", "http://127.0.0.1:9")
        assert code == 1
        assert out.startswith("WRONG  secret here")
        assert out.endswith("wrong")

    def test_an_unreadable_file(self, capsys: Capture, here: Path) -> None:
        (here / ".env").write_bytes(b"\xff\xfe")
        code, _, err = typed(capsys, "doctor", "http://127.0.0.1:9", "http://127.0.0.1:9")
        assert code == 2
        assert err.startswith("gatepass: ")

    @pytest.mark.parametrize("address", ["localhost:3000", "ftp://x", "http://", "x"])
    def test_no_address(self, capsys: Capture, address: str) -> None:
        code, _, err = typed(capsys, "doctor", address, "http://127.0.0.1:9")
        assert (code, err) == (2, f"gatepass: {address!r} is no http:// or https:// address")

    def test_no_cookie(self, capsys: Capture, here: Path) -> None:
        (here / "cookie").write_text("a=b\r\nX: y")
        words = ["doctor", "http://x.invalid", "http://x.invalid", "--cookie-file", "cookie"]
        code, _, err = typed(capsys, *words)
        assert code == 2
        assert "is no Cookie header" in err


class TestCommand:
    def test_without_a_command_it_says_how(self, capsys: Capture) -> None:
        with pytest.raises(SystemExit) as caught:
            main([])
        assert caught.value.code == 2
        assert "usage: gatepass" in capsys.readouterr().err

    def test_it_is_installed(self) -> None:
        program = Path(sys.executable).parent / "gatepass"
        made = subprocess.run([program, "secret"], check=True, capture_output=True)  # noqa: S603
        assert len(made.stdout.strip()) == 64
