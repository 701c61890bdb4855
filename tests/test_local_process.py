from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from urllib3.exceptions import ProtocolError

from falcon.local.process import PROJECT, LocalEndpoint
from tests.runtime_client import connect

PARENT = """
import sys, time
from falcon.local.process import LocalEndpoint

endpoint = LocalEndpoint(sys.argv[1]).start()
print(endpoint.wait(timeout=30), endpoint.url, flush=True)
time.sleep(60)
"""


def test_starting_does_not_wait(small_model: Path) -> None:
    began = time.perf_counter()

    with LocalEndpoint(str(small_model)) as endpoint:
        assert time.perf_counter() - began < 0.1
        assert endpoint.state == "starting"
        assert endpoint.facts is None


def test_a_request_sent_while_it_starts_is_answered(small_model: Path) -> None:
    with (
        LocalEndpoint(str(small_model)) as endpoint,
        connect(endpoint.url) as client,
    ):
        assert client.whole(max_new_tokens=1)
        assert endpoint.state == "ready"


def test_the_facts_say_what_answers(local_endpoint: LocalEndpoint) -> None:
    facts = local_endpoint.facts

    assert facts is not None
    assert facts.context_tokens == 1024
    assert facts.parameter_count > 1_000_000
    assert "Assistant:" in (facts.chat_template or "")


def test_a_killed_child_comes_back_at_the_same_address(small_model: Path) -> None:
    with LocalEndpoint(str(small_model)) as endpoint:
        assert endpoint.wait(timeout=30) == "ready"
        url, facts = endpoint.url, endpoint.facts

        kill_child(endpoint)

        assert endpoint.state == "starting"
        assert endpoint.facts == facts
        assert "SIGKILL" in endpoint.reason
        with connect(url) as client:
            assert client.whole(max_new_tokens=1)
        assert endpoint.wait(timeout=30) == "ready"
        assert endpoint.url == url


def test_a_stream_whose_child_is_killed_breaks_off(small_model: Path) -> None:
    with (
        LocalEndpoint(str(small_model)) as endpoint,
        connect(endpoint.url) as client,
    ):
        parts = client.parts(max_new_tokens=1000, temperature=1e9, seed=1)
        next(parts)

        kill_child(endpoint)

        with pytest.raises(ProtocolError):
            list(parts)


def test_closing_ends_the_child_and_frees_the_address(small_model: Path) -> None:
    with LocalEndpoint(str(small_model)) as endpoint:
        endpoint.wait(timeout=30)

    assert is_refused(endpoint.url)


def test_closing_while_it_starts_leaves_nothing_behind(small_model: Path) -> None:
    endpoint = LocalEndpoint(str(small_model)).start()

    endpoint.close()

    assert is_refused(endpoint.url)


def test_the_child_dies_with_a_parent_that_is_killed(small_model: Path) -> None:
    command = [sys.executable, "-c", PARENT, str(small_model)]
    with subprocess.Popen(command, cwd=PROJECT, stdout=subprocess.PIPE) as parent:
        assert parent.stdout is not None
        state, url = parent.stdout.readline().decode().split()
        assert state == "ready"

        parent.kill()

    assert is_refused(url, within=10)


def test_a_file_that_cannot_be_served_is_unavailable_with_the_reason(
    tmp_path: Path,
) -> None:
    broken = tmp_path / "broken.gguf"
    broken.write_bytes(b"GGUF")

    with LocalEndpoint(str(broken)) as endpoint:
        assert endpoint.wait(timeout=30) == "unavailable"
        assert endpoint.reason.startswith(str(broken))
        assert is_refused(endpoint.url, within=10)


def test_without_xllamacpp_it_is_unavailable_with_the_reason(
    small_model: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    broken_wheel = tmp_path / "xllamacpp.py"
    broken_wheel.write_text("raise ImportError('no wheel for this machine')")
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))

    with LocalEndpoint(str(small_model)) as endpoint:
        assert endpoint.wait(timeout=30) == "unavailable"
        assert "xllamacpp" in endpoint.reason
        assert "no wheel for this machine" in endpoint.reason


def test_a_child_that_always_dies_is_given_up(
    small_model: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    broken_wheel = tmp_path / "xllamacpp.py"
    broken_wheel.write_text("import os, signal; os.kill(os.getpid(), signal.SIGILL)")
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))

    with LocalEndpoint(str(small_model)) as endpoint:
        assert endpoint.wait(timeout=30) == "unavailable"
        assert "SIGILL" in endpoint.reason


def kill_child(endpoint: LocalEndpoint) -> None:
    """Kill the child and wait until that was noticed."""
    child = endpoint._child
    assert child is not None
    os.kill(child.pid, signal.SIGKILL)
    while endpoint.state == "ready":
        time.sleep(0.001)


def is_refused(url: str, *, within: float = 0) -> bool:
    """Whether nobody listens at this address, or soon will."""
    address = urlsplit(url)
    deadline = time.monotonic() + within
    while True:
        with socket.socket() as connection:
            if connection.connect_ex((address.hostname, address.port)) != 0:
                return True
        if time.monotonic() > deadline:
            return False
        time.sleep(0.01)
