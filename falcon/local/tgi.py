"""The TGI container: its generate contract on the engine.

Knows what TGI 2.4 does with a request and what it answers. Knows no HTTP routes and
nothing of SageMaker, which only carries these bytes.
"""

from __future__ import annotations

import asyncio
import secrets
from contextlib import aclosing, contextmanager
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from falcon.local.completion import EngineError
from falcon.local.container import ContainerAnswer, StreamFailedError
from falcon.local.stopping import StoppingCriteria
from falcon.local.tgi_answer import (
    KEEP_ALIVE,
    Answer,
    encode_error,
    encode_error_event,
    encode_token_event,
    encode_whole,
    prefill_tokens,
    stream_details,
)
from falcon.local.tgi_errors import (
    GenerationError,
    IncompleteGenerationError,
    MalformedRequestError,
    OverloadedError,
    TGIError,
)
from falcon.local.tgi_request import parse_request
from falcon.local.tgi_sampling import choose_sampling
from falcon.local.tgi_validation import check_values, fit_length

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, Iterator, Sequence

    from falcon.local.completion import Token
    from falcon.local.engine import Engine
    from falcon.local.sampling import Sampling
    from falcon.local.stopping import FinishReason
    from falcon.local.tgi_request import GenerateRequest

MAX_CONCURRENT_REQUESTS = 128


@dataclass(frozen=True, slots=True)
class _Task:
    """A request that has passed every check."""

    prompt: Sequence[int]
    sampling: Sampling
    stop: Sequence[str]
    max_new_tokens: int


class TGIContainer:
    """Answers requests, several at the same time."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._running = 0

    async def invoke(self, body: bytes, *, content_type: str) -> ContainerAnswer:
        """Answer one request; what is wrong with it is an answer, too."""
        try:
            request = parse_request(body, content_type=content_type)
            if request.stream:
                return ContainerAnswer(200, "text/event-stream", self._stream(request))
            return ContainerAnswer(200, "application/json", await self._whole(request))
        except MalformedRequestError as error:
            return ContainerAnswer(error.status, "text/plain", str(error).encode())
        except TGIError as error:
            return ContainerAnswer(
                error.status, "application/json", encode_error(error)
            )

    async def _stream(self, request: GenerateRequest) -> AsyncGenerator[bytes]:
        index = 0
        try:
            with self._permit():
                task = await self._accept(request)
                async with aclosing(self._generate(task)) as generated:
                    async for token, answer in generated:
                        if token is None:
                            yield KEEP_ALIVE
                            continue
                        index += 1
                        yield _encode_event(request, index, token, answer)
                        if answer is not None:
                            return
                raise IncompleteGenerationError
        except TGIError as error:
            event = encode_error_event(error)
            if index:
                raise StreamFailedError(str(error), last_event=event) from error
            yield event

    async def _whole(self, request: GenerateRequest) -> bytes:
        parameters = request.parameters
        with self._permit():
            task = await self._accept(request)
            answers = [await self._finish(task)]
            for _ in range(1, parameters.best_of or 1):
                sampling = replace(task.sampling, seed=secrets.randbits(64))
                answers.append(await self._finish(replace(task, sampling=sampling)))
        answers.sort(key=lambda answer: answer.mean_logprob, reverse=True)
        wants_prefill = parameters.decoder_input_details
        prompt = task.prompt if wants_prefill else ()
        return encode_whole(
            answers,
            before=request.inputs if parameters.return_full_text else "",
            details=parameters.details or wants_prefill,
            prefill=prefill_tokens(prompt, self._engine.vocabulary),
        )

    @contextmanager
    def _permit(self) -> Iterator[None]:
        if self._running >= MAX_CONCURRENT_REQUESTS:
            raise OverloadedError
        self._running += 1
        try:
            yield
        except EngineError as error:
            raise GenerationError(str(error)) from error
        finally:
            self._running -= 1

    async def _accept(self, request: GenerateRequest) -> _Task:
        max_total_tokens = self._engine.context_tokens
        check_values(request, max_input_length=max_total_tokens - 1)
        prompt = await asyncio.to_thread(self._engine.tokenize, request.inputs)
        parameters = request.parameters
        if parameters.truncate is not None:
            prompt = prompt[-parameters.truncate :]
        max_new_tokens = fit_length(
            parameters, input_length=len(prompt), max_total_tokens=max_total_tokens
        )
        sampling = choose_sampling(parameters)
        return _Task(prompt, sampling, parameters.stop, max_new_tokens)

    async def _generate(
        self, task: _Task
    ) -> AsyncGenerator[tuple[Token | None, Answer | None]]:
        """The tokens as they come; beside the last one stands the finished answer."""
        stopping = StoppingCriteria(task.stop, max_new_tokens=task.max_new_tokens)
        tokens: list[Token] = []
        generated = self._engine.generate(
            task.prompt, task.sampling, max_tokens=task.max_new_tokens
        )
        async with aclosing(generated):
            async for token in generated:
                answer = None
                if token is not None:
                    tokens.append(token)
                    reason = stopping.finish(token)
                    answer = reason and _answer(task, tokens, reason)
                yield token, answer

    async def _finish(self, task: _Task) -> Answer:
        async with aclosing(self._generate(task)) as generated:
            async for _, answer in generated:
                if answer is not None:
                    return answer
        raise IncompleteGenerationError


def _answer(task: _Task, tokens: Sequence[Token], reason: FinishReason) -> Answer:
    return Answer(
        tokens=tuple(tokens),
        finish_reason=reason,
        input_length=len(task.prompt),
        seed=task.sampling.seed if task.sampling.temperature > 0 else None,
    )


def _encode_event(
    request: GenerateRequest, index: int, token: Token, answer: Answer | None
) -> bytes:
    if answer is None:
        return encode_token_event(index, token)
    before = request.inputs if request.parameters.return_full_text else ""
    return encode_token_event(
        index,
        token,
        generated_text=before + answer.text,
        details=stream_details(answer) if request.parameters.details else None,
    )
