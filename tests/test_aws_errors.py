"""Everything the AWS SDK declares to raise has a place in our tree of errors."""

from __future__ import annotations

import inspect
import string
from collections.abc import Iterator

import boto3.exceptions  # noqa: F401  # adds its own to botocore's
import botocore.eventstream
import botocore.exceptions as boto
import botocore.session
import pytest
import urllib3.exceptions
from botocore.model import Shape, StructureShape

from falcon import errors
from falcon.aws_errors import (
    translate_client_error,
    translate_errors,
)

EXPECTED: dict[type[Exception], type[errors.FalconError]] = {
    # The request could not even be made: nothing that a setting would change.
    boto.BotoCoreError: errors.EndpointError,
    # Credentials.
    boto.CredentialRetrievalError: errors.PermissionDeniedError,
    boto.LoginError: errors.PermissionDeniedError,
    boto.MetadataRetrievalError: errors.PermissionDeniedError,
    boto.NoAuthTokenError: errors.PermissionDeniedError,
    boto.NoCredentialsError: errors.PermissionDeniedError,
    boto.PartialCredentialsError: errors.PermissionDeniedError,
    boto.RefreshWithMFAUnsupportedError: errors.PermissionDeniedError,
    boto.SSOError: errors.PermissionDeniedError,
    boto.TokenRetrievalError: errors.PermissionDeniedError,
    boto.UnknownTokenProviderError: errors.PermissionDeniedError,
    # Settings.
    boto.BaseEndpointResolverError: errors.ConfigurationError,
    boto.ConfigNotFound: errors.ConfigurationError,
    boto.ConfigParseError: errors.ConfigurationError,
    boto.EndpointProviderError: errors.ConfigurationError,
    boto.InvalidChecksumConfigError: errors.ConfigurationError,
    boto.InvalidConfigError: errors.ConfigurationError,
    boto.InvalidDefaultsMode: errors.ConfigurationError,
    boto.InvalidEndpointConfigurationError: errors.ConfigurationError,
    boto.InvalidIMDSEndpointError: errors.ConfigurationError,
    boto.InvalidIMDSEndpointModeError: errors.ConfigurationError,
    boto.InvalidProxiesConfigError: errors.ConfigurationError,
    boto.InvalidRegionError: errors.ConfigurationError,
    boto.InvalidRetryConfigurationError: errors.ConfigurationError,
    boto.InvalidSTSRegionalEndpointsConfigError: errors.ConfigurationError,
    boto.MissingDependencyException: errors.ConfigurationError,
    boto.ProfileNotFound: errors.ConfigurationError,
    boto.ServiceNotInRegionError: errors.ConfigurationError,
    boto.UnknownRegionError: errors.ConfigurationError,
    # The network.
    boto.ConnectionError: errors.EndpointConnectionError,
    boto.HTTPClientError: errors.EndpointConnectionError,
    boto.IncompleteReadError: errors.EndpointConnectionError,
    urllib3.exceptions.HTTPError: errors.EndpointConnectionError,
    urllib3.exceptions.NewConnectionError: errors.EndpointConnectionError,
    boto.ConnectTimeoutError: errors.EndpointTimeoutError,
    boto.ReadTimeoutError: errors.EndpointTimeoutError,
    urllib3.exceptions.TimeoutError: errors.EndpointTimeoutError,
    # The bytes.
    botocore.eventstream.ParserError: errors.DecodingError,
}
"""By foreign class; the nearest of a class's bases that is here counts."""

