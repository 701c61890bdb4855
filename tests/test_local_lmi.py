"""LMI's contract, through an unmodified client and with the real model."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest

from falcon.local.process import LocalEndpoint
from tests.runtime_client import KOREAN_PROMPT, PROMPT, RuntimeClient, connect

GREEDY = {"do_sample": False}
LINE_NAMES = ["index", "token", "generated_text", "details"]


@pytest.fixture(scope="module")
def runtime() -> Iterator[RuntimeClient]:
    with LocalEndpoint(container="lmi") as endpoint:
        assert endpoint.wait(timeout=30) == "ready", endpoint.reason
        with connect(endpoint.url) as client:
            yield client


def ask(runtime: RuntimeClient, **body: object) -> Any:
    return json.loads(runtime.invoke(json.dumps(body)))


def whole(runtime: RuntimeClient, inputs: str = PROMPT, /, **parameters: object) -> Any:
    return ask(runtime, inputs=inputs, parameters=parameters)


def stream(
    runtime: RuntimeClient, inputs: str = PROMPT, /, **parameters: object
) -> Any:
    parts = b"".join(runtime.parts(inputs, **parameters))
    return [json.loads(line) for line in parts.splitlines() if line]


def refusal(runtime: RuntimeClient, body: str) -> Any:
    """What the container answered to a request that it refuses, and its status."""
    with pytest.raises(runtime.boto3.exceptions.ModelError) as caught:
        runtime.invoke(body)
    answer = json.loads(caught.value.response["OriginalMessage"])
    assert answer["code"] == caught.value.response["OriginalStatusCode"]
    return answer["code"], answer["error"]


def refused(runtime: RuntimeClient, **parameters: object) -> Any:
    body = {"inputs": PROMPT, "parameters": parameters, "stream": True}
    return refusal(runtime, json.dumps(body))


def text(lines: list[Any]) -> str:
    return "".join(line["token"]["text"] for line in lines)


def test_a_whole_answer_is_an_object_of_thirty_tokens(runtime: RuntimeClient) -> None:
    answer = whole(runtime, details=True, **GREEDY)

    assert list(answer) == ["generated_text", "details"]
    assert answer["details"]["generated_tokens"] == 30


def test_details_are_left_out_unless_asked_for(runtime: RuntimeClient) -> None:
    assert list(whole(runtime, max_new_tokens=2)) == ["generated_text"]


def test_details_tell_every_token(runtime: RuntimeClient) -> None:
    answer = whole(runtime, max_new_tokens=5, details=True, seed=7)

    assert list(answer["details"]["tokens"][0]) == ["id", "text", "logprob"]
    told = "".join(token["text"] for token in answer["details"]["tokens"])
    assert told == answer["generated_text"]
    assert answer["details"]["seed"] == 7
    assert answer["details"]["prefill"] == []


def test_decoder_input_details_tell_the_prompt_but_for_its_first_token(
    runtime: RuntimeClient,
) -> None:
    answer = whole(runtime, max_new_tokens=1, details=True, decoder_input_details=True)

    prompt = "".join(token["text"] for token in answer["details"]["prefill"])
    assert prompt
    assert PROMPT.endswith(prompt)


def test_a_stream_is_one_line_for_each_token_and_two_empty_ones(
    runtime: RuntimeClient,
) -> None:
    response = runtime.open_stream(max_new_tokens=3, **GREEDY)
    parts = [event["PayloadPart"]["Bytes"] for event in response["Body"]]

    assert response["ContentType"] == "application/jsonlines"
    assert parts[-1] == b"\n\n"
    lines = [json.loads(part) for part in parts[:-1]]
    assert len(lines) == 3
    assert all(part.endswith(b"}\n") for part in parts[:-1])
    assert all(list(line) == LINE_NAMES for line in lines)
    assert [line["index"] for line in lines] == [0, 0, 0]
    assert list(lines[0]["token"]) == ["id", "text", "logprob"]


def test_the_last_line_carries_the_text_and_the_details(runtime: RuntimeClient) -> None:
    *lines, last = stream(runtime, max_new_tokens=4, details=True, seed=3)

    assert all(line["generated_text"] is None for line in lines)
    assert last["generated_text"] == text([*lines, last])
    details = last["details"]
    assert details["finish_reason"] == "length"
    assert details["generated_tokens"] == 4 + 1  # as the container counts
    assert details["seed"] == 3
    assert details["input_length"] > 0


def test_a_stream_and_a_whole_answer_agree(runtime: RuntimeClient) -> None:
    parameters = {"max_new_tokens": 60, "seed": 5, "temperature": 1.5}

    answer = whole(runtime, **parameters)
    lines = stream(runtime, **parameters)

    assert lines[-1]["generated_text"] == answer["generated_text"] == text(lines)


def test_nothing_said_is_sampled(runtime: RuntimeClient) -> None:
    hot = {"max_new_tokens": 100, "temperature": 2}

    assert whole(runtime, **hot) != whole(runtime, **hot)
    assert whole(runtime, **hot, **GREEDY) == whole(runtime, **hot, **GREEDY)


def test_the_models_own_end_has_no_text_and_is_a_stop(runtime: RuntimeClient) -> None:
    lines = stream(runtime, max_new_tokens=300, details=True, **GREEDY)

    assert lines[-1]["token"]["text"] == ""
    assert lines[-1]["details"]["finish_reason"] == "stop"


@pytest.mark.parametrize(
    "stop",
    [
        pytest.param("small Falcon", id="a string"),
        pytest.param(["never", "small Falcon"], id="a list"),
        pytest.param(list("XYZQ!"), id="five"),
    ],
)
def test_a_stop_string_is_cut_off_and_never_shown(
    stop: object, runtime: RuntimeClient
) -> None:
    complete = whole(runtime, max_new_tokens=60, **GREEDY)["generated_text"]
    parameters = {"max_new_tokens": 60, "stop": stop, "details": True, **GREEDY}

    answer = whole(runtime, **parameters)
    lines = stream(runtime, **parameters)

    reason = answer["details"]["finish_reason"]
    assert reason in stop  # type: ignore[operator]  # a string or a list of them
    assert answer["generated_text"] == complete.partition(reason)[0]
    assert text(lines) == answer["generated_text"] == lines[-1]["generated_text"]
    assert lines[-1]["details"]["finish_reason"] == "stop"


def test_stop_sequences_are_ignored_in_async_mode(runtime: RuntimeClient) -> None:
    plain = whole(runtime, max_new_tokens=20, **GREEDY)

    assert whole(runtime, max_new_tokens=20, stop_sequences=["a"], **GREEDY) == plain


def test_the_full_text_begins_with_the_prompt(runtime: RuntimeClient) -> None:
    parameters = {"max_new_tokens": 4, "return_full_text": True, **GREEDY}

    answer = whole(runtime, **parameters)["generated_text"]
    lines = stream(runtime, **parameters)

    assert answer == lines[-1]["generated_text"] == PROMPT + text(lines)


def test_truncate_keeps_the_end_of_the_prompt(runtime: RuntimeClient) -> None:
    long = "word " * 3000

    last = stream(runtime, long, truncate=5, max_new_tokens=1, details=True)[-1]
    fitting = stream(runtime, long, truncate=-1, max_new_tokens=1, details=True)[-1]

    assert last["details"]["input_length"] == 5
    assert fitting["details"]["input_length"] == 1023


def test_a_character_of_several_tokens_is_shown_whole(runtime: RuntimeClient) -> None:
    lines = stream(runtime, KOREAN_PROMPT, max_new_tokens=40, **GREEDY)

    assert "\N{REPLACEMENT CHARACTER}" not in text(lines)
    assert "" in [line["token"]["text"] for line in lines]


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        pytest.param("{", "Expecting property name enclosed in", id="no JSON"),
        pytest.param("[]", "invalid payload. must contain prompt,", id="a list"),
        pytest.param("{}", "invalid payload. must contain prompt,", id="nothing"),
        pytest.param(
            '{"inputs": "a", "parameters": null}',
            "'NoneType' object has no attribute 'pop'",
            id="null parameters",
        ),
        pytest.param(
            '{"inputs": "a", "parameters": {"max_new_tokens": "many"}}',
            "1 validation error for CompletionRequest\nmax_tokens\n  Input should be",
            id="a wrong type",
        ),
        pytest.param(
            '{"inputs": "a", "parameters": {"seed": 9223372036854775808}}',
            "1 validation error for CompletionRequest\nseed\n  Input should be less",
            id="a seed of 64 bits",
        ),
        pytest.param(
            '{"inputs": 3}',
            "1 validation error for CompletionRequest\nprompt\n  Input should be",
            id="no text",
        ),
    ],
)
def test_what_is_no_request_is_a_424(
    body: str, reason: str, runtime: RuntimeClient
) -> None:
    status, error = refusal(runtime, body)

    assert status == 424
    assert error.startswith(f"Input parsing failed: {reason}")


@pytest.mark.parametrize(
    ("parameters", "reason"),
    [
        pytest.param(
            {"temperature": -0.5},
            "temperature must be non-negative, got -0.5. "
            "(parameter=temperature, value=-0.5)",
            id="temperature",
        ),
        pytest.param(
            {"temperature": 2.5},
            "temperature must be in [0, 2], got 2.5. "
            "(parameter=temperature, value=2.5)",
            id="hot",
        ),
        pytest.param(
            {"top_p": 0},
            "top_p must be in (0, 1], got 0.0. (parameter=top_p, value=0.0)",
            id="top_p",
        ),
        pytest.param(
            {"top_k": -2},
            "top_k must be 0 (disable), or at least 1, got -2.",
            id="top_k",
        ),
        pytest.param(
            {"repetition_penalty": 0},
            "repetition_penalty must be greater than zero, got 0.0.",
            id="repetition_penalty",
        ),
        pytest.param(
            {"frequency_penalty": 2.1},
            "frequency_penalty must be in [-2, 2], got 2.1.",
            id="frequency_penalty",
        ),
        pytest.param(
            {"max_new_tokens": 0},
            "max_tokens must be at least 1, got 0. (parameter=max_tokens, value=0)",
            id="no new tokens",
        ),
        pytest.param(
            {"stop": [""]}, "stop cannot contain an empty string.", id="empty stop"
        ),
        pytest.param(
            {"top_n_tokens": 2}, "n must be 1 on this machine, got 2.", id="n"
        ),
        pytest.param(
            {"model": "other"}, "The model `other` does not exist.", id="name"
        ),
        pytest.param(
            {"max_new_tokens": 1020},
            "This model's maximum context length is 1024 tokens. However, you "
            "requested 1020 output tokens and your prompt contains at least 5 input "
            "tokens, for a total of at least 1025 tokens. Please reduce the length of "
            "the input prompt or the number of requested output tokens. "
            "(parameter=input_tokens, value=5)",
            id="too long",
        ),
    ],
)
def test_what_vllm_refuses_keeps_its_words_also_in_a_stream(
    parameters: dict[str, object], reason: str, runtime: RuntimeClient
) -> None:
    status, error = refused(runtime, **parameters)

    assert status == (404 if "model" in parameters else 400)
    assert error == reason


@pytest.mark.parametrize(
    "parameters",
    [
        pytest.param({"top_p": 1, "top_k": 0, "repetition_penalty": 1}, id="neutral"),
        pytest.param({"top_k": -1, "seed": -1, "temperature": 0}, id="switched off"),
        pytest.param({"temperature": 2, "frequency_penalty": -2}, id="bounds"),
        pytest.param({"seed": 2**63 - 1, "top_k": 2**40}, id="largest"),
        pytest.param({"typical_p": 7, "watermark": True, "best_of": 9}, id="unknown"),
        pytest.param({"max_new_tokens": "2"}, id="a number in a string"),
    ],
)
def test_a_value_at_its_bound_is_taken(
    parameters: dict[str, object], runtime: RuntimeClient
) -> None:
    assert "generated_text" in whole(runtime, **{"max_new_tokens": 2, **parameters})


def test_messages_are_chat_completions_on_lines_without_data(
    runtime: RuntimeClient,
) -> None:
    messages = [{"role": "user", "content": "Hello"}]
    body = {"messages": messages, "max_tokens": 3, "temperature": 0}

    answer = ask(runtime, **body)
    streamed = runtime.invoke(json.dumps({**body, "stream": True}))

    opening, *chunks = (json.loads(line) for line in streamed.splitlines() if line)
    assert streamed.endswith(b"}\n\n")
    assert opening["choices"][0]["delta"] == {"role": "assistant", "content": ""}
    content = "".join(chunk["choices"][0]["delta"]["content"] for chunk in chunks)
    assert content == answer["choices"][0]["message"]["content"]
    assert answer["object"] == "chat.completion"
    assert answer["usage"]["completion_tokens"] == len(chunks) == 3
