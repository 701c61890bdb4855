"""POST /v1/chat/completions and GET /v1/models, as OpenAI's clients speak them.

Shapes are those of OpenAI's API reference: a chat.completion, or server-sent events of
chat.completion.chunk that end with [DONE]. An answer that is cut ends with an error and
without [DONE], and so never looks complete.
"""

from __future__ import annotations

import time
from collections.abc import Generator, Iterator, Mapping
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from falcon.api.failures import translate_failure
from falcon.api.messages import ApiError, BodyStream, encode_json
from falcon.api.openai_request import read_request
from falcon.errors import FalconError

if TYPE_CHECKING:
    from falcon.api.answering import Answer, Asker
    from falcon.api.openai_request import CompletionRequest
    from falcon.client import FalconClient
    from falcon.endpoint import Endpoint
    from falcon.events import FinishReason
    from falcon.parameters import GenerationParameters


def models(name: str, asker: Asker, *, since: int) -> bytes:
    """Return the list of the one model there is, or that model by its name."""
    client = asker.client
    model = {
        "id": client.model.id,
        "object": "model",
        "created": since,
        "owned_by": "falcon-chat",
    }
    if not name:
        return encode_json({"object": "list", "data": [model]})
    _check_model(name, client)
    return encode_json(model)


def answer(
    body: Mapping[str, Any], asker: Asker, *, request_id: str
) -> bytes | BodyStream:
    """Return the whole answer, or its events; raises ApiError."""
    request = read_request(body, asker.parameters)
    asker.admit()
    _check_model(request.model, asker.client)
    begun = asker.begin(request.turns, _bound_length(request, asker))
    completion: dict[str, object] = {
        "id": f"chatcmpl-{request_id}",
        "object": "chat.completion.chunk" if request.is_stream else "chat.completion",
        "created": int(time.time()),
        "model": asker.client.model.id,
    }
    if not request.is_stream:
        return encode_json(completion | _whole(begun))
    chunks = _chunks(begun, includes_usage=request.includes_usage)
    events = _events(completion, chunks, asker.client.endpoint, request_id=request_id)
    return BodyStream(events, asker.closing)


def _bound_length(request: CompletionRequest, asker: Asker) -> GenerationParameters:
    """Return the parameters with a length that leaves the conversation its room.

    OpenAI's clients name an upper bound, often more than the model's whole context.
    """
    total = asker.client.window.max_total_tokens
    left = total - asker.measure(request.turns, request.parameters)
    wanted = request.parameters.max_new_tokens
    length = min(wanted, max(left, total // 2), asker.most_new_tokens)
    return replace(request.parameters, max_new_tokens=length)


def _check_model(model: str, client: FalconClient) -> None:
    """Refuse the name of a model that is not here; the empty one is any."""
    if model not in ("", client.model.id, client.endpoint.name):
        raise ApiError(
            404,
            "model_not_found",
            f"There is no model {model[:100]!r} here, only {client.model.id}.",
            param="model",
        )


def _whole(begun: Answer) -> dict[str, object]:
    message = {"role": "assistant", "content": begun.read(), "refusal": None}
    choice = {
        "index": 0,
        "message": message,
        "logprobs": None,
        "finish_reason": _finish_reason(begun.reason),
    }
    return {"choices": [choice], "usage": begun.usage}


def _chunks(begun: Answer, *, includes_usage: bool) -> Iterator[dict[str, object]]:
    """Yield what each event says of the answer."""
    usage: dict[str, object] = {"usage": None} if includes_usage else {}
    yield _choice({"role": "assistant", "content": ""}) | usage
    for piece in begun.pieces:
        yield _choice({"content": piece}) | usage
    yield _choice({}, _finish_reason(begun.reason)) | usage
    if includes_usage:
        yield {"choices": [], "usage": begun.usage}


def _choice(delta: dict[str, str], reason: str | None = None) -> dict[str, object]:
    choice = {"index": 0, "delta": delta, "logprobs": None, "finish_reason": reason}
    return {"choices": [choice]}


def _events(
    completion: Mapping[str, object],
    chunks: Iterator[dict[str, object]],
    endpoint: Endpoint,
    *,
    request_id: str,
) -> Generator[bytes]:
    """Yield them as server-sent events; what goes wrong becomes the last one."""
    try:
        for chunk in chunks:
            yield _event({**completion, **chunk})
    except ApiError as error:
        yield _event(error.body(request_id))
    except FalconError as error:
        yield _event(translate_failure(error, endpoint).body(request_id))
    else:
        yield b"data: [DONE]\n\n"


def _finish_reason(reason: FinishReason) -> str:
    """Return OpenAI's word; where the container does not tell, an answer has ended."""
    return "length" if reason == "length" else "stop"


def _event(value: object) -> bytes:
    return b"data: " + encode_json(value) + b"\n\n"
