"""The OpenAI chat container: what a vLLM container answers at `/invocations`.

A body that is no chat completion request is refused in one sentence whatever is wrong
with it, because that route tries several kinds of request and says that none fits.
Source: vLLM, vllm/entrypoints/sagemaker/api_router.py and the files named in
`vllm_request`, `vllm_generation`, `chat_request`, `chat_answer`. A llama.cpp container
answers alike; its own last chunk has no content.

What differs: chat completions only, no tools, no log-probabilities.
"""

from __future__ import annotations

import json
from contextlib import aclosing
from typing import TYPE_CHECKING

from pydantic import ValidationError

from falcon.local.chat_answer import ChatAnswer
from falcon.local.chat_request import ChatCompletionRequest, accept_chat
from falcon.local.container import ContainerAnswer, StreamFailedError
from falcon.local.vllm_errors import VLLMError
from falcon.local.vllm_generation import generate

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator

    from falcon.local.engine import Engine
    from falcon.local.vllm_generation import Task

SERVED_NAME = "/opt/ml/model"
"""Where SageMaker puts the model, which is what vLLM calls it."""

EVENT_STREAM = "text/event-stream; charset=utf-8"
DONE = b"data: [DONE]\n\n"


class OpenAIChatContainer:
    """Answers chat completion requests, several at the same time."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    async def invoke(self, body: bytes, *, content_type: str) -> ContainerAnswer:
        """Answer one request; what is wrong with it is an answer, too."""
        try:
            request = parse_request(body, content_type=content_type)
            task = await accept_chat(self._engine, request, served_name=SERVED_NAME)
            answer = ChatAnswer(model=SERVED_NAME, prompt_tokens=len(task.prompt))
            if request.stream:
                events = self._stream(task, answer, wants_usage=request.wants_usage)
                return ContainerAnswer(200, EVENT_STREAM, events)
            pieces = [piece async for piece in generate(self._engine, task)]
            whole = _encode(answer.whole(pieces))
            return ContainerAnswer(200, "application/json", whole)
        except VLLMError as error:
            refusal = _encode(error.body)
            return ContainerAnswer(error.status, "application/json", refusal)

    async def _stream(
        self, task: Task, answer: ChatAnswer, *, wants_usage: bool
    ) -> AsyncGenerator[bytes]:
        count = 0
        try:
            async with aclosing(generate(self._engine, task)) as pieces:
                async for piece in pieces:
                    if not count:
                        yield _event(answer.opening())
                    count += 1
                    yield _event(answer.chunk(piece))
        except VLLMError as error:
            failure = _event(error.body) + DONE
            raise StreamFailedError(str(error), last_event=failure) from error
        if wants_usage:
            yield _event(answer.usage_chunk(count))
        yield DONE


def parse_request(body: bytes, *, content_type: str) -> ChatCompletionRequest:
    """Read a body. Raises VLLMError if it is not a chat completion request."""
    if content_type.partition(";")[0].strip().lower() != "application/json":
        raise VLLMError("Unsupported Media Type: Only 'application/json' is allowed")
    try:
        return ChatCompletionRequest.model_validate(json.loads(body))
    except ValidationError as error:
        raise VLLMError(
            "Cannot find suitable handler for request. "
            "Expected one of: ['ChatCompletionRequest', 'CompletionRequest']"
        ) from error
    except (ValueError, RecursionError) as error:
        raise VLLMError(f"JSON decode error: {error}") from error


def _event(body: object) -> bytes:
    return b"data: " + _encode(body) + b"\n\n"


def _encode(body: object) -> bytes:
    return json.dumps(body, ensure_ascii=False, separators=(",", ":")).encode()
