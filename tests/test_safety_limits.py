"""Limits that hold for a program as well as for a person: reliability row S6 and U4.

Questions come over the page's own websocket, from a client that may do as it likes.
"""

from __future__ import annotations

import secrets
from collections.abc import Iterator

import pytest
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg

from tests.browser_fixtures import serve
from tests.raw_session import RawSession, sessions
from tests.slow_endpoint import SlowEndpoint, serving_slowly

OPEN_PER_PERSON, OPEN_IN_ALL, PER_MINUTE = 2, 3, 2
TOO_MANY = "as many answers on their way as one person may have here"
SERVER_FULL = f"This server answers {OPEN_IN_ALL} questions at a time"
TOO_FAST = f"You asked {PER_MINUTE} questions within a minute"
NAMELESS = "This browser stores nothing for this page"


@pytest.fixture
def slow() -> Iterator[SlowEndpoint]:
    with serving_slowly() as endpoint:
        yield endpoint
        endpoint.finish.set()


@pytest.fixture
def port(slow: SlowEndpoint) -> Iterator[int]:
    """The page, with few places and no hurry."""
    with serve(
        **slow.environ,
        FALCON_ENDPOINT="slow",
        FALCON_REGION="us-east-1",
        FALCON_MOST_OPEN_PER_PERSON=str(OPEN_PER_PERSON),
        FALCON_MOST_OPEN=str(OPEN_IN_ALL),
        FALCON_MOST_QUESTIONS_PER_MINUTE="0",
    ) as port:
        yield port


@pytest.fixture
def hurried(slow: SlowEndpoint) -> Iterator[int]:
    """The page, with few questions a minute and answers that are soon over."""
    with serve(
        **slow.environ,
        FALCON_ENDPOINT="turns",
        FALCON_REGION="us-east-1",
        FALCON_MOST_QUESTIONS_PER_MINUTE=str(PER_MINUTE),
    ) as port:
        yield port


def somebody() -> str:
    return secrets.token_urlsafe(16)


def put_back(session: RawSession, question: str) -> bool:
    """Whether the question stands in the box again."""
    deltas = (ForwardMsg.FromString(content).delta for content in session.received)
    boxes = [delta.new_element.chat_input for delta in deltas]
    return any(box.set_value and box.value == question for box in boxes)


def test_no_session_of_a_person_adds_to_what_one_may_have_open(
    port: int, slow: SlowEndpoint
) -> None:
    with sessions(port, [somebody()] * 4) as tabs:
        for tab in tabs[:OPEN_PER_PERSON]:
            tab.ask("Hello")
            tab.wait_for("word0")

        for tab in tabs[OPEN_PER_PERSON:]:
            tab.ask("One more")
            tab.wait_for(TOO_MANY)
            tab.wait_for("One more")
            assert put_back(tab, "One more")
        assert len(slow.bodies) == OPEN_PER_PERSON

        tabs[0].click("Stop")
        assert slow.left.wait(10)
        tabs[-1].ask("One more")
        tabs[-1].wait_for("word0")


def test_all_together_have_no_more_open_than_the_server_answers(
    port: int, slow: SlowEndpoint
) -> None:
    with sessions(port, [somebody() for _ in range(OPEN_IN_ALL + 1)]) as people:
        for person in people[:-1]:
            person.ask("Hello")
            person.wait_for("word0")

        people[-1].ask("One more")

        people[-1].wait_for(SERVER_FULL)
    assert len(slow.bodies) == OPEN_IN_ALL


def test_five_quick_questions_in_one_conversation_are_one_generation(
    port: int, slow: SlowEndpoint
) -> None:
    with RawSession(port, owner=somebody()) as session:
        session.open()
        for number in range(5):
            session.ask(f"Question {number}")
        session.wait_for("word30")

    assert len(slow.bodies) == 1


def test_who_says_no_id_shares_the_places_of_all_who_say_none(
    port: int, slow: SlowEndpoint
) -> None:
    with sessions(port, [None] * (OPEN_PER_PERSON + 1)) as people:
        for person in people[:-1]:
            person.ask("Hello")
            person.wait_for("word0")

        people[-1].ask("One more")

        people[-1].wait_for(NAMELESS)
    assert len(slow.bodies) == OPEN_PER_PERSON


def test_a_loop_over_reloads_and_tabs_asks_no_more_than_a_minutes_questions(
    hurried: int, slow: SlowEndpoint
) -> None:
    anna, refused = somebody(), 0
    for number in range(PER_MINUTE + 3):
        with RawSession(hurried, owner=anna).open() as session:
            session.ask(f"Question {number}")
            session.wait_for(TOO_FAST if number >= PER_MINUTE else "1 questions")
            refused += session.was_told(TOO_FAST)

    assert (len(slow.bodies), refused) == (PER_MINUTE, 3)
    with RawSession(hurried, owner=somebody()).open() as ben:
        ben.ask("Hello")
        ben.wait_for("1 questions, the first was Hello")


def test_the_page_counts_down_to_the_next_question(hurried: int) -> None:
    with RawSession(hurried, owner=somebody()).open() as session:
        for number in range(PER_MINUTE):
            session.ask(f"Question {number}")
            session.wait_for(f"{number + 1} questions")
            session.wait()
        session.ask("One more")

        session.wait_for("You can send it in ")
