"""Runs the product: env files, migrations, build, both halves, until Ctrl-C or SIGTERM.

Usage: python -m tools.run [--dev]
"""

import sys
import time

from tools import build, envfiles, processes
from tools.say import fail, step
from tools.stack import Stack, StackError


def main() -> None:
    """Starts everything and stays until it is told to end; leaves no process behind."""
    processes.end_on_signals()
    stack = Stack(dev="--dev" in sys.argv)
    try:
        prepare(stack)
        step("Starting the API and the frontend")
        stack.start()
        stack.wait(180 if stack.dev else 60)
        if stack.dev:
            step(f"What happens when passes end and networks fail: {stack.web_url}/lab")
        step(f"Gatepass is ready: {stack.web_url}  (API: {stack.api_url}/docs)  Ctrl-C ends it")
        while True:
            stack.raise_if_ended()
            time.sleep(0.2)
    except processes.Ended:
        processes.ignore_signals()
        step("Stopping")
    except StackError as error:
        stack.stop()
        fail(str(error))
    finally:
        stack.stop()


def prepare(stack: Stack) -> None:
    envfiles.write_missing()
    stack.check_ports()
    step("Migrating both databases")
    stack.migrate()
    if not stack.dev:
        build.build()


if __name__ == "__main__":
    main()
