from __future__ import annotations

import io
import json
import sys
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest

from deploy.autoscaling import METRIC, POLICY_NAME
from deploy.commands.app import main
from tests.deploy_example import NAME, PACE, Machine
from tests.deploy_plan_answers import set_quotas
from tests.deploy_plane import Account, Fault

TARGET = f"endpoint/{NAME}/variant/AllTraffic"
Command = Callable[..., int]


@pytest.fixture
def deploy(machine: Machine, monkeypatch: pytest.MonkeyPatch) -> Command:
    monkeypatch.setenv("FALCON_DEPLOYMENTS", str(machine.folder))
    monkeypatch.setenv("AWS_REGION", "us-east-1")
    monkeypatch.setattr(sys, "stdin", io.StringIO())
    return lambda *arguments: main(arguments, pace=PACE)


@pytest.fixture
def running(account: Account, machine: Machine) -> None:
    """An endpoint in service, in an account that may have five instances."""
    machine.up()
    set_quotas(account, ml_g5_2xlarge=5)


# Any: JSON.
def policies(account: Account) -> dict[str, Any]:
    held: dict[str, Any] = account.scaling[TARGET]["policies"]
    return held


@pytest.mark.usefixtures("running")
def test_it_registers_the_variant_and_follows_concurrency(
    account: Account, deploy: Command, capsys: pytest.CaptureFixture[str]
) -> None:
    arguments = ("--min", "1", "--max", "3", "--target", "4", "--yes", "--json")
    assert deploy("autoscale", NAME, *arguments) == 0

    target = account.scaling[TARGET]["target"]
    assert (target["MinCapacity"], target["MaxCapacity"]) == (1, 3)
    assert target["ScalableDimension"] == "sagemaker:variant:DesiredInstanceCount"
    assert policies(account)[POLICY_NAME][
        "TargetTrackingScalingPolicyConfiguration"
    ] == {
        "TargetValue": 4.0,
        "PredefinedMetricSpecification": {"PredefinedMetricType": METRIC},
    }
    value = json.loads(capsys.readouterr().out)
    assert value["most_dollars_per_hour"] == pytest.approx(3 * 1.515)


@pytest.mark.usefixtures("running")
def test_the_most_that_it_can_cost_is_said_first(
    deploy: Command, capsys: pytest.CaptureFixture[str]
) -> None:
    assert deploy("autoscale", NAME, "--max", "3") == 2

    told = capsys.readouterr().err
    assert "$1.515 to $4.545 per hour" in told
    assert "no --yes" in told


@pytest.mark.usefixtures("running")
def test_again_it_replaces_what_was_said(account: Account, deploy: Command) -> None:
    deploy("autoscale", NAME, "--max", "3", "--yes")

    deploy("autoscale", NAME, "--max", "2", "--target", "9", "--yes")

    assert account.scaling[TARGET]["target"]["MaxCapacity"] == 2
    assert list(policies(account)) == [POLICY_NAME]


@pytest.mark.usefixtures("running")
def test_off_removes_policy_and_target(
    account: Account, deploy: Command, capsys: pytest.CaptureFixture[str]
) -> None:
    deploy("autoscale", NAME, "--max", "3", "--yes")

    assert deploy("autoscale", NAME, "--off") == 0

    assert account.scaling == {}
    assert "keeps the instances that it has" in capsys.readouterr().out
    assert deploy("autoscale", NAME, "--off") == 0


@pytest.mark.usefixtures("running")
def test_down_removes_policies_and_targets_first(
    account: Account, deploy: Command
) -> None:
    deploy("autoscale", NAME, "--max", "3", "--yes")

    assert deploy("down", NAME, "--yes") == 0

    assert account.scaling == {}
    asked = account.operations()
    assert asked.index("DeleteScalingPolicy") < asked.index("DeregisterScalableTarget")
    assert asked.index("DeregisterScalableTarget") < asked.index("DeleteEndpoint")


@pytest.mark.usefixtures("running")
def test_a_quota_that_is_too_small_is_told(
    account: Account, deploy: Command, capsys: pytest.CaptureFixture[str]
) -> None:
    set_quotas(account, ml_g5_2xlarge=2)

    assert deploy("autoscale", NAME, "--max", "3", "--yes") == 0

    told = capsys.readouterr().err
    assert "only 2 of 'ml.g5.2xlarge for endpoint usage'" in told
    assert "request-service-quota-increase" in told


@pytest.mark.usefixtures("running")
def test_where_the_quota_may_not_be_read_it_goes_on(
    account: Account, deploy: Command
) -> None:
    account.faults = [Fault("denied", "ListServiceQuotas")]

    assert deploy("autoscale", NAME, "--max", "3", "--yes") == 0


@pytest.mark.usefixtures("running")
@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        ((), "--max COUNT and --off"),
        (("--max", "3", "--off"), "--max COUNT and --off"),
        (("--min", "0", "--max", "3"), "at least one runs"),
        (("--min", "3", "--max", "2"), "at least one runs"),
        (("--max", "2", "--target", "0"), "more than 0"),
    ],
)
def test_what_cannot_be_is_refused(
    account: Account,
    deploy: Command,
    capsys: pytest.CaptureFixture[str],
    arguments: tuple[str, ...],
    said: str,
) -> None:
    assert deploy("autoscale", NAME, *arguments, "--yes") == 2

    assert said in capsys.readouterr().err
    assert account.scaling == {}


@pytest.mark.usefixtures("running")
def test_only_what_is_in_service_is_scaled(
    account: Account, deploy: Command, capsys: pytest.CaptureFixture[str]
) -> None:
    account.resources["Endpoint", NAME].created += timedelta(hours=1)

    assert deploy("autoscale", NAME, "--max", "3", "--yes") == 1

    assert "is Creating" in capsys.readouterr().err
    assert account.scaling == {}


@pytest.mark.usefixtures("running")
def test_an_endpoint_made_by_hand_is_not_scaled(
    account: Account, deploy: Command, capsys: pytest.CaptureFixture[str]
) -> None:
    account.resources["Endpoint", NAME].tags = []

    assert deploy("autoscale", NAME, "--max", "3", "--yes") == 1

    assert "that `python -m deploy up` made" in capsys.readouterr().err
    assert account.scaling == {}
