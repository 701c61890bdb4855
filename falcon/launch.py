"""How the page is started: its port, Streamlit's options, what the terminal says.

Decides and says; it does not import Streamlit. `falcon.ui.server` serves, so that
`python -m falcon run` and plain `streamlit run streamlit_app.py` do the same.
"""

from __future__ import annotations

import socket
from collections.abc import Iterator, Mapping
from threading import Thread

from falcon.errors import ConfigurationError
from falcon.hosts import allowed_hosts
from falcon.studio import Space

ADDRESS = "127.0.0.1"
FIRST_PORT = 8501
NEXT_PORTS = range(FIRST_PORT + 1, FIRST_PORT + 101)
"""Where Streamlit looks by itself when the first is taken."""


def server_options(
    environ: Mapping[str, str], space: Space | None
) -> dict[str, object]:
    """Streamlit's options that depend on where the server runs.

    Outside SageMaker the strict ones of .streamlit/config.toml stay. Behind Studio's
    proxy Host may be rewritten and cookies stripped, so the checks that compare them
    must go: the server still listens on 127.0.0.1 only, and IAM guards the proxy.
    """
    options: dict[str, object] = {
        "server.allowedHosts": list(allowed_hosts(environ, space))
    }
    if space is not None:
        options["server.enableCORS"] = False
        options["server.enableXsrfProtection"] = False
    return options


def free_port(first: int, *, address: str = ADDRESS) -> int:
    """The first port from `first` on which nobody listens.

    Raises ConfigurationError if there is none among the next hundred.
    """
    for port in range(first, min(first + 100, 65536)):
        with socket.socket() as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind((address, port))
            except OSError:
                continue
            return port
    raise ConfigurationError(
        f"No port is free from {first} on; name another with PORT=."
    )


def moved(wanted: int, chosen: int) -> str:
    return f"Port {wanted} is taken, using {chosen}."


def opening_lines(
    port: int, space: Space | None, *, space_url: str | None = None
) -> Iterator[str]:
    """What a person reads in the terminal: where the page is, and who can open it."""
    if space is None:
        yield f"Falcon Chat is at http://{ADDRESS}:{port} (Ctrl-C stops it)"
        return
    url = space.proxy_url(port, space_url=space_url)
    if url is None:
        yield f"Falcon Chat is behind this Studio's proxy: {space.proxy_path(port)}"
        yield "Put that after the host name in the browser's address, last slash too."
    else:
        yield f"Falcon Chat is at {url} (the last slash is needed)"
    yield space.audience


def announce(port: int, space: Space | None) -> None:
    """Prints the opening lines; a Studio space's host follows when AWS tells it."""
    for line in opening_lines(port, space):
        print(line, flush=True)
    if space is not None and space.proxy_url(port) is None:
        Thread(target=_announce_host, args=(port, space), daemon=True).start()


def _announce_host(port: int, space: Space) -> None:
    # boto3 takes 0.2 s to import, and only a space in Studio needs it here.
    from falcon.endpoints import read_space_url

    if space.domain_id and space.space_name and space.region:
        url = read_space_url(
            domain_id=space.domain_id, space_name=space.space_name, region=space.region
        )
        if url is not None:
            for line in opening_lines(port, space, space_url=url):
                print(line, flush=True)
