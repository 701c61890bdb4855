from __future__ import annotations

import logging
import os
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from falcon.api import ApiSettings, Departure
from falcon.api.body import LONGEST_BODY
from tests.api_requests import (
    KEY,
    api_of,
    api_with,
    ask,
    post,
    read_error,
    unasked,
)
from tests.fault_endpoint import FaultEndpoint, serving

API = api_with(unasked)


@pytest.fixture
def server() -> Iterator[FaultEndpoint]:
    with serving() as endpoint:
        yield endpoint


@pytest.mark.parametrize(
    "content_type",
    [
        None,
        "application/json",
        "APPLICATION/JSON; charset=utf-8",
        "text/plain;charset=UTF-8",
    ],
)
def test_json_is_read_under_any_name_that_a_browser_gives_it(
    content_type: str | None,
) -> None:
    headers = {} if content_type is None else {"content-type": content_type}

    response = post(API, "/chat", {"text": ""}, headers=headers)

    assert read_error(response)["param"] == "text"


@pytest.mark.parametrize(
    "content_type",
    [
        "application/x-www-form-urlencoded",
        "multipart/form-data; boundary=x",
        "text/html",
        "application/octet-stream",
    ],
)
def test_what_says_to_be_something_else_is_not_read(content_type: str) -> None:
    headers = {"content-type": content_type}

    response = post(API, "/chat", {"text": "Hi"}, headers=headers)

    assert response.status == 415
    assert read_error(response)["code"] == "unsupported_media_type"


@pytest.mark.parametrize(
    "body",
    [
        pytest.param(b"", id="nothing"),
        pytest.param(b"{", id="cut"),
        pytest.param(b"[]", id="a list"),
        pytest.param(b'"text"', id="a text"),
        pytest.param(b'{"text": NaN}', id="NaN"),
        pytest.param(b'{"text": -Infinity}', id="Infinity"),
        pytest.param(b'{"text": "\xff"}', id="not UTF-8"),
        pytest.param(b"[" * 100_000, id="deep"),
        pytest.param(b'{"a":' * 100_000, id="deep objects"),
        pytest.param(b'{"text": ' + b"9" * 10_000 + b"}", id="a giant number"),
    ],
)
def test_what_is_no_json_object_is_refused(body: bytes) -> None:
    response = post(API, "/chat", body)

    assert response.status == 400
    assert read_error(response)["code"] == "invalid_json"


def test_a_body_too_large_is_refused() -> None:
    response = post(API, "/chat", b" " * (LONGEST_BODY + 1))

    assert response.status == 413
    assert read_error(response)["code"] == "body_too_large"


def test_half_a_character_in_a_question_harms_nothing(server: FaultEndpoint) -> None:
    assert post(api_of(server), "/chat", b'{"text": "\\ud83d Hi"}').status == 200


def test_half_a_character_can_be_told_in_an_error() -> None:
    response = post(API, "/chat", b'{"text": "Hi", "\\ud83d": 1}')

    assert read_error(response)["param"] == "?"


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        ("GET", "/chat", 405),
        ("PUT", "/api/chat", 405),
        ("HEAD", "/v1/models", 405),
        ("POST", "/v1/models", 405),
        ("POST", "/v1/completions", 404),
        ("POST", "/chat/", 404),
        ("POST", "/", 404),
        ("GET", "/v1/models-of-mine", 404),
    ],
)
def test_what_is_not_there_says_so(method: str, path: str, status: int) -> None:
    response = ask(API, method, path)

    assert response.status == status
    assert ("allow" in response.headers) == (status == 405)


def test_a_clients_own_request_id_comes_back() -> None:
    response = post(API, "/chat", {}, headers={"x-request-id": "my.request-7_a"})

    assert response.headers["x-request-id"] == "my.request-7_a"
    assert read_error(response)["request_id"] == "my.request-7_a"


