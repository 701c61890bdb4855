"""The page in a real browser, in front of an endpoint slow enough to watch."""

from __future__ import annotations

import time
from collections.abc import Iterator
from itertools import pairwise
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Locator, Page, expect
from playwright.sync_api import TimeoutError as PlaywrightTimeoutError

from tests.browser_fixtures import serve
from tests.slow_endpoint import SlowEndpoint, serving_slowly

SECONDS_FOR_STOP = 5.0
"""0.2 on an idle machine; a busy one draws the page late."""
QUESTION = "Tell me about falcons"


@pytest.fixture(scope="module")
def slow() -> Iterator[SlowEndpoint]:
    with serving_slowly() as endpoint:
        yield endpoint


@pytest.fixture(scope="module")
def address(slow: SlowEndpoint) -> Iterator[str]:
    expect.set_options(timeout=30_000)
    settings = {"FALCON_ENDPOINT": "slow", "FALCON_REGION": "us-east-1"}
    with serve(**slow.environ, **settings) as port:
        yield f"http://127.0.0.1:{port}/"


@pytest.fixture
def chat(page: Page, address: str, slow: SlowEndpoint) -> Iterator[Page]:
    """The page, opened, in front of an endpoint nobody has asked yet."""
    slow.bodies.clear()
    slow.left.clear()
    slow.finish.clear()
    page.goto(address)
    box(page).wait_for()
    yield page
    slow.finish.set()


def box(page: Page) -> Locator:
    return page.get_by_test_id("stChatInputTextArea")


def ask(page: Page, question: str) -> None:
    box(page).fill(question)
    box(page).press("Enter")


def answer(page: Page) -> Locator:
    return page.get_by_label("Chat message from assistant").last


def words(page: Page) -> list[str]:
    """The words of the answer, which are numbered; its small print left out."""
    return answer(page).inner_text().split("\n")[0].rstrip("▍").split()


def numbered(count: int) -> list[str]:
    return [f"word{number}" for number in range(count)]


def stop(page: Page) -> Locator:
    return page.get_by_role("button", name="Stop", exact=True)


def choose_endpoint(page: Page, name: str, *, model: str | None = None) -> None:
    form = page.get_by_test_id("stForm")
    field = form.get_by_label("Endpoint name")
    if not field.is_visible():
        page.get_by_text("Change endpoint").click()
    field.fill(name)
    if model is not None:
        choose_option(page, "Model behind it", model)
    # By key: what has just been unfolded still moves under a pointer.
    form.get_by_role("button", name="Use this endpoint").press("Enter")
    expect(page.get_by_text(f"Endpoint {name} in us-east-1")).to_be_visible()


def choose_option(page: Page, box: str, option: str) -> None:
    """Choose from a list, which closes when the page scrolls or is drawn just then."""
    for _ in range(10):
        page.get_by_role("combobox", name=box).click()
        try:
            page.get_by_role("option", name=option).click(timeout=2_000)
        except PlaywrightTimeoutError:
            continue
        return
    raise AssertionError(f"{option} could not be chosen.")


def test_an_answer_grows_on_the_screen_and_then_tells_its_figures(
    chat: Page, slow: SlowEndpoint
) -> None:
    ask(chat, QUESTION)
    expect(answer(chat)).to_contain_text("word5")
    seen = len(words(chat))
    expect(answer(chat)).to_contain_text(f"word{seen + 5}")
    slow.finish.set()

    expect(answer(chat)).to_contain_text("to the first token · 3 tokens")
    expect(stop(chat)).to_be_hidden()
    assert words(chat) == numbered(len(words(chat)))


def test_stop_keeps_the_shown_text_and_ends_the_generation(
    chat: Page, slow: SlowEndpoint
) -> None:
    ask(chat, QUESTION)
    expect(answer(chat)).to_contain_text("word20")

    shown = words(chat)
    clicked = time.monotonic()
    stop(chat).click()
    expect(answer(chat)).to_contain_text("Stopped.")

    assert time.monotonic() - clicked < SECONDS_FOR_STOP
    assert slow.left.wait(5)
    kept = words(chat)
    assert kept[: len(shown)] == shown
    chat.reload()
    expect(answer(chat)).to_contain_text("Stopped.")
    assert words(chat) == kept


