"""`python -m deploy api` where nothing is there, or nobody agrees."""

from __future__ import annotations

import json

import pytest

from tests.deploy_example import NAME, Machine
from tests.deploy_fixtures import Command
from tests.deploy_plane import Account


def test_an_api_is_made_only_for_an_endpoint_that_is_there(
    account: Account, deploy: Command, capsys: pytest.CaptureFixture[str]
) -> None:
    assert deploy("api", "up", "falcon-nowhere", "--yes") == 1

    assert "There is no endpoint falcon-nowhere" in capsys.readouterr().err
    assert "CreateChangeSet" not in account.operations()


@pytest.mark.usefixtures("account")
def test_without_a_name_and_a_deployment_it_asks_for_one(
    deploy: Command, capsys: pytest.CaptureFixture[str]
) -> None:
    assert deploy("api", "status") == 2

    assert "Name the endpoint" in capsys.readouterr().err


@pytest.mark.usefixtures("account")
def test_no_api_is_told_with_the_command_that_makes_it(
    deploy: Command, capsys: pytest.CaptureFixture[str]
) -> None:
    assert deploy("api", "status", NAME) == 0

    assert f"python -m deploy api up {NAME}" in capsys.readouterr().out


def test_down_without_an_api_removes_nothing_and_is_well(
    account: Account, deploy: Command, capsys: pytest.CaptureFixture[str]
) -> None:
    assert deploy("api", "down", NAME, "--json") == 0

    assert json.loads(capsys.readouterr().out)["is_gone"]
    assert "DeleteStack" not in account.operations()


@pytest.mark.parametrize(("typed", "code"), [("n\n", 1), (None, 2)])
def test_without_a_yes_nothing_is_made_and_nothing_stays(
    account: Account,
    machine: Machine,
    deploy: Command,
    monkeypatch: pytest.MonkeyPatch,
    typed: str | None,
    code: int,
) -> None:
    machine.up()
    monkeypatch.setenv("FALCON_CONTAINER", "tgi")

    assert deploy("api", "up", NAME, typed=typed) == code

    asked = account.operations()
    assert "ExecuteChangeSet" not in asked
    assert asked.index("DeleteStack") > asked.index("CreateChangeSet")
