"""Which endpoints an account has in a region, and which of them are ours.

Reading only, one question for a hundred endpoints; what stands behind each is a matter
of falcon/endpoint_details.py, which asks several times.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from falcon.control_plane import ControlPlane
from falcon.endpoint import check_region
from falcon.endpoints import SERVING
from falcon.errors import FalconError

MOST_ENDPOINTS = 100
OUR_TAG = "falcon-chat:deployment-id"
"""What an endpoint that Falcon Chat deployed is tagged with."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ListedEndpoint:
    name: str
    status: str
    """SageMaker's own word, such as InService."""
    created: datetime
    """Has a time zone."""
    is_ours: bool = False

    @property
    def is_serving(self) -> bool:
        """Whether it answers, or does once an instance runs."""
        return self.status in SERVING


@dataclass(frozen=True, slots=True, kw_only=True)
class EndpointList:
    endpoints: tuple[ListedEndpoint, ...]
    """The newest first."""
    is_complete: bool = True
    """Whether there are no older ones than these."""
    tags_problem: str = ""
    """Why nobody knows which are ours; empty: it is known."""


def list_endpoints(
    *, region: str, profile: str | None = None, most: int = MOST_ENDPOINTS
) -> EndpointList:
    """Return the newest endpoints of the account in `region`, `most` at the most.

    Needs sagemaker:ListEndpoints, and tag:GetResources to say which are ours. Raises
    ConfigurationError if `region` is none, and an EndpointError where AWS refused or
    could not be asked.
    """
    check_region(region)
    plane = ControlPlane(region=region, profile=profile)
    listed: list[Mapping[str, Any]] = []
    is_complete = False
    for page in _pages(plane, most):
        listed += page["Endpoints"]
        is_complete = "NextToken" not in page
        if len(listed) >= most:
            break
    ours, tags_problem = _ours(region, profile) if listed else (frozenset(), "")
    return EndpointList(
        endpoints=tuple(
            ListedEndpoint(
                name=endpoint["EndpointName"],
                status=endpoint["EndpointStatus"],
                created=endpoint["CreationTime"],
                is_ours=endpoint["EndpointArn"] in ours,
            )
            for endpoint in listed[:most]
        ),
        is_complete=is_complete and len(listed) <= most,
        tags_problem=tags_problem,
    )


def _pages(plane: ControlPlane, most: int) -> Iterator[Mapping[str, Any]]:
    token: dict[str, str] = {}
    while True:
        page = plane.ask(
            "ListEndpoints",
            SortBy="CreationTime",
            SortOrder="Descending",
            MaxResults=min(most, 100),
            **token,
        )
        yield page
        if "NextToken" not in page:
            return
        token = {"NextToken": page["NextToken"]}


def _ours(region: str, profile: str | None) -> tuple[frozenset[str], str]:
    """Return the names in full (ARNs) of what carries our tag, or why it is unknown.

    One question for all of them; ListTags would be one for each.
    """
    try:
        plane = ControlPlane(
            region=region, profile=profile, service="resourcegroupstaggingapi"
        )
        answer = plane.ask(
            "GetResources",
            TagFilters=[{"Key": OUR_TAG}],
            ResourceTypeFilters=["sagemaker:endpoint"],
            ResourcesPerPage=100,
        )
    except FalconError as error:
        return frozenset(), str(error)
    tagged = answer["ResourceTagMappingList"]
    return frozenset(resource["ResourceARN"] for resource in tagged), ""