def test_a_moved_slider_leaves_no_gap_in_a_running_answer(
    chat: Page, slow: SlowEndpoint
) -> None:
    ask(chat, QUESTION)
    expect(answer(chat)).to_contain_text("word10")

    slider = chat.get_by_role("slider", name="temperature")
    shown = [words(chat)]
    for _ in range(5):
        slider.press("ArrowRight")
        chat.wait_for_timeout(200)
        shown.append(words(chat))
    slow.finish.set()

    assert all(earlier == later[: len(earlier)] for earlier, later in pairwise(shown))
    expect(answer(chat)).to_contain_text("to the first token")
    assert words(chat) == numbered(len(words(chat)))
    assert len(words(chat)) > len(shown[0])
    expect(chat.get_by_text("1.05", exact=True)).to_be_visible()
    assert len(slow.bodies) == 1


def test_the_settings_do_not_fade_while_an_answer_is_written(
    chat: Page, slow: SlowEndpoint
) -> None:
    ask(chat, QUESTION)
    expect(answer(chat)).to_contain_text("word10")
    chat.wait_for_timeout(2000)  # Streamlit fades over one and a half seconds.

    stale = chat.locator('[data-testid="stSidebar"] [data-stale="true"]')
    shown = stale.evaluate_all("all => all.map(each => getComputedStyle(each).opacity)")
    slow.finish.set()

    assert set(shown) == {"1"}


def test_a_slider_keeps_its_value_for_models_with_other_windows_during_an_answer(
    chat: Page, slow: SlowEndpoint
) -> None:
    ask(chat, QUESTION)
    expect(answer(chat)).to_contain_text("word5")
    longest = chat.get_by_role("slider", name="max_new_tokens")
    reset = chat.get_by_role("button", name="Reset max_new_tokens to its default")

    def see(value: int, most: int) -> None:
        expect(longest).to_have_attribute("max", str(most))
        expect(longest).to_have_value(str(value))

    # Nobody touched it: it stays so.
    choose_endpoint(chat, "turns", model="falcon3-1b-instruct")
    see(256, 8191)
    expect(reset).to_be_disabled()
    longest.press("End")
    expect(reset).to_be_enabled()
    choose_endpoint(chat, "slow", model="falcon-7b-instruct")
    see(2047, 2047)
    choose_endpoint(chat, "turns", model="falcon3-1b-instruct")
    see(8191, 8191)
    reset.press("Enter")
    expect(reset).to_be_disabled()
    see(256, 8191)
    choose_endpoint(chat, "slow", model="falcon-7b-instruct")
    see(256, 2047)

    expect(reset).to_be_disabled()
    expect(chat.get_by_text("Nothing is set.")).to_be_visible()
    expect(chat.get_by_test_id("stAlert")).to_have_count(0)
    expect(stop(chat)).to_be_visible()
    assert len(slow.bodies) == 1


def test_a_second_question_carries_the_first(chat: Page) -> None:
    choose_endpoint(chat, "turns")

    ask(chat, "My name is Nora")
    expect(answer(chat)).to_contain_text("1 questions, the first was My name is Nora")
    ask(chat, "What is my name?")

    expect(answer(chat)).to_contain_text("2 questions, the first was My name is Nora")


def test_an_unknown_endpoint_is_one_message_and_the_question_stays(chat: Page) -> None:
    choose_endpoint(chat, "http-400-ValidationError")

    ask(chat, QUESTION)

    expect(chat.get_by_test_id("stAlert")).to_contain_text("http-400-ValidationError")
    expect(chat.get_by_label("Chat message from user")).to_have_text(QUESTION)
    expect(chat.get_by_label("Chat message from assistant")).to_have_count(0)
    expect(chat.get_by_role("button", name="Retry")).to_be_visible()


def test_retry_asks_the_chosen_endpoint_the_same_question(chat: Page) -> None:
    choose_endpoint(chat, "cut-frame")
    ask(chat, QUESTION)
    expect(answer(chat)).to_contain_text("The answer was cut here.")

    choose_endpoint(chat, "turns")
    chat.get_by_role("button", name="Retry").click()

    expect(answer(chat)).to_contain_text(f"1 questions, the first was {QUESTION}")
    expect(chat.get_by_label("Chat message from user")).to_have_count(1)


