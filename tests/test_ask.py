"""`python -m falcon ask`: what is asked, with which options, and how it fails."""

from __future__ import annotations

import io
import json
import os
import pty
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest

from falcon import errors
from falcon.__main__ import EXIT_CODES, exit_code, main, read_settings
from falcon.ask import LONGEST_QUESTION, Notes, read_question
from falcon.errors import ConfigurationError, FalconError, InvalidInputError
from falcon.local.event_stream import encode_payload_part
from falcon.local.process import PROJECT
from falcon.parameters import BOUNDS
from tests.fault_endpoint import Connection, FaultEndpoint
from tests.serving import running
from tests.stream_lines import final_line

NOBODY = "http://127.0.0.1:9"
"""Nobody listens on the port for discarding."""
ESCAPES = "\x1b]0;title\x07\x9b2J\r\tnews\n"
ANSWER = "Falcon\n"


class AskedConnection(Connection):
    """What a terminal has to expect besides the faults of every client."""

    def escapes(self) -> None:
        self.stream(self.part(ESCAPES), self.final)

    def reaches_its_limit(self) -> None:
        final = final_line(" Falcon", reason="length")
        self.stream(*self.begun, encode_payload_part(final))

    def says_nothing(self) -> None:
        self.stream(self.final)

    def hangs_up(self) -> None:
        self.close_connection = True


@pytest.fixture
def endpoint(monkeypatch: pytest.MonkeyPatch) -> Iterator[FaultEndpoint]:
    """Whatever endpoint is named; where none is read from, as from cron."""
    server = FaultEndpoint()
    server.RequestHandlerClass = AskedConnection
    with running(server):
        for name, value in environment(server.url).items():
            monkeypatch.setenv(name, value)
        for name in os.environ.keys() - without_settings().keys():
            monkeypatch.delenv(name)
        monkeypatch.delenv("AWS_PROFILE", raising=False)
        monkeypatch.setattr(sys, "stdin", None)
        yield server


def environment(url: str) -> dict[str, str]:
    """What makes boto3 ask there, and nobody else."""
    return {
        "AWS_ENDPOINT_URL_SAGEMAKER_RUNTIME": url,
        "AWS_ENDPOINT_URL_SAGEMAKER": NOBODY,
        "AWS_ACCESS_KEY_ID": "local",
        "AWS_SECRET_ACCESS_KEY": "local",
        "AWS_CONFIG_FILE": os.devnull,
        "AWS_SHARED_CREDENTIALS_FILE": os.devnull,
    }


def without_settings() -> dict[str, str]:
    """The environment of somebody who has set nothing."""
    return {
        name: value
        for name, value in os.environ.items()
        if not name.startswith("FALCON_")
    }


def at(name: str) -> list[str]:
    """The options that name an endpoint behind which TGI answers."""
    return ["--endpoint", name, "--region", "us-east-1", "--container", "tgi"]


@contextmanager
def started(
    *arguments: str, **streams: Any
) -> Iterator[subprocess.Popen[bytes]]:  # Any: whatever Popen takes
    command = [sys.executable, "-m", "falcon", "ask", *arguments]
    streams = {
        "bufsize": 0,
        "stdin": subprocess.DEVNULL,
        "stdout": subprocess.PIPE,
        "stderr": subprocess.PIPE,
        **streams,
    }
    with subprocess.Popen(command, cwd=PROJECT, **streams) as process:
        try:
            yield process
        finally:
            process.kill()


@contextmanager
def terminal() -> Iterator[tuple[int, int]]:
    """A terminal: what a person sees can be read from one end of it."""
    ends = pty.openpty()
    try:
        yield ends
    finally:
        for end in ends:
            os.close(end)


def piped(monkeypatch: pytest.MonkeyPatch, content: bytes) -> None:
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(content)))


def sent(endpoint: FaultEndpoint) -> dict[str, Any]:
    """The one request's body, which is JSON of TGI's making."""
    [body] = endpoint.bodies
    content = json.loads(body)
    assert isinstance(content, dict)
    return content


