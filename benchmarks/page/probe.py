"""A real Chromium in front of one page: asks as a person does, and times what is shown.

A token counts as shown once it stands in the document. The browser's clock is
CLOCK_MONOTONIC with another zero, which each page is asked for.
"""

from __future__ import annotations

import shutil
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import count
from pathlib import Path

from playwright.sync_api import Browser, Error, Page, sync_playwright

from benchmarks.page.pages import PageError, Server
from benchmarks.page.process_cost import cpu_seconds
from benchmarks.page.token_source import Question, TokenSource

OBSERVER = Path(__file__).with_name("observer.js").read_text(encoding="utf-8")
SECONDS_TO_OPEN = 60.0
SECONDS_TO_SETTLE = 1.0
"""After a page has come and after an answer: what follows is not measured."""
_NAMES = count(1)


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """What one answer took."""

    tokens: int
    """How many were to come."""
    first: float
    """Seconds from Enter to the first token."""
    lags: Sequence[float]
    """Seconds from sending to showing, of each token that was shown in time."""
    whole: float
    """Seconds from the first token sent to the last one shown."""
    cpu: float
    """Seconds of the server's, from Enter to the last token."""
    bytes: float
    """Received for each token while the answer grew."""

    @property
    def is_whole(self) -> bool:
        return len(self.lags) == self.tokens


@contextmanager
def chromium() -> Iterator[Browser]:
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=shutil.which("chromium"),
            args=["--no-sandbox", "--disable-background-networking"],
        )
        try:
            yield browser
        finally:
            browser.close()


class Probe:
    """One open page."""

    def __init__(self, page: Page, server: Server, source: TokenSource) -> None:
        self._page = page
        self._server = server
        self._source = source
        self._http_bytes = 0
        self._watch_http()

    def open(self) -> float:
        """Open the page; return the seconds until its question box was there."""
        start = time.monotonic()
        while True:
            try:
                self._page.goto(self._server.address, wait_until="commit")
                break
            except Error:
                # Nobody listens yet.
                self._server.check()
                if time.monotonic() - start > SECONDS_TO_OPEN:
                    raise
                time.sleep(0.02)
        self._page.locator(self._server.page.box).wait_for()
        return time.monotonic() - start

    def settle(self) -> None:
        self._page.wait_for_timeout(SECONDS_TO_SETTLE * 1e3)

    def seconds_to_history(self) -> float:
        """Return when the history's last message was there, from the navigation on."""
        deadline = time.monotonic() + SECONDS_TO_OPEN
        while time.monotonic() < deadline:
            shown: float | None = self._page.evaluate("falconBench.shownHistory")
            if shown is not None:
                return shown / 1e3
            time.sleep(0.05)
        raise PageError(f"over {SECONDS_TO_OPEN:.0f} s")

    def warm_up(self) -> None:
        """Ask a first question: a page loads much of itself with the first answer."""
        question = Question(name=f"w{next(_NAMES)}", tokens=5, rate=0)
        self._ask(question)
        self._page.get_by_text("w0004").first.wait_for()
        self.settle()

    def ask(self, *, tokens: int, rate: int, most_seconds: float) -> Answer:
        """Ask, and watch until the last token or for as long as that."""
        question = Question(name=f"t{next(_NAMES)}", tokens=tokens, rate=rate)
        zero = self._clock_zero()
        cpu, http = cpu_seconds(self._server.group), self._http_bytes
        self._page.evaluate("tokens => falconBench.begin(tokens)", tokens)
        self._ask(question)
        seen = self._page.evaluate(
            "milliseconds => falconBench.answer(milliseconds)", most_seconds * 1e3
        )
        cpu = cpu_seconds(self._server.group) - cpu
        shown = [zero + at / 1e3 for at in seen["shown"]]
        if not shown:
            raise PageError("no token was shown")
        sent = self._source.sent(question.name)
        by_http = self._http_bytes - http
        return Answer(
            tokens=tokens,
            first=shown[0] - zero - seen["entered"] / 1e3,
            lags=[there - here for here, there in zip(sent, shown, strict=False)],
            whole=shown[-1] - sent[0],
            cpu=cpu,
            bytes=(seen["growing"] or by_http) / len(shown),
        )

    def _ask(self, question: Question) -> None:
        box = self._page.locator(self._server.page.box)
        box.fill(str(question))
        box.press("Enter")

    def _clock_zero(self) -> float:
        """Return what CLOCK_MONOTONIC was when the page's clock was zero; the quickest
        of some questions tells it to half of its own time."""
        quickest = (float("inf"), 0.0)
        for _ in range(20):
            before = time.monotonic()
            now: float = self._page.evaluate("performance.now()")
            after = time.monotonic()
            quickest = min(quickest, (after - before, (before + after) / 2 - now / 1e3))
        return quickest[1]

    def _watch_http(self) -> None:
        """Count what comes by HTTP where a page streams its answers that way."""
        if self._server.page.transport != "gradio":
            return
        session = self._page.context.new_cdp_session(self._page)
        session.on("Network.dataReceived", self._count)
        session.send("Network.enable")

    def _count(self, event: dict[str, float]) -> None:
        self._http_bytes += int(event["dataLength"])


@contextmanager
def probing(browser: Browser, server: Server, source: TokenSource) -> Iterator[Probe]:
    """A fresh person's page of a server; PageError where it does not do its part."""
    context = browser.new_context()
    context.set_default_timeout(SECONDS_TO_OPEN * 1e3)
    context.add_init_script(OBSERVER)
    try:
        yield Probe(context.new_page(), server, source)
    except Error as error:
        raise PageError(error.message.splitlines()[0]) from error
    finally:
        context.close()
