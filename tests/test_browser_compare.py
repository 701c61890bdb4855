"""Two columns in a real browser, in front of an endpoint slow enough to watch."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.browser_fixtures import serve, start
from tests.slow_endpoint import SlowEndpoint, serving_slowly


@pytest.fixture(scope="module")
def slow() -> Iterator[SlowEndpoint]:
    with serving_slowly() as endpoint:
        yield endpoint


@pytest.fixture(scope="module")
def address(slow: SlowEndpoint) -> Iterator[str]:
    expect.set_options(timeout=30_000)
    settings = {
        "FALCON_ENDPOINT": "slow",
        "FALCON_REGION": "us-east-1",
        "FALCON_HISTORY": "sqlite://",
    }
    with serve(**slow.environ, **settings) as port:
        yield f"http://127.0.0.1:{port}/"


def answers(page: Page) -> Locator:
    return page.locator("[class*='st-key-compare_answer_']")


def button(page: Page, name: str) -> Locator:
    return page.get_by_role("button", name=name, exact=True)


def ask_columns(page: Page, question: str) -> None:
    page.get_by_placeholder("Ask all columns…").fill(question)
    # The chat's own box goes when the comparison has been drawn.
    send = page.get_by_test_id("stChatInputSubmitButton")
    expect(send).to_have_count(1)
    send.click()


def words(answer: Locator) -> list[str]:
    """The words of an answer, which are numbered."""
    text = answer.inner_text().replace("▍", "").split()
    return [word for word in text if word.startswith("word")]


def test_columns_grow_side_by_side_survive_a_reload_and_stop_together(
    page: Page, address: str, slow: SlowEndpoint, tmp_path: Path
) -> None:
    page.goto(address)
    button(page, "Compare").click()
    ask_columns(page, "Tell me about falcons")

    left, right = answers(page).first, answers(page).last
    expect(left).to_contain_text("word5")
    seen = len(words(right))
    assert seen > 1
    expect(right).to_contain_text(f"word{seen + 5}")
    # Both at the same moment: the page scrolls as they grow.
    boxes = answers(page).evaluate_all("all => all.map(e => e.getBoundingClientRect())")
    assert boxes[0]["top"] == boxes[1]["top"]
    assert boxes[0]["right"] < boxes[1]["left"]
    page.reload()
    expect(right).to_contain_text("word40")
    assert len(slow.bodies) == 2
    button(page, "Stop all").click()

    for answer in (left, right):
        expect(answer).to_contain_text("to the first token")
        expect(answer).to_contain_text("stopped")
        shown = words(answer)
        assert shown == [f"word{number}" for number in range(len(shown))]
    expect(page.get_by_text("the fastest")).to_have_count(1)
    expect(button(page, "Stop all")).to_be_hidden()
    with page.expect_download() as download:
        button(page, "JSON").click()
    download.value.save_as(tmp_path / "results.json")
    results = json.loads((tmp_path / "results.json").read_text(encoding="utf-8"))
    columns = [answer["column"] for answer in results["questions"][0]["answers"]]
    assert columns == ["A", "B"]
    page.set_viewport_size({"width": 360, "height": 740})
    # The table scrolls within its own frame.
    others = page.locator("*:not(.st-key-compare_results, .st-key-compare_results *)")
    assert max(others.evaluate_all("all => all.map(e => e.scrollWidth)")) <= 360


def test_a_killed_server_brings_back_answers_list_and_presets(
    page: Page, slow: SlowEndpoint, tmp_path: Path
) -> None:
    settings = {
        **slow.environ,
        "FALCON_ENDPOINT": "slow",
        "FALCON_REGION": "us-east-1",
        "FALCON_HISTORY": f"sqlite:///{tmp_path / 'conversations.sqlite3'}",
    }
    with start(**settings) as (process, port):
        page.goto(f"http://127.0.0.1:{port}/")
        button(page, "Own").click()
        page.get_by_label("Name", exact=True).fill("My falcon")
        button(page, "Save as preset").click()
        expect(page.get_by_text("Saved as My falcon.")).to_be_visible()
        page.keyboard.press("Escape")
        button(page, "Compare").click()
        ask_columns(page, "Tell me about falcons")
        expect(answers(page).last).to_contain_text("word60")
        process.kill()
        process.wait()
    asked = len(slow.bodies)

    with start("--server.port", str(port), **settings):
        page.reload()
        for answer in (answers(page).first, answers(page).last):
            expect(answer).to_contain_text("interrupted")
            shown = words(answer)
            assert shown == [f"word{number}" for number in range(len(shown))]
            assert len(shown) > 10
        button(page, "Earlier").click()
        listed = page.locator("[class*='st-key-compare_open_']")
        expect(listed).to_contain_text("Tell me about falcons")
        page.keyboard.press("Escape")
        page.get_by_role("combobox", name="Preset").first.click()
        expect(page.get_by_role("option", name="My falcon")).to_be_visible()
    assert len(slow.bodies) == asked
