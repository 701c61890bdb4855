"""Every bound of TGI 2.4, refused in its words through an unmodified client."""

from __future__ import annotations

import json
from typing import Any

import pytest
from botocore.exceptions import ClientError

from falcon.local.tgi_errors import ValidationError
from falcon.local.tgi_request import GenerateParameters
from falcon.local.tgi_validation import fit_length
from tests.runtime_client import PROMPT, RuntimeClient

PROMPT_TOKENS = {"max_new_tokens": 1, "details": True, "decoder_input_details": True}

TEMPERATURE = "`temperature` must be strictly positive"
REPETITION = "`repetition_penalty` must be strictly positive"
FREQUENCY = "`frequency_penalty` must be >= -2.0 and <= 2.0"
TOP_P = "`top_p` must be > 0.0 and < 1.0"
TYPICAL_P = "`typical_p` must be > 0.0 and < 1.0"
TOP_K = "`top_k` must be strictly positive"
LENGTH = "`max_new_tokens` must be strictly positive"
STOP = "`stop` supports up to 4 stop sequences. Given: 5"
BEST_OF = "`best_of` must be > 0 and <= 2. Given: 3"
BEST_OF_SAMPLING = "you must use sampling when `best_of` is > 1"
BEST_OF_SEED = "`seed` must not be set when `best_of` > 1"
TOP_N = "`top_n_tokens` must be >= 0 and <= 5. Given: 6"
TRUNCATE = "`truncate` must be strictly positive and less than 1023. Given: "


@pytest.mark.parametrize(
    ("parameters", "reason"),
    [
        pytest.param({"temperature": 0}, TEMPERATURE, id="temperature 0"),
        pytest.param({"temperature": -1.0}, TEMPERATURE, id="temperature -1"),
        pytest.param({"repetition_penalty": 0.0}, REPETITION, id="repetition 0"),
        pytest.param({"frequency_penalty": 2.1}, FREQUENCY, id="frequency 2.1"),
        pytest.param({"frequency_penalty": -2.1}, FREQUENCY, id="frequency -2.1"),
        pytest.param({"top_p": 0.0}, TOP_P, id="top_p 0"),
        pytest.param({"top_p": 1.0}, TOP_P, id="top_p 1"),
        pytest.param({"top_p": 0.99999999}, TOP_P, id="top_p 1 in single precision"),
        pytest.param({"typical_p": 0.0}, TYPICAL_P, id="typical_p 0"),
        pytest.param({"typical_p": 1.0}, TYPICAL_P, id="typical_p 1"),
        pytest.param({"top_k": 0}, TOP_K, id="top_k 0"),
        pytest.param({"top_k": -1}, TOP_K, id="top_k -1"),
        pytest.param({"max_new_tokens": 0}, LENGTH, id="no new tokens"),
        pytest.param({"stop": list("abcde")}, STOP, id="five stop sequences"),
        pytest.param({"best_of": 3, "do_sample": True}, BEST_OF, id="best_of 3"),
        pytest.param({"best_of": 2}, BEST_OF_SAMPLING, id="best_of without sampling"),
        pytest.param(
            {"best_of": 2, "top_k": 5, "seed": 1}, BEST_OF_SEED, id="best_of and seed"
        ),
        pytest.param({"top_n_tokens": 6}, TOP_N, id="top_n_tokens 6"),
        pytest.param({"truncate": 0}, f"{TRUNCATE}0", id="truncate 0"),
        pytest.param({"truncate": 1024}, f"{TRUNCATE}1024", id="truncate 1024"),
        pytest.param(
            {"grammar": {"type": "regex", "value": "a"}},
            "grammar is not supported",
            id="grammar",
        ),
    ],
)
def test_a_value_out_of_range_is_refused_in_tgis_words(
    parameters: dict[str, object], reason: str, runtime: RuntimeClient
) -> None:
    status, body = refusal(runtime, PROMPT, **parameters)

    assert status == 422
    assert body == {
        "error": f"Input validation error: {reason}",
        "error_type": "validation",
    }


