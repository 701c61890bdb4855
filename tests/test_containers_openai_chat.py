from __future__ import annotations

import json
from typing import Any

import pytest

from falcon.containers import openai_chat
from falcon.conversation import Message
from falcon.errors import (
    DecodingError,
    GenerationError,
    InvalidInputError,
    OverloadedError,
)
from falcon.events import FinishEvent
from tests.container_requests import fitted, request
from tests.stream_fixtures import replay

PROMPT = fitted("-", Message("system", "Be brief."), Message("user", "안녕"))


def answer(
    content: str | None = "ok", *, usage: object = None, **choice: Any
) -> FinishEvent:
    message = {"role": "assistant", "content": content}
    body = {"choices": [{"index": 0, "message": message, **choice}], "usage": usage}
    return openai_chat.decode_answer(json.dumps(body).encode(), prompt=PROMPT)


def test_the_turns_are_sent_and_no_model_is_named() -> None:
    assert request(openai_chat, prompt=PROMPT) == {
        "messages": [
            {"role": "system", "content": "Be brief."},
            {"role": "user", "content": "안녕"},
        ],
        "max_tokens": 256,
        "temperature": 0.0,
        "stream": True,
        "stream_options": {"include_usage": True},
    }


def test_a_question_without_an_answer_is_joined_to_the_next() -> None:
    turns = (Message("user", "Hi"), Message("user", "Hello?"))

    body = request(openai_chat, prompt=fitted("Hi", *turns))

    assert body["messages"] == [{"role": "user", "content": "Hi\n\nHello?"}]


def test_a_temperature_that_vllm_refuses_is_refused_before_it_is_sent() -> None:
    with pytest.raises(InvalidInputError, match=r"2 at most, not 2\.5"):
        request(openai_chat, temperature=2.5)


def test_a_whole_answer_is_not_asked_for_a_streams_counts() -> None:
    assert "stream_options" not in request(openai_chat, stream=False)


def test_sampling_without_a_temperature_leaves_it_to_the_container() -> None:
    body = request(openai_chat, top_p=0.9)

    assert body["top_p"] == 0.9
    assert "temperature" not in body


def test_a_greedy_request_sends_no_sampling_value() -> None:
    body = request(openai_chat, do_sample=False, temperature=0.7, top_p=0.9, top_k=3)

    assert body["temperature"] == 0.0
    assert not {"top_p", "top_k"} & body.keys()


def test_values_that_change_nothing_are_left_out() -> None:
    body = request(
        openai_chat, top_p=1.0, top_k=0, repetition_penalty=1.0, frequency_penalty=0.0
    )

    assert body.keys() == {"messages", "max_tokens", "stream", "stream_options"}


def test_every_other_parameter_is_sent_by_its_name() -> None:
    body = request(
        openai_chat,
        max_new_tokens=10,
        temperature=0.7,
        top_p=0.9,
        top_k=40,
        repetition_penalty=1.1,
        frequency_penalty=0.5,
        seed=2**63 + 7,
        stop=("User:",),
        stream=False,
    )

    assert body == {
        "messages": [],
        "stream": False,
        "max_tokens": 10,
        "temperature": 0.7,
        "top_p": 0.9,
        "top_k": 40,
        "repetition_penalty": 1.1,
        "repeat_penalty": 1.1,
        "frequency_penalty": 0.5,
        "seed": 7,
        "stop": ["User:"],
    }


def test_what_a_chat_does_not_have_is_not_sent() -> None:
    unknown: dict[str, Any] = {
        "typical_p": 0.9,
        "best_of": 2,
        "watermark": True,
        "truncate": 9,
    }

    assert not unknown.keys() & openai_chat.PARAMETERS
    assert not unknown.keys() & request(openai_chat, **unknown).keys()


