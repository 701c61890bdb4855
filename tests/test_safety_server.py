"""What the server's own routes give to strangers: reliability row S8."""

from __future__ import annotations

import http.client
from collections.abc import Iterator

import pytest

from tests.browser_fixtures import serve
from tests.raw_session import RawSession
from tests.slow_endpoint import serving_slowly

CANARY = "canary-question-51c9"
ROUTES = [
    ("GET", "/"),
    ("GET", "/_stcore/health"),
    ("GET", "/_stcore/host-config"),
    ("GET", "/_stcore/metrics"),
    ("GET", "/_stcore/allowed-message-origins"),
    ("GET", "/falcon.svg"),
    ("GET", "/api/x"),
    ("POST", "/_stcore/upload_file/a/b"),
    ("PUT", "/_stcore/upload_file/a/b"),
    ("DELETE", "/_stcore/upload_file/a/b"),
    ("OPTIONS", "/_stcore/health"),
    ("HEAD", "/"),
]
FOREIGN = [
    {"Host": "evil.example"},
    {"Host": "169.254.169.254"},
    {"Host": "localhost", "Origin": "http://evil.example"},
    {"Host": "localhost", "Origin": "null"},
    {"Host": "localhost", "Origin": "file://"},
]


@pytest.fixture(scope="module")
def port() -> Iterator[int]:
    settings = {"FALCON_ENDPOINT": "turns", "FALCON_REGION": "us-east-1"}
    with serving_slowly() as aws, serve(**aws.environ, **settings) as port:
        yield port


def request(
    port: int, method: str, path: str, headers: dict[str, str]
) -> tuple[int, dict[str, str], bytes]:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=10)
    try:
        connection.request(method, path, headers=headers)
        response = connection.getresponse()
        return response.status, dict(response.getheaders()), response.read()
    finally:
        connection.close()


@pytest.mark.parametrize("headers", FOREIGN)
def test_no_route_answers_a_foreign_host_or_page(
    port: int, headers: dict[str, str]
) -> None:
    answered = [
        (method, path)
        for method, path in ROUTES
        if request(port, method, path, headers)[0] != 421
    ]

    assert not answered


def test_no_page_from_elsewhere_may_read_an_answer(port: int) -> None:
    for method, path in ROUTES:
        for headers in ({}, *FOREIGN):
            _, answer, _ = request(port, method, path, headers)
            allowed = answer.get("Access-Control-Allow-Origin")
            assert allowed in (None, f"http://localhost:{port}"), (method, path)


def test_no_file_comes_up_without_the_pages_token(port: int) -> None:
    with RawSession(port, owner="a" * 22).open() as session:
        path = f"/_stcore/upload_file/{session.session_id}/b"
        for method in ("PUT", "POST", "DELETE"):
            assert request(port, method, path, {})[0] in (403, 405)


def test_no_route_tells_who_is_there_or_what_was_said(port: int) -> None:
    with RawSession(port, owner="a" * 22).open() as session:
        session.ask(CANARY)
        session.wait_for("1 questions")
        session.wait()
        words = [CANARY, "a" * 22, session.session_id, session.address["conversation"]]
        for method, path in ROUTES:
            _, headers, body = request(port, method, path, {})
            said = f"{headers}{body.decode('utf-8', 'replace')}"
            assert not [word for word in words if word in said], path


@pytest.mark.parametrize("guess", ["", "0" * 36, "..-..", "a" * 8000])
def test_a_guessed_session_is_a_new_one(port: int, guess: str) -> None:
    with RawSession(port, owner="a" * 22).open() as session:
        session.ask(CANARY)
        session.wait_for("1 questions")
        with RawSession(port, session=guess) as other:
            other.open()

            assert other.session_id not in (guess, session.session_id)
            assert not other.was_told(CANARY)
