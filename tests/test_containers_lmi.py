from __future__ import annotations

import json
from typing import Any

import pytest

from falcon.containers import lmi
from falcon.errors import GenerationError, IncompleteGenerationError
from falcon.events import FinishEvent
from tests.container_requests import fitted, request
from tests.stream_fixtures import replay


def answer(**details: Any) -> FinishEvent:
    body = json.dumps({"generated_text": " ok", "details": details}).encode()
    return lmi.decode_answer(body, prompt=fitted())


def test_untouched_parameters_are_left_to_the_container() -> None:
    assert request(lmi) == {
        "inputs": "Hi",
        "parameters": {"max_new_tokens": 256, "do_sample": False, "details": True},
        "stream": True,
    }


def test_sampling_is_said_aloud() -> None:
    sent = request(lmi, temperature=0.7, top_k=40)["parameters"]

    assert (sent["do_sample"], sent["temperature"], sent["top_k"]) == (True, 0.7, 40)


def test_values_that_change_nothing_are_left_out() -> None:
    sent = request(
        lmi, top_p=1.0, top_k=0, repetition_penalty=1.0, frequency_penalty=0.0
    )["parameters"]

    assert sent.keys() == {"max_new_tokens", "do_sample", "details"}


def test_stop_sequences_have_the_name_that_either_engine_knows() -> None:
    sent = request(lmi, stop=("User:",))["parameters"]

    assert sent["stop"] == sent["stop_sequences"] == ["User:"]


def test_a_seed_fits_in_what_vllm_takes() -> None:
    assert request(lmi, seed=7)["parameters"]["seed"] == 7
    assert 0 <= request(lmi, seed=2**64 - 1)["parameters"]["seed"] < 2**63


def test_what_lmi_does_not_have_is_not_sent() -> None:
    unknown: dict[str, Any] = {"typical_p": 0.9, "best_of": 2, "watermark": True}

    assert not unknown.keys() & lmi.PARAMETERS
    sent = request(lmi, stream=False, **unknown)["parameters"]
    assert not unknown.keys() & sent.keys()


def test_every_other_parameter_is_sent_by_its_name() -> None:
    values: dict[str, Any] = {
        "max_new_tokens": 10,
        "do_sample": True,
        "temperature": 0.7,
        "top_p": 0.9,
        "top_k": 40,
        "repetition_penalty": 1.1,
        "frequency_penalty": 0.5,
        "seed": 7,
        "truncate": 100,
        "return_full_text": True,
        "details": False,
    }

    assert request(lmi, **values)["parameters"] == values
    assert {*values, "stop"} == lmi.PARAMETERS


@pytest.mark.parametrize(
    "body", [b'{"generated_text": " ok"}\n', b'[{"generated_text": " ok"}]']
)
def test_a_whole_answer_is_an_object_or_a_list_of_one(body: bytes) -> None:
    assert lmi.decode_answer(body, prompt=fitted()) == FinishEvent(
        "unknown", generated_text=" ok"
    )


@pytest.mark.parametrize(
    ("details", "expected"),
    [
        ({"finish_reason": "length", "generated_tokens": 9}, "length"),
        ({"finish_reason": "stop_sequence", "generated_tokens": 9}, "stop_sequence"),
        pytest.param(
            {"finish_reason": None, "generated_tokens": 9}, "eos_token", id="end"
        ),
        pytest.param(
            {"finish_reason": None, "generated_tokens": 256}, "length", id="full"
        ),
        pytest.param(
            {"finish_reason": "User:", "generated_tokens": 9},
            "stop_sequence",
            id="the stop sequence itself",
        ),
        pytest.param(
            {"finish_reason": 11, "generated_tokens": 9}, "eos_token", id="a stop token"
        ),
        ({"finish_reason": None}, "unknown"),
    ],
)
def test_how_a_whole_answer_ended_is_told_by_what_vllm_leaves_of_it(
    details: dict[str, Any], expected: str
) -> None:
    assert answer(**details).reason == expected


def test_a_whole_answer_that_failed_is_no_answer() -> None:
    with pytest.raises(GenerationError):
        answer(finish_reason="error", generated_tokens=None, inputs=None, tokens=None)


def test_the_count_that_djl_makes_one_too_large_is_put_right() -> None:
    end = {
        "token": {"id": 1, "text": "a"},
        "generated_text": "a",
        "details": {"finish_reason": "stop", "generated_tokens": 3, "input_length": 9},
    }

    finish = replay(lmi.stream_decoder(), [json.dumps(end).encode()]).finish

    assert finish
    assert finish.generated_tokens == 2


def test_the_old_stream_says_that_its_end_is_not_known() -> None:
    decoder = lmi.stream_decoder()
    decoder.decode(b'{"outputs": [" a"]}\n')

    with pytest.raises(IncompleteGenerationError, match="whole answers"):
        decoder.flush()


def test_the_last_text_of_an_old_stream_is_not_lost() -> None:
    assert replay(lmi.stream_decoder(), [b'{"outputs": [" a"]}']).text == " a"
