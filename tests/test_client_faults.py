"""Every fault ends in its typed error, with one generation and the text that came."""

from __future__ import annotations

import json
import tracemalloc
from collections.abc import Iterator

import pytest
import urllib3
from botocore.exceptions import ClientError

from falcon import FalconClient, GenerationParameters
from falcon.containers import CONTAINER_NAMES, ContainerName
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
    PermissionDeniedError,
)
from tests.fault_client import client_for
from tests.fault_endpoint import TEXT, FaultEndpoint, serving
from tests.fault_modes import SIZES
from tests.fault_wire import ORIGINALS

MEGABYTE = 1_000_000


@pytest.fixture
def faults() -> Iterator[FaultEndpoint]:
    with serving() as server:
        yield server


REFUSED = [
    ("http-400-ValidationError", EndpointNotFoundError),
    ("http-400-Other", EndpointError),
    ("http-403-AccessDeniedException", PermissionDeniedError),
    ("http-403-ExpiredTokenException", PermissionDeniedError),
    ("http-403-UnrecognizedClientException", PermissionDeniedError),
    ("http-413", InvalidInputError),
    ("http-424-ModelError-400", InvalidInputError),
    ("http-424-ModelError-422", InvalidInputError),
    ("http-424-ModelError-424", GenerationError),
    ("http-424-ModelError-500", GenerationError),
    ("http-530-InternalDependencyException", EndpointUnavailableError),
]
BEFORE_ANY_TEXT = [
    *REFUSED,
    ("silent", EndpointTimeoutError),
    ("no-events", IncompleteGenerationError),
    ("foreign", DecodingError),
    ("not-json", DecodingError),
    ("error-object", GenerationError),
    ("invalid", InvalidInputError),
    ("early-bad-checksum", DecodingError),
    ("early-random-bytes", DecodingError),
    ("early-declares-2-gigabytes", DecodingError),
    ("early-declares-20-megabytes", IncompleteGenerationError),
    ("early-stream-broken", IncompleteGenerationError),
    ("early-time-exceeded", IncompleteGenerationError),
    ("early-internal-stream-failure", IncompleteGenerationError),
    ("early-error-frame", IncompleteGenerationError),
    ("early-unknown-exception", IncompleteGenerationError),
]


@pytest.mark.parametrize(("fault", "expected"), BEFORE_ANY_TEXT)
def test_a_request_that_fails_raises_its_error_after_one_generation(
    faults: FaultEndpoint, fault: str, expected: type[FalconError]
) -> None:
    with pytest.raises(FalconError) as caught:
        list(client_for(faults, fault, read=0.3).stream("Hello"))

    assert type(caught.value) is expected
    assert len(faults.bodies) == 1


@pytest.mark.parametrize(("fault", "expected"), REFUSED[-4:])
def test_a_whole_answer_that_is_refused_raises_the_same_error(
    faults: FaultEndpoint, fault: str, expected: type[FalconError]
) -> None:
    with pytest.raises(FalconError) as caught:
        client_for(faults, fault).generate("Hello")

    assert type(caught.value) is expected
    assert len(faults.bodies) == 1


@pytest.mark.parametrize("status", [424, 500])
def test_what_a_container_says_of_itself_is_not_shown(
    faults: FaultEndpoint, status: int
) -> None:
    with pytest.raises(GenerationError) as caught:
        list(client_for(faults, f"http-424-ModelError-{status}").stream("Hello"))

    assert "CUDA" not in str(caught.value)
    assert ORIGINALS[status] not in str(caught.value)


AFTER_TEXT = [
    "bad-checksum",
    "cut-frame",
    "declares-20-megabytes",
    "declares-2-gigabytes",
    "eof-in-chunk",
    "eof-without-terminator",
    "error-after-text",
    "error-frame",
    "failure-after-text",
    "internal-stream-failure",
    "no-finish",
    "overloaded-after-text",
    "random-bytes",
    "reset",
    "stall",
    "stall-closed",
    "stream-broken",
    "time-exceeded",
    "unknown-exception",
]


@pytest.mark.parametrize("fault", AFTER_TEXT)
def test_an_answer_that_is_cut_is_incomplete_and_keeps_its_text(
    faults: FaultEndpoint, fault: str
) -> None:
    stream = client_for(faults, fault, read=0.3).stream("Hello")

    with pytest.raises(IncompleteGenerationError) as caught:
        list(stream)

    assert stream.text in ("Fal", "Falcon")
    assert caught.value.text == stream.text
    assert len(faults.bodies) == 1


def test_an_answer_that_sagemaker_ends_for_its_length_says_so(
    faults: FaultEndpoint,
) -> None:
    with pytest.raises(IncompleteGenerationError, match="longer than SageMaker allows"):
        list(client_for(faults, "time-exceeded").stream("Hello"))


