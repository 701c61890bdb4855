"""Everything the AWS SDK declares to raise has a place in our tree of errors."""

from __future__ import annotations

from collections.abc import Iterator

import botocore.eventstream
import botocore.exceptions
import botocore.session
import pytest
import urllib3.exceptions

from falcon import errors
from falcon.aws_errors import (
    translate_client_error,
    translate_errors,
    translate_transport_error,
)


def subclasses(base: type[Exception]) -> Iterator[type[Exception]]:
    yield base
    for child in base.__subclasses__():
        yield from subclasses(child)


FOREIGN = [
    *subclasses(botocore.exceptions.BotoCoreError),
    *subclasses(botocore.eventstream.ParserError),
    *subclasses(urllib3.exceptions.HTTPError),
]


@pytest.mark.parametrize("kind", FOREIGN, ids=lambda kind: kind.__name__)
def test_every_error_of_the_transport_is_translated(kind: type[Exception]) -> None:
    foreign = kind.__new__(kind)

    with pytest.raises(errors.FalconError) as caught:
        raise_translated(foreign)

    assert caught.value.__cause__ is foreign


def raise_translated(foreign: Exception) -> None:
    with translate_errors(endpoint="e", action="a", refusal=never):
        raise foreign


def never(status: int, message: str) -> errors.FalconError:
    raise AssertionError(f"the container was not asked: {status} {message}")


def runtime_errors() -> list[tuple[str, int]]:
    model = botocore.session.get_session().get_service_model("sagemaker-runtime")
    return sorted(
        (shape.name, shape.metadata.get("error", {}).get("httpStatusCode", 400))
        for name in model.operation_names
        for shape in model.operation_model(name).error_shapes
    )


@pytest.mark.parametrize(("code", "status"), sorted(set(runtime_errors())))
def test_every_error_of_the_runtime_is_translated(code: str, status: int) -> None:
    error = botocore.exceptions.ClientError(
        {
            "Error": {"Code": code, "Message": "m"},
            "ResponseMetadata": {
                "HTTPStatusCode": status,
                "RequestId": "",
                "HostId": "",
                "HTTPHeaders": {},
                "RetryAttempts": 0,
            },
        },
        "InvokeEndpoint",
    )

    translated = translate_client_error(error, endpoint="e", action="a")

    expected = {
        "InternalDependencyException": errors.EndpointUnavailableError,
        "InternalFailure": errors.EndpointUnavailableError,
        "ModelNotReadyException": errors.EndpointUnavailableError,
        "ServiceUnavailable": errors.EndpointUnavailableError,
    }
    assert type(translated) is expected.get(code, errors.EndpointError)


@pytest.mark.parametrize(
    ("foreign", "expected"),
    [
        (botocore.exceptions.NoCredentialsError(), errors.PermissionDeniedError),
        (
            botocore.exceptions.ProfileNotFound(profile="x"),
            errors.ConfigurationError,
        ),
        (botocore.exceptions.NoRegionError(), errors.ConfigurationError),
        (
            botocore.exceptions.ReadTimeoutError(endpoint_url="u"),
            errors.EndpointTimeoutError,
        ),
        (
            botocore.exceptions.EndpointConnectionError(endpoint_url="u"),
            errors.EndpointConnectionError,
        ),
        (
            botocore.eventstream.ChecksumMismatch(1, 2),
            errors.DecodingError,
        ),
    ],
)
def test_the_common_faults_have_their_own_class(
    foreign: Exception, expected: type[errors.FalconError]
) -> None:
    assert type(translate_transport_error(foreign, endpoint="e")) is expected
