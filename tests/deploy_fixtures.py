"""The account of the deploy tests and a machine with its credentials, as fixtures."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.deploy_example import Machine
from tests.deploy_plane import Account, serving


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
