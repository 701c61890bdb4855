"""The Chat API on the page's port: Starlette routes around falcon/api.

Answers are made in threads, one for each request. When a client leaves, its answer
ends, at the endpoint too.
"""

from __future__ import annotations

from collections.abc import Callable
from ipaddress import ip_address

from anyio import CapacityLimiter, create_task_group, fail_after, to_thread
from starlette.requests import ClientDisconnect, Request
from starlette.routing import Route
from starlette.types import Receive, Scope, Send

from falcon.api import PATHS, Api, ApiError, ApiRequest, ApiResponse, Departure
from falcon.api.body import LONGEST_BODY, too_large

SECONDS_FOR_BODY = 30.0
_FORWARDING = {
    "forwarded",
    "via",
    "x-forwarded-for",
    "x-forwarded-host",
    "x-forwarded-proto",
    "x-real-ip",
}
"""A proxy adds them: whoever asked it may be anywhere."""


def api_routes(api: Callable[[], Api]) -> list[Route]:
    """Return the routes; `api` is asked for at the first request."""
    answering = ApiRoute(api)
    return [Route(path, answering) for path in (*PATHS, "/v1/models/{model:path}")]


class ApiRoute:
    """ASGI: answers every method on the API's paths."""

    def __init__(
        self, api: Callable[[], Api], *, seconds_for_body: float = SECONDS_FOR_BODY
    ) -> None:
        self._api = api
        self._seconds_for_body = seconds_for_body

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        request = Request(scope, receive)
        # A thread of its own for each request: an answer may take minutes.
        threads = CapacityLimiter(1)
        api = await to_thread.run_sync(self._api, limiter=threads)
        try:
            body = await _read_body(request, seconds=self._seconds_for_body)
        except ClientDisconnect:
            return
        except ApiError as error:
            refusal = api.refuse(_api_request(request, b""), error)
            await _send(refusal, send, threads)
            return
        asked = _api_request(request, body)
        async with create_task_group() as tasks:
            tasks.start_soon(_watch, receive, asked.departure)
            response = await to_thread.run_sync(api.handle, asked, limiter=threads)
            try:
                await _send(response, send, threads)
            finally:
                response.close()
            tasks.cancel_scope.cancel()


async def _watch(receive: Receive, departure: Departure) -> None:
    """Wait until the client leaves, and say so."""
    while (await receive())["type"] != "http.disconnect":
        pass
    departure.leave()


async def _read_body(request: Request, *, seconds: float) -> bytes:
    """Return the body; raises ApiError for one that is too large or too slow."""
    said = request.headers.get("content-length", "0")
    if said.isdecimal() and int(said) > LONGEST_BODY:
        raise too_large()
    body = bytearray()
    try:
        with fail_after(seconds):
            async for chunk in request.stream():
                body += chunk
                if len(body) > LONGEST_BODY:
                    raise too_large()
    except TimeoutError as error:
        raise ApiError(
            408,
            "request_timeout",
            f"The body did not arrive within {seconds:.0f} seconds.",
            headers={"connection": "close"},
        ) from error
    return bytes(body)


def _api_request(request: Request, body: bytes) -> ApiRequest:
    source = request.client.host if request.client else ""
    return ApiRequest(
        method=request.method,
        path=request.scope["path"],
        headers=dict(request.headers),
        body=body,
        source=source,
        is_local=_is_loopback(source) and not _FORWARDING & set(request.headers),
    )


def _is_loopback(address: str) -> bool:
    try:
        return ip_address(address).is_loopback
    except ValueError:
        return False


async def _send(response: ApiResponse, send: Send, threads: CapacityLimiter) -> None:
    headers = dict(response.headers)
    if isinstance(response.body, bytes) and response.status != 204:
        headers["content-length"] = str(len(response.body))
    await send(
        {
            "type": "http.response.start",
            "status": response.status,
            "headers": [
                (name.encode("latin-1"), value.encode("latin-1"))
                for name, value in headers.items()
            ],
        }
    )
    if isinstance(response.body, bytes):
        await send({"type": "http.response.body", "body": response.body})
        return
    pieces = iter(response.body)
    while piece := await to_thread.run_sync(next, pieces, b"", limiter=threads):
        await send({"type": "http.response.body", "body": piece, "more_body": True})
    await send({"type": "http.response.body"})
