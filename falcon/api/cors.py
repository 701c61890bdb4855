"""Which pages of other origins a browser lets ask the API: the configured ones.

The Fetch standard's CORS protocol, on every response, errors too: without the header
a page learns nothing, not even the status.
"""

from __future__ import annotations

from collections.abc import Collection
from typing import TYPE_CHECKING

from falcon.api.messages import ApiError

if TYPE_CHECKING:
    from falcon.api.messages import ApiRequest

_REQUEST_HEADERS = {
    "accept",
    # No header for a request, but pages copied from tutorials send it.
    "access-control-allow-origin",
    "authorization",
    "content-type",
    "x-api-key",
    "x-request-id",
}
_OPENAI_HEADERS = ("x-stainless-", "openai-")
"""How those begin that OpenAI's client for browsers adds."""
_SECONDS_TO_REMEMBER = "600"


def response_headers(request: ApiRequest, origins: Collection[str]) -> dict[str, str]:
    """Return what lets the page that asked read the answer, if it may."""
    headers = {"vary": "Origin"}
    if (origin := request.headers.get("origin")) in origins and origin:
        headers["access-control-allow-origin"] = origin
        headers["access-control-expose-headers"] = "x-request-id, retry-after"
    return headers


def preflight_headers(
    request: ApiRequest, origins: Collection[str], *, method: str
) -> dict[str, str]:
    """Return the answer to OPTIONS: what a page may send to a route of this method.

    Raises ApiError for an origin that is not configured.
    """
    headers = {"allow": f"{method}, OPTIONS"}
    origin = request.headers.get("origin")
    if origin is None:
        return headers
    if origin not in origins:
        raise ApiError(
            403,
            "origin_not_allowed",
            "Pages of this origin may not ask here; FALCON_API_ORIGINS names those "
            "that may.",
        )
    wanted = request.headers.get("access-control-request-headers", "").lower()
    names = [name for one in wanted.split(",") if _is_allowed(name := one.strip())]
    return headers | {
        "access-control-allow-methods": method,
        "access-control-allow-headers": ", ".join(names),
        "access-control-max-age": _SECONDS_TO_REMEMBER,
    }


def _is_allowed(name: str) -> bool:
    return name in _REQUEST_HEADERS or name.startswith(_OPENAI_HEADERS)
