"""What goes wrong behind the API, as its clients are told."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from falcon.api.messages import ApiError
from falcon.errors import (
    ConfigurationError,
    EndpointConnectionError,
    EndpointError,
    EndpointNotFoundError,
    EndpointTimeoutError,
    EndpointUnavailableError,
    FalconError,
    IncompleteGenerationError,
    InvalidInputError,
    OverloadedError,
    PermissionDeniedError,
)

if TYPE_CHECKING:
    from falcon.endpoint import Endpoint

SECONDS_WHILE_STARTING = 60.0
"""When to ask an endpoint again that starts: that takes minutes."""
SECONDS_WHILE_BUSY = 5.0


def translate_failure(error: FalconError, endpoint: Endpoint | None) -> ApiError:
    """Return what to tell; an `endpoint` that did not answer is asked how it is.

    None: the one on this machine did not even start.
    """
    message = str(error)
    match error:
        case ConfigurationError():
            return ApiError(500, "misconfigured", message)
        case InvalidInputError():
            return _invalid_input(error)
        case OverloadedError():
            pause = error.retry_after or SECONDS_WHILE_BUSY
            return ApiError(
                503, "endpoint_overloaded", message, headers=retry_after(pause)
            )
        case IncompleteGenerationError():
            return ApiError(502, "answer_cut", message)
        case EndpointTimeoutError():
            return ApiError(504, "endpoint_timeout", message)
        case EndpointConnectionError():
            return ApiError(502, "endpoint_connection_failed", message)
        case PermissionDeniedError():
            return ApiError(502, "endpoint_access_denied", message)
        case EndpointError():
            return _unavailable(error, endpoint)
    return ApiError(502, "endpoint_failed", message)


def refuse_crowd(error: OverloadedError) -> ApiError:
    """Return what to tell who asks too much of this server."""
    pause = error.retry_after or SECONDS_WHILE_BUSY
    return ApiError(429, "rate_limited", str(error), headers=retry_after(pause))


def retry_after(seconds: float) -> dict[str, str]:
    return {"retry-after": str(max(1, math.ceil(seconds)))}


def _invalid_input(error: InvalidInputError) -> ApiError:
    is_too_long = error.input_tokens or error.max_input_tokens or error.max_total_tokens
    code = "context_length_exceeded" if is_too_long else "invalid_input"
    return ApiError(400, code, str(error))


def _unavailable(error: EndpointError, endpoint: Endpoint | None) -> ApiError:
    """Return 503 with how the endpoint is, unless it serves and refused anyway."""
    # It brings botocore, which takes time to import: the page is painted without it.
    from falcon.endpoints import read_state

    status, message = "not in service", str(error)
    if endpoint is not None:
        state = read_state(endpoint)
        status = state.status
        if status in ("starting", "not in service"):
            message = f"{message} {state.meaning}"
    is_certain = isinstance(error, (EndpointNotFoundError, EndpointUnavailableError))
    if not is_certain and status in ("in service", "unknown"):
        return ApiError(502, "endpoint_failed", message)
    pause = SECONDS_WHILE_BUSY if status == "in service" else SECONDS_WHILE_STARTING
    if isinstance(error, EndpointUnavailableError) and error.retry_after:
        pause = error.retry_after
    return ApiError(
        503,
        "endpoint_unavailable",
        message,
        headers=retry_after(pause),
        endpoint_status=status,
    )
