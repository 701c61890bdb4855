from __future__ import annotations

import os
import pty
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from tests.deploy_example import NAME, Machine
from tests.deploy_plan_answers import make_ready
from tests.deploy_plane import Account

ROOT = Path(__file__).parents[1]


def on_a_terminal(
    environment: dict[str, str], *arguments: str, typed: bytes = b""
) -> str:
    """Return what the program writes to a terminal."""
    master, terminal = pty.openpty()
    with subprocess.Popen(
        [sys.executable, "-m", "deploy", *arguments],
        stdin=terminal,
        stdout=terminal,
        stderr=terminal,
        cwd=ROOT,
        env={**os.environ, **environment, "TERM": "xterm-256color"},
    ) as process:
        os.close(terminal)
        os.write(master, typed)
        written = b""
        try:
            while chunk := os.read(master, 65536):
                written += chunk
        except OSError:
            pass  # Linux says so that the other side is closed.
        process.wait(timeout=60)
    os.close(master)
    return written.decode()


def test_on_a_terminal_there_is_colour_and_progress(
    account: Account, machine: Machine, environment: dict[str, str]
) -> None:
    account.behaviour.deleting_seconds = 1
    machine.up()

    shown = on_a_terminal(environment, "down", NAME, typed=b"y\n")

    assert "\x1b[" in shown
    assert "✓ Removing endpoint" in shown.replace("\x1b[0m", "").replace("\x1b[32m", "")
    assert "is gone." in shown
    assert account.resources == {}


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_program_that_is_ended_says_so_by_its_code(
    account: Account,
    machine: Machine,
    environment: dict[str, str],
    number: signal.Signals,
) -> None:
    machine.up()
    process = subprocess.Popen(
        [sys.executable, "-m", "deploy", "down", NAME, "--yes"],
        cwd=ROOT,
        env={**os.environ, **environment},
        stderr=subprocess.PIPE,
        text=True,
    )

    def end(moment: str, _: int, call: object) -> None:
        if moment == "done" and getattr(call, "operation", "") == "DeleteEndpoint":
            process.send_signal(number)

    account.on_call = end
    _, told = process.communicate(timeout=60)

    assert process.returncode == 128 + number
    assert "pending list" in told
    assert "Traceback" not in told


def test_when_the_terminal_is_closed_nothing_is_forgotten(
    account: Account, machine: Machine, environment: dict[str, str]
) -> None:
    make_ready(account)
    account.behaviour.starting_seconds = 100_000
    master, terminal = pty.openpty()
    process = subprocess.Popen(
        [sys.executable, "-m", "deploy", "up", "--way", "tgi", "--name", NAME, "--yes"],
        stdin=terminal,
        stdout=terminal,
        stderr=terminal,
        cwd=ROOT,
        env={**os.environ, **environment, "TERM": "xterm-256color"},
    )
    os.close(terminal)

    def close(moment: str, _: int, call: object) -> None:
        if moment == "answered" and getattr(call, "operation", "") == "FilterLogEvents":
            account.on_call = lambda *_: None
            os.close(master)
            process.send_signal(signal.SIGHUP)

    account.on_call = close
    process.wait(timeout=60)

    [record] = machine.journal.records()
    assert record.is_removing
    assert {entry.kind for entry in record.entries} == {
        "model",
        "endpoint-config",
        "endpoint",
    }
