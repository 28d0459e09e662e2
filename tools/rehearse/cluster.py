"""PostgreSQL twice, a primary and its synchronous standby, kept by Patroni through etcd.

Patroni and etcd are the distribution's, PostgreSQL is the wheel that the tests use. Nothing here
promotes, rewinds or votes: the faults ask Patroni, or kill what it watches.
"""

import contextlib
import json
import os
import shutil
import signal
import subprocess
import time
import urllib.error
import urllib.request
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tools import postgres
from tools.ports import free_ports

ROLES = Path(__file__).resolve().parents[2] / "deploy/postgresql/roles.sql"
SETTLED = 60  # seconds for Patroni to have a primary with a synchronous standby again


@dataclass
class Node:
    """One machine of the database: Patroni and the PostgreSQL that it runs."""

    name: str
    port: int
    rest: int
    home: Path
    process: subprocess.Popen[bytes] | None = None

    def state(self) -> dict[str, Any]:
        """What Patroni says about itself; empty when it is away."""
        try:
            with urllib.request.urlopen(
                f"http://127.0.0.1:{self.rest}/patroni", timeout=2
            ) as answer:
                return dict(json.load(answer))
        except urllib.error.HTTPError as error:
            with contextlib.suppress(ValueError):
                return dict(json.load(error))
            return {}
        except (OSError, ValueError):
            return {}

    def servers(self) -> list[int]:
        """The process ids of PostgreSQL, the postmaster last."""
        try:
            postmaster = int((self.home / "data/postmaster.pid").read_text().split()[0])
            children = Path(f"/proc/{postmaster}/task/{postmaster}/children").read_text().split()
        except (OSError, IndexError, ValueError):
            return []
        return [*map(int, children), postmaster]

    def signal_servers(self, number: signal.Signals) -> None:
        for server in self.servers():
            with contextlib.suppress(ProcessLookupError):
                os.kill(server, number)


