"""How an endpoint is and what answers behind it: reading only.

Knows what SageMaker's words for a state mean; which of its answers tell the container
is known to falcon/deployed_containers.py.
"""

from __future__ import annotations

import textwrap
import urllib.error
import urllib.request
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal

from falcon.containers import CONTAINER_NAMES, ContainerName
from falcon.control_plane import ControlPlane, is_refusal
from falcon.deployed_containers import find_container_behind
from falcon.endpoint import Endpoint
from falcon.errors import (
    ConfigurationError,
    EndpointNotFoundError,
    FalconError,
    PermissionDeniedError,
)
from falcon.text import Text, text

Status = Literal["in service", "starting", "not in service", "not found", "unknown"]

SERVING = (
    "InService",
    "Updating",
    "SystemUpdating",
    "RollingBack",
    "UpdateRollbackFailed",
)
"""By AWS's own words, an endpoint answers in each of these unless it has no instance;
after a failed rollback by a mix of the old configuration and the new."""
LONGEST_REASON = 292
"""Characters shown of why an endpoint failed."""


@dataclass(frozen=True, slots=True)
class EndpointState:
    """How an endpoint is, and one line that says what that means."""

    status: Status
    meaning: str
    since: datetime | None = None
    """When what `meaning` tells of began, where SageMaker says so; has a time zone."""


def read_state(endpoint: Endpoint) -> EndpointState:
    """Ask how `endpoint` is. Takes up to ten seconds and never raises.

    Needs sagemaker:DescribeEndpoint.
    """
    if endpoint.url:
        return _ping(endpoint.url)
    try:
        described = _control_plane(endpoint).ask(
            "DescribeEndpoint", EndpointName=endpoint.name
        )
    except EndpointNotFoundError as error:
        return EndpointState("not found", str(error))
    except FalconError as error:
        return EndpointState(
            "unknown",
            text("Its state could not be read. {problem}", problem=str(error)),
        )
    return state_of(described)


def read_container(endpoint: Endpoint) -> ContainerName:
    """Return the wire format that the container behind `endpoint` speaks.

    Needs sagemaker:DescribeEndpoint, DescribeEndpointConfig and DescribeModel, and for
    an endpoint of inference components ListInferenceComponents and
    DescribeInferenceComponent. Raises ConfigurationError where these are not allowed
    or do not tell, and an EndpointError where AWS could not be asked.
    """
    if endpoint.url:
        return "tgi"
    try:
        return find_container_behind(endpoint.name, _control_plane(endpoint).ask)
    except PermissionDeniedError as error:
        if is_refusal(error):
            raise ConfigurationError(
                text(
                    "{problem} Or name the container, in FALCON_CONTAINER or in the "
                    "endpoint's form: one of {containers}.",
                    problem=str(error),
                    containers=", ".join(CONTAINER_NAMES),
                )
            ) from error
        raise


def read_space_url(*, domain_id: str, space_name: str, region: str) -> str | None:
    """Return the address of a Studio space, or None if AWS does not tell.

    Needs sagemaker:DescribeSpace.
    """
    try:
        space = ControlPlane(region=region).ask(
            "DescribeSpace", DomainId=domain_id, SpaceName=space_name
        )
    except FalconError:
        return None
    url = space.get("Url")
    return url if isinstance(url, str) else None


def _control_plane(endpoint: Endpoint) -> ControlPlane:
    return ControlPlane(
        region=endpoint.region, profile=endpoint.profile, endpoint=endpoint.name
    )


def state_of(described: Mapping[str, Any]) -> EndpointState:
    """Return what DescribeEndpoint's answer means for whoever has a question."""
    created: datetime | None = described.get("CreationTime")
    modified: datetime | None = described.get("LastModifiedTime")
    variants = described.get("ProductionVariants", [])
    status = described.get("EndpointStatus")
    if status == "Creating":
        meaning = text("Being created; this takes minutes.")
        return EndpointState("starting", meaning, created)
    if status in SERVING and _is_empty(variants):
        return _empty_state(variants, modified)
    match status:
        case "InService":
            return EndpointState("in service", text("In service."))
        case "Updating" | "SystemUpdating" | "RollingBack":
            meaning = text("In service, and being updated.")
            return EndpointState("in service", meaning, modified)
        case "UpdateRollbackFailed":
            meaning = text("In service; its last update failed and was not undone.")
            return EndpointState("in service", meaning, modified)
        case "Failed":
            meaning = _failure(described.get("FailureReason") or "")
            return EndpointState("not in service", meaning, modified)
        case "Deleting":
            return EndpointState("not in service", text("Being deleted."), modified)
        case "OutOfService":
            return EndpointState("not in service", text("Out of service."), modified)
    return EndpointState("unknown", text("SageMaker says {status}.", status=status))


def _failure(reason: str) -> Text:
    if not reason:
        return text("Failed: SageMaker gives no reason.")
    shown = textwrap.shorten(reason, LONGEST_REASON, placeholder=" …")
    return text("Failed: {reason}", reason=shown)


def _is_empty(variants: list[Mapping[str, Any]]) -> bool:
    """Whether no instance runs; a serverless variant answers without any."""
    return bool(variants) and all(
        variant.get("CurrentInstanceCount") == 0
        and "CurrentServerlessConfig" not in variant
        for variant in variants
    )


def _empty_state(
    variants: list[Mapping[str, Any]], modified: datetime | None
) -> EndpointState:
    if any(variant.get("DesiredInstanceCount") for variant in variants):
        meaning = text("Its first instance is starting; this takes minutes.")
        return EndpointState("starting", meaning, modified)
    meaning = text(
        "At zero instances; the first question starts one, which takes minutes."
    )
    return EndpointState("starting", meaning)


def _ping(url: str) -> EndpointState:
    """Ask the container's own health route."""
    try:
        with urllib.request.urlopen(f"{url}/ping", timeout=2):
            return EndpointState("in service", text("Running on this machine."))
    except (urllib.error.URLError, OSError):
        return EndpointState("starting", text("Starting on this machine."))
