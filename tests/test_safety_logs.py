"""What is asked and what signs it stay out of logs and errors: reliability row S9."""

from __future__ import annotations

import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.browser_fixtures import PORT_IN_OPENING_LINE, ROOT, own_environ
from tests.raw_session import RawSession
from tests.slow_endpoint import SlowEndpoint, serving_slowly
from tests.test_server import get

QUESTION = "canary-question-7f3a"
KEY_ID, SECRET, TOKEN = (
    "AKIACANARY7F3ACANARY",
    "canary/secret/7f3a",
    "canary-token-7f3a",
)
OWNER = "canaryowner7f3acanary7"
STARTS = [
    ("healthy", "info"),
    ("healthy", "debug"),
    ("http-403-AccessDeniedException", "debug"),
    ("bad-checksum", "debug"),
]
"""What the endpoint does, and how talkative Streamlit is."""


@pytest.fixture
def aws() -> Iterator[SlowEndpoint]:
    with serving_slowly() as endpoint:
        yield endpoint


def test_no_log_and_no_error_holds_a_question_or_a_key(
    aws: SlowEndpoint, tmp_path: Path
) -> None:
    """Whatever the endpoint does, with a crash at the end."""
    log = tmp_path / "log"
    environ = {
        **own_environ(),
        **aws.environ,
        "AWS_ACCESS_KEY_ID": KEY_ID,
        "AWS_SECRET_ACCESS_KEY": SECRET,
        "AWS_SESSION_TOKEN": TOKEN,
        "FALCON_REGION": "us-east-1",
        "PYTHONFAULTHANDLER": "1",
        "HOME": str(tmp_path),
    }
    told = ids = ""
    command = [sys.executable, "-m", "streamlit", "run", "streamlit_app.py"]
    for number, (fault, level) in enumerate(STARTS):
        with (
            log.open("ab") as output,
            subprocess.Popen(
                [*command, "--server.port", "0"],
                cwd=ROOT,
                env={
                    **environ,
                    "FALCON_ENDPOINT": fault,
                    "STREAMLIT_LOGGER_LEVEL": level,
                },
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
            ) as process,
        ):
            port = port_served(log, start=number)
            with RawSession(port, owner=OWNER).open() as session:
                session.ask(QUESTION)
                session.wait()
                session.wait()
                told += str(session.received)
                ids += f" {session.address['conversation']}"
                if level == "info":  # Streamlit itself tells it to who debugs it.
                    ids += f" {session.session_id}"
                status, _ = get(port, "/_stcore/metrics")
                assert status in (200, 404)
            # Python tells where every thread is.
            process.send_signal(signal.SIGABRT)

    written = log.read_bytes()
    assert written.count(b"Fatal Python error: Aborted") == len(STARTS)
    assert QUESTION in told
    for canary in (KEY_ID, SECRET, TOKEN):
        assert canary not in told
    for canary in (QUESTION, KEY_ID, SECRET, TOKEN, OWNER, *ids.split()):
        assert canary.encode() not in written


def port_served(log: Path, *, start: int) -> int:
    """The port of the server that was started as this one of them."""
    patience = time.monotonic() + 60
    while len(ports := PORT_IN_OPENING_LINE.findall(log.read_text())) <= start:
        assert time.monotonic() < patience, log.read_text()
        time.sleep(0.05)
    return int(ports[start])
