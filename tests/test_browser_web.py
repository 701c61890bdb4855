"""The static web page in real Chromium, asking the running app's Chat API."""

from __future__ import annotations

import base64
import hashlib
import json
import re
from collections.abc import Callable, Iterator

import pytest
from playwright.sync_api import Browser, Page, Route, expect

from tests.browser_fixtures import serve
from tests.slow_endpoint import SlowEndpoint
from tests.test_browser_accessibility import AXE
from tests.web_page import (
    FOLDER,
    HOSTILE,
    KEY,
    ask,
    open_page,
    steered_endpoint,
    web_origin,
)

TURNS = 150
LOOK = """async () => (await axe.run()).violations.flatMap(({ id, nodes }) =>
    nodes.map(({ html, failureSummary }) => `${id}: ${failureSummary} ${html}`))"""


@pytest.fixture(scope="module")
def origin() -> Iterator[str]:
    with web_origin() as origin:
        yield origin


@pytest.fixture(scope="module")
def endpoint() -> Iterator[SlowEndpoint]:
    with steered_endpoint() as endpoint:
        yield endpoint


@pytest.fixture(scope="module")
def api(endpoint: SlowEndpoint, origin: str) -> Iterator[str]:
    settings = {
        "FALCON_ENDPOINT": "steered",
        "FALCON_REGION": "us-east-1",
        "FALCON_API_KEYS": KEY,
        "FALCON_API_ORIGINS": origin,
        "FALCON_MOST_QUESTIONS_PER_MINUTE": "0",
    }
    with serve(**endpoint.environ, **settings) as port:
        yield f"http://127.0.0.1:{port}/api/chat"


@pytest.fixture
def chat(page: Page, origin: str, api: str) -> Page:
    open_page(page, origin, api)
    return page


def test_an_answer_comes_with_the_conversation_so_far(chat: Page) -> None:
    first = ask(chat, "Tell me about falcons")
    expect(first).to_contain_text("You said: Tell me about falcons")

    second = ask(chat, "turns")

    expect(second).to_contain_text("2 questions, the first was Tell me about falcons")


def test_a_reload_keeps_the_conversation_and_a_new_tab_has_no_key(
    chat: Page, origin: str
) -> None:
    expect(ask(chat, "Hello")).to_contain_text("You said: Hello")
    chat.reload()
    expect(chat.locator(".turn")).to_contain_text("You said: Hello")
    expect(chat.get_by_label("API key")).to_have_value(KEY)

    other = chat.context.new_page()
    other.goto(origin)

    expect(other.get_by_label("API key")).to_have_value("")
    assert other.evaluate("localStorage.length + document.cookie.length") == 0


def test_what_a_model_says_is_text_and_nothing_else(chat: Page) -> None:
    requests: list[str] = []
    chat.on("request", lambda request: requests.append(request.url))

    turn = ask(chat, "hostile")
    expect(turn.locator(".answer .text")).to_have_text(HOSTILE, use_inner_text=True)
    chat.reload()
    text = chat.locator(".answer .text")
    expect(text).to_have_text(HOSTILE, use_inner_text=True)

    assert text.evaluate("e => e.childElementCount") == 0
    assert chat.evaluate("window.ran") is None
    assert not [url for url in requests if "evil" in url or url.endswith("/x")]


def test_what_a_person_types_is_text_and_nothing_else(chat: Page) -> None:
    question = "<img src=x onerror='window.ran = 5'>"

    turn = ask(chat, question)

    expect(turn.locator(".answer .text")).to_have_text(f"You said: {question}")
    assert turn.locator("img").count() == 0
    assert chat.evaluate("window.ran") is None


def test_300_messages_do_no_harm(chat: Page, endpoint: SlowEndpoint) -> None:
    chat.set_default_timeout(60_000)
    for number in range(TURNS):
        turn = ask(chat, f"Question {number}")
        expect(turn).to_contain_text(f"You said: Question {number}")

    expect(chat.locator(".turn")).to_have_count(TURNS)
    expect(turn).to_be_in_viewport()
    assert "Question 148" in json.loads(endpoint.bodies[-1])["inputs"]
    frames = """() => new Promise((done) => requestAnimationFrame((began) =>
        requestAnimationFrame((ended) => done(ended - began))))"""
    assert chat.evaluate(frames) < 500
    chat.reload()
    expect(chat.locator(".turn")).to_have_count(TURNS)
    expect(chat.locator(".turn").last).to_be_in_viewport()


