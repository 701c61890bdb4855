"""What happens to a tab or to its network does not happen to the answer.

A reload, a second tab and a killed server are in test_browser_page.py and
test_browser_history.py; what no browser would do is in test_safety_limits.py.
FALCON_TEST_CUTS=50 cuts as often as reliability row U2 says, FALCON_TEST_AWAY=130 takes
the network away for longer than Streamlit keeps a session.
"""

from __future__ import annotations

import os
import time

from playwright.sync_api import Page, WebSocketRoute, expect

from tests.slow_endpoint import SlowEndpoint
from tests.test_browser_page import (
    QUESTION,
    answer,
    ask,
    box,
    choose_endpoint,
    numbered,
    words,
)
from tests.test_browser_page import address as address
from tests.test_browser_page import chat as chat
from tests.test_browser_page import slow as slow

CUTS = int(os.environ.get("FALCON_TEST_CUTS", "3"))
SECONDS_AWAY = float(os.environ.get("FALCON_TEST_AWAY", "0"))


class Network:
    """What is between a page and its server; it can be taken away."""

    def __init__(self, page: Page) -> None:
        self._is_there = True
        self._sockets: list[WebSocketRoute] = []
        self.refused = 0
        page.route_web_socket("**/_stcore/stream", self._open)

    def _open(self, socket: WebSocketRoute) -> None:
        if self._is_there:
            socket.connect_to_server()
            self._sockets.append(socket)
        else:
            self.refused += 1
            socket.close()

    def cut(self) -> None:
        """Cut what there is; a page may connect again at once."""
        for socket in self._sockets:
            socket.close()
        self._sockets.clear()

    def take_away(self) -> None:
        self._is_there = False
        self.cut()

    def bring_back(self) -> None:
        self._is_there = True


def test_an_answer_ends_and_is_saved_though_its_tab_was_closed(
    chat: Page, slow: SlowEndpoint
) -> None:
    ask(chat, QUESTION)
    expect(answer(chat)).to_contain_text("word10")
    shown, url = words(chat), chat.url

    other = chat.context.new_page()
    chat.close()
    slow.finish.set()
    other.goto(url)

    expect(answer(other)).to_contain_text("to the first token")
    assert words(other) == numbered(len(words(other)))
    assert len(words(other)) >= len(shown)
    assert len(slow.bodies) == 1


def test_a_connection_that_is_cut_again_and_again_leaves_no_gap(
    page: Page, address: str, slow: SlowEndpoint
) -> None:
    network = open_page(page, address, slow)
    ask(page, QUESTION)
    expect(answer(page)).to_contain_text("word5")

    for _ in range(CUTS):
        shown = len(words(page))
        network.cut()
        expect(answer(page)).to_contain_text(f"word{shown + 20}")
    slow.finish.set()

    expect(answer(page)).to_contain_text("to the first token")
    assert words(page) == numbered(len(words(page)))
    assert len(slow.bodies) == 1


def test_a_page_that_is_reloaded_again_and_again_leaves_no_gap(
    chat: Page, slow: SlowEndpoint
) -> None:
    ask(chat, QUESTION)
    expect(answer(chat)).to_contain_text("word5")

    for _ in range(CUTS):
        shown = len(words(chat))
        chat.reload()
        expect(answer(chat)).to_contain_text(f"word{shown + 20}")
    slow.finish.set()

    expect(answer(chat)).to_contain_text("to the first token")
    assert words(chat) == numbered(len(words(chat)))
    assert len(slow.bodies) == 1


def test_an_answer_is_whole_after_a_time_without_a_network(
    page: Page, address: str, slow: SlowEndpoint
) -> None:
    network = open_page(page, address, slow)
    ask(page, QUESTION)
    expect(answer(page)).to_contain_text("word5")

    network.take_away()
    until = time.monotonic() + SECONDS_AWAY
    while network.refused < 2:
        page.wait_for_timeout(100)
    slow.finish.set()
    while time.monotonic() < until:
        page.wait_for_timeout(100)
    network.bring_back()

    expect(answer(page)).to_contain_text("to the first token")
    assert words(page) == numbered(len(words(page)))
    choose_endpoint(page, "turns")
    ask(page, "And owls?")
    expect(answer(page)).to_contain_text(f"2 questions, the first was {QUESTION}")


def test_two_tabs_that_ask_at_once_have_one_answer_made(
    chat: Page, slow: SlowEndpoint
) -> None:
    ask(chat, QUESTION)
    expect(answer(chat)).to_contain_text("word5")
    second = chat.context.new_page()
    second.goto(chat.url)
    expect(answer(second)).to_contain_text("word10")

    for tab in (chat, second):
        ask(tab, "And owls?")
        expect(tab.get_by_text("One answer at a time")).to_be_visible()
        expect(box(tab)).to_have_value("And owls?")

    assert len(slow.bodies) == 1


def open_page(page: Page, address: str, slow: SlowEndpoint) -> Network:
    slow.bodies.clear()
    slow.finish.clear()
    network = Network(page)
    page.goto(address)
    box(page).wait_for()
    return network