@pytest.mark.parametrize(
    ("choice", "expected"),
    [
        ({"finish_reason": "stop"}, "eos_token"),
        ({"finish_reason": "stop", "stop_reason": None}, "eos_token"),
        ({"finish_reason": "stop", "stop_reason": 11}, "eos_token"),
        ({"finish_reason": "stop", "stop_reason": "User:"}, "stop_sequence"),
        ({"finish_reason": "stop_sequence"}, "stop_sequence"),
        ({"finish_reason": "eos_token"}, "eos_token"),
        ({"finish_reason": "length"}, "length"),
        ({"finish_reason": "tool_calls"}, "unknown"),
        ({"finish_reason": None}, "unknown"),
        ({}, "unknown"),
    ],
)
def test_a_choice_tells_how_it_ended(choice: dict[str, Any], expected: str) -> None:
    assert answer(**choice).reason == expected


def test_a_whole_answer_has_its_text_and_its_counts() -> None:
    usage = {"prompt_tokens": 9, "completion_tokens": 3, "total_tokens": 12}

    assert answer(usage=usage, finish_reason="stop") == FinishEvent(
        "eos_token", generated_text="ok", generated_tokens=3, input_tokens=9
    )


def test_a_message_without_text_is_an_empty_answer() -> None:
    assert answer(None).generated_text == ""


@pytest.mark.parametrize("reason", ["error", "abort"])
def test_a_whole_answer_that_failed_is_no_answer(reason: str) -> None:
    with pytest.raises(GenerationError):
        answer(finish_reason=reason)


def test_an_error_in_the_place_of_a_whole_answer_is_raised() -> None:
    body = b'{"error": {"message": "busy", "type": "x", "code": 503}}'

    with pytest.raises(OverloadedError):
        openai_chat.decode_answer(body, prompt=PROMPT)


@pytest.mark.parametrize("choices", ["[]", "[{}]", '[{"message": 1}]'])
def test_an_answer_without_a_message_is_a_decoding_error(choices: str) -> None:
    with pytest.raises(DecodingError):
        openai_chat.decode_answer(f'{{"choices": {choices}}}'.encode(), prompt=PROMPT)


def test_the_end_comes_once_however_often_it_is_said() -> None:
    end = {"choices": [{"delta": {}, "finish_reason": "stop"}], "usage": {}}
    sent = f"data: {json.dumps(end)}\n\ndata: [DONE]\n\ndata: [DONE]\n\n".encode()

    assert replay(openai_chat.stream_decoder(), [sent]).events == (
        FinishEvent("eos_token"),
    )


def test_the_end_waits_for_the_counts() -> None:
    decoder = openai_chat.stream_decoder()
    usage = b'{"choices": [], "usage": {"completion_tokens": 3, "prompt_tokens": 9}}'

    assert decoder.decode(b'{"choices": [{"finish_reason": "stop"}]}\n') == []
    assert decoder.decode(usage + b"\n") == [
        FinishEvent("eos_token", generated_tokens=3, input_tokens=9)
    ]


def test_a_chunk_after_the_finish_reason_does_not_take_it_back() -> None:
    sent = b'{"choices": [{"finish_reason": "length"}]}\n{"choices": [{"delta": {}}]}\n'

    assert replay(openai_chat.stream_decoder(), [sent]).end == "length"


def test_a_fault_at_the_very_end_is_no_end() -> None:
    event = b'{"choices": [{"finish_reason": "stop", "delta": {"content": "a"}}]}'
    sent = b"data: " + event + b'\n{"error": {"message": "x", "code": 500}}'

    outcome = replay(openai_chat.stream_decoder(), [sent])

    assert (outcome.text, outcome.end) == ("a", "cut")


def test_a_fault_after_the_finish_reason_is_no_end() -> None:
    sent = b'{"choices": [{"finish_reason": "stop", "delta": {"content": "a"}}]}\n'

    outcome = replay(openai_chat.stream_decoder(), [sent + b"<html>\n"])

    assert (outcome.text, outcome.end) == ("a", DecodingError.__name__)
