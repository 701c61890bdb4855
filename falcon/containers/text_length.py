"""A DJL handler around a transformers pipeline, as in AWS's Falcon article.

{"text", "text_length"} in, {"outputs": [{"generated_text"}]} out, whole answers only.
The handler calls the pipeline with do_sample=True and min_length = max_length =
text_length: the number counts the prompt's tokens, the answer is as long as that
allows, and it begins with the prompt.
"""

from __future__ import annotations

import json
from typing import NoReturn

from falcon.containers.decoding import check_text, foreign, load_answer
from falcon.containers.refusals import is_error, translate_error
from falcon.containers.refusals import translate_refusal as translate_refusal
from falcon.context_window import FittedPrompt
from falcon.errors import ConfigurationError
from falcon.events import FinishEvent
from falcon.parameters import GenerationParameters
from falcon.text import text

STREAMS = False
PARAMETERS = frozenset({"max_new_tokens"})


def encode_request(
    prompt: FittedPrompt,
    parameters: GenerationParameters,
    *,
    stream: bool,  # noqa: ARG001  # it has none
) -> bytes:
    """Return the request body that asks the handler to continue the prompt."""
    body = {
        "text": prompt.text,
        "text_length": prompt.tokens + parameters.max_new_tokens,
    }
    return json.dumps(body, ensure_ascii=False).encode()


def decode_answer(body: bytes, *, prompt: FittedPrompt) -> FinishEvent:
    """Return the whole answer in `body`; raises DecodingError if it is none.

    It always ends at its length: the handler allows no other end.
    """
    answer = load_answer(body)
    if type(answer) is not dict:
        raise foreign()
    outputs = answer.get("outputs")
    if not isinstance(outputs, list) or not outputs:
        raise translate_error(answer) if is_error(answer) else foreign()
    answers = [_generated_text(output) for output in outputs]
    return FinishEvent(
        "length",
        generated_text="\n".join(strip_prompt(whole, prompt.text) for whole in answers),
    )


def stream_decoder() -> NoReturn:
    """Raise: the handler has no stream."""
    raise ConfigurationError(
        text("This endpoint's container gives whole answers only. Turn streaming off.")
    )


def _generated_text(output: object) -> str:
    if not isinstance(output, dict):
        raise foreign()
    return check_text(output.get("generated_text"))


def strip_prompt(text: str, prompt: str) -> str:
    """Return `text` without the prompt that it begins with.

    White space is not compared: a tokenizer does not always give it back as it was.
    A text that begins otherwise is all answer.
    """
    if text.startswith(prompt):
        return text[len(prompt) :]
    expected = "".join(prompt.split())
    at = matched = 0
    while matched < len(expected) and at < len(text):
        if text[at] == expected[matched]:
            matched += 1
        elif not text[at].isspace():
            return text
        at += 1
    return text[at:] if matched == len(expected) else text
