"""The page's keyboard shortcuts, and the list of them."""

from __future__ import annotations

import streamlit as st

from falcon.ui.language import say

NEW_CHAT = "Ctrl+Shift+O"
STOP = "Ctrl+Shift+Backspace"
"""Not Escape, which closes menus and dialogs, and no key alone, which would not work
where text is written."""
REGENERATE = "Ctrl+Shift+Enter"
COPY = "Ctrl+Shift+X"
"""falcon/ui/messages/html_buttons.js listens for it."""


def draw_shortcuts() -> None:
    with st.popover(say("Shortcuts"), icon=":material/keyboard:", width="stretch"):
        st.markdown(
            "\n\n".join(
                f"`{keys}` {meaning}"
                for keys, meaning in (
                    (NEW_CHAT, say("New chat")),
                    (STOP, say("Stop the answer")),
                    (REGENERATE, say("Regenerate the last answer")),
                    (COPY, say("Copy the last message")),
                    ("Shift+Enter", say("A new line in the question")),
                    ("Ctrl+Enter", say("Send an edited question")),
                )
            )
        )
        st.caption(say("On a Mac, Cmd stands for Ctrl."))
