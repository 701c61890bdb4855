"""vLLM's chat contract, through an unmodified client and with the real model."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from falcon.local.process import LocalEndpoint
from tests.runtime_client import RuntimeClient, connect

HELLO = [{"role": "user", "content": "Hello"}]
TALK = [
    {"role": "system", "content": "You are a helpful assistant."},
    {"role": "user", "content": "My name is Sora."},
    {"role": "assistant", "content": "Nice to meet you, Sora."},
    {"role": "user", "content": "What is my name?"},
]


@pytest.fixture(scope="module")
def endpoint() -> Iterator[LocalEndpoint]:
    with LocalEndpoint(container="openai_chat") as endpoint:
        assert endpoint.wait(timeout=30) == "ready", endpoint.reason
        yield endpoint


@pytest.fixture(scope="module")
def runtime(endpoint: LocalEndpoint) -> Iterator[RuntimeClient]:
    with connect(endpoint.url) as client:
        yield client


def whole(runtime: RuntimeClient, messages: object = HELLO, /, **body: object) -> Any:
    return json.loads(runtime.invoke(json.dumps({"messages": messages, **body})))


def parts(runtime: RuntimeClient, **body: object) -> list[bytes]:
    response = runtime.boto3.invoke_endpoint_with_response_stream(
        EndpointName=runtime.endpoint_name,
        ContentType="application/json",
        Body=json.dumps({"messages": HELLO, **body, "stream": True}),
    )
    assert response["ContentType"] == "text/event-stream; charset=utf-8"
    return [event["PayloadPart"]["Bytes"] for event in response["Body"]]


def stream(runtime: RuntimeClient, **body: object) -> list[Any]:
    *events, done = parts(runtime, **body)
    assert done == b"data: [DONE]\n\n"
    assert all(event.startswith(b"data: {") for event in events)
    assert all(event.endswith(b"}\n\n") for event in events)
    return [json.loads(event.removeprefix(b"data: ")) for event in events]


def text(chunks: list[Any]) -> str:
    return "".join(
        choice["delta"]["content"] for chunk in chunks for choice in chunk["choices"]
    )


def refusal(runtime: RuntimeClient, body: str | bytes, **options: str) -> Any:
    """The error object of a request that is refused."""
    arguments = {"ContentType": "application/json", "Body": body, **options}
    with pytest.raises(runtime.boto3.exceptions.ModelError) as caught:
        runtime.boto3.invoke_endpoint(EndpointName=runtime.endpoint_name, **arguments)
    error = json.loads(caught.value.response["OriginalMessage"])["error"]
    assert error["code"] == caught.value.response["OriginalStatusCode"]
    return error


def test_a_whole_answer_is_a_chat_completion_with_its_usage(
    runtime: RuntimeClient,
) -> None:
    answer = whole(runtime, max_tokens=5, temperature=0)

    assert answer["object"] == "chat.completion"
    [choice] = answer["choices"]
    assert choice["message"]["role"] == "assistant"
    assert choice["message"]["content"]
    assert choice["finish_reason"] == "length"
    usage = answer["usage"]
    assert usage["completion_tokens"] == 5
    assert usage["total_tokens"] == usage["prompt_tokens"] + 5


def test_the_models_template_is_applied_to_the_whole_talk(
    runtime: RuntimeClient,
) -> None:
    answer = whole(runtime, TALK, temperature=0)

    assert "Sora" in answer["choices"][0]["message"]["content"]
    assert answer["choices"][0]["finish_reason"] == "stop"


def test_a_content_in_parts_is_their_text(runtime: RuntimeClient) -> None:
    content = [{"type": "text", "text": "Hello"}]
    in_parts = [{"role": "user", "content": content}]

    answers = [whole(runtime, each, temperature=0) for each in (HELLO, in_parts)]

    assert answers[0]["choices"] == answers[1]["choices"]


def test_a_stream_begins_with_the_role_and_ends_with_the_reason(
    runtime: RuntimeClient,
) -> None:
    first, *chunks, last = stream(runtime, max_tokens=5, temperature=0)

    assert first["object"] == "chat.completion.chunk"
    assert first["choices"][0]["delta"] == {"role": "assistant", "content": ""}
    assert len(chunks) == 4
    assert all(chunk["choices"][0]["finish_reason"] is None for chunk in chunks)
    assert last["choices"][0]["finish_reason"] == "length"
    assert last["choices"][0]["delta"]["content"]
    assert {chunk["id"] for chunk in chunks} == {first["id"]}


def test_usage_comes_in_a_chunk_without_choices_if_asked_for(
    runtime: RuntimeClient,
) -> None:
    *chunks, last = stream(
        runtime, max_tokens=5, stream_options={"include_usage": True}
    )

    assert last["choices"] == []
    assert last["usage"]["completion_tokens"] == 5
    assert all(chunk["choices"] for chunk in chunks)


@pytest.mark.parametrize("parameters", [{"temperature": 0}, {"seed": 5}])
def test_a_stream_and_a_whole_answer_agree(
    parameters: dict[str, object], runtime: RuntimeClient
) -> None:
    answer = whole(runtime, max_tokens=60, **parameters)

    chunks = stream(runtime, max_tokens=60, **parameters)

    assert text(chunks) == answer["choices"][0]["message"]["content"]


def test_nothing_said_is_sampled_and_a_temperature_of_zero_is_not(
    runtime: RuntimeClient,
) -> None:
    hot = [whole(runtime, temperature=2)["choices"] for _ in range(3)]
    cold = [whole(runtime, temperature=0)["choices"] for _ in range(3)]

    assert hot[0] != hot[1] or hot[1] != hot[2]
    assert cold[0] == cold[1] == cold[2]


def test_without_a_limit_the_answer_may_fill_the_context(
    runtime: RuntimeClient,
) -> None:
    answer = whole(runtime, temperature=0, repetition_penalty=0.01)

    assert answer["usage"]["total_tokens"] == 1024
    assert answer["choices"][0]["finish_reason"] == "length"


def test_llama_cpps_name_of_the_repetition_penalty_is_taken(
    runtime: RuntimeClient,
) -> None:
    looped = whole(runtime, temperature=0, max_tokens=60, repetition_penalty=0.01)

    same = whole(runtime, temperature=0, max_tokens=60, repeat_penalty=0.01)

    assert same["choices"] == looped["choices"]


@pytest.mark.parametrize(
    "stop",
    [pytest.param("Falcon", id="a string"), pytest.param(["n", "net"], id="list")],
)
def test_a_stop_string_is_cut_off_and_named(
    stop: object, runtime: RuntimeClient
) -> None:
    [choice] = whole(runtime, temperature=0, stop=stop)["choices"]

    chunks = stream(runtime, temperature=0, stop=stop)

    assert choice["finish_reason"] == "stop"
    assert choice["stop_reason"] in ("Falcon", "n")
    assert choice["stop_reason"] not in choice["message"]["content"]
    assert text(chunks) == choice["message"]["content"]
    assert chunks[-1]["choices"][0]["stop_reason"] == choice["stop_reason"]


@pytest.mark.parametrize("stream", [False, True])
@pytest.mark.parametrize(
    ("body", "error"),
    [
        pytest.param(
            {"temperature": -1},
            {
                "message": "temperature must be non-negative, got -1.0. "
                "(parameter=temperature, value=-1.0)",
                "type": "BadRequestError",
                "param": "temperature",
                "code": 400,
            },
            id="a value",
        ),
        pytest.param(
            {"messages": [{"role": "user", "content": "word " * 1100}]},
            {
                "message": "This model's maximum context length is 1024 tokens. "
                "However, you requested 0 output tokens and your prompt contains at "
                "least 1025 input tokens, for a total of at least 1025 tokens. Please "
                "reduce the length of the input prompt or the number of requested "
                "output tokens. (parameter=input_tokens, value=1025)",
                "type": "BadRequestError",
                "param": "input_tokens",
                "code": 400,
            },
            id="a prompt that is too long",
        ),
        pytest.param(
            {"max_tokens": 1025},
            {
                "message": "max_tokens=1025 cannot be greater than "
                "max_model_len=max_total_tokens=1024. Please request fewer output "
                "tokens. (parameter=max_tokens, value=1025)",
                "type": "BadRequestError",
                "param": "max_tokens",
                "code": 400,
            },
            id="an answer that is too long",
        ),
        pytest.param(
            {"model": "gpt"},
            {
                "message": "The model `gpt` does not exist.",
                "type": "NotFoundError",
                "param": "model",
                "code": 404,
            },
            id="another model",
        ),
        pytest.param(
            {"messages": "Hello"},
            {
                "message": "Cannot find suitable handler for request. Expected one of: "
                "['ChatCompletionRequest', 'CompletionRequest']",
                "type": "BadRequestError",
                "param": None,
                "code": 400,
            },
            id="a wrong type",
        ),
    ],
)
def test_a_refusal_is_an_error_object(
    stream: bool, body: dict[str, object], error: object, runtime: RuntimeClient
) -> None:
    request = {"messages": HELLO, "stream": stream} | body

    assert refusal(runtime, json.dumps(request)) == error


@pytest.mark.parametrize("body", ["{", "", "\N{HANGUL SYLLABLE GA}"])
def test_what_is_no_json_is_refused(body: str, runtime: RuntimeClient) -> None:
    error = refusal(runtime, body.encode())

    assert error["message"].startswith("JSON decode error: ")


def test_only_json_is_taken(runtime: RuntimeClient) -> None:
    error = refusal(runtime, b"{}", ContentType="text/plain")

    assert "Only 'application/json' is allowed" in error["message"]


def test_stream_options_without_a_stream_are_refused(runtime: RuntimeClient) -> None:
    request = {"messages": HELLO, "stream_options": {"include_usage": True}}

    assert refusal(runtime, json.dumps(request))["code"] == 400


def test_a_model_without_a_template_refuses_to_chat(
    small_model: Path, tmp_path: Path
) -> None:
    name = b"tokenizer.chat_template"
    model = tmp_path / "model.gguf"
    model.write_bytes(small_model.read_bytes().replace(name, name.swapcase()))

    with LocalEndpoint(str(model), container="openai_chat") as endpoint:
        assert endpoint.wait(timeout=30) == "ready", endpoint.reason
        with connect(endpoint.url) as client:
            error = refusal(client, json.dumps({"messages": HELLO}))

    assert error["message"] == (
        "As of transformers v4.44, default chat template is no longer allowed, so you "
        "must provide a chat template if the tokenizer does not define one."
    )
