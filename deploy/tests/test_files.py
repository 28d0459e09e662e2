"""The files of deploy/, each checked by the program that will read it."""

import os
import re
import shutil
import subprocess
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread

import httpx
import pytest
import yaml

from tools import debian
from tools.ports import free_ports
from tools.rehearse import system

ROOT = Path(__file__).resolve().parents[2]
DEPLOY = ROOT / "deploy"
HAPROXY = DEPLOY / "haproxy/haproxy.cfg"
UNITS = sorted((DEPLOY / "systemd").glob("*.service"))
HARD_ENOUGH = 1.5  # systemd's exposure level, from 0 to 10


@pytest.fixture(autouse=True, scope="module")
def _programs() -> None:
    system.install()


def run(*command: str | Path, **environment: str) -> str:
    """What a program says; it must be content."""
    done = subprocess.run(
        [str(word) for word in command],
        env={**os.environ, "PATH": debian.PATH, **environment},
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout + done.stderr


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Certificate and key in one file."""
    folder = tmp_path_factory.mktemp("tls")
    key, certificate = folder / "key.pem", folder / "site.pem"
    subject = ["-subj", "/CN=tasks.example.com", "-days", "1", "-nodes"]
    files = ["-keyout", str(key), "-out", str(certificate)]
    run("openssl", "req", "-x509", "-newkey", "rsa:2048", *subject, *files)
    certificate.write_text(certificate.read_text() + key.read_text())
    return certificate


def test_haproxy_accepts_its_file_with_every_default(certificate: Path) -> None:
    run("haproxy", "-c", "-f", HAPROXY, CERTIFICATE=str(certificate), UNPRIVILEGED="1")


def test_haproxy_may_open_as_many_files_as_connections_it_makes() -> None:
    """Or few addresses that take no answer leave none for either half."""
    settings = HAPROXY.read_text()
    people, *_ = map(int, re.findall(r"^  maxconn (\d+)", settings, re.M))
    (copy,) = set(map(int, re.findall(r"default-server maxconn (\d+)", settings)))
    (files,) = map(int, re.findall(r"^  ulimit-n (\d+)", settings, re.M))
    assert 3000 < copy < 4000  # what a copy of either half takes
    assert files > people + 4 * copy


class Half(BaseHTTPRequestHandler):
    """Says which half was asked."""

    def do_GET(self) -> None:
        port = str(self.connection.getsockname()[1])
        self.send_response(200)
        self.send_header("Content-Length", str(len(port)))
        self.end_headers()
        self.wfile.write(port.encode())

    def log_message(self, *_: object) -> None: ...


@pytest.fixture(scope="module")
def proxy(certificate: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, str]]:
    """HAProxy with its file; the addresses by their variables, where API_1 and WEB_1 answer."""
    names = ("PUBLIC", "PLAIN", "INTERNAL", "PROXY_METRICS", "API_2", "WEB_2")
    ports = free_ports(len(names))
    addresses = {name: f"127.0.0.1:{port}" for name, port in zip(names, ports, strict=True)}
    own = {"CERTIFICATE": str(certificate), "UNPRIVILEGED": "1", "API_NAME": "api.example.com"}
    halves = [ThreadingHTTPServer(("127.0.0.1", 0), Half) for _ in range(2)]
    for name, half in zip(("API_1", "WEB_1"), halves, strict=True):
        Thread(target=half.serve_forever, daemon=True).start()
        addresses[name] = f"127.0.0.1:{half.server_port}"
    program = debian.program("haproxy") or "haproxy"
    with (tmp_path_factory.mktemp("proxy") / "log").open("wb") as log:
        proxy = subprocess.Popen(
            [program, "-db", "-f", HAPROXY],
            env={**os.environ, "PATH": debian.PATH, **addresses, **own},
            stdout=log,
            stderr=log,
        )
    yield addresses
    proxy.terminate()
    proxy.wait(10)
    for half in halves:
        half.shutdown()
        half.server_close()


def ask(url: str, host: str, **headers: str) -> httpx.Response:
    transport = httpx.HTTPTransport(verify=False, retries=10)  # until it listens
    with httpx.Client(transport=transport) as client:
        return client.get(url, headers={"Host": host, **headers})


def test_plain_http_leads_people_to_https_and_refuses_programs(proxy: dict[str, str]) -> None:
    plain = f"http://{proxy['PLAIN']}"
    for path in ("/", "/dashboard?status=open", "/api/auth/ok"):
        answer = ask(f"{plain}{path}", "tasks.example.com")
        assert answer.status_code == 308
        assert answer.headers["location"] == f"https://tasks.example.com{path}"
    for host, path in (
        ("tasks.example.com", "/api/me"),
        ("tasks.example.com", "/api/users/ada/tasks"),
        ("api.example.com", "/health"),
    ):
        answer = ask(f"{plain}{path}", host, Authorization="Bearer x")
        assert (answer.status_code, "location" in answer.headers) == (403, False)


def test_under_one_name_the_api_has_what_a_page_asks_it_for(proxy: dict[str, str]) -> None:
    """Its watch among it, by which a page that lost the API finds out that it is back."""
    asked = (ROOT / "frontend/src/session/tab-api.ts").read_text()
    [watch] = re.findall(r"fetch\(`\$\{apiBaseUrl\(\)\}(/\w+)`", asked)
    for path, half in (
        ("/api/me", "API_1"),
        ("/api/users/ada/tasks", "API_1"),
        (watch, "API_1"),
        ("/api/auth/ok", "WEB_1"),
        ("/dashboard", "WEB_1"),
    ):
        answer = ask(f"https://{proxy['PUBLIC']}{path}", "tasks.example.com")
        assert (path, answer.status_code, answer.text) == (path, 200, proxy[half].split(":")[1])


def test_every_action_of_a_workflow_is_named_by_its_commit() -> None:
    """A tag or branch may be moved by whoever takes the action over, and these jobs publish."""
    for workflow in (ROOT / ".github/workflows").glob("*.yml"):
        used = re.findall(r"uses: (.+)", workflow.read_text())
        assert used
        for action in used:
            assert re.fullmatch(r"[\w/-]+@[0-9a-f]{40} # v\d+\.\d+\.\d+", action), action


def test_prometheus_accepts_its_files() -> None:
    folder = DEPLOY / "prometheus"
    run("promtool", "check", "config", folder / "prometheus.yml")
    run("promtool", "check", "rules", folder / "rules.yml")


def test_each_alert_fires_on_what_it_is_for() -> None:
    run("promtool", "test", "rules", DEPLOY / "prometheus/rules_test.yml")
    rules = yaml.safe_load((DEPLOY / "prometheus/rules.yml").read_text())
    alerts = {rule["alert"] for group in rules["groups"] for rule in group["rules"]}
    tests = yaml.safe_load((DEPLOY / "prometheus/rules_test.yml").read_text())["tests"]
    fired = {
        check["alertname"]
        for case in tests
        for check in case["alert_rule_test"]
        if check["exp_alerts"]
    }
    assert fired == alerts


def test_each_alert_is_explained() -> None:
    page = (ROOT / "docs/deployment.md").read_text()
    rules = (DEPLOY / "prometheus/rules.yml").read_text()
    for alert in re.findall(r"alert: (\w+)", rules):
        assert f"| `{alert}` |" in page


def test_both_container_files_pass_hadolint() -> None:
    run(ROOT / ".venv/bin/hadolint", *(DEPLOY / "containers").glob("*.Dockerfile"))


def test_the_container_installs_with_the_uv_of_the_lock() -> None:
    lock = (ROOT / "uv.lock").read_text()
    [locked] = re.findall(r'^name = "uv"\nversion = "(.+)"$', lock, re.MULTILINE)
    assert f"astral-sh/uv:{locked} " in (DEPLOY / "containers/api.Dockerfile").read_text()


def test_compose_mounts_files_that_exist_and_sets_known_variables() -> None:
    compose = yaml.safe_load((DEPLOY / "containers/compose.yaml").read_text())
    example = (DEPLOY / "containers/compose.env.example").read_text()
    text = (DEPLOY / "containers/compose.yaml").read_text()
    assert set(re.findall(r"\$\{(\w+)", text)) == set(re.findall(r"^(\w+)=", example, re.MULTILINE))
    known = set(re.findall(r"^#? ?(\w+)=", (ROOT / ".env.example").read_text(), re.MULTILINE))
    for name, service in compose["services"].items():
        for volume in service.get("volumes", []):
            source = volume.split(":")[0]
            assert not source.startswith("..") or (DEPLOY / "containers" / source).exists()
        if service.get("image", "").startswith("gatepass-"):
            assert set(service["environment"]) <= known, name
            assert (ROOT / service["build"]["dockerfile"]).exists()


@pytest.fixture
def machine(tmp_path: Path) -> Path:
    """A root directory with the units where they belong and something to start."""
    units = tmp_path / "etc/systemd/system"
    shutil.copytree(DEPLOY / "systemd", units)
    shutil.copytree("/usr/lib/systemd/system", tmp_path / "usr/lib/systemd/system", symlinks=True)
    for program in (".venv/bin/python", "node/bin/node"):
        path = tmp_path / "opt/gatepass" / program
        path.parent.mkdir(parents=True)
        path.touch(0o755)
    return tmp_path


@pytest.mark.parametrize("unit", UNITS, ids=lambda unit: unit.stem)
def test_systemd_accepts_each_unit_and_finds_little_exposed(unit: Path, machine: Path) -> None:
    name = unit.name.replace("@", "@8001")
    said = run("systemd-analyze", "verify", f"--root={machine}", name)
    assert name not in said, said
    exposure = run("systemd-analyze", "security", "--offline=true", f"--root={machine}", name)
    [level] = re.findall(r"Overall exposure level for \S+: ([\d.]+)", exposure)
    assert float(level) <= HARD_ENOUGH
