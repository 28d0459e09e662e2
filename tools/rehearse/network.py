"""The cable between one copy of the API and the database, which a fault pulls out.

Where the machine allows it the copy lives in a network namespace with two cables of its own, one
to the proxy and one to the database; elsewhere its way to the database is a relay that stops
passing bytes on. Either way what is sent meanwhile is neither refused nor answered.
"""

import asyncio
import contextlib
import os
import subprocess
import threading
from collections.abc import Awaitable, Callable, Sequence

from tools import debian
from tools.ports import free_ports


class Namespace:
    """A network namespace with a cable to the database's side and one to the proxy's."""

    kind = "a network namespace"

    def __init__(self) -> None:
        number = os.getpid() % 250
        self._name = f"gatepass-{os.getpid()}"
        self._database, self._proxy = f"gpd{os.getpid()}"[:15], f"gpp{os.getpid()}"[:15]
        net = f"10.213.{number}"
        self.networks = [f"{net}.1/30"]  # where PostgreSQL listens besides 127.0.0.1
        self.host = f"{net}.6"
        self.prefix = ["ip", "netns", "exec", self._name]
        try:
            ip("netns", "add", self._name)
            for cable, ours, theirs in (
                (self._database, f"{net}.1/30", f"{net}.2/30"),
                (self._proxy, f"{net}.5/30", f"{net}.6/30"),
            ):
                inner = cable[2] + "0"
                ip("link", "add", cable, "type", "veth", "peer", "name", inner, "netns", self._name)
                ip("address", "add", ours, "dev", cable)
                ip("link", "set", cable, "up")
                ip("-n", self._name, "address", "add", theirs, "dev", inner)
                ip("-n", self._name, "link", "set", inner, "up")
            ip("-n", self._name, "link", "set", "lo", "up")
        except BaseException:
            self.close()
            raise

    def servers(self, ports: Sequence[int]) -> list[str]:
        """The database as it is reached from inside."""
        [network] = self.networks
        return [f"{network.partition('/')[0]}:{port}" for port in ports]

    def cut(self) -> None:
        ip("link", "set", self._database, "down")

    def mend(self) -> None:
        ip("link", "set", self._database, "up")

    def close(self) -> None:
        for cable in (self._database, self._proxy):
            with contextlib.suppress(OSError):
                ip("link", "delete", cable)
        with contextlib.suppress(OSError):
            ip("netns", "delete", self._name)


class Relay:
    """TCP from a port of its own to each node, until it is cut."""

    kind = "a relay"
    networks: Sequence[str] = ()
    host = "127.0.0.1"
    prefix: Sequence[str] = ()

    def __init__(self) -> None:
        self._loop = asyncio.new_event_loop()
        self._whole = asyncio.Event()
        self._whole.set()
        self._thread = threading.Thread(target=self._loop.run_forever, name="relay", daemon=True)
        self._thread.start()
        self._servers: list[asyncio.Server] = []

    def servers(self, ports: Sequence[int]) -> list[str]:
        ours = free_ports(len(ports))
        for port, theirs in zip(ours, ports, strict=True):
            accept = asyncio.start_server(self._to(theirs), "127.0.0.1", port)
            future = asyncio.run_coroutine_threadsafe(accept, self._loop)
            self._servers.append(future.result(5))
        return [f"127.0.0.1:{port}" for port in ours]

    def cut(self) -> None:
        self._loop.call_soon_threadsafe(self._whole.clear)

    def mend(self) -> None:
        self._loop.call_soon_threadsafe(self._whole.set)

    def close(self) -> None:
        asyncio.run_coroutine_threadsafe(self._end(), self._loop).result(5)
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()

    async def _end(self) -> None:
        for server in self._servers:
            server.close()
        under_way = asyncio.all_tasks() - {asyncio.current_task()}
        for task in under_way:
            task.cancel()
        await asyncio.gather(*under_way, return_exceptions=True)

    def _to(
        self, port: int
    ) -> Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]:
        async def accepted(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            await self._whole.wait()
            try:
                there = await asyncio.open_connection("127.0.0.1", port)
            except OSError:
                writer.close()
                return
            await asyncio.gather(self._pass(reader, there[1]), self._pass(there[0], writer))

        return accepted

    async def _pass(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            with contextlib.suppress(OSError):
                while part := await reader.read(65536):
                    await self._whole.wait()
                    writer.write(part)
                    await writer.drain()
        finally:
            writer.close()


Cable = Namespace | Relay


def lay() -> Cable:
    """A namespace where the machine allows it, else a relay."""
    try:
        return Namespace()
    except OSError:
        return Relay()


def ip(*arguments: str) -> None:
    """Runs ip(8); raises OSError where that is not allowed."""
    program = debian.program("ip")
    if not program:
        raise FileNotFoundError("ip")
    done = subprocess.run([program, *arguments], capture_output=True, text=True, check=False)
    if done.returncode:
        raise OSError(done.stderr.strip())
