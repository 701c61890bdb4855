"""What endpoints exist and how they are: reading only, never creating or deleting.

Knows SageMaker's control plane, its credentials and its errors; which of its answers
tell the container is known to falcon/deployed_containers.py.
"""

from __future__ import annotations

import textwrap
import urllib.error
import urllib.request
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal

import boto3
from botocore import xform_name
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError

from falcon.aws_errors import translate_client_error, translate_transport_error
from falcon.containers import ContainerName
from falcon.deployed_containers import NAME_IT, find_container_behind
from falcon.endpoint import Endpoint
from falcon.errors import (
    ConfigurationError,
    EndpointNotFoundError,
    FalconError,
    PermissionDeniedError,
)

Status = Literal["in service", "starting", "not in service", "not found", "unknown"]

# By AWS's own words, an endpoint answers in each of these unless it has no instance;
# after a failed rollback by a mix of the old configuration and the new.
_SERVING = (
    "InService",
    "Updating",
    "SystemUpdating",
    "RollingBack",
    "UpdateRollbackFailed",
)


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
        described = _ControlPlane(endpoint).ask(
            "DescribeEndpoint", EndpointName=endpoint.name
        )
    except EndpointNotFoundError as error:
        return EndpointState("not found", str(error))
    except FalconError as error:
        return EndpointState("unknown", f"Its state could not be read. {error}")
    return _state(described)


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
        return find_container_behind(endpoint.name, _ControlPlane(endpoint).ask)
    except PermissionDeniedError as error:
        if _is_refusal(error.__cause__):
            raise ConfigurationError(f"{error} Or {NAME_IT}") from error
        raise


def read_space_url(*, domain_id: str, space_name: str, region: str) -> str | None:
    """Return the address of a Studio space, or None if AWS does not tell.

    Needs sagemaker:DescribeSpace.
    """
    try:
        client = _connect(region=region, profile=None)
        space = client.describe_space(DomainId=domain_id, SpaceName=space_name)
    except (BotoCoreError, ClientError):
        return None
    url = space.get("Url")
    return url if isinstance(url, str) else None


def _connect(*, region: str, profile: str | None) -> Any:
    # boto3 makes the client's class at run time: there is no type to name.
    session = boto3.Session(profile_name=profile, region_name=region)
    config = Config(
        connect_timeout=3, read_timeout=5, retries={"total_max_attempts": 1}
    )
    return session.client("sagemaker", config=config)


class _ControlPlane:
    """SageMaker, asked about one endpoint."""

    def __init__(self, endpoint: Endpoint) -> None:
        self.endpoint = endpoint.name
        try:
            self._client = _connect(region=endpoint.region, profile=endpoint.profile)
        except BotoCoreError as error:
            raise translate_transport_error(error, endpoint=self.endpoint) from error
        except ValueError as error:
            raise ConfigurationError(
                f"AWS_ENDPOINT_URL_SAGEMAKER or AWS_ENDPOINT_URL is wrong: {error}."
            ) from error

    def ask(self, operation: str, **arguments: str | int) -> Any:
        """Return the answer of an operation, such as DescribeModel, or raise."""
        try:
            return getattr(self._client, xform_name(operation))(**arguments)
        except ClientError as error:
            raise translate_client_error(
                error, endpoint=self.endpoint, action=f"sagemaker:{operation}"
            ) from error
        except BotoCoreError as error:
            raise translate_transport_error(error, endpoint=self.endpoint) from error


def _state(described: Mapping[str, Any]) -> EndpointState:
    """Return what DescribeEndpoint's answer means for whoever has a question."""
    created: datetime | None = described.get("CreationTime")
    modified: datetime | None = described.get("LastModifiedTime")
    variants = described.get("ProductionVariants", [])
    status = described.get("EndpointStatus")
    if status == "Creating":
        meaning = "Being created; this takes minutes."
        return EndpointState("starting", meaning, created)
    if status in _SERVING and _is_empty(variants):
        return _empty_state(variants, modified)
    match status:
        case "InService":
            return EndpointState("in service", "In service.")
        case "Updating" | "SystemUpdating" | "RollingBack":
            meaning = "In service, and being updated."
            return EndpointState("in service", meaning, modified)
        case "UpdateRollbackFailed":
            meaning = "In service; its last update failed and was not undone."
            return EndpointState("in service", meaning, modified)
        case "Failed":
            reason = described.get("FailureReason") or "SageMaker gives no reason."
            meaning = textwrap.shorten(f"Failed: {reason}", 300, placeholder=" …")
            return EndpointState("not in service", meaning, modified)
        case "Deleting":
            return EndpointState("not in service", "Being deleted.", modified)
        case "OutOfService":
            return EndpointState("not in service", "Out of service.", modified)
    return EndpointState("unknown", f"SageMaker says {status}.")


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
        meaning = "Its first instance is starting; this takes minutes."
        return EndpointState("starting", meaning, modified)
    meaning = "At zero instances; the first question starts one, which takes minutes."
    return EndpointState("starting", meaning)


def _is_refusal(error: BaseException | None) -> bool:
    """Whether IAM refused an operation; without credentials AWS refuses everything."""
    if not isinstance(error, ClientError):
        return False
    return error.response.get("Error", {}).get("Code", "").startswith("AccessDenied")


def _ping(url: str) -> EndpointState:
    """Ask the container's own health route."""
    try:
        with urllib.request.urlopen(f"{url}/ping", timeout=2):
            return EndpointState("in service", "Running on this machine.")
    except (urllib.error.URLError, OSError):
        return EndpointState("starting", "Starting on this machine.")
