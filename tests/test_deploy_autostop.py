"""The commands that install and remove autostop, and what they tell of it."""

from __future__ import annotations

import io
import json
import sys
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import pytest

from deploy import tags
from deploy.autostop.lambda_function import Run
from deploy.commands.app import main
from falcon.endpoint_list import OUR_TAG
from tests.deploy_example import NAME, PACE, Machine
from tests.deploy_plan_answers import make_ready
from tests.deploy_plane import Account, Fault

EVERY = timedelta(minutes=5)
"""How often EventBridge Scheduler runs the function."""
ENDPOINT = ("Endpoint", NAME)
Command = Callable[..., int]


@pytest.fixture
def deploy(machine: Machine, monkeypatch: pytest.MonkeyPatch) -> Command:
    """`python -m deploy` in this process, with nobody at a terminal."""
    monkeypatch.setenv("FALCON_DEPLOYMENTS", str(machine.folder))
    monkeypatch.setenv("AWS_REGION", "us-east-1")
    monkeypatch.setattr(sys, "stdin", io.StringIO())
    return lambda *arguments: main(arguments, pace=PACE)


@pytest.fixture(autouse=True)
def region(monkeypatch: pytest.MonkeyPatch) -> None:
    """What Lambda sets for a function."""
    monkeypatch.setenv("AWS_DEFAULT_REGION", "us-east-1")


def run_until(account: Account, end: datetime) -> None:
    """Let EventBridge Scheduler run the function until a moment."""
    while account.now < end:
        account.pass_time(EVERY.total_seconds())
        Run(now=account.now).go()


def tags_of(account: Account, kind: str) -> dict[str, str]:
    return {t["Key"]: t["Value"] for t in account.resources[kind, NAME].tags}


# Any: JSON.
def answer(capsys: pytest.CaptureFixture[str]) -> Any:
    return json.loads(capsys.readouterr().out)


def test_autostop_installs_a_stack_and_tags(
    account: Account,
    machine: Machine,
    deploy: Command,
    capsys: pytest.CaptureFixture[str],
) -> None:
    machine.up()

    assert deploy("autostop", NAME, "--idle", "90m", "--yes", "--json") == 0

    told = capsys.readouterr()
    assert json.loads(told.out)["idle_minutes"] == 90
    assert "Add AWS::Scheduler::Schedule Schedule" in told.err
    assert "Function CREATE_COMPLETE" in told.err
    assert "Schedule" in account.stacks.resources()
    assert tags_of(account, "Endpoint")[tags.IDLE].startswith("90 minutes from 20")


def test_a_second_endpoint_uses_the_same_stack(
    account: Account, machine: Machine, deploy: Command
) -> None:
    machine.up()
    deploy("autostop", NAME, "--idle", "60m", "--yes")
    executed = account.operations().count("ExecuteChangeSet")

    assert deploy("autostop", NAME, "--idle", "2h", "--yes") == 0

    assert account.operations().count("ExecuteChangeSet") == executed == 1
    assert tags_of(account, "Endpoint")[tags.IDLE].startswith("120 minutes")


def test_whoever_may_not_install_uses_what_an_administrator_did(
    account: Account, machine: Machine, deploy: Command
) -> None:
    machine.up()
    deploy("autostop", NAME, "--idle", "60m", "--yes")
    account.faults = [Fault("denied", "CreateChangeSet")]

    assert deploy("autostop", NAME, "--idle", "2h", "--yes") == 0

    assert tags_of(account, "Endpoint")[tags.IDLE].startswith("120 minutes")


def test_where_nobody_installed_it_nothing_is_promised(
    account: Account,
    machine: Machine,
    deploy: Command,
    capsys: pytest.CaptureFixture[str],
) -> None:
    machine.up()
    account.faults = [Fault("denied", "CreateChangeSet")]

    assert deploy("autostop", NAME, "--idle", "60m", "--yes") == 1

    assert tags.IDLE not in tags_of(account, "Endpoint")
    assert "may not call" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("autostop", NAME, "--yes"), "--idle SPAN and --remove"),
        (("autostop", NAME, "--idle", "5m", "--yes"), "10 minutes or more"),
        (("autostop", NAME, "--idle", "soon", "--yes"), "no span of time"),
        (("autostop", NAME, "--idle", "60m"), "no --yes"),
        (("autostop", NAME, "--remove"), "no --yes"),
        (("autostop", "--idle", "60m"), "Name an endpoint"),
    ],
)
def test_what_cannot_be_is_refused_before_anything_is_done(
    account: Account,
    machine: Machine,
    deploy: Command,
    capsys: pytest.CaptureFixture[str],
    arguments: tuple[str, ...],
    said: str,
) -> None:
    if NAME in arguments:
        machine.up()
    begin = len(account.calls)

    assert deploy(*arguments) == 2

    assert said in capsys.readouterr().err
    asked = account.operations()[begin:]
    assert not [name for name in asked if name.startswith(("Create", "Delete", "Add"))]


def test_an_endpoint_made_by_hand_gets_no_autostop(
    account: Account,
    machine: Machine,
    deploy: Command,
    capsys: pytest.CaptureFixture[str],
) -> None:
    machine.up()
    account.resources[ENDPOINT].tags = []

    assert deploy("autostop", NAME, "--idle", "60m", "--yes") == 1

    assert "that `python -m deploy up` made" in capsys.readouterr().err
    assert account.stacks.all == []


