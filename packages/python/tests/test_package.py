"""What ``uv build`` makes: a wheel that stands alone and a source archive, fit to be published."""

import json
import re
import subprocess
import sys
import tarfile
import zipfile
from email import message_from_bytes
from email.message import Message
from pathlib import Path

import pytest

import gatepass

PACKAGE = Path(__file__).resolve().parents[1]
ROOT = PACKAGE.parents[1]
TOOLS = Path(sys.executable).parent


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("built")
    words = ["build", "--offline", "--quiet", "--out-dir"]
    subprocess.run([TOOLS / "uv", *words, out, PACKAGE], check=True)  # noqa: S603 - our own tool chain
    return out


@pytest.fixture(scope="module")
def wheel(built: Path) -> Path:
    return next(built.glob("*.whl"))


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


def test_there_is_one_version(wheel: Path) -> None:
    npm = json.loads((ROOT / "packages/npm/package.json").read_text())["version"]
    assert metadata(wheel)["Version"] == gatepass.__version__ == npm


def test_each_python_that_is_claimed_can_be_had(wheel: Path) -> None:
    claimed = re.findall(
        r"Python :: (3\.\d+)$", "\n".join(metadata(wheel).get_all("Classifier", [])), re.M
    )
    assert claimed[0] == str(metadata(wheel)["Requires-Python"]).removeprefix(">=")


def test_the_source_archive_holds_what_the_wheel_is_made_of(built: Path, wheel: Path) -> None:
    with tarfile.open(next(built.glob("*.tar.gz"))) as archive:
        held = {name.partition("/src/")[2] for name in archive.getnames()}
    with zipfile.ZipFile(wheel) as wheel_archive:
        made = {name for name in wheel_archive.namelist() if name.startswith("gatepass/")}
    assert {name for name in made if not name.endswith("/")} <= held


@pytest.mark.parametrize(
    "words",
    [["twine", "check", "--strict"], ["check-wheel-contents"]],
    ids=lambda words: str(words[0]),
)
def test_the_publishers_checks(built: Path, words: list[str]) -> None:
    files = sorted(built.glob("*.whl"))
    if words[0] == "twine":
        files += sorted(built.glob("*.tar.gz"))
    command = [str(TOOLS / words[0]), *words[1:], *map(str, files)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)  # noqa: S603
    assert done.returncode == 0, done.stdout + done.stderr


def test_it_runs_with_the_standard_library_alone(wheel: Path) -> None:
    program = f"import sys; sys.path.insert(0, {str(wheel)!r}); from gatepass.cli import main; "
    command = [sys.executable, "-I", "-S", "-c", f"{program} sys.exit(main(['secret']))"]
    made = subprocess.run(command, check=True, capture_output=True, text=True)  # noqa: S603
    assert len(made.stdout.strip()) == 64


def test_importing_it_imports_no_framework(wheel: Path) -> None:
    program = (
        "import sys; import gatepass, gatepass.wsgi, gatepass.testing, gatepass.cli; "
        "sys.exit(str({'starlette', 'fastapi', 'flask', 'pydantic'} & set(sys.modules)) "
        "if {'starlette', 'fastapi', 'flask'} & set(sys.modules) else 0)"
    )
    subprocess.run([sys.executable, "-c", program], check=True)  # noqa: S603
