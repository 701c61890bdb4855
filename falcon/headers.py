"""The headers that tell a browser what this page may do, on every response.

The policy is the strictest with which Streamlit 1.67, its second-generation
components, KaTeX, upload, download and streamlit-chat work. It blocks what an answer
of the model might try: a remote image that carries the conversation away.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from starlette.datastructures import MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from falcon.studio import Space

POLICY = "; ".join(
    [
        "default-src 'self'",
        # The hash is of the inline script in Streamlit 1.67's index.html.
        "script-src 'self' blob: 'sha256-THxz9J9+wf7rhwR2YkXJoSZ13UCmYyC+3lNDv2+8ugA='",
        "style-src 'self' 'unsafe-inline'",
        "img-src 'self' data: blob:",
        "font-src 'self' data:",
        "connect-src 'self'",
        "frame-src 'self' data: blob:",
        "worker-src 'self' blob:",
        "object-src 'none'",
        "base-uri 'self'",
        "form-action 'self'",
    ]
)


def frame_ancestors(environ: Mapping[str, str], space: Space | None) -> tuple[str, ...]:
    """Who may show this page in a frame: the page's own origin.

    Unified Studio shows JupyterLab, and with it this page, in a frame of its portal,
    and names the portal to Jupyter in JUPYTERSERVER_CSP_RULE: what Jupyter allows,
    this page allows.
    """
    rule = environ.get("JUPYTERSERVER_CSP_RULE", "") if space else ""
    for directive in rule.split(";"):
        match directive.split():
            case ["frame-ancestors", *ancestors]:
                return tuple(ancestors)
    return ("'self'",)


class SecurityHeaders:
    """ASGI middleware that sets the headers, whatever the answer is."""

    def __init__(self, app: ASGIApp, *, frame_ancestors: Sequence[str]) -> None:
        self.app = app
        self.headers = {
            "Content-Security-Policy": (
                f"{POLICY}; frame-ancestors {' '.join(frame_ancestors)}"
            ),
            "Referrer-Policy": "no-referrer",
            "X-Content-Type-Options": "nosniff",
        }
        # It cannot name other origins, and browsers prefer the policy to it.
        if tuple(frame_ancestors) == ("'self'",):
            self.headers["X-Frame-Options"] = "SAMEORIGIN"

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        async def send_with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                MutableHeaders(scope=message).update(self.headers)
            await send(message)

        await self.app(scope, receive, send_with_headers)