def test_a_wait_is_counted_and_a_draft_can_be_typed(
    chat: Page, endpoint: SlowEndpoint
) -> None:
    chat.set_viewport_size({"width": 360, "height": 500})
    expect(ask(chat, "First")).to_contain_text("You said: First")
    endpoint.finish.clear()
    turn = ask(chat, "slow")
    expect(turn.locator(".seconds")).to_have_text(re.compile("[2-9] s"))
    seconds, footer = (
        chat.locator(one).bounding_box() for one in (".seconds", "footer")
    )
    assert seconds
    assert footer
    assert seconds["y"] + seconds["height"] <= footer["y"]
    chat.get_by_label("Your question").fill("a draft")
    chat.get_by_label("Your question").press("Enter")
    endpoint.finish.set()

    expect(turn.locator(".answer .text")).to_contain_text("word1")
    expect(chat.locator(".turn")).to_have_count(2)
    expect(chat.get_by_label("Your question")).to_have_value("a draft")


def test_stop_ends_the_answer_at_the_endpoint_and_it_can_be_asked_again(
    chat: Page, endpoint: SlowEndpoint
) -> None:
    endpoint.finish.clear()
    endpoint.left.clear()
    turn = ask(chat, "slow")
    expect(turn.locator(".waiting")).to_be_visible()
    chat.wait_for_timeout(300)

    chat.keyboard.press("Escape")

    expect(turn).to_contain_text("Stopped. There is no answer.")
    assert endpoint.left.wait(timeout=10)
    turn.get_by_role("button", name="Try again").click()
    expect(turn.locator(".seconds")).to_have_text(re.compile("[2-9] s"))
    endpoint.finish.set()
    expect(turn.locator(".answer .text")).to_contain_text("word1")


def test_an_error_is_told_in_words_and_retry_asks_again(chat: Page) -> None:
    turn = ask(chat, "broken")
    expect(turn).to_contain_text("Try again")
    expect(turn.locator(".problem")).to_contain_text("It said (")
    chat.route("**/api/chat", lambda route: route.abort())
    turn.get_by_role("button", name="Try again").click()
    expect(turn).to_contain_text("The Chat API could not be reached.")
    chat.unroute("**/api/chat")

    chat.route("**/api/chat", reply(200, {"statusCode": 200, "msg": "Here."}))
    turn.get_by_role("button", name="Try again").click()

    expect(turn.locator(".answer .text")).to_have_text("Here.")
    expect(turn.locator(".problem")).to_have_count(0)


@pytest.mark.parametrize(
    ("key", "words"),
    [("", "asks for a key"), ("wrong-key-wrong-key", "did not accept this key")],
)
def test_a_key_that_does_not_open_is_said_so(
    page: Page, origin: str, api: str, key: str, words: str
) -> None:
    open_page(page, origin, api, key=key)

    page.locator("summary").click()
    turn = ask(page, "Hello")

    expect(turn).to_contain_text(words)
    turn.get_by_role("button", name="Settings").click()
    expect(page.get_by_label("API key")).to_be_focused()


@pytest.mark.parametrize(
    ("status", "body", "words"),
    [
        (403, {"message": "Forbidden"}, "did not accept this key"),
        (403, {"message": "Missing Authentication Token"}, "no Chat API at this"),
        (404, None, "There is no Chat API at this address"),
        (413, {"message": "Request Too Long"}, "more than the model can read"),
        (429, {"message": "Limit Exceeded"}, "Too many questions"),
        (503, {"error": {"code": "endpoint_unavailable"}}, "again in 60 seconds"),
        (504, {"message": "Endpoint request timed out"}, "longer than the Chat API"),
        (500, None, "could not make an answer"),
        (200, {"statusCode": 500, "msg": "failed"}, "It said (500): failed"),
        (200, {"statusCode": 200, "msg": ""}, "answered with nothing"),
        (200, None, "no answer of a Chat API"),
    ],
)
def test_every_refusal_is_told_in_words(
    chat: Page, status: int, body: object, words: str
) -> None:
    chat.route("**/api/chat", reply(status, body))

    turn = ask(chat, "Hello")

    expect(turn.get_by_role("button", name="Try again")).to_be_visible()
    expect(turn).to_contain_text(words)


def reply(status: int, body: object) -> Callable[[Route], None]:
    headers = {
        "Access-Control-Allow-Origin": "*",
        "Access-Control-Expose-Headers": "retry-after",
        "Content-Type": "application/json",
        **({"Retry-After": "60"} if status == 503 else {}),
    }
    text = "<h1>?</h1>" if body is None else json.dumps(body)

    def answer(route: Route) -> None:
        route.fulfill(status=status, headers=headers, body=text)

    return answer


