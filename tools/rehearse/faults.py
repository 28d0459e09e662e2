"""What is broken, one after the other. Each returns when nothing is broken any more."""

import secrets
import signal
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

from tools.rehearse.copies import Copy
from tools.rehearse.topology import Topology

AWAY, FROZEN, CUT = 15, 20, 15  # seconds


@dataclass(frozen=True)
class Fault:
    """`flawless`: not one request may fail while it lasts. `kills`: copies of a half die."""

    name: str
    act: Callable[[Topology], None]
    flawless: bool = False
    kills: bool = False


def kill_api(topology: Topology) -> None:
    topology.api[0].kill()
    time.sleep(2)
    topology.api[0].wait_until_ready()


def kill_web(topology: Topology) -> None:
    topology.web[0].kill()
    time.sleep(2)
    topology.web[0].wait_until_ready()


def roll(copies: Sequence[Copy]) -> None:
    """Stops and starts one copy after the other, the next when the former is ready."""
    for copy in copies:
        code = copy.stop()
        if code and copy.graceful:
            raise RuntimeError(
                f"{copy.name} ended with {code} when it was told to stop: {copy.log}"
            )
        copy.start()
        copy.wait_until_ready()
        time.sleep(1.5)  # until the proxy has seen it ready as well


def roll_api(topology: Topology) -> None:
    roll(topology.api)


def roll_web(topology: Topology) -> None:
    roll(topology.web)


def roll_both(topology: Topology) -> None:
    with ThreadPoolExecutor() as halves:
        list(halves.map(roll, (topology.api, topology.web)))


def web_away(topology: Topology) -> None:
    for copy in topology.web:
        copy.graceful, graceful = False, copy.graceful
        copy.stop()
        copy.graceful = graceful
    time.sleep(AWAY)
    for copy in topology.web:
        copy.start()
    for copy in topology.web:
        copy.wait_until_ready()


def restart_database(topology: Topology) -> None:
    topology.cluster.restart()


def kill_database(topology: Topology) -> None:
    topology.cluster.primary().signal_servers(signal.SIGKILL)


def freeze_database(topology: Topology) -> None:
    primary = topology.cluster.primary()
    primary.signal_servers(signal.SIGSTOP)
    time.sleep(FROZEN)
    primary.signal_servers(signal.SIGCONT)


def promote_standby(topology: Topology) -> None:
    topology.cluster.switch_over()


def lose_primary(topology: Topology) -> None:
    """The machine of the primary is gone for good measure, and comes back as a standby."""
    lost = topology.cluster.primary()
    topology.cluster.switch_off(lost)
    other = next(node for node in topology.cluster.nodes if node is not lost)
    deadline = time.monotonic() + 60
    while other.state().get("role") not in ("master", "primary"):
        if time.monotonic() > deadline:
            raise RuntimeError("the standby was not promoted within a minute")
        time.sleep(0.2)
    topology.cluster.switch_on(lost)


def rotate_secret(topology: Topology) -> None:
    """A copy of each half at a time: first everybody knows the new secret, then it signs."""
    former = f"1:{topology.secret}"
    fresh = f"2:{secrets.token_urlsafe(48)}"
    for ring in (f"{former},{fresh}", f"{fresh},{former}"):
        for copy in [*topology.api, *topology.web]:
            copy.environment["BETTER_AUTH_SECRETS"] = ring
        roll_both(topology)


def cut_network(topology: Topology) -> None:
    topology.cable.cut()
    time.sleep(CUT)
    topology.cable.mend()


FAULTS = [
    Fault("kill -9 of a copy of the API", kill_api, kills=True),
    Fault("kill -9 of a copy of the frontend", kill_web, kills=True),
    Fault("rolling restart of the API", roll_api, flawless=True),
    Fault("rolling restart of the frontend", roll_web, flawless=True),
    Fault("both frontends away for 15 s", web_away, kills=True),
    Fault("PostgreSQL restarted", restart_database),
    Fault("PostgreSQL killed", kill_database),
    Fault("PostgreSQL frozen for 20 s", freeze_database),
    Fault("the standby promoted", promote_standby),
    Fault("the primary's machine lost", lose_primary),
    Fault("the secret rotated", rotate_secret, flawless=True),
    Fault("the network to the database cut for 15 s", cut_network),
]
# A minute's worth, for `make test`.
SHORT = [
    Fault("kill -9 of a copy of the API", kill_api, kills=True),
    Fault("rolling restart of both halves", roll_both, flawless=True),
    Fault("the primary's machine lost", lose_primary),
]