def test_remove_lets_it_stay_and_takes_the_stack(
    account: Account,
    machine: Machine,
    deploy: Command,
    capsys: pytest.CaptureFixture[str],
) -> None:
    machine.up(expires_at=account.now + timedelta(hours=1))
    deploy("autostop", NAME, "--idle", "60m", "--yes")
    capsys.readouterr()

    assert deploy("autostop", NAME, "--remove", "--yes", "--json") == 0

    assert answer(capsys)["stack_stays_for"] == []
    assert account.stacks.resources() == []
    for kind in ("Model", "EndpointConfig", "Endpoint"):
        assert set(tags_of(account, kind)) == {OUR_TAG, tags.OWNER}


def test_remove_leaves_the_stack_to_others(
    account: Account,
    machine: Machine,
    deploy: Command,
    capsys: pytest.CaptureFixture[str],
) -> None:
    machine.up()
    other = "falcon-chat-other"
    machine.up(
        id=f"{other}-1",
        endpoint_name=other,
        config_name=other,
        model_name=other,
        expires_at=account.now + timedelta(hours=1),
    )
    deploy("autostop", NAME, "--idle", "60m", "--yes")

    assert deploy("autostop", NAME, "--remove", "--yes") == 0

    assert f"The stack stays for {other}-1." in capsys.readouterr().out
    assert "Schedule" in account.stacks.resources()


def test_remove_without_a_stack_is_well(machine: Machine, deploy: Command) -> None:
    machine.up()

    assert deploy("autostop", NAME, "--remove", "--yes") == 0


def test_down_takes_autostop_along_with_the_last_one(
    account: Account,
    machine: Machine,
    deploy: Command,
    capsys: pytest.CaptureFixture[str],
) -> None:
    machine.up()
    deploy("autostop", NAME, "--idle", "60m", "--yes")

    assert deploy("down", NAME, "--yes") == 0

    assert "Autostop is gone from us-east-1, too." in capsys.readouterr().out
    assert account.resources == {}
    assert account.stacks.resources() == []


def test_down_tells_what_it_may_not_remove(
    account: Account,
    machine: Machine,
    deploy: Command,
    capsys: pytest.CaptureFixture[str],
) -> None:
    machine.up()
    deploy("autostop", NAME, "--idle", "60m", "--yes")
    account.faults = [Fault("denied", "DeleteStack")]

    assert deploy("down", NAME, "--yes") == 0

    assert "autostop --remove --region us-east-1" in capsys.readouterr().out
    assert account.resources == {}


def test_up_with_an_end_installs_autostop_before_anything_that_costs(
    account: Account, deploy: Command
) -> None:
    make_ready(account)

    # No container answers here: only the question at its end fails.
    deploy("up", "--way", "tgi", "--name", NAME, "--expires", "8h", "--yes")

    asked = account.operations()
    assert asked.index("ExecuteChangeSet") < asked.index("CreateModel")
    for kind in ("Model", "EndpointConfig", "Endpoint"):
        assert tags.EXPIRES_AT in tags_of(account, kind)


def test_up_with_an_end_makes_nothing_where_autostop_cannot_be(
    account: Account, deploy: Command
) -> None:
    make_ready(account)
    account.faults = [Fault("denied", "CreateChangeSet")]

    arguments = ("up", "--way", "tgi", "--name", NAME, "--expires", "8h", "--yes")
    assert deploy(*arguments) == 1

    assert account.creations == []


def test_up_again_moves_the_end(account: Account, deploy: Command) -> None:
    make_ready(account)
    arguments = ("up", "--way", "tgi", "--name", NAME, "--yes", "--expires")
    deploy(*arguments, "1h")
    before = tags_of(account, "Endpoint")[tags.EXPIRES_AT]

    deploy(*arguments, "8h")

    assert tags_of(account, "Endpoint")[tags.EXPIRES_AT] > before
    assert tags_of(account, "Model")[tags.EXPIRES_AT] > before
    assert len(account.creations) == 3


def test_after_autostop_down_finds_nothing_and_forgets(
    account: Account, machine: Machine, deploy: Command
) -> None:
    machine.up(expires_at=account.now + timedelta(minutes=10))
    run_until(account, account.now + timedelta(hours=1))
    assert account.resources == {}

    assert deploy("down", NAME, "--yes") == 0

    assert machine.journal.records() == ()


def test_remove_without_a_name_removes_the_stack_that_nobody_needs(
    account: Account, machine: Machine, deploy: Command
) -> None:
    machine.up()
    deploy("autostop", NAME, "--idle", "60m", "--yes")
    account.resources.clear()
    machine.journal.folder.rename(machine.folder.with_name("lost"))

    assert deploy("autostop", "--remove") == 0

    assert account.stacks.resources() == []


def test_status_tells_of_it(
    machine: Machine, deploy: Command, capsys: pytest.CaptureFixture[str]
) -> None:
    machine.up()
    deploy("autostop", NAME, "--idle", "60m", "--yes")
    capsys.readouterr()

    deploy("status", NAME)

    told = capsys.readouterr().out
    assert "removed when nobody asks anything for 60 minutes from 20" in told
