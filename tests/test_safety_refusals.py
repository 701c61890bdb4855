"""A question that may not be asked yet: what the page says and keeps."""

from __future__ import annotations

import pytest
from streamlit.testing.v1 import AppTest

from falcon.limits import Limits
from falcon.ui import backend as backend_module
from falcon.ui.composer.refusal import LONGEST_QUESTION
from falcon.ui.conversations.owner import Owner
from tests.slow_endpoint import SlowEndpoint
from tests.test_page import PAGE, ask, button, messages
from tests.test_page import aws as aws
from tests.test_page import fake_aws as fake_aws
from tests.test_page import own_settings as own_settings

ANNA = Owner("a" * 22)
FORGETFUL = Owner("f" * 22, is_kept=False)
NO_LIMITS = Limits(open_per_owner=0, open_in_all=0, questions_per_minute=0)


def begin(owner: Owner = ANNA, **address: str) -> AppTest:
    page = AppTest.from_file(str(PAGE), default_timeout=30)
    page.session_state["owner"] = owner
    for name, value in address.items():
        page.query_params[name] = value
    page.run()
    assert not page.exception
    return page


def limit(limits: Limits) -> None:
    backend_module.backend().registry.limiter.limits = limits


def refusals(page: AppTest) -> list[str]:
    assert not page.exception
    return [warning.value for warning in page.warning]


def in_the_box(page: AppTest) -> str:
    box = page.chat_input[0].proto
    return box.value if box.set_value else ""


@pytest.fixture
def one_a_minute(aws: SlowEndpoint) -> SlowEndpoint:
    begin()
    limit(Limits(open_per_owner=0, open_in_all=0, questions_per_minute=1))
    return aws


def test_a_refused_question_waits_in_the_box_and_nothing_is_saved(
    one_a_minute: SlowEndpoint,
) -> None:
    page = ask(begin(), "One")

    page = ask(page, "Two")

    assert "You asked 1 questions within a minute" in refusals(page)[0]
    assert any("You can send it in" in caption.value for caption in page.caption)
    assert in_the_box(page) == "Two"
    assert messages(page) == [("user", "One"), ("assistant", "Falcon")]
    assert len(one_a_minute.bodies) == 1


def test_it_is_asked_once_the_person_may(one_a_minute: SlowEndpoint) -> None:
    page = ask(ask(begin(), "One"), "Two")
    limit(NO_LIMITS)

    page = ask(page.run(), "Two")

    assert not refusals(page)
    assert messages(page)[2:] == [("user", "Two"), ("assistant", "Falcon")]
    assert len(one_a_minute.bodies) == 2


def test_a_refused_first_question_begins_no_conversation(
    one_a_minute: SlowEndpoint,
) -> None:
    ask(begin(), "One")

    page = ask(begin(), "Two")

    assert refusals(page)
    assert not page.chat_message
    assert "conversation" not in page.query_params
    assert len(one_a_minute.bodies) == 1


def test_a_refused_retry_keeps_the_answer_that_there_is(
    one_a_minute: SlowEndpoint,
) -> None:
    page = ask(begin(), "One")

    page = button(page, "Regenerate")

    assert refusals(page)
    assert messages(page) == [("user", "One"), ("assistant", "Falcon")]
    assert len(one_a_minute.bodies) == 1


def test_a_browser_that_keeps_nothing_is_told_whom_it_shares_with(
    one_a_minute: SlowEndpoint,
) -> None:
    ask(begin(FORGETFUL), "One")

    page = ask(begin(Owner("g" * 22, is_kept=False)), "Two")

    assert "This browser stores nothing for this page" in refusals(page)[0]
    assert len(one_a_minute.bodies) == 1


def test_a_comparison_is_refused_whole_and_its_question_waits(
    aws: SlowEndpoint,
) -> None:
    begin()
    limit(Limits(open_per_owner=1, open_in_all=0, questions_per_minute=0))

    page = ask(begin(view="compare"), "Which is better?")

    assert "Compare fewer columns" in refusals(page)[0]
    assert in_the_box(page) == "Which is better?"
    assert not aws.bodies


def test_a_question_too_long_is_refused_with_the_way_out(aws: SlowEndpoint) -> None:
    long = "x" * (LONGEST_QUESTION + 1)
    for page in (begin(), begin(view="compare")):
        page = ask(page, long)

        assert "Attach a long text as a file" in refusals(page)[0].replace("\\", "")
    assert not aws.bodies
