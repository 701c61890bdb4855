from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest

from deploy.aws import Aws
from deploy.aws_refusals import RefusedError
from deploy.deployment import Upload
from deploy.tags import read_tags
from falcon.errors import DeploymentError
from tests.deploy_example import DEPLOYMENT, NAME, PACE, ROLE, Machine
from tests.deploy_plane import REGION, Account, Fault

GPU = "ml.g5.2xlarge"


def test_it_makes_model_configuration_and_endpoint(
    account: Account, machine: Machine
) -> None:
    machine.up()

    kinds = ["Model", "EndpointConfig", "Endpoint"]
    assert account.creations == [(kind, NAME) for kind in kinds]
    assert machine.state().status == "InService"
    model = account.resources["Model", NAME].arguments
    assert model == {
        "ModelName": NAME,
        "PrimaryContainer": {"Image": "image:1", "Environment": {"HF_TOKEN": "secret"}},
        "ExecutionRoleArn": ROLE,
        "EnableNetworkIsolation": False,
    }
    [variant] = account.resources["EndpointConfig", NAME].arguments[
        "ProductionVariants"
    ]
    assert variant == {
        "VariantName": "AllTraffic",
        "ModelName": NAME,
        "InstanceType": GPU,
        "InitialInstanceCount": 1,
        "ContainerStartupHealthCheckTimeoutInSeconds": 900,
    }


def test_all_three_carry_the_tags(account: Account, machine: Machine) -> None:
    expires_at = datetime(2026, 8, 1, 9, 30, tzinfo=UTC)

    machine.up(expires_at=expires_at)

    for resource in account.resources.values():
        tags = read_tags(resource.tags)
        assert tags is not None
        assert tags.deployment_id == DEPLOYMENT.id
        assert (tags.owner, tags.expires_at) == ("user/Anna", expires_at)


def test_it_tells_each_phase_the_states_and_the_containers_lines(
    account: Account, machine: Machine
) -> None:
    account.log_lines[NAME] = ["loading the model"]

    machine.up()

    assert machine.told.phases == [
        f"Creating model {NAME}",
        f"Creating endpoint-config {NAME}",
        f"Creating endpoint {NAME}",
        f"Starting endpoint {NAME} usually 5 to 15 minutes",
    ]
    assert machine.told.states == ["Creating", "InService"]
    assert machine.told.lines == ["loading the model"]


def test_without_a_right_to_logs_it_goes_on(account: Account, machine: Machine) -> None:
    account.faults = [Fault("denied", "FilterLogEvents")]

    machine.up()

    assert machine.state().status == "InService"
    assert account.operations().count("FilterLogEvents") == 1


def test_files_are_in_s3_before_the_model(
    account: Account, machine: Machine, tmp_path: Path
) -> None:
    (tmp_path / "model.tar.gz").write_bytes(b"weights")
    upload = Upload(path=tmp_path / "model.tar.gz", bucket="mine", key="a/model.tar.gz")

    machine.up(uploads=(upload,))

    assert account.objects == {("mine", "a/model.tar.gz"): b"weights"}
    operations = account.operations()
    assert operations.index("PutObject") < operations.index("CreateModel")
    assert ("upload", "s3://mine/a/model.tar.gz") in machine.journalled()


@pytest.mark.parametrize("times", [2, 5])
def test_again_is_the_same(account: Account, machine: Machine, times: int) -> None:
    for _ in range(times):
        machine.up()

    assert len(account.creations) == 3
    assert machine.state().status == "InService"


def test_another_machine_adopts_what_is_there(
    account: Account, machine: Machine, other_machine: Machine
) -> None:
    machine.up()

    other_machine.up()

    assert len(account.creations) == 3
    assert other_machine.journalled() == machine.journalled()


@pytest.mark.parametrize("gone", ["Endpoint", "EndpointConfig", "Model"])
def test_what_is_missing_is_made(account: Account, machine: Machine, gone: str) -> None:
    machine.up()
    del account.resources[gone, NAME]

    machine.up()

    assert account.creations[3:] == [(gone, NAME)]
    assert machine.exists() == ["model", "endpoint-config", "endpoint"]


