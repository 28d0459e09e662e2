"""Rehearses production: builds it, loads it, breaks it, and compares every row with the ledger.

Usage: python -m tools.rehearse [--short] [--only PART] [--break commit|key|drain]

Ends with 0 only if nothing was lost, doubled, leaked, refused, signed out or unshaped.
"""

import argparse
import time

from tools import build, processes
from tools.rehearse import system, watched
from tools.rehearse.breakage import KINDS
from tools.rehearse.crashes import crash
from tools.rehearse.faults import FAULTS, SHORT, Fault
from tools.rehearse.installation import install_as_documented
from tools.rehearse.ledger import Ledger
from tools.rehearse.load import Load
from tools.rehearse.topology import Topology
from tools.say import fail, step

BACK_WITHIN = 60  # seconds from the end of a fault until everybody works again
QUIET = 2  # seconds without an error that count as recovered
KILLS = 50
PARTS = {
    "installation": "the commands of docs/deployment.md in a clean clone",
    "sqlite": f"one machine, SQLite: {KILLS} kills in the middle of a write load",
    "postgresql": f"one machine, PostgreSQL: {KILLS} kills in the middle of a write load",
    "one": "the topology under one name",
    "two": "the topology under two names, with CORS",
}


def main() -> None:
    """Runs the chosen parts; the short form and a breakage are about the topology alone."""
    parser = argparse.ArgumentParser(prog="python -m tools.rehearse", description=__doc__)
    parser.add_argument("--short", action="store_true", help="a minute's worth, as in `make test`")
    parser.add_argument("--only", choices=PARTS, help="one part instead of all of them")
    parser.add_argument("--break", choices=KINDS, dest="broken", default="", help="must fail then")
    chosen = parser.parse_args()
    system.install()
    build.build()
    parts = [chosen.only] if chosen.only else ["one"] if chosen.short or chosen.broken else PARTS
    good = [run(part, short=chosen.short, broken=chosen.broken) for part in parts]
    if not all(good):
        fail("the rehearsal failed; what contradicts the ledger is above")


def run(part: str, *, short: bool, broken: str) -> bool:
    """One part; whether nothing contradicts it."""
    step(f"Rehearsing: {PARTS[part]}")
    match part:
        case "installation":
            install_as_documented()
            return True
        case "sqlite" | "postgresql":
            contradictions = crash(part, KILLS)
            for kind, text in contradictions:
                print(f"  {kind}: {text}")
            return not contradictions
        case _:
            return rehearse(cross_origin=part == "two", short=short, broken=broken)


def rehearse(*, cross_origin: bool, short: bool, broken: str) -> bool:
    """The topology under load and faults; whether the ledger is clean."""
    ledger = Ledger()
    with Topology(cross_origin=cross_origin, broken=broken) as topology:
        step(f"The cable to the database is {topology.cable.kind}; logs: {topology.home}")
        load = Load(topology.site, ledger, people=4 if short else 8)
        try:
            load.start()
            for fault in SHORT if short else FAULTS:
                inflict(fault, topology, load)
            rows = load.finish()
            try:
                for name in watched.missing(topology.metrics()):
                    ledger.violation("unseen", f"no copy has {name}, which deploy/ watches")
            except OSError as error:
                ledger.violation("unseen", f"a copy does not serve its metrics: {error}")
        finally:
            load.close()
    report(ledger, rows)
    if not ledger.violations:
        topology.forget()
    return not ledger.violations


def inflict(fault: Fault, topology: Topology, load: Load) -> None:
    """Breaks one thing under load, waits for the recovery and prints a line about it."""
    ledger = load.ledger
    topology.cluster.wait_until_settled()
    begun = time.monotonic()
    if not fault.flawless:
        ledger.begin(fault.name, kills=fault.kills)
    fault.act(topology)
    ended = time.monotonic()
    while not recovered(ledger, load, ended):
        load.raise_if_ended()
        if time.monotonic() > ended + BACK_WITHIN:
            ledger.violation("stuck", f"not everybody works {BACK_WITHIN} s after the end")
            break
        time.sleep(0.1)
    ledger.end()
    failures = ledger.since(begun)
    last = max((failure.moment for failure in failures), default=begun)
    first = min((failure.moment for failure in failures), default=begun)
    print(
        f"  {fault.name:<42} {len(failures):4} errors over {last - first:4.1f} s,"
        f" back {max(0, last - ended):4.1f} s after the fault's {ended - begun:.1f} s",
        flush=True,
    )


def recovered(ledger: Ledger, load: Load, ended: float) -> bool:
    quiet = not ledger.since(max(ended, time.monotonic() - QUIET))
    return (
        quiet and time.monotonic() > ended + QUIET and ledger.all_succeeded_since(ended, load.names)
    )


def report(ledger: Ledger, rows: int) -> None:
    counts = ", ".join(f"{count} {kind}s" for kind, count in sorted(ledger.acknowledged.items()))
    step(f"Acknowledged: {counts}; {rows} rows compared; {len(ledger.failures)} shaped errors")
    kinds = sorted({kind for kind, _ in ledger.violations})
    for kind in kinds:
        texts = [text for found, text in ledger.violations if found == kind]
        print(f"  {kind}: {len(texts)}", *[f"\n    {text}" for text in texts[:8]], flush=True)
    if not kinds:
        step("Nothing lost, doubled, leaked, refused, signed out or unshaped")


if __name__ == "__main__":
    processes.run(main)
