"""The middle of the page: the conversation, the running answer and the question box.

The page only watches an answer. Whatever interrupts this drawing (a moved slider, a
reload, a second tab) leaves the answer running, and the next run attaches again.
"""

from __future__ import annotations

import streamlit as st

from falcon.conversation import Conversation
from falcon.generation import Generation
from falcon.ui import texts
from falcon.ui.answering import draw_answering
from falcon.ui.backend import Backend
from falcon.ui.composer import draw_composer, draw_stop, put_back
from falcon.ui.offers import draw_offers, is_unknown_answer
from falcon.ui.problems import draw_problem, is_retry_wanted
from falcon.ui.sidebar import Choices
from falcon.ui.starters import draw_starters
from falcon.ui.transcript import draw_transcript
from falcon.ui.turn import answer, ask, without_cut_answer
from falcon.ui.watch import watch

LOADED_KEY = "page_loaded"


def draw_chat(backend: Backend, conversation: Conversation, choices: Choices) -> None:
    is_loading = LOADED_KEY not in st.session_state
    st.session_state[LOADED_KEY] = True
    draw_answering(backend, choices.target)
    question = draw_composer()
    wants_retry = is_retry_wanted()
    running = _running(backend, conversation)
    if running is not None:
        if question:
            put_back(question)
    elif question:
        conversation = ask(backend, conversation, question)
        running = answer(backend, conversation, choices)
    elif wants_retry:
        conversation = without_cut_answer(conversation)
        running = answer(backend, conversation, choices)
    conversation = backend.registry.load(conversation.id) or conversation
    if running is not None:
        draw_stop(running)
    # Fixed places: until a run ends, Streamlit keeps what stood at a place that the
    # run has not drawn to, and a run with an answer in it ends when the answer does.
    newest = backend.registry.generation(conversation.id)
    place = draw_transcript(conversation, newest, choices.look)
    with st.container():
        if running is None:
            _draw_after(backend, conversation)
        else:
            st.empty()
    if running is not None and place is not None:
        watch(running, place, is_loading=is_loading)
        st.rerun()


def _running(backend: Backend, conversation: Conversation) -> Generation | None:
    newest = backend.registry.generation(conversation.id)
    return None if newest is None or newest.ended else newest


def _draw_after(backend: Backend, conversation: Conversation) -> None:
    """Draw what stands under the last message when no answer is running."""
    ended = backend.registry.generation(conversation.id)
    leaf = conversation.leaf
    if leaf is None:
        draw_starters()
    elif ended is not None and ended.progress.error is not None:
        draw_problem(ended.progress.error, can_retry=True)
    elif leaf.role == "user":
        draw_problem(texts.NO_ANSWER, can_retry=True)
    elif is_unknown_answer(leaf):
        draw_offers(backend)
    else:
        st.empty()
