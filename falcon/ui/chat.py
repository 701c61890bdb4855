"""The middle of the page: the conversation, the running answer and the question box.

The page only watches an answer. Whatever interrupts this drawing (a moved slider, a
reload, a second tab) leaves the answer running, and the next run attaches again.
"""

from __future__ import annotations

import streamlit as st

from falcon.conversation import Conversation
from falcon.generation import Generation
from falcon.ui import texts
from falcon.ui.backend import Backend
from falcon.ui.composer.attached import draw_attached
from falcon.ui.composer.box import draw_composer, draw_stop, put_back
from falcon.ui.composer.code import draw_code
from falcon.ui.composer.refusal import draw_refusal
from falcon.ui.composer.under_box import draw_under_composer
from falcon.ui.conversations.opened import latest
from falcon.ui.conversations.saving import draw_saving
from falcon.ui.endpoint.answering import draw_answering
from falcon.ui.language import say
from falcon.ui.messages.actions import toggle_more
from falcon.ui.messages.deleting import draw_undo, forget_deleted
from falcon.ui.messages.html_buttons import draw_html_buttons
from falcon.ui.messages.offers import draw_offers, is_unknown_answer
from falcon.ui.messages.sent import draw_sent
from falcon.ui.messages.starters import draw_starters
from falcon.ui.messages.transcript import draw_transcript
from falcon.ui.messages.versions import draw_way_back
from falcon.ui.messages.wanted import take_wanted_answer
from falcon.ui.problems import draw_failure
from falcon.ui.sidebar import Choices
from falcon.ui.turn import answer, ask
from falcon.ui.watch import watch, watch_unseen

LOADED_KEY = "page_loaded"


def draw_chat(backend: Backend, conversation: Conversation, choices: Choices) -> None:
    is_loading = LOADED_KEY not in st.session_state
    st.session_state[LOADED_KEY] = True
    draw_answering(backend, choices.target)
    running = _running(backend, conversation)
    draw_refusal(backend.registry.limiter, is_busy=running is not None)
    question, tray = draw_composer(
        backend, conversation, choices, is_busy=running is not None
    )
    wanted = take_wanted_answer(conversation)
    if running is not None:
        if question:
            put_back(question.text)
        if wanted:
            st.toast(say(texts.BUSY_ANSWER))
    elif question or wanted:
        forget_deleted()
        if question:
            running = ask(backend, conversation, question, choices)
        else:
            running = answer(backend, wanted or conversation, choices)
    conversation = latest(backend.registry, conversation)
    draw_saving(backend.registry, conversation)
    draw_attached(tray, is_busy=running is not None)
    draw_under_composer(backend, conversation, choices)
    if running is not None:
        draw_stop(running)
    # Fixed places: until a run ends, Streamlit keeps what stood at a place that the
    # run has not drawn to, and a run with an answer in it ends when the answer does.
    newest = backend.registry.generation(conversation.id)
    place = draw_transcript(backend.registry, conversation, newest, choices.look)
    draw_undo(backend.registry, conversation)
    if running is None:
        with st.container():
            _draw_after(backend, conversation)
    elif place is None:
        st.info(say(texts.ANSWER_ELSEWHERE))
    else:
        st.empty()
    draw_html_buttons(toggle_more)
    draw_sent(backend, conversation)
    draw_code(backend, conversation, choices)
    if running is not None:
        if place is None:
            watch_unseen(running)
        else:
            watch(running, place, is_loading=is_loading)
        st.rerun()


def _running(backend: Backend, conversation: Conversation) -> Generation | None:
    newest = backend.registry.generation(conversation.id)
    return None if newest is None or newest.ended else newest


def _draw_after(backend: Backend, conversation: Conversation) -> None:
    """Draw what stands under the last message when no answer is running."""
    ended = backend.registry.generation(conversation.id)
    error = None if ended is None else ended.progress.error
    leaf = conversation.leaf
    if leaf is None:
        draw_starters(backend)
    elif leaf.role == "user":
        problem = error or texts.NO_ANSWER
        draw_failure(problem, question_id=leaf.id, backend=backend)
        draw_way_back(backend.registry, conversation)
    elif error is not None and leaf.finish_reason == "interrupted":
        draw_failure(error, question_id=leaf.parent_id, backend=backend)
    elif is_unknown_answer(leaf):
        draw_offers(backend)
    else:
        st.empty()
