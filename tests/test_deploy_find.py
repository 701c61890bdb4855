from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from deploy.find import find_tagged
from deploy.journal import Record
from deploy.state import read_all
from deploy.untagged import read_untagged
from tests.deploy_example import DEPLOYMENT, DOLLARS, NAME, Machine
from tests.deploy_plane import Account, Fault


def test_tags_find_what_another_machine_made(
    machine: Machine, other_machine: Machine
) -> None:
    machine.up()

    [state] = other_machine.states()

    assert not state.is_in_journal
    assert state.record.endpoint_name == NAME
    assert [part.kind for part in state.parts] == [
        "model",
        "endpoint-config",
        "endpoint",
    ]
    assert state.owner == "user/Anna"


def test_what_is_not_tagged_is_not_found(account: Account, machine: Machine) -> None:
    machine.up()
    for resource in account.resources.values():
        resource.tags = [{"Key": "Name", "Value": "falcon"}]

    assert find_tagged(machine.aws) == ()


def test_what_the_tagging_service_still_names_and_is_gone_is_not_told(
    account: Account, machine: Machine, other_machine: Machine
) -> None:
    machine.up()
    named = account.answers["GetResources"](
        account, {"TagFilters": [{"Key": "falcon-chat:deployment-id"}]}
    )
    account.answers = {**account.answers, "GetResources": lambda *_: named}
    machine.down()

    assert other_machine.states() == ()


def test_without_a_right_to_tags_the_journal_is_told_and_the_problem(
    account: Account, machine: Machine
) -> None:
    machine.up()
    account.faults = [Fault("denied", "GetResources")]

    overview = read_all(machine.aws, machine.journal, lambda _: DOLLARS)

    assert [state.status for state in overview.states] == ["InService"]
    [problem] = overview.problems
    assert "What others made is not known." in problem
    assert "tag:GetResources" in problem or "sagemaker:GetResources" in problem


def test_what_may_still_come_to_exist_is_told(machine: Machine) -> None:
    machine.journal.expect(Record.of(DEPLOYMENT, DOLLARS), "endpoint", NAME)

    [state] = machine.states()

    assert state.parts == ()
    assert [(entry.kind, entry.name) for entry in state.uncertain] == [
        ("endpoint", NAME)
    ]


def test_the_price_so_far_grows_with_its_age(
    account: Account, machine: Machine
) -> None:
    account.now = datetime.now(UTC) - timedelta(hours=2, minutes=3)
    machine.up()

    state = machine.state()

    assert state.dollars_per_hour == DOLLARS
    assert state.dollars_so_far == pytest.approx(2 * DOLLARS, rel=0.05)


def test_what_failed_costs_nothing(account: Account, machine: Machine) -> None:
    machine.up()
    account.resources["Endpoint", NAME].failure = "out of memory"

    state = machine.state()

    assert state.status == "Failed"
    assert state.dollars_per_hour == 0


def test_an_unknown_price_is_unknown_and_not_zero(
    machine: Machine, other_machine: Machine
) -> None:
    machine.up()

    aws, journal = other_machine.aws, other_machine.journal
    [state] = read_all(aws, journal, lambda _: None).states

    assert state.dollars_per_hour is None
    assert state.dollars_so_far is None


def test_others_deployments_are_priced_by_their_instances(
    machine: Machine, other_machine: Machine
) -> None:
    machine.up(instance_type="ml.g5.12xlarge", instance_count=2)

    aws, journal = other_machine.aws, other_machine.journal
    [state] = read_all(aws, journal, {"ml.g5.12xlarge": 7.09}.get).states

    assert state.dollars_per_hour == pytest.approx(14.18)
    assert (state.record.instance_count, state.record.instance_type) == (
        2,
        "ml.g5.12xlarge",
    )


def test_the_last_question_is_the_last_hour_with_any(
    account: Account, machine: Machine
) -> None:
    machine.up()
    hour = datetime.now(UTC).replace(minute=0, second=0, microsecond=0)
    account.invocations[NAME] = [
        (hour, 0.0),
        (hour - timedelta(hours=3), 2.0),
        (hour - timedelta(hours=9), 5.0),
    ]

    assert machine.state().last_invocation == hour - timedelta(hours=3)


def test_without_a_right_to_metrics_the_rest_is_told(
    account: Account, machine: Machine
) -> None:
    machine.up()
    account.faults = [Fault("denied", "GetMetricData")]

    state = machine.state()

    assert state.status == "InService"
    assert state.last_invocation is None
    assert "When it was last asked is not known." in " ".join(state.problems)


def test_an_endpoint_made_by_hand_is_shown_with_what_is_behind_it(
    account: Account, machine: Machine
) -> None:
    machine.up(config_name="config-by-hand", model_name="model-by-hand")
    for resource in account.resources.values():
        resource.tags = []

    record = read_untagged(machine.aws, NAME, lambda _: DOLLARS)

    assert [(entry.kind, entry.name) for entry in record.entries] == [
        ("model", "model-by-hand"),
        ("endpoint-config", "config-by-hand"),
        ("endpoint", NAME),
    ]
    assert record.dollars_per_hour == DOLLARS


def test_what_another_endpoint_uses_as_well_is_left_out(machine: Machine) -> None:
    machine.up()
    machine.aws.ask(
        "sagemaker",
        "CreateEndpoint",
        EndpointName="colleagues",
        EndpointConfigName=NAME,
    )

    record = read_untagged(machine.aws, NAME, lambda _: DOLLARS)

    assert [entry.kind for entry in record.entries] == ["endpoint"]
