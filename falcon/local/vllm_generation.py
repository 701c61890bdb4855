"""vLLM's way from a prompt to the pieces of an answer: lengths, stop strings, reasons.

Source: vLLM, vllm/renderers/params.py (which prompt is too long, in which words),
v1/core/sched/utils.py (when an answer ends) and v1/engine/detokenizer.py (a stop string
is cut off, and text that may begin one is held back).
"""

from __future__ import annotations

import asyncio
from contextlib import aclosing
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from falcon.local.completion import EngineError
from falcon.local.vllm_errors import GenerationError, VLLMError

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, Sequence

    from falcon.local.completion import Token
    from falcon.local.engine import Engine
    from falcon.local.sampling import Sampling

FinishReason = Literal["stop", "length"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Task:
    """A request that has passed every check."""

    prompt: Sequence[int]
    sampling: Sampling
    stop: Sequence[str]
    max_tokens: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Piece:
    """One token and the text that is shown with it."""

    token: Token
    text: str
    finish_reason: FinishReason | None = None
    """Of the last piece."""
    stop_reason: str | None = None
    """The stop string that ended the answer; None if the model ended it."""


def fit_length(
    prompt_tokens: int, max_tokens: int | None, *, context_tokens: int
) -> int:
    """How many tokens to generate. Raises VLLMError if they do not fit.

    vLLM stops counting a prompt one token after the last that would fit.
    """
    if not prompt_tokens:
        raise VLLMError("The decoder prompt cannot be empty")
    if max_tokens is not None and max_tokens > context_tokens:
        raise VLLMError(
            f"max_tokens={max_tokens} cannot be greater than "
            f"max_model_len=max_total_tokens={context_tokens}. "
            "Please request fewer output tokens.",
            param="max_tokens",
            value=max_tokens,
        )
    most = context_tokens - (max_tokens or 0)
    if prompt_tokens > most:
        counted = most + 1
        raise VLLMError(
            f"This model's maximum context length is {context_tokens} tokens. However, "
            f"you requested {max_tokens or 0} output tokens and your prompt contains "
            f"at least {counted} input tokens, for a total of at least "
            f"{counted + (max_tokens or 0)} tokens. Please reduce the length of the "
            "input prompt or the number of requested output tokens.",
            param="input_tokens",
            value=counted,
        )
    length = context_tokens - prompt_tokens if max_tokens is None else max_tokens
    if length < 1:
        reason = f"max_tokens must be at least 1, got {length}."
        raise VLLMError(reason, param="max_tokens", value=length)
    return length


async def tokenize(engine: Engine, text: str) -> list[int]:
    """The tokens of a prompt. Raises GenerationError if the engine is closed."""
    try:
        return await asyncio.to_thread(engine.tokenize, text)
    except EngineError as error:
        raise GenerationError(str(error)) from error


async def generate(engine: Engine, task: Task) -> AsyncGenerator[Piece]:
    """The pieces of an answer as they come. Raises GenerationError if it has no end."""
    shown = _ShownText(task.stop)
    left = task.max_tokens
    generated = engine.generate(task.prompt, task.sampling, max_tokens=left)
    try:
        async with aclosing(generated):
            async for token in generated:
                if token is None:
                    continue
                left -= 1
                piece = _piece(token, shown, is_last=not left)
                yield piece
                if piece.finish_reason is not None:
                    return
    except EngineError as error:
        raise GenerationError(str(error)) from error
    raise GenerationError("Internal server error")


def _piece(token: Token, shown: _ShownText, *, is_last: bool) -> Piece:
    stop = shown.add("" if token.special else token.text)
    reason: FinishReason | None = "length" if is_last else None
    if token.is_end or stop is not None:
        reason = "stop"
    text = shown.take(is_finished=reason is not None)
    return Piece(token=token, text=text, finish_reason=reason, stop_reason=stop)


class _ShownText:
    """The text of an answer, of which the end is held back as long as need be."""

    def __init__(self, stop: Sequence[str]) -> None:
        self._stop = stop
        self._held = ""
        self._most_held = max(map(len, stop), default=1) - 1

    def add(self, text: str) -> str | None:
        """Add text; tell the stop string that it completes, which is cut off."""
        self._held += text
        found = {stop: self._held.find(stop) for stop in self._stop if text}
        ends = [(at + len(stop), at, stop) for stop, at in found.items() if at >= 0]
        if not ends:
            return None
        _, start, stop = min(ends, key=lambda end: end[0])
        self._held = self._held[:start]
        return stop

    def take(self, *, is_finished: bool) -> str:
        """What can be shown now."""
        keep = 0 if is_finished else self._most_held
        end = max(len(self._held) - keep, 0)
        shown, self._held = self._held[:end], self._held[end:]
        return shown
