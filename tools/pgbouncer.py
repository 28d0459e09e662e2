"""PgBouncer of the distribution in front of a test's PostgreSQL, in transaction mode."""

import os
import shutil
import socket
import subprocess
import tempfile
import time
from pathlib import Path

from tools import debian
from tools.ports import free_port
from tools.say import fail


class PgBouncer:
    """`with PgBouncer(port_of_the_server) as pooler:` listens on `pooler.port`."""

    def __init__(self, server_port: int) -> None:
        self.server_port = server_port

    def __enter__(self) -> "PgBouncer":
        if not debian.program("pgbouncer"):
            debian.install(["pgbouncer"])
        program = debian.program("pgbouncer")
        if not program:
            fail("pgbouncer is missing; install it and run this again")
        self.port = free_port()
        self.home = Path(tempfile.mkdtemp(prefix="gatepass-pgbouncer-"))
        self.home.chmod(0o755)
        configuration = self.home / "pgbouncer.ini"
        configuration.write_text(
            f"[databases]\n* = host=127.0.0.1 port={self.server_port} user=postgres\n"
            f"[pgbouncer]\nlisten_addr = 127.0.0.1\nlisten_port = {self.port}\n"
            "unix_socket_dir =\nauth_type = any\npool_mode = transaction\ndefault_pool_size = 3\n"
        )
        as_whom = ["-u", "nobody"] if os.geteuid() == 0 else []
        self.process = subprocess.Popen(
            [program, "-q", *as_whom, str(configuration)],
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        give_up = time.monotonic() + 30
        while time.monotonic() < give_up:
            try:
                socket.create_connection(("127.0.0.1", self.port)).close()
            except ConnectionRefusedError:
                time.sleep(0.05)
            else:
                return self
        raise RuntimeError("pgbouncer did not start")

    def __exit__(self, *_: object) -> None:
        self.process.terminate()
        self.process.wait()
        shutil.rmtree(self.home)
