"""Keeps one chat's page run from holding up the tokens of all others.

Python runs one thread at a time, and a token passes through four of them on its way to
the browser. With twenty threads that drew their pages it came seconds late. So:

- One page is drawn at a time, with a pause behind each; who waits for a turn has not
  asked the endpoint yet, so that nobody's tokens wait with them.
- A thread that draws gives way often.
- No garbage is collected at the end of a page run (`runner.postScriptGC`), and what is
  imported is left out when Python collects some: everybody waited for 0.12 s while
  Streamlit walked over the objects of all modules. Eighty plain `st.write_stream` chats
  that end at once stand still for five seconds for that reason alone.
"""

from __future__ import annotations

import gc
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache

SECONDS_BETWEEN_THREADS = 0.0005
"""Python's own are 0.005."""
MOST_SECONDS_TO_WAIT = 3.0
"""A run that draws for longer waits for something itself: others go on."""
LONGEST_PAUSE = 0.1
"""Seconds; a pause is as long as the drawing before it, or as this."""


class _Turn(threading.local):
    """Whether this thread has the turn, and since when."""

    is_mine = False
    began = 0.0


class _Queue:
    """Who draws; everybody else waits."""

    def __init__(self) -> None:
        self.lock = threading.Lock()
        self.pauses_until = 0.0


_turn, _queue = _Turn(), _Queue()


def give_way_often() -> None:
    """Have Python's threads take turns of half a millisecond, in the whole process."""
    sys.setswitchinterval(SECONDS_BETWEEN_THREADS)


@cache
def leave_modules_out_of_collections() -> None:
    """Done once, when a first answer has ended: all is imported by then."""
    gc.freeze()


@contextmanager
def turn_to_draw() -> Iterator[None]:
    """Draw within this while no other session does."""
    _turn.is_mine = _queue.lock.acquire(timeout=MOST_SECONDS_TO_WAIT)
    if _turn.is_mine:
        time.sleep(max(0.0, _queue.pauses_until - time.monotonic()))
    _turn.began = time.monotonic()
    try:
        yield
    finally:
        end_turn()


def end_turn() -> None:
    """Let others draw: this run only waits from now on."""
    if _turn.is_mine:
        _turn.is_mine = False
        now = time.monotonic()
        _queue.pauses_until = now + min(now - _turn.began, LONGEST_PAUSE)
        _queue.lock.release()
