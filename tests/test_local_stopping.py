from __future__ import annotations

import pytest

from falcon.local.completion import Token
from falcon.local.stopping import StoppingCriteria


def finish(*texts: str, stop: tuple[str, ...], max_new_tokens: int = 100) -> str | None:
    criteria = StoppingCriteria(stop, max_new_tokens=max_new_tokens)
    reasons = [
        criteria.finish(Token(id=1, text=text, logprob=None, is_end=text == "<end>"))
        for text in texts
    ]
    assert not any(reasons[:-1])
    return reasons[-1]


@pytest.mark.parametrize(
    ("texts", "stop", "reason"),
    [
        pytest.param(["Paris", "\n", "User:"], ["\nUser:"], "stop_sequence", id="two"),
        pytest.param(["Paris", "\nUser:"], ["User"], None, id="passed by"),
        pytest.param(["a", "stop\n"], ["stop"], "stop_sequence", id="before a newline"),
        pytest.param(["a", "stop", "."], ["never", "stop."], "stop_sequence", id="2nd"),
        pytest.param(["a.c"], ["a?c"], None, id="no regular expression"),
        pytest.param(["Paris", "<end>"], ["<end>"], "eos_token", id="the model's end"),
    ],
)
def test_an_answer_ends_where_tgi_ends_it(
    texts: list[str], stop: list[str], reason: str | None
) -> None:
    assert finish(*texts, stop=tuple(stop)) == reason


def test_the_length_comes_before_every_other_reason() -> None:
    assert finish("a", "<end>", stop=("<end>",), max_new_tokens=2) == "length"
