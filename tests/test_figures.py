from __future__ import annotations

import pytest

from falcon.events import FinishReason
from falcon.generation import Progress
from falcon.record import AnswerRecord
from falcon.ui import texts
from falcon.ui.figures import describe_ending, describe_progress


def test_figures_are_one_line() -> None:
    progress = Progress(
        "…", tokens=101, version=1, seconds_to_first_token=0.25, seconds=2.25
    )

    assert (
        describe_progress(progress)
        == "250 ms to the first token · 101 tokens · 50 tokens/s"
    )


def test_a_slow_answers_figures_are_seconds_and_tenths() -> None:
    progress = Progress(
        "…", tokens=11, version=1, seconds_to_first_token=12.34, seconds=16.34
    )

    assert (
        describe_progress(progress)
        == "12.3 s to the first token · 11 tokens · 2.5 tokens/s"
    )


def test_a_speed_is_not_told_of_a_few_tokens() -> None:
    progress = Progress(
        "…", tokens=2, version=1, seconds_to_first_token=0.1, seconds=0.1002
    )

    assert describe_progress(progress) == "100 ms to the first token · 2 tokens"


def test_messages_left_out_of_the_prompt_are_told() -> None:
    progress = Progress("", 0, 1, record=AnswerRecord(dropped=4))

    assert describe_progress(progress) == texts.LEFT_OUT.format(count=4)


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
