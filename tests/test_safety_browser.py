"""What a model says makes no browser fetch or run anything: reliability rows S1 and S2.

Each text is shown as a finished answer, a growing one, a question and a title, with
the page's Content-Security-Policy and without: neither guard leans on the other.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Dialog, Page, Request, expect

from falcon.conversation import Conversation, Message
from falcon.history import History
from tests.browser_fixtures import serve
from tests.hostile_texts import EVIL, FETCHING, HOST, RUNNING
from tests.serving import running
from tests.slow_endpoint import SlowConnection, SlowEndpoint
from tests.test_browser_page import answer, ask, box

TEXTS_IN_A_MESSAGE = 8
OWNER = "o" * 22
KEEP_OWNER = f"localStorage.setItem('falcon-chat-owner', '{OWNER}')"
END = "That was all of it."


class HostileConnection(SlowConnection):
    """An endpoint whose model says all of it, and the server that waits for a fetch."""

    def hostile(self) -> None:
        text = "\n\n---\n\n".join(hostile_texts(self.server)) + f"\n\n{END}"
        self.say([text[at : at + 200] for at in range(0, len(text), 200)])


def hostile_texts(evil: SlowEndpoint) -> list[str]:
    host = f"evil.test:{evil.server_port}"
    return [
        text.replace(EVIL, f"http://{host}").replace(HOST, host)
        for text in (*FETCHING, *RUNNING)
    ]


@pytest.fixture(scope="module")
def evil() -> Iterator[SlowEndpoint]:
    endpoint = SlowEndpoint()
    endpoint.RequestHandlerClass = HostileConnection
    with running(endpoint):
        yield endpoint


@pytest.fixture(scope="module")
def saved(evil: SlowEndpoint, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A history in which somebody and a model have said all of it."""
    file = tmp_path_factory.mktemp("history") / "conversations.sqlite3"
    texts = hostile_texts(evil)
    conversation = Conversation(id="c" * 22, owner=OWNER, title=texts[0])
    # The fetching ones last, where bubbles show them too.
    for at in range(len(texts), 0, -TEXTS_IN_A_MESSAGE):
        said = "\n\n---\n\n".join(texts[max(0, at - TEXTS_IN_A_MESSAGE) : at])
        for message in (
            Message("user", said),
            Message("assistant", said, finish_reason="eos_token"),
        ):
            conversation = conversation.add(message, after=conversation.leaf_id)
    history = History(f"sqlite:///{file}")
    history.save(conversation)
    for number, text in enumerate(texts[:10]):
        titled = Conversation(owner=OWNER, title=text).add(
            Message("user", str(number)), after=None
        )
        history.save(titled)
    history.close()
    return file


@pytest.fixture(scope="module")
def address(evil: SlowEndpoint, saved: Path) -> Iterator[str]:
    expect.set_options(timeout=30_000)
    with serve(
        **evil.environ,
        FALCON_ENDPOINT="hostile",
        FALCON_REGION="us-east-1",
        FALCON_HISTORY=f"sqlite:///{saved}",
    ) as port:
        yield f"http://127.0.0.1:{port}/"


@pytest.fixture(params=["with the policy", "without the policy"])
def chat(
    request: pytest.FixtureRequest, browser: Browser, evil: SlowEndpoint
) -> Iterator[Page]:
    """A page that fails the test if it fetches or runs what it is shown."""
    context = browser.new_context(
        bypass_csp=request.param == "without the policy", reduced_motion="reduce"
    )
    context.set_default_timeout(30_000)
    context.add_init_script(KEEP_OWNER)
    page = context.new_page()
    caught: list[str] = []

    def see_request(request: Request) -> None:
        if "evil.test" in request.url and not request.is_navigation_request():
            caught.append(request.url)

    def see_dialog(dialog: Dialog) -> None:
        caught.append(f"ran {dialog.message}")
        dialog.dismiss()

    context.on("request", see_request)
    page.on("dialog", see_dialog)
    evil.bodies.clear()
    yield page
    page.wait_for_timeout(500)
    context.close()
    assert not caught
    assert not [body for body in evil.bodies if body.startswith(b"/")]


def test_what_was_said_is_text_and_links(chat: Page, address: str) -> None:
    chat.goto(f"{address}?conversation={'c' * 22}")
    # By key: the page still grows under a pointer.
    chat.get_by_role("button", name="Show older").press("Enter")
    expect(chat.get_by_role("button", name="Show older")).to_have_count(0)

    links = chat.get_by_label("Chat message from assistant").locator("a[href*=evil]")
    assert links.count() > 20
    assert (
        chat.locator("img[src*=evil], video[src], audio[src], object, embed").count()
        == 0
    )
    chat.get_by_text("bubbles").click()
    expect(chat.locator("iframe")).to_have_count(10)
    bubble = chat.frame_locator("iframe").last
    expect(bubble.get_by_text("image").first).to_be_visible()


def test_what_is_being_said_is_text_and_links(chat: Page, address: str) -> None:
    chat.goto(address)
    box(chat).wait_for()

    ask(chat, "Say it")

    expect(answer(chat)).to_contain_text(END)
    expect(answer(chat)).to_contain_text("to the first token")
