"""What ``uv build`` makes: a wheel that stands alone."""

import subprocess
import sys
import zipfile
from email import message_from_bytes
from email.message import Message
from pathlib import Path

import pytest

PACKAGE = Path(__file__).resolve().parents[1]


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("wheel")
    uv = Path(sys.executable).parent / "uv"
    words = ["build", "--wheel", "--offline", "--quiet", "--out-dir"]
    subprocess.run([uv, *words, out, PACKAGE], check=True)  # noqa: S603 - our own tool chain
    return next(out.glob("*.whl"))


def read(wheel: Path, name: str) -> bytes:
    with zipfile.ZipFile(wheel) as archive:
        return archive.read(next(path for path in archive.namelist() if path.endswith(name)))


def metadata(wheel: Path) -> Message:
    return message_from_bytes(read(wheel, "dist-info/METADATA"))


def test_it_is_typed_and_brings_the_command_and_the_licence(wheel: Path) -> None:
    assert read(wheel, "gatepass/py.typed") == b""
    assert b"gatepass = gatepass.cli:main" in read(wheel, "dist-info/entry_points.txt")
    assert read(wheel, "dist-info/licenses/LICENSE") == (PACKAGE / "LICENSE").read_bytes()


def test_nothing_is_required_without_the_extra(wheel: Path) -> None:
    required = metadata(wheel).get_all("Requires-Dist", [])
    assert [line for line in required if "extra ==" not in line] == []


def test_its_page_is_the_readme(wheel: Path) -> None:
    assert metadata(wheel)["Description-Content-Type"] == "text/markdown"
    assert b"# gatepass" in read(wheel, "dist-info/METADATA")


def test_it_runs_with_the_standard_library_alone(wheel: Path) -> None:
    program = f"import sys; sys.path.insert(0, {str(wheel)!r}); from gatepass.cli import main; "
    command = [sys.executable, "-I", "-S", "-c", f"{program} sys.exit(main(['secret']))"]
    made = subprocess.run(command, check=True, capture_output=True, text=True)  # noqa: S603
    assert len(made.stdout.strip()) == 64
