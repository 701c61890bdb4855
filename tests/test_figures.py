from __future__ import annotations

import pytest

from falcon.events import FinishReason
from falcon.record import AnswerRecord
from falcon.ui import texts
from falcon.ui.messages.figures import describe_ending, describe_record


def test_figures_are_one_line() -> None:
    record = AnswerRecord(tokens=101, seconds_to_first_token=0.25, seconds=2.25)

    assert (
        describe_record(record)
        == "250 ms to the first token · 101 tokens · 50 tokens/s"
    )


def test_a_slow_answers_figures_are_seconds_and_tenths() -> None:
    record = AnswerRecord(tokens=11, seconds_to_first_token=12.34, seconds=16.34)

    assert (
        describe_record(record)
        == "12.3 s to the first token · 11 tokens · 2.5 tokens/s"
    )


def test_a_speed_is_not_told_of_a_few_tokens() -> None:
    record = AnswerRecord(tokens=2, seconds_to_first_token=0.1, seconds=0.1002)

    assert describe_record(record) == "100 ms to the first token · 2 tokens"


def test_messages_left_out_of_the_prompt_are_told() -> None:
    assert describe_record(AnswerRecord(dropped=4)) == texts.LEFT_OUT.format(count=4)


def test_of_an_answer_that_never_came_nothing_is_told() -> None:
    assert describe_record(AnswerRecord(endpoint="falcon")) == ""


@pytest.mark.parametrize(
    ("reason", "said"),
    [
        ("eos_token", ""),
        ("stop_sequence", ""),
        ("length", texts.REACHED_LENGTH),
        ("stopped", texts.STOPPED),
        ("interrupted", texts.CUT),
        (None, ""),
    ],
)
def test_an_ending_is_told_where_the_model_did_not_choose_it(
    reason: FinishReason | None, said: str
) -> None:
    assert describe_ending(reason) == said
