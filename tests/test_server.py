"""The real server, started as people start it, asked over real sockets."""

from __future__ import annotations

import signal
import socket
import subprocess
import sys
import urllib.error
import urllib.request
from collections.abc import Iterator
from email.message import Message
from pathlib import Path

import pytest

from falcon.launch import FIRST_PORT, free_port
from tests.browser_fixtures import ROOT, own_environ, serve

STUDIO = {"SAGEMAKER_APP_TYPE_LOWERCASE": "jupyterlab"}
EVIL = "evil.example:8501"


@pytest.fixture(scope="module")
def local() -> Iterator[int]:
    with serve() as port:
        yield port


@pytest.fixture(scope="module")
def studio() -> Iterator[int]:
    with serve(**STUDIO) as port:
        yield port


def get(port: int, path: str, host: str | None = None) -> tuple[int, Message]:
    request = urllib.request.Request(f"http://127.0.0.1:{port}{path}")
    if host:
        request.add_header("Host", host)
    try:
        with urllib.request.urlopen(request, timeout=5) as response:
            return response.status, response.headers
    except urllib.error.HTTPError as error:
        with error:
            return error.code, error.headers


def open_websocket(port: int, *, host: str, origin: str) -> int:
    """The status with which the server answers a browser's opening handshake."""
    lines = [
        "GET /_stcore/stream HTTP/1.1",
        f"Host: {host}",
        f"Origin: {origin}",
        "Connection: Upgrade",
        "Upgrade: websocket",
        "Sec-WebSocket-Version: 13",
        "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==",
    ]
    with socket.create_connection(("127.0.0.1", port), timeout=5) as connection:
        connection.sendall(("\r\n".join(lines) + "\r\n\r\n").encode())
        return int(connection.recv(4096).split()[1])


@pytest.mark.parametrize("path", ["/", "/_stcore/health", "/_stcore/metrics", "/api/x"])
def test_no_route_answers_a_rebound_host(local: int, path: str) -> None:
    assert get(local, path, EVIL)[0] == 421


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost"])
def test_the_printed_address_and_its_name_are_answered(local: int, host: str) -> None:
    assert get(local, "/", f"{host}:{local}")[0] == 200


@pytest.mark.parametrize("path", ["/", "/_stcore/health", "/static/none.js"])
def test_every_response_carries_the_policy(local: int, path: str) -> None:
    _, headers = get(local, path)

    assert headers["Content-Security-Policy"].endswith("; frame-ancestors 'self'")


@pytest.mark.parametrize(
    ("host", "origin", "status"),
    [
        pytest.param("localhost:{}", "http://localhost:{}", 101, id="own page"),
        pytest.param(EVIL, f"http://{EVIL}", 403, id="rebound host"),
        pytest.param("127.0.0.1:{}", f"http://{EVIL}", 403, id="foreign page"),
        pytest.param("127.0.0.1:{}", "null", 403, id="page without an origin"),
    ],
)
def test_only_pages_of_this_machine_open_the_websocket(
    local: int, host: str, origin: str, status: int
) -> None:
    opened = open_websocket(local, host=host.format(local), origin=origin.format(local))

    assert opened == status


def test_studios_proxy_opens_the_websocket_with_a_rewritten_host(studio: int) -> None:
    origin = "https://xyz.studio.us-east-1.sagemaker.aws"

    assert open_websocket(studio, host="10.0.0.7:8443", origin=origin) == 101


def test_uploads_need_a_token_outside_studio_only(local: int, studio: int) -> None:
    cookies = [
        get(port, "/_stcore/health")[1]["Set-Cookie"] for port in (local, studio)
    ]

    assert "_streamlit_xsrf" in cookies[0]
    assert cookies[1] is None


def test_an_option_given_by_hand_wins_inside_studio() -> None:
    with serve("--server.enableXsrfProtection", "true", **STUDIO) as port:
        _, headers = get(port, "/_stcore/health")

    assert "_streamlit_xsrf" in headers["Set-Cookie"]


def start(*arguments: str, home: Path) -> subprocess.Popen[str]:
    """A first launch: nothing of an earlier one is in the home directory."""
    return subprocess.Popen(
        [sys.executable, "-m", *arguments],
        cwd=ROOT,
        env={**own_environ(), "HOME": str(home)},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )


def test_a_first_start_says_where_the_page_is_and_ctrl_c_ends_it(
    tmp_path: Path,
) -> None:
    port = free_port(20000)
    with start("falcon", "run", "--port", str(port), home=tmp_path) as process:
        assert process.stdout is not None
        said = [process.stdout.readline(), process.stdout.readline()]
        process.send_signal(signal.SIGINT)
        said += process.stdout.readlines()

    assert process.returncode == 0
    assert [line for line in said if line != "\n"] == [
        "Starting Falcon Chat\n",
        f"Falcon Chat is at http://127.0.0.1:{port} (Ctrl-C stops it)\n",
        "Stopped.\n",
    ]


def test_plain_streamlit_run_takes_the_next_free_port_and_says_so(
    tmp_path: Path,
) -> None:
    with socket.socket() as taken:
        taken.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            taken.bind(("127.0.0.1", FIRST_PORT))
            taken.listen()
        except OSError:
            pass  # Somebody else has it, which is as good.
        page = ("streamlit", "run", "streamlit_app.py")
        with start(*page, home=tmp_path) as process:
            assert process.stdout is not None
            said = process.stdout.readline()
            process.terminate()

    assert said.startswith(f"Port {FIRST_PORT} is taken, using ")