FOREIGN_ROOTS = (
    boto.BotoCoreError,
    botocore.eventstream.ParserError,
    urllib3.exceptions.HTTPError,
)
CODES: dict[str, tuple[int, type[errors.FalconError]]] = {
    "AccessDenied": (403, errors.PermissionDeniedError),
    "AccessDeniedException": (400, errors.PermissionDeniedError),
    "ExpiredToken": (400, errors.PermissionDeniedError),
    "ExpiredTokenException": (403, errors.PermissionDeniedError),
    "IncompleteSignature": (403, errors.PermissionDeniedError),
    "IncompleteSignatureException": (403, errors.PermissionDeniedError),
    "InvalidClientTokenId": (403, errors.PermissionDeniedError),
    "InvalidSignatureException": (403, errors.PermissionDeniedError),
    "MissingAuthenticationToken": (403, errors.PermissionDeniedError),
    "MissingAuthenticationTokenException": (400, errors.PermissionDeniedError),
    "OptInRequired": (403, errors.PermissionDeniedError),
    "RequestExpired": (400, errors.PermissionDeniedError),
    "RequestTimeTooSkewed": (403, errors.PermissionDeniedError),
    "SignatureDoesNotMatch": (403, errors.PermissionDeniedError),
    "UnrecognizedClientException": (400, errors.PermissionDeniedError),
    "RequestEntityTooLargeException": (413, errors.InvalidInputError),
    "InternalFailure": (500, errors.EndpointUnavailableError),
    "ServiceUnavailable": (503, errors.EndpointUnavailableError),
    "ServiceUnavailableException": (503, errors.EndpointUnavailableError),
    "Throttling": (400, errors.EndpointUnavailableError),
    "ThrottlingException": (400, errors.EndpointUnavailableError),
    "TooManyRequestsException": (429, errors.EndpointUnavailableError),
    "503": (503, errors.EndpointUnavailableError),
    "MalformedHttpRequestException": (400, errors.EndpointError),
    "RequestAbortedException": (400, errors.EndpointError),
    "UnknownOperationException": (404, errors.EndpointError),
    "ValidationError": (400, errors.EndpointError),
    "ValidationException": (400, errors.EndpointError),
}
"""What any service of AWS may answer, its HTTP status and what it is to us."""

RUNTIME: dict[str, type[errors.FalconError]] = {
    "InternalDependencyException": errors.EndpointUnavailableError,
    "InternalFailure": errors.EndpointUnavailableError,
    "ModelError": errors.GenerationError,
    "ModelNotReadyException": errors.EndpointUnavailableError,
    "ServiceUnavailable": errors.EndpointUnavailableError,
    "ValidationError": errors.EndpointError,
}
"""What SageMaker Runtime says it answers, where a stream has not begun."""


def subclasses(base: type[Exception]) -> Iterator[type[Exception]]:
    yield base
    for child in base.__subclasses__():
        yield from subclasses(child)


FOREIGN = sorted(
    {kind for root in FOREIGN_ROOTS for kind in subclasses(root)},
    key=lambda kind: (kind.__module__, kind.__name__),
)

ARGUMENTS: dict[type[Exception], dict[str, object]] = {
    botocore.eventstream.ChecksumMismatch: {"expected": 1, "calculated": 2},
    urllib3.exceptions.IncompleteRead: {"partial": 1, "expected": 2},
    urllib3.exceptions.InvalidChunkLength: {
        "response": urllib3.HTTPResponse(),
        "length": b"x",
    },
}
"""For those that a word for each argument does not satisfy."""


def made(kind: type[Exception]) -> Exception:
    """One of these, with a word for each part of its text."""
    if not inspect.isfunction(kind.__init__):
        return kind("x")
    parameters = inspect.signature(kind).parameters.values()
    words = {
        parameter.name: "x"
        for parameter in parameters
        if parameter.default is parameter.empty
        and parameter.kind is not parameter.VAR_KEYWORD
    }
    if issubclass(kind, boto.BotoCoreError) and any(
        parameter.kind is parameter.VAR_KEYWORD for parameter in parameters
    ):
        fields = string.Formatter().parse(kind.fmt)
        words |= {name: "x" for _, name, _, _ in fields if name}
    return kind(**{**words, **ARGUMENTS.get(kind, {})})


@pytest.mark.parametrize("kind", FOREIGN, ids=lambda kind: kind.__name__)
def test_every_error_of_the_transport_is_translated(kind: type[Exception]) -> None:
    foreign = made(kind)

    with pytest.raises(errors.FalconError) as caught:
        raise_translated(foreign)

    expected = next(EXPECTED[base] for base in kind.__mro__ if base in EXPECTED)
    assert type(caught.value) is expected
    assert caught.value.__cause__ is foreign
    assert str(caught.value)


