from __future__ import annotations

import json
from typing import Any

from falcon.conversation import Conversation, Message, Rating
from falcon.events import FinishReason
from falcon.interchange.training import export_jsonl
from falcon.record import AnswerRecord


def asked(
    chat: Conversation,
    question: str,
    answer: str | None = None,
    *,
    ended: FinishReason | None = "eos_token",
    system_prompt: str = "",
    rating: Rating | None = None,
) -> Conversation:
    chat = chat.add(Message("user", question), after=chat.leaf_id)
    if answer is None:
        return chat
    said = Message(
        "assistant",
        answer,
        finish_reason=ended,
        rating=rating,
        record=AnswerRecord(system_prompt=system_prompt),
    )
    return chat.add(said, after=chat.leaf_id)


def lines(exported: bytes) -> list[Any]:
    return [json.loads(line)["messages"] for line in exported.decode().splitlines()]


def test_a_conversation_is_a_line_of_roles_and_contents() -> None:
    chat = asked(Conversation(), "팔콘?", "A bird.\nA model.", system_prompt="Be kind.")

    exported = export_jsonl([chat, asked(Conversation(), "Two", "2")])

    assert lines(exported.lines) == [
        [
            {"role": "system", "content": "Be kind."},
            {"role": "user", "content": "팔콘?"},
            {"role": "assistant", "content": "A bird.\nA model."},
        ],
        [{"role": "user", "content": "Two"}, {"role": "assistant", "content": "2"}],
    ]
    assert (exported.conversations, exported.pairs) == (2, 2)
    assert (exported.left_out_messages, exported.left_out_conversations) == (0, 0)


def test_what_is_not_a_complete_answer_is_left_out_and_counted() -> None:
    chat = asked(Conversation(), "unanswered")
    for ended in ("length", "stopped", "interrupted", None):
        chat = asked(chat, "cut", "cut", ended=ended)
    chat = asked(chat, "bad", "bad", rating="bad")
    chat = asked(chat, "empty", " ")
    chat = asked(chat, "kept", "kept", ended="unknown")

    exported = export_jsonl([chat, Conversation(), asked(Conversation(), "alone")])

    assert [turn["content"] for turn in lines(exported.lines)[0]] == ["kept", "kept"]
    assert (exported.conversations, exported.pairs) == (1, 1)
    assert (exported.left_out_messages, exported.left_out_conversations) == (14, 2)


def test_only_the_shown_version_goes_in() -> None:
    chat = asked(Conversation(), "One", "first")
    question = chat.path()[0].id
    again = Message("assistant", "second", finish_reason="eos_token")

    exported = export_jsonl([chat.add(again, after=question)])

    assert [turn["content"] for turn in lines(exported.lines)[0]] == ["One", "second"]


def test_the_newest_system_prompt_stands_first() -> None:
    chat = asked(Conversation(), "One", "1", system_prompt="old")

    exported = export_jsonl([asked(chat, "Two", "2", system_prompt="new")])

    assert lines(exported.lines)[0][0] == {"role": "system", "content": "new"}


def test_no_line_break_of_any_kind_stands_in_a_line() -> None:
    chat = asked(Conversation(), "a\u2028b\u2029c\x85d\ne\rf\x0bg\x0ch", "i\ud800")

    exported = export_jsonl([chat])

    (line,) = lines(exported.lines)
    assert line[0]["content"] == "a\u2028b\u2029c\x85d\ne\rf\x0bg\x0ch"
    assert line[1]["content"] == "i?"