@pytest.mark.parametrize("said", ["", "a b", "a\r\nset-cookie: x", "x" * 65, "팔콘"])
def test_what_is_no_id_is_replaced_by_one(said: str) -> None:
    response = post(API, "/chat", {}, headers={"x-request-id": said})

    made = response.headers["x-request-id"]
    assert len(made) == 32
    assert read_error(response)["request_id"] == made


def test_no_answer_may_be_kept_by_a_cache(server: FaultEndpoint) -> None:
    for response in (post(API, "/chat", {}), post(api_of(server), "/chat", {})):
        assert response.headers["cache-control"] == "no-store"


def leave_once_asked(departure: Departure, server: FaultEndpoint) -> None:
    while not server.bodies:
        time.sleep(0.01)
    departure.leave()


@pytest.mark.parametrize("fault", ["endless", "silent", "stall"])
@pytest.mark.parametrize("path", ["/chat", "/v1/chat/completions"])
def test_a_client_that_leaves_ends_the_generation(
    server: FaultEndpoint, fault: str, path: str
) -> None:
    departure = Departure()
    leaving = threading.Thread(target=leave_once_asked, args=(departure, server))
    leaving.start()

    response = post(
        api_of(server, fault),
        path,
        {"text": "Hi"}
        if path == "/chat"
        else {"messages": [{"role": "user", "content": "Hi"}]},
        departure=departure,
    )

    leaving.join()
    assert response.status == 503
    assert read_error(response)["code"] == "answer_ended"
    assert server.left.wait(5)


def test_one_that_has_left_already_is_not_answered(server: FaultEndpoint) -> None:
    departure = Departure()
    departure.leave()

    response = post(api_of(server), "/chat", {"text": "Hi"}, departure=departure)

    assert response.status == 503


def test_a_client_that_leaves_ends_a_stream_that_has_begun(
    server: FaultEndpoint,
) -> None:
    departure = Departure()
    body = {"messages": [{"role": "user", "content": "Hi"}], "stream": True}
    response = post(
        api_of(server, "stall"), "/v1/chat/completions", body, departure=departure
    )
    assert not isinstance(response.body, bytes)
    leaving = threading.Timer(0.2, departure.leave)
    leaving.start()

    events = list(response.body)

    leaving.join()
    assert b"answer_ended" in events[-1]
    assert server.left.wait(5)


def test_no_log_holds_a_question_an_answer_or_a_key(
    server: FaultEndpoint, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO)
    api = api_of(server, "healthy", ApiSettings(keys=(KEY,)))
    wrong = "a-key-that-is-wrong"

    for key in (KEY, wrong):
        for body in ({"text": "canary"}, {"text": "canary", "canary": 1}, b"canary"):
            post(api, "/chat", body, headers={"x-api-key": key})
            post(api, "/canary", body, headers={"x-api-key": key})

    assert len(caplog.records) == 12
    for secret in ("canary", "Falcon", KEY, wrong):
        assert secret not in caplog.text


def test_the_api_needs_no_web_server_page_or_database() -> None:
    """The Lambda carries neither."""
    ours = """
import sys
from falcon import Endpoint, FalconClient
from falcon.api import Api, ApiRequest, ApiSettings
nowhere = Endpoint(name="a", region="us-east-1", url="http://127.0.0.1:9")
client = FalconClient(nowhere, container="tgi")
api = Api(lambda: client, ApiSettings(keyless="everybody"))
asked = ApiRequest(method="POST", path="/chat", body=b'{"text": "Hi"}')
print(api.handle(asked).status, *sys.modules)
"""
    status, *loaded = subprocess.run(
        [sys.executable, "-c", ours],
        env={**os.environ, "PYTHONPATH": str(Path.cwd())},
        stdout=subprocess.PIPE,
        text=True,
        check=True,
    ).stdout.split()

    foreign = {"alembic", "pydantic", "sqlalchemy", "starlette", "streamlit", "anyio"}
    assert status == "502"
    assert foreign & set(loaded) == set()
