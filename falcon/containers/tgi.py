"""Text Generation Inference: JSON in, server-sent events out.

The contract of the container behind JumpStart's Falcon endpoints (its
router/src/lib.rs): {"inputs", "parameters", "stream"}; a whole answer is a list of one
object; a stream is one `data:` line per token, the last one with `generated_text` and
`details`. Once streaming, errors come as an event inside HTTP 200.
"""

from __future__ import annotations

import json
from dataclasses import fields, replace
from typing import Any

from falcon.containers.decoding import PayloadStreamDecoder, foreign, load_answer
from falcon.containers.refusals import translate_refusal as translate_refusal
from falcon.containers.token_events import read_answer, read_token_event
from falcon.context_window import FittedPrompt
from falcon.events import Event, FinishEvent
from falcon.parameters import GenerationParameters

STREAMS = True
PARAMETERS = frozenset(field.name for field in fields(GenerationParameters))
"""All of them: their names are TGI's."""

# What TGI calls the same as leaving the parameter out, and refuses when it is sent.
_NEUTRAL = {
    "top_p": 1.0,
    "typical_p": 1.0,
    "top_k": 0,
    "repetition_penalty": 1.0,
    "best_of": 1,
}
_SAMPLING = ("temperature", "top_p", "top_k", "typical_p")


def encode_request(
    prompt: FittedPrompt, parameters: GenerationParameters, *, stream: bool
) -> bytes:
    """Return the request body that asks TGI to continue the prompt."""
    wire: dict[str, object] = {
        "max_new_tokens": parameters.max_new_tokens,
        # Said aloud: without it, a temperature of exactly 1.0 decodes greedily.
        "do_sample": parameters.samples,
        "details": parameters.details is not False,
        "return_full_text": parameters.return_full_text is True,
    }
    names = ["repetition_penalty", "frequency_penalty", "seed", "truncate"]
    if not stream:
        # Refused in a stream.
        names.append("best_of")
    for name in [*_SAMPLING, *names] if parameters.samples else names:
        value = getattr(parameters, name)
        if value is not None and value != _NEUTRAL.get(name):
            wire[name] = value
    if parameters.watermark:
        wire["watermark"] = True
    if parameters.stop:
        wire["stop"] = list(parameters.stop)
    body = {"inputs": prompt.text, "parameters": wire, "stream": stream}
    return json.dumps(body, ensure_ascii=False).encode()


# The prompt is for formats in which the answer repeats it unasked.
def decode_answer(body: bytes, *, prompt: FittedPrompt) -> FinishEvent:  # noqa: ARG001
    """Return the whole answer in `body`; raises DecodingError if it is none.

    The answer is a list of one item; several are joined by newlines.
    """
    answers = load_answer(body)
    if not isinstance(answers, list):
        answers = [answers]
    finishes = [read_answer(answer) for answer in answers]
    if not finishes:
        raise foreign()
    return replace(
        finishes[0],
        generated_text="\n".join(finish.generated_text or "" for finish in finishes),
    )


def stream_decoder() -> StreamDecoder:
    return StreamDecoder()


class StreamDecoder(PayloadStreamDecoder):
    """Turns a stream's bytes, split anywhere, into events."""

    def _read(self, event: dict[str, Any]) -> list[Event]:
        return read_token_event(event)
