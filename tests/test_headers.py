from __future__ import annotations

import asyncio
import base64
import hashlib
import re
from pathlib import Path

import pytest
import streamlit
from starlette.responses import PlainTextResponse
from starlette.types import Message

from falcon.headers import POLICY, SecurityHeaders, frame_ancestors
from falcon.studio import App, Space

PORTAL = "https://dzd-1.sagemaker.us-east-1.on.aws"
UNIFIED_STUDIO = {
    "JUPYTERSERVER_CSP_RULE": f"default-src https:; frame-ancestors 'self' {PORTAL};"
}


def headers_of(
    response: PlainTextResponse, *, ancestors: tuple[str, ...] = ("'self'",)
) -> dict[str, str]:
    """The headers that a browser gets with the response."""
    sent: list[Message] = []

    async def receive() -> Message:
        return {"type": "http.request"}

    async def send(message: Message) -> None:
        sent.append(message)

    app = SecurityHeaders(response, frame_ancestors=ancestors)
    asyncio.run(app({"type": "http", "method": "GET"}, receive, send))
    return {name.decode(): value.decode() for name, value in sent[0]["headers"]}


@pytest.mark.parametrize("status", [200, 304, 404, 421, 500])
def test_every_response_carries_the_headers(status: int) -> None:
    headers = headers_of(PlainTextResponse("text", status))

    assert headers["content-security-policy"].startswith("default-src 'self';")
    assert headers["x-content-type-options"] == "nosniff"
    assert headers["referrer-policy"] == "no-referrer"
    assert headers["x-frame-options"] == "SAMEORIGIN"


def test_a_looser_policy_of_the_response_is_replaced() -> None:
    response = PlainTextResponse(headers={"Content-Security-Policy": "img-src *"})

    assert "img-src *" not in headers_of(response)["content-security-policy"]


def test_the_policy_holds_the_hash_of_streamlits_inline_script() -> None:
    index = Path(streamlit.__file__).with_name("static") / "index.html"
    scripts = re.findall(r"<script>(.*?)</script>", index.read_text(), re.DOTALL)

    hashes = [base64.b64encode(hashlib.sha256(s.encode()).digest()) for s in scripts]

    assert hashes
    assert all(f"'sha256-{digest.decode()}'" in POLICY for digest in hashes)


def test_only_its_own_origin_frames_the_page() -> None:
    assert frame_ancestors(UNIFIED_STUDIO, None) == ("'self'",)
    assert frame_ancestors({}, Space(app=App.JUPYTERLAB)) == ("'self'",)


def test_unified_studio_frames_the_page_as_it_frames_jupyter() -> None:
    ancestors = frame_ancestors(UNIFIED_STUDIO, Space(app=App.JUPYTERLAB))

    headers = headers_of(PlainTextResponse(), ancestors=ancestors)

    assert headers["content-security-policy"].endswith(
        f"; frame-ancestors 'self' {PORTAL}"
    )
    assert "x-frame-options" not in headers
