"""Rehearses production: builds it, loads it, breaks it, and compares every row with the ledger.

Usage: python -m tools.rehearse [--short] [--names one|two] [--break commit|key|drain]

Ends with 0 only if nothing was lost, doubled, leaked, refused, signed out or unshaped.
"""

import argparse
import time

from tools import build, processes
from tools.rehearse import system
from tools.rehearse.breakage import KINDS
from tools.rehearse.faults import FAULTS, Fault
from tools.rehearse.ledger import Ledger
from tools.rehearse.load import Load
from tools.rehearse.topology import Topology
from tools.say import fail, step

BACK_WITHIN = 60  # seconds from the end of a fault until everybody works again
QUIET = 2  # seconds without an error that count as recovered
NAMES = {"one": False, "two": True}


def main() -> None:
    """Runs the chosen form, under one name and under two unless told otherwise."""
    parser = argparse.ArgumentParser(prog="python -m tools.rehearse", description=__doc__)
    parser.add_argument("--short", action="store_true", help="a minute's worth, as in `make test`")
    parser.add_argument("--names", choices=NAMES, help="one name for both halves, or one for each")
    parser.add_argument("--break", choices=KINDS, dest="broken", default="", help="must fail then")
    chosen = parser.parse_args()
    system.install()
    build.build()
    names = [chosen.names] if chosen.names else ["one"] if chosen.short else list(NAMES)
    good = [rehearse(name, short=chosen.short, broken=chosen.broken) for name in names]
    if not all(good):
        fail("the rehearsal failed; what contradicts the ledger is above")


def rehearse(names: str, *, short: bool, broken: str = "") -> bool:
    """One run; whether the ledger is clean."""
    step(f"Building the topology under {names} name{'s' if names == 'two' else ''}")
    ledger = Ledger()
    with Topology(cross_origin=NAMES[names], broken=broken) as topology:
        step(f"The cable to the database is {topology.cable.kind}; logs: {topology.home}")
        load = Load(topology.site, ledger, people=4 if short else 8)
        try:
            load.start()
            for fault in FAULTS:
                if fault.short or not short:
                    inflict(fault, topology, load)
            rows = load.finish()
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
        ledger.begin(fault.name)
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
    processes.end_on_signals()
    try:
        main()
    except processes.Ended:
        raise SystemExit(130) from None
