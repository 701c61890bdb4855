"""What AWS refuses, and why an endpoint failed: one message each.

A message says what happened, why, and the next command. Knows the wording of AWS's
answers and of SageMaker's failure reasons; asks nobody.
"""

from __future__ import annotations

import re
import shlex
from typing import Literal

import botocore.exceptions as boto

from falcon.aws_errors import translate_client_error, translate_transport_error
from falcon.errors import (
    ConfigurationError,
    DeploymentError,
    EndpointTimeoutError,
    FalconError,
    PermissionDeniedError,
)

Kind = Literal[
    "missing", "exists", "busy", "unanswered", "denied", "credentials", "refused"
]


class RefusedError(DeploymentError):
    """AWS refused one call, or its answer did not come."""

    def __init__(self, message: str, *, kind: Kind, retryable: bool = False) -> None:
        super().__init__(message)
        self.kind: Kind = kind
        """missing: there is no such resource; exists: one of this name is there; busy:
        it cannot be changed in its present state; unanswered: nobody knows whether it
        was done; denied: these credentials may not; credentials: they are none;
        refused: all else."""
        self.retryable = retryable


_MISSING = re.compile(
    r"could not find|cannot be found|does not exist|not found|no scalable target"
    r"|no scaling policy",
    re.IGNORECASE,
)
_EXISTS = re.compile(r"already exist", re.IGNORECASE)
_BUSY = re.compile(r"in-progress|in progress|while .* is creating", re.IGNORECASE)
_QUOTA = re.compile(r"limit '(?P<name>[^']+)' is (?P<limit>\d+)")
_NEEDED = re.compile(r"request delta of (\d+)")
_ROLE = re.compile(r"could not assume role (?P<arn>\S+?)[.,]?\s", re.IGNORECASE)
_REPEATED = ("Throttl", "TooManyRequests", "RequestLimitExceeded")
_CREDENTIALS = ("expired", "credentials", "sign in")


def explain_client_error(
    error: boto.ClientError, *, action: str, region: str, profile: str | None
) -> RefusedError:
    """Return the error for an answer of AWS; `action` is such as sagemaker:ListTags."""
    code = str(error.response.get("Error", {}).get("Code", ""))
    message = str(error.response.get("Error", {}).get("Message", ""))
    status = error.response.get("ResponseMetadata", {}).get("HTTPStatusCode", 0)
    if code == "ResourceLimitExceeded":
        return _over_quota(message, region)
    if match := _ROLE.search(f"{message} "):
        return _role(match["arn"])
    if code.startswith(_REPEATED) or status == 429:
        return RefusedError(
            f"AWS is asked too often in {region} ({action}). Wait a minute and repeat "
            "the command.",
            kind="refused",
            retryable=True,
        )
    if status >= 500:
        return RefusedError(
            f"AWS failed at {action} in {region} ({code}). Wait a minute and repeat "
            "the command: it goes on from where this one stopped.",
            kind="unanswered",
            retryable=True,
        )
    # To a HEAD, S3 gives no code but the status.
    if code.startswith(("AccessDenied", "NotAuthorized", "403")):
        denied = re.search(r"perform: ([\w:-]+)", message)
        return RefusedError(
            f"These AWS credentials may not call {denied[1] if denied else action} in "
            f"{region}. Ask for this permission (deploy/policies lists all that are "
            "needed), then repeat the command.",
            kind="denied",
        )
    translated = translate_client_error(error, endpoint="", action=action)
    if isinstance(translated, PermissionDeniedError):
        return RefusedError(_sign_in(str(translated), profile), kind="credentials")
    for kind, words in _OUTCOMES:
        if words.search(message):
            return RefusedError(f"AWS refused {action}: {message}", kind=kind)
    return RefusedError(f"AWS refused {action}: {message or code}", kind="refused")


_OUTCOMES: tuple[tuple[Kind, re.Pattern[str]], ...] = (
    ("exists", _EXISTS),
    ("busy", _BUSY),
    ("missing", _MISSING),
)


