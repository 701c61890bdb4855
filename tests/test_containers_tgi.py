from __future__ import annotations

import json
from typing import Any

import pytest

from falcon.containers import tgi
from falcon.errors import OverloadedError
from falcon.events import FinishEvent, TokenEvent
from falcon.parameters import GenerationParameters
from tests.container_requests import fitted, request
from tests.stream_fixtures import replay


def test_untouched_parameters_are_left_to_the_container() -> None:
    assert request(tgi) == {
        "inputs": "Hi",
        "parameters": {
            "max_new_tokens": 256,
            "do_sample": False,
            "details": True,
            "return_full_text": False,
        },
        "stream": True,
    }


def test_a_prompt_is_sent_as_the_characters_it_is() -> None:
    body = tgi.encode_request(
        fitted("안녕 🦅"), GenerationParameters(), stream=False
    ).decode()

    assert "안녕 🦅" in body
    assert json.loads(body)["stream"] is False


def test_values_that_tgi_refuses_because_they_change_nothing_are_left_out() -> None:
    sent = request(
        tgi, top_p=1.0, typical_p=1.0, top_k=0, repetition_penalty=1.0, best_of=1
    )["parameters"]

    assert not {
        "top_p",
        "typical_p",
        "top_k",
        "repetition_penalty",
        "best_of",
    } & set(sent)


def test_a_temperature_of_exactly_one_says_that_it_samples() -> None:
    sent = request(tgi, temperature=1.0)["parameters"]

    assert sent["temperature"] == 1.0
    assert sent["do_sample"] is True


def test_a_greedy_request_sends_no_sampling_value() -> None:
    sent = request(tgi, do_sample=False, temperature=0.7, top_k=5, seed=1)["parameters"]

    assert not {"temperature", "top_k"} & sent.keys()
    assert sent["do_sample"] is False


@pytest.mark.parametrize("stream", [True, False])
def test_best_of_is_sent_where_tgi_allows_it(stream: bool) -> None:
    sent = request(tgi, stream=stream, do_sample=True, best_of=2)["parameters"]

    assert ("best_of" in sent) is not stream


def test_every_other_parameter_is_sent_by_its_name() -> None:
    values: dict[str, Any] = {
        "temperature": 0.7,
        "top_p": 0.9,
        "top_k": 40,
        "typical_p": 0.8,
        "repetition_penalty": 1.1,
        "frequency_penalty": 0.5,
        "seed": 7,
        "truncate": 100,
        "return_full_text": True,
        "watermark": True,
        "details": False,
        "stop": ("a", "b"),
    }
    sent = request(tgi, **values)["parameters"]

    assert sent == {
        **values,
        "stop": ["a", "b"],
        "max_new_tokens": 256,
        "do_sample": True,
    }


@pytest.mark.parametrize(
    "body",
    [
        b'[{"generated_text": " ok"}]',
        b'{"generated_text": " ok"}\n',
        b'[{"generated_text": " ok", "details": {"best_of_sequences": []}}]',
    ],
)
def test_a_whole_answer_is_a_list_of_one_or_the_object_alone(body: bytes) -> None:
    assert tgi.decode_answer(body, prompt=fitted()) == FinishEvent(
        "unknown", generated_text=" ok"
    )


def test_several_answers_are_joined_by_newlines() -> None:
    body = b'[{"generated_text": "a"}, {"generated_text": "b"}]'

    assert tgi.decode_answer(body, prompt=fitted()).generated_text == "a\nb"


def test_the_details_tell_how_an_answer_ended() -> None:
    details = {
        "finish_reason": "length",
        "generated_tokens": 3,
        "input_length": 9,
        "seed": 2**64 - 1,
    }
    body = json.dumps([{"generated_text": "a", "details": details}]).encode()

    assert tgi.decode_answer(body, prompt=fitted()) == FinishEvent(
        "length",
        generated_text="a",
        generated_tokens=3,
        input_tokens=9,
        seed=2**64 - 1,
    )


def test_an_error_in_the_place_of_a_whole_answer_is_raised() -> None:
    body = b'{"error": "Model is overloaded", "error_type": "overloaded"}'

    with pytest.raises(OverloadedError):
        tgi.decode_answer(body, prompt=fitted())


def test_a_special_token_has_no_text() -> None:
    line = b'data:{"token": {"text": "<|endoftext|>", "special": true}}\n\n'

    assert replay(tgi.stream_decoder(), [line]).events == (TokenEvent(""),)
