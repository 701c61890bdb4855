"""What botocore and urllib3 raise, in the words of falcon/errors.py.

One botocore stream raises from four unrelated families: ClientError (EventStreamError
among them), BotoCoreError, botocore.eventstream.ParserError and, once streaming, the
raw urllib3 HTTPError. Knows no container's format but for the error text inside.
"""

from __future__ import annotations

import math
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
from falcon.text import text

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
    boto.RefreshWithMFAUnsupportedError,
)
_CONFIGURATION_ERRORS = (
    boto.BaseEndpointResolverError,
    boto.ConfigNotFound,
    boto.ConfigParseError,
    boto.EndpointProviderError,
    boto.InvalidChecksumConfigError,
    boto.InvalidConfigError,
    boto.InvalidDefaultsMode,
    boto.InvalidEndpointConfigurationError,
    boto.InvalidIMDSEndpointError,
    boto.InvalidIMDSEndpointModeError,
    boto.InvalidProxiesConfigError,
    boto.InvalidRegionError,
    boto.InvalidRetryConfigurationError,
    boto.InvalidSTSRegionalEndpointsConfigError,
    boto.MissingDependencyException,
    boto.ServiceNotInRegionError,
    boto.UnknownRegionError,
)
# Raised before anything of the request was sent.
_UNSENT = (
    boto.ConnectTimeoutError,
    boto.EndpointConnectionError,
    boto.ProxyConnectionError,
    urllib3.exceptions.NewConnectionError,
)
_TIMEOUTS = (
    boto.ConnectTimeoutError,
    boto.ReadTimeoutError,
    urllib3.exceptions.TimeoutError,
)
_CONNECTION_ERRORS = (
    boto.ConnectionError,
    boto.HTTPClientError,
    boto.IncompleteReadError,
    urllib3.exceptions.HTTPError,
)
_EXPIRED = {"ExpiredToken", "ExpiredTokenException", "RequestExpired"}
_BAD_CREDENTIALS = {
    "IncompleteSignature",
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
        return DecodingError(text("The endpoint's answer arrived damaged. Try again."))
    if isinstance(error, _CREDENTIALS_ERRORS):
        return PermissionDeniedError(
            text(
                "No usable AWS credentials were found. Sign in with `aws configure` or "
                "`aws sso login`, or name a profile in the settings, and try again."
            )
        )
    if isinstance(error, boto.ProfileNotFound):
        return ConfigurationError(
            text("{problem}. Check the name of the AWS profile.", problem=str(error))
        )
    if isinstance(error, boto.NoRegionError):
        return ConfigurationError(
            text("No AWS region is set. Name the endpoint's region.")
        )
    if isinstance(error, _CONFIGURATION_ERRORS):
        return ConfigurationError(
            text("AWS cannot be asked with its settings: {problem}", problem=str(error))
        )
    was_sent = not isinstance(error, _UNSENT)
    # To urllib3, a connection that is refused is a timeout as well.
    is_refused = isinstance(error, urllib3.exceptions.NewConnectionError)
    if isinstance(error, _TIMEOUTS) and not is_refused:
        return EndpointTimeoutError(
            text(
                "The endpoint {endpoint} did not answer in time. Try again, or ask for "
                "a shorter answer.",
                endpoint=endpoint,
            ),
            was_sent=was_sent,
        )
    if isinstance(error, _CONNECTION_ERRORS):
        return EndpointConnectionError(
            text(
                "The connection to the endpoint {endpoint} failed. Check the region "
                "and the network, and try again.",
                endpoint=endpoint,
            ),
            was_sent=was_sent,
        )
    return EndpointError(
        text("The request could not be sent: {problem}", problem=str(error))
    )


def translate_client_error(
    error: boto.ClientError, *, endpoint: str, action: str
) -> FalconError:
    """Return the typed error for an error answer of AWS."""
    code = str(error.response.get("Error", {}).get("Code", ""))
    message = str(error.response.get("Error", {}).get("Message", ""))
    status = error.response.get("ResponseMetadata", {}).get("HTTPStatusCode")
    if isinstance(error, boto.EventStreamError):
        return IncompleteGenerationError(text("The answer was cut before its end."))
    if code in _EXPIRED:
        return PermissionDeniedError(
            text("The AWS credentials have expired. Sign in again and retry.")
        )
    if code in _BAD_CREDENTIALS:
        return PermissionDeniedError(
            text(
                "AWS does not accept these credentials. Check the profile, sign in "
                "again."
            )
        )
    if status == 403 or code.startswith(("AccessDenied", "NotAuthorized")):
        denied = re.search(r"perform: ([\w:]+)", message)
        return PermissionDeniedError(
            text(
                "These AWS credentials may not call {action} on the endpoint "
                "{endpoint}. Ask for this permission.",
                action=denied[1] if denied else action,
                endpoint=endpoint,
            )
        )
    if re.search(r"not found|could not find", message, re.IGNORECASE):
        return EndpointNotFoundError(
            text(
                "There is no endpoint {endpoint} in this account and region. Check the "
                "name and the region.",
                endpoint=endpoint,
            )
        )
    if status == 413:
        return InvalidInputError(text("The message is larger than SageMaker accepts."))
    if code == "ModelNotReadyException" or "no capacity" in message.lower():
        return EndpointUnavailableError(
            text(
                "The endpoint {endpoint} is starting: its instances or its model are "
                "not ready yet, which takes minutes. Try again later.",
                endpoint=endpoint,
            ),
            is_starting=True,
            retry_after=_retry_after(error),
        )
    if status == 429 or "Throttl" in code:
        return EndpointUnavailableError(
            text(
                "The endpoint {endpoint} gets more requests than it may. Try again in "
                "a moment.",
                endpoint=endpoint,
            ),
            retry_after=_retry_after(error),
        )
    if status is None or status == 408 or status >= 500:
        unavailable = EndpointUnavailableError(
            text(
                "The endpoint {endpoint} cannot answer at the moment. Try again in a "
                "minute; if that does not help, look at its status in SageMaker.",
                endpoint=endpoint,
            ),
            retry_after=_retry_after(error),
        )
        # A failure behind SageMaker's own; botocore does not ask again either.
        unavailable.repeatable = status != 530
        return unavailable
    return EndpointError(
        text("SageMaker refused the request: {problem}", problem=message or code)
    )


def _retry_after(error: boto.ClientError) -> float | None:
    """Return the seconds that AWS asks to wait, by either of its two headers.

    The second may also be a date, which no service of AWS sends.
    """
    headers = error.response.get("ResponseMetadata", {}).get("HTTPHeaders", {})
    for name, units_a_second in (("x-amz-retry-after", 1000), ("retry-after", 1)):
        try:
            seconds = float(headers[name]) / units_a_second
        except (KeyError, ValueError):
            continue
        if 0 <= seconds < math.inf:
            return seconds
    return None
