"""A message's actions in a real browser: what only a browser can show."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from playwright.sync_api import Page, expect

from falcon.ui import texts
from tests.browser_fixtures import serve
from tests.slow_endpoint import SlowEndpoint
from tests.test_browser_page import (
    QUESTION,
    answer,
    ask,
    box,
    choose_endpoint,
    numbered,
    stop,
    words,
)
from tests.test_browser_page import chat as chat
from tests.test_browser_page import slow as slow

ANSWER = f"1 questions, the first was {QUESTION}"


@pytest.fixture(scope="module")
def address(slow: SlowEndpoint) -> Iterator[str]:
    expect.set_options(timeout=30_000)
    settings = {"FALCON_ENDPOINT": "turns", "FALCON_REGION": "us-east-1"}
    with serve(**slow.environ, **settings) as port:
        yield f"http://127.0.0.1:{port}/"


@pytest.fixture
def answered(chat: Page) -> Page:
    """A page with one question and its whole answer."""
    ask(chat, QUESTION)
    expect(answer(chat)).to_contain_text("to the first token")
    expect(chat.get_by_role("button", name="Regenerate")).to_be_visible()
    return chat


def pasted(page: Page) -> str:
    """What the clipboard holds, by way of the question box."""
    box(page).fill("")
    box(page).press("Control+V")
    return box(page).input_value()


def test_copy_puts_the_text_into_the_clipboard(answered: Page) -> None:
    answered.context.grant_permissions(["clipboard-read", "clipboard-write"])

    answer(answered).get_by_role("button", name="Copy").click()

    expect(answer(answered).get_by_role("button", name="Copied")).to_be_visible()
    assert pasted(answered) == ANSWER


def test_the_last_message_is_copied_by_keyboard_without_the_clipboards_interface(
    page: Page, address: str
) -> None:
    # As on plain http, where a page has no navigator.clipboard.
    page.add_init_script("delete Navigator.prototype.clipboard")
    page.goto(address)
    box(page).wait_for()
    ask(page, QUESTION)
    expect(page.get_by_role("button", name="Regenerate")).to_be_visible()

    page.keyboard.press("Control+Shift+X")

    expect(answer(page).get_by_role("button", name="Copied")).to_be_visible()
    assert pasted(page) == ANSWER


def test_versions_are_changed_by_keyboard(answered: Page) -> None:
    answered.get_by_role("button", name="Regenerate").press("Enter")
    expect(answered.get_by_text("Version 2 of 2")).to_be_attached()
    expect(answered.get_by_role("button", name="Next version")).to_be_disabled()

    answered.get_by_role("button", name="Previous version").press("Enter")

    expect(answered.get_by_text("Version 1 of 2")).to_be_attached()
    expect(answered.get_by_role("button", name="Previous version")).to_be_disabled()


def test_a_messages_actions_leave_a_running_answer_alone(
    answered: Page, slow: SlowEndpoint
) -> None:
    choose_endpoint(answered, "slow")
    slow.bodies.clear()
    ask(answered, "And owls?")
    expect(answer(answered)).to_contain_text("word10")

    more = answered.get_by_role("button", name="More", exact=True)
    more.nth(1).click()
    answered.get_by_role("radio", name="Thumbs up").click()
    expect(answered.get_by_role("button", name="Comment")).to_be_visible()
    answered.get_by_role("button", name="What was sent").click()
    expect(answered.get_by_role("dialog")).to_contain_text("us-east-1")
    answered.keyboard.press("Escape")
    shown = len(words(answered))

    expect(answer(answered)).to_contain_text(f"word{shown + 5}")
    slow.finish.set()
    expect(answer(answered)).to_contain_text("to the first token")
    expect(stop(answered)).to_be_hidden()
    assert words(answered) == numbered(len(words(answered)))
    assert len(slow.bodies) == 1


def test_another_version_can_be_read_while_an_answer_grows(
    answered: Page, slow: SlowEndpoint
) -> None:
    choose_endpoint(answered, "slow")
    answered.get_by_role("button", name="More", exact=True).first.click()
    answered.get_by_role("button", name="Edit and send again").click()
    answered.get_by_label("Edit the question").fill("And owls?")
    answered.get_by_role("button", name="Send", exact=True).click()
    expect(answer(answered)).to_contain_text("word5")

    answered.get_by_role("button", name="Previous version").click()
    expect(answer(answered)).to_contain_text(ANSWER)
    expect(answered.get_by_text(texts.ANSWER_ELSEWHERE)).to_be_visible()
    answered.get_by_role("button", name="Next version").click()

    expect(answer(answered)).to_contain_text("word5")
    slow.finish.set()
    expect(answer(answered)).to_contain_text("to the first token")
    assert words(answered) == numbered(len(words(answered)))
