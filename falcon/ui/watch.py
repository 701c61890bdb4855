"""Shows a running answer as it grows. The answer itself belongs to the server.

Finished paragraphs become elements of their own and only the tail is sent again. What
is between two tokens is waited out here, so that a rerun never waits for long.
"""

from __future__ import annotations

import time

from streamlit.delta_generator import DeltaGenerator

from falcon.generation import Generation, Progress
from falcon.ui import texts
from falcon.ui.endpoint.light import redraw_light
from falcon.ui.language import say
from falcon.ui.making_way import make_way
from falcon.ui.many_chats import end_turn, leave_modules_out_of_collections
from falcon.ui.memory import give_back_holes
from falcon.ui.messages.images import without_images
from falcon.ui.messages.paragraphs import split_finished
from falcon.ui.spans import format_waited

SECONDS_BETWEEN_YIELDS = 0.05
"""The longest time that a click waits for this loop to make way."""
SECONDS_BETWEEN_UPDATES = 0.05
SECONDS_OF_SLOW_TOKENS = 0.02
"""A token that comes later than this after the last one is shown at once; faster
tokens are gathered. A fixed beat would add its own length to every slow token."""
SECONDS_TO_LOAD = 1.0
SECONDS_TO_SEND = 0.05
"""The next run throws away what has not been sent yet, and may have to wait."""
SECONDS_UNTIL_COUNTED = 2.0
SECONDS_BETWEEN_LIGHTS = 5.0
MOST_SHOWN_ONE_BY_ONE = 40
"""Tokens a second of an answer that is shown token by token, also after one was late:
the next one would seem fast, and be kept back for the lateness of that one."""
CURSOR = "▍"


def watch(generation: Generation, place: DeltaGenerator, *, is_loading: bool) -> None:
    """Draw the answer into `place` until it has ended.

    A browser that is only just loading the page is given a moment for that: it puts
    off its buttons for as long as text keeps coming.
    """
    end_turn()
    text = GrowingText(place, age=generation.age)
    progress = generation.progress
    text.show(progress)
    until = time.monotonic() + (SECONDS_TO_LOAD if is_loading else 0)
    while time.monotonic() < until and not generation.ended:
        time.sleep(SECONDS_BETWEEN_YIELDS)
        make_way()
    redrawn = time.monotonic()
    while progress.reason is None:
        progress = _next(generation, progress)
        text.show(progress)
        if not progress.text and time.monotonic() - redrawn > SECONDS_BETWEEN_LIGHTS:
            # An endpoint may take minutes to start.
            redraw_light()
            redrawn = time.monotonic()
    leave_modules_out_of_collections()
    give_back_holes()
    time.sleep(SECONDS_TO_SEND)


def watch_unseen(generation: Generation) -> None:
    """Wait until an answer has ended that is not on the screen."""
    end_turn()
    while not generation.ended:
        progress = generation.progress
        generation.wait(progress.version, timeout=SECONDS_BETWEEN_YIELDS)
        time.sleep(SECONDS_BETWEEN_UPDATES)
        make_way()


def _next(generation: Generation, shown: Progress) -> Progress:
    """Return the progress to show after `shown`, which was shown just now."""
    shown_at = time.monotonic()
    newer = generation.wait(shown.version, timeout=SECONDS_BETWEEN_YIELDS)
    waited = time.monotonic() - shown_at
    if (
        newer.version > shown.version
        and waited < SECONDS_OF_SLOW_TOKENS
        and (newer.tokens_per_second or 0) > MOST_SHOWN_ONE_BY_ONE
    ):
        time.sleep(SECONDS_BETWEEN_UPDATES - waited)
        newer = generation.progress
    make_way()
    return newer


class GrowingText:
    """The elements that one growing text is drawn into."""

    def __init__(self, place: DeltaGenerator, *, age: float = 0.0) -> None:
        """`age`: the seconds for which the text has been on its way already."""
        self._place = place
        self._tail = place.empty()
        self._finished = 0
        self._began = time.monotonic() - age

    def show(self, progress: Progress) -> None:
        """Bring the elements up to the progress; what did not change is not sent."""
        *finished, tail = split_finished(progress.text)
        for part in finished[self._finished :]:
            self._tail.markdown(without_images(part))
            self._tail = self._place.empty()
        self._finished = len(finished)
        self._tail.markdown(without_images(self._last(progress, tail)))

    def _last(self, progress: Progress, tail: str) -> str:
        if progress.reason is not None:
            return tail
        if progress.text:
            return tail + CURSOR
        waited = int(time.monotonic() - self._began)
        if progress.waits_for:
            reason, time_so_far = progress.waits_for, format_waited(waited)
            said = say(texts.WAITING_FOR, reason=reason, time=time_so_far)
        elif waited < SECONDS_UNTIL_COUNTED:
            said = say(texts.WAITING)
        else:
            said = say(texts.WAITING_LONG, time=format_waited(waited))
        return f":gray[{said}]"