def test_an_endpoint_that_failed_is_made_anew(
    account: Account, machine: Machine
) -> None:
    account.behaviour.failure = "out of memory"
    with pytest.raises(DeploymentError):
        machine.up()
    account.faults = [Fault("denied", "DeleteEndpoint")]
    with pytest.raises(DeploymentError):
        machine.up()
    account.faults, account.behaviour.failure = [], ""
    assert machine.exists() == ["model", "endpoint-config", "endpoint"]

    machine.up()

    assert machine.state().status == "InService"


@pytest.mark.parametrize(
    ("changes", "told"),
    [
        ({"instance_type": "ml.g5.12xlarge"}, "ml.g5.2xlarge there, ml.g5.12xlarge pl"),
        ({"instance_count": 2}, "InitialInstanceCount (1 there, 2 planned)"),
        ({"variant_name": "blue"}, "VariantName (AllTraffic there, blue planned)"),
        ({"primary_container": {"Image": "image:2"}}, "Image (image:1 there, image:2"),
        ({"model_name": "another"}, "ModelName"),
        ({"config_name": "another"}, "EndpointConfigName"),
        ({"model_options": {"EnableNetworkIsolation": True}}, "EnableNetworkIsolation"),
    ],
)
def test_a_changed_plan_is_refused_and_what_differs_is_told(
    account: Account, machine: Machine, changes: dict[str, object], told: str
) -> None:
    machine.up()

    with pytest.raises(DeploymentError) as refusal:
        machine.up(**changes)

    assert told in str(refusal.value)
    assert f"python -m deploy down {NAME} --region us-east-1" in str(refusal.value)
    assert len(account.creations) == 3


def test_a_secret_is_not_told_where_it_differs(machine: Machine) -> None:
    machine.up()
    container = {"Image": "image:1", "Environment": {"HF_TOKEN": "other"}}

    with pytest.raises(DeploymentError, match="HF_TOKEN") as refusal:
        machine.up(primary_container=container)

    assert "secret" not in str(refusal.value)
    assert "other" not in str(refusal.value).replace("another", "")


def test_what_aws_adds_by_itself_is_no_difference(
    account: Account, machine: Machine
) -> None:
    machine.up()
    model = account.resources["Model", NAME].arguments
    model["PrimaryContainer"] |= {"Mode": "SingleModel"}
    del model["EnableNetworkIsolation"]

    machine.up()

    assert len(account.creations) == 3


@pytest.mark.parametrize("kind", ["Model", "EndpointConfig", "Endpoint"])
@pytest.mark.parametrize("is_tagged", [False, True], ids=["untagged", "another's"])
def test_what_is_not_ours_is_not_touched(
    account: Account, machine: Machine, kind: str, is_tagged: bool
) -> None:
    machine.up()
    machine.down()
    machine.up()
    [resource] = [r for (k, _), r in account.resources.items() if k == kind]
    resource.tags = (
        [{"Key": "falcon-chat:deployment-id", "Value": "other"}] if is_tagged else []
    )
    calls = len(account.calls)

    with pytest.raises(DeploymentError, match="not tagged as this deployment's"):
        machine.up()

    asked = account.operations()[calls:]
    assert not [name for name in asked if name.startswith(("Create", "Delete"))]


def test_the_reason_of_a_failure_is_told_and_everything_removed(
    account: Account, machine: Machine
) -> None:
    account.behaviour.failure = (
        "The primary container for production variant AllTraffic did not pass the "
        "ping health check. Please check CloudWatch logs for this endpoint."
    )

    with pytest.raises(DeploymentError, match="did not become healthy"):
        machine.up()

    assert account.resources == {}
    assert machine.journal.records() == ()


def test_a_quota_of_zero_leaves_nothing(account: Account, machine: Machine) -> None:
    account.behaviour.quotas[GPU] = 0

    with pytest.raises(DeploymentError, match="request-service-quota-increase"):
        machine.up()

    assert account.resources == {}
    assert machine.journal.records() == ()


def test_a_role_that_does_not_trust_sagemaker_is_named(
    account: Account, machine: Machine
) -> None:
    account.behaviour.unassumable.add(ROLE)

    with pytest.raises(DeploymentError, match="aws iam get-role --role-name falcon-ch"):
        machine.up()

    assert machine.journal.records() == ()


