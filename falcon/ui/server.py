"""Starts Streamlit's server, and sets what it needs where it runs.

However the page is started, its file calls `prepare`. Streamlit has bound its port by
then, so that comes from config.toml; the options set here it reads later, with every
request.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path

import click
from starlette.middleware import Middleware
from streamlit import config
from streamlit.web import cli

from falcon.headers import SecurityHeaders, frame_ancestors
from falcon.hosts import HostCheck, allowed_hosts
from falcon.launch import FIRST_PORT, NEXT_PORTS, announce, moved, server_options
from falcon.studio import read_space
from falcon.ui.chat_api import page_origins
from falcon.ui.many_chats import give_way_often
from falcon.ui.memory import share_arenas

PAGE = Path(__file__).parents[2] / "streamlit_app.py"
_FLAG = "command-line argument or environment variable"
"""How Streamlit names the origin of an option that a person gave by hand."""


def serve(*, port: int) -> None:
    """Serves the page until Ctrl-C, which is a clean end and not an error."""
    os.chdir(PAGE.parent)
    arguments = ["run", PAGE.name, "--server.port", str(port)]
    try:
        cli.main(arguments, prog_name="streamlit", standalone_mode=False)
    except click.Abort:
        print("Stopped.")


def prepare(environ: Mapping[str, str]) -> list[Middleware]:
    """The middleware of `st.App`; sets Streamlit's options and prints the address."""
    give_way_often()
    share_arenas()
    space = read_space(environ)
    options = server_options(environ, space)

    def apply() -> None:
        for name, value in options.items():
            if config.get_where_defined(name) != _FLAG:
                config.set_option(name, value)

    apply()
    # An edited config.toml is read again while the page is served.
    config.on_config_parsed(apply, force_connect=True, lock=True)
    port = int(config.get_option("server.port"))
    if port in NEXT_PORTS and not config.is_manually_set("server.port"):
        print(moved(FIRST_PORT, port), flush=True)
    announce(port, space)
    ancestors = frame_ancestors(environ, space)
    return [
        Middleware(SecurityHeaders, frame_ancestors=ancestors),
        Middleware(
            HostCheck,
            allowed=allowed_hosts(environ, space),
            api_origins=page_origins(environ),
        ),
    ]
