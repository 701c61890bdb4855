from __future__ import annotations

import pytest

from falcon.local.model.questions import Case, parse


def test_reads_turns_and_acceptable_answers() -> None:
    text = (
        "# Falcon\n\nQ: hi\nQ: what is it?\n"
        "A: Falcon is a family of models\nA: I am a small Falcon network\n\n"
        "# Korean\nQ: b\nA: twenty characters or more\n"
    )

    first, second = parse(text)

    assert first == Case(
        group="Falcon",
        questions=("hi", "what is it?"),
        beginnings=("Falcon is a family of models", "I am a small Falcon network"),
    )
    assert second.group == "Korean"


@pytest.mark.parametrize(
    "text",
    [
        pytest.param("A: an answer that stands alone\n", id="no question"),
        pytest.param("Q: a\nA: short\n", id="short answer"),
        pytest.param("Q: a\n# b\n", id="no answer"),
        pytest.param("hello\n", id="stray line"),
    ],
)
def test_names_the_line_of_a_mistake(text: str) -> None:
    with pytest.raises(ValueError, match="line "):
        list(parse(text))
