from __future__ import annotations

import pytest

from falcon.api import ApiResponse, ApiSettings
from tests.api_requests import KEY, api_with, ask, post, read_error, unasked

PAGE = "https://localhost:3000"
EVIL = "https://evil.example"
API = api_with(unasked, ApiSettings(keys=(KEY,), origins=(PAGE,)))


def preflight(path: str, origin: str | None, wanted: str = "") -> ApiResponse:
    headers = {"access-control-request-method": "POST"}
    if origin is not None:
        headers["origin"] = origin
    if wanted:
        headers["access-control-request-headers"] = wanted
    return ask(API, "OPTIONS", path, headers=headers)


@pytest.mark.parametrize("path", ["/chat", "/api/chat", "/v1/chat/completions"])
def test_a_configured_page_may_send_a_question_with_its_key(path: str) -> None:
    wanted = "access-control-allow-origin,x-api-key"

    response = preflight(path, PAGE, wanted)

    assert response.status == 204
    assert response.body == b""
    assert response.headers["access-control-allow-origin"] == PAGE
    assert response.headers["access-control-allow-methods"] == "POST"
    allowed = response.headers["access-control-allow-headers"]
    assert set(allowed.split(", ")) == set(wanted.split(","))


def test_so_may_openais_client_in_a_page() -> None:
    wanted = "authorization, content-type, x-stainless-os, OpenAI-Project"

    allowed = preflight("/v1/chat/completions", PAGE, wanted).headers[
        "access-control-allow-headers"
    ]

    assert allowed == wanted.lower()


def test_no_other_header_is_allowed() -> None:
    response = preflight("/chat", PAGE, "x-api-key, x-forwarded-for, cookie")

    assert response.headers["access-control-allow-headers"] == "x-api-key"


@pytest.mark.parametrize(
    "origin", [EVIL, "null", "", f"{PAGE}.evil.example", "http://localhost:3000", "*"]
)
def test_a_page_from_elsewhere_may_not(origin: str) -> None:
    response = preflight("/chat", origin, "x-api-key")

    assert response.status == 403
    assert read_error(response)["code"] == "origin_not_allowed"
    assert "access-control-allow-origin" not in response.headers
    assert response.headers["vary"] == "Origin"


def test_options_without_an_origin_name_the_method() -> None:
    response = preflight("/v1/models", None)

    assert response.status == 204
    assert response.headers["allow"] == "GET, OPTIONS"


@pytest.mark.parametrize(
    ("headers", "status"),
    [({}, 401), ({"x-api-key": "wrong"}, 401), ({"x-api-key": KEY}, 400)],
)
def test_the_configured_page_can_read_errors(
    headers: dict[str, str], status: int
) -> None:
    response = post(API, "/chat", {}, headers={"origin": PAGE, **headers})

    assert response.status == status
    assert response.headers["access-control-allow-origin"] == PAGE
    assert "x-request-id" in response.headers["access-control-expose-headers"]


def test_another_page_cannot_read_what_it_is_answered() -> None:
    response = post(API, "/chat", {}, headers={"origin": EVIL, "x-api-key": KEY})

    assert "access-control-allow-origin" not in response.headers


def test_no_cookie_is_ever_asked_for() -> None:
    for response in (preflight("/chat", PAGE), post(API, "/chat", {})):
        assert "access-control-allow-credentials" not in response.headers