class Cluster:
    """Two nodes and the etcd between them; `addresses` are where PostgreSQL listens."""

    def __init__(self, home: Path, networks: list[str]) -> None:
        self._home = home / "database"
        self._home.mkdir()
        self._networks = networks
        self.programs, self._user = postgres.unpack(self._home)
        ports = free_ports(6)
        self._etcd_port, self._peer_port = ports[:2]
        self.nodes = [
            Node(f"pg{n}", ports[2 * n], ports[2 * n + 1], self._home / f"pg{n}") for n in (1, 2)
        ]
        self._etcd: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        """Returns when there is a primary with a synchronous standby, and the roles are made."""
        address = f"http://127.0.0.1:{self._etcd_port}"
        peer = f"http://127.0.0.1:{self._peer_port}"
        self._etcd = self._spawn(
            "etcd",
            [
                "etcd",
                "--enable-v2",
                "--log-level=warn",
                f"--data-dir={self._home / 'etcd'}",
                f"--listen-client-urls={address}",
                f"--advertise-client-urls={address}",
                f"--listen-peer-urls={peer}",
                f"--initial-advertise-peer-urls={peer}",
                f"--initial-cluster=default={peer}",
            ],
        )
        for node in self.nodes:
            node.home.mkdir()
            self._own(node.home)
            (node.home / "patroni.json").write_text(json.dumps(self._patroni(node)))
            self.switch_on(node)
        self.wait_until_settled()
        self.psql("postgres", "--file", str(ROLES))

    def address(self, role: str, database: str, servers: Sequence[str] = ()) -> str:
        """libpq's spelling with both nodes, as `servers` (host:port) or directly."""
        hosts = ",".join(servers or [f"127.0.0.1:{node.port}" for node in self.nodes])
        options = "target_session_attrs=read-write&connect_timeout=3"
        return f"postgresql://{role}@{hosts}/{database}?{options}"

    def primary(self) -> Node:
        """The node that takes writes. Raises RuntimeError when there is none for a minute."""
        return self._roles()[0]

    def standby(self) -> Node:
        return self._roles()[1]

    def wait_until_settled(self) -> None:
        """Returns when the standby is synchronous and Patroni would promote it (again)."""
        self._roles()

    def switch_over(self) -> None:
        """Asks Patroni to hand the primary's part to the standby."""
        primary, standby = self._roles()
        self._ask(primary, "switchover", {"leader": primary.name, "candidate": standby.name})

    def restart(self) -> None:
        """Asks Patroni to restart the primary's PostgreSQL."""
        self._ask(self.primary(), "restart", {})

    def switch_off(self, node: Node) -> None:
        """A machine that loses its power: Patroni and PostgreSQL are gone at once."""
        servers = node.servers()
        for pid in [*([node.process.pid] if node.process else []), *servers]:
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
        if node.process:
            node.process.wait()
            node.process = None

    def switch_on(self, node: Node) -> None:
        command = ["patroni", str(node.home / "patroni.json")]
        node.process = self._spawn(node.name, command)

    def psql(self, database: str, *arguments: str) -> str:
        """Runs psql as the superuser on the primary; raises RuntimeError with what it says."""
        server = f"host=127.0.0.1 port={self.primary().port} user=postgres dbname={database}"
        options = ["-X", "-v", "ON_ERROR_STOP=1", "-Atq", "-d", server]
        return run([str(self.programs / "psql"), *options, *arguments])

    def close(self) -> None:
        for node in self.nodes:
            self.switch_off(node)
        if self._etcd:
            self._etcd.kill()
            self._etcd.wait()

    def _roles(self) -> tuple[Node, Node]:
        deadline = time.monotonic() + SETTLED
        while time.monotonic() < deadline:
            for node, other in (self.nodes, self.nodes[::-1]):
                state = node.state()
                synchronous = [
                    standby["application_name"]
                    for standby in state.get("replication", [])
                    if standby["sync_state"] in ("sync", "quorum")
                ]
                # PostgreSQL waits for it a moment before etcd says that it may be promoted.
                may_be_promoted = other.name in synchronous and other.state().get("sync_standby")
                if state.get("role") in ("master", "primary") and may_be_promoted:
                    return node, other
            time.sleep(0.2)
        raise RuntimeError(f"no primary with a synchronous standby within {SETTLED} s")

    def _patroni(self, node: Node) -> dict[str, Any]:
        """Patroni's configuration; short times, so that a rehearsal is short."""
        rest = f"127.0.0.1:{node.rest}"
        trusted = [f"host all all {network} trust" for network in self._networks]
        listen = ",".join(network.partition("/")[0] for network in self._networks)
        return {
            "scope": "gatepass",
            "name": node.name,
            "restapi": {"listen": rest, "connect_address": rest},
            "etcd": {"host": f"127.0.0.1:{self._etcd_port}"},
            "bootstrap": {
                "dcs": {
                    "ttl": 10,
                    "loop_wait": 2,
                    "retry_timeout": 4,
                    "synchronous_mode": True,
                    "postgresql": {
                        "use_pg_rewind": True,
                        "parameters": {"max_connections": 100},
                    },
                },
                "initdb": [{"encoding": "UTF8"}, "data-checksums"],
                "pg_hba": [
                    "local all all trust",
                    "host replication all 127.0.0.1/32 trust",
                    *trusted,
                ],
            },
            "postgresql": {
                "listen": f"{listen}:{node.port}",
                "connect_address": f"127.0.0.1:{node.port}",
                "data_dir": str(node.home / "data"),
                "bin_dir": str(self.programs),
                "pgpass": str(node.home / "pgpass"),
                "authentication": {
                    name: {"username": "postgres"}
                    for name in ("superuser", "replication", "rewind")
                },
                "parameters": {"unix_socket_directories": str(node.home)},
            },
        }

    def _ask(self, node: Node, action: str, body: dict[str, str]) -> None:
        request = urllib.request.Request(
            f"http://127.0.0.1:{node.rest}/{action}", json.dumps(body).encode(), method="POST"
        )
        with urllib.request.urlopen(request, timeout=60) as answer:  # noqa: S310
            answer.read()

    def _spawn(self, name: str, command: list[str]) -> subprocess.Popen[bytes]:
        environment = {"PATH": "/usr/local/bin:/usr/bin:/bin:/usr/sbin", "LANG": "C.UTF-8"}
        program = shutil.which(command[0], path=environment["PATH"])
        with (self._home.parent / f"{name}.log").open("ab") as log:
            return subprocess.Popen(
                [str(program), *command[1:]],
                cwd=self._home,
                env=environment,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                user=self._user,
                start_new_session=True,
            )

    def _own(self, path: Path) -> None:
        if self._user:
            shutil.chown(path, self._user)


def run(command: list[str]) -> str:
    done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
    if done.returncode:
        raise RuntimeError(f"{Path(command[0]).name} failed: {done.stderr.strip()}")
    return done.stdout.strip()
