"""The answer that a click asked for: the page's next run makes it.

A click's own function knows neither the endpoint nor the parameters, which are drawn.
"""

from __future__ import annotations

from dataclasses import replace

import streamlit as st

from falcon.conversation import Conversation

KEY = "answer_wanted"


def want_answer(message_id: str) -> None:
    """Have the next run answer this question, or continue this answer."""
    st.session_state[KEY] = message_id


def is_answer_wanted() -> bool:
    return KEY in st.session_state


def take_wanted_answer(conversation: Conversation) -> Conversation | None:
    """Return the conversation as it is to be answered, once for each wish."""
    wanted = st.session_state.pop(KEY, None)
    if wanted not in conversation.messages:
        return None
    return replace(conversation, leaf_id=wanted)
