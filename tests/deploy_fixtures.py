"""The account of the deploy tests and a machine with its credentials, as fixtures."""

from __future__ import annotations

import io
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from deploy.commands.app import main
from tests.deploy_example import PACE, Machine
from tests.deploy_plane import Account, serving

Command = Callable[..., int]


class Typed(io.StringIO):
    """What a person types at a terminal."""

    def isatty(self) -> bool:
        return True


@pytest.fixture
def account(monkeypatch: pytest.MonkeyPatch) -> Iterator[Account]:
    """An account in which nothing exists yet."""
    with serving(monkeypatch) as account:
        yield account


@pytest.fixture
def machine(account: Account, tmp_path: Path) -> Machine:
    """A machine whose journal is empty."""
    assert account.url
    return Machine(tmp_path / "journal")


@pytest.fixture
def other_machine(account: Account, tmp_path: Path) -> Machine:
    """Another with the same credentials and a journal of its own."""
    assert account.url
    return Machine(tmp_path / "other")


@pytest.fixture
def environment(machine: Machine) -> dict[str, str]:
    """What makes `python -m deploy` run on the machine."""
    return {
        "FALCON_DEPLOYMENTS": str(machine.folder),
        "AWS_REGION": "us-east-1",
        "COLUMNS": "300",
    }


@pytest.fixture
def deploy(environment: dict[str, str], monkeypatch: pytest.MonkeyPatch) -> Command:
    """`python -m deploy` in this process, with what a person types."""
    for name, value in environment.items():
        monkeypatch.setenv(name, value)

    def run(*arguments: str, typed: str | None = None) -> int:
        stdin = io.StringIO() if typed is None else Typed(typed)
        monkeypatch.setattr(sys, "stdin", stdin)
        return main(arguments, pace=PACE)

    return run