@pytest.mark.parametrize(
    "address",
    [
        "http://api.test/chat",
        "javascript:alert(1)",
        "https://a:b@api.test/",
        "https://",
    ],
)
def test_a_key_goes_to_no_address_that_does_not_keep_it(
    page: Page, origin: str, address: str
) -> None:
    open_page(page, origin, address)
    requests: list[str] = []
    page.on("request", lambda request: requests.append(request.url))

    expect(ask(page, "Hello")).to_contain_text("not one that can be asked")

    assert requests == []


def test_korean_is_chosen_by_the_browser_and_by_hand(
    browser: Browser, origin: str
) -> None:
    context = browser.new_context(locale="ko-KR")
    page = context.new_page()
    page.goto(origin)
    expect(page.get_by_label("질문")).to_be_visible()
    expect(page.locator("html")).to_have_attribute("lang", "ko")

    page.get_by_role("button", name="English").click()

    expect(page.get_by_label("Your question")).to_be_visible()
    page.reload()
    expect(page.locator("html")).to_have_attribute("lang", "en")
    context.close()


def test_both_languages_say_everything() -> None:
    text = (FOLDER / "index.html").read_text(encoding="utf-8")
    english, korean = (
        re.findall(r"^        (\w+):", block, re.MULTILINE)
        for block in re.findall(r"^    (?:en|ko): \{\n(.*?)^    \},", text, re.M | re.S)
    )

    assert english == korean
    assert len(english) > 30


@pytest.mark.parametrize(
    ("scheme", "width", "locale"), [("light", 1280, "en-US"), ("dark", 360, "ko-KR")]
)
def test_axe_has_nothing_to_say_and_nothing_scrolls_sideways(
    browser: Browser, origin: str, scheme: str, width: int, locale: str
) -> None:
    context = browser.new_context(
        color_scheme="dark" if scheme == "dark" else "light",
        reduced_motion="reduce",
        viewport={"width": width, "height": 1400},
        locale=locale,
    )
    page = context.new_page()
    page.goto(origin)
    page.evaluate(AXE)
    assert page.evaluate(LOOK) == []
    page.route("**/api/chat", reply(200, {"statusCode": 200, "msg": "long" * 200}))
    page.locator("#question").fill("verylong" * 40)
    page.locator("#question").press("Enter")
    expect(page.locator(".answer .text")).to_be_visible()
    page.unroute("**/api/chat")
    page.route("**/api/chat", reply(503, {"message": "starting" * 40}))
    page.locator("#question").fill("Hello")
    page.locator("#question").press("Enter")
    expect(page.locator(".problem")).to_be_visible()

    assert page.evaluate(LOOK) == []
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    context.close()


def test_keys_alone_reach_everything(chat: Page) -> None:
    expect(ask(chat, "Hello")).to_contain_text("You said")
    reached = []
    for _ in range(8):
        chat.keyboard.press("Tab")
        reached.append(
            chat.evaluate("document.activeElement.id || document.activeElement.tagName")
        )

    assert {"new", "language", "SUMMARY", "question", "send"} <= set(reached)


def test_shift_enter_begins_a_line_and_a_composition_keeps_enter(chat: Page) -> None:
    box = chat.get_by_role("textbox", name="Your question")
    box.fill("one")
    box.press("Shift+Enter")
    box.press_sequentially("two")
    box.dispatch_event("keydown", {"key": "Enter", "isComposing": True})

    expect(box).to_have_value("one\ntwo")
    expect(chat.locator(".turn")).to_have_count(0)


def test_the_policy_lets_in_only_the_script_and_the_style_of_the_file() -> None:
    text = (FOLDER / "index.html").read_text(encoding="utf-8")
    found = re.search(r'Content-Security-Policy" content="([^"]*)"', text)
    assert found
    policy = dict(part.strip().split(" ", 1) for part in found[1].split(";"))

    assert policy["default-src"] == "'none'"
    for element in ("script", "style"):
        (body,) = re.findall(rf"<{element}>(.*?)</{element}>", text, re.DOTALL)
        digest = base64.b64encode(hashlib.sha256(body.encode()).digest()).decode()
        assert policy[f"{element}-src"] == f"'sha256-{digest}'"
    assert "unsafe" not in found[1]


def test_the_page_is_one_file_that_fetches_nothing(page: Page, origin: str) -> None:
    requests: list[str] = []
    said: list[str] = []
    page.on("request", lambda request: requests.append(request.url))
    page.on("console", lambda message: said.append(message.text))

    page.goto(origin, wait_until="networkidle")

    assert requests == [f"{origin}/"]
    assert said == []
    text = (FOLDER / "index.html").read_text(encoding="utf-8")
    assert "innerHTML" not in text
    assert "insertAdjacentHTML" not in text
