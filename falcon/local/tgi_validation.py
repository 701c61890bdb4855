"""Which values TGI 2.4 allows, in the order and the words in which it refuses others.

Source: text-generation-inference, router/src/validation.rs and infer/mod.rs. The order
matters, since only the first wrong value is named.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from falcon.local.tgi_errors import ValidationError

if TYPE_CHECKING:
    from collections.abc import Iterator

    from falcon.local.tgi_request import GenerateParameters, GenerateRequest

MAX_BEST_OF = 2
MAX_STOP_SEQUENCES = 4
MAX_TOP_N_TOKENS = 5


def check_values(request: GenerateRequest, *, max_input_length: int) -> None:
    """Raise ValidationError for the first value that is out of its range."""
    for reason in _objections(request, max_input_length):
        raise ValidationError(reason)


def fit_length(
    parameters: GenerateParameters, *, input_length: int, max_total_tokens: int
) -> int:
    """The number of tokens to generate. Raises ValidationError if they do not fit."""
    max_new_tokens = parameters.max_new_tokens
    if max_new_tokens is None:
        max_new_tokens = max(0, max_total_tokens - input_length)
    if input_length + max_new_tokens > max_total_tokens:
        raise ValidationError(
            f"`inputs` tokens + `max_new_tokens` must be <= {max_total_tokens}. "
            f"Given: {input_length} `inputs` tokens and "
            f"{max_new_tokens} `max_new_tokens`"
        )
    if input_length > max_total_tokens - 1:
        raise ValidationError(
            f"`inputs` must have less than {max_total_tokens - 1} tokens. "
            f"Given: {input_length}"
        )
    return max_new_tokens


def _objections(request: GenerateRequest, max_input_length: int) -> Iterator[str]:
    yield from _objections_to_kind(request)
    yield from _objections_to_sampling(request.parameters)
    yield from _objections_to_lengths(request, max_input_length)


def _objections_to_kind(request: GenerateRequest) -> Iterator[str]:
    parameters = request.parameters
    best_of = 1 if parameters.best_of is None else parameters.best_of
    if request.stream:
        if best_of != 1:
            yield "`best_of` != 1 is not supported when streaming tokens"
        if parameters.decoder_input_details:
            yield (
                "`decoder_input_details` == true is not supported when streaming tokens"
            )
    if best_of > MAX_BEST_OF:
        yield f"`best_of` must be > 0 and <= {MAX_BEST_OF}. Given: {best_of}"
    if best_of > 1 and not asks_for_sampling(parameters):
        yield "you must use sampling when `best_of` is > 1"


def _objections_to_sampling(parameters: GenerateParameters) -> Iterator[str]:
    if parameters.temperature is not None and parameters.temperature <= 0:
        yield "`temperature` must be strictly positive"
    if parameters.repetition_penalty is not None and parameters.repetition_penalty <= 0:
        yield "`repetition_penalty` must be strictly positive"
    if not -2 <= (parameters.frequency_penalty or 0) <= 2:
        yield "`frequency_penalty` must be >= -2.0 and <= 2.0"
    if parameters.top_p is not None and not 0 < parameters.top_p < 1:
        yield "`top_p` must be > 0.0 and < 1.0"
    if parameters.typical_p is not None and not 0 < parameters.typical_p < 1:
        yield "`typical_p` must be > 0.0 and < 1.0"
    if parameters.top_k is not None and parameters.top_k <= 0:
        yield "`top_k` must be strictly positive"


def _objections_to_lengths(
    request: GenerateRequest, max_input_length: int
) -> Iterator[str]:
    parameters = request.parameters
    if parameters.max_new_tokens == 0:
        yield "`max_new_tokens` must be strictly positive"
    if len(parameters.stop) > MAX_STOP_SEQUENCES:
        yield (
            f"`stop` supports up to {MAX_STOP_SEQUENCES} stop sequences. "
            f"Given: {len(parameters.stop)}"
        )
    if parameters.seed is not None and (parameters.best_of or 1) > 1:
        yield "`seed` must not be set when `best_of` > 1"
    top_n_tokens = parameters.top_n_tokens or 0
    if top_n_tokens > MAX_TOP_N_TOKENS:
        yield (
            f"`top_n_tokens` must be >= 0 and <= {MAX_TOP_N_TOKENS}. "
            f"Given: {top_n_tokens}"
        )
    if not request.inputs:
        yield "`inputs` cannot be empty"
    truncate = parameters.truncate
    if truncate is not None and not 0 < truncate <= max_input_length:
        yield (
            f"`truncate` must be strictly positive and less than {max_input_length}. "
            f"Given: {truncate}"
        )
    if parameters.grammar is not None:
        yield "grammar is not supported"


def asks_for_sampling(parameters: GenerateParameters) -> bool:
    """Whether the router takes the request for one that samples.

    The model's side has a rule of its own: see `falcon.local.tgi_sampling`.
    """
    return parameters.do_sample or any(
        value is not None
        for value in (
            parameters.temperature,
            parameters.top_k,
            parameters.top_p,
            parameters.typical_p,
        )
    )
