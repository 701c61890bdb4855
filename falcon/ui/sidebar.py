"""The sidebar, from top to bottom, and what it says."""

from __future__ import annotations

from dataclasses import dataclass

import streamlit as st

from falcon.models import DEFAULT_MODEL
from falcon.parameters import GenerationParameters
from falcon.ui import shortcuts, texts
from falcon.ui.backend import Backend, Target
from falcon.ui.compare.view import draw_compare_button
from falcon.ui.conversations.exchange import draw_exchange
from falcon.ui.conversations.listing import draw_conversations
from falcon.ui.conversations.opened import conversation, start_new_conversation
from falcon.ui.endpoint.settings import chosen_target, draw_endpoint
from falcon.ui.language import mark, say, speaker
from falcon.ui.language_choice import draw_language
from falcon.ui.messages.transcript import Look
from falcon.ui.narrow_screen import leave_sidebar
from falcon.ui.parameters.preset_settings import SYSTEM_PROMPT_KEY, draw_presets
from falcon.ui.parameters.settings import draw_parameters
from falcon.ui.share import draw_share

LOOK_KEY = "look"
TAB_KEY = "sidebar_tab"
TABS = (mark("Settings"), mark("Chats"))
"""The settings are drawn always, as what is not drawn is forgotten; the list only when
it is wanted."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Choices:
    """What a person chose for the next question."""

    target: Target | None
    """None: the endpoint on this machine."""
    parameters: GenerationParameters
    system_prompt: str
    look: Look


def _draw_beginnings() -> None:
    with st.container(horizontal=True, wrap=False, gap="small"):
        st.button(
            say("New chat"),
            icon=":material/add_comment:",
            on_click=_begin,
            width="stretch",
            shortcut=shortcuts.NEW_CHAT,
        )
        st.button(
            say("Temporary"),
            icon=":material/visibility_off:",
            help=say(texts.TEMPORARY_HELP),
            on_click=_begin,
            kwargs={"is_temporary": True},
        )


def _begin(*, is_temporary: bool = False) -> None:
    start_new_conversation(is_temporary=is_temporary)
    leave_sidebar()


def is_list_open() -> bool:
    """Whether the conversations are drawn in place of the settings."""
    return bool(st.session_state.get(TAB_KEY) == say(TABS[1]))


def draw_sidebar(backend: Backend) -> Choices:
    settings = backend.settings
    with st.sidebar:
        _draw_beginnings()
        draw_compare_button()
        settings_tab, chats_tab = st.tabs(
            [say(tab) for tab in TABS], key=TAB_KEY, on_change="rerun"
        )
    if chats_tab.open:
        with chats_tab:
            draw_conversations(backend)
            draw_exchange(backend.registry, conversation())
    with settings_tab:
        target = chosen_target(backend)
        draw_endpoint(backend, target)
        model = target.model if target else backend.local_model() or DEFAULT_MODEL
        draw_presets(backend)
        parameters = draw_parameters(
            settings.parameters, model.window, backend.known_container(target)
        )
        # A preset may have put another one there.
        system_prompt = st.text_area(
            say("System prompt"),
            st.session_state.setdefault(SYSTEM_PROMPT_KEY, settings.system_prompt),
            key=SYSTEM_PROMPT_KEY,
            help=say(texts.SYSTEM_PROMPT_HELP),
        )
        look: Look = st.segmented_control(
            say("Look"),
            (mark("native"), mark("bubbles")),
            default="native",
            key=LOOK_KEY,
            format_func=speaker(),
            required=True,
            width="stretch",
        )
        draw_language()
        draw_share()
        shortcuts.draw_shortcuts()
    return Choices(
        target=target,
        parameters=parameters,
        system_prompt=system_prompt.strip(),
        look=look,
    )
