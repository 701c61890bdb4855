"""What endpoints exist and how they are: reading only, never creating or deleting."""

from __future__ import annotations

import urllib.error
import urllib.request
from dataclasses import dataclass
from typing import Any, Literal

import boto3
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError

from falcon.aws_errors import translate_client_error, translate_transport_error
from falcon.endpoint import Endpoint
from falcon.errors import EndpointNotFoundError, FalconError

Status = Literal["in service", "starting", "not in service", "not found", "unknown"]


@dataclass(frozen=True, slots=True)
class EndpointState:
    """How an endpoint is, and one line that says what that means."""

    status: Status
    meaning: str


def read_state(endpoint: Endpoint) -> EndpointState:
    """Ask how `endpoint` is. Takes up to ten seconds and never raises."""
    return _ping(endpoint.url) if endpoint.url else _describe(endpoint)


def read_space_url(*, domain_id: str, space_name: str, region: str) -> str | None:
    """Return the address of a Studio space, or None if AWS does not tell.

    Needs sagemaker:DescribeSpace.
    """
    try:
        client = _control_plane(region=region, profile=None)
        space = client.describe_space(DomainId=domain_id, SpaceName=space_name)
    except (BotoCoreError, ClientError):
        return None
    url = space.get("Url")
    return url if isinstance(url, str) else None


def _control_plane(*, region: str, profile: str | None) -> Any:
    # boto3 makes the client's class at run time: there is no type to name.
    session = boto3.Session(profile_name=profile, region_name=region)
    config = Config(
        connect_timeout=3, read_timeout=5, retries={"total_max_attempts": 1}
    )
    return session.client("sagemaker", config=config)


def _describe(endpoint: Endpoint) -> EndpointState:
    try:
        client = _control_plane(region=endpoint.region, profile=endpoint.profile)
        status = client.describe_endpoint(EndpointName=endpoint.name)["EndpointStatus"]
    except ClientError as error:
        return _unread(
            translate_client_error(
                error, endpoint=endpoint.name, action="sagemaker:DescribeEndpoint"
            )
        )
    except BotoCoreError as error:
        return _unread(translate_transport_error(error, endpoint=endpoint.name))
    match status:
        case "InService" | "Updating" | "SystemUpdating" | "RollingBack":
            return EndpointState("in service", "In service.")
        case "Creating":
            return EndpointState("starting", "Being created; this takes minutes.")
    return EndpointState("not in service", f"SageMaker says {status}.")


def _unread(error: FalconError) -> EndpointState:
    if isinstance(error, EndpointNotFoundError):
        return EndpointState("not found", str(error))
    return EndpointState("unknown", f"Its state could not be read. {error}")


def _ping(url: str) -> EndpointState:
    """Ask the container's own health route."""
    try:
        with urllib.request.urlopen(f"{url}/ping", timeout=2):
            return EndpointState("in service", "Running on this machine.")
    except (urllib.error.URLError, OSError):
        return EndpointState("starting", "Starting on this machine.")
