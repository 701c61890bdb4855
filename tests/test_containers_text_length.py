from __future__ import annotations

import pytest

from falcon.containers import text_length
from falcon.containers.text_length import strip_prompt
from falcon.errors import ConfigurationError
from falcon.parameters import GenerationParameters
from tests.container_requests import fitted, request


def test_the_length_counts_the_prompt_and_the_answer() -> None:
    prompt = fitted("User: 안녕", tokens=44)

    assert request(text_length, prompt=prompt, max_new_tokens=100) == {
        "text": "User: 안녕",
        "text_length": 144,
    }


def test_the_handler_has_one_parameter() -> None:
    assert {"max_new_tokens"} == text_length.PARAMETERS
    assert request(text_length, temperature=0.7, stop=("a",), seed=1).keys() == {
        "text",
        "text_length",
    }


def test_the_prompt_is_sent_as_the_characters_it_is() -> None:
    body = text_length.encode_request(
        fitted("안녕 🦅"), GenerationParameters(), stream=False
    )

    assert "안녕 🦅" in body.decode()


def test_the_handler_has_no_stream() -> None:
    assert text_length.STREAMS is False
    with pytest.raises(ConfigurationError, match="streaming"):
        text_length.stream_decoder()


@pytest.mark.parametrize(
    ("text", "prompt", "expected"),
    [
        ("Q: a", "Q:", " a"),
        pytest.param("Q: a\n", "Q:", " a\n", id="the answer's white space is kept"),
        pytest.param("Q:  a b", " Q: a", " b", id="white space changed"),
        pytest.param("Q:a b", "Q: a", " b", id="white space lost"),
        pytest.param("Q : a b", "Q: a", " b", id="white space added"),
        pytest.param("A", "Q: a", "A", id="another beginning"),
        pytest.param("Q: b", "Q: a", "Q: b", id="another end"),
        pytest.param("Q:", "Q: a", "Q:", id="shorter than the prompt"),
        pytest.param("a", "", "a", id="no prompt"),
        pytest.param("", "Q:", "", id="no answer"),
        pytest.param("Q: Q: a", "Q:", " Q: a", id="only once"),
        pytest.param("Hm. Q: a", "Q:", "Hm. Q: a", id="in the middle"),
    ],
)
def test_the_prompt_is_taken_off_an_answer(
    text: str, prompt: str, expected: str
) -> None:
    assert strip_prompt(text, prompt) == expected
