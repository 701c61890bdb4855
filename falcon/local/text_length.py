"""The text_length container: a DJL container with a `model.py` of its own.

The tutorial that brought Falcon-7B to this project serves it so. Its handler reads
`{"text", "text_length"}` and answers what a text-generation pipeline of transformers
makes of them: `pipeline(text, do_sample=True, min_length=text_length,
max_length=text_length)`, which is

* `text_length` tokens, those of the prompt included: exactly, because up to the least
  length the end-of-text token is never chosen;
* the prompt before the answer, in one text;
* sampled at temperature 1 from the 50 likeliest tokens, with a seed nobody can set.

An exception in the handler is answered with 424 and its words (djl-serving,
djl_python/{outputs,python_sync_engine}.py). Nothing is streamed.

What differs: transformers of 2023 only warned of a prompt that is as long as
`text_length`, newer ones raise this error; and where a real Falcon would go on talking
nonsense beyond the context that it was trained for, this one refuses.
"""

from __future__ import annotations

import asyncio
import json
import secrets
from typing import TYPE_CHECKING

from falcon.local.completion import EngineError
from falcon.local.container import ContainerAnswer
from falcon.local.sampling import Sampling

if TYPE_CHECKING:
    from falcon.local.engine import Engine

TOP_K = 50
"""What transformers samples from if nothing else is said."""

PREDICTION_FAILURE = 424


class HandlerError(Exception):
    """What the handler raises; the text is what Python or transformers says."""


class TextLengthContainer:
    """Answers requests, several at the same time."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    async def invoke(self, body: bytes, *, content_type: str) -> ContainerAnswer:  # noqa: ARG002  # it takes any
        """Answer one request; what is wrong with it is an answer, too."""
        try:
            text, text_length = _read_request(body)
            answer = await self._continue(text, text_length)
        except (HandlerError, EngineError) as error:
            return ContainerAnswer(
                PREDICTION_FAILURE, "application/json", _encode_failure(str(error))
            )
        outputs = {"outputs": [{"generated_text": text + answer}]}
        return ContainerAnswer(200, "application/json", _encode(outputs))

    async def _continue(self, text: str, text_length: int) -> str:
        prompt = await asyncio.to_thread(self._engine.tokenize, text)
        self._check_length(len(prompt), text_length)
        generated = self._engine.generate(
            prompt,
            Sampling(top_k=TOP_K, seed=secrets.randbits(64), ignores_end=True),
            max_tokens=text_length - len(prompt),
        )
        return "".join(
            [token.text async for token in generated if token and not token.special]
        )

    def _check_length(self, prompt_tokens: int, text_length: int) -> None:
        if not prompt_tokens:
            raise HandlerError("The prompt has no token")
        if prompt_tokens >= text_length:
            raise HandlerError(
                f"Input length of input_ids is {prompt_tokens}, but `max_length` is "
                f"set to {text_length}. This can lead to unexpected behavior. You "
                "should consider increasing `max_length` or, better yet, setting "
                "`max_new_tokens`."
            )
        most = self._engine.context_tokens
        if text_length > most:
            reason = (
                f"`text_length` is {text_length}, but the model's context is {most}"
            )
            raise HandlerError(reason)


def _read_request(body: bytes) -> tuple[str, int]:
    try:
        document = json.loads(body)
        text, text_length = document["text"], document["text_length"]
    except (ValueError, RecursionError, KeyError, TypeError) as error:
        raise HandlerError(str(error)) from error
    if not isinstance(text, str):
        raise HandlerError("`text` has to be a string")
    if isinstance(text_length, bool) or not isinstance(text_length, int):
        raise HandlerError(
            f"`text_length` has to be a strictly positive integer, but is {text_length}"
        )
    return text, text_length


def _encode_failure(reason: str) -> bytes:
    code = PREDICTION_FAILURE
    return _encode({"code": code, "message": "prediction failure", "error": reason})


def _encode(body: object) -> bytes:
    return json.dumps(body, ensure_ascii=False, indent=2).encode()
