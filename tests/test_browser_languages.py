"""The reader's language in a real browser, which alone knows and keeps it."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.browser_fixtures import browser as browser
from tests.browser_fixtures import serve


@pytest.fixture(scope="module")
def address() -> Iterator[str]:
    expect.set_options(timeout=30_000)
    with serve() as port:
        yield f"http://127.0.0.1:{port}/"


@pytest.fixture
def korean(browser: Browser) -> Iterator[Page]:
    context = browser.new_context(
        locale="ko-KR", reduced_motion="reduce", viewport={"width": 360, "height": 800}
    )
    context.set_default_timeout(15_000)
    yield context.new_page()
    context.close()


def test_the_browsers_language_is_spoken_until_another_is_chosen(
    korean: Page, address: str
) -> None:
    page, root = korean, korean.locator("html")
    page.goto(address)
    expect(page.get_by_text("팔콘에게 무엇이든 물어보십시오.")).to_be_visible()
    expect(root).to_have_attribute("lang", "ko")
    page.get_by_role("button", name="뉴욕에서 LA까지 가는 방법").click()
    expect(page.get_by_text("첫 토큰까지")).to_be_visible()
    sideways = "root => root.scrollWidth > root.clientWidth"
    assert not root.evaluate(sideways)

    page.get_by_test_id("stExpandSidebarButton").click()
    choice = page.get_by_test_id("stSidebar").get_by_text("English", exact=True)
    choice.scroll_into_view_if_needed()
    choice.click()

    expect(page.get_by_text("to the first token")).to_be_visible()
    page.reload()
    expect(page.get_by_text("to the first token")).to_be_visible()
    expect(root).to_have_attribute("lang", "en")
    assert not root.evaluate(sideways)
