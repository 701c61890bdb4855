"""Text Generation Inference: JSON in, server-sent events out.

The contract of the container behind JumpStart's Falcon endpoints (its
router/src/lib.rs): {"inputs", "parameters", "stream"}; a whole answer is a list of one
object; a stream is one `data:` line per token, the last one with `generated_text` and
`details`. Once streaming, errors come as an event inside HTTP 200.
"""

from __future__ import annotations

import json
import re
from typing import Any

from falcon.errors import (
    DecodingError,
    FalconError,
    GenerationError,
    IncompleteGenerationError,
    InvalidInputError,
    OverloadedError,
)
from falcon.events import Event, FinishEvent, FinishReason, TokenEvent
from falcon.parameters import GenerationParameters

# What TGI calls the same as leaving the parameter out, and refuses when it is sent.
_NEUTRAL = {"top_p": 1.0, "typical_p": 1.0, "top_k": 0, "repetition_penalty": 1.0}
_SAMPLING = ("temperature", "top_p", "top_k", "typical_p")
_FINISH_REASONS: dict[str, FinishReason] = {
    "eos_token": "eos_token",
    "stop_sequence": "stop_sequence",
    "length": "length",
}
# "`inputs` must have less than 1024 tokens. Given: 1100" and "`inputs` tokens +
# `max_new_tokens` must be <= 2048. Given: 1900 `inputs` tokens and 256 …"
_GIVEN_TOKENS = re.compile(r"`inputs`.* Given: (\d+)")


def encode_request(
    prompt: str, parameters: GenerationParameters, *, stream: bool
) -> bytes:
    """Return the request body that asks TGI to continue `prompt`."""
    # TGI refuses best_of with a seed and in a stream; it is never sent.
    wire: dict[str, object] = {
        "max_new_tokens": parameters.max_new_tokens,
        # Said aloud: without it, a temperature of exactly 1.0 decodes greedily.
        "do_sample": parameters.samples,
        "details": True,
        "return_full_text": False,
    }
    names = ["repetition_penalty", "frequency_penalty", "seed"]
    for name in [*_SAMPLING, *names] if parameters.samples else names:
        value = getattr(parameters, name)
        if value is not None and value != _NEUTRAL.get(name):
            wire[name] = value
    if parameters.stop:
        wire["stop"] = list(parameters.stop)
    body = {"inputs": prompt, "parameters": wire, "stream": stream}
    return json.dumps(body, ensure_ascii=False).encode()


def decode_answer(body: bytes) -> FinishEvent:
    """Return the whole answer in `body`; raises DecodingError if it is none."""
    answer = _load(body)
    if isinstance(answer, list) and answer:
        answer = answer[0]
    if not isinstance(answer, dict):
        raise DecodingError(_NOT_TGI)
    if "error" in answer:
        raise translate_error(answer)
    return _finish(answer.get("generated_text"), answer.get("details"))


def translate_refusal(status: int, body: str) -> FalconError:
    """Return the typed error for an HTTP error of the container."""
    try:
        error = _load(body.encode())
    except DecodingError:
        error = None
    if isinstance(error, dict) and "error_type" in error:
        return translate_error(error)
    kind = {413: "validation", 422: "validation", 429: "overloaded"}.get(status)
    return translate_error({"error": body, "error_type": kind})


def translate_error(error: dict[str, Any]) -> FalconError:
    """Return the typed error for TGI's {"error", "error_type"}."""
    message = str(error.get("error", ""))
    match error.get("error_type"):
        case "validation":
            given = _GIVEN_TOKENS.search(message)
            return InvalidInputError(
                f"The model refused the request: {message}",
                input_tokens=int(given[1]) if given else None,
            )
        case "overloaded":
            return OverloadedError(
                "The model is busy with other questions. Try again in a moment."
            )
        case "incomplete_generation":
            return IncompleteGenerationError("The model ended its answer too early.")
    # The text may hold paths or memory addresses of the container: it is not shown.
    return GenerationError(
        "The model failed while answering. Try again; if it goes on failing, the "
        "endpoint's log in CloudWatch says why."
    )


class StreamDecoder:
    """Turns a stream's bytes, split anywhere, into events."""

    def __init__(self) -> None:
        self._line = bytearray()
        self._data: list[bytes] = []

    def decode(self, chunk: bytes) -> list[Event]:
        """Return the events that `chunk` completes."""
        *ended, rest = chunk.split(b"\n")
        if not ended:
            self._line += rest
            return []
        ended[0] = bytes(self._line) + ended[0]
        self._line = bytearray(rest)
        return [event for line in ended for event in self._take(line)]

    def flush(self) -> list[Event]:
        """Return the event that a stream without a final newline ends with."""
        line, self._line = bytes(self._line), bytearray()
        return [*self._take(line), *self._take(b"")]

    def _take(self, line: bytes) -> list[Event]:
        """Take one line as the standard for server-sent events says."""
        line = line.removesuffix(b"\r")
        if line.startswith(b"data:"):
            self._data.append(line.removeprefix(b"data:").removeprefix(b" "))
            return []
        if line or not self._data:
            return []
        payload, self._data = b"\n".join(self._data), []
        return [] if payload == b"[DONE]" else _decode_event(payload)


_NOT_TGI = (
    "The endpoint answered in a form that Text Generation Inference does not use. "
    "Check which container serves this endpoint."
)


def _load(payload: bytes) -> Any:  # JSON of any shape; the callers check it.
    try:
        return json.loads(payload)
    except (ValueError, RecursionError) as error:
        raise DecodingError(_NOT_TGI) from error


def _decode_event(payload: bytes) -> list[Event]:
    event = _load(payload)
    if not isinstance(event, dict):
        raise DecodingError(_NOT_TGI)
    if "error" in event:
        raise translate_error(event)
    events: list[Event] = []
    token = event.get("token")
    if isinstance(token, dict) and isinstance(token.get("text"), str):
        events.append(TokenEvent("" if token.get("special") else token["text"]))
    if event.get("generated_text") is not None:
        events.append(_finish(event["generated_text"], event.get("details")))
    if not events:
        raise DecodingError(_NOT_TGI)
    return events


def _finish(generated_text: object, details: object) -> FinishEvent:
    if not isinstance(generated_text, str):
        raise DecodingError(_NOT_TGI)
    if not isinstance(details, dict):
        details = {}
    return FinishEvent(
        reason=_FINISH_REASONS.get(str(details.get("finish_reason")), "eos_token"),
        generated_text=generated_text,
        generated_tokens=_count(details.get("generated_tokens")),
        input_tokens=_count(details.get("input_length")),
        seed=_count(details.get("seed")),
    )


def _count(value: object) -> int | None:
    return value if isinstance(value, int) else None
