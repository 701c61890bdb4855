"""The Chat API: one request in, one response out, as plain functions.

The running app serves it on the page's port (falcon/routes.py) and AWS Lambda behind
API Gateway. Knows no web server, no page and no database; falcon.client asks the
endpoint. No prompt, answer or key is ever logged.
"""

from __future__ import annotations

import logging
import re
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from secrets import token_hex
from typing import TYPE_CHECKING

from falcon.api import chat, openai_chat
from falcon.api.answering import Answering, Asker
from falcon.api.body import read_object
from falcon.api.cors import preflight_headers, response_headers
from falcon.api.failures import translate_failure
from falcon.api.keys import find_caller
from falcon.api.messages import (
    ApiError,
    ApiRequest,
    ApiResponse,
    BodyStream,
    Departure,
    encode_json,
)
from falcon.api.settings import ApiSettings
from falcon.errors import FalconError
from falcon.limits import Limiter
from falcon.parameters import BOUNDS, GenerationParameters

if TYPE_CHECKING:
    from falcon.client import FalconClient

__all__ = [
    "PATHS",
    "Api",
    "ApiError",
    "ApiRequest",
    "ApiResponse",
    "ApiSettings",
    "BodyStream",
    "Departure",
    "is_api_path",
]

_COMPLETIONS = "/v1/chat/completions"
_MODELS = "/v1/models"
PATHS = ("/chat", "/api/chat", _COMPLETIONS, _MODELS)
"""What is answered; the last also with a model's name after it."""
_REQUEST_ID = "x-request-id"
_JSON = {"content-type": "application/json"}
# The second is to nginx, which would keep the events back.
_STREAM = {"content-type": "text/event-stream", "x-accel-buffering": "no"}
_ID = re.compile(r"[A-Za-z0-9._-]{1,64}")
_log = logging.getLogger(__name__)


class Api:
    """Safe to use from any thread; one for each server."""

    def __init__(
        self,
        client_for: Callable[[], FalconClient],
        settings: ApiSettings,
        *,
        parameters: GenerationParameters = GenerationParameters(),
        system_prompt: str = "",
        most_new_tokens: int = int(BOUNDS["max_new_tokens"].maximum),
        limiter: Limiter | None = None,
    ) -> None:
        """`client_for` may wait, and raise a FalconError.

        `parameters` hold where a request says nothing; `most_new_tokens` is the longest
        answer that may be asked for. Without a `limiter` it has one of its own.
        """
        longest = min(parameters.max_new_tokens, most_new_tokens)
        self._settings = settings
        self._answering = Answering(
            client_for=client_for,
            parameters=replace(parameters, max_new_tokens=longest),
            system_prompt=system_prompt,
            most_new_tokens=most_new_tokens,
            limiter=limiter or Limiter(),
        )
        self._since = int(time.time())
        self._open: set[Departure] = set()
        self._lock = threading.Lock()
        self._is_closed = False

    def close(self) -> None:
        """End every answer, and answer no more: the server ends."""
        with self._lock:
            self._is_closed = True
            departures = list(self._open)
        for departure in departures:
            departure.leave()

    def handle(self, request: ApiRequest) -> ApiResponse:
        """Answer; what goes wrong is an answer too.

        Waits for the whole answer, or for the beginning of one that is streamed.
        """
        began = time.monotonic()
        request = _identified(request)
        try:
            response = self._answer(request)
        except ApiError as error:
            response = self.refuse(request, error)
        _log.info(
            "request %s: %d after %.1f s",
            request.headers[_REQUEST_ID],
            response.status,
            time.monotonic() - began,
        )
        return response

    def refuse(self, request: ApiRequest, error: ApiError) -> ApiResponse:
        """Return the response that tells of `error`."""
        request = _identified(request)
        return self._respond(
            request,
            encode_json(error.body(request.headers[_REQUEST_ID])),
            status=error.status,
            headers={**_JSON, **error.headers},
        )

    def _answer(self, request: ApiRequest) -> ApiResponse:
        method = _method(request.path)
        if request.method == "OPTIONS":
            headers = preflight_headers(request, self._settings.origins, method=method)
            return self._respond(request, b"", status=204, headers=headers)
        if request.method != method:
            raise ApiError(
                405,
                "method_not_allowed",
                f"This is asked with {method}.",
                headers={"allow": f"{method}, OPTIONS"},
            )
        caller = find_caller(request, self._settings)
        asker = Asker(self._answering, caller=caller, departure=request.departure)
        asker.closing.enter_context(self._ending_with(request.departure))
        body: bytes | BodyStream = b""
        try:
            body = self._ask(request, asker)
        except FalconError as error:
            raise translate_failure(error, asker.endpoint) from error
        finally:
            # A stream closes it when it has ended.
            if not isinstance(body, BodyStream):
                asker.closing.close()
        is_stream = isinstance(body, BodyStream)
        return self._respond(request, body, headers=_STREAM if is_stream else _JSON)

    def _ask(self, request: ApiRequest, asker: Asker) -> bytes | BodyStream:
        if request.path.startswith(_MODELS):
            name = request.path.removeprefix(_MODELS).removeprefix("/")
            return openai_chat.models(name, asker, since=self._since)
        body = read_object(request)
        if request.path == _COMPLETIONS:
            request_id = request.headers[_REQUEST_ID]
            return openai_chat.answer(body, asker, request_id=request_id)
        return chat.answer(body, asker)

    @contextmanager
    def _ending_with(self, departure: Departure) -> Iterator[None]:
        """Let `close` end what is answered within the block."""
        with self._lock:
            self._open.add(departure)
            is_closed = self._is_closed
        if is_closed:
            departure.leave()
        try:
            yield
        finally:
            with self._lock:
                self._open.discard(departure)

    def _respond(
        self,
        request: ApiRequest,
        body: bytes | BodyStream,
        *,
        status: int = 200,
        headers: Mapping[str, str],
    ) -> ApiResponse:
        common = {
            "cache-control": "no-store",
            _REQUEST_ID: request.headers[_REQUEST_ID],
            **response_headers(request, self._settings.origins),
        }
        return ApiResponse(status, {**common, **headers}, body)


def is_api_path(path: str) -> bool:
    """Return whether the API answers there."""
    return path in PATHS or path.startswith(f"{_MODELS}/")


def _method(path: str) -> str:
    """Return the method of a route; raises ApiError if there is none."""
    if is_api_path(path):
        return "GET" if path.startswith(_MODELS) else "POST"
    raise ApiError(404, "not_found", f"Nothing is here; ask {', '.join(PATHS)}.")


def _identified(request: ApiRequest) -> ApiRequest:
    """Return the request with an id: the client's own, if that is one, or a new one."""
    said = request.headers.get(_REQUEST_ID, "")
    known = said if _ID.fullmatch(said) else token_hex(16)
    return replace(request, headers={**request.headers, _REQUEST_ID: known})
