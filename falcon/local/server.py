"""The local endpoint's HTTP routes: the container's own and SageMaker Runtime's.

Carries bytes between HTTP and the container. Answers only to the names of this machine:
a page from elsewhere whose name was made to resolve to 127.0.0.1 is refused.
"""

from __future__ import annotations

import asyncio
from contextlib import aclosing
from typing import TYPE_CHECKING, TypeVar

from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.middleware.trustedhost import TrustedHostMiddleware
from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response, StreamingResponse
from starlette.routing import Route

from falcon.local import runtime
from falcon.local.container import StreamFailedError
from falcon.local.event_stream import encode_model_stream_error, encode_payload_part

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, Coroutine

    from starlette.types import Send

    from falcon.local.container import Container, ContainerAnswer

T = TypeVar("T")


class BodyTooLargeError(Exception):
    """The request's body is larger than SageMaker takes."""


def build_app(container: Container) -> Starlette:
    """The application that serves one container."""
    routes = _Routes(container)
    endpoint = "/endpoints/{name}"
    stream = f"{endpoint}/invocations-response-stream"
    return Starlette(
        routes=[
            Route("/ping", routes.ping),
            Route("/invocations", routes.invoke_container, methods=["POST"]),
            Route(f"{endpoint}/invocations", routes.invoke, methods=["POST"]),
            Route(stream, routes.invoke_with_response_stream, methods=["POST"]),
        ],
        middleware=[
            Middleware(
                TrustedHostMiddleware,
                allowed_hosts=["127.0.0.1", "localhost"],
                www_redirect=False,
            )
        ],
        exception_handlers={ClientDisconnect: _leave_unanswered},
    )


class _Routes:
    def __init__(self, container: Container) -> None:
        self._container = container

    async def ping(self, _: Request) -> Response:
        """Tell that the model is loaded: nothing listens before."""
        return Response()

    async def invoke_container(self, request: Request) -> Response:
        """`/invocations`, as SageMaker calls it inside a container."""
        try:
            answer = await self._ask(request)
        except BodyTooLargeError:
            reason = "Failed to buffer the request body: length limit exceeded"
            return Response(reason, 413, media_type="text/plain")
        if isinstance(answer.body, bytes):
            return Response(answer.body, answer.status, media_type=answer.content_type)
        return _Stream(_container_events(answer.body), media_type=answer.content_type)

    async def invoke(self, request: Request) -> Response:
        """InvokeEndpoint: the whole answer at once."""
        answer = await self._ask_endpoint(request)
        if isinstance(answer, Response):
            return answer
        body = answer.body
        if not isinstance(body, bytes):
            body = await _while_connected(request, _join(_container_events(body)))
        headers = runtime.success_headers()
        return Response(body, headers=headers, media_type=answer.content_type)

    async def invoke_with_response_stream(self, request: Request) -> Response:
        """InvokeEndpointWithResponseStream: the answer's bytes as they come."""
        answer = await self._ask_endpoint(request)
        if isinstance(answer, Response):
            return answer
        content_type = {"X-Amzn-SageMaker-Content-Type": answer.content_type}
        return _Stream(
            _endpoint_events(answer.body),
            headers=runtime.success_headers() | content_type,
            media_type=runtime.EVENT_STREAM,
        )

    async def _ask_endpoint(self, request: Request) -> ContainerAnswer | Response:
        """The container's answer, or SageMaker's error in its place."""
        name = request.path_params["name"]
        if name != runtime.ENDPOINT_NAME:
            body = runtime.endpoint_not_found(name)
            return _error(400, body, runtime.error_headers("ValidationError"))
        try:
            answer = await self._ask(request)
        except BodyTooLargeError:
            return _error(413, runtime.body_too_large(), {})
        if answer.status != 200:
            assert isinstance(answer.body, bytes)
            body = runtime.model_error(answer.status, answer.body.decode())
            return _error(424, body, runtime.error_headers("ModelError"))
        return answer

    async def _ask(self, request: Request) -> ContainerAnswer:
        body = await _read_body(request)
        content_type = request.headers.get("content-type", "")
        answer = self._container.invoke(body, content_type=content_type)
        return await _while_connected(request, answer)


class _Stream(StreamingResponse):
    """Closes its events at once when the client has gone, wherever they are."""

    def __init__(
        self,
        events: AsyncGenerator[bytes],
        *,
        media_type: str,
        headers: dict[str, str] | None = None,
    ) -> None:
        super().__init__(events, headers=headers, media_type=media_type)
        self._events = events

    async def stream_response(self, send: Send) -> None:
        async with aclosing(self._events):
            await super().stream_response(send)


async def _container_events(events: AsyncGenerator[bytes]) -> AsyncGenerator[bytes]:
    """The container's stream; a model that fails in the middle is its last event."""
    async with aclosing(events):
        try:
            async for event in events:
                yield event
        except StreamFailedError as error:
            yield error.last_event


async def _endpoint_events(
    body: bytes | AsyncGenerator[bytes],
) -> AsyncGenerator[bytes]:
    """The container's answer as event-stream messages, one for each of its events."""
    if isinstance(body, bytes):
        yield encode_payload_part(body)
        return
    async with aclosing(body):
        try:
            async for event in body:
                yield encode_payload_part(event)
        except StreamFailedError as error:
            yield encode_model_stream_error(str(error), error_code="StreamBroken")


async def _join(events: AsyncGenerator[bytes]) -> bytes:
    async with aclosing(events):
        return b"".join([event async for event in events])


async def _read_body(request: Request) -> bytes:
    """The body; one too large is read to its end before the client listens."""
    body = bytearray()
    is_too_large = False
    async for piece in request.stream():
        is_too_large = is_too_large or len(body) + len(piece) > runtime.MAX_BODY_BYTES
        if not is_too_large:
            body += piece
    if is_too_large:
        raise BodyTooLargeError
    return bytes(body)


async def _while_connected(request: Request, work: Coroutine[object, object, T]) -> T:
    """Do the work, or stop it and raise ClientDisconnect when the client leaves."""
    working = asyncio.ensure_future(work)
    leaving = asyncio.ensure_future(request.receive())
    try:
        await asyncio.wait((working, leaving), return_when=asyncio.FIRST_COMPLETED)
        if not working.done():
            raise ClientDisconnect
        return working.result()
    finally:
        working.cancel()
        leaving.cancel()


async def _leave_unanswered(_: Request, __: Exception) -> Response:
    """Nobody reads this one."""
    return Response(status_code=499)


def _error(status: int, body: bytes, headers: dict[str, str]) -> Response:
    return Response(body, status, headers=headers, media_type="application/json")
