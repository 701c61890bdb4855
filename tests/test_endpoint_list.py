from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest

from falcon.endpoint_list import list_endpoints
from falcon.errors import (
    ConfigurationError,
    EndpointError,
    PermissionDeniedError,
)
from tests import control_plane
from tests.control_plane import ControlPlane

REGION = "us-east-1"
NOW = datetime.now(UTC)


@pytest.fixture
def aws(monkeypatch: pytest.MonkeyPatch) -> Iterator[ControlPlane]:
    with control_plane.serving(monkeypatch) as plane:
        yield plane


def hours_ago(hours: float) -> datetime:
    return NOW - timedelta(hours=hours)


def test_the_newest_endpoint_is_listed_first(aws: ControlPlane) -> None:
    for name, hours in (("old", 9), ("new", 1), ("middle", 3)):
        aws.add_endpoint(name, created=hours_ago(hours))

    listed = list_endpoints(region=REGION)

    assert [each.name for each in listed.endpoints] == ["new", "middle", "old"]


def test_endpoints_are_listed_page_by_page_until_there_are_enough(
    aws: ControlPlane,
) -> None:
    for number in range(7):
        aws.add_endpoint(f"e{number}", created=hours_ago(number))
    aws.page_size = 2

    listed = list_endpoints(region=REGION, most=5)

    assert [each.name for each in listed.endpoints] == ["e0", "e1", "e2", "e3", "e4"]
    assert not listed.is_complete
    assert sum(operation == "ListEndpoints" for operation, _ in aws.calls) == 3


def test_a_list_of_all_says_that_it_is_complete(aws: ControlPlane) -> None:
    for number in range(4):
        aws.add_endpoint(f"e{number}", created=hours_ago(number))
    aws.page_size = 2

    listed = list_endpoints(region=REGION, most=4)

    assert len(listed.endpoints) == 4
    assert listed.is_complete


def test_an_account_without_endpoints_has_an_empty_list(aws: ControlPlane) -> None:
    listed = list_endpoints(region=REGION)

    assert (listed.endpoints, listed.is_complete) == ((), True)
    assert [operation for operation, _ in aws.calls] == ["ListEndpoints"]


@pytest.mark.parametrize(
    ("status", "is_serving"),
    [("InService", True), ("Updating", True), ("Creating", False), ("Failed", False)],
)
def test_a_listed_endpoint_says_whether_it_serves(
    aws: ControlPlane, status: str, is_serving: bool
) -> None:
    aws.add_endpoint("falcon", created=NOW, status=status)

    (endpoint,) = list_endpoints(region=REGION).endpoints

    assert (endpoint.status, endpoint.is_serving) == (status, is_serving)


def test_ours_are_told_by_their_tag_in_one_question(aws: ControlPlane) -> None:
    for name in ("ours", "theirs"):
        aws.add_endpoint(name, created=NOW)
    aws.ours = {"ours"}

    listed = list_endpoints(region=REGION)

    assert [each.name for each in listed.endpoints if each.is_ours] == ["ours"]
    (asked,) = [arguments for name, arguments in aws.calls if name == "GetResources"]
    assert asked["TagFilters"] == [{"Key": "falcon-chat:deployment-id"}]


def test_without_the_tags_permission_the_list_still_comes(aws: ControlPlane) -> None:
    aws.add_endpoint("falcon", created=NOW)
    aws.refused = {"GetResources"}

    listed = list_endpoints(region=REGION)

    assert len(listed.endpoints) == 1
    assert "tag:GetResources" in listed.tags_problem


def test_a_list_that_is_refused_names_the_action(aws: ControlPlane) -> None:
    aws.refused = {"ListEndpoints"}

    with pytest.raises(PermissionDeniedError, match="sagemaker:ListEndpoints in us-ea"):
        list_endpoints(region=REGION)


def test_a_region_that_is_none_is_never_asked(aws: ControlPlane) -> None:
    with pytest.raises(ConfigurationError, match=r"'us-east-1\.evil'"):
        list_endpoints(region="us-east-1.evil")

    assert aws.calls == []


def test_a_region_that_does_not_answer_is_one_line(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    with control_plane.serving(monkeypatch):
        pass

    with pytest.raises(EndpointError, match="could not be asked in us-east-1"):
        list_endpoints(region=REGION)
