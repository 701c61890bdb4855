"""The Chat API on the page's port, over real sockets: reliability row S11."""

from __future__ import annotations

import asyncio
import json
import signal
import socket
import time
from collections.abc import Iterator
from http.client import HTTPConnection, HTTPResponse
from typing import Any

import pytest
from starlette.types import Message

from falcon.api.body import LONGEST_BODY
from falcon.routes import ApiRoute
from tests.api_requests import KEY, api_with, unasked
from tests.browser_fixtures import serve, start
from tests.slow_endpoint import SlowEndpoint, serving_slowly
from tests.test_server import open_websocket

PAGE = "https://chat.example.com"
EVIL = "https://evil.example"
QUESTION = json.dumps({"text": "Hi"})
BAD = json.dumps({"text": ""})
"""Who may ask is told that it is empty."""
STREAM = json.dumps({"messages": [{"role": "user", "content": "Hi"}], "stream": True})
WITH_KEY = {"x-api-key": KEY}


@pytest.fixture(scope="module")
def aws() -> Iterator[SlowEndpoint]:
    with serving_slowly() as endpoint:
        yield endpoint


@pytest.fixture(scope="module")
def guarded(aws: SlowEndpoint) -> Iterator[int]:
    """With keys, another origin, and an endpoint that answers until it is stopped."""
    settings = {
        "FALCON_ENDPOINT": "slow",
        "FALCON_REGION": "us-east-1",
        "FALCON_API_KEYS": f"{KEY},another-key-of-this-test",
        "FALCON_API_ORIGINS": PAGE,
        "FALCON_MOST_OPEN_PER_PERSON": "2",
    }
    with serve(**aws.environ, **settings) as port:
        yield port


@pytest.fixture(scope="module")
def keyless() -> Iterator[int]:
    """As a newcomer starts it: no keys, the small Falcon."""
    with serve() as port:
        yield port


@pytest.fixture
def endless(aws: SlowEndpoint) -> SlowEndpoint:
    """The endpoint of `guarded`, which nobody asks now."""
    patience = time.monotonic() + 10
    while aws.open and time.monotonic() < patience:
        time.sleep(0.02)
    aws.left.clear()
    return aws


def ask(
    port: int, method: str, path: str, body: str | bytes = "", **headers: str
) -> tuple[HTTPResponse, bytes]:
    connection = HTTPConnection("127.0.0.1", port, timeout=30)
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    connection.request(method, path, body, named)
    response = connection.getresponse()
    read = response.read()
    connection.close()
    return response, read


def error(body: bytes) -> dict[str, Any]:
    told: dict[str, Any] = json.loads(body)["error"]
    return told


def test_a_newcomer_asks_the_small_falcon_without_a_key(keyless: int) -> None:
    response, body = ask(keyless, "POST", "/chat", QUESTION)

    assert response.status == 200
    answer = json.loads(body)
    assert answer["statusCode"] == 200
    assert answer["msg"]
    assert answer["finish_reason"] == "eos_token"


@pytest.mark.parametrize(
    "header", ["X-Forwarded-For", "Forwarded", "X-Real-IP", "Via", "X-Forwarded-Proto"]
)
def test_without_keys_nobody_is_answered_through_a_proxy(
    keyless: int, header: str
) -> None:
    response, body = ask(keyless, "POST", "/chat", BAD, **{header: "127.0.0.1"})

    assert response.status == 403
    assert error(body)["code"] == "keys_not_configured"