def test_all_four_families_were_walked() -> None:
    assert len(FOREIGN) > 120
    assert set(EXPECTED) <= set(FOREIGN)
    assert issubclass(boto.EventStreamError, boto.ClientError)


def raise_translated(foreign: Exception) -> None:
    def refusal(status: int, message: str) -> errors.FalconError:
        return errors.GenerationError(f"{status} {message}")

    with translate_errors(endpoint="e", action="a", refusal=refusal):
        raise foreign


def client_error(
    code: str, status: int, message: str = "m", **fields: object
) -> boto.ClientError:
    response = {
        "Error": {"Code": code, "Message": message},
        "ResponseMetadata": {"HTTPStatusCode": status, "HTTPHeaders": {}},
        **fields,
    }
    # botocore's own parsers leave out what its types ask for.
    return boto.ClientError(response, "InvokeEndpoint")  # type: ignore[arg-type]


def runtime_errors() -> dict[str, int]:
    """The HTTP status of each error that the service model has, by its name."""
    model = botocore.session.get_session().get_service_model("sagemaker-runtime")
    return {
        shape.name: shape.metadata.get("error", {}).get("httpStatusCode", 200)
        for name in model.operation_names
        for shape in model.operation_model(name).error_shapes
    }


def stream_errors() -> set[str]:
    """The exceptions that the service model has inside an event stream."""
    model = botocore.session.get_session().get_service_model("sagemaker-runtime")
    operation = model.operation_model("InvokeEndpointWithResponseStream")
    events = operation.get_event_stream_output()
    assert isinstance(events, StructureShape)
    return {name for name, shape in events.members.items() if is_exception(shape)}


def is_exception(shape: Shape) -> bool:
    return bool(shape.metadata.get("exception"))


def test_every_error_of_the_runtime_has_its_class() -> None:
    assert runtime_errors().keys() == RUNTIME.keys() | stream_errors()


@pytest.mark.parametrize(("code", "expected"), RUNTIME.items())
def test_every_error_of_the_runtime_is_translated(
    code: str, expected: type[errors.FalconError]
) -> None:
    foreign = client_error(
        code,
        runtime_errors()[code],
        OriginalStatusCode=424,
        OriginalMessage="CUDA out of memory",
    )

    with pytest.raises(errors.FalconError) as caught:
        raise_translated(foreign)

    assert type(caught.value) is expected
    assert caught.value.__cause__ is foreign


@pytest.mark.parametrize(
    "code", [*sorted(stream_errors()), "ThrottlingException", "InternalError", ""]
)
def test_every_error_inside_a_stream_cuts_the_answer(code: str) -> None:
    response = {"Error": {"Code": code, "Message": "m"}}
    foreign = boto.EventStreamError(response, "InvokeEndpointWithResponseStream")  # type: ignore[arg-type]  # as botocore does

    with pytest.raises(errors.IncompleteGenerationError):
        raise_translated(foreign)


@pytest.mark.parametrize("code", CODES)
def test_every_common_error_of_aws_is_translated(code: str) -> None:
    status, expected = CODES[code]

    translated = translate_client_error(
        client_error(code, status), endpoint="e", action="a"
    )

    assert type(translated) is expected


@pytest.mark.parametrize(
    ("message", "expected"),
    [
        ("Endpoint e of account 1 not found.", errors.EndpointNotFoundError),
        ('Could not find endpoint "arn".', errors.EndpointNotFoundError),
        (
            "Inference component has no capacity to process this request.",
            errors.EndpointUnavailableError,
        ),
        ("1 validation error detected", errors.EndpointError),
    ],
)
def test_a_validation_error_is_what_its_text_says(
    message: str, expected: type[errors.FalconError]
) -> None:
    foreign = client_error("ValidationError", 400, message)

    assert type(translate_client_error(foreign, endpoint="e", action="a")) is expected


def test_an_error_without_any_particulars_is_translated() -> None:
    foreign = boto.ClientError({}, "InvokeEndpoint")

    translated = translate_client_error(foreign, endpoint="e", action="a")

    assert type(translated) is errors.EndpointUnavailableError
