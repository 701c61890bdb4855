"""Every fault ends in its typed error, with one generation and the text that came."""

from __future__ import annotations

import gc
import json
import threading
import time
from collections.abc import Iterator

import pytest

from falcon import Endpoint, FalconClient, GenerationParameters
from falcon.client import Timeouts
from falcon.conversation import Message
from falcon.errors import (
    DecodingError,
    EndpointConnectionError,
    EndpointError,
    EndpointNotFoundError,
    EndpointTimeoutError,
    EndpointUnavailableError,
    FalconError,
    GenerationError,
    IncompleteGenerationError,
    InvalidInputError,
    OverloadedError,
    PermissionDeniedError,
)
from tests.fault_endpoint import TEXT, FaultEndpoint, serving


@pytest.fixture
def faults() -> Iterator[FaultEndpoint]:
    with serving() as server:
        yield server


def client_for(server: FaultEndpoint, fault: str, **timeouts: float) -> FalconClient:
    endpoint = Endpoint(name=fault, region="us-east-1", url=server.url)
    return FalconClient(endpoint, timeouts=Timeouts(**{"read": 1.0, **timeouts}))


BEFORE_ANY_TEXT = [
    ("http-400-ValidationError", EndpointNotFoundError),
    ("http-400-Capacity", EndpointUnavailableError),
    ("http-400-ThrottlingException", EndpointUnavailableError),
    ("http-400-Other", EndpointError),
    ("http-403-AccessDeniedException", PermissionDeniedError),
    ("http-403-ExpiredTokenException", PermissionDeniedError),
    ("http-403-UnrecognizedClientException", PermissionDeniedError),
    ("http-413", InvalidInputError),
    ("http-424-ModelError-422", InvalidInputError),
    ("http-424-ModelError-424", GenerationError),
    ("http-424-ModelError-429", OverloadedError),
    ("http-424-ModelError-500", GenerationError),
    ("http-429", EndpointUnavailableError),
    ("http-429-ModelNotReadyException", EndpointUnavailableError),
    ("http-500-InternalFailure", EndpointUnavailableError),
    ("http-503-ServiceUnavailable", EndpointUnavailableError),
    ("http-530-InternalDependencyException", EndpointUnavailableError),
    ("silent", EndpointTimeoutError),
    ("no-events", IncompleteGenerationError),
    ("not-tgi", DecodingError),
    ("not-json", DecodingError),
    ("generation-error", GenerationError),
    ("overloaded", OverloadedError),
    ("invalid", InvalidInputError),
]


@pytest.mark.parametrize(("fault", "expected"), BEFORE_ANY_TEXT)
def test_a_request_that_fails_raises_its_error_after_one_generation(
    faults: FaultEndpoint, fault: str, expected: type[FalconError]
) -> None:
    with pytest.raises(FalconError) as caught:
        list(client_for(faults, fault).stream("Hello"))

    assert type(caught.value) is expected
    assert len(faults.bodies) == 1


CUT_SHORT = [
    "bad-checksum",
    "cut-at-frame-border",
    "cut-frame",
    "cut-frame-connection-closed",
    "declares-20-megabytes",
    "declares-2-gigabytes",
    "eof-in-chunk",
    "eof-without-terminator",
    "error-after-text",
    "error-frame",
    "internal-stream-failure",
    "model-stream-error",
    "no-finish",
    "random-bytes",
    "reset",
    "stall",
    "unknown-exception",
]


@pytest.mark.parametrize("fault", CUT_SHORT)
def test_an_answer_that_is_cut_is_incomplete_and_keeps_its_text(
    faults: FaultEndpoint, fault: str
) -> None:
    stream = client_for(faults, fault).stream("Hello")

    with pytest.raises(IncompleteGenerationError) as caught:
        list(stream)

    assert stream.text in ("Fal", "Falcon")
    assert caught.value.text == stream.text
    assert len(faults.bodies) == 1


def test_an_answer_that_drips_ends_at_the_deadline(faults: FaultEndpoint) -> None:
    stream = client_for(faults, "drip", total=0.3).stream("Hello")

    with pytest.raises(IncompleteGenerationError, match="longer than"):
        list(stream)

    assert faults.left.wait(2)


def test_an_unknown_event_is_passed_over(faults: FaultEndpoint) -> None:
    stream = client_for(faults, "unknown-event").stream("Hello")

    list(stream)

    assert stream.text == "Falcon"


def test_characters_split_over_events_arrive_whole(faults: FaultEndpoint) -> None:
    stream = client_for(faults, "one-byte-parts").stream("Hello")

    list(stream)

    assert stream.text == TEXT


def test_a_whole_answer_needs_no_stream(faults: FaultEndpoint) -> None:
    answer = client_for(faults, "healthy").generate("Hello")

    assert answer.text == TEXT
    assert json.loads(faults.bodies[0])["stream"] is False


def test_nothing_listening_is_a_connection_error() -> None:
    with serving() as gone:
        client = client_for(gone, "healthy")

    with pytest.raises(EndpointConnectionError):
        list(client.stream("Hello"))


def test_the_containers_own_words_are_not_shown(faults: FaultEndpoint) -> None:
    with pytest.raises(GenerationError) as caught:
        list(client_for(faults, "generation-error").stream("Hello"))

    assert "CUDA" not in str(caught.value)


def test_a_denied_request_names_the_missing_action(faults: FaultEndpoint) -> None:
    with pytest.raises(
        PermissionDeniedError, match="sagemaker:InvokeEndpointWithResponseStream"
    ):
        list(client_for(faults, "http-403-AccessDeniedException").stream("Hello"))


def test_a_prompt_counted_too_long_is_trimmed_and_asked_once_more(
    faults: FaultEndpoint,
) -> None:
    turns = [
        message
        for _ in range(20)
        for message in (Message("user", "x" * 60), Message("assistant", "y" * 60))
    ]
    stream = client_for(faults, "too-long-once").stream([*turns, Message("user", "z")])

    list(stream)

    first, second = (json.loads(body)["inputs"] for body in faults.bodies)
    assert len(second) < len(first)
    assert stream.prompt.dropped > 0
    assert stream.text == "Falcon"


def test_leaving_the_loop_ends_the_request(faults: FaultEndpoint) -> None:
    for _ in client_for(faults, "endless").stream("Hello"):
        break

    assert faults.left.wait(1)


def test_a_stream_that_is_dropped_ends_its_request_without_the_collector(
    faults: FaultEndpoint,
) -> None:
    gc.disable()
    try:
        iterator = iter(client_for(faults, "endless").stream("Hello"))
        next(iterator)
        del iterator
        assert faults.left.wait(1)
    finally:
        gc.enable()


@pytest.mark.parametrize("fault", ["silent", "stall", "endless"])
def test_close_from_another_thread_ends_a_blocked_reader_at_once(
    faults: FaultEndpoint, fault: str
) -> None:
    stream = client_for(faults, fault, read=8).stream("Hello")
    reader = threading.Thread(target=lambda: list(stream))
    reader.start()
    if fault == "endless":
        time.sleep(0.1)
    else:
        assert faults.asked.wait(2)

    stream.close()

    reader.join(0.5)
    assert not reader.is_alive()
    assert stream.finish is None
    assert faults.left.wait(1)


def test_a_closed_stream_asks_nothing(faults: FaultEndpoint) -> None:
    stream = client_for(faults, "healthy").stream("Hello")
    stream.close()

    assert list(stream) == []


def test_parameters_out_of_range_never_reach_the_endpoint() -> None:
    with pytest.raises(FalconError, match="top_p"):
        GenerationParameters(top_p=7)
