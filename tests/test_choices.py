"""What a question is asked with, and that asking it leaves the sidebar alone."""

from __future__ import annotations

import json
from collections.abc import Iterator

import pytest
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg
from streamlit.proto.RootContainer_pb2 import RootContainer

from tests.browser_fixtures import serve
from tests.raw_session import RawSession, sessions
from tests.slow_endpoint import SlowEndpoint, serving_slowly


@pytest.fixture(scope="module")
def aws() -> Iterator[SlowEndpoint]:
    with serving_slowly() as endpoint:
        yield endpoint
        endpoint.finish.set()


@pytest.fixture(scope="module")
def port(aws: SlowEndpoint) -> Iterator[int]:
    # Were the container found out meanwhile, the parameters would be drawn anew.
    settings = {"FALCON_ENDPOINT": "slow", "FALCON_REGION": "us-east-1"}
    with serve(**aws.environ, **settings, FALCON_CONTAINER="tgi") as port:
        yield port


@pytest.fixture
def session(port: int) -> Iterator[RawSession]:
    with sessions(port, [None]) as (opened,):
        yield opened


def drawn_in_sidebar(session: RawSession) -> int:
    """How many elements of the sidebar a session was sent."""
    messages = map(ForwardMsg.FromString, session.received)
    paths = (message.metadata.delta_path for message in messages)
    return sum(1 for path in paths if path and path[0] == RootContainer.SIDEBAR)


def components(session: RawSession) -> dict[str, list[int]]:
    """Where in the middle of the page its parts stand that nobody sees, without the
    one that comes behind the messages."""
    found = {}
    for message in map(ForwardMsg.FromString, session.received):
        name = message.delta.new_element.bidi_component.component_name
        if name and "html_buttons" not in name:
            found[name] = list(message.metadata.delta_path)
    return found


def answer_to(session: RawSession, question: str) -> None:
    session.received.clear()
    session.ask(question)
    session.wait_for("word0")


def test_an_answer_begins_without_the_sidebar_being_drawn(session: RawSession) -> None:
    assert drawn_in_sidebar(session) > 50

    answer_to(session, "Hello")

    assert drawn_in_sidebar(session) == 0


def test_the_sidebar_is_drawn_when_an_answer_has_ended(session: RawSession) -> None:
    answer_to(session, "Hello")

    session.click("Stop")
    session.wait_for("Regenerate")

    assert drawn_in_sidebar(session) > 50


def test_a_slider_that_is_moved_with_the_question_counts_for_it(
    session: RawSession, aws: SlowEndpoint
) -> None:
    session.set("slider temperature", double_array_value={"data": [0.5]})

    answer_to(session, "Hello")

    assert json.loads(aws.bodies[-1])["parameters"]["temperature"] == 0.5
    assert drawn_in_sidebar(session) > 50


def test_an_open_list_of_conversations_shows_the_question_at_once(
    session: RawSession,
) -> None:
    session.set("tabs", string_value="Chats")
    session.run()

    answer_to(session, "Which falcon is this?")

    assert drawn_in_sidebar(session) > 10


def test_nothing_in_the_middle_of_the_page_changes_its_place(
    session: RawSession,
) -> None:
    before = components(session)

    answer_to(session, "Hello")

    assert len(before) == 4
    assert components(session) == before
