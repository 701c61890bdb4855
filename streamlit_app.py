"""Falcon Chat: the page, and what `streamlit run` serves.

Streamlit runs this file twice over: once to build the server, and for every change on
a page to draw that page.
"""

from __future__ import annotations

import streamlit as st
from streamlit.runtime.scriptrunner import get_script_run_ctx

from falcon.errors import FalconError
from falcon.routes import api_routes
from falcon.ui.backend import backend, environment
from falcon.ui.chat import draw_chat
from falcon.ui.chat_api import chat_api, lifespan
from falcon.ui.choices import choices
from falcon.ui.compare.page import draw_compare
from falcon.ui.compare.view import is_comparing
from falcon.ui.conversations.opened import open_conversation
from falcon.ui.language_choice import recall_language
from falcon.ui.many_chats import turn_to_draw
from falcon.ui.problems import draw_problem
from falcon.ui.server import prepare
from falcon.ui.shell import begin_page, icon_route

if get_script_run_ctx(suppress_warning=True) is None:
    app = st.App(
        __file__,
        lifespan=lifespan,
        routes=[icon_route(), *api_routes(chat_api)],
        middleware=prepare(environment()),
    )
else:
    with turn_to_draw():
        begin_page()
        recall_language()
        try:
            conversation = open_conversation(backend().registry)
            with choices(backend()) as chosen:
                if is_comparing():
                    draw_compare(backend(), chosen)
                else:
                    draw_chat(backend(), conversation, chosen)
        except FalconError as error:
            draw_problem(error)
