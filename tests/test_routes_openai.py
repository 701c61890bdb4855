"""OpenAI's own Python client against the running app."""

from __future__ import annotations

from collections.abc import Iterator

import openai
import pytest
from openai import OpenAI
from openai.types.chat import ChatCompletionMessageParam

from tests.api_requests import KEY
from tests.browser_fixtures import serve
from tests.slow_endpoint import SlowEndpoint, serving_slowly

QUESTION: list[ChatCompletionMessageParam] = [
    {"role": "user", "content": "What is Falcon?"}
]
UNKNOWN = (
    "I am a small Falcon network made for trying this application, "
    "and I do not know this. Ask a bigger Falcon."
)


@pytest.fixture(scope="module")
def small() -> Iterator[OpenAI]:
    """A client of the small Falcon; no key is configured."""
    with serve() as port, client(port, "none") as openai_client:
        yield openai_client


@pytest.fixture(scope="module")
def aws() -> Iterator[SlowEndpoint]:
    with serving_slowly() as endpoint:
        yield endpoint


@pytest.fixture(scope="module")
def port_on_aws(aws: SlowEndpoint) -> Iterator[int]:
    settings = {
        "FALCON_ENDPOINT": "unknown",
        "FALCON_REGION": "us-east-1",
        "FALCON_API_KEYS": KEY,
    }
    with serve(**aws.environ, **settings) as port:
        yield port


@pytest.fixture(scope="module")
def on_aws(port_on_aws: int) -> Iterator[OpenAI]:
    """A client of an endpoint in AWS that takes its time."""
    with client(port_on_aws, KEY) as openai_client:
        yield openai_client


def client(port: int, key: str) -> OpenAI:
    return OpenAI(
        base_url=f"http://127.0.0.1:{port}/v1", api_key=key, max_retries=0, timeout=30
    )


def serving_fault(aws: SlowEndpoint, fault: str) -> dict[str, str]:
    return {**aws.environ, "FALCON_ENDPOINT": fault, "FALCON_REGION": "us-east-1"}


def test_the_small_falcon_is_the_model(small: OpenAI) -> None:
    (model,) = small.models.list()

    assert model.id == "falcon-small-q8_0"
    assert small.models.retrieve(model.id) == model


def test_it_answers_whole(small: OpenAI) -> None:
    completion = small.chat.completions.create(
        model="falcon-small-q8_0", messages=QUESTION, temperature=0, max_tokens=200
    )

    (choice,) = completion.choices
    assert choice.message.role == "assistant"
    assert "Falcon" in (choice.message.content or "")
    assert choice.finish_reason == "stop"
    assert completion.usage is not None
    assert completion.usage.prompt_tokens > 0
    assert completion.usage.total_tokens == (
        completion.usage.prompt_tokens + completion.usage.completion_tokens
    )


def test_a_stream_of_it_is_the_same_text(small: OpenAI) -> None:
    whole = small.chat.completions.create(
        model="", messages=QUESTION, temperature=0, seed=7
    )

    with small.chat.completions.create(
        model="",
        messages=QUESTION,
        temperature=0,
        seed=7,
        stream=True,
        stream_options={"include_usage": True},
    ) as stream:
        *chunks, last = stream

    pieces = [chunk.choices[0].delta.content or "" for chunk in chunks]
    assert len(pieces) > 5
    assert "".join(pieces) == whole.choices[0].message.content
    assert chunks[-1].choices[0].finish_reason == "stop"
    assert last.usage == whole.usage


def test_it_stops_where_it_is_told_to(small: OpenAI) -> None:
    completion = small.chat.completions.create(
        model="", messages=QUESTION, temperature=0, stop=[" is"]
    )

    assert completion.choices[0].message.content == "Falcon"
    assert completion.choices[0].finish_reason == "stop"


def test_it_says_that_its_length_cut_it(small: OpenAI) -> None:
    completion = small.chat.completions.create(
        model="", messages=QUESTION, max_completion_tokens=3
    )

    assert completion.choices[0].finish_reason == "length"
    assert completion.usage is not None
    assert completion.usage.completion_tokens == 3


def test_a_seed_repeats_an_answer(small: OpenAI) -> None:
    answers = {
        small.chat.completions.create(
            model="", messages=QUESTION, temperature=1.5, seed=11
        )
        .choices[0]
        .message.content
        for _ in range(2)
    }

    assert len(answers) == 1


def test_an_endpoint_in_aws_answers_whole_and_in_pieces(on_aws: OpenAI) -> None:
    whole = on_aws.chat.completions.create(
        model="falcon-7b-instruct", messages=QUESTION
    )
    with on_aws.chat.completions.create(
        model="falcon-7b-instruct", messages=QUESTION, stream=True
    ) as stream:
        pieces = [chunk.choices[0].delta.content or "" for chunk in stream]

    assert whole.choices[0].message.content == UNKNOWN
    assert "".join(pieces) == UNKNOWN
    assert len([piece for piece in pieces if piece]) == 3


def test_a_wrong_key_is_an_authentication_error(port_on_aws: int) -> None:
    with (
        client(port_on_aws, "sk-wrong") as stranger,
        pytest.raises(openai.AuthenticationError) as refusal,
    ):
        stranger.models.list()

    assert refusal.value.code == "invalid_api_key"
    assert refusal.value.request_id


def test_two_answers_at_once_are_a_bad_request(on_aws: OpenAI) -> None:
    with pytest.raises(openai.BadRequestError) as refusal:
        on_aws.chat.completions.create(model="", messages=QUESTION, n=2)

    assert refusal.value.param == "n"
    assert refusal.value.type == "invalid_request_error"


def test_another_model_is_not_found(on_aws: OpenAI) -> None:
    with pytest.raises(openai.NotFoundError) as refusal:
        on_aws.chat.completions.create(model="gpt-4o", messages=QUESTION)

    assert refusal.value.code == "model_not_found"


@pytest.mark.parametrize("is_stream", [False, True])
def test_an_endpoint_that_is_unavailable_is_a_server_error(
    aws: SlowEndpoint, is_stream: bool
) -> None:
    with (
        serve(**serving_fault(aws, "http-503")) as port,
        client(port, "none") as own,
        pytest.raises(openai.InternalServerError) as refusal,
    ):
        own.chat.completions.create(model="", messages=QUESTION, stream=is_stream)

    assert refusal.value.status_code == 503
    assert refusal.value.code == "endpoint_unavailable"
    assert refusal.value.response.headers["retry-after"] == "5"


def test_a_stream_that_is_cut_raises(aws: SlowEndpoint) -> None:
    pieces = []
    code = None
    with (
        serve(**serving_fault(aws, "no-finish")) as port,
        client(port, "none") as own,
        own.chat.completions.create(model="", messages=QUESTION, stream=True) as stream,
    ):
        try:
            for chunk in stream:
                pieces.append(chunk.choices[0].delta.content or "")
        except openai.APIError as failure:
            code = failure.code

    assert "".join(pieces) == "Falcon"
    assert code == "answer_cut"


def test_leaving_a_stream_ends_the_generation(aws: SlowEndpoint) -> None:
    with (
        serve(**serving_fault(aws, "slow")) as port,
        client(port, "none") as own,
    ):
        aws.left.clear()
        with own.chat.completions.create(
            model="", messages=QUESTION, stream=True
        ) as stream:
            next(iter(stream))

        assert aws.left.wait(5)