def test_a_reload_finds_the_running_answer_again(
    chat: Page, slow: SlowEndpoint
) -> None:
    ask(chat, QUESTION)
    expect(answer(chat)).to_contain_text("word10")

    chat.reload()

    expect(answer(chat)).to_contain_text("word20")
    slow.finish.set()
    expect(answer(chat)).to_contain_text("to the first token")
    assert words(chat) == numbered(len(words(chat)))
    assert len(slow.bodies) == 1


def test_a_second_tab_watches_the_same_answer(chat: Page, slow: SlowEndpoint) -> None:
    ask(chat, QUESTION)
    expect(answer(chat)).to_contain_text("word10")

    second = chat.context.new_page()
    second.goto(chat.url)

    expect(answer(second)).to_contain_text("word20")
    slow.finish.set()
    expect(answer(second)).to_contain_text("to the first token")
    assert words(second) == numbered(len(words(second)))
    assert len(slow.bodies) == 1


def test_a_question_during_an_answer_waits_in_the_box(
    chat: Page, slow: SlowEndpoint
) -> None:
    ask(chat, QUESTION)
    expect(answer(chat)).to_contain_text("word5")

    ask(chat, "And owls?")

    expect(chat.get_by_text("One answer at a time")).to_be_visible()
    expect(box(chat)).to_have_value("And owls?")
    stop(chat).click()
    expect(box(chat)).to_have_value("And owls?")
    assert len(slow.bodies) == 1


def test_a_new_chat_is_empty_and_the_old_one_keeps_its_address(chat: Page) -> None:
    choose_endpoint(chat, "turns")
    ask(chat, QUESTION)
    expect(answer(chat)).to_contain_text("1 questions")
    old = chat.url

    chat.get_by_role("button", name="New chat").click()

    expect(chat.get_by_label("Chat message from user")).to_have_count(0)
    expect(chat.get_by_text("Ask a Falcon something.")).to_be_visible()
    assert "conversation" not in chat.url
    chat.goto(old)
    expect(chat.get_by_label("Chat message from user")).to_have_text(QUESTION)


def test_a_code_block_is_kept_whole_while_it_grows(chat: Page) -> None:
    choose_endpoint(chat, "code")

    ask(chat, QUESTION)

    expect(answer(chat)).to_contain_text("That is all.")
    expect(answer(chat).get_by_test_id("stCode")).to_have_count(1)


def test_the_page_fits_a_phone(chat: Page) -> None:
    chat.set_viewport_size({"width": 360, "height": 740})

    ask(chat, "https://example.com/" + "long" * 40)
    expect(answer(chat)).to_contain_text("word20")

    widths = "() => [...document.querySelectorAll('*')].map(e => e.scrollWidth)"
    assert max(chat.evaluate(widths)) <= 360
    expect(stop(chat)).to_be_in_viewport()


def test_nothing_is_fetched_from_elsewhere_in_either_look(
    chat: Page, address: str
) -> None:
    hosts = set[str]()
    chat.on("request", lambda request: hosts.add(urlsplit(request.url).netloc))
    chat.reload()
    expect(chat.get_by_text("Endpoint slow in us-east-1")).to_be_visible()
    choose_endpoint(chat, "turns")
    ask(chat, QUESTION)
    expect(answer(chat)).to_contain_text("1 questions")

    chat.get_by_text("bubbles").click()
    bubble = chat.frame_locator("iframe").last.get_by_text("1 questions")
    expect(bubble).to_be_visible()

    own = urlsplit(address).netloc
    assert hosts - {""} == {own}


def test_an_image_in_an_answer_is_not_fetched(chat: Page, slow: SlowEndpoint) -> None:
    choose_endpoint(chat, "image")

    ask(chat, QUESTION)

    expect(answer(chat)).to_contain_text("A bird.")
    expect(answer(chat)).to_contain_text("to the first token")
    assert not any(b"bird.png" in body for body in slow.bodies)


def test_the_page_carries_the_content_security_policy(page: Page, address: str) -> None:
    response = page.goto(address)

    assert response is not None
    assert "default-src 'self'" in response.headers["content-security-policy"]
