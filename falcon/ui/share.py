"""How others can open this page."""

from __future__ import annotations

import os

import streamlit as st
from streamlit import config

from falcon.studio import read_space
from falcon.ui import texts
from falcon.ui.language import say


def draw_share() -> None:
    with st.popover(say("Share"), icon=":material/share:", width="stretch"):
        port = int(config.get_option("server.port"))
        space = read_space(os.environ)
        if space is None:
            st.write(say(texts.SHARE_ELSEWHERE))
            st.write(say(texts.SHARE_BY_SSH))
            st.code(
                f"ssh -L {port}:127.0.0.1:{port} THIS-COMPUTER", "bash", wrap_lines=True
            )
            return
        # The browser came by the proxy and so knows its host name.
        url = space.proxy_url(port, space_url=st.context.url)
        if url is None:
            st.write(say(texts.SHARE_ADDRESS_UNKNOWN))
        st.code(url or space.proxy_path(port), None, wrap_lines=True)
        st.write(say(texts.SHARE_ADDRESS), say(space.audience))
