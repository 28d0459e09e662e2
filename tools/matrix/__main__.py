"""Usage: python -m tools.matrix [python] [node]   (default: every half)"""

import sys

from tools.matrix import node, python
from tools.say import fail

HALVES = {"python": python.main, "node": node.main}

if __name__ == "__main__":
    chosen = sys.argv[1:] or list(HALVES)
    if unknown := set(chosen) - set(HALVES):
        fail(f"there is no half {', '.join(sorted(unknown))}; choose from {', '.join(HALVES)}")
    outcomes = [HALVES[name]() for name in chosen]
    sys.exit(0 if all(outcomes) else 1)