def test_an_unknown_event_is_passed_over(faults: FaultEndpoint) -> None:
    stream = client_for(faults, "unknown-event").stream("Hello")

    list(stream)

    assert stream.text == "Falcon"


@pytest.mark.parametrize(
    "fault", ["bad-checksum", "random-bytes", "declares-2-gigabytes"]
)
def test_damaged_bytes_cost_no_memory(faults: FaultEndpoint, fault: str) -> None:
    client = client_for(faults, fault)
    fail(client)
    tracemalloc.start()

    for _ in range(10):
        fail(client)

    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 5 * MEGABYTE


def fail(client: FalconClient) -> None:
    with pytest.raises(IncompleteGenerationError):
        list(client.stream("Hello"))


@pytest.mark.parametrize("container", CONTAINER_NAMES)
def test_any_split_of_an_answer_gives_the_same_text(container: ContainerName) -> None:
    with serving(container) as server:
        client = client_for(server, "parts")
        for _ in SIZES:
            stream = client.stream("Hello")

            list(stream)

            assert stream.text == TEXT
            assert stream.finish is not None


@pytest.mark.parametrize("container", CONTAINER_NAMES)
def test_a_whole_answer_needs_no_stream(container: ContainerName) -> None:
    with serving(container) as server:
        answer = client_for(server, "healthy").generate("Hello")

    assert answer.text == TEXT
    assert not json.loads(server.bodies[0]).get("stream")


@pytest.mark.parametrize("fault", ["error-object", "finish-error"])
@pytest.mark.parametrize("container", CONTAINER_NAMES)
def test_a_failure_inside_an_http_success_is_an_error(
    container: ContainerName, fault: str
) -> None:
    with serving(container) as server:
        with pytest.raises(GenerationError) as caught:
            list(client_for(server, fault).stream("Hello"))

        assert type(caught.value) is GenerationError
        assert "CUDA" not in str(caught.value)
        assert len(server.bodies) == 1


@pytest.mark.parametrize("fault", ["error-object", "finish-error"])
@pytest.mark.parametrize("container", CONTAINER_NAMES)
def test_a_failure_as_a_whole_answer_is_an_error(
    container: ContainerName, fault: str
) -> None:
    with serving(container) as server, pytest.raises(GenerationError):
        client_for(server, fault).generate("Hello")


@pytest.mark.parametrize("fault", ["error-after-text", "failure-after-text"])
@pytest.mark.parametrize("container", ["lmi", "openai_chat"])
def test_a_failure_after_text_keeps_the_text(
    container: ContainerName, fault: str
) -> None:
    with serving(container) as server:
        with pytest.raises(IncompleteGenerationError) as caught:
            list(client_for(server, fault).stream("Hello"))

        assert caught.value.text == "Falcon"


@pytest.mark.parametrize("fault", ["reset", "stall"])
@pytest.mark.parametrize("container", ["lmi", "openai_chat"])
def test_a_connection_lost_in_mid_stream_keeps_the_text(
    container: ContainerName, fault: str
) -> None:
    with serving(container) as server:
        with pytest.raises(IncompleteGenerationError) as caught:
            list(client_for(server, fault, read=0.3).stream("Hello"))

        assert caught.value.text == "Fal"
        assert len(server.bodies) == 1


def test_nothing_listening_is_a_connection_error() -> None:
    with serving() as gone:
        client = client_for(gone, "healthy")

    with pytest.raises(EndpointConnectionError):
        list(client.stream("Hello"))


def test_a_denied_request_names_the_missing_action(faults: FaultEndpoint) -> None:
    with pytest.raises(
        PermissionDeniedError, match="sagemaker:InvokeEndpointWithResponseStream"
    ):
        list(client_for(faults, "http-403-AccessDeniedException").stream("Hello"))


@pytest.mark.parametrize("fault", ["http-403-AccessDeniedException", "reset"])
def test_an_error_keeps_the_one_that_it_came_from(
    faults: FaultEndpoint, fault: str
) -> None:
    with pytest.raises(FalconError) as caught:
        list(client_for(faults, fault).stream("Hello"))

    cause = caught.value.__cause__
    while isinstance(cause, FalconError):
        assert cause is not cause.__cause__
        cause = cause.__cause__
    assert isinstance(cause, (ClientError, urllib3.exceptions.HTTPError))


def test_a_client_works_again_after_each_fault(faults: FaultEndpoint) -> None:
    client = client_for(faults, "reset-then-1")
    fail(client)

    answer = client.stream("Hello")
    list(answer)

    assert answer.text == "Falcon"


def test_parameters_out_of_range_never_reach_the_endpoint() -> None:
    with pytest.raises(FalconError, match="top_p"):
        GenerationParameters(top_p=7)
