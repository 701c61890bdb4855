from __future__ import annotations

import gc
import sys
import threading
import time
from collections.abc import Callable

import pytest

from falcon.ui import many_chats
from falcon.ui.many_chats import (
    end_turn,
    give_way_often,
    leave_modules_out_of_collections,
    turn_to_draw,
)


def drawing(meanwhile: Callable[[], object]) -> threading.Event:
    """A run in a thread of its own; the event is set once it draws."""
    draws = threading.Event()

    def run() -> None:
        with turn_to_draw():
            draws.set()
            meanwhile()

    threading.Thread(target=run, daemon=True).start()
    return draws


def test_imported_modules_are_left_out_of_later_collections() -> None:
    leave_modules_out_of_collections.cache_clear()
    try:
        leave_modules_out_of_collections()
        assert gc.get_freeze_count() > 10 * len(gc.get_objects())
    finally:
        gc.unfreeze()
        leave_modules_out_of_collections.cache_clear()


def test_threads_take_shorter_turns() -> None:
    interval = sys.getswitchinterval()
    try:
        give_way_often()
        assert sys.getswitchinterval() < interval / 5
    finally:
        sys.setswitchinterval(interval)


def test_a_page_is_drawn_when_the_one_before_it_is() -> None:
    with turn_to_draw():
        second = drawing(lambda: None)
        assert not second.wait(0.05)
    assert second.wait(5)


def test_a_page_that_watches_an_answer_lets_others_draw() -> None:
    with turn_to_draw():
        end_turn()
        assert drawing(lambda: None).wait(5)
    with turn_to_draw():
        assert not drawing(lambda: None).wait(0.05)


def test_a_page_that_never_ends_is_not_waited_for_long(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(many_chats, "MOST_SECONDS_TO_WAIT", 0.05)
    goes_on = threading.Event()
    try:
        assert drawing(goes_on.wait).wait(5)
        assert drawing(lambda: None).wait(5)
    finally:
        goes_on.set()


def test_a_run_that_a_click_ends_gives_its_turn_back() -> None:
    with pytest.raises(KeyboardInterrupt), turn_to_draw():
        raise KeyboardInterrupt
    assert drawing(lambda: None).wait(5)


def test_between_two_pages_tokens_have_as_much_time_as_the_first_one_took() -> None:
    with turn_to_draw():
        time.sleep(0.05)
    began = time.monotonic()
    with turn_to_draw():
        assert time.monotonic() - began > 0.04
