"""Conversations that stay, in a real browser: reload, restart, second tab, owner."""

from __future__ import annotations

import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, BrowserContext, Locator, Page, expect

from falcon.generation import SECONDS_BETWEEN_SAVES
from falcon.ui import texts
from tests.browser_fixtures import serve, start
from tests.slow_endpoint import SlowEndpoint, serving_slowly
from tests.test_browser_page import (
    QUESTION,
    answer,
    ask,
    box,
    choose_endpoint,
    numbered,
    words,
)

MARKED_UP = "**Owls** `hoot` www.example.com"
OWNER = "() => localStorage.getItem('falcon-chat-owner')"


@pytest.fixture(scope="module")
def slow() -> Iterator[SlowEndpoint]:
    with serving_slowly() as endpoint:
        yield endpoint


@pytest.fixture(scope="module")
def address(slow: SlowEndpoint) -> Iterator[str]:
    expect.set_options(timeout=30_000)
    with serve(**settings(slow, "turns")) as port:
        yield f"http://127.0.0.1:{port}/"


@pytest.fixture
def context(browser: Browser) -> Iterator[BrowserContext]:
    context = browser.new_context(reduced_motion="reduce")
    context.set_default_timeout(15_000)
    yield context
    context.close()


@pytest.fixture
def other(context: BrowserContext) -> Page:
    """A page in another browser than `page`."""
    return context.new_page()


def settings(slow: SlowEndpoint, name: str) -> dict[str, str]:
    return {
        **slow.environ,
        "FALCON_ENDPOINT": name,
        "FALCON_REGION": "us-east-1",
    }


def open_page(page: Page, address: str) -> None:
    page.goto(address)
    box(page).wait_for()


def open_list(page: Page) -> None:
    page.get_by_role("tab", name="Chats").click()


def row(page: Page, title: str) -> Locator:
    return page.get_by_role("button", name=title, exact=True)


def choose(page: Page, title: str, action: str) -> None:
    page.get_by_role("button", name=f"Rename, pin or delete: {title}").click()
    page.get_by_role("menuitem", name=action).click()


def test_a_killed_server_loses_nothing(
    context: BrowserContext, slow: SlowEndpoint, tmp_path: Path
) -> None:
    history = f"sqlite:///{tmp_path / 'conversations.sqlite3'}"
    page = context.new_page()
    with start(**settings(slow, "slow"), FALCON_HISTORY=history) as (server, port):
        open_page(page, f"http://127.0.0.1:{port}/")
        ask(page, QUESTION)
        expect(answer(page)).to_contain_text("word20")
        owner = page.evaluate(OWNER)
        time.sleep(2 * SECONDS_BETWEEN_SAVES)
        server.kill()
    with serve(
        "--server.port",
        str(port),
        **settings(slow, "turns"),
        FALCON_HISTORY=history,
    ):
        second = context.new_page()
        open_page(second, page.url)
        expect(answer(second)).to_contain_text(texts.CUT)
        kept = words(second)
        assert kept[:21] == numbered(21)

        # The tab that was open all the time finds the new server by itself.
        expect(answer(page)).to_contain_text(texts.CUT)
        ask(page, "And owls?")
        expect(answer(page)).to_contain_text(f"2 questions, the first was {QUESTION}")

        second.reload()
        expect(answer(second)).to_contain_text("2 questions")
        assert second.evaluate(OWNER) == owner
        open_list(second)
        expect(row(second, QUESTION)).to_be_visible()


def test_the_list_is_the_browsers_own_and_survives_a_reload(
    page: Page, other: Page, address: str
) -> None:
    open_page(page, address)
    ask(page, QUESTION)
    expect(answer(page)).to_contain_text("1 questions")
    shared = page.url

    page.reload()
    open_list(page)
    expect(row(page, QUESTION)).to_be_visible()
    open_page(other, shared)
    expect(other.get_by_text(texts.SHARED_WITH_YOU)).to_be_visible()
    open_list(other)
    expect(other.get_by_text(texts.NO_CONVERSATIONS)).to_be_visible()
    expect(row(other, QUESTION)).to_have_count(0)
    assert page.evaluate(OWNER) != other.evaluate(OWNER)
    for shown in (page, other):
        assert shown.evaluate(OWNER) not in shown.url


def test_a_browser_that_keeps_nothing_has_its_list_until_the_reload(
    page: Page, address: str
) -> None:
    page.add_init_script("Storage.prototype.getItem = () => { throw new Error() }")
    open_page(page, address)
    ask(page, QUESTION)
    expect(answer(page)).to_contain_text("1 questions")
    open_list(page)
    expect(row(page, QUESTION)).to_be_visible()
    expect(page.get_by_text(texts.OWNER_NOT_KEPT)).to_be_visible()

    page.reload()

    expect(answer(page)).to_contain_text("1 questions")
    open_list(page)
    expect(page.get_by_text(texts.NO_CONVERSATIONS)).to_be_visible()


def test_an_answer_goes_on_while_another_conversation_is_open(
    page: Page, address: str, slow: SlowEndpoint
) -> None:
    open_page(page, address)
    ask(page, MARKED_UP)
    expect(answer(page)).to_contain_text("1 questions")
    choose_endpoint(page, "slow")
    slow.finish.clear()
    page.get_by_role("button", name="New chat").click()
    ask(page, QUESTION)
    expect(answer(page)).to_contain_text("word5")
    open_list(page)

    choose(page, QUESTION, "Pin")
    conversations = page.locator(".st-key-conversation_list")
    expect(conversations.locator("a, strong, code")).to_have_count(0)
    conversations.get_by_text("**Owls** `hoot`").first.click()

    expect(answer(page)).to_contain_text("1 questions")
    row(page, QUESTION).click()
    expect(answer(page)).to_contain_text("word30")
    slow.finish.set()
    expect(answer(page)).to_contain_text("to the first token")
    assert words(page) == numbered(len(words(page)))
