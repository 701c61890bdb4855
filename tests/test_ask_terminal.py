"""`python -m falcon ask` at a terminal and in pipes: what is shown, and how it ends."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from falcon.__main__ import main
from falcon.ask import Notes
from falcon.events import WaitEvent
from falcon.local.process import PROJECT, LocalEndpoint
from tests.fault_endpoint import FaultEndpoint
from tests.stream_lines import LINES
from tests.test_ask import (
    ANSWER,
    ESCAPES,
    at,
    environment,
    started,
    terminal,
    without_settings,
)
from tests.test_ask import endpoint as endpoint


def test_an_answer_at_its_limit_is_said_to_be(
    endpoint: FaultEndpoint, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["ask", "Hello", *at("reaches-its-limit")]) == 0

    out, err = capsys.readouterr()
    assert out == ANSWER
    assert "reached max_new_tokens, 256" in err
    assert len(endpoint.bodies) == 1


def test_an_empty_answer_is_said_to_be(
    endpoint: FaultEndpoint, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["ask", "Hello", *at("says-nothing")]) == 0

    assert capsys.readouterr() == ("", "The model answered nothing.\n")
    assert len(endpoint.bodies) == 1


def test_parameters_that_the_container_lacks_are_named(
    endpoint: FaultEndpoint,
    capsys: pytest.CaptureFixture[str],
) -> None:
    endpoint.lines = LINES["lmi"]

    main(["ask", "Hello", *at("healthy"), "--container=lmi", "--typical-p=0.5"])

    assert "lacks it: typical_p." in capsys.readouterr().err
    assert len(endpoint.bodies) == 1


def test_waiting_is_said_once_a_minute_where_no_terminal_shows_it(
    capsys: pytest.CaptureFixture[str],
) -> None:
    notes = Notes()

    for seconds in (0.2, 10.4, 59.9, 60.1, 70.0, 185.0):
        notes.wait(WaitEvent("The endpoint x is starting.", seconds))

    assert capsys.readouterr().err.splitlines() == [
        "The endpoint x is starting. 0 s so far",
        "The endpoint x is starting. 1 min so far",
        "The endpoint x is starting. 3 min so far",
    ]


def test_a_terminal_shows_waiting_in_place_and_takes_it_away(
    endpoint: FaultEndpoint,
) -> None:
    with (
        terminal() as (screen, end),
        started("Hello", *at("overloaded-then-1"), stderr=end) as process,
    ):
        out, _ = process.communicate(timeout=20)
        shown = os.read(screen, 1000).decode()

    waiting = "The endpoint overloaded-then-1 is busy. 0 s so far"
    assert out.decode() == ANSWER
    assert shown == f"{waiting}\r{' ' * len(waiting)}\r"
    assert len(endpoint.bodies) == 2


def test_a_line_that_would_wrap_is_shortened_before_the_time(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    with terminal() as (screen, end), os.fdopen(end, "w", closefd=False) as stderr:
        monkeypatch.setattr(sys, "stderr", stderr)
        notes = Notes()

        notes.wait(WaitEvent(f"The endpoint {'x' * 63} is starting.", 185.0))

        shown = os.read(screen, 1000).decode()
    assert len(shown) < 80
    assert shown.endswith("x… 3 min so far")


def test_control_characters_do_not_reach_a_terminal(endpoint: FaultEndpoint) -> None:
    with (
        terminal() as (screen, end),
        started("Hello", *at("escapes"), stdout=end) as process,
    ):
        process.communicate(timeout=20)
        shown = os.read(screen, 1000).decode()

    assert shown == "�]0;title��2J�\tnews\r\n"
    assert len(endpoint.bodies) == 1


def test_a_pipe_gets_the_exact_text(endpoint: FaultEndpoint) -> None:
    with started("Hello", *at("escapes")) as process:
        out, _ = process.communicate(timeout=20)

    assert out.decode() == ESCAPES
    assert len(endpoint.bodies) == 1


def test_ctrl_c_ends_the_request_and_the_line(endpoint: FaultEndpoint) -> None:
    with started("Hello", *at("endless")) as process:
        assert process.stdout is not None
        process.stdout.read(2)
        process.send_signal(signal.SIGINT)
        out, err = process.communicate(timeout=20)

    assert process.returncode == 130
    assert out.endswith(b"\n")
    assert not out.endswith(b"\n\n")
    assert err == b""
    assert endpoint.left.wait(5)


def test_a_reader_that_leaves_ends_the_request_quietly(
    endpoint: FaultEndpoint,
) -> None:
    with started("Hello", *at("endless")) as process:
        assert process.stdout is not None
        process.stdout.read(1)
        process.stdout.close()
        process.wait(20)
        assert process.stderr is not None
        err = process.stderr.read()

    assert process.returncode == 141
    assert err == b""
    assert endpoint.left.wait(5)


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="needs /dev/full")
def test_an_answer_that_cannot_be_written_is_one_line(endpoint: FaultEndpoint) -> None:
    with (
        Path("/dev/full").open("wb") as full,
        started("Hello", *at("endless"), stdout=full) as process,
    ):
        _, err = process.communicate(timeout=20)

    assert process.returncode == 13
    assert err.decode().splitlines() == [
        "The answer could not be written: No space left on device."
    ]
    assert endpoint.left.wait(5)


def test_korean_is_asked_and_answered_without_a_locale(
    local_endpoint: LocalEndpoint,
) -> None:
    environ = {
        **os.environ,
        **environment(local_endpoint.url),
        # Python's own remedies for such a locale are off as well.
        "LC_ALL": "C",
        "PYTHONUTF8": "0",
        "PYTHONCOERCECLOCALE": "0",
    }

    with started("팔콘이 뭔가요?", *at(local_endpoint.name), env=environ) as process:
        out, err = process.communicate(timeout=20)

    assert out.decode().startswith("팔콘은")
    assert err == b""


@pytest.mark.parametrize(
    ("question", "expected", "needed"),
    [
        pytest.param("What is a falcon?", 0, {"boto3"}, id="an answer"),
        pytest.param("", 2, set(), id="wrong usage"),
    ],
)
def test_only_what_it_takes_is_loaded(
    question: str, expected: int, needed: set[str]
) -> None:
    command = [sys.executable, "-X", "importtime", "-m", "falcon", "ask", question]

    done = subprocess.run(
        command,
        check=False,
        cwd=PROJECT,
        env=without_settings(),
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
    )

    assert done.returncode == expected
    loaded = {line.rpartition("|")[2].strip() for line in done.stderr.splitlines()}
    assert loaded & {"boto3", "starlette", "streamlit"} == needed


def test_without_an_endpoint_the_small_falcon_answers() -> None:
    with started("What is a falcon?", env=without_settings()) as process:
        out, _ = process.communicate(timeout=30)

    assert process.returncode == 0
    assert out.startswith(b"Falcon is a family of open large language models")


def test_a_model_that_cannot_be_served_is_one_line() -> None:
    with started("Hello", "--model", "no.gguf", env=without_settings()) as process:
        out, err = process.communicate(timeout=30)

    assert process.returncode == 2
    assert (out, err) == (b"", b"There is no file no.gguf.\n")


def test_closed_standard_streams_do_no_harm(endpoint: FaultEndpoint) -> None:
    command = [sys.executable, "-m", "falcon", "ask", "Hello", *at("healthy")]
    shell = ["sh", "-c", 'exec "$@" <&- 2>&-', "sh", *command]

    assert subprocess.check_output(shell, cwd=PROJECT) == ANSWER.encode()
    assert len(endpoint.bodies) == 1


def test_ctrl_c_ends_the_falcon_on_this_machine() -> None:
    options = ["--max-new-tokens", "1000", "--temperature", "5", "--seed", "1"]

    with started("Hello", *options, env=without_settings()) as process:
        assert process.stdout is not None
        process.stdout.read(1)
        process.send_signal(signal.SIGINT)
        # The child has the same standard error: its end is the end of both.
        process.communicate(timeout=20)

    assert process.returncode == 130
