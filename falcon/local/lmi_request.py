"""A request as an LMI container reads it in its async mode, the default since v17.

The body says by its fields what it is: `inputs` becomes a vLLM completion request, with
some parameters renamed and all others passed as they are named, and `messages` is a
chat completion request. Sources, in deepjavalibrary/djl-serving under
engines/python/setup/djl_python: lmi_vllm/vllm_async_service.py (preprocess_request: the
kinds and "Input parsing failed"), lmi_vllm/request_response_utils.py
(convert_lmi_schema_to_completion_request: names and defaults).

Two surprises that are the container's: `stop_sequences` is an unknown name here and
ignored (its older rolling batch renames it), and `top_n_tokens` asks for that many
answers. What differs: vLLM's own `prompt` requests are refused.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated, Any

from pydantic import Field

from falcon.local.chat_request import ChatCompletionRequest
from falcon.local.vllm_request import VLLMRequest

if TYPE_CHECKING:
    from collections.abc import Mapping

DEFAULT_MAX_NEW_TOKENS = 30
KEEP_WHAT_FITS = -1
"""As a number of tokens to truncate to."""


class InputParsingError(Exception):
    """The body is not a request; the text is the container's own."""


class CompletionRequest(VLLMRequest):
    """vLLM's completion request; its name is in the words of its refusals."""

    prompt: str
    echo: bool | None = False
    max_tokens: int | None = 16
    truncate_prompt_tokens: Annotated[int, Field(ge=KEEP_WHAT_FITS)] | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class LMIRequest:
    """A completion request, and what the answer is to show besides."""

    completion: CompletionRequest
    details: bool
    prefill: bool
    """The details tell the prompt's tokens, too."""


def parse_request(body: bytes) -> LMIRequest | ChatCompletionRequest:
    """Read a body. Raises InputParsingError if it is none of the two kinds."""
    try:
        return _read_request(json.loads(body))
    except (ValueError, RecursionError) as error:  # pydantic's are ValueErrors
        raise InputParsingError(f"Input parsing failed: {error}") from error


def _read_request(payload: object) -> LMIRequest | ChatCompletionRequest:
    if isinstance(payload, dict) and "prompt" not in payload:
        if "inputs" in payload:
            return _read_inputs(payload)
        if "messages" in payload:
            return ChatCompletionRequest.model_validate(payload)
    raise ValueError("invalid payload. must contain prompt, inputs, or messages")


# Any: JSON, which pydantic checks.
def _read_inputs(payload: Mapping[str, Any]) -> LMIRequest:
    given = payload.get("parameters", {})
    if not isinstance(given, dict):
        raise ValueError(f"{type(given).__name__!r} object has no attribute 'pop'")
    parameters = dict(given)
    completion = {
        "prompt": payload["inputs"],
        "model": payload.get("model"),
        "stream": payload.get("stream", False),
        "max_tokens": parameters.pop("max_new_tokens", DEFAULT_MAX_NEW_TOKENS),
        "echo": parameters.pop("return_full_text", False),
        "truncate_prompt_tokens": parameters.pop("truncate", None),
        "n": parameters.pop("top_n_tokens", 1),
    }
    details = bool(parameters.pop("details", False))
    prefill = details and bool(parameters.pop("decoder_input_details", False))
    do_sample = parameters.pop("do_sample", None)
    if do_sample is not None and not do_sample:
        parameters["temperature"] = 0.0
    request = CompletionRequest.model_validate(completion | parameters)
    if prefill and request.stream:
        raise ValueError("`prompt_logprobs` are not available when `stream=True`.")
    return LMIRequest(completion=request, details=details, prefill=prefill)