def test_the_answer_alone_is_on_standard_output(
    endpoint: FaultEndpoint, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["ask", "Hello", *at("healthy")]) == 0

    assert capsys.readouterr() == (ANSWER, "")
    assert "User: Hello\n" in sent(endpoint)["inputs"]


def test_what_is_piped_in_follows_the_question(
    endpoint: FaultEndpoint, monkeypatch: pytest.MonkeyPatch
) -> None:
    piped(monkeypatch, "노트 👩‍👩‍👧\n".encode())

    main(["ask", "Summarise:", *at("healthy"), "--model", "falcon3-7b-instruct"])

    assert "Summarise:\n\n노트 👩‍👩‍👧\n" in sent(endpoint)["inputs"]


@pytest.mark.parametrize("said", [None, "-", " "])
def test_what_is_piped_in_can_be_the_question(
    said: str | None, monkeypatch: pytest.MonkeyPatch
) -> None:
    piped(monkeypatch, b"\xef\xbb\xbfWhat is a falcon?")

    assert read_question(said, Notes()) == "What is a falcon?"


def test_an_empty_pipe_leaves_the_question_alone(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    piped(monkeypatch, b"\n")

    assert read_question("Hello", Notes()) == "Hello"


def test_standard_input_that_cannot_be_read_leaves_the_question_alone(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    with os.fdopen(os.open(os.devnull, os.O_WRONLY)) as stdin:
        monkeypatch.setattr(sys, "stdin", stdin)

        assert read_question("Hello", Notes()) == "Hello"


def test_nothing_to_ask_at_a_terminal_says_how_to_ask(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    with terminal() as (_, end), os.fdopen(end, closefd=False) as stdin:
        monkeypatch.setattr(sys, "stdin", stdin)

        with pytest.raises(ConfigurationError, match="python -m falcon ask"):
            read_question(None, Notes())


@pytest.mark.parametrize("said", [None, "", "-", "\n "])
def test_nothing_empty_is_asked(
    said: str | None, monkeypatch: pytest.MonkeyPatch
) -> None:
    piped(monkeypatch, b" \n")

    with pytest.raises(ConfigurationError, match="no question"):
        read_question(said, Notes())


def test_a_pipe_that_is_no_text_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    piped(monkeypatch, b"abc\xff")

    with pytest.raises(ConfigurationError, match="not UTF-8 text: byte 3 is 0xff"):
        read_question("Summarise:", Notes())


def test_a_pipe_without_end_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    piped(monkeypatch, b"y" * (LONGEST_QUESTION + 1))

    with pytest.raises(InvalidInputError, match="too long"):
        read_question(None, Notes())


def test_waiting_for_a_pipe_is_said(endpoint: FaultEndpoint) -> None:
    with started("Hello", *at("healthy"), stdin=subprocess.PIPE) as process:
        assert process.stderr is not None
        said = process.stderr.readline()
        process.communicate(b"there", timeout=20)

    assert said == b"Reading standard input to its end.\n"
    assert "Hello\nthere" in sent(endpoint)["inputs"]


def test_options_win_over_the_environment() -> None:
    environ = {
        "FALCON_ENDPOINT": "theirs",
        "FALCON_REGION": "eu-west-1",
        "FALCON_TOP_K": "wrong, but said otherwise",
        "FALCON_SEED": "7",
        "FALCON_SYSTEM_PROMPT": "Be long.",
    }

    settings = read_settings(
        environ, endpoint="mine", system="Be brief.", top_k=5, stop=["a|b", "c"]
    )

    assert settings.endpoint is not None
    assert (settings.endpoint.name, settings.endpoint.region) == ("mine", "eu-west-1")
    assert settings.system_prompt == "Be brief."
    assert (settings.parameters.top_k, settings.parameters.seed) == (5, 7)
    assert settings.parameters.stop == ("a|b", "c")


def test_every_parameter_of_a_streamed_answer_is_an_option_that_tells_its_range(
    capsys: pytest.CaptureFixture[str],
) -> None:
    with pytest.raises(SystemExit):
        main(["ask", "--help"])

    told = " ".join(capsys.readouterr().out.split())
    for name, bounds in BOUNDS.items():
        is_told = f"--{name.replace('_', '-')} " in told
        assert is_told == (name != "best_of")
        assert f"from {bounds.minimum} to {bounds.maximum}" in told or not is_told


def test_parameters_reach_the_endpoint(endpoint: FaultEndpoint) -> None:
    options = ["--max-new-tokens", "9", "--no-do-sample", "--stop", "\n"]

    main(["ask", "Hello", *at("healthy"), *options])

    parameters = sent(endpoint)["parameters"]
    assert parameters["max_new_tokens"] == 9
    assert not parameters.get("do_sample")
    assert "\n" in parameters["stop"]


@pytest.mark.parametrize(
    ("options", "expected"),
    [
        pytest.param({"endpoint": "x"}, "--region", id="no region"),
        pytest.param({"region": "us-east-1"}, "--endpoint", id="a region alone"),
        pytest.param({"container": "lmi"}, "--endpoint", id="a container alone"),
        pytest.param({"model": "falcon-7b-instruct"}, "GGUF", id="a model's name"),
        pytest.param({"top_p": 2.0}, "top_p must be from", id="out of range"),
        pytest.param(
            {"endpoint": "x", "region": "us-east-1", "model": "my.gguf"},
            "no model 'my.gguf'",
            id="a file behind an endpoint",
        ),
    ],
)
def test_wrong_usage_is_named(options: dict[str, Any], expected: str) -> None:
    with pytest.raises(ConfigurationError, match=expected):
        read_settings({}, **options)


def test_a_file_that_is_named_answers_and_no_endpoint_of_the_environment() -> None:
    environ = {"FALCON_ENDPOINT": "theirs", "FALCON_REGION": "eu-west-1"}

    settings = read_settings(environ, model="my.gguf")

    assert settings.endpoint is None
    assert settings.local_model == "my.gguf"


FAILURES = [
    ("http-400-ValidationError", 3),
    ("http-403-AccessDeniedException", 4),
    ("http-530-InternalDependencyException", 5),
    ("hangs-up", 6),
    ("http-424-ModelError-422", 8),
    ("http-424-ModelError-424", 9),
    ("foreign", 11),
    ("http-400-Other", 12),
]


@pytest.mark.parametrize(("fault", "expected"), FAILURES)
def test_a_failure_is_one_line_and_its_exit_code(
    endpoint: FaultEndpoint,
    capsys: pytest.CaptureFixture[str],
    fault: str,
    expected: int,
) -> None:
    assert main(["ask", "Hello", *at(fault)]) == expected

    out, err = capsys.readouterr()
    assert out == ""
    assert err.count("\n") == 1
    assert len(endpoint.bodies) == 1


def test_a_cut_answer_keeps_its_beginning(
    endpoint: FaultEndpoint, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["ask", "Hello", *at("no-finish")]) == 10

    out, err = capsys.readouterr()
    assert out == ANSWER
    assert err.count("\n") == 1
    assert len(endpoint.bodies) == 1


def test_each_error_has_its_exit_code() -> None:
    codes = {kind: code for code, _, kinds in EXIT_CODES for kind in kinds}
    tree = {
        kind
        for kind in vars(errors).values()
        if isinstance(kind, type) and issubclass(kind, FalconError)
    }

    assert {kind: exit_code(kind) for kind in codes} == codes
    assert {exit_code(kind) for kind in tree} == set(range(2, 14))
    # What asking a question cannot raise has no code of its own.
    assert tree - set(codes) == {
        errors.AttachmentError,
        errors.DeploymentError,
        errors.HistoryError,
    }


def test_the_help_lists_every_exit_code(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        main(["ask", "--help"])

    told = capsys.readouterr().out
    assert all(f"{code:5}  {meaning}\n" in told for code, meaning, _ in EXIT_CODES)
