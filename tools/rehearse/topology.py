"""Everything together: what is built, in which order, and how it goes away."""

import contextlib
import secrets
import shutil
import sys
import tempfile
from pathlib import Path

from tools import node, processes
from tools.ports import free_ports
from tools.rehearse import breakage
from tools.rehearse.cluster import Cluster
from tools.rehearse.copies import Copy, ServiceManager
from tools.rehearse.network import lay
from tools.rehearse.site import Site

ROOT = Path(__file__).resolve().parents[2]
DRAIN_SECONDS = 4  # the proxy asks every second and believes the second no
PASS_LIFETIME = 60


class Topology:
    """The database, two copies of each half, and the proxy; a context manager."""

    def __init__(self, *, cross_origin: bool, broken: str = "") -> None:
        self.home = Path(tempfile.mkdtemp(prefix="gatepass-rehearse-"))
        self.home.chmod(0o711)  # the database's user passes through
        self._broken = broken
        self._closing = contextlib.ExitStack()
        self.secret = secrets.token_urlsafe(48)
        self.site = Site(cross_origin)

    def __enter__(self) -> "Topology":
        try:
            self._build()
        except BaseException:
            self._closing.close()
            raise
        return self

    def __exit__(self, *_: object) -> None:
        self._closing.close()

    def forget(self) -> None:
        """Removes the logs and the data; after a failure they are kept to be read."""
        shutil.rmtree(self.home, ignore_errors=True)

    def metrics(self) -> list[str]:
        """Where each copy's metrics are, as `host:port`."""
        return [
            f"{copy.address.partition(':')[0]}:{copy.environment['METRICS_PORT']}"
            for copy in [*self.api, *self.web]
        ]

    def _build(self) -> None:
        self.cable = lay()
        self._closing.callback(self.cable.close)
        self.cluster = Cluster(self.home, ["127.0.0.1/32", *self.cable.networks])
        self._closing.callback(self.cluster.close)
        self.cluster.start()
        if self._broken == "commit":
            breakage.acknowledge_before_commit(self.cluster)
        self._migrate()
        self.api, self.web = self._copies()
        for copy, port in zip([*self.api, *self.web], free_ports(4), strict=True):
            copy.environment["METRICS_PORT"] = str(port)
        manager = ServiceManager([*self.api, *self.web])
        self._closing.callback(manager.close)
        manager.start()
        self._closing.callback(self.site.close)
        self.site.start(
            self.home, [copy.address for copy in self.api], [copy.address for copy in self.web]
        )

    def _migrate(self) -> None:
        """As the role that owns the schema; serving goes on as one that cannot change it."""
        for command, cwd in (
            ([sys.executable, "-m", "taskapi", "migrate"], ROOT / "backend"),
            ([str(node.NODE), "scripts/migrate.ts"], ROOT / "frontend"),
        ):
            code, output = processes.finish(
                command, cwd, self._environment("gatepass_migrate", "gatepass_migrate"), quiet=True
            )
            if code:
                raise RuntimeError(f"the migration failed: {output}")

    def _environment(self, api_role: str, web_role: str) -> dict[str, str]:
        """What docs/deployment.md says to set; nothing is left to the checkout's env files."""
        return {
            **node.environment(),
            "BETTER_AUTH_SECRET": self.secret,
            "BETTER_AUTH_SECRETS": f"1:{self.secret}",
            "BETTER_AUTH_URL": self.site.web,
            "NEXT_PUBLIC_API_BASE_URL": self.site.api,
            "API_INTERNAL_URL": self.site.internal,
            "CORS_ORIGINS": self.site.web,
            "DATABASE_URL": self.cluster.address(api_role, "tasks"),
            "AUTH_DATABASE_URL": self.cluster.address(web_role, "accounts"),
            "JWT_EXPIRES_IN": str(PASS_LIFETIME),
            "TRUSTED_PROXIES": "127.0.0.1",
            "DRAIN_SECONDS": "0" if self._broken == "drain" else str(DRAIN_SECONDS),
            "LOG_LEVEL": "info",
            "PYTHONUNBUFFERED": "1",
        }

    def _copies(self) -> tuple[list[Copy], list[Copy]]:
        common = self._environment("gatepass_api", "gatepass_web")
        backend = ROOT / "backend"
        if self._broken == "key":
            backend = breakage.without_owner(self.home)
            common["PYTHONPATH"] = str(backend)
        ports = free_ports(4)
        serve = [sys.executable, "-m", "taskapi", "serve"]
        far = {
            "API_HOST": self.cable.host,
            "DATABASE_URL": self.cluster.address(
                "gatepass_api",
                "tasks",
                self.cable.servers([node.port for node in self.cluster.nodes]),
            ),
        }
        api = [
            self._copy("api1", serve, backend, common, "API", ports[0], {}),
            self._copy("api2", [*self.cable.prefix, *serve], backend, common, "API", ports[1], far),
        ]
        web = [
            self._copy(
                name, [str(node.NODE), "server.ts"], ROOT / "frontend", common, "WEB", port, {}
            )
            for name, port in zip(("web1", "web2"), ports[2:], strict=True)
        ]
        return api, web

    def _copy(
        self,
        name: str,
        command: list[str],
        cwd: Path,
        common: dict[str, str],
        half: str,
        port: int,
        own: dict[str, str],
    ) -> Copy:
        environment = common | {f"{half}_PORT": str(port)} | own
        host = environment.get(f"{half}_HOST", "127.0.0.1")
        return Copy(
            name=name,
            address=f"{host}:{port}",
            command=command,
            cwd=cwd,
            environment=environment,
            log=self.home / f"{name}.log",
            graceful=self._broken != "drain",
        )
