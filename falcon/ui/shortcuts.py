"""The page's keyboard shortcuts, and the list of them."""

from __future__ import annotations

import streamlit as st

NEW_CHAT = "Ctrl+Shift+O"
STOP = "Ctrl+Shift+Backspace"
"""Not Escape, which closes menus and dialogs, and no key alone, which would not work
where text is written."""
REGENERATE = "Ctrl+Shift+Enter"
COPY = "Ctrl+Shift+X"
"""falcon/ui/html_buttons.js listens for it."""


def draw_shortcuts() -> None:
    with st.popover("Shortcuts", icon=":material/keyboard:", width="stretch"):
        st.markdown(
            "\n\n".join(
                f"`{keys}` {meaning}"
                for keys, meaning in (
                    (NEW_CHAT, "New chat"),
                    (STOP, "Stop the answer"),
                    (REGENERATE, "Regenerate the last answer"),
                    (COPY, "Copy the last message"),
                    ("Shift+Enter", "A new line in the question"),
                    ("Ctrl+Enter", "Send an edited question"),
                )
            )
        )
        st.caption("On a Mac, Cmd stands for Ctrl.")
