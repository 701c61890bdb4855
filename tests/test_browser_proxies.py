"""The page behind a real nginx and a real Caddy: what works with which, in Chromium.

As on a machine of one's own, where its domain is allowed and every guard is on; and as
in SageMaker Studio, whose proxy may rewrite Host and strip cookies.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect
from playwright.sync_api import TimeoutError as PlaywrightTimeoutError

from tests.browser_fixtures import serve
from tests.reverse_proxies import (
    DOMAIN,
    INTERNAL_DOMAIN,
    ReverseProxy,
    caddy,
    careless_nginx,
    nginx,
)
from tests.slow_endpoint import SlowEndpoint, serving_slowly

QUESTION = "Tell me about falcons"
KEY = "a-key-behind-a-proxy"
ASK = """async (key) => {
    const answer = await fetch("/api/chat", {
        method: "POST",
        headers: { "Content-Type": "application/json", "x-api-key": key },
        body: JSON.stringify({ text: "Tell me about falcons" }),
    });
    return { status: answer.status, text: await answer.text() };
}"""
LOOK = "async (path) => (await fetch(path)).status"
EVERYTHING = {"websocket", "chat", "download", "upload"}
OWN_MACHINE = {
    "FALCON_ALLOWED_HOSTS": f"{DOMAIN},{INTERNAL_DOMAIN}",
    "FALCON_API_KEYS": KEY,
}
STUDIO = {"SAGEMAKER_APP_TYPE_LOWERCASE": "jupyterlab"}
PATIENCE = 15_000
"""Milliseconds for what works, on a busy machine."""


@pytest.fixture(scope="module")
def slow() -> Iterator[SlowEndpoint]:
    with serving_slowly() as endpoint:
        yield endpoint


@pytest.fixture(scope="module")
def own_machine(slow: SlowEndpoint) -> Iterator[int]:
    with serve(**slow.environ, **endpoint_settings(), **OWN_MACHINE) as port:
        yield port


@pytest.fixture(scope="module")
def named_origin(slow: SlowEndpoint) -> Iterator[int]:
    """For a proxy that cannot be told to keep Host."""
    origin = {"STREAMLIT_SERVER_CORS_ALLOWED_ORIGINS": f"http://{DOMAIN}"}
    settings = {**slow.environ, **endpoint_settings(), **OWN_MACHINE}
    with serve(**settings, **origin) as port:
        yield port


@pytest.fixture(scope="module")
def studio(slow: SlowEndpoint) -> Iterator[int]:
    with serve(**slow.environ, **endpoint_settings(), **STUDIO) as port:
        yield port


@pytest.fixture
def visitor(browser: Browser) -> Iterator[Page]:
    # The certificates are of the tests' own making.
    context = browser.new_context(reduced_motion="reduce", ignore_https_errors=True)
    context.set_default_timeout(PATIENCE)
    yield context.new_page()
    context.close()


def endpoint_settings() -> dict[str, str]:
    return {"FALCON_ENDPOINT": "essay", "FALCON_REGION": "us-east-1"}


stripping_nginx = partial(careless_nginx, keeps_cookies=False)


@pytest.mark.parametrize(
    ("where", "proxy", "works"),
    [
        pytest.param("own_machine", nginx, EVERYTHING, id="nginx"),
        pytest.param("own_machine", caddy, EVERYTHING, id="Caddy"),
        pytest.param("own_machine", careless_nginx, set(), id="nginx, Host rewritten"),
        pytest.param(
            "named_origin",
            careless_nginx,
            EVERYTHING,
            id="Host rewritten, origin named",
        ),
        pytest.param(
            "named_origin",
            stripping_nginx,
            EVERYTHING - {"upload"},
            id="Host rewritten, origin named, cookies stripped",
        ),
        pytest.param("studio", careless_nginx, EVERYTHING, id="Studio, Host rewritten"),
        pytest.param(
            "studio",
            stripping_nginx,
            EVERYTHING,
            id="Studio, Host rewritten, cookies stripped",
        ),
    ],
)
def test_the_page_behind_a_proxy(
    request: pytest.FixtureRequest,
    visitor: Page,
    tmp_path: Path,
    where: str,
    proxy: ReverseProxy,
    works: set[str],
) -> None:
    with proxy(request.getfixturevalue(where), tmp_path) as address:
        assert try_everything(visitor, address, tmp_path) == works


def try_everything(page: Page, address: str, folder: Path) -> set[str]:
    """Return what works; without the websocket nothing does."""
    sockets: list[str] = []
    page.on(
        "websocket",
        lambda socket: socket.on("framereceived", lambda _: sockets.append(socket.url)),
    )
    page.goto(address)
    box = page.get_by_test_id("stChatInputTextArea")
    try:
        box.wait_for()
    except PlaywrightTimeoutError:
        assert sockets == []
        return set()
    works = {"websocket"} if sockets else set()

    box.fill(QUESTION)
    box.press("Enter")
    answer = page.get_by_label("Chat message from assistant").last
    expect(answer).to_contain_text("A falcon is a bird of prey")
    expect(page.get_by_role("button", name="Regenerate", exact=True)).to_be_visible()
    works.add("chat")

    page.get_by_role("tab", name="Chats").click()
    page.get_by_role("button", name="Export / import").click()
    with page.expect_download() as download:
        page.get_by_role("button", name="JSON", exact=True).click()
    file = folder / "conversation.json"
    download.value.save_as(file)
    if QUESTION in file.read_text(encoding="utf-8"):
        works.add("download")

    page.get_by_test_id("stFileUploader").locator("input").set_input_files(file)
    try:
        page.get_by_text("Conversations imported: 1.").wait_for()
    except PlaywrightTimeoutError:
        return works
    return {*works, "upload"}


@pytest.mark.parametrize("proxy", [nginx, caddy])
def test_what_nobody_outside_needs_stays_inside(
    own_machine: int, visitor: Page, tmp_path: Path, proxy: ReverseProxy
) -> None:
    paths = ["_stcore/health", "_stcore/metrics", "_stcore/agent/openapi.json"]

    with proxy(own_machine, tmp_path) as address:
        visitor.goto(address)
        found = [visitor.evaluate(LOOK, path) for path in paths]

    assert found == [200, 404, 404]


@pytest.mark.parametrize("proxy", [nginx, caddy])
def test_the_chat_api_answers_behind_it_to_those_who_have_a_key(
    own_machine: int, visitor: Page, tmp_path: Path, proxy: ReverseProxy
) -> None:
    with proxy(own_machine, tmp_path) as address:
        visitor.goto(address)
        answers = [visitor.evaluate(ASK, key) for key in (KEY, "")]

    assert [answer["status"] for answer in answers] == [200, 401]
    assert "A falcon is a bird of prey" in answers[0]["text"]
