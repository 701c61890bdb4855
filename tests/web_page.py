"""The static web page on a host of its own, and an endpoint that its questions steer.

The page comes from another origin than the Chat API, as it does from Amplify.
"""

from __future__ import annotations

import contextlib
import json
from collections.abc import Iterator
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer

from playwright.sync_api import Locator, Page, expect

from tests.browser_fixtures import ROOT
from tests.serving import running
from tests.slow_endpoint import SlowConnection, SlowEndpoint

FOLDER = ROOT / "deploy" / "web"
KEY = "a-key-of-the-web-page"
HOSTILE = (
    "<script>window.ran = 1</script><img src=x onerror='window.ran = 2'>"
    "<svg onload='window.ran = 3'></svg>[a](javascript:window.ran=4)"
    "![b](https://evil.test/bird.png) https://evil.test/ <b>bold</b>\n"
    "  </div><style>body { display: none }</style>"
)


class SteeredConnection(SlowConnection):
    """Does what the last question says, and otherwise repeats it at once."""

    def steered(self) -> None:
        prompt = json.loads(self.body)["inputs"]
        question = prompt.rpartition("User:")[2].partition("\n")[0].strip()
        match question:
            case "hostile":
                self.say([HOSTILE])
            case "slow":
                self.slow()
            case "turns":
                self.turns()
            case "broken":
                self.refuse(status="400", code="ValidationError", original=None)
            case _:
                self.say([f"You said: {question}"])


class WebFolder(SimpleHTTPRequestHandler):
    def log_message(self, *_: object) -> None:
        """Say nothing."""


@contextlib.contextmanager
def steered_endpoint() -> Iterator[SlowEndpoint]:
    endpoint = SlowEndpoint()
    endpoint.RequestHandlerClass = SteeredConnection
    with running(endpoint):
        yield endpoint


@contextlib.contextmanager
def web_origin() -> Iterator[str]:
    """The origin of the page, which a static host serves."""
    connection = partial(WebFolder, directory=str(FOLDER))
    with running(ThreadingHTTPServer(("127.0.0.1", 0), connection)) as server:
        yield f"http://127.0.0.1:{server.server_port}"


def open_page(page: Page, origin: str, api: str, *, key: str = KEY) -> None:
    page.goto(origin)
    page.get_by_label("Address of the Chat API").fill(api)
    page.get_by_label("API key").fill(key)


def ask(page: Page, question: str) -> Locator:
    """Ask, and return the turn."""
    box = page.get_by_role("textbox", name="Your question")
    box.fill(question)
    box.press("Enter")
    turn = page.locator(".turn").last
    expect(turn.locator(".question .text")).to_have_text(question)
    return turn
