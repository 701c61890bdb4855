from __future__ import annotations

from dataclasses import replace

import pytest

from deploy.deployment import Upload
from deploy.removal import tell_left
from deploy.resources import console_links
from falcon.errors import DeploymentError
from tests.deploy_example import DEPLOYMENT, NAME, Machine
from tests.deploy_plane import Account, Fault

RESOURCE = f"endpoint/{NAME}/variant/AllTraffic"


def test_it_removes_endpoint_then_configuration_then_model(
    account: Account, machine: Machine
) -> None:
    machine.up()

    assert machine.down() == ()

    deletes = [name for name in account.operations() if name.startswith("Delete")]
    assert deletes == ["DeleteEndpoint", "DeleteEndpointConfig", "DeleteModel"]
    assert account.resources == {}
    assert machine.journal.records() == ()


def test_it_waits_until_the_endpoint_is_gone(
    account: Account, machine: Machine
) -> None:
    machine.up()
    account.behaviour.deleting_seconds = 300

    machine.down()

    assert machine.told.states.count("Deleting") > 5
    assert account.resources == {}


def test_again_there_is_nothing_and_that_is_well(
    account: Account, machine: Machine
) -> None:
    machine.up()
    machine.down()
    calls = len(account.calls)

    assert machine.down() == ()

    asked = account.operations()[calls:]
    assert not [name for name in asked if name.startswith("Delete")]


def test_files_that_were_uploaded_go_as_well(
    account: Account, machine: Machine
) -> None:
    path = machine.folder.parent / "model.tar.gz"
    path.write_bytes(b"weights")
    account.objects["mine", "other"] = b"stays"
    machine.up(uploads=(Upload(path=path, bucket="mine", key="a/model.tar.gz"),))

    machine.down()

    assert list(account.objects) == [("mine", "other")]
    assert machine.journal.records() == ()


def test_its_scaling_goes_first_and_that_of_others_stays(
    account: Account, machine: Machine
) -> None:
    machine.up()
    for resource in (RESOURCE, f"endpoint/{NAME}-2/variant/AllTraffic"):
        target = {
            "ServiceNamespace": "sagemaker",
            "ResourceId": resource,
            "ScalableDimension": "sagemaker:variant:DesiredInstanceCount",
        }
        service = "application-autoscaling"
        machine.aws.ask(
            service, "RegisterScalableTarget", **target, MinCapacity=1, MaxCapacity=2
        )
        machine.aws.ask(
            service,
            "PutScalingPolicy",
            **target,
            PolicyName="concurrency",
            PolicyType="TargetTrackingScaling",
        )

    machine.down()

    assert list(account.scaling) == [f"endpoint/{NAME}-2/variant/AllTraffic"]
    deletes = [
        name for name in account.operations() if name.startswith(("Delete", "Deregis"))
    ]
    assert deletes[:3] == [
        "DeleteScalingPolicy",
        "DeregisterScalableTarget",
        "DeleteEndpoint",
    ]


def test_without_a_right_to_scaling_it_goes_on_and_says_so(
    account: Account, machine: Machine
) -> None:
    machine.up()
    account.faults = [Fault("denied", "DescribeScalableTargets")]

    assert machine.down() == ()

    assert "Whether it was scaled is not known." in " ".join(machine.told.said)


def test_a_configuration_of_another_name_goes_as_well(
    account: Account, machine: Machine, other_machine: Machine
) -> None:
    machine.up(config_name="my-configuration", model_name="my-model")

    assert other_machine.down() == ()

    assert account.resources == {}


@pytest.mark.parametrize("left", ["Model", "EndpointConfig"])
def test_what_was_left_behind_goes_by_its_tag(
    account: Account, machine: Machine, other_machine: Machine, left: str
) -> None:
    machine.up(config_name="my-configuration", model_name="my-model")
    account.resources = {
        key: resource for key, resource in account.resources.items() if key[0] == left
    }

    assert other_machine.down() == ()

    assert account.resources == {}


@pytest.mark.parametrize("kind", ["Model", "EndpointConfig", "Endpoint"])
def test_what_lost_its_tag_stays_and_is_forgotten(
    account: Account, machine: Machine, kind: str
) -> None:
    machine.up()
    account.resources[kind, NAME].tags = []

    machine.down()

    assert list(account.resources) == [(kind, NAME)]
    assert "stays" in " ".join(machine.told.said)
    assert machine.journal.records() == ()


def test_another_deployments_part_of_the_same_name_stays(
    account: Account, machine: Machine
) -> None:
    machine.up()
    tags = [{"Key": "falcon-chat:deployment-id", "Value": "another"}]
    account.resources["Endpoint", NAME].tags = tags

    machine.down()

    assert list(account.resources) == [("Endpoint", NAME)]


def test_an_endpoint_that_is_being_created_is_waited_for(
    account: Account, machine: Machine, other_machine: Machine
) -> None:
    account.behaviour.is_stuck = True
    machine.up_stuck()
    account.resources["Endpoint", NAME].is_stuck = False
    account.behaviour.starting_seconds = 600

    assert other_machine.down() == ()

    assert account.operations().count("DeleteEndpoint") > 1
    assert account.resources == {}


def test_the_next_command_finishes_on_whatever_machine_it_was(
    account: Account, machine: Machine
) -> None:
    account.behaviour.is_stuck = True
    machine.up_stuck()

    [left] = machine.finish()
    assert [entry.kind for entry in left.entries] == [
        "endpoint",
        "endpoint-config",
        "model",
    ]
    assert "python -m deploy down" in tell_left(left)

    account.resources["Endpoint", NAME].is_stuck = False
    account.pass_time(600)
    for _ in range(2):  # It does not wait.
        machine.finish()
        account.pass_time(60)
    assert account.resources == {}
    assert machine.journal.records() == ()


def test_the_next_command_leaves_another_accounts_list_alone(
    account: Account, machine: Machine
) -> None:
    account.behaviour.is_stuck = True
    machine.up_stuck()
    [record] = machine.journal.records()
    elsewhere = replace(record, id="elsewhere", account="999999999999")
    machine.journal.remove(elsewhere)

    left = machine.finish()

    assert [record.id for record in left] == [DEPLOYMENT.id]


def test_an_error_of_one_removal_does_not_keep_the_command_from_its_work(
    account: Account, machine: Machine
) -> None:
    account.behaviour.is_stuck = True
    machine.up_stuck()
    account.faults = [Fault("denied", "DescribeEndpoint")]

    [left] = machine.finish()

    assert left.is_removing
    assert "may not call" in " ".join(machine.told.said)


def test_expired_credentials_leave_it_on_the_list(
    account: Account, machine: Machine
) -> None:
    machine.up()
    begin = len(account.calls)
    account.fault_at = {number: Fault("expired") for number in range(begin + 12, 200)}

    with pytest.raises(DeploymentError, match="expired"):
        machine.down()

    [record] = machine.journal.records()
    assert record.is_removing


@pytest.mark.parametrize(
    ("region", "host"),
    [
        ("ap-northeast-2", "https://ap-northeast-2.console.aws.amazon.com/sagemaker/"),
        ("cn-north-1", "https://cn-north-1.console.amazonaws.cn/sagemaker/"),
        ("us-gov-west-1", "https://us-gov-west-1.console.amazonaws-us-gov.com/sage"),
    ],
)
def test_console_links_are_those_of_the_region(region: str, host: str) -> None:
    links = console_links(region)

    assert len(links) == 3
    assert all(link.startswith(host) and region in link for link in links)
