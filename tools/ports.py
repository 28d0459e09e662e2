"""Ports for servers that are started a moment later."""

import contextlib
import secrets
import socket

# Below those from which outgoing connections take theirs (Linux: from 32768), which may be gone
# again when the server starts; above 10080, which browsers refuse.
PORTS = range(11_000, 32_768)

_given: set[int] = set()


def free_ports(count: int) -> list[int]:
    """Ports that nobody has, on any address; none of them twice in one process."""
    found: list[int] = []
    with contextlib.ExitStack() as held:
        while len(found) < count:
            port = secrets.choice(PORTS)
            if port in _given:
                continue
            probe = held.enter_context(socket.socket())
            with contextlib.suppress(OSError):
                probe.bind(("", port))
                found.append(port)
                _given.add(port)
    return found


def free_port() -> int:
    return free_ports(1)[0]
