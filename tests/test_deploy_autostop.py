"""Autostop: the function that runs in AWS, and what installs and removes it.

The function's own code runs here against the tests' account, whose clock is moved; no
command runs beside it, as when every laptop is closed.
"""

from __future__ import annotations

import io
import json
import logging
import os
import subprocess
import sys
from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from deploy import tags
from deploy.autostop import lambda_function
from deploy.autostop.lambda_function import Run
from deploy.commands.app import main
from falcon.endpoint_list import OUR_TAG
from tests.deploy_example import DEPLOYMENT, NAME, PACE, Machine
from tests.deploy_plan_answers import make_ready
from tests.deploy_plane import Account, Fault

EVERY = timedelta(minutes=5)
"""How often EventBridge Scheduler runs the function."""
ENDPOINT = ("Endpoint", NAME)
TARGET = f"endpoint/{NAME}/variant/AllTraffic"

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


def ask(account: Account) -> None:
    account.invocations.setdefault(NAME, []).append((account.now, 1.0))


def tags_of(account: Account, kind: str) -> dict[str, str]:
    return {t["Key"]: t["Value"] for t in account.resources[kind, NAME].tags}


# Any: JSON.
def answer(capsys: pytest.CaptureFixture[str]) -> Any:
    return json.loads(capsys.readouterr().out)


def test_the_function_knows_the_tags_that_the_commands_set() -> None:
    assert lambda_function.EXPIRES_AT == tags.EXPIRES_AT
    assert lambda_function.IDLE == tags.IDLE
    assert lambda_function.DEPLOYMENT_ID == OUR_TAG


def test_what_expires_is_gone_though_no_machine_is_on(
    account: Account, machine: Machine, capsys: pytest.CaptureFixture[str]
) -> None:
    """D8 of the reliability plan: figures are printed."""
    over: list[float] = []
    for second in range(0, 300, 60):
        account.reset()
        expires = account.now + timedelta(hours=1)
        machine.up(expires_at=expires)
        account.pass_time(second)

        run_until(account, expires - EVERY)
        assert ENDPOINT in account.resources
        while ENDPOINT in account.resources:
            account.pass_time(EVERY.total_seconds())
            Run(now=account.now).go()
            assert account.now < expires + timedelta(hours=1)
            if account.resources[ENDPOINT].deleting_since:
                over.append((account.now - expires) / timedelta(minutes=1))
                break
        run_until(account, account.now + 2 * EVERY)

        assert account.resources == {}
    with capsys.disabled():
        sys.stdout.write(
            f"\nD8: {len(over)} endpoints past their time, {max(over):.1f} minutes at "
            "most and "
            f"{sum(over) / len(over):.1f} on average until they were deleted; "
            "left: 0\n"
        )
    assert max(over) < 6


def test_what_is_not_due_stays(account: Account, machine: Machine) -> None:
    machine.up(expires_at=account.now + timedelta(hours=8))

    run_until(account, account.now + timedelta(hours=7))

    assert len(account.resources) == 3


def test_without_an_end_it_stays(account: Account, machine: Machine) -> None:
    machine.up()

    run_until(account, account.now + timedelta(hours=3))

    assert len(account.resources) == 3


def test_what_is_idle_is_gone(
    account: Account, machine: Machine, deploy: Command
) -> None:
    machine.up()
    deploy("autostop", NAME, "--idle", "60m", "--yes")
    begin = account.now
    run_until(account, begin + timedelta(minutes=55))
    assert len(account.resources) == 3

    run_until(account, begin + timedelta(minutes=80))

    assert account.resources == {}


def test_each_question_lets_it_stay_longer(
    account: Account, machine: Machine, deploy: Command
) -> None:
    machine.up()
    deploy("autostop", NAME, "--idle", "60m", "--yes")
    for _ in range(6):
        run_until(account, account.now + timedelta(minutes=50))
        ask(account)
    assert len(account.resources) == 3

    run_until(account, account.now + timedelta(minutes=80))

    assert account.resources == {}


def test_idleness_counts_from_when_it_was_asked_for(
    account: Account, machine: Machine, deploy: Command
) -> None:
    machine.up()
    account.pass_time(10 * 3600)
    account.resources[ENDPOINT].created = account.now - timedelta(hours=9)

    deploy("autostop", NAME, "--idle", "60m", "--yes")
    # The command goes by this machine's clock, which was not moved.
    value = f"60 minutes from {tags.format_time(account.now)}"
    for tag in account.resources[ENDPOINT].tags:
        if tag["Key"] == tags.IDLE:
            tag["Value"] = value
    run_until(account, account.now + timedelta(minutes=55))

    assert len(account.resources) == 3


def test_an_endpoint_that_is_being_created_goes_when_it_can(
    account: Account, machine: Machine
) -> None:
    account.behaviour.starting_seconds = 90
    machine.up(expires_at=account.now + timedelta(minutes=30))
    account.behaviour.starting_seconds = 3600
    account.pass_time(1800)

    Run(now=account.now).go()
    assert len(account.resources) == 3
    run_until(account, account.now + timedelta(minutes=50))

    assert account.resources == {}


