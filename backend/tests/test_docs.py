"""/docs is one page that needs nothing else, under a policy that lets nothing else run."""

import base64
import gzip
import hashlib
import re
from pathlib import Path

import pytest
from starlette.testclient import TestClient

from taskapi.main import create_app
from tests.callers import user
from tests.conftest import migrated

SCRIPT = re.compile(r"<script>(.*?)</script>", re.DOTALL)


def test_the_policy_allows_exactly_the_pages_scripts(sqlite_client: TestClient) -> None:
    page = sqlite_client.get("/docs")
    scripts = SCRIPT.findall(page.text)
    hashes = [
        base64.b64encode(hashlib.sha256(script.encode()).digest()).decode() for script in scripts
    ]
    allowed = re.findall(r"'sha256-([^']+)'", page.headers["content-security-policy"])
    assert len(scripts) == page.text.count("<script") == 2
    assert hashes == allowed
    assert "default-src 'none'" in page.headers["content-security-policy"]


def test_nothing_comes_from_another_host(sqlite_client: TestClient) -> None:
    html = SCRIPT.sub("", sqlite_client.get("/docs").text)
    html = re.sub(r"<style>.*?</style>", "", html, flags=re.DOTALL)
    assert "src=" not in html
    assert re.findall(r'href="([^"]*)"', html) == ["data:,"]


def test_it_is_sent_compressed_to_whoever_takes_that(sqlite_client: TestClient) -> None:
    plain = sqlite_client.get("/docs", headers={"Accept-Encoding": "identity"})
    with sqlite_client.stream("GET", "/docs", headers={"Accept-Encoding": "gzip"}) as packed:
        raw = b"".join(packed.iter_raw())
    assert "content-encoding" not in plain.headers
    assert packed.headers["content-encoding"] == "gzip"
    assert gzip.decompress(raw) == plain.content
    assert len(raw) < 600_000


@pytest.mark.parametrize("path", ["/docs", "/openapi.json"])
@pytest.mark.parametrize(
    ("accepted", "packed"),
    [
        ("gzip", True),
        ("br, gzip;q=0.5", True),
        ("*", True),
        ("GZIP , br", True),
        ("gzip;q=0", False),
        ("gzip; q=0.000, br", False),
        ("x-gzip-not", False),
        ("identity", False),
    ],
)
def test_compression_is_the_callers_choice(
    sqlite_client: TestClient, path: str, accepted: str, packed: bool
) -> None:
    answer = sqlite_client.get(path, headers={"Accept-Encoding": accepted})
    assert ("content-encoding" in answer.headers) is packed
    assert "accept-encoding" in answer.headers["vary"].lower()


def test_they_can_be_switched_off(tmp_path: Path) -> None:
    settings = migrated(str(tmp_path / "tasks.sqlite")).model_copy(update={"api_docs": False})
    with TestClient(create_app(settings)) as client:
        for path in ("/docs", "/openapi.json"):
            assert client.get(path).status_code == 401
            assert user(client).call("GET", path).status_code == 404
        assert client.get("/health").status_code == 200
