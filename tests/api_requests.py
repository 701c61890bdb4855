"""Requests to the Chat API as plain values, without a web server."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

from falcon import FalconClient
from falcon.api import Api, ApiRequest, ApiResponse, ApiSettings, Departure
from falcon.limits import Limiter
from falcon.parameters import GenerationParameters
from tests.fault_client import client_for
from tests.fault_endpoint import FaultEndpoint

KEY = "a-key-of-this-test"
OPEN = ApiSettings(keyless="everybody")


def api_of(
    server: FaultEndpoint,
    fault: str = "healthy",
    settings: ApiSettings = OPEN,
    *,
    parameters: GenerationParameters = GenerationParameters(),
    system_prompt: str = "",
    most_new_tokens: int = 32768,
    limiter: Limiter | None = None,
) -> Api:
    """An API whose endpoint does what `fault` says."""
    client = client_for(server, fault)
    return api_with(
        lambda: client,
        settings,
        parameters=parameters,
        system_prompt=system_prompt,
        most_new_tokens=most_new_tokens,
        limiter=limiter,
    )


def api_with(
    client_for: Callable[[], FalconClient], settings: ApiSettings = OPEN, **options: Any
) -> Api:
    return Api(client_for, settings, **options)


def unasked() -> FalconClient:
    """For an API that is to refuse before it asks."""
    raise AssertionError("the endpoint was asked for")


def post(
    api: Api,
    path: str,
    body: object,
    *,
    headers: dict[str, str] | None = None,
    source: str = "10.0.0.7",
    is_local: bool = False,
    departure: Departure | None = None,
) -> ApiResponse:
    """Ask; a body that is no bytes is sent as JSON."""
    return ask(
        api,
        "POST",
        path,
        body=body if isinstance(body, bytes) else json.dumps(body).encode(),
        headers=headers,
        source=source,
        is_local=is_local,
        departure=departure,
    )


def ask(
    api: Api,
    method: str,
    path: str,
    *,
    body: bytes = b"",
    headers: dict[str, str] | None = None,
    source: str = "10.0.0.7",
    is_local: bool = False,
    departure: Departure | None = None,
) -> ApiResponse:
    return api.handle(
        ApiRequest(
            method=method,
            path=path,
            headers=headers or {},
            body=body,
            source=source,
            is_local=is_local,
            departure=departure or Departure(),
        )
    )


def read(response: ApiResponse) -> Any:
    """The JSON of a response that is whole."""
    assert isinstance(response.body, bytes)
    return json.loads(response.body)


def read_error(response: ApiResponse) -> dict[str, Any]:
    error: dict[str, Any] = read(response)["error"]
    return error


def read_events(response: ApiResponse) -> list[Any]:
    """What each event of a streamed response holds; [DONE] as it is."""
    assert not isinstance(response.body, bytes)
    events = b"".join(response.body).decode().split("\n\n")
    assert events.pop() == ""
    lines = [event.removeprefix("data: ") for event in events]
    return [line if line == "[DONE]" else json.loads(line) for line in lines]
