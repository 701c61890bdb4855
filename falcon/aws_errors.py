"""What botocore and urllib3 raise, in the words of falcon/errors.py.

One botocore stream raises from four unrelated families: ClientError (EventStreamError
among them), BotoCoreError, botocore.eventstream.ParserError and, once streaming, the
raw urllib3 HTTPError. Knows no container's format but for the error text inside.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import botocore.eventstream
import botocore.exceptions as boto
import urllib3.exceptions

from falcon.errors import (
    ConfigurationError,
    DecodingError,
    EndpointConnectionError,
    EndpointError,
    EndpointNotFoundError,
    EndpointTimeoutError,
    EndpointUnavailableError,
    FalconError,
    IncompleteGenerationError,
    InvalidInputError,
    PermissionDeniedError,
)

_CREDENTIALS_ERRORS = (
    boto.NoCredentialsError,
    boto.PartialCredentialsError,
    boto.CredentialRetrievalError,
    boto.NoAuthTokenError,
    boto.TokenRetrievalError,
    boto.UnknownTokenProviderError,
    boto.SSOError,
    boto.LoginError,
    boto.MetadataRetrievalError,
)
_TIMEOUTS = (
    boto.ConnectTimeoutError,
    boto.ReadTimeoutError,
    urllib3.exceptions.TimeoutError,
)
_CONNECTION_ERRORS = (
    boto.ConnectionError,
    boto.HTTPClientError,
    urllib3.exceptions.HTTPError,
)
_EXPIRED = {"ExpiredToken", "ExpiredTokenException", "RequestExpired"}
_BAD_CREDENTIALS = {
    "InvalidClientTokenId",
    "InvalidSignatureException",
    "MissingAuthenticationToken",
    "MissingAuthenticationTokenException",
    "SignatureDoesNotMatch",
    "UnrecognizedClientException",
}


@contextmanager
def translate_errors(
    *, endpoint: str, action: str, refusal: Callable[[int, str], FalconError]
) -> Iterator[None]:
    """Raise what goes wrong within the block as a FalconError.

    `action` is the IAM action that the call needs, such as sagemaker:InvokeEndpoint;
    `refusal` translates the container's own status and error text.
    """
    try:
        yield
    except boto.ClientError as error:
        if error.response.get("Error", {}).get("Code") == "ModelError":
            status = error.response.get("OriginalStatusCode")
            message = str(error.response.get("OriginalMessage", ""))
            raise refusal(
                status if isinstance(status, int) else 500, message
            ) from error
        raise translate_client_error(error, endpoint=endpoint, action=action) from error
    except (
        boto.BotoCoreError,
        botocore.eventstream.ParserError,
        urllib3.exceptions.HTTPError,
    ) as error:
        raise translate_transport_error(error, endpoint=endpoint) from error


def translate_transport_error(error: Exception, *, endpoint: str) -> FalconError:
    """Return the typed error for one that came without an answer from AWS."""
    if isinstance(error, botocore.eventstream.ParserError):
        return DecodingError("The endpoint's answer arrived damaged. Try again.")
    if isinstance(error, _CREDENTIALS_ERRORS):
        return PermissionDeniedError(
            "No usable AWS credentials were found. Sign in with `aws configure` or "
            "`aws sso login`, or name a profile in the settings, and try again."
        )
    if isinstance(error, boto.ProfileNotFound):
        return ConfigurationError(f"{error}. Check the name of the AWS profile.")
    if isinstance(error, boto.NoRegionError):
        return ConfigurationError("No AWS region is set. Name the endpoint's region.")
    if isinstance(error, _TIMEOUTS):
        return EndpointTimeoutError(
            f"The endpoint {endpoint} did not answer in time. Try again, or ask for a "
            "shorter answer."
        )
    if isinstance(error, _CONNECTION_ERRORS):
        return EndpointConnectionError(
            f"The connection to the endpoint {endpoint} failed. Check the region and "
            "the network, and try again."
        )
    return EndpointError(f"The request could not be sent: {error}")


def translate_client_error(
    error: boto.ClientError, *, endpoint: str, action: str
) -> FalconError:
    """Return the typed error for an error answer of AWS."""
    code = str(error.response.get("Error", {}).get("Code", ""))
    message = str(error.response.get("Error", {}).get("Message", ""))
    status = error.response.get("ResponseMetadata", {}).get("HTTPStatusCode")
    if isinstance(error, boto.EventStreamError):
        return IncompleteGenerationError("The answer was cut before its end.")
    if code in _EXPIRED:
        return PermissionDeniedError(
            "The AWS credentials have expired. Sign in again and retry."
        )
    if code in _BAD_CREDENTIALS:
        return PermissionDeniedError(
            "AWS does not accept these credentials. Check the profile, sign in again."
        )
    if status == 403 or code.startswith("AccessDenied"):
        denied = re.search(r"perform: ([\w:]+)", message)
        return PermissionDeniedError(
            f"These AWS credentials may not call {denied[1] if denied else action} on "
            f"the endpoint {endpoint}. Ask for this permission."
        )
    if re.search(r"not found|could not find", message, re.IGNORECASE):
        return EndpointNotFoundError(
            f"There is no endpoint {endpoint} in this account and region. Check the "
            "name and the region."
        )
    if status == 413:
        return InvalidInputError("The message is larger than SageMaker accepts.")
    if status == 429 or status is None or status >= 500 or _is_passing(code, message):
        return EndpointUnavailableError(
            f"The endpoint {endpoint} cannot answer at the moment: it is starting, at "
            "zero instances or overloaded. Try again in a minute."
        )
    return EndpointError(f"SageMaker refused the request: {message or code}")


def _is_passing(code: str, message: str) -> bool:
    return "Throttl" in code or "no capacity" in message.lower()