def explain_transport_error(
    error: boto.BotoCoreError, *, action: str, region: str, profile: str | None
) -> FalconError:
    """Return the error for a call that got no answer."""
    translated = translate_transport_error(error, endpoint="")
    if isinstance(translated, PermissionDeniedError):
        return RefusedError(_sign_in(str(translated), profile), kind="credentials")
    if isinstance(translated, ConfigurationError):
        return translated
    what = "could not be reached"
    if isinstance(translated, EndpointTimeoutError):
        what = "did not answer in time"
    return RefusedError(
        f"AWS {what} for {action} in {region}. Check that the region is right "
        "(--region) and the network is up, and repeat the command: it goes on from "
        "where this one stopped.",
        kind="unanswered",
        retryable=True,
    )


def explain_failure(
    reason: str, *, endpoint: str, region: str, instance_type: str
) -> DeploymentError:
    """Return the error for an endpoint that SageMaker calls Failed."""
    logs = f"python -m deploy logs {endpoint} --region {region}"
    if "InsufficientInstanceCapacity" in reason:
        return DeploymentError(
            f"AWS has no {instance_type} free in {region} at the moment, so the "
            f"endpoint {endpoint} failed. That passes: repeat the command later, or "
            "ask for another instance type (--instance-type; `python -m deploy models` "
            "lists those that fit) or another --region."
        )
    if "CannotStartContainer" in reason:
        return DeploymentError(
            f"The container of the endpoint {endpoint} could not be started on "
            f"{instance_type}, and then there are no logs. Most often the image needs "
            "a newer driver than the instance has: an image for CUDA 13 (cu130 in its "
            "tag) needs InferenceAmiVersion al2023-ami-sagemaker-inference-gpu-4-1. "
            "Repeat the command with another way to serve (--way; "
            "`python -m deploy models` lists them) or another instance type."
        )
    if "ping health check" in reason:
        return DeploymentError(
            f"The container of the endpoint {endpoint} started and did not become "
            "healthy in time: the model did not fit into the memory of "
            f"{instance_type}, its files could not be loaded, or loading took too "
            f"long. Its last lines tell which: {logs}"
        )
    if match := _ROLE.search(f"{reason} "):
        return _role(match["arn"])
    said = reason.strip() or "SageMaker gives no reason."
    return DeploymentError(
        f"The endpoint {endpoint} failed: {said} What its container said: {logs}"
    )


def _over_quota(message: str, region: str) -> RefusedError:
    match, needed = _QUOTA.search(message), _NEEDED.search(message)
    if match is None:
        return RefusedError(
            f"A limit of this AWS account is reached in {region}: {message}",
            kind="refused",
        )
    name = match["name"]
    wanted = int(match["limit"]) + (int(needed[1]) if needed else 1)
    query = f"Quotas[?QuotaName=='{name}'].QuotaCode"
    list_codes = (
        "aws service-quotas list-service-quotas --service-code sagemaker "
        f"--region {region} --output text --query {shlex.quote(query)}"
    )
    return RefusedError(
        f"This account may have {match['limit']} of '{name}' in {region}, which is not "
        f"enough. Endpoints have a quota of their own, often 0 at first. Ask for more: "
        "aws service-quotas request-service-quota-increase --service-code sagemaker "
        f"--region {region} --desired-value {wanted} "
        f'--quota-code "$({list_codes})"',
        kind="refused",
    )


def _role(arn: str) -> RefusedError:
    name = arn.rpartition("/")[2]
    return RefusedError(
        f"SageMaker may not use the role {arn}: it does not exist, or its trust policy "
        "does not name sagemaker.amazonaws.com. Look at it, then repeat the command or "
        f"name another one (--role): aws iam get-role --role-name {name}",
        kind="refused",
    )


def _sign_in(message: str, profile: str | None) -> str:
    if not any(word in message.lower() for word in _CREDENTIALS):
        return message
    command = ["aws", "sso", "login"] + (["--profile", profile] if profile else [])
    if "ign in" in message:
        # Advice that knows no profile.
        message = message.partition(". ")[0] + "."
    return (
        f"{message} Sign in: {shlex.join(command)} (or aws configure). Then repeat the "
        "command: it goes on from where this one stopped."
    )
