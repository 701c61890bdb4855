"""DJL Serving's LMI containers: TGI's words with differences, JSON lines out.

The contract (deepjavalibrary/djl-serving, engines/python/setup/djl_python):
{"inputs", "parameters", "stream"}; a whole answer is one object; a stream is one JSON
line per token, the last one with `generated_text`, or the same as server-sent events
(output_formatter.py). There are two engines, which read parameters differently:
requests run one by one through vLLM (lmi_vllm/request_response_utils.py, the default),
or batched (rolling_batch/). Releases before 2024 stream {"outputs": [" a"]}
(rolling_batch.py then).
"""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

from falcon.containers import vllm_parameters
from falcon.containers.decoding import (
    PayloadStreamDecoder,
    check_text,
    foreign,
    load_answer,
)
from falcon.containers.refusals import translate_refusal as translate_refusal
from falcon.containers.token_events import read_answer, read_token_event
from falcon.context_window import FittedPrompt
from falcon.errors import IncompleteGenerationError
from falcon.events import Event, FinishEvent, TokenEvent
from falcon.parameters import GenerationParameters
from falcon.text import text

STREAMS = True
PARAMETERS = vllm_parameters.PARAMETERS | {"truncate", "return_full_text", "details"}


def encode_request(
    prompt: FittedPrompt, parameters: GenerationParameters, *, stream: bool
) -> bytes:
    """Return the request body that asks LMI to continue the prompt."""
    wire: dict[str, object] = {
        "max_new_tokens": parameters.max_new_tokens,
        # Said aloud: unsaid, one engine samples and the other does not.
        "do_sample": parameters.samples,
        "details": parameters.details is not False,
    }
    wire |= vllm_parameters.encode_parameters(parameters)
    if parameters.truncate is not None:
        wire["truncate"] = parameters.truncate
    if parameters.return_full_text:
        wire["return_full_text"] = True
    if "stop" in wire:
        # vLLM knows the first name; batching renames the second to the first.
        wire["stop_sequences"] = wire["stop"]
    body = {"inputs": prompt.text, "parameters": wire, "stream": stream}
    return json.dumps(body, ensure_ascii=False).encode()


def decode_answer(body: bytes, *, prompt: FittedPrompt) -> FinishEvent:
    """Return the whole answer in `body`; raises DecodingError if it is none.

    The answer is an object, or a list of one where it is made to look like TGI's.
    """
    answer = load_answer(body)
    if isinstance(answer, list) and len(answer) == 1:
        answer = answer[0]
    finish = read_answer(answer)
    details = answer.get("details")
    if finish.reason != "unknown" or not isinstance(details, dict):
        return finish
    if isinstance(details.get("finish_reason"), str):
        # vLLM's stop_reason, given as the finish_reason: the stop sequence itself.
        return replace(finish, reason="stop_sequence")
    if finish.generated_tokens is None:
        return finish
    # It gives none at the end of the text and at the limit alike.
    is_full = finish.generated_tokens >= prompt.max_new_tokens
    return replace(finish, reason="length" if is_full else "eos_token")


def stream_decoder() -> StreamDecoder:
    return StreamDecoder()


class StreamDecoder(PayloadStreamDecoder):
    """Turns a stream's bytes, split anywhere, into events."""

    def __init__(self) -> None:
        super().__init__()
        self._is_old = False

    def _read(self, event: dict[str, Any]) -> list[Event]:
        if "outputs" in event:
            self._is_old = True
            return [TokenEvent(check_text(token)) for token in _list(event["outputs"])]
        events = read_token_event(event)
        finish = events[-1]
        if (
            isinstance(finish, FinishEvent)
            and finish.generated_tokens
            and finish.input_tokens is not None
        ):
            # lmi_vllm/request_response_utils.py adds one to a count that is complete.
            events[-1] = replace(finish, generated_tokens=finish.generated_tokens - 1)
        return events

    def _end(self) -> list[Event]:
        if self._is_old:
            # These lines have no last one: whether text is missing cannot be known.
            raise IncompleteGenerationError(
                text(
                    "This endpoint's old container does not say when an answer is "
                    "complete, so it may be cut. Ask for whole answers instead of a "
                    "stream."
                )
            )
        return []


def _list(value: object) -> list[Any]:
    if not isinstance(value, list):
        raise foreign()
    return value
