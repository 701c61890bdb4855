"""The LMI container: what Deep Java Library's Large Model Inference answers, by vLLM.

Its async mode, the default since v17; `lmi_request` and `lmi_answer` name the files of
djl-serving that each fact comes from. The HTTP status waits for the first piece, so a
stream that is refused has the status of its refusal (serving, InferenceRequestHandler).
vLLM's refusals keep their words since djl-serving #3032; before it, the container
answered 424 without a reason.

What differs: one answer to a request, and the temperature and the like are vLLM's
defaults where a real container takes them from the model's generation_config.json.
"""

from __future__ import annotations

from contextlib import aclosing
from typing import TYPE_CHECKING

from falcon.local.chat_answer import ChatAnswer
from falcon.local.chat_request import ChatCompletionRequest, accept_chat
from falcon.local.container import ContainerAnswer, StreamFailedError
from falcon.local.lmi_answer import (
    END_OF_STREAM,
    LMIAnswer,
    encode_line,
    encode_refusal,
)
from falcon.local.lmi_request import (
    KEEP_WHAT_FITS,
    CompletionRequest,
    InputParsingError,
    LMIRequest,
    parse_request,
)
from falcon.local.vllm_errors import VLLMError
from falcon.local.vllm_generation import Task, fit_length, generate, tokenize

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator

    from falcon.local.engine import Engine
    from falcon.local.vllm_generation import Piece

SERVED_NAME = "lmi"
JSON = "application/json"
JSON_LINES = "application/jsonlines"
INPUT_PARSING_FAILED = 424


class LMIContainer:
    """Answers requests, several at the same time."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    async def invoke(self, body: bytes, *, content_type: str) -> ContainerAnswer:  # noqa: ARG002  # it takes any
        """Answer one request; what is wrong with it is an answer, too."""
        try:
            request = parse_request(body)
            if isinstance(request, ChatCompletionRequest):
                return await self._chat(request)
            return await self._complete(request)
        except InputParsingError as error:
            refusal = encode_refusal(INPUT_PARSING_FAILED, str(error))
            return ContainerAnswer(INPUT_PARSING_FAILED, JSON, refusal)
        except VLLMError as error:
            refusal = encode_refusal(error.status, str(error))
            return ContainerAnswer(error.status, JSON, refusal)

    async def _complete(self, request: LMIRequest) -> ContainerAnswer:
        completion = request.completion
        task = await self._accept(completion)
        answer = LMIAnswer(
            before=completion.prompt if completion.echo else "",
            prompt=task.prompt,
            seed=completion.seed,
            details=request.details,
            prefill=request.prefill,
            vocabulary=self._engine.vocabulary,
        )
        if completion.stream:
            return ContainerAnswer(200, JSON_LINES, self._lines(task, answer))
        pieces = [piece async for piece in generate(self._engine, task)]
        return ContainerAnswer(200, JSON, encode_line(answer.whole(pieces)))

    async def _accept(self, request: CompletionRequest) -> Task:
        request.check(served_name=SERVED_NAME)
        prompt = await tokenize(self._engine, request.prompt)
        context_tokens = self._engine.context_tokens
        keep = request.truncate_prompt_tokens
        if keep == KEEP_WHAT_FITS:
            keep = context_tokens - (request.max_tokens or 0)
        if keep is not None:
            prompt = prompt[max(len(prompt) - keep, 0) :]
        return Task(
            prompt=prompt,
            sampling=request.choose_sampling(),
            stop=request.stop_strings,
            max_tokens=fit_length(
                len(prompt), request.max_tokens, context_tokens=context_tokens
            ),
        )

    async def _chat(self, request: ChatCompletionRequest) -> ContainerAnswer:
        task = await accept_chat(self._engine, request, served_name=SERVED_NAME)
        answer = ChatAnswer(model=SERVED_NAME, prompt_tokens=len(task.prompt))
        if request.stream:
            lines = self._chat_lines(task, answer, wants_usage=request.wants_usage)
            return ContainerAnswer(200, JSON_LINES, lines)
        pieces = [piece async for piece in generate(self._engine, task)]
        return ContainerAnswer(200, JSON, encode_line(answer.whole(pieces)))

    async def _lines(self, task: Task, answer: LMIAnswer) -> AsyncGenerator[bytes]:
        pieces: list[Piece] = []
        async with aclosing(self._generate(task)) as generated:
            async for piece in generated:
                pieces.append(piece)
                yield encode_line(answer.line(pieces))
        yield END_OF_STREAM

    async def _chat_lines(
        self, task: Task, answer: ChatAnswer, *, wants_usage: bool
    ) -> AsyncGenerator[bytes]:
        count = 0
        async with aclosing(self._generate(task)) as generated:
            async for piece in generated:
                if not count:
                    yield encode_line(answer.opening())
                count += 1
                yield encode_line(answer.chunk(piece))
        if wants_usage:
            yield encode_line(answer.usage_chunk(count))
        yield b"\n"

    async def _generate(self, task: Task) -> AsyncGenerator[Piece]:
        try:
            async with aclosing(generate(self._engine, task)) as generated:
                async for piece in generated:
                    yield piece
        except VLLMError as error:
            failure = encode_line(error.body)
            raise StreamFailedError(str(error), last_event=failure) from error
