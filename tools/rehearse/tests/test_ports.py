"""Ports that are still free when the server starts."""

import socket
from pathlib import Path

import pytest

from tools import ports


def test_outgoing_connections_take_none_of_them() -> None:
    first, _ = Path("/proc/sys/net/ipv4/ip_local_port_range").read_text().split()
    assert all(port < int(first) for port in ports.free_ports(300))


def test_none_twice() -> None:
    given = [*ports.free_ports(400), *ports.free_ports(400)]
    assert len(set(given)) == 800


@pytest.mark.parametrize("address", ["127.0.0.1", "127.0.0.2"])
def test_none_that_somebody_has(address: str, monkeypatch: pytest.MonkeyPatch) -> None:
    taken, free = ports.free_ports(2)
    monkeypatch.setattr(ports, "_given", set())
    order = iter([taken, free])
    monkeypatch.setattr("secrets.choice", lambda _: next(order))
    with socket.create_server((address, taken)):
        assert ports.free_port() == free
