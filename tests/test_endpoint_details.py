from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest

from falcon.endpoint import Endpoint
from falcon.endpoint_details import read_details, removal_command
from falcon.errors import EndpointNotFoundError
from tests import control_plane
from tests.control_plane import ControlPlane

REGION = "us-east-1"
FALCON = Endpoint(name="falcon", region=REGION)


@pytest.fixture
def aws(monkeypatch: pytest.MonkeyPatch) -> Iterator[ControlPlane]:
    with control_plane.serving(monkeypatch) as plane:
        yield plane


def hours_ago(hours: float) -> datetime:
    return datetime.now(UTC) - timedelta(hours=hours)


def test_an_endpoints_details_are_what_runs_behind_it(aws: ControlPlane) -> None:
    aws.add_endpoint("falcon", created=hours_ago(10), count=2)
    aws.invocations["falcon-all"] = [3.0, 4.0]

    details = read_details(FALCON)

    assert details.container == "tgi"
    assert [(each.type, each.count) for each in details.instances] == [
        ("ml.g5.2xlarge", 2)
    ]
    assert details.state.status == "in service"
    assert timedelta(hours=10) <= details.age < timedelta(hours=10.1)
    assert details.dollars_per_hour == pytest.approx(2 * 1.515)
    assert details.dollars_so_far == pytest.approx(20 * 1.515, rel=0.01)
    assert (details.questions, details.is_unused) == (7, False)
    assert details.problems == ()


def test_details_ask_for_each_description_once(aws: ControlPlane) -> None:
    aws.add_endpoint("falcon", created=hours_ago(0))

    read_details(FALCON)

    assert sorted(operation for operation, _ in aws.calls) == [
        "DescribeEndpoint",
        "DescribeEndpointConfig",
        "DescribeModel",
        "GetMetricData",
    ]


@pytest.mark.parametrize(
    ("hours", "values", "status", "count", "is_unused"),
    [
        pytest.param(2, [], "InService", 1, True, id="nobody-asked"),
        pytest.param(2, [0.0, 0.0], "InService", 1, True, id="zeros"),
        pytest.param(2, [0.0, 1.0], "InService", 1, False, id="asked"),
        pytest.param(0.5, [], "InService", 1, False, id="younger-than-an-hour"),
        pytest.param(2, [], "Creating", 1, False, id="starting"),
        pytest.param(2, [], "InService", 0, False, id="at-zero-instances"),
    ],
)
def test_unused_is_what_runs_and_nobody_asked_for_an_hour(
    aws: ControlPlane,
    hours: float,
    values: list[float],
    status: str,
    count: int,
    is_unused: bool,
) -> None:
    aws.add_endpoint("falcon", created=hours_ago(hours), status=status, count=count)
    aws.invocations["falcon-all"] = values

    assert read_details(FALCON).is_unused == is_unused


def test_questions_to_inference_components_count_as_use(aws: ControlPlane) -> None:
    aws.add_endpoint("falcon", created=hours_ago(2))
    variant = {"VariantName": "falcon-all", "InstanceType": "ml.g5.2xlarge"}
    aws.add("EndpointConfig", "falcon", ProductionVariants=[variant])
    aws.add(
        "InferenceComponent",
        "part",
        EndpointName="falcon",
        Specification={"ModelName": "falcon"},
    )
    aws.invocations["part"] = [2.0]

    details = read_details(FALCON)

    assert (details.questions, details.container) == (2, "tgi")


@pytest.mark.parametrize(
    ("region", "instance_type"),
    [("us-east-1", "ml.unheard.xlarge"), ("ap-northeast-2", "ml.g5.2xlarge")],
)
def test_a_price_that_is_not_known_is_not_guessed(
    aws: ControlPlane, region: str, instance_type: str
) -> None:
    aws.add_endpoint("falcon", created=hours_ago(0), instance_type=instance_type)

    details = read_details(Endpoint(name="falcon", region=region))

    assert details.dollars_per_hour is None
    assert details.dollars_so_far is None


def test_one_unknown_price_leaves_the_whole_unknown(aws: ControlPlane) -> None:
    aws.add_endpoint("falcon", created=hours_ago(0))
    variants = [
        {"VariantName": "a", "ModelName": "falcon", "InstanceType": "ml.g5.2xlarge"},
        {"VariantName": "b", "ModelName": "falcon", "InstanceType": "ml.unheard"},
    ]
    aws.add("EndpointConfig", "falcon", ProductionVariants=variants)

    assert read_details(FALCON).dollars_per_hour is None


def test_an_endpoint_that_is_starting_has_cost_nothing_known(
    aws: ControlPlane,
) -> None:
    aws.add_endpoint("falcon", created=hours_ago(1), status="Creating")

    assert read_details(FALCON).dollars_so_far is None


@pytest.mark.parametrize(
    ("refused", "action", "unknown"),
    [
        ("GetMetricData", "cloudwatch:GetMetricData", "questions"),
        ("DescribeModel", "sagemaker:DescribeModel", "container"),
        ("DescribeEndpointConfig", "sagemaker:DescribeEndpointConfig", "instances"),
    ],
)
def test_what_may_not_be_read_is_unknown_and_names_the_action(
    aws: ControlPlane, refused: str, action: str, unknown: str
) -> None:
    aws.add_endpoint("falcon", created=hours_ago(2))
    aws.refused = {refused}

    details = read_details(FALCON)

    assert not getattr(details, unknown)
    (problem,) = details.problems
    assert action in problem
    assert not details.is_unused or refused != "GetMetricData"


def test_a_deleted_configuration_is_said(aws: ControlPlane) -> None:
    aws.add_endpoint("falcon", created=hours_ago(0))
    del aws.resources["EndpointConfig", "falcon"]

    (problem,) = read_details(FALCON).problems

    assert "its configuration was deleted" in problem


def test_details_of_an_endpoint_that_there_is_not_are_an_error(
    aws: ControlPlane,
) -> None:
    with pytest.raises(EndpointNotFoundError):
        read_details(FALCON)

    assert len(aws.calls) == 1


@pytest.mark.parametrize(
    ("profile", "end"),
    [(None, "us-east-1"), ("my team", "us-east-1 --profile 'my team'")],
)
def test_the_command_that_removes_an_endpoint_names_all_it_needs(
    profile: str | None, end: str
) -> None:
    endpoint = Endpoint(name="falcon", region=REGION, profile=profile)

    assert removal_command(endpoint) == (
        f"aws sagemaker delete-endpoint --endpoint-name falcon --region {end}"
    )
