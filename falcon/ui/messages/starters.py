"""What an empty conversation shows: a friendly line and questions to begin with."""

from __future__ import annotations

import streamlit as st

from falcon.ui import texts
from falcon.ui.backend import Backend
from falcon.ui.composer.box import send
from falcon.ui.endpoint.settings import chosen_target
from falcon.ui.language import say
from falcon.ui.model_languages import say_to


def draw_starters(backend: Backend) -> None:
    st.subheader(say(texts.WELCOME), anchor=False)
    target = chosen_target(backend)
    model = target.model if target else backend.local_model()
    with st.container(horizontal=True, gap="small"):
        for number, starter in enumerate(texts.STARTERS):
            question = say_to(model, starter)
            st.button(
                question, key=f"starter_{number}", on_click=send, args=(question,)
            )
