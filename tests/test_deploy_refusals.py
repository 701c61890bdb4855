"""One message each: what happened, why, and the next command."""

from __future__ import annotations

from typing import Any

import pytest
from botocore.exceptions import ClientError

from deploy.aws import Aws
from deploy.aws_refusals import RefusedError, explain_client_error, explain_failure
from falcon.errors import ConfigurationError
from tests.deploy_example import NAME
from tests.deploy_plane import REGION, Account, Fault

FAILURES = {
    "Unable to provision requested ML compute capacity due to "
    "InsufficientInstanceCapacity error. Please retry using a different ML instance "
    "type or after some time.": ("no ml.g5.2xlarge free", "--instance-type"),
    "The primary container for production variant AllTraffic did not pass the ping "
    "health check. Please check CloudWatch logs for this endpoint.": (
        "memory",
        f"python -m deploy logs {NAME} --region us-east-1",
    ),
    "CannotStartContainerError. Please ensure the model container for variant "
    "AllTraffic starts correctly when invoked with 'docker run <image> serve'": (
        "there are no logs",
        "al2023-ami-sagemaker-inference-gpu-4-1",
    ),
    "Could not assume role arn:aws:iam::1:role/x. Please ensure": (
        "arn:aws:iam::1:role/x:",
        "aws iam get-role --role-name x",
    ),
    "Something new.": ("Something new.", "python -m deploy logs"),
    "": ("no reason", "python -m deploy logs"),
}


@pytest.mark.parametrize(("reason", "told"), FAILURES.items())
def test_a_failed_endpoint_tells_why_and_what_next(
    reason: str, told: tuple[str, ...]
) -> None:
    error = explain_failure(
        reason, endpoint=NAME, region=REGION, instance_type="ml.g5.2xlarge"
    )

    assert all(part in str(error) for part in told)


def explain(code: str, message: str, status: int = 400) -> RefusedError:
    # Any: the rest of what botocore has there is of no use here.
    answer: Any = {
        "Error": {"Code": code, "Message": message},
        "ResponseMetadata": {"HTTPStatusCode": status},
    }
    error = ClientError(answer, "CreateEndpoint")
    return explain_client_error(
        error, action="sagemaker:CreateEndpoint", region=REGION, profile="falcon"
    )


@pytest.mark.parametrize(
    ("code", "message", "kind", "told"),
    [
        pytest.param(
            "ResourceLimitExceeded",
            "The account-level service limit 'ml.g5.2xlarge for endpoint usage' is 0 "
            "Instances, with current utilization of 0 Instances and a request delta "
            "of 1 Instances. Please contact AWS support to request an increase.",
            "refused",
            "QuotaName=='\"'\"'ml.g5.2xlarge for endpoint usage'\"'\"'",
            id="quota",
        ),
        pytest.param(
            "ResourceLimitExceeded",
            "Some other limit.",
            "refused",
            "Some other limit.",
            id="another limit",
        ),
        pytest.param(
            "ExpiredTokenException",
            "The security token included in the request is expired",
            "credentials",
            "aws sso login --profile falcon",
            id="expired",
        ),
        pytest.param(
            "UnrecognizedClientException",
            "The security token included in the request is invalid.",
            "credentials",
            "aws sso login --profile falcon",
            id="wrong credentials",
        ),
        pytest.param(
            "AccessDeniedException",
            "User: x is not authorized to perform: iam:PassRole on resource: y",
            "denied",
            "may not call iam:PassRole in us-east-1",
            id="denied",
        ),
        pytest.param(
            "ValidationException",
            'Could not find endpoint configuration "x".',
            "missing",
            "Could not find",
            id="missing",
        ),
        pytest.param(
            "ValidationException",
            'Cannot create already existing endpoint "x".',
            "exists",
            "already existing",
            id="exists",
        ),
        pytest.param(
            "ValidationException",
            'Cannot update in-progress endpoint "x".',
            "busy",
            "in-progress",
            id="busy",
        ),
        pytest.param(
            "ValidationException",
            "Could not assume role arn:aws:iam::1:role/x. Please ensure that the role "
            "exists and allows principal 'sagemaker.amazonaws.com' to assume the role.",
            "refused",
            "--role",
            id="role",
        ),
        pytest.param(
            "ValidationException", "Odd.", "refused", "Odd.", id="anything else"
        ),
    ],
)
def test_a_refusal_tells_why_and_what_next(
    code: str, message: str, kind: str, told: str
) -> None:
    refusal = explain(code, message)

    assert refusal.kind == kind
    assert told in str(refusal)


@pytest.mark.parametrize(
    ("code", "status"),
    [("ThrottlingException", 400), ("TooManyRequests", 429), ("InternalFailure", 500)],
)
def test_what_passes_may_be_asked_again(code: str, status: int) -> None:
    refusal = explain(code, "Later.", status)

    assert refusal.retryable
    assert "repeat the command" in str(refusal)


def test_who_hangs_up_may_have_done_it(account: Account) -> None:
    account.faults = [Fault("unanswered, not done")]

    with pytest.raises(RefusedError, match="--region") as refusal:
        Aws(region=REGION).account()

    assert refusal.value.kind == "unanswered"


def test_a_region_that_is_none_is_named() -> None:
    with pytest.raises(ConfigurationError, match="us-est"):
        Aws(region="us-est")


def test_a_profile_that_is_none_is_named(account: Account) -> None:
    assert account.url
    with pytest.raises(ConfigurationError, match="nobody"):
        Aws(region=REGION, profile="nobody").account()


def test_without_credentials_it_says_how_to_sign_in(
    account: Account, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert account.url
    monkeypatch.delenv("AWS_ACCESS_KEY_ID")

    with pytest.raises(RefusedError, match="aws sso login"):
        Aws(region=REGION).account()
