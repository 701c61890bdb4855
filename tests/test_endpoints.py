from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta, timezone

import pytest

from falcon.endpoint import Endpoint
from falcon.endpoints import read_container, read_space_url, read_state
from falcon.errors import (
    ConfigurationError,
    EndpointConnectionError,
    PermissionDeniedError,
)
from falcon.local.process import LocalEndpoint
from tests import control_plane, fault_endpoint
from tests.control_plane import ControlPlane

FALCON = Endpoint(name="falcon", region="us-east-1")
CREATED = datetime(2026, 8, 1, 9, 0, tzinfo=timezone(timedelta(hours=9)))
MODIFIED = CREATED + timedelta(days=1)


@pytest.fixture
def aws(monkeypatch: pytest.MonkeyPatch) -> Iterator[ControlPlane]:
    with control_plane.serving(monkeypatch) as plane:
        yield plane


@pytest.mark.parametrize("name", ["a", "my-falcon-7b", "A1", "x" * 63])
def test_a_name_that_sagemaker_allows_is_allowed(name: str) -> None:
    assert Endpoint(name=name, region="us-east-1").name == name


@pytest.mark.parametrize(
    "name",
    ["", "-a", "a-", "a/b", "a b", "a\r\nb", "../x", "x" * 64, "팔콘", "a" * 62 + "-b"],
)
def test_a_name_that_sagemaker_refuses_never_leaves(name: str) -> None:
    with pytest.raises(ConfigurationError):
        Endpoint(name=name, region="us-east-1")


@pytest.mark.parametrize("region", ["", "us", "Seoul", "us-east-1.evil.example", "../"])
def test_a_region_that_is_none_is_refused(region: str) -> None:
    with pytest.raises(ConfigurationError):
        Endpoint(name="a", region=region)


@pytest.mark.parametrize("region", ["us-east-1", "ap-northeast-2", "us-gov-west-1"])
def test_real_regions_are_allowed(region: str) -> None:
    assert Endpoint(name="a", region=region).region == region


def test_what_answers_on_this_machine_is_in_service(
    local_endpoint: LocalEndpoint,
) -> None:
    state = read_state(Endpoint(name="a", region="us-east-1", url=local_endpoint.url))

    assert state.status == "in service"


def test_nothing_listening_on_this_machine_is_starting() -> None:
    with fault_endpoint.serving() as gone:
        url = gone.url

    state = read_state(Endpoint(name="a", region="us-east-1", url=url))

    assert state.status == "starting"


@pytest.mark.parametrize(
    ("status", "expected", "since"),
    [
        ("Creating", "starting", CREATED),
        ("InService", "in service", None),
        ("Updating", "in service", MODIFIED),
        ("SystemUpdating", "in service", MODIFIED),
        ("RollingBack", "in service", MODIFIED),
        ("UpdateRollbackFailed", "in service", MODIFIED),
        ("OutOfService", "not in service", MODIFIED),
        ("Deleting", "not in service", MODIFIED),
        ("Failed", "not in service", MODIFIED),
        ("Unheard", "unknown", None),
    ],
)
def test_a_status_means_whether_it_answers_and_since_when(
    aws: ControlPlane, status: str, expected: str, since: datetime | None
) -> None:
    aws.add(
        "Endpoint",
        FALCON.name,
        EndpointStatus=status,
        CreationTime=CREATED,
        LastModifiedTime=MODIFIED,
        ProductionVariants=[{"VariantName": "all", "CurrentInstanceCount": 1}],
    )

    state = read_state(FALCON)

    assert (state.status, state.since) == (expected, since)


@pytest.mark.parametrize("status", ["InService", "Updating"])
def test_an_endpoint_at_zero_instances_says_what_the_first_question_does(
    aws: ControlPlane, status: str
) -> None:
    zero = {"CurrentInstanceCount": 0, "DesiredInstanceCount": 0}
    aws.add(
        "Endpoint", FALCON.name, EndpointStatus=status, ProductionVariants=[zero, zero]
    )

    state = read_state(FALCON)

    assert state.status == "starting"
    assert "the first question starts one" in state.meaning
    assert state.since is None


