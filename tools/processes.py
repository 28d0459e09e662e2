"""Child processes that never outlive us: each in a session of its own, ended as a group."""

import contextlib
import os
import signal
import subprocess
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path


def start(
    command: Sequence[str],
    cwd: Path,
    environment: Mapping[str, str],
    output: int | None = None,
) -> subprocess.Popen[str]:
    """Starts a program in its own session, so that Ctrl-C at the terminal reaches only us."""
    errors = subprocess.STDOUT if output is not None else None
    return subprocess.Popen(
        command,
        cwd=cwd,
        env=dict(environment),
        stdin=subprocess.DEVNULL,
        stdout=output,
        stderr=errors,
        text=True,
        start_new_session=True,
    )


def finish(
    command: Sequence[str],
    cwd: Path,
    environment: Mapping[str, str],
    *,
    quiet: bool = False,
    seconds: float | None = None,
) -> tuple[int, str]:
    """Runs a program to its end and returns (exit code, its output if `quiet`).

    Raises subprocess.TimeoutExpired, with the program ended, when it takes longer than `seconds`.
    """
    process = start(command, cwd, environment, subprocess.PIPE if quiet else None)
    try:
        output, _ = process.communicate(timeout=seconds)
    except BaseException:
        end(process)
        raise
    return process.returncode, output or ""


def end(process: subprocess.Popen[str], seconds: float = 10) -> None:
    """Asks a program and all it started to end, kills what is left after `seconds`."""
    signal_group(process, signal.SIGTERM)
    with contextlib.suppress(subprocess.TimeoutExpired):
        process.wait(seconds)
    signal_group(process, signal.SIGKILL)
    process.wait()


def signal_group(process: subprocess.Popen[str], number: signal.Signals) -> None:
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.killpg(process.pid, number)


def run(main: Callable[[], None]) -> None:
    """Runs a program of ours; asked to end, it cleans up and does so with 130."""
    end_on_signals()
    try:
        main()
    except Ended:
        raise SystemExit(130) from None


def end_on_signals() -> None:
    """Turns SIGINT, SIGTERM and SIGHUP into `Ended`, so that every `finally` runs."""
    for number in SIGNALS:
        signal.signal(number, _raise_ended)


def ignore_signals() -> None:
    """For the way out: a second Ctrl-C must not interrupt the clean-up."""
    for number in SIGNALS:
        signal.signal(number, signal.SIG_IGN)


class Ended(BaseException):
    """Somebody asked us to end."""


SIGNALS = [signal.SIGINT, signal.SIGTERM, *([signal.SIGHUP] if os.name != "nt" else [])]


def _raise_ended(_number: int, _frame: object) -> None:
    raise Ended
