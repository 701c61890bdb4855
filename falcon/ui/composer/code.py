"""The request that would be sent now, as code in a dialog."""

from __future__ import annotations

from html import escape

import streamlit as st

from falcon.containers import find_container
from falcon.conversation import Conversation
from falcon.errors import FalconError
from falcon.show_code import ShownRequest, Snippet, show_code
from falcon.ui import texts
from falcon.ui.backend import Backend
from falcon.ui.composer.next_request import turns_to_ask
from falcon.ui.labels import plain
from falcon.ui.language import say
from falcon.ui.messages.html_buttons import copy_button
from falcon.ui.sidebar import Choices

OPEN_KEY = "code_is_open"
QUESTION_KEY = "code_question"
LONGEST_PLACEHOLDER = 80


def draw_code_button() -> None:
    st.button(
        say("Code"),
        key="show_code",
        icon=":material/code:",
        type="tertiary",
        help=say(texts.CODE_HELP),
        on_click=_set_open,
        args=(True,),
    )


def draw_code(backend: Backend, conversation: Conversation, choices: Choices) -> None:
    """Draw the dialog if it is open; the end of an answer does not close it."""
    if st.session_state.get(OPEN_KEY):
        dialog = st.dialog(
            say("The request as code"), width="large", on_dismiss=_set_open
        )
        dialog(_draw)(backend, conversation, choices)


def _set_open(is_open: bool = False) -> None:
    st.session_state[OPEN_KEY] = is_open


def _draw(backend: Backend, conversation: Conversation, choices: Choices) -> None:
    asked = [turn.text for turn in conversation.path() if turn.role == "user"]
    question = st.text_input(
        say(texts.CODE_QUESTION),
        key=QUESTION_KEY,
        placeholder=asked[-1][:LONGEST_PLACEHOLDER] if asked else texts.STARTERS[0],
        help=say(texts.CODE_QUESTION_HELP),
    ).strip()
    if not question and not asked:
        question = texts.STARTERS[0]
    try:
        snippets = _snippets(backend, conversation, choices, question)
    except FalconError as error:
        st.error(plain(say(error)), icon=":material/error:")
        return
    if not snippets:
        return
    st.caption(say(texts.CODE_INTRODUCTION))
    titles = [snippet.title for snippet in snippets]
    for tab, snippet in zip(st.tabs(titles), snippets, strict=True):
        with tab:
            # The block's own copy button needs https; this one does not.
            st.html(
                '<div class="falcon-row">'
                f'<code class="falcon-small">{escape(snippet.installs)}</code>'
                f"{copy_button(snippet.code)}</div>"
            )
            st.code(snippet.code, snippet.language, wrap_lines=True, height=400)


def _snippets(
    backend: Backend, conversation: Conversation, choices: Choices, question: str
) -> tuple[Snippet, ...]:
    """Return the code; none, and a line that says why, while it cannot be written."""
    target = backend.ready_target(choices.target)
    container = backend.known_container(choices.target)
    if target is None:
        st.info(say(texts.CODE_NO_ENDPOINT))
        return ()
    if container is None:
        st.info(say(texts.CODE_NO_CONTAINER, name=target.endpoint.name))
        return ()
    turns = turns_to_ask(
        conversation.path(), question, system_prompt=choices.system_prompt
    )
    client, parameters = backend.client(target), choices.parameters
    streams = find_container(container).STREAMS
    return show_code(
        ShownRequest(
            endpoint=target.endpoint,
            container=container,
            model=target.model,
            turns=turns,
            parameters=parameters,
            whole=client.encode(turns, parameters, stream=False),
            streamed=client.encode(turns, parameters, stream=True) if streams else None,
        )
    )
