"""Choosing an endpoint in a real browser, while an answer is being made."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest
from playwright.sync_api import Page, expect

from tests.browser_fixtures import serve
from tests.control_plane import ControlPlane
from tests.serving import running
from tests.slow_endpoint import SlowEndpoint, serving_slowly
from tests.test_browser_page import (
    QUESTION,
    ask,
    box,
    choose_endpoint,
    choose_option,
    words,
)


@pytest.fixture
def slow() -> Iterator[SlowEndpoint]:
    with serving_slowly() as endpoint:
        yield endpoint
        endpoint.finish.set()


@pytest.fixture
def chat(page: Page, slow: SlowEndpoint) -> Iterator[Page]:
    """The page in front of "slow", in an account that has other endpoints too."""
    expect.set_options(timeout=30_000)
    with running(ControlPlane()) as account:
        for hours, name in enumerate(("slow", "turns", "code")):
            created = datetime.now(UTC) - timedelta(hours=hours)
            account.add_endpoint(name, created=created)
        settings = {"FALCON_ENDPOINT": "slow", "FALCON_REGION": "us-east-1"}
        with serve(**(account.environment | slow.environ | settings)) as port:
            page.goto(f"http://127.0.0.1:{port}/")
            box(page).wait_for()
            yield page
            slow.finish.set()


def test_listing_and_switching_leave_a_running_answer_alone(
    chat: Page, slow: SlowEndpoint
) -> None:
    ask(chat, QUESTION)
    expect(chat.get_by_text("word1 ")).to_be_visible()

    chat.get_by_text("Change endpoint").click()
    # By key: what has just been unfolded still moves under a pointer.
    chat.get_by_role("button", name="List endpoints").press("Enter")
    choose_option(chat, "Endpoints in us-east-1", "turns")
    chat.get_by_role("button", name="Use turns").press("Enter")

    expect(chat.get_by_text("Endpoint turns in us-east-1")).to_be_visible()
    seen = len(words(chat))
    expect(chat.get_by_text(f"word{seen + 20} ")).to_be_visible()
    assert len(slow.bodies) == 1
    slow.finish.set()
    expect(chat.get_by_role("button", name="Stop", exact=True)).to_be_hidden()
    ask(chat, "Second")
    expect(chat.get_by_text("questions, the first was")).to_be_visible()
    # What was chosen from the list before does not come back over a typed name.
    choose_endpoint(chat, "code")
