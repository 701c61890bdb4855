"""What the dialog "What was sent" tells, without a page."""

from __future__ import annotations

from falcon.conversation import Message
from falcon.record import AnswerRecord
from falcon.ui import texts
from falcon.ui.messages.sent import describe_sent, sent_turns

ANSWER = Message("assistant", "One two three", finish_reason="length")


def test_every_known_fact_is_told() -> None:
    record = AnswerRecord(
        endpoint="falcon",
        region="us-east-1",
        container="lmi",
        model="falcon-7b-instruct",
        parameters={"temperature": 0.5, "do_sample": True, "stop": ("a", "b")},
        prompt_tokens=1234,
        is_estimate=False,
        tokens=101,
        seconds_to_first_token=0.25,
        seconds=2.25,
        seed=7,
        request_id="abc",
        variant="AllTraffic",
    )

    told = dict(describe_sent(ANSWER, record))

    assert told["Variant"] == "AllTraffic"
    assert told["do_sample"] == "on"
    assert told["stop"] == "'a' 'b'"
    assert told["Tokens in"] == "1,234"
    assert told["Speed"] == "50 tokens/s"
    assert told["Ended by"] == "length"
    assert told["Seed used"] == "7"
    assert told["Request id"] == "abc"


def test_what_is_not_known_is_left_out() -> None:
    told = dict(describe_sent(Message("assistant", "One"), AnswerRecord()))

    assert told == {}


def test_an_estimate_says_so() -> None:
    told = dict(describe_sent(ANSWER, AnswerRecord(prompt_tokens=43)))

    assert told["Tokens in"] == "~43"


def test_a_parameter_that_was_not_sent_says_so() -> None:
    record = AnswerRecord(parameters={"top_k": 5}, unsupported=("top_k",))

    told = dict(describe_sent(ANSWER, record))

    assert told["top_k"] == texts.NOT_SENT_VALUE.format(value="5")


def test_dropped_messages_were_not_sent_and_the_system_prompt_was() -> None:
    before = [Message("user", "a"), Message("assistant", "b"), Message("user", "c")]
    record = AnswerRecord(system_prompt="Be brief.", dropped=2)

    turns = sent_turns(before, ANSWER, record)

    assert [turn.text for turn in turns] == ["Be brief.", "c"]


def test_of_a_continued_answer_its_beginning_was_sent() -> None:
    turns = sent_turns([Message("user", "a")], ANSWER, AnswerRecord(continues=7))

    assert [turn.text for turn in turns] == ["a", "One two"]
