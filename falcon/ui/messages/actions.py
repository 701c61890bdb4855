"""What a person can do with a message, in one line under it.

Under the newest answer what is wanted most; under the others Copy and More, as one
element of HTML: Streamlit's own buttons under twenty messages would put off the first
token by as long as the rest of the page. Nothing here disturbs an answer that grows.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from html import escape
from typing import Any

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from falcon.conversation import Conversation, Message
from falcon.errors import ConfigurationError
from falcon.parameters import GenerationParameters
from falcon.record import AnswerRecord
from falcon.registry import Registry
from falcon.ui import shortcuts
from falcon.ui.language import say
from falcon.ui.messages.deleting import delete
from falcon.ui.messages.editing import edit
from falcon.ui.messages.figures import describe_ending, describe_record
from falcon.ui.messages.html_buttons import copy_button, more_button
from falcon.ui.messages.rating import draw_rating
from falcon.ui.messages.sent import show_sent
from falcon.ui.messages.versions import draw_versions
from falcon.ui.messages.wanted import want_answer
from falcon.ui.parameters.preset_settings import SYSTEM_PROMPT_KEY
from falcon.ui.parameters.values import OFFERED, use

MORE_KEY = "message_more"
"""The id of the message under which every action is drawn."""
CONTINUABLE = ("length", "stopped", "interrupted")

_LINE: dict[str, Any] = {
    "horizontal": True,
    "horizontal_alignment": "right",
    "vertical_alignment": "center",
    "gap": "xxsmall",
    "width": "content",
}


@dataclass(frozen=True, slots=True)
class MessageActions:
    """What can be done with the messages of one conversation."""

    registry: Registry
    conversation: Conversation
    is_running: bool
    """Whether an answer is being written."""

    def draw(self, message: Message, place: DeltaGenerator) -> None:
        """Draw the line; always three elements, as transcript.py beside this wants."""
        row = place.container(
            horizontal=True,
            vertical_alignment="center",
            horizontal_alignment="right",
            gap="xxsmall",
            key=f"actions_{message.id}",
        )
        row.html(_html(message))
        versions = self.conversation.versions(message.id)
        is_newest = message.id == self.conversation.leaf_id and not self.is_running
        has_more = st.session_state.get(MORE_KEY) == message.id
        is_answer = message.role == "assistant"
        if len(versions) > 1 or (
            is_answer and (is_newest or has_more or message.rating is not None)
        ):
            with row.container(key=f"icons_{message.id}", **_LINE):
                self._draw_icons(message, versions, is_newest, is_newest or has_more)
        else:
            row.empty()
        if has_more:
            with row.container(key=f"more_{message.id}", **{**_LINE, "gap": "small"}):
                self._draw_more(message)
        else:
            row.empty()

    def _draw_icons(
        self,
        message: Message,
        versions: tuple[Message, ...],
        is_newest: bool,
        has_all: bool,
    ) -> None:
        # Four places, whatever is at them.
        if len(versions) > 1:
            with st.container(**_LINE):
                draw_versions(self.registry, self.conversation.id, message, versions)
        else:
            st.empty()
        if is_newest and message.finish_reason in CONTINUABLE:
            self._button(message, say("Continue"), "resume", want_answer, message.id)
        else:
            st.empty()
        if has_all and message.role == "assistant":
            keys = shortcuts.REGENERATE if is_newest else None
            asked = message.parent_id
            label = say("Regenerate")
            self._button(message, label, "refresh", want_answer, asked, keys)
        else:
            st.empty()
        if message.role == "assistant" and (has_all or message.rating is not None):
            with st.container(**_LINE):
                draw_rating(self.registry, self.conversation.id, message)
        else:
            st.empty()

    def _draw_more(self, message: Message) -> None:
        if message.role == "user":
            label = say("Edit and send again")
            self._button(message, label, "edit", _edit, message.id)
        if message.record is not None:
            sent, again = say("What was sent"), say("Use these parameters again")
            self._button(message, sent, "info", show_sent, message.id)
            self._button(message, again, "tune", _use_again, message.record)
        take_out = partial(delete, self.registry, self.conversation.id)
        label = say("Delete from here on")
        self._button(message, label, "delete", take_out, message.id)

    def _button(
        self,
        message: Message,
        label: str,
        icon: str,
        do: Callable[[Any], None],
        argument: object,
        keys: str | None = None,
    ) -> None:
        st.button(
            label,
            key=f"{icon}_{message.id}",
            icon=f":material/{icon}:",
            type="tertiary",
            on_click=do,
            args=(argument,),
            shortcut=keys,
        )


def toggle_more(message_id: str) -> None:
    """Draw all that can be done with a message, or no more."""
    is_open = st.session_state.get(MORE_KEY) == message_id
    st.session_state[MORE_KEY] = None if is_open else message_id


def _edit(message_id: str) -> None:
    toggle_more(message_id)
    edit(message_id)


def _html(message: Message) -> str:
    figures = describe_record(message.record) if message.record else ""
    lines = (figures, describe_ending(message.finish_reason))
    return (
        '<span class="falcon-small">'
        + "<br>".join(escape(line) for line in lines if line)
        + f"</span>{copy_button(message.text)}{more_button(message.id)}"
    )


def _use_again(record: AnswerRecord) -> None:
    values: dict[str, Any] = {
        name: value for name, value in record.parameters.items() if name in OFFERED
    }
    try:
        use(GenerationParameters(**values))
    except ConfigurationError as error:
        st.toast(say(error))  # An imported conversation may say anything.
    else:
        st.session_state[SYSTEM_PROMPT_KEY] = record.system_prompt
