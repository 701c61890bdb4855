"""Which conversation this browser tab has open: its id is in the page's address.

The registry has the conversation itself; the session keeps the newest copy it saw.
"""

from __future__ import annotations

import streamlit as st

from falcon.conversation import Conversation
from falcon.registry import Registry
from falcon.ui import texts

KEY = "conversation"
SHOWN_KEY = "messages_shown"
FIGURES_KEY = "figures"


def open_conversation(registry: Registry) -> Conversation:
    """Return the conversation that the address names, or else the session's own."""
    kept: Conversation | None = st.session_state.get(KEY)
    wanted = st.query_params.get(KEY)
    if kept is None or (wanted is not None and wanted != kept.id):
        forget_conversation()
        kept = _load(registry, wanted)
    keep_conversation(registry.load(kept.id) or kept)
    return conversation()


def _load(registry: Registry, wanted: str | None) -> Conversation:
    if wanted is None:
        return Conversation()
    found = registry.load(wanted)
    if found is None:
        st.query_params.clear()
        st.toast(texts.GONE)
        return Conversation()
    return found


def conversation() -> Conversation:
    """Return the session's copy."""
    kept: Conversation = st.session_state[KEY]
    return kept


def keep_conversation(conversation: Conversation) -> None:
    st.session_state[KEY] = conversation


def name_in_address(conversation: Conversation) -> None:
    """Put the id into the address, so that a reload finds the conversation again."""
    st.query_params[KEY] = conversation.id


def forget_conversation() -> None:
    """Leave the open conversation; it stays on the server."""
    for key in (KEY, SHOWN_KEY, FIGURES_KEY):
        st.session_state.pop(key, None)


def start_new_conversation() -> None:
    forget_conversation()
    st.query_params.clear()