def test_an_endpoint_that_starts_long_is_not_idle(
    account: Account, machine: Machine, deploy: Command
) -> None:
    machine.up()
    deploy("autostop", NAME, "--idle", "10m", "--yes")
    account.behaviour.starting_seconds = 7200

    run_until(account, account.now + timedelta(hours=1))

    assert tags.EXPIRES_AT not in tags_of(account, "Endpoint")


@pytest.mark.parametrize("metric", ["InternalError", "PartialData"])
def test_what_cloudwatch_does_not_know_is_no_reason_to_remove(
    account: Account, machine: Machine, deploy: Command, metric: str
) -> None:
    machine.up()
    deploy("autostop", NAME, "--idle", "60m", "--yes")
    account.answers["GetMetricData"] = lambda *_: {
        "MetricDataResults": [
            {"Id": "q0", "StatusCode": metric, "Timestamps": [], "Values": []}
        ]
    }

    run_until(account, account.now + timedelta(hours=3))

    assert len(account.resources) == 3


def test_a_run_that_is_cut_short_is_finished_by_the_next(
    account: Account, machine: Machine, deploy: Command
) -> None:
    for operation in ("DeleteEndpoint", "DeleteEndpointConfig", "DeleteModel"):
        account.reset()
        machine.up()
        deploy("autostop", NAME, "--idle", "60m", "--yes")
        account.faults = [Fault("denied", operation)]
        with pytest.raises(RuntimeError, match=DEPLOYMENT.id):
            run_until(account, account.now + timedelta(minutes=90))
        account.faults = []

        run_until(account, account.now + timedelta(minutes=20))

        assert account.resources == {}


def test_what_is_wrong_with_one_does_not_keep_another(
    account: Account, machine: Machine
) -> None:
    machine.up(expires_at=account.now + timedelta(hours=1))
    other = "falcon-chat-other"
    machine.up(
        id=f"{other}-1",
        endpoint_name=other,
        config_name=other,
        model_name=other,
        expires_at=account.now + timedelta(hours=1),
    )
    for tag in account.resources[ENDPOINT].tags:
        if tag["Key"] == tags.EXPIRES_AT:
            tag["Value"] = "tomorrow"

    account.pass_time(7200)
    with pytest.raises(RuntimeError, match=DEPLOYMENT.id):
        Run(now=account.now).go()

    assert account.resources["Endpoint", other].deleting_since


def test_scaling_goes_with_it(account: Account, machine: Machine) -> None:
    machine.up(expires_at=account.now + timedelta(minutes=30))
    for resource in (TARGET, "endpoint/another/variant/AllTraffic"):
        account.scaling[resource] = {
            "target": {
                "ServiceNamespace": "sagemaker",
                "ResourceId": resource,
                "ScalableDimension": "sagemaker:variant:DesiredInstanceCount",
            },
            "policies": {},
        }

    run_until(account, account.now + timedelta(hours=1))

    assert list(account.scaling) == ["endpoint/another/variant/AllTraffic"]


def test_what_somebody_else_made_stays(account: Account, machine: Machine) -> None:
    machine.up(expires_at=account.now + timedelta(minutes=30))
    past = tags.format_time(account.now - timedelta(days=1))
    resource = account.resources[ENDPOINT]
    resource.tags = [{"Key": tags.EXPIRES_AT, "Value": past}]

    run_until(account, account.now + timedelta(hours=1))

    assert ENDPOINT in account.resources
    assert ("EndpointConfig", NAME) in account.resources


def test_an_endpoint_with_the_tags_of_another_stays(
    account: Account, machine: Machine
) -> None:
    machine.up(expires_at=account.now + timedelta(minutes=30))
    copied = account.resources[ENDPOINT].tags
    machine.up(id="copy-1", endpoint_name="copy", config_name="copy", model_name="copy")
    account.resources["Endpoint", "copy"].tags = copied

    run_until(account, account.now + timedelta(hours=1))

    assert account.names("Endpoint") == ["copy"]


def test_names_with_capitals_go_as_well(account: Account, machine: Machine) -> None:
    machine.up(
        id="Falcon7B-1",
        endpoint_name="Falcon7B",
        config_name="Falcon7B-C",
        model_name="Falcon7B-M",
        expires_at=account.now + timedelta(minutes=30),
    )

    run_until(account, account.now + timedelta(hours=1))

    assert account.resources == {}


def test_lambda_runs_it_and_it_logs_names_only(
    account: Account, machine: Machine, caplog: pytest.LogCaptureFixture
) -> None:
    machine.up(expires_at=account.now - timedelta(minutes=1))
    caplog.set_level(logging.INFO)

    lambda_function.handler({}, None)

    assert [r.getMessage() for r in caplog.records if r.name == "autostop"] == [
        f"{NAME} is being deleted."
    ]


def test_the_function_needs_no_file_but_its_own(
    account: Account, machine: Machine, tmp_path: Path
) -> None:
    machine.up(expires_at=account.now - timedelta(minutes=1))
    folder = tmp_path / "lambda"
    folder.mkdir()
    code = Path(lambda_function.__file__).read_bytes()
    (folder / "index.py").write_bytes(code)

    subprocess.run(
        [sys.executable, "-c", "import index; index.handler({}, None)"],
        check=True,
        cwd=folder,
        env={k: v for k, v in os.environ.items() if k != "PYTHONPATH"},
        timeout=60,
    )

    assert account.resources[ENDPOINT].deleting_since


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
