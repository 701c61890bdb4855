"""Questions of any size, from a program that no box holds back: reliability row S5."""

from __future__ import annotations

import subprocess
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import pytest
from websockets.exceptions import ConnectionClosed

from falcon.ui.composer.refusal import LONGEST_QUESTION
from tests.browser_fixtures import start
from tests.raw_session import RawSession
from tests.slow_endpoint import SlowEndpoint, serving_slowly

MEGABYTE = 1024**2
MOST_MEGABYTES = 100
"""What the server may have grown by after all of it: 21 MB went in."""


@pytest.fixture(scope="module")
def aws() -> Iterator[SlowEndpoint]:
    with serving_slowly() as endpoint:
        yield endpoint


@pytest.fixture(scope="module")
def server(aws: SlowEndpoint) -> Iterator[tuple[subprocess.Popen[str], int]]:
    settings = {"FALCON_ENDPOINT": "turns", "FALCON_REGION": "us-east-1"}
    with start(**aws.environ, **settings) as started:
        yield started


@pytest.fixture
def session(server: tuple[object, int], aws: SlowEndpoint) -> Iterator[RawSession]:
    aws.bodies.clear()
    with RawSession(server[1], owner="a" * 22) as session:
        yield session.open()


def megabytes(process: subprocess.Popen[str]) -> int:
    status = Path(f"/proc/{process.pid}/status").read_text()
    (line,) = (line for line in status.splitlines() if line.startswith("VmRSS"))
    return int(line.split()[1]) // 1024


def test_a_question_of_a_usual_size_is_asked(
    session: RawSession, aws: SlowEndpoint
) -> None:
    session.ask("x" * 1000)

    session.wait_for("1 questions")
    assert len(aws.bodies) == 1


@pytest.mark.parametrize("size", [LONGEST_QUESTION + 1, MEGABYTE, 4 * MEGABYTE])
def test_a_question_too_long_is_refused_before_anybody_is_asked(
    session: RawSession, aws: SlowEndpoint, size: int
) -> None:
    session.ask("x" * size)

    session.wait_for(f"this one has {size:,}")
    session.wait()
    assert not aws.bodies
    assert not session.address


def test_many_megabytes_end_the_connection_and_not_the_server(
    server: tuple[subprocess.Popen[str], int], aws: SlowEndpoint
) -> None:
    process, port = server
    with RawSession(port).open() as session:
        session.ask("Hello")
        session.wait_for("1 questions")
        before = megabytes(process)
    aws.bodies.clear()

    for size in (6, 20):
        with RawSession(port).open() as session:
            with suppress(ConnectionClosed):
                session.ask("x" * size * MEGABYTE)
            assert session.is_closed_within(20)

    assert megabytes(process) - before < MOST_MEGABYTES
    assert not aws.bodies
    with RawSession(port).open() as session:
        session.ask("Hello")
        session.wait_for("1 questions")


def test_what_is_no_message_ends_the_connection_and_not_the_server(
    server: tuple[object, int],
) -> None:
    for content in (b"\xff" * 1000, b"\x0a" * 100_000, b"GET / HTTP/1.1\r\n\r\n"):
        with RawSession(server[1]) as session:
            session.send_bytes(content)
            assert session.is_closed_within(20)
    with RawSession(server[1]) as session:
        session.open()
