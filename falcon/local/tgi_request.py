"""A request as a TGI 2.4 container reads it: the JSON body, its types, its defaults.

Knows the shape of the request and nothing of which values are allowed. The words for a
malformed body are axum's and serde's; where in the body it is wrong, they tell in their
own way and this does not.
"""

from __future__ import annotations

import json
import struct
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from falcon.local.tgi_errors import MalformedRequestError

if TYPE_CHECKING:
    from collections.abc import Callable

DEFAULT_MAX_NEW_TOKENS = 100
NOT_JSON = "Failed to parse the request body as JSON"


@dataclass(frozen=True, slots=True, kw_only=True)
class GenerateParameters:
    """The `parameters` of a request, by their names on the wire."""

    best_of: int | None = None
    temperature: float | None = None
    repetition_penalty: float | None = None
    frequency_penalty: float | None = None
    top_k: int | None = None
    top_p: float | None = None
    typical_p: float | None = None
    do_sample: bool = False
    max_new_tokens: int | None = DEFAULT_MAX_NEW_TOKENS
    """None, which only an explicit null means, is as many as fit."""
    return_full_text: bool | None = None
    stop: tuple[str, ...] = ()
    truncate: int | None = None
    watermark: bool = False
    """Accepted and without effect: llama.cpp has no watermark."""
    details: bool = False
    decoder_input_details: bool = False
    seed: int | None = None
    top_n_tokens: int | None = None
    grammar: object = None


@dataclass(frozen=True, slots=True, kw_only=True)
class GenerateRequest:
    """What is asked of the model."""

    inputs: str
    parameters: GenerateParameters
    stream: bool = False


def parse_request(body: bytes, *, content_type: str) -> GenerateRequest:
    """Read a body. Raises MalformedRequestError if it is not JSON or not a request."""
    media_type = content_type.partition(";")[0].strip().lower()
    if media_type != "application/json" and not media_type.endswith("+json"):
        raise MalformedRequestError(
            415, "Expected request with `Content-Type: application/json`"
        )
    document = _parse_json(body)
    try:
        return _read_request(document)
    except UnicodeEncodeError as error:
        reason = "lone leading surrogate in hex escape"
        raise MalformedRequestError(400, f"{NOT_JSON}: {reason}") from error
    except (TypeError, KeyError, OverflowError) as error:
        reason = "data did not match any variant of untagged enum SagemakerRequest"
        lead = "Failed to deserialize the JSON body into the target type"
        raise MalformedRequestError(422, f"{lead}: {reason}") from error


def _parse_json(body: bytes) -> object:
    try:
        return json.loads(body.decode(), parse_constant=_refuse_constant)
    except json.JSONDecodeError as error:
        at_end = error.pos >= len(error.doc.rstrip())
        reason = "EOF while parsing a value" if at_end else "expected value"
        place = f"line {error.lineno} column {error.colno}"
        raise MalformedRequestError(400, f"{NOT_JSON}: {reason} at {place}") from error
    except (ValueError, RecursionError) as error:
        raise MalformedRequestError(
            400, f"{NOT_JSON}: expected value at line 1 column 1"
        ) from error


def _refuse_constant(name: str) -> object:
    """Python's parser knows NaN and Infinity; JSON does not."""
    raise ValueError(name)


def _read_request(document: object) -> GenerateRequest:
    if not isinstance(document, dict):
        raise TypeError(document)
    parameters = GenerateParameters(do_sample=True)
    if "parameters" in document:
        parameters = _read_parameters(document["parameters"])
    return GenerateRequest(
        inputs=_string(document["inputs"]),
        parameters=parameters,
        stream=_boolean(document.get("stream", False)),
    )


def _read_parameters(document: object) -> GenerateParameters:
    if not isinstance(document, dict):
        raise TypeError(document)
    values: dict[str, Any] = {}  # Any: each is checked by its own reader
    for name, read in PARAMETERS.items():
        if name in document:
            value = document[name]
            is_null = value is None and name not in NEVER_NULL
            values[name] = None if is_null else read(value)
    return GenerateParameters(**values)


def _string(value: object) -> str:
    if not isinstance(value, str):
        raise TypeError(value)
    value.encode()  # Python reads a lone surrogate; serde does not
    return value


def _strings(value: object) -> tuple[str, ...]:
    if not isinstance(value, list):
        raise TypeError(value)
    return tuple(map(_string, value))


def _boolean(value: object) -> bool:
    if not isinstance(value, bool):
        raise TypeError(value)
    return value


def _single_precision(value: object) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise TypeError(value)
    (rounded,) = struct.unpack("<f", struct.pack("<f", value))
    return float(rounded)


def _integer(least: int, most: int) -> Callable[[object], int]:
    def read(value: object) -> int:
        if isinstance(value, bool) or not isinstance(value, int):
            raise TypeError(value)
        if not least <= value <= most:
            raise OverflowError(value)
        return value

    return read


def _anything(value: object) -> object:
    return value


_unsigned_32 = _integer(0, 2**32 - 1)
_unsigned_64 = _integer(0, 2**64 - 1)

PARAMETERS: dict[str, Callable[[object], object]] = {
    "best_of": _unsigned_64,
    "temperature": _single_precision,
    "repetition_penalty": _single_precision,
    "frequency_penalty": _single_precision,
    "top_k": _integer(-(2**31), 2**31 - 1),
    "top_p": _single_precision,
    "typical_p": _single_precision,
    "do_sample": _boolean,
    "max_new_tokens": _unsigned_32,
    "return_full_text": _boolean,
    "stop": _strings,
    "truncate": _unsigned_64,
    "watermark": _boolean,
    "details": _boolean,
    "decoder_input_details": _boolean,
    "seed": _unsigned_64,
    "top_n_tokens": _unsigned_32,
    "grammar": _anything,
}
NEVER_NULL = {"do_sample", "stop", "watermark", "details", "decoder_input_details"}
