"""The seeds' own DJL contract, through an unmodified client and with the real model."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from falcon.local.engine import Engine
from falcon.local.process import LocalEndpoint
from tests.runtime_client import PROMPT, RuntimeClient, connect


@pytest.fixture(scope="module")
def runtime() -> Iterator[RuntimeClient]:
    with LocalEndpoint(container="text_length") as endpoint:
        assert endpoint.wait(timeout=30) == "ready", endpoint.reason
        with connect(endpoint.url) as client:
            yield client


@pytest.fixture(scope="module")
def engine(small_model: Path) -> Iterator[Engine]:
    engine = Engine(small_model)
    yield engine
    engine.close()


def generate(runtime: RuntimeClient, text: str, text_length: int) -> str:
    body = json.dumps({"text": text, "text_length": text_length})
    answer: Any = json.loads(runtime.invoke(body))
    assert list(answer) == ["outputs"]
    [output] = answer["outputs"]
    assert list(output) == ["generated_text"]
    return str(output["generated_text"])


def refusal(runtime: RuntimeClient, body: str) -> str:
    with pytest.raises(runtime.boto3.exceptions.ModelError) as caught:
        runtime.invoke(body)
    answer = json.loads(caught.value.response["OriginalMessage"])
    assert caught.value.response["OriginalStatusCode"] == answer["code"] == 424
    assert answer["message"] == "prediction failure"
    return str(answer["error"])


def test_the_answer_repeats_the_prompt(runtime: RuntimeClient) -> None:
    text = generate(runtime, PROMPT, 40)

    assert text.startswith(PROMPT)
    assert len(text) > len(PROMPT)


def test_the_length_counts_the_prompts_tokens(
    runtime: RuntimeClient, engine: Engine
) -> None:
    prompt_tokens = len(engine.tokenize(PROMPT))

    answer = generate(runtime, PROMPT, prompt_tokens + 1).removeprefix(PROMPT)

    assert len(engine.tokenize(answer)) == 1


def test_an_answer_goes_on_to_the_length_beyond_its_own_end(
    runtime: RuntimeClient, engine: Engine
) -> None:
    text = generate(runtime, PROMPT, 1000)

    # The same text may be written with other tokens than it was made of.
    assert len(engine.tokenize(text)) == pytest.approx(1000, rel=0.3)
    assert "<|endoftext|>" not in text


def test_answers_are_sampled(runtime: RuntimeClient) -> None:
    assert generate(runtime, PROMPT, 400) != generate(runtime, PROMPT, 400)


def test_the_stream_route_brings_the_whole_answer_in_one_part(
    runtime: RuntimeClient,
) -> None:
    response = runtime.boto3.invoke_endpoint_with_response_stream(
        EndpointName=runtime.endpoint_name,
        ContentType="application/json",
        Body=json.dumps({"text": PROMPT, "text_length": 20}),
    )

    [event] = list(response["Body"])
    assert response["ContentType"] == "application/json"
    assert json.loads(event["PayloadPart"]["Bytes"])["outputs"]


def test_a_prompt_as_long_as_the_length_is_refused(
    runtime: RuntimeClient, engine: Engine
) -> None:
    tokens = len(engine.tokenize(PROMPT))

    error = refusal(runtime, json.dumps({"text": PROMPT, "text_length": tokens}))

    assert error.startswith(
        f"Input length of input_ids is {tokens}, but `max_length` is set to {tokens}. "
    )


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        pytest.param("{", "Expecting property name", id="no JSON"),
        pytest.param("[]", "list indices must be integers", id="a list"),
        pytest.param('{"inputs": "a"}', "'text'", id="another container's request"),
        pytest.param('{"text": "a"}', "'text_length'", id="no length"),
        pytest.param('{"text": 1, "text_length": 9}', "`text` has to", id="no text"),
        pytest.param('{"text": "", "text_length": 9}', "The prompt has", id="no token"),
        pytest.param(
            '{"text": "a", "text_length": "9"}',
            "`text_length` has to be a strictly positive integer, but is 9",
            id="a string",
        ),
        pytest.param(
            '{"text": "a", "text_length": 1025}',
            "`text_length` is 1025, but the model's context is 1024",
            id="more than the context",
        ),
        pytest.param(
            '{"text": "\\ud800", "text_length": 9}', "[json.exception", id="a surrogate"
        ),
    ],
)
def test_an_exception_of_the_handler_is_a_424_with_its_words(
    body: str, expected: str, runtime: RuntimeClient
) -> None:
    assert refusal(runtime, body).startswith(expected)
