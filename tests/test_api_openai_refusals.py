"""What of OpenAI's chat completions is passed over, refused or not found."""

from __future__ import annotations

import pytest

from tests.api_requests import (
    api_of,
    api_with,
    ask,
    post,
    read,
    read_error,
    unasked,
)
from tests.fault_endpoint import FaultEndpoint
from tests.test_api_openai import PATH, QUESTION, asked
from tests.test_api_openai import server as server


def test_what_steers_openais_own_machinery_is_passed_over(
    server: FaultEndpoint,
) -> None:
    plain = asked(server)

    full = asked(
        server,
        model="falcon-7b-instruct",
        n=1,
        user="x",
        store=True,
        metadata={"a": "b"},
        service_tier="auto",
        presence_penalty=0,
        logit_bias=None,
        logprobs=False,
        top_logprobs=None,
        tools=[],
        tool_choice="none",
        parallel_tool_calls=True,
        response_format={"type": "text"},
        modalities=["text"],
        reasoning_effort="low",
        prompt_cache_key="x",
        safety_identifier="x",
        something_of_next_year={"a": 1},
    )

    assert full == plain


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("n", 2),
        ("n", 0),
        ("n", "1"),
        ("presence_penalty", 0.5),
        ("logit_bias", {"50256": -100}),
        ("logprobs", True),
        ("tools", [{"type": "function"}]),
        ("functions", [{"name": "x"}]),
        ("response_format", {"type": "json_object"}),
        ("modalities", ["text", "audio"]),
        ("audio", {"voice": "x"}),
    ],
)
def test_what_would_change_the_answer_and_is_not_here_is_refused(
    name: str, value: object
) -> None:
    response = post(api_with(unasked), PATH, {"messages": QUESTION, name: value})

    assert response.status == 400
    assert read_error(response)["code"] == "unsupported"
    assert read_error(response)["param"] == name


@pytest.mark.parametrize(
    ("fields", "param"),
    [
        ({"messages": None}, "messages"),
        ({"messages": []}, "messages"),
        ({"messages": ["x"]}, "messages[0]"),
        ({"messages": [{"role": "system", "content": "x"}]}, "messages"),
        ({"messages": [{"role": "robot", "content": "x"}]}, "messages[0].role"),
        ({"messages": [{"role": {}, "content": "x"}]}, "messages[0].role"),
        ({"messages": [{"role": "user"}]}, "messages[0].content"),
        ({"messages": [{"role": "user", "content": ""}]}, "messages[0].content"),
        ({"messages": [{"role": "user", "content": []}]}, "messages[0].content"),
        (
            {"messages": [{"role": "user", "content": [{"type": "text"}]}]},
            "messages[0].content",
        ),
        ({"max_tokens": 0}, "max_tokens"),
        ({"max_completion_tokens": "9"}, "max_completion_tokens"),
        ({"temperature": "0"}, "temperature"),
        ({"temperature": -1}, "temperature"),
        ({"temperature": True}, "temperature"),
        ({"top_p": -1}, "top_p"),
        ({"seed": 0.5}, "seed"),
        ({"seed": -(2**63) - 1}, "seed"),
        ({"stop": ""}, "stop"),
        ({"stop": ["a"] * 5}, "stop"),
        ({"stop": {}}, "stop"),
        ({"stream": "yes"}, "stream"),
        ({"stream_options": []}, None),
        ({"stream_options": [1]}, "stream_options"),
        ({"stream_options": {"include_usage": 1}}, "include_usage"),
        ({"model": 7}, "model"),
    ],
)
def test_a_field_that_is_wrong_is_named(
    server: FaultEndpoint, fields: dict[str, object], param: str | None
) -> None:
    response = post(api_of(server), PATH, {"messages": QUESTION, **fields})

    if param is None:
        assert response.status == 200
        return
    assert response.status == 400
    assert read_error(response)["code"] == "invalid_request"
    assert read_error(response)["param"] == param
    assert not server.bodies


@pytest.mark.parametrize(
    "content",
    [
        [{"type": "image_url", "image_url": {"url": "http://evil.example/x.png"}}],
        [{"type": "text", "text": "x"}, "y"],
    ],
)
def test_only_text_can_be_read(content: object) -> None:
    messages = [{"role": "user", "content": content}]

    response = post(api_with(unasked), PATH, {"messages": messages})

    assert read_error(response)["code"] == "unsupported"


def test_calls_of_tools_are_not_understood() -> None:
    call = {"role": "assistant", "content": "x", "tool_calls": [{"id": "x"}]}

    response = post(api_with(unasked), PATH, {"messages": [*QUESTION, call]})

    assert read_error(response)["param"] == "messages[1].tool_calls"


@pytest.mark.parametrize("model", ["", "falcon-7b-instruct", "healthy"])
def test_the_model_goes_by_its_id_by_the_endpoints_name_or_unnamed(
    server: FaultEndpoint, model: str
) -> None:
    asked(server, model=model)


def test_another_model_is_not_found(server: FaultEndpoint) -> None:
    body = {"messages": QUESTION, "model": "gpt-4o"}

    response = post(api_of(server), PATH, body)

    assert response.status == 404
    assert read_error(response)["code"] == "model_not_found"
    assert "falcon-7b-instruct" in read_error(response)["message"]
    assert not server.bodies


def test_the_list_of_models_names_the_one_there_is(server: FaultEndpoint) -> None:
    listed = read(ask(api_of(server), "GET", "/v1/models"))

    (model,) = listed["data"]
    assert listed["object"] == "list"
    assert model["id"] == "falcon-7b-instruct"
    assert (
        read(ask(api_of(server), "GET", f"/v1/models/{model['id']}"))["id"]
        == (model["id"])
    )
    assert ask(api_of(server), "GET", "/v1/models/gpt-4o").status == 404
