"""The relay that stands in for a cable where no network namespace can be had."""

import socket
from collections.abc import Iterator

import pytest

from tools.rehearse.network import Relay


@pytest.fixture
def listener() -> Iterator[socket.socket]:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        listener.settimeout(5)
        yield listener


def test_a_cut_swallows_and_a_mended_cable_delivers(listener: socket.socket) -> None:
    relay = Relay()
    [address] = relay.servers([listener.getsockname()[1]])
    host, _, port = address.partition(":")
    with socket.create_connection((host, int(port)), 5) as client:
        server, _ = listener.accept()
        with server:
            server.settimeout(5)
            client.sendall(b"one")
            assert server.recv(8) == b"one"
            relay.cut()
            client.sendall(b"two")
            server.settimeout(0.5)
            with pytest.raises(TimeoutError):
                server.recv(8)
            relay.mend()
            server.settimeout(5)
            assert server.recv(8) == b"two"
    relay.close()