@pytest.mark.parametrize(
    ("environ", "arguments"),
    [
        pytest.param({"SAGEMAKER_APP_TYPE_LOWERCASE": "jupyterlab"}, (), id="Studio"),
        pytest.param({"FALCON_ALLOWED_HOSTS": "chat.example.com"}, (), id="host name"),
        pytest.param({}, ("--server.address", "0.0.0.0"), id="network"),
    ],
)
def test_without_keys_nobody_is_answered_where_others_can_come(
    environ: dict[str, str], arguments: tuple[str, ...]
) -> None:
    with serve(*arguments, **environ) as port:
        response, body = ask(port, "POST", "/chat", BAD)

    assert response.status == 403
    assert "Set FALCON_API_KEYS" in error(body)["message"]


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("FALCON_API_KEYS", "short"),
        ("FALCON_API_ORIGINS", "*"),
        ("FALCON_ENDPOINT", "no/name"),
    ],
)
def test_a_wrong_setting_is_named_and_the_page_still_served(
    name: str, value: str
) -> None:
    with serve(**{name: value, "FALCON_REGION": "us-east-1"}) as port:
        page, _ = ask(port, "GET", "/")
        response, body = ask(port, "POST", "/chat", QUESTION)

    assert page.status == 200
    assert response.status == 500
    assert error(body)["code"] == "misconfigured"
    assert name in error(body)["message"]


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({}, 401),
        ({"x-api-key": "wrong"}, 401),
        ({"Authorization": "Bearer wrong"}, 401),
        ({"x-api-key": KEY}, 400),
        ({"Authorization": "Bearer another-key-of-this-test"}, 400),
    ],
)
def test_a_configured_key_is_asked_for_even_on_this_machine(
    guarded: int, headers: dict[str, str], status: int
) -> None:
    response, _ = ask(guarded, "POST", "/chat", BAD, **headers)

    assert response.status == status


