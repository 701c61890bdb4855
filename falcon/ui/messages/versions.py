"""The versions of a message, ‹ 2/3 ›: every answer or question that took its place."""

from __future__ import annotations

from html import escape

import streamlit as st

from falcon.conversation import Conversation, Message
from falcon.registry import Registry
from falcon.ui import texts
from falcon.ui.language import say


def draw_versions(
    registry: Registry,
    conversation_id: str,
    message: Message,
    versions: tuple[Message, ...],
) -> None:
    """Draw where this message stands among its versions and the way to the others."""
    at = [version.id for version in versions].index(message.id)
    before, after = versions[:at], versions[at + 1 :]

    def draw_arrow(label: str, icon: str, other: Message | None) -> None:
        st.button(
            label,
            key=f"{icon}_{message.id}",
            icon=f":material/{icon}:",
            type="tertiary",
            disabled=other is None,
            on_click=_show,
            args=(registry, conversation_id, other and other.id),
        )

    draw_arrow(say("Previous version"), "chevron_left", before[-1] if before else None)
    said = say(texts.VERSION, number=at + 1, count=len(versions))
    st.html(
        f'<span class="falcon-small" aria-hidden="true">{at + 1}/{len(versions)}</span>'
        f'<span class="falcon-said">{escape(said)}</span>',
        width="content",
    )
    draw_arrow(say("Next version"), "chevron_right", after[0] if after else None)


def draw_way_back(registry: Registry, conversation: Conversation) -> None:
    """Offer what once followed the shown leaf, if anything did."""
    following = [
        message.id
        for message in conversation.messages.values()
        if message.parent_id == conversation.leaf_id
    ]
    if not following:
        st.empty()
        return
    st.button(
        say("Show the answer that was there"),
        icon=":material/undo:",
        on_click=_show,
        args=(registry, conversation.id, following[-1]),
    )


def _show(registry: Registry, conversation_id: str, message_id: str) -> None:
    registry.change(
        conversation_id,
        lambda conversation: (
            conversation.showing(message_id)
            if message_id in conversation.messages
            else conversation
        ),
    )