@pytest.mark.parametrize(
    "parameters",
    [
        pytest.param({"temperature": 1e-6}, id="least temperature"),
        pytest.param({"temperature": 3.4e38}, id="largest temperature"),
        pytest.param({"repetition_penalty": 0.01}, id="least repetition penalty"),
        pytest.param({"frequency_penalty": 2.0}, id="most frequency penalty"),
        pytest.param({"frequency_penalty": -2.0}, id="least frequency penalty"),
        pytest.param({"top_p": 0.999, "typical_p": 0.001}, id="probabilities"),
        pytest.param({"top_k": 2**31 - 1}, id="largest top_k"),
        pytest.param({"stop": list("abcd")}, id="four stop sequences"),
        pytest.param({"best_of": 1}, id="the best of one"),
        pytest.param({"seed": 2**64 - 1, "do_sample": True}, id="largest seed"),
        pytest.param({"seed": 2**32 - 1, "do_sample": True}, id="llama.cpp's random"),
        pytest.param({"truncate": 1023}, id="largest truncate"),
        pytest.param({"watermark": True}, id="watermark"),
        pytest.param(
            {"temperature": None, "top_p": None, "seed": None}, id="nulls are defaults"
        ),
        pytest.param({"no_such_parameter": 1}, id="an unknown name is ignored"),
    ],
)
def test_a_value_at_its_bound_is_taken(
    parameters: dict[str, object], runtime: RuntimeClient
) -> None:
    answer = runtime.whole(max_new_tokens=2, details=True, **parameters)

    assert answer["details"]["generated_tokens"] <= 2


def test_an_empty_prompt_is_refused(runtime: RuntimeClient) -> None:
    _, body = refusal(runtime, "")

    assert body["error"] == "Input validation error: `inputs` cannot be empty"


def test_a_prompt_that_fills_the_context_is_refused_with_its_length() -> None:
    as_many_as_fit = GenerateParameters(max_new_tokens=None)

    with pytest.raises(ValidationError) as caught:
        fit_length(as_many_as_fit, input_length=1024, max_total_tokens=1024)

    assert str(caught.value) == (
        "Input validation error: `inputs` must have less than 1023 tokens. Given: 1024"
    )


def test_null_new_tokens_fill_the_context() -> None:
    as_many_as_fit = GenerateParameters(max_new_tokens=None)

    assert fit_length(as_many_as_fit, input_length=24, max_total_tokens=1024) == 1000


def test_prompt_and_answer_together_must_fit(runtime: RuntimeClient) -> None:
    length = len(runtime.whole(**PROMPT_TOKENS)["details"]["prefill"])

    _, body = refusal(runtime, PROMPT, max_new_tokens=1024)

    assert body["error"] == (
        "Input validation error: `inputs` tokens + `max_new_tokens` must be <= 1024. "
        f"Given: {length} `inputs` tokens and 1024 `max_new_tokens`"
    )


def test_truncate_keeps_the_end_of_the_prompt(runtime: RuntimeClient) -> None:
    whole = runtime.whole(**PROMPT_TOKENS)["details"]["prefill"]

    cut = runtime.whole(**PROMPT_TOKENS, truncate=3)["details"]["prefill"]

    assert [token["text"] for token in cut] == [token["text"] for token in whole[-3:]]


@pytest.mark.parametrize(
    ("parameters", "reason"),
    [
        pytest.param({"top_p": 1.0}, TOP_P, id="a value"),
        pytest.param(
            {"best_of": 2, "do_sample": True},
            "`best_of` != 1 is not supported when streaming tokens",
            id="best_of",
        ),
        pytest.param(
            {"decoder_input_details": True},
            "`decoder_input_details` == true is not supported when streaming tokens",
            id="prompt details",
        ),
    ],
)
def test_in_a_stream_the_refusal_is_an_event(
    parameters: dict[str, object], reason: str, runtime: RuntimeClient
) -> None:
    events = runtime.stream(**parameters)

    error = f"Input validation error: {reason}"
    assert events == [{"error": error, "error_type": "validation"}]


def refusal(
    runtime: RuntimeClient, inputs: str, **parameters: object
) -> tuple[int, dict[str, Any]]:
    """What the container answered to a request that it refuses."""
    with pytest.raises(ClientError) as caught:
        runtime.whole(inputs, **parameters)
    # Any: only a ModelError has these two.
    response: dict[str, Any] = dict(caught.value.response)
    return response["OriginalStatusCode"], json.loads(response["OriginalMessage"])
