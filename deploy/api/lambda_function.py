"""The Chat API as AWS Lambda calls it: an event in, an answer out.

The event is a request that API Gateway passes on (Lambda proxy integration), or, where
something else invokes the function, the body alone: {"text": …} or {"message": …}.
Whoever may invoke it has shown a key to the gateway or is allowed to by IAM. Answers
are whole: Lambda's own Python runtime streams none.
"""

from __future__ import annotations

import base64
import json
import os
from collections.abc import Mapping
from dataclasses import replace
from functools import cache
from typing import Any, NoReturn

from falcon.api import Api, ApiRequest, ApiResponse, ApiSettings
from falcon.client import FalconClient
from falcon.errors import ConfigurationError
from falcon.limits import Limiter, Limits
from falcon.retries import RetryPolicy
from falcon.runtime import Timeouts
from falcon.settings import Settings

ENDPOINT = "endpoint"
"""The environment variable that names the endpoint, as older functions have it."""

# Each ends within the next, so that whoever asked is always told why there is no
# answer. The gateway's is as long as it allows without a quota of its own.
RETRY_SECONDS = 1.0
ANSWER_SECONDS = 25.0
LAMBDA_SECONDS = 28
GATEWAY_SECONDS = 29
TOKENS_PER_SECOND = 8
"""What a 7B Falcon makes at the least on one GPU that several people ask."""
MOST_NEW_TOKENS = int(ANSWER_SECONDS) * TOKENS_PER_SECOND

# What Lambda gives to a function and takes from it is JSON: Any.
Event = Mapping[str, Any]


def handler(event: Event, _context: object) -> object:
    """Answer one event; what goes wrong is an answer too."""
    if isinstance(event, Mapping) and "httpMethod" in event:
        return _answer_gateway(event)
    return _answer_invocation(event)


def _answer_gateway(event: Event) -> dict[str, object]:
    body = (event.get("body") or "").encode()
    context = event.get("requestContext") or {}
    said = event.get("headers") or {}
    headers = {"x-request-id": context.get("requestId", "")}
    headers |= {name.lower(): value for name, value in said.items()}
    response = _api().handle(
        ApiRequest(
            method=event["httpMethod"],
            path=event["path"],
            headers=headers,
            body=base64.b64decode(body) if event.get("isBase64Encoded") else body,
            source=(context.get("identity") or {}).get("sourceIp") or "",
        )
    )
    return {
        "statusCode": response.status,
        "headers": response.headers,
        "body": _read(response),
        "isBase64Encoded": False,
    }


def _answer_invocation(event: Event) -> object:
    """Return what the event's form is answered by; an error in {"text"}'s shape."""
    body = json.dumps(event).encode()
    response = _api().handle(ApiRequest(method="POST", path="/chat", body=body))
    answer = json.loads(_read(response))
    if response.status == 200:
        return answer
    failed = {"statusCode": response.status, "msg": answer["error"]["message"]}
    failed |= answer
    is_message = isinstance(event, Mapping) and "message" in event
    return json.dumps(failed, ensure_ascii=False) if is_message else failed


def _read(response: ApiResponse) -> str:
    """Return the whole body; events, too, come together."""
    body = response.body
    try:
        return (body if isinstance(body, bytes) else b"".join(body)).decode()
    finally:
        response.close()


@cache
def _api() -> Api:
    """Return this instance's API; where a setting is wrong, every answer says which."""
    try:
        settings = Settings.from_mapping(
            {**os.environ, "FALCON_ENDPOINT": os.environ.get(ENDPOINT, "")}
        )
        if settings.endpoint is None:
            raise ConfigurationError(
                "The function's environment variable endpoint names no endpoint."
            )
        answered = ApiSettings.from_mapping(os.environ, keyless="everybody")
        client = FalconClient(
            settings.endpoint,
            container=settings.container,
            # No tokenizer is at hand here: tokens are estimated.
            model=replace(settings.model, tokenizer=None),
            timeouts=Timeouts(connect=3.0, read=ANSWER_SECONDS, total=ANSWER_SECONDS),
            retries=RetryPolicy(total=RETRY_SECONDS, start_total=0.0),
        )
    except ConfigurationError as error:
        return Api(_Failing(error), ApiSettings(keyless="everybody"))
    return Api(
        lambda: client,
        answered,
        parameters=settings.parameters,
        system_prompt=settings.system_prompt,
        most_new_tokens=MOST_NEW_TOKENS,
        # An instance answers one request at a time, and the gateway counts them.
        limiter=Limiter(
            Limits(open_per_owner=0, open_in_all=0, questions_per_minute=0)
        ),
    )


class _Failing:
    def __init__(self, error: ConfigurationError) -> None:
        self._error = error

    def __call__(self) -> NoReturn:
        raise self._error
