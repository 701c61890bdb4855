"""The questions of a comparison, and under each the columns' answers side by side.

One loop watches all of them: two watching fragments would run one after the other.
"""

from __future__ import annotations

import time
from dataclasses import replace

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from falcon.compare_run import Column, ColumnAnswer, CompareRun, wait
from falcon.comparison import Comparison
from falcon.conversation import new_id
from falcon.ui import texts
from falcon.ui.backend import Backend
from falcon.ui.compare.figures import describe_figures, describe_settings, fastest
from falcon.ui.compare.settings import use_in_sidebar
from falcon.ui.compare.view import SHOWN_KEY
from falcon.ui.conversations.opened import show_conversation
from falcon.ui.conversations.owner import current_owner
from falcon.ui.labels import plain
from falcon.ui.language import say
from falcon.ui.making_way import make_way
from falcon.ui.many_chats import end_turn
from falcon.ui.messages.images import without_images
from falcon.ui.watch import (
    SECONDS_BETWEEN_UPDATES,
    SECONDS_BETWEEN_YIELDS,
    SECONDS_TO_LOAD,
    SECONDS_TO_SEND,
    GrowingText,
)

RUNS_SHOWN = 5
Places = dict[ColumnAnswer, DeltaGenerator]
"""Where the answers that still grow are to be drawn."""


def draw_answers(backend: Backend, comparison: Comparison) -> Places:
    """Draw the newest questions; return where the running answers are to grow."""
    shown: int = st.session_state.setdefault(SHOWN_KEY, RUNS_SHOWN)
    runs = comparison.runs
    if not runs:
        st.caption(say(texts.COMPARE_WELCOME))
    elif len(runs) > shown:
        st.button(
            say("Show older questions"),
            on_click=_show_older,
            icon=":material/expand_less:",
        )
    else:
        st.empty()
    places: Places = {}
    for run in runs[-shown:]:
        with st.chat_message("user", avatar=":material/person:"):
            st.text(run.question)
        columns = comparison.columns
        number = comparison.runs.index(run)
        for place, column in zip(st.columns(len(columns)), columns, strict=True):
            key = f"compare_answer_{number}_{column.name}"
            with place, st.container(border=True, key=key):
                cell = _Cell(backend, comparison, run, column)
                cell.draw(places, is_newest=run is runs[-1])
    return places


def watch_answers(run: CompareRun, places: Places, *, is_loading: bool) -> None:
    """Draw the answers as they grow, until one of them has ended."""
    end_turn()
    growing = {answer: GrowingText(place) for answer, place in places.items()}
    # See falcon/ui/watch.py: a browser that loads puts its buttons off.
    until = time.monotonic() + (SECONDS_TO_LOAD if is_loading else 0)
    while True:
        began = time.monotonic()
        seen = tuple(answer.generation.progress for answer in run.answers)
        for answer, progress in zip(run.answers, seen, strict=True):
            if answer in growing:
                growing[answer].show(progress)
        if not growing or any(answer.generation.ended for answer in growing):
            time.sleep(SECONDS_TO_SEND)
            return
        while time.monotonic() < until and run.running:
            time.sleep(SECONDS_BETWEEN_YIELDS)
            make_way()
        wait(run, seen, timeout=SECONDS_BETWEEN_YIELDS)
        # Several columns grow between two looks; each look sends them all.
        left = began + SECONDS_BETWEEN_UPDATES - time.monotonic()
        time.sleep(max(0.0, left))
        make_way()


class _Cell:
    """One column's answer to one question: always five elements, some of them empty.

    What stood at a place that a run has not drawn to stays in view until it ends.
    """

    def __init__(
        self, backend: Backend, comparison: Comparison, run: CompareRun, column: Column
    ) -> None:
        self._backend = backend
        self._comparison = comparison
        self._run = run
        self._column = column
        self._answer = run.answer(column.name)

    def draw(self, places: Places, *, is_newest: bool) -> None:
        answer = self._answer
        if answer is None:
            st.caption(say(texts.COMPARE_NOT_ASKED, column=self._column.name))
            for _ in range(4):
                st.empty()
            return
        said = plain(describe_settings(answer.column.settings))
        st.caption(f"**{self._column.name}** · {said}")
        progress = answer.generation.progress
        if progress.reason is None:
            places[answer] = st.container()
            st.empty()
            st.empty()
            self._draw_stop(answer)
            return
        st.markdown(without_images(progress.text))
        if progress.error is None:
            st.empty()
        else:
            st.error(plain(say(progress.error)), icon=":material/error:")
        is_fastest = fastest(self._run) is answer
        st.caption(plain(describe_figures(answer, is_fastest=is_fastest)))
        if is_newest and self._run.running == () and progress.text:
            self._draw_continue(answer)
        else:
            st.empty()

    def _draw_stop(self, answer: ColumnAnswer) -> None:
        st.button(
            say("Stop {column}", column=self._column.name),
            key=f"compare_stop_{self._column.name}",
            icon=":material/stop_circle:",
            type="tertiary",
            on_click=answer.generation.stop,
        )

    def _draw_continue(self, answer: ColumnAnswer) -> None:
        st.button(
            say("Continue as a chat"),
            key=f"compare_continue_{self._column.name}",
            icon=":material/chat:",
            type="tertiary",
            help=say(texts.COMPARE_CONTINUE_HELP),
            on_click=self._continue,
            args=(answer,),
        )

    def _continue(self, answer: ColumnAnswer) -> None:
        """Open a copy of the column's conversation in the chat, with its settings."""
        owner = current_owner()
        conversation = replace(
            self._comparison.conversation(self._column.name),
            id=new_id(),
            owner=owner.id if owner else "",
            is_temporary=False,
        )
        self._backend.registry.save(conversation)
        show_conversation(conversation.id)
        use_in_sidebar(answer.column.settings)


def _show_older() -> None:
    st.session_state[SHOWN_KEY] += RUNS_SHOWN
