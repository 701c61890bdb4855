from __future__ import annotations

import asyncio
from collections.abc import Collection

import pytest
from starlette.types import Message, Receive, Scope, Send

from falcon.hosts import LOCAL_HOSTS, HostCheck, allowed_hosts
from falcon.studio import App, Space

API_PAGE = "https://chat.example.com"


async def page(scope: Scope, _receive: Receive, send: Send) -> None:
    """Answers whatever it is asked, so that an answer shows that it was asked."""
    await send({"type": f"{scope['type']}.answered"})


def ask(
    *hosts: str,
    origin: str | None = None,
    allowed: Collection[str] = LOCAL_HOSTS,
    kind: str = "http",
    path: str = "/api/chat",
) -> list[Message]:
    """What a server would send to a client that names these hosts."""
    headers = [(b"host", host.encode()) for host in hosts]
    if origin is not None:
        headers.append((b"origin", origin.encode()))
    sent: list[Message] = []

    async def receive() -> Message:
        return {"type": "http.request"}

    async def send(message: Message) -> None:
        sent.append(message)

    scope = {
        "type": kind,
        "method": "GET",
        "path": path,
        "headers": headers,
    }
    check = HostCheck(page, allowed=allowed, api_origins=[API_PAGE])
    asyncio.run(check(scope, receive, send))
    return sent


@pytest.mark.parametrize(
    "host",
    ["127.0.0.1", "127.0.0.1:8501", "localhost:65535", "LocalHost:8501", "localhost."],
)
def test_this_machine_is_answered_on_any_port(host: str) -> None:
    assert ask(host) == [{"type": "http.answered"}]


@pytest.mark.parametrize(
    "host",
    [
        "",
        "evil.example",
        "evil.example:8501",
        "127.0.0.1.evil.example",
        "localhost.evil.example",
        "localhost@evil.example",
        "user@localhost",
        "localhost/evil",
        "localhost?evil",
        "localhost#evil",
        "localhost:8501:1",
        "localhost:99999",
        "localhost:port",
        "0.0.0.0:8501",
        "[::1]:8501",
        "[localhost",
        "locälhost",
    ],
)
def test_another_name_is_refused_in_one_line(host: str) -> None:
    start, body = ask(host)

    assert start["status"] == 421
    assert body["body"].count(b"\n") == 1


def test_a_request_without_a_host_is_refused() -> None:
    assert ask()[0]["status"] == 421


def test_a_request_with_two_hosts_is_refused() -> None:
    assert ask("localhost", "evil.example")[0]["status"] == 421


@pytest.mark.parametrize(
    "origin", ["http://127.0.0.1:8501", "http://localhost:3000", "https://localhost"]
)
def test_a_page_of_this_machine_is_answered(origin: str) -> None:
    assert ask("localhost:8501", origin=origin) == [{"type": "http.answered"}]


@pytest.mark.parametrize(
    "origin", ["http://evil.example", "https://localhost.evil.example", "null", ""]
)
def test_a_page_from_elsewhere_is_refused(origin: str) -> None:
    assert ask("localhost:8501", origin=origin)[0]["status"] == 421


@pytest.mark.parametrize("path", ["/chat", "/v1/models", "/v1/models/falcon"])
def test_a_page_that_may_ask_the_api_is_answered_there(path: str) -> None:
    assert ask("localhost", origin=API_PAGE, path=path) == [{"type": "http.answered"}]


@pytest.mark.parametrize(
    ("host", "origin", "path", "kind"),
    [
        ("localhost", API_PAGE, "/", "http"),
        ("localhost", API_PAGE, "/chat/", "http"),
        ("localhost", API_PAGE, "/chat", "websocket"),
        ("localhost", f"{API_PAGE}:8443", "/chat", "http"),
        ("localhost", "http://chat.example.com", "/chat", "http"),
        ("chat.example.com", API_PAGE, "/chat", "http"),
    ],
)
def test_it_is_refused_elsewhere_and_under_another_name(
    host: str, origin: str, path: str, kind: str
) -> None:
    (first, *_) = ask(host, origin=origin, path=path, kind=kind)

    assert first.get("status", first.get("code")) in (421, 1008)


def test_a_websocket_is_refused_before_it_is_accepted() -> None:
    sent = ask("evil.example", kind="websocket")

    assert sent == [{"type": "websocket.close", "code": 1008}]


def test_a_websocket_of_this_machine_is_passed_on() -> None:
    sent = ask("localhost:8501", kind="websocket")

    assert sent == [{"type": "websocket.answered"}]


def test_the_start_of_the_server_is_passed_on() -> None:
    assert ask(kind="lifespan") == [{"type": "lifespan.answered"}]


def test_a_machine_of_ones_own_names_its_hosts() -> None:
    hosts = allowed_hosts({"FALCON_ALLOWED_HOSTS": "Chat.example.com, 10.0.0.7,"}, None)

    assert hosts == ("127.0.0.1", "localhost", "chat.example.com", "10.0.0.7")


def test_inside_studio_every_host_is_answered() -> None:
    hosts = allowed_hosts({}, Space(app=App.JUPYTERLAB))

    assert ask("10.0.0.7:8443", allowed=hosts) == [{"type": "http.answered"}]
