"""What an empty conversation shows: a friendly line and questions to begin with."""

from __future__ import annotations

import streamlit as st

from falcon.ui import texts
from falcon.ui.composer import send


def draw_starters() -> None:
    st.subheader(texts.WELCOME, anchor=False)
    with st.container(horizontal=True, gap="small"):
        for number, question in enumerate(texts.STARTERS):
            st.button(
                question, key=f"starter_{number}", on_click=send, args=(question,)
            )
