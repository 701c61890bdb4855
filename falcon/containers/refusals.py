"""What the containers say instead of an answer, as typed errors.

The forms: TGI's {"error", "error_type"}; vLLM's and llama.cpp's {"error": {"message",
"type", "code"}}; older vLLM's {"object": "error", "message", "code"}; DJL's {"code",
"error"} and {"code", "message"}. A container's own words are shown only where they are
about the request: others may hold paths or memory addresses.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from typing import Any

from falcon.containers.decoding import check_count, check_text
from falcon.errors import (
    ConfigurationError,
    FalconError,
    GenerationError,
    IncompleteGenerationError,
    InvalidInputError,
    OverloadedError,
)
from falcon.text import Text, text

_LONGEST_MESSAGE = 300
_REQUEST_STATUSES = {400, 413, 422}
_BUSY_STATUSES = {429, 503}

# Each names the fields of InvalidInputError. vLLM stops counting a prompt that cannot
# fit: after "at least" and "You passed" stands no length of the prompt.
_LENGTHS = tuple(
    re.compile(pattern.replace("<N>", r"\d{1,9}"))
    for pattern in (
        # TGI, router/src/validation.rs
        r"less than (?P<max_input_tokens><N>) tokens\. Given: (?P<input_tokens><N>)",
        r"must be <= (?P<max_total_tokens><N>)\. Given: (?P<input_tokens><N>) `inputs`",
        # vLLM, entrypoints/openai, renderers/params.py and v1/engine; LMI passes it on
        r"maximum context length is (?P<max_total_tokens><N>) tokens",
        r"requested <N> tokens \((?P<input_tokens><N>) in ",
        r"requested (?P<input_tokens><N>) tokens in the messages",
        r"request has (?P<input_tokens><N>) input tokens",
        r"prompt contains (?P<input_tokens><N>) input tokens",
        r"context length is only (?P<max_total_tokens><N>) tokens",
        r"prompt \(length (?P<input_tokens><N>)\)",
        r"longer than the maximum model length of (?P<max_total_tokens><N>)",
        r"cannot be greater than max_model_len=(?P<max_total_tokens><N>)",
        # llama.cpp, tools/server/server-context.cpp
        r"request \((?P<input_tokens><N>) tokens\) exceeds",
        r"available context size \((?P<max_total_tokens><N>) tokens\)",
        # transformers, behind a handler of one's own
        r"Input length of input_ids is (?P<input_tokens><N>), but `max_length`",
    )
)


def translate_refusal(status: int, body: str) -> FalconError:
    """Return the typed error for an HTTP error of a container."""
    try:
        error = json.loads(body)
    except (ValueError, RecursionError):
        error = None
    if isinstance(error, dict):
        return translate_error(error, status=status)
    return _translate(status, kind=None, message=body, is_shown=False)


def is_error(event: Mapping[str, Any]) -> bool:
    """Whether a JSON object of a stream or an answer reports a failure."""
    return event.get("error") is not None or ("code" in event and "message" in event)


def translate_error(error: Mapping[str, Any], *, status: int = 500) -> FalconError:
    """Return the typed error for one that a container reports as JSON."""
    inner = error.get("error")
    if isinstance(inner, dict):
        error, message = inner, inner.get("message")
    else:
        message = error.get("message") if inner is None else inner
    code = error.get("code")
    if type(code) is int and 400 <= code <= 599:
        status = code
    if error.get("type") == "exceed_context_size_error":  # llama.cpp
        lengths = {
            "input_tokens": error.get("n_prompt_tokens"),
            "max_total_tokens": error.get("n_ctx"),
        }
        return _too_long(
            {
                name: count
                for name, value in lengths.items()
                if (count := check_count(value))
            }
        )
    kind = error.get("error_type")
    message = check_text(message) if isinstance(message, str) else ""
    return _translate(status, kind=kind, message=message, is_shown=True)


def _translate(
    status: int, *, kind: object, message: str, is_shown: bool
) -> FalconError:
    if lengths := _find_lengths(message):
        return _too_long(lengths)
    if kind == "template_error" or "chat template" in message:
        return ConfigurationError(
            text(
                "The model behind this endpoint has no chat template, which its "
                "container needs for messages. Choose a container format that takes a "
                "prompt."
            )
        )
    if kind == "incomplete_generation":
        return IncompleteGenerationError(text("The model ended its answer too early."))
    if kind == "overloaded" or status in _BUSY_STATUSES:
        return OverloadedError(
            text("The model is busy with other questions. Try again in a moment.")
        )
    if (
        kind == "validation"
        or status in _REQUEST_STATUSES
        or message.startswith("Input parsing failed")  # DJL, with status 424
    ):
        return _invalid(message if is_shown else "", status=status)
    return failure()


def failure() -> GenerationError:
    """Return the error for a container that failed without saying why to a person."""
    return GenerationError(
        text(
            "The model failed while answering. Try again; if it goes on failing, the "
            "endpoint's log in CloudWatch says why."
        )
    )


def _invalid(message: str, *, status: int) -> InvalidInputError:
    message = " ".join(message.removeprefix("Input validation error: ").split())
    if not message:
        return InvalidInputError(
            text(
                "The endpoint refused the request (HTTP {status}). Check which "
                "container serves this endpoint.",
                status=status,
            )
        )
    if len(message) > _LONGEST_MESSAGE:
        message = f"{message[:_LONGEST_MESSAGE]}…"
    return InvalidInputError(
        text("The model refused the request: {problem}", problem=message)
    )


def _find_lengths(message: str) -> dict[str, int]:
    lengths: dict[str, int] = {}
    for pattern in _LENGTHS:
        if match := pattern.search(message):
            lengths |= {name: int(count) for name, count in match.groupdict().items()}
    return lengths


def _too_long(lengths: Mapping[str, int]) -> InvalidInputError:
    return InvalidInputError(
        text(
            "The conversation is too long for the model: {lengths}. Shorten the "
            "message or ask for a shorter answer.",
            lengths=_said(lengths),
        )
        if lengths
        else text(
            "The conversation is too long for the model. Shorten the message or ask "
            "for a shorter answer."
        ),
        **lengths,
    )


def _said(lengths: Mapping[str, int]) -> Text:
    match lengths:
        case {"input_tokens": given, "max_input_tokens": longest}:
            return text(
                "it is {given} tokens and {longest} fit", given=given, longest=longest
            )
        case {"input_tokens": given, "max_total_tokens": total}:
            return text(
                "it is {given} tokens and {total} fit together with the answer",
                given=given,
                total=total,
            )
        case {"input_tokens": given}:
            return text("it is {given} tokens", given=given)
        case {"max_input_tokens": longest}:
            return text("{longest} fit", longest=longest)
    return text(
        "{total} fit together with the answer", total=lengths["max_total_tokens"]
    )
