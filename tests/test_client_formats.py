"""Every wire format with a real model: FalconClient here, llama.cpp there."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack

import pytest

from falcon import Endpoint, FalconClient, GenerationParameters
from falcon.containers import CONTAINER_NAMES, ContainerName
from falcon.conversation import Message
from falcon.events import FinishEvent
from falcon.local.process import LocalEndpoint
from falcon.models import FalconModel, describe_gguf

STREAMING: list[ContainerName] = ["tgi", "lmi", "openai_chat"]
"""The fourth always samples, and gives whole answers only."""
QUESTION = "What is a falcon?"
GREEDY = GenerationParameters(do_sample=False, max_new_tokens=200)


@pytest.fixture(scope="module")
def clients() -> Iterator[dict[ContainerName, FalconClient]]:
    """A client for each format, its endpoint running."""
    with ExitStack() as stack:
        started = {
            name: stack.enter_context(LocalEndpoint(container=name))
            for name in CONTAINER_NAMES
        }
        yield {name: _client(name, local) for name, local in started.items()}


def _client(name: ContainerName, local: LocalEndpoint) -> FalconClient:
    assert local.wait(timeout=30) == "ready", local.reason
    endpoint = Endpoint(name=local.name, region="us-east-1", url=local.url)
    return FalconClient(endpoint, container=name, model=_model(local))


@pytest.fixture(params=CONTAINER_NAMES)
def client(
    request: pytest.FixtureRequest, clients: dict[ContainerName, FalconClient]
) -> FalconClient:
    return clients[request.param]


@pytest.fixture(params=STREAMING)
def streaming(
    request: pytest.FixtureRequest, clients: dict[ContainerName, FalconClient]
) -> FalconClient:
    return clients[request.param]


def _model(local: LocalEndpoint) -> FalconModel:
    facts = local.facts
    assert facts is not None
    return describe_gguf(
        name=facts.name,
        context_tokens=facts.context_tokens,
        chat_template=facts.chat_template or "",
    )


def test_a_stream_ends_with_the_models_reason(client: FalconClient) -> None:
    stream = client.stream(QUESTION, GREEDY)

    *_, last = stream

    assert isinstance(last, FinishEvent)
    assert last.reason in ("eos_token", "stop_sequence", "length")
    assert stream.text
    assert not stream.text.startswith((" ", "User:"))
    assert "\nUser:" not in stream.text


def test_a_whole_answer_is_what_the_stream_says(streaming: FalconClient) -> None:
    stream = streaming.stream(QUESTION, GREEDY)
    list(stream)

    answer = streaming.generate(QUESTION, GREEDY)

    assert answer.text == stream.text.rstrip()
    assert answer.finish.reason == "eos_token"


def test_tokens_are_counted_by_the_endpoint(streaming: FalconClient) -> None:
    limited = GenerationParameters(do_sample=False, max_new_tokens=5)

    stream = streaming.stream(QUESTION, limited)
    list(stream)

    assert stream.finish is not None
    assert stream.finish.generated_tokens == 5
    assert stream.finish.reason == "length"


def test_an_earlier_turn_is_remembered(streaming: FalconClient) -> None:
    turns = [
        Message("user", "My name is Anna."),
        Message("assistant", streaming.generate("My name is Anna.", GREEDY).text),
        Message("user", "What is my name?"),
    ]

    assert "Anna" in streaming.generate(turns, GREEDY).text


def test_korean_arrives_whole(streaming: FalconClient) -> None:
    stream = streaming.stream("팔콘이 뭐예요?", GREEDY)
    list(stream)

    assert "팔콘" in stream.text
    assert "�" not in stream.text


def test_the_same_seed_gives_the_same_answer(streaming: FalconClient) -> None:
    drawn = GenerationParameters(temperature=1.5, seed=7, max_new_tokens=30)

    texts = {streaming.generate(QUESTION, drawn).text for _ in range(2)}

    assert len(texts) == 1


def test_a_parameter_that_the_container_lacks_is_named(client: FalconClient) -> None:
    answer = client.generate(
        QUESTION, GenerationParameters(typical_p=0.9, max_new_tokens=5)
    )

    lacking = client.container != "tgi"
    assert ("typical_p" in answer.unsupported) is lacking
