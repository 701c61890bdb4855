"""Which host names this server answers to: a guard against pages from elsewhere.

Such a page can point its own host name at 127.0.0.1 (DNS rebinding), which the Host
header gives away, or ask across origins, which Origin does. Streamlit looks at both
on its websocket alone, and asks an outside service for its own address before it
refuses an origin. Knows nothing of Streamlit: plain ASGI, every route, every websocket.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from urllib.parse import urlsplit

from starlette.responses import PlainTextResponse
from starlette.types import ASGIApp, Receive, Scope, Send

from falcon.api import is_api_path
from falcon.studio import Space

LOCAL_HOSTS = ("127.0.0.1", "localhost")
REFUSAL = "This host name is not allowed here; name it in FALCON_ALLOWED_HOSTS.\n"


def allowed_hosts(environ: Mapping[str, str], space: Space | None) -> tuple[str, ...]:
    """The host names to answer to, without ports; none named means every one.

    Inside SageMaker every one: its proxy rewrites Host, and IAM guards it. Elsewhere
    this machine's own names, and those that FALCON_ALLOWED_HOSTS adds with commas.
    """
    if space is not None:
        return ()
    named = environ.get("FALCON_ALLOWED_HOSTS", "").split(",")
    return (*LOCAL_HOSTS, *(_canonical(host) for host in named if host.strip()))


class HostCheck:
    """ASGI middleware that answers only to the allowed hosts, on any port."""

    def __init__(
        self,
        app: ASGIApp,
        *,
        allowed: Collection[str],
        api_origins: Collection[str] = (),
    ) -> None:
        """`api_origins` are other pages' origins, which may ask the Chat API alone."""
        self.app = app
        self.allowed = frozenset(allowed)
        self.api_origins = frozenset(api_origins)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "lifespan" or self._allows(scope):
            await self.app(scope, receive, send)
        elif scope["type"] == "websocket":
            # Refused before it is accepted, which the client sees as 403.
            await send({"type": "websocket.close", "code": 1008})
        else:
            await PlainTextResponse(REFUSAL, 421)(scope, receive, send)

    def _allows(self, scope: Scope) -> bool:
        if not self.allowed:
            return True
        hosts = header(scope, b"host")
        origins = header(scope, b"origin")
        if scope["type"] == "http" and is_api_path(scope["path"]):
            origins = [origin for origin in origins if origin not in self.api_origins]
        hosts_of_pages = (origin.partition("://")[2] for origin in origins)
        named = [hostname(host) for host in (*hosts, *hosts_of_pages)]
        return len(hosts) == 1 and self.allowed.issuperset(named)


def header(scope: Scope, wanted: bytes) -> list[str]:
    return [
        value.decode("latin-1") for name, value in scope["headers"] if name == wanted
    ]


def hostname(host: str) -> str | None:
    """The name in a Host header, without its port; None if it is not one."""
    try:
        parts = urlsplit(f"//{host}")
        _ = parts.port
    except ValueError:
        return None
    if parts.hostname is None or parts.netloc != host or "@" in host:
        return None
    return _canonical(parts.hostname)


def _canonical(host: str) -> str:
    return host.strip().lower().removesuffix(".")