def test_an_endpoint_on_its_way_from_zero_is_starting(aws: ControlPlane) -> None:
    aws.add(
        "Endpoint",
        FALCON.name,
        EndpointStatus="Updating",
        LastModifiedTime=MODIFIED,
        ProductionVariants=[{"CurrentInstanceCount": 0, "DesiredInstanceCount": 1}],
    )

    state = read_state(FALCON)

    assert (state.status, state.since) == ("starting", MODIFIED)
    assert "first instance" in state.meaning


@pytest.mark.parametrize(
    "variants",
    [
        [],
        [{"VariantName": "all"}],
        [{"CurrentInstanceCount": 0}, {"CurrentInstanceCount": 1}],
        [{"CurrentInstanceCount": 1, "DesiredInstanceCount": 2}],
        [{"CurrentInstanceCount": 0, "CurrentServerlessConfig": {"MaxConcurrency": 1}}],
    ],
)
def test_an_endpoint_that_may_answer_is_in_service(
    aws: ControlPlane, variants: list[object]
) -> None:
    aws.add(
        "Endpoint", FALCON.name, EndpointStatus="InService", ProductionVariants=variants
    )

    assert read_state(FALCON).status == "in service"


def test_a_failed_endpoint_says_why_in_one_short_line(aws: ControlPlane) -> None:
    aws.add(
        "Endpoint",
        FALCON.name,
        EndpointStatus="Failed",
        FailureReason="The primary container\n  did not pass. " + "Look. " * 1000,
    )

    meaning = read_state(FALCON).meaning

    assert meaning.startswith("Failed: The primary container did not pass. Look.")
    assert "\n" not in meaning
    assert len(meaning) <= 300


def test_an_endpoint_that_sagemaker_does_not_know_is_not_found(
    aws: ControlPlane,
) -> None:
    assert read_state(FALCON).status == "not found"
    assert aws.calls == [("DescribeEndpoint", {"EndpointName": FALCON.name})]


def test_a_state_that_may_not_be_read_is_unknown_and_names_the_action(
    aws: ControlPlane,
) -> None:
    aws.refused.add("DescribeEndpoint")

    state = read_state(FALCON)

    assert state.status == "unknown"
    assert "sagemaker:DescribeEndpoint" in state.meaning


def test_a_control_plane_that_cannot_be_reached_leaves_the_state_unknown(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    with control_plane.serving(monkeypatch):
        pass

    assert read_state(FALCON).status == "unknown"
    with pytest.raises(EndpointConnectionError):
        read_container(FALCON)


def test_an_address_that_is_none_leaves_the_state_unknown(
    aws: ControlPlane, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AWS_ENDPOINT_URL_SAGEMAKER", "not an address")

    state = read_state(FALCON)

    assert state.status == "unknown"
    assert "AWS_ENDPOINT_URL_SAGEMAKER" in state.meaning
    assert aws.calls == []


def test_without_credentials_the_state_is_unknown_and_says_why(
    aws: ControlPlane, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("AWS_ACCESS_KEY_ID")
    monkeypatch.delenv("AWS_SECRET_ACCESS_KEY")

    state = read_state(FALCON)

    assert state.status == "unknown"
    assert "credentials" in state.meaning
    with pytest.raises(PermissionDeniedError):
        read_container(FALCON)
    assert aws.calls == []


def test_a_profile_that_does_not_exist_is_said() -> None:
    state = read_state(Endpoint(name="a", region="us-east-1", profile="nobody's"))

    assert state.status == "unknown"
    assert "nobody's" in state.meaning


def test_a_studio_space_has_an_address(aws: ControlPlane) -> None:
    aws.add("Space", "ours", Url="https://x.studio.us-east-1.sagemaker.aws")

    def url(space: str) -> str | None:
        return read_space_url(domain_id="d-1", space_name=space, region="us-east-1")

    assert url("ours") == "https://x.studio.us-east-1.sagemaker.aws"
    assert url("theirs") is None
