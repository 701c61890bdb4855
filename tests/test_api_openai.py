"""OpenAI's chat completions: what of a request counts, and what an answer looks like.

tests/test_routes_openai.py asks with OpenAI's own client.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest

from falcon.parameters import GenerationParameters
from tests.api_requests import (
    api_of,
    post,
    read,
    read_error,
    read_events,
)
from tests.fault_endpoint import FaultEndpoint, serving
from tests.stream_lines import TEXT

PATH = "/v1/chat/completions"
QUESTION = [{"role": "user", "content": "Hi"}]


@pytest.fixture
def server() -> Iterator[FaultEndpoint]:
    with serving() as endpoint:
        yield endpoint


def asked(
    server: FaultEndpoint,
    parameters: GenerationParameters = GenerationParameters(),
    **fields: Any,
) -> dict[str, Any]:
    """What the endpoint is asked for a request with these fields."""
    api = api_of(server, parameters=parameters)
    response = post(api, PATH, {"messages": QUESTION, **fields})
    assert response.status == 200, response.body
    body: dict[str, Any] = json.loads(server.bodies[-1])
    return body


def stream(
    server: FaultEndpoint, fault: str = "healthy", **fields: object
) -> list[Any]:
    body = {"messages": QUESTION, "stream": True, **fields}
    response = post(api_of(server, fault), PATH, body)
    assert response.status == 200, response.body
    assert response.headers["content-type"] == "text/event-stream"
    return read_events(response)


def content(events: list[Any]) -> str:
    return "".join(
        choice["delta"].get("content", "")
        for event in events
        if event != "[DONE]"
        for choice in event.get("choices", [])
    )


def test_a_whole_answer_is_a_chat_completion(server: FaultEndpoint) -> None:
    response = post(
        api_of(server, "parts"),
        PATH,
        {"messages": QUESTION},
        headers={"x-request-id": "abc"},
    )

    completion = read(response)
    assert completion.pop("created") > 1_700_000_000
    assert completion.pop("usage")["completion_tokens"] == 3
    assert completion == {
        "id": "chatcmpl-abc",
        "object": "chat.completion",
        "model": "falcon-7b-instruct",
        "choices": [
            {
                "index": 0,
                "message": {"role": "assistant", "content": TEXT, "refusal": None},
                "logprobs": None,
                "finish_reason": "stop",
            }
        ],
    }


def test_a_stream_is_the_same_answer_in_chunks(server: FaultEndpoint) -> None:
    events = stream(server, "parts")

    assert events[-1] == "[DONE]"
    chunks = events[:-1]
    assert {chunk["object"] for chunk in chunks} == {"chat.completion.chunk"}
    assert len({chunk["id"] for chunk in chunks}) == 1
    assert chunks[0]["choices"][0]["delta"] == {"role": "assistant", "content": ""}
    assert content(chunks) == TEXT
    reasons = [chunk["choices"][0]["finish_reason"] for chunk in chunks]
    assert reasons == [None] * (len(chunks) - 1) + ["stop"]
    assert all("usage" not in chunk for chunk in chunks)


def test_a_stream_counts_tokens_if_it_is_asked_to(server: FaultEndpoint) -> None:
    *chunks, last, done = stream(server, stream_options={"include_usage": True})

    assert done == "[DONE]"
    assert last["choices"] == []
    assert last["usage"]["completion_tokens"] == 3
    assert {chunk["usage"] for chunk in chunks} == {None}


@pytest.mark.parametrize("field", ["max_tokens", "max_completion_tokens"])
def test_the_length_of_an_answer_has_two_names(
    server: FaultEndpoint, field: str
) -> None:
    fields: dict[str, Any] = {field: 9}

    assert asked(server, **fields)["parameters"]["max_new_tokens"] == 9


@pytest.mark.parametrize(
    ("fields", "expected"),
    [
        ({"temperature": 0.7}, {"do_sample": True, "temperature": 0.7}),
        ({"top_p": 0.5}, {"do_sample": True, "top_p": 0.5}),
        ({"top_p": 0}, {"do_sample": True, "top_p": 0.01}),
        ({"top_k": 5}, {"do_sample": True, "top_k": 5}),
        ({"typical_p": 0.5}, {"do_sample": True, "typical_p": 0.5}),
        ({"temperature": 0}, {"do_sample": False}),
        ({"temperature": 1e-5, "top_p": 0.9}, {"do_sample": False}),
        ({"frequency_penalty": 0.5}, {"do_sample": False, "frequency_penalty": 0.5}),
        ({"frequency_penalty": 0}, {"do_sample": False}),
        ({"repetition_penalty": 1.2}, {"do_sample": False, "repetition_penalty": 1.2}),
        ({"seed": 7}, {"do_sample": False, "seed": 7}),
        ({"seed": -1}, {"do_sample": False, "seed": 2**64 - 1}),
        ({"seed": None, "temperature": None, "stop": None}, {"do_sample": False}),
    ],
)
def test_parameters_mean_what_they_mean_to_openai(
    server: FaultEndpoint, fields: dict[str, Any], expected: dict[str, object]
) -> None:
    parameters = asked(server, **fields)["parameters"]

    for name in ("max_new_tokens", "details", "return_full_text", "stop"):
        del parameters[name]
    assert parameters == expected


def test_temperature_0_is_greedy_whatever_the_settings_say(
    server: FaultEndpoint,
) -> None:
    settings = GenerationParameters(do_sample=True, temperature=0.8, top_k=9)

    parameters = asked(server, settings, temperature=0)["parameters"]

    assert parameters["do_sample"] is False
    assert not {"temperature", "top_k"} & set(parameters)


@pytest.mark.parametrize(
    ("stop", "sent"), [("END", ["END"]), (["a", "b"], ["a", "b"]), ([], [])]
)
def test_stop_is_a_text_or_a_list(
    server: FaultEndpoint, stop: object, sent: list[str]
) -> None:
    assert asked(server, stop=stop)["parameters"]["stop"] == [*sent, "\nUser:"]


def test_messages_are_the_conversation(server: FaultEndpoint) -> None:
    messages = [
        {"role": "developer", "content": "Be brief."},
        {"role": "user", "content": [{"type": "text", "text": "What"}]},
        {"role": "assistant", "content": "A family.", "refusal": None, "name": "x"},
        {
            "role": "user",
            "content": [{"type": "text", "text": "How"}, {"type": "text", "text": "?"}],
        },
    ]

    assert asked(server, messages=messages)["inputs"] == (
        "Be brief.\n\nUser: What\n\nAssistant: A family.\n\nUser: How\n?\n\nAssistant:"
    )


@pytest.mark.parametrize("nothing", [None, "", []])
def test_an_answer_that_came_to_nothing_is_left_out(
    server: FaultEndpoint, nothing: object
) -> None:
    messages = [*QUESTION, {"role": "assistant", "content": nothing}, *QUESTION]

    assert asked(server, messages=messages)["inputs"] == (
        "\n\nUser: Hi\n\nUser: Hi\n\nAssistant:"
    )


def test_a_length_beyond_the_context_leaves_the_conversation_its_room(
    server: FaultEndpoint,
) -> None:
    words = "falcon " * 150
    messages = [
        {"role": "user", "content": f"First. {words}"},
        {"role": "assistant", "content": words},
        *QUESTION,
    ]

    sent = asked(server, messages=messages, max_tokens=4096)

    assert "First." in sent["inputs"]
    assert sent["parameters"]["max_new_tokens"] >= 1024


def test_a_length_beyond_what_may_be_asked_for_is_cut_to_it(
    server: FaultEndpoint,
) -> None:
    body = {"messages": QUESTION, "max_tokens": 4096}

    response = post(api_of(server, most_new_tokens=200), PATH, body)

    assert response.status == 200
    assert json.loads(server.bodies[-1])["parameters"]["max_new_tokens"] == 200


@pytest.mark.parametrize("is_stream", [False, True])
def test_an_answer_cut_by_its_length_says_so(is_stream: bool) -> None:
    with serving("openai_chat") as server:
        body = {"messages": QUESTION, "stream": is_stream}
        line = {"choices": [{"delta": {"content": "Fal"}, "finish_reason": "length"}]}
        server.recorded = _part(line)

        response = post(api_of(server, "recorded-chunked"), PATH, body)

        last = read_events(response)[-2] if is_stream else read(response)
        assert last["choices"][0]["finish_reason"] == "length"


def _part(line: object) -> bytes:
    from falcon.local.event_stream import encode_payload_part

    return encode_payload_part(f"data: {json.dumps(line)}\n\ndata: [DONE]\n\n".encode())


def test_a_stop_sequence_ends_the_answer_before_it(server: FaultEndpoint) -> None:
    body = {"messages": QUESTION, "stop": " of"}

    completion = read(post(api_of(server, "parts"), PATH, body))

    assert completion["choices"][0]["message"]["content"] == "팔콘 is a family"
    assert completion["choices"][0]["finish_reason"] == "stop"


@pytest.mark.parametrize(
    "fault", ["no-finish", "eof-in-chunk", "error-after-text", "cut-frame"]
)
def test_a_stream_that_is_cut_ends_with_an_error_and_is_not_done(
    server: FaultEndpoint, fault: str
) -> None:
    events = stream(server, fault)

    assert content(events[:-1]) in ("Fal", "Falcon")
    assert events[-1]["error"]["code"] == "answer_cut"
    assert events[-1]["error"]["type"] == "server_error"


@pytest.mark.parametrize(
    ("fault", "code"),
    [
        ("early-no-finish", "answer_cut"),
        ("early-eof-in-chunk", "endpoint_connection_failed"),
        ("error-object", "endpoint_failed"),
        ("not-json", "endpoint_failed"),
    ],
)
def test_a_stream_that_fails_before_any_text_has_the_status_of_its_error(
    server: FaultEndpoint, fault: str, code: str
) -> None:
    body = {"messages": QUESTION, "stream": True}

    response = post(api_of(server, fault), PATH, body)

    assert response.status == 502
    assert read_error(response)["code"] == code


def test_an_answer_without_text_is_an_answer() -> None:
    with serving("openai_chat") as chat:
        chat.recorded = _part({"choices": [{"delta": {}, "finish_reason": "stop"}]})

        events = stream(chat, "recorded-chunked")

    assert events[-1] == "[DONE]"
    assert content(events) == ""
