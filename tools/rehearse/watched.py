"""Whether the alerts and the dashboard look at metrics that both halves really have."""

import re
import urllib.request
from collections.abc import Iterable
from pathlib import Path

DEPLOY = Path(__file__).resolve().parents[2] / "deploy"
FILES = [DEPLOY / "prometheus/rules.yml", DEPLOY / "grafana/gatepass.json"]
METRIC = re.compile(r"\b([a-z]+(?:_[a-z0-9]+)+)(?=[{\[])")


def missing(addresses: Iterable[str]) -> set[str]:
    """The metrics that `deploy/` names and no copy (`host:port`) has.

    Raises OSError when a copy does not serve its metrics.
    """
    named = {name for file in FILES for name in METRIC.findall(file.read_text())}
    had: set[str] = set()
    for address in addresses:
        with urllib.request.urlopen(f"http://{address}/metrics", timeout=10) as answer:
            text = answer.read().decode()
        had |= set(re.findall(r"^([a-z_0-9]+)[{ ]", text, re.MULTILINE))
    return named - had
