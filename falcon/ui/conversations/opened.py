"""Which conversation this browser tab has open: its id is in the page's address.

The registry has the conversation itself; the session keeps the newest copy it saw.
"""

from __future__ import annotations

from dataclasses import replace

import streamlit as st

from falcon.conversation import Conversation
from falcon.errors import HistoryError
from falcon.registry import Registry
from falcon.ui import texts
from falcon.ui.composer.box import is_sending, put_back_unsent
from falcon.ui.conversations.owner import Owner, current_owner
from falcon.ui.language import say

KEY = "conversation"
SHOWN_KEY = "messages_shown"
BEGUN_KEY = "conversation_begun"
"""The id of the conversation that this session began itself."""
LEFT_KEY = "conversation_left"
"""The id of the conversation that was open before this one."""


def open_conversation(registry: Registry) -> Conversation:
    """Return the conversation that the address names, or else the session's own."""
    owner = current_owner()
    kept: Conversation | None = st.session_state.get(KEY)
    wanted = st.query_params.get(KEY)
    if kept is None or (wanted not in (None, kept.id) and not _is_left(wanted)):
        forget_conversation()
        kept = _load(registry, wanted)
    kept = latest(registry, kept)
    if owner is not None and not kept.owner and kept.id == _begun():
        kept = _owned(registry, kept, owner)
    keep_conversation(kept)
    return kept


def _load(registry: Registry, wanted: str | None) -> Conversation:
    if wanted is None:
        return _begin(Conversation())
    found = registry.load(wanted)
    if found is None:
        st.query_params.pop(KEY, None)
        # The messages before it are not those that the person had on the screen.
        put_back_unsent()
        st.toast(say(texts.GONE))
        return _begin(Conversation())
    return found


def _is_left(wanted: str | None) -> bool:
    """Whether a question came before the browser knew the address that it belongs to:
    with the one of the conversation that was just left."""
    return is_sending() and bool(st.session_state.get(LEFT_KEY) == wanted)


def latest(registry: Registry, kept: Conversation) -> Conversation:
    """Return the conversation as it is now; `kept` if it was never saved or the disk
    cannot be read."""
    try:
        return registry.load(kept.id) or kept
    except HistoryError:
        return kept


def _begin(conversation: Conversation) -> Conversation:
    st.session_state[BEGUN_KEY] = conversation.id
    return conversation


def _begun() -> str | None:
    begun: str | None = st.session_state.get(BEGUN_KEY)
    return begun


def _owned(registry: Registry, kept: Conversation, owner: Owner) -> Conversation:
    def own(conversation: Conversation) -> Conversation:
        return replace(conversation, owner=owner.id)

    try:
        return registry.change(kept.id, own) or own(kept)
    except HistoryError:
        return own(kept)


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
    if KEY in st.session_state:
        st.session_state[LEFT_KEY] = conversation().id
    for key in (KEY, SHOWN_KEY):
        st.session_state.pop(key, None)


def start_new_conversation(*, is_temporary: bool = False) -> None:
    """Leave the open conversation for an empty one."""
    forget_conversation()
    st.query_params.pop(KEY, None)
    keep_conversation(_begin(Conversation(is_temporary=is_temporary)))


def show_conversation(conversation_id: str) -> None:
    """Leave the open conversation for this one, which the next run loads."""
    forget_conversation()
    st.query_params[KEY] = conversation_id
