"""SageMaker Runtime through boto3: a request's bytes out, an answer's bytes in.

One attempt each, every foreign error as one of falcon/errors.py, and the connection
closed whatever happens. Knows no wire format.
"""

from __future__ import annotations

from collections.abc import Callable, Generator, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import boto3
from botocore import UNSIGNED
from botocore.config import Config
from botocore.exceptions import BotoCoreError
from botocore.session import Session

from falcon.aws_descriptions import descriptions
from falcon.aws_errors import translate_errors, translate_transport_error
from falcon.connection import track_connections
from falcon.errors import (
    ConfigurationError,
    EndpointTimeoutError,
    FalconError,
    IncompleteGenerationError,
)
from falcon.event_stream import EventStreamDecoder
from falcon.text import text

if TYPE_CHECKING:
    from urllib3 import HTTPResponse

    from falcon.connection import Request
    from falcon.endpoint import Endpoint

LONGEST_BODY = 32 * 1024 * 1024
"""Bytes of a whole answer; SageMaker itself allows 25 MB."""

Refusal = Callable[[int, str], FalconError]
"""Translates the container's own status and error text."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Timeouts:
    """How long to wait, in seconds."""

    connect: float = 5.0
    read: float = 70.0
    """Between two pieces of an answer. AWS advises ten more than a container's 60."""
    total: float = 480.0
    """For an answer, once it is asked for; SageMaker ends a stream after 8 minutes."""


class Runtime:
    """One endpoint's two calls. Safe to share between threads."""

    def __init__(self, endpoint: Endpoint, timeouts: Timeouts) -> None:
        self._endpoint = endpoint
        self._timeouts = timeouts
        self._client = _make_client(endpoint, timeouts)

    def invoke(self, body: bytes, *, request: Request, refusal: Refusal) -> bytes:
        """Send `body` and return the whole answer."""
        with self._asking(request, "sagemaker:InvokeEndpoint", refusal):
            with request.tracked():
                response = self._client.invoke_endpoint(
                    EndpointName=self._endpoint.name,
                    ContentType="application/json",
                    Body=body,
                )
            _note(response, request)
            with response["Body"] as stream:
                answer: bytes = stream.read(LONGEST_BODY + 1)
        if len(answer) > LONGEST_BODY:
            raise IncompleteGenerationError(
                text("The answer is too large; it was refused.")
            )
        return answer

    def stream(
        self, body: bytes, *, request: Request, refusal: Refusal
    ) -> Generator[bytes]:
        """Send `body` and yield the answer's bytes as they come."""
        action = "sagemaker:InvokeEndpointWithResponseStream"
        with self._asking(request, action, refusal):
            with request.tracked():
                response = self._client.invoke_endpoint_with_response_stream(
                    EndpointName=self._endpoint.name,
                    ContentType="application/json",
                    Body=body,
                )
            _note(response, request)
            # The response as urllib3 has it: see falcon/event_stream.py for why.
            response = response["Body"]._raw_stream
            decoder = EventStreamDecoder()
            try:
                for chunk in _chunks(response):
                    yield from decoder.decode(chunk)
                decoder.flush()
            finally:
                # Unless it is closed, the endpoint goes on generating.
                request.release()
                response.close()

    @contextmanager
    def _asking(
        self, request: Request, action: str, refusal: Refusal
    ) -> Iterator[None]:
        """Raise a FalconError for what goes wrong, and when it takes too long."""
        total = self._timeouts.total
        try:
            with (
                request.limited(total),
                translate_errors(
                    endpoint=self._endpoint.name, action=action, refusal=refusal
                ),
            ):
                yield
        except FalconError as error:
            if not request.expired:
                raise
            raise EndpointTimeoutError(
                text("It took longer than {seconds:.0f} seconds.", seconds=total)
            ) from error


def _chunks(response: HTTPResponse) -> Iterator[bytes]:
    """Yield the response's bytes as they arrive."""
    if response.chunked:
        yield from response.stream()
        return
    # Its `stream` would wait for 64 KB.
    while chunk := response.read1(65536):
        yield chunk


def _note(response: Mapping[str, Any], request: Request) -> None:
    """Keep what tells this answer apart from any other."""
    request.request_id = response["ResponseMetadata"].get("RequestId")
    request.variant = response.get("InvokedProductionVariant")


def _make_client(endpoint: Endpoint, timeouts: Timeouts) -> Any:
    # boto3 makes the client's class at run time: there is no type to name.
    config = Config(
        connect_timeout=timeouts.connect,
        read_timeout=timeouts.read,
        # botocore repeats a read timeout: one question became three generations.
        retries={"total_max_attempts": 1},
        max_pool_connections=64,
        # An endpoint on this machine has no account to sign for.
        signature_version=UNSIGNED if endpoint.url else None,
    )
    try:
        session = Session(profile=endpoint.profile)
        # boto3's own would read all that there is to know of AWS anew.
        session.register_component("data_loader", descriptions())
        client = boto3.Session(
            botocore_session=session, region_name=endpoint.region
        ).client("sagemaker-runtime", endpoint_url=endpoint.url, config=config)
    except BotoCoreError as error:
        raise translate_transport_error(error, endpoint=endpoint.name) from error
    except ValueError as error:
        raise ConfigurationError(
            text(
                "{variable} or AWS_ENDPOINT_URL is wrong: {problem}.",
                variable="AWS_ENDPOINT_URL_SAGEMAKER_RUNTIME",
                problem=str(error),
            )
        ) from error
    track_connections(client)
    return client
