"""The function that removes what is idle or has expired.

Its own code runs here against the tests' account, whose clock is moved; no command runs
beside it, as when every laptop is closed."""

from __future__ import annotations

import logging
import os
import subprocess
import sys
from datetime import timedelta
from pathlib import Path

import pytest

from deploy import tags
from deploy.autostop import lambda_function
from deploy.autostop.lambda_function import Run
from falcon.endpoint_list import OUR_TAG
from tests.deploy_example import DEPLOYMENT, NAME, Machine
from tests.deploy_plane import Account, Fault
from tests.test_deploy_autostop import ENDPOINT, EVERY, Command, run_until, tags_of
from tests.test_deploy_autostop import deploy as deploy
from tests.test_deploy_autostop import region as region

TARGET = f"endpoint/{NAME}/variant/AllTraffic"


def ask(account: Account) -> None:
    account.invocations.setdefault(NAME, []).append((account.now, 1.0))


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
