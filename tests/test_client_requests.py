"""What a question becomes on its way: a prompt that fits, parameters that exist."""

from __future__ import annotations

import json
from collections.abc import Iterator

import pytest

from falcon import GenerationParameters
from falcon.containers import CONTAINER_NAMES, ContainerName
from falcon.conversation import Message
from falcon.errors import FalconError, InvalidInputError
from tests.fault_client import client_for
from tests.fault_endpoint import TEXT, FaultEndpoint, serving

LONG = [
    message
    for _ in range(10)
    for message in (Message("user", "x" * 60), Message("assistant", "y" * 60))
] + [Message("user", "z")]


@pytest.fixture
def faults() -> Iterator[FaultEndpoint]:
    with serving() as server:
        yield server


def prompts(server: FaultEndpoint) -> list[str]:
    return [json.loads(body)["inputs"] for body in server.bodies]


@pytest.mark.parametrize("fault", ["too-long", "too-long-refused"])
def test_a_prompt_counted_too_long_is_trimmed_and_asked_once_more(
    faults: FaultEndpoint, fault: str
) -> None:
    stream = client_for(faults, f"{fault}-then-1").stream(LONG)

    list(stream)

    first, second = prompts(faults)
    assert len(second) < len(first)
    assert stream.prompt.dropped > 0
    assert stream.text == "Falcon"


def test_a_whole_answer_to_a_prompt_counted_too_long_is_asked_for_once_more(
    faults: FaultEndpoint,
) -> None:
    answer = client_for(faults, "too-long-refused-then-1").generate(LONG)

    first, second = prompts(faults)
    assert len(second) < len(first)
    assert answer.text == TEXT


@pytest.mark.parametrize("fault", ["too-long", "too-long-refused"])
def test_a_prompt_counted_too_long_twice_is_an_error(
    faults: FaultEndpoint, fault: str
) -> None:
    with pytest.raises(InvalidInputError):
        list(client_for(faults, fault).stream(LONG))

    assert len(faults.bodies) == 2


def test_a_whole_answer_to_a_prompt_refused_twice_is_an_error(
    faults: FaultEndpoint,
) -> None:
    with pytest.raises(InvalidInputError):
        client_for(faults, "too-long-refused").generate(LONG)

    assert len(faults.bodies) == 2


def test_what_a_refusal_has_taught_holds_for_the_next_question(
    faults: FaultEndpoint,
) -> None:
    client = client_for(faults, "too-long-then-1")
    list(client.stream(LONG))

    list(client.stream(LONG))

    _, second, third = prompts(faults)
    assert third == second


def test_a_refusal_of_a_parameter_is_not_repeated(faults: FaultEndpoint) -> None:
    with pytest.raises(FalconError):
        list(client_for(faults, "http-424-ModelError-422").stream("Hello"))

    assert len(faults.bodies) == 1


ASKED = GenerationParameters(
    max_new_tokens=20,
    temperature=0.5,
    typical_p=0.9,
    truncate=100,
    watermark=True,
    frequency_penalty=0.5,
    stop=("END",),
)
UNSUPPORTED: dict[ContainerName, set[str]] = {
    "tgi": set(),
    "lmi": {"typical_p", "watermark"},
    "openai_chat": {"typical_p", "truncate", "watermark"},
    "text_length": {
        "temperature",
        "typical_p",
        "truncate",
        "watermark",
        "frequency_penalty",
    },
}


@pytest.mark.parametrize("container", CONTAINER_NAMES)
def test_what_a_container_does_not_have_is_named_and_not_sent(
    container: ContainerName,
) -> None:
    with serving(container) as server:
        stream = client_for(server, "healthy").stream("Hello", ASKED)

        list(stream)

        assert set(stream.unsupported) == UNSUPPORTED[container]
        sent = server.bodies[0].decode()
        assert not [name for name in UNSUPPORTED[container] if name in sent]


@pytest.mark.parametrize("container", CONTAINER_NAMES)
def test_a_whole_answer_names_what_its_container_does_not_have(
    container: ContainerName,
) -> None:
    with serving(container) as server:
        answer = client_for(server, "healthy").generate("Hello", ASKED)

    assert set(answer.unsupported) == UNSUPPORTED[container]


def test_best_of_is_for_whole_answers(faults: FaultEndpoint) -> None:
    client = client_for(faults, "healthy")
    parameters = GenerationParameters(best_of=2, do_sample=True)

    stream = client.stream("Hello", parameters)
    list(stream)
    answer = client.generate("Hello", parameters)

    assert stream.unsupported == ("best_of",)
    assert answer.unsupported == ()
    streamed, whole = (json.loads(body)["parameters"] for body in faults.bodies)
    assert "best_of" not in streamed
    assert whole["best_of"] == 2


def test_a_stop_sequence_of_the_template_takes_no_second_place(
    faults: FaultEndpoint,
) -> None:
    parameters = GenerationParameters(stop=("\nUser:", "###"))

    list(client_for(faults, "healthy").stream("Hello", parameters))

    sent = json.loads(faults.bodies[0])["parameters"]["stop"]
    assert sent == ["\nUser:", "###"]