def test_a_stuck_endpoint_stays_on_the_pending_list(
    account: Account, machine: Machine
) -> None:
    account.behaviour.is_stuck = True
    machine.pace = replace(PACE, creation=0.01, removal=0.01)

    with pytest.raises(DeploymentError, match="counts as stuck") as error:
        machine.up()

    assert "may cost $1.515 per hour" in str(error.value)
    [record] = machine.journal.records()
    assert record.is_removing
    for resource in account.resources.values():
        resource.is_stuck = False
    account.pass_time(60)
    assert machine.finish() == ()
    account.pass_time(60)
    assert machine.finish() == ()
    assert account.resources == {}


def test_what_is_pending_can_be_wanted_again(
    account: Account, machine: Machine
) -> None:
    account.behaviour.is_stuck = True
    machine.up_stuck()
    for resource in account.resources.values():
        resource.is_stuck = False

    machine.up()

    assert len(account.creations) == 3
    assert [record.is_removing for record in machine.journal.records()] == [False]


def test_what_was_pending_is_so_again_when_it_fails_again(
    account: Account, machine: Machine
) -> None:
    account.behaviour.is_stuck = True
    machine.up_stuck()

    machine.up_stuck()

    [record] = machine.journal.records()
    assert record.is_removing
    assert len(account.creations) == 3


def test_an_outage_while_waiting_is_waited_out(
    account: Account, machine: Machine
) -> None:
    account.behaviour.starting_seconds = 300
    first = 8 + 1
    account.fault_at = {
        number: Fault("failed" if number % 2 else "throttled")
        for number in range(first, first + 3)
    }

    machine.up()

    assert machine.state().status == "InService"


def test_an_endpoint_that_somebody_deletes_is_told(
    account: Account, machine: Machine
) -> None:
    account.behaviour.starting_seconds = 10_000

    def delete(moment: str, *_: object) -> None:
        if moment == "done" and ("Endpoint", NAME) in account.resources:
            del account.resources["Endpoint", NAME]

    account.on_call = delete

    with pytest.raises(DeploymentError, match="was deleted while it was starting"):
        machine.up()

    assert account.resources == {}


def test_a_create_that_was_answered_too_late_is_adopted(
    account: Account, machine: Machine, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AWS_MAX_ATTEMPTS", "2")
    machine.aws = Aws(region=REGION)
    # The calls before it: three looks and the caller's identity.
    account.fault_at = {5: Fault("unanswered, done")}

    machine.up()

    assert account.operations().count("CreateModel") == 2
    assert len(account.creations) == 3


def test_two_at_once_make_one_endpoint(
    account: Account, machine: Machine, other_machine: Machine
) -> None:
    def make_it_first(moment: str, _: int, call: object) -> None:
        if moment == "before" and getattr(call, "operation", "") == "CreateModel":
            account.on_call = lambda *_: None
            other_machine.up()

    account.on_call = make_it_first

    machine.up()

    assert len(account.creations) == 3
    assert machine.journalled() == other_machine.journalled()


def test_an_error_after_adoption_leaves_the_endpoint(
    account: Account, machine: Machine, other_machine: Machine
) -> None:
    machine.up()
    account.faults = [Fault("denied", "DescribeEndpoint")]
    account.faults = []
    start = len(account.calls)
    account.fault_at = {start + 7: Fault("denied")}

    with pytest.raises(RefusedError):
        other_machine.up()

    assert machine.state().status == "InService"
    assert "was there before and stays" in " ".join(other_machine.told.said)


def test_a_new_expiry_is_written_to_what_is_adopted(
    account: Account, machine: Machine
) -> None:
    expires_at = datetime(2026, 8, 1, 9, 30, tzinfo=UTC)
    machine.up()

    machine.up(expires_at=expires_at)

    for resource in account.resources.values():
        tags = read_tags(resource.tags)
        assert tags is not None
        assert tags.expires_at == expires_at
    assert len(account.creations) == 3


def test_without_a_new_expiry_the_old_one_stays(machine: Machine) -> None:
    expires_at = datetime(2026, 8, 1, 9, 30, tzinfo=UTC)
    machine.up(expires_at=expires_at)

    machine.up()

    assert machine.state().expires_at == expires_at
