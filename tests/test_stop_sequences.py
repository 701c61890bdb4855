from __future__ import annotations

import itertools

import pytest

from falcon.stop_sequences import StopTrimmer

STOP = ("\nUser:", "###")


@pytest.mark.parametrize(
    ("answer", "shown"),
    [
        ("Hello.\nUser: and", "Hello."),
        ("Hello.\nUse it.", "Hello.\nUse it."),
        ("a ## b ### c", "a ## b "),
        ("\nUser:", ""),
        ("ends in half a stop\nUse", "ends in half a stop\nUse"),
        ("\n\n\nUser: x", "\n\n"),
        ("", ""),
    ],
)
def test_every_split_of_an_answer_shows_the_same_text(answer: str, shown: str) -> None:
    for first, second in itertools.combinations(range(len(answer) + 1), 2):
        trimmer = StopTrimmer(STOP)
        pieces = (answer[:first], answer[first:second], answer[second:])

        text = "".join(map(trimmer.decode, pieces)) + trimmer.flush()

        assert text == shown


def test_what_is_shown_is_never_taken_back() -> None:
    trimmer = StopTrimmer(STOP)
    seen = ""
    for character in "Hi\nUse\nUser: no":
        seen += trimmer.decode(character)
        assert "Hi\nUse".startswith(seen.rstrip("\n")) or seen == "Hi\nUse"

    assert seen == "Hi\nUse"
    assert trimmer.matched


def test_without_stop_sequences_text_passes_at_once() -> None:
    assert StopTrimmer(()).decode("a\nUser:") == "a\nUser:"
