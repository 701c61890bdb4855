from __future__ import annotations

from typing import Literal

import pytest

from falcon.api import Api, ApiSettings
from falcon.api.settings import read_origins
from falcon.errors import ConfigurationError
from tests.api_requests import KEY, api_with, ask, post, read_error, unasked

OTHER = "another-key-of-this-test"
QUESTION = {"text": ""}
"""Whoever may ask is told that it is empty."""


def guarded() -> Api:
    return api_with(unasked, ApiSettings(keys=(KEY, OTHER), keyless="everybody"))


@pytest.mark.parametrize(
    "headers",
    [
        {"x-api-key": KEY},
        {"x-api-key": f" {KEY} "},
        {"authorization": f"Bearer {KEY}"},
        {"authorization": f"bearer {OTHER}"},
        {"x-api-key": OTHER},
        {"x-api-key": "wrong", "authorization": f"Bearer {KEY}"},
    ],
)
def test_a_configured_key_opens_by_either_header(headers: dict[str, str]) -> None:
    assert post(guarded(), "/chat", QUESTION, headers=headers).status == 400


@pytest.mark.parametrize(
    ("headers", "code"),
    [
        ({}, "missing_api_key"),
        ({"x-api-key": ""}, "missing_api_key"),
        ({"authorization": "Bearer "}, "missing_api_key"),
        ({"authorization": f"Basic {KEY}"}, "missing_api_key"),
        ({"authorization": KEY}, "missing_api_key"),
        ({"x-api-key": KEY[:-1]}, "invalid_api_key"),
        ({"x-api-key": f"{KEY}x"}, "invalid_api_key"),
        ({"x-api-key": KEY.upper()}, "invalid_api_key"),
        ({"x-api-key": f"{KEY},{OTHER}"}, "invalid_api_key"),
        ({"x-api-key": "팔콘"}, "invalid_api_key"),
        ({"authorization": "Bearer x"}, "invalid_api_key"),
    ],
)
def test_nothing_else_does(headers: dict[str, str], code: str) -> None:
    response = post(guarded(), "/chat", QUESTION, headers=headers)

    assert response.status == 401
    assert response.headers["www-authenticate"] == "Bearer"
    assert read_error(response)["code"] == code
    assert read_error(response)["type"] == "authentication_error"


def test_the_list_of_models_is_behind_the_key_too() -> None:
    assert ask(guarded(), "GET", "/v1/models").status == 401


@pytest.mark.parametrize(
    ("keyless", "is_local", "status"),
    [
        ("everybody", False, 400),
        ("this machine", True, 400),
        ("this machine", False, 403),
        ("nobody", True, 403),
        ("nobody", False, 403),
    ],
)
def test_without_configured_keys_only_those_nearby_are_answered(
    keyless: Literal["nobody", "this machine", "everybody"],
    is_local: bool,
    status: int,
) -> None:
    api = api_with(unasked, ApiSettings(keyless=keyless))

    response = post(api, "/chat", QUESTION, is_local=is_local)

    assert response.status == status


def test_the_others_are_told_how_to_configure_one() -> None:
    response = post(api_with(unasked, ApiSettings()), "/chat", QUESTION)

    assert read_error(response)["code"] == "keys_not_configured"
    assert "Set FALCON_API_KEYS" in read_error(response)["message"]


def test_being_nearby_does_not_open_where_keys_are_configured() -> None:
    settings = ApiSettings(keys=(KEY,), keyless="this machine")

    response = post(api_with(unasked, settings), "/chat", QUESTION, is_local=True)

    assert response.status == 401


def test_keys_and_origins_are_separated_by_commas() -> None:
    values = {
        "FALCON_API_KEYS": f" {KEY}, {OTHER},",
        "FALCON_API_ORIGINS": "https://Chat.example.com/, http://localhost:3000,"
        "http://[::1]:3000",
    }

    settings = ApiSettings.from_mapping(values, keyless="nobody")

    assert settings.keys == (KEY, OTHER)
    assert settings.origins == (
        "https://chat.example.com",
        "http://localhost:3000",
        "http://[::1]:3000",
    )


@pytest.mark.parametrize("key", ["x" * 15, "팔콘" * 16])
def test_a_key_that_can_be_guessed_is_refused_and_not_repeated(key: str) -> None:
    with pytest.raises(ConfigurationError, match="FALCON_API_KEYS") as refusal:
        ApiSettings.from_mapping({"FALCON_API_KEYS": key}, keyless="nobody")

    assert key not in str(refusal.value)


@pytest.mark.parametrize(
    "origin",
    [
        "*",
        "null",
        "localhost:3000",
        "https://a.example/page",
        "https://*.example",
        "ftp://a",
        "https://a@b",
    ],
)
def test_what_is_no_origin_is_refused(origin: str) -> None:
    with pytest.raises(ConfigurationError, match="FALCON_API_ORIGINS"):
        read_origins({"FALCON_API_ORIGINS": origin})