@pytest.mark.parametrize("length", ["announced", "chunked"])
def test_a_body_too_large_is_refused_before_it_is_read(
    guarded: int, length: str
) -> None:
    """6 MB and one byte, of which the server takes little more than it may."""
    lines = ["POST /chat HTTP/1.1", "Host: localhost", f"x-api-key: {KEY}"]
    body = b" " * 65_536
    if length == "announced":
        lines.append(f"Content-Length: {6 * 2**20 + 1}")
    else:
        lines.append("Transfer-Encoding: chunked")
        body = b"%x\r\n%b\r\n" % (len(body), body)
    with socket.create_connection(("127.0.0.1", guarded), timeout=10) as connection:
        connection.sendall(("\r\n".join(lines) + "\r\n\r\n").encode())
        answer = b""
        try:
            for _ in range(2 * LONGEST_BODY // len(body)):
                connection.sendall(body)
            answer = connection.recv(65_536)
        except ConnectionError:
            pass  # It has hung up, which is as good.

    assert not answer or answer.startswith(b"HTTP/1.1 413 ")


def test_chunks_without_a_length_are_read(guarded: int) -> None:
    connection = HTTPConnection("127.0.0.1", guarded, timeout=10)
    connection.request("POST", "/chat", iter([b'{"te', b'xt": ""}']), WITH_KEY)
    told = error(connection.getresponse().read())
    connection.close()

    assert told["param"] == "text"


def test_a_form_is_not_read(guarded: int) -> None:
    headers = {**WITH_KEY, "Content-Type": "application/x-www-form-urlencoded"}

    response, _ = ask(guarded, "POST", "/chat", "text=Hi", **headers)

    assert response.status == 415


@pytest.mark.parametrize("path", ["/chat", "/v1/chat/completions"])
def test_a_page_from_elsewhere_gets_no_leave(guarded: int, path: str) -> None:
    headers = {"Origin": EVIL, "Access-Control-Request-Method": "POST"}

    for method in ("OPTIONS", "POST"):
        response, _ = ask(guarded, method, path, BAD, **headers)
        assert response.status == 421
        assert response.headers["Access-Control-Allow-Origin"] is None


def test_the_configured_page_may_ask(guarded: int) -> None:
    headers = {
        "Origin": PAGE,
        "Access-Control-Request-Method": "POST",
        "Access-Control-Request-Headers": "access-control-allow-origin,x-api-key",
    }

    preflight, _ = ask(guarded, "OPTIONS", "/chat", **headers)
    response, _ = ask(guarded, "POST", "/chat", BAD, Origin=PAGE, **WITH_KEY)

    assert preflight.status == 204
    assert response.status == 400
    for told in (preflight, response):
        assert told.headers["Access-Control-Allow-Origin"] == PAGE


@pytest.mark.parametrize("path", ["/", "/_stcore/health", "/v1", "/chat/x"])
def test_the_configured_page_may_ask_nothing_else(guarded: int, path: str) -> None:
    response, _ = ask(guarded, "GET", path, Origin=PAGE)

    assert response.status == 421


def test_it_may_not_open_the_pages_websocket(guarded: int) -> None:
    host = f"127.0.0.1:{guarded}"

    assert open_websocket(guarded, host=host, origin=PAGE) == 403


def test_a_rebound_host_is_refused_whatever_its_key(guarded: int) -> None:
    for origin in ({}, {"Origin": PAGE}):
        headers = {"Host": "evil.example", **origin, **WITH_KEY}
        assert ask(guarded, "POST", "/chat", BAD, **headers)[0].status == 421


def test_pipelined_requests_are_answered_in_their_order(guarded: int) -> None:
    bodies = [json.dumps({"text": "", "x" * n: 1}) for n in (1, 2, 3)]
    requests = "".join(
        f"POST /chat HTTP/1.1\r\nHost: localhost\r\nx-api-key: {KEY}\r\n"
        f"x-request-id: id-{len(body)}\r\nContent-Length: {len(body)}\r\n\r\n{body}"
        for body in bodies
    )
    with socket.create_connection(("127.0.0.1", guarded), timeout=10) as connection:
        connection.sendall(requests.encode())
        answer = b""
        while answer.count(b"x-request-id: ") < 3:
            received = connection.recv(65_536)
            assert received
            answer += received

    ids = [line for line in answer.split(b"\r\n") if line.startswith(b"x-request-id")]
    assert ids == [f"x-request-id: id-{len(body)}".encode() for body in bodies]


def test_slow_clients_keep_nobody_else_from_an_answer(guarded: int) -> None:
    head = b"POST /chat HTTP/1.1\r\nHost: localhost\r\nContent-Length: 9\r\n"
    slow = [socket.create_connection(("127.0.0.1", guarded)) for _ in range(60)]
    try:
        for number, connection in enumerate(slow):
            connection.sendall(head + b"\r\n{" * (number % 2))
        began = time.monotonic()
        response, _ = ask(guarded, "POST", "/chat", BAD, **WITH_KEY)
        took = time.monotonic() - began
    finally:
        for connection in slow:
            connection.close()

    assert response.status == 400
    assert took < 5


def test_a_body_that_does_not_come_is_not_waited_for() -> None:
    route = ApiRoute(lambda: api_with(unasked), seconds_for_body=0.05)
    sent: list[Message] = []

    async def receive() -> Message:
        await asyncio.sleep(60)
        raise AssertionError

    async def send(message: Message) -> None:
        sent.append(message)

    scope = {"type": "http", "method": "POST", "path": "/chat", "headers": []}
    asyncio.run(route(scope, receive, send))

    assert sent[0]["status"] == 408
    assert error(sent[1]["body"])["code"] == "request_timeout"


def test_a_client_that_leaves_while_it_sends_is_not_answered() -> None:
    sent: list[Message] = []

    async def receive() -> Message:
        return {"type": "http.disconnect"}

    async def send(message: Message) -> None:
        sent.append(message)

    scope = {"type": "http", "method": "POST", "path": "/chat", "headers": []}
    asyncio.run(ApiRoute(lambda: api_with(unasked))(scope, receive, send))

    assert sent == []


@pytest.mark.parametrize(
    ("path", "body"),
    [
        pytest.param("/chat", QUESTION, id="while it waits"),
        pytest.param("/v1/chat/completions", STREAM, id="in the stream"),
    ],
)
def test_a_client_that_leaves_ends_the_generation(
    guarded: int, endless: SlowEndpoint, path: str, body: str
) -> None:
    asked = len(endless.bodies)
    connection = HTTPConnection("127.0.0.1", guarded, timeout=10)
    connection.request("POST", path, body, WITH_KEY)
    while len(endless.bodies) == asked:
        time.sleep(0.01)
    if body == STREAM:
        response = connection.getresponse()
        assert response.readline().startswith(b"data: ")
        response.close()
    connection.close()

    assert endless.left.wait(5)


def test_a_stream_comes_as_it_is_made(guarded: int, endless: SlowEndpoint) -> None:
    connection = HTTPConnection("127.0.0.1", guarded, timeout=10)
    headers = {**WITH_KEY, "Accept-Encoding": "gzip"}
    connection.request("POST", "/v1/chat/completions", STREAM, headers)
    response = connection.getresponse()
    lines = [response.readline() for _ in range(8)]
    response.close()
    connection.close()

    assert response.headers["Content-Type"] == "text/event-stream"
    assert response.headers["Content-Encoding"] is None
    assert b"word2" in lines[6]
    assert endless.left.wait(5)


def test_a_key_has_so_many_answers_at_a_time_and_gets_its_places_back(
    guarded: int, endless: SlowEndpoint
) -> None:
    open_ones = []
    for _ in range(2):
        connection = HTTPConnection("127.0.0.1", guarded, timeout=10)
        connection.request("POST", "/v1/chat/completions", STREAM, WITH_KEY)
        open_ones.append((connection, connection.getresponse()))

    refused, body = ask(guarded, "POST", "/chat", QUESTION, **WITH_KEY)
    for connection, response in open_ones:
        response.close()
        connection.close()

    assert refused.status == 429
    assert error(body)["code"] == "rate_limited"
    patience = time.monotonic() + 5
    while endless.open:
        assert time.monotonic() < patience
        time.sleep(0.02)


def test_a_request_id_comes_back(guarded: int) -> None:
    headers = {**WITH_KEY, "x-request-id": "mine-7"}

    response, body = ask(guarded, "POST", "/chat", BAD, **headers)

    assert response.headers["x-request-id"] == "mine-7"
    assert error(body)["request_id"] == "mine-7"


def test_no_log_holds_a_question_an_answer_or_a_key(aws: SlowEndpoint) -> None:
    settings = {
        "FALCON_ENDPOINT": "unknown",
        "FALCON_REGION": "us-east-1",
        "FALCON_API_KEYS": KEY,
        "STREAMLIT_LOGGER_LEVEL": "debug",
    }
    canary = json.dumps({"text": "canary-question"})
    with start(**aws.environ, **settings) as (process, port):
        for headers in (WITH_KEY, {"x-api-key": "canary-key"}):
            for body in (canary, f"{canary}}}", canary.replace("text", "canary")):
                ask(port, "POST", "/chat", body, **headers)
                ask(port, "POST", "/canary-path", body, **headers)
        process.terminate()
        assert process.stdout is not None
        log = process.stdout.read()

    for secret in (KEY, "canary-", "small Falcon network"):
        assert secret not in log


def test_the_server_ends_while_an_answer_is_streamed(aws: SlowEndpoint) -> None:
    settings = {"FALCON_ENDPOINT": "slow", "FALCON_REGION": "us-east-1"}
    with start(**aws.environ, **settings) as (process, port):
        connection = HTTPConnection("127.0.0.1", port, timeout=10)
        connection.request("POST", "/v1/chat/completions", STREAM)
        response = connection.getresponse()
        response.readline()
        process.send_signal(signal.SIGTERM)
        began = time.monotonic()
        rest = response.read()
        process.wait(timeout=10)
        took = time.monotonic() - began
        connection.close()

    assert took < 5
    assert b"answer_ended" in rest
    assert b"[DONE]" not in rest
