"""What falcon.connection takes of botocore's private parts is still there."""

from __future__ import annotations

import contextlib
import threading
import time
from collections.abc import Iterator
from typing import Any

import pytest
from botocore.exceptions import ResponseStreamingError

from falcon import Endpoint
from falcon.connection import Request, track_connections
from falcon.errors import EndpointTimeoutError, FalconError
from falcon.runtime import Runtime, Timeouts
from tests.fault_endpoint import FaultEndpoint, serving

HEALTHY = "healthy"


@pytest.fixture
def faults() -> Iterator[FaultEndpoint]:
    with serving() as server:
        yield server


def runtime(server: FaultEndpoint, fault: str, **timeouts: float) -> Runtime:
    endpoint = Endpoint(name=fault, region="us-east-1", url=server.url)
    return Runtime(endpoint, Timeouts(**timeouts))


def refuse(status: int, body: str) -> FalconError:
    return FalconError(f"{status} {body}")


def ask(client: Any) -> Any:
    return client.invoke_endpoint(EndpointName=HEALTHY, Body=b"{}")


def test_a_request_of_the_client_knows_its_connection(faults: FaultEndpoint) -> None:
    client, request = runtime(faults, HEALTHY)._client, Request()

    with request.tracked():
        answer = ask(client)

    assert answer["Body"] is not None
    assert request._connection is not None
    assert request._connection.sock is not None


def test_both_schemes_are_tracked(faults: FaultEndpoint) -> None:
    client = runtime(faults, HEALTHY)._client

    track_connections(client)

    pools = client._endpoint.http_session._manager.pool_classes_by_scheme
    assert {pool.__name__ for pool in pools.values()} == {
        "_TrackedHTTPConnectionPool",
        "_TrackedHTTPSConnectionPool",
    }


def test_a_reused_connection_is_known_to_its_second_request(
    faults: FaultEndpoint,
) -> None:
    client = runtime(faults, HEALTHY)._client
    first, second = Request(), Request()

    for request in (first, second):
        with request.tracked():
            answer = ask(client)
        answer["Body"].read()

    assert second._connection is first._connection


def test_a_request_that_is_answered_cannot_end_the_next_one(
    faults: FaultEndpoint,
) -> None:
    client = runtime(faults, HEALTHY)._client
    answered, next_one = Request(), Request()
    with answered.tracked():
        ask(client)["Body"].read()

    with next_one.tracked():
        answer = ask(client)
        answered.abort()

    assert answer["Body"].read()


def test_a_connection_shut_down_too_late_is_not_used_again(
    faults: FaultEndpoint,
) -> None:
    client = runtime(faults, HEALTHY)._client
    late = Request()
    with late.tracked():
        answer = ask(client)
    late.abort()
    with contextlib.suppress(ResponseStreamingError):
        answer["Body"].read()

    assert ask(client)["Body"].read()


def test_a_released_request_leaves_its_connection_alone() -> None:
    request = Request()
    request.release()

    request.abort()

    assert request.aborted


def test_a_request_that_is_aborted_before_it_connects_fails_at_once(
    faults: FaultEndpoint,
) -> None:
    request = Request()
    request.abort()

    with pytest.raises(FalconError):
        runtime(faults, "silent", read=5).invoke(b"{}", request=request, refusal=refuse)


def test_a_request_whose_time_is_over_ends_and_says_so(faults: FaultEndpoint) -> None:
    request = Request()
    asking = runtime(faults, "silent", read=5, total=0.1)

    with pytest.raises(EndpointTimeoutError, match="longer than"):
        asking.invoke(b"{}", request=request, refusal=refuse)

    assert request.expired
    assert not request.aborted


def test_a_wait_ends_when_the_request_is_aborted() -> None:
    request = Request()
    threading.Timer(0.05, request.abort).start()
    started = time.monotonic()

    assert request.wait(10)
    assert time.monotonic() - started < 5


def test_a_wait_that_is_not_ended_takes_its_time() -> None:
    assert not Request().wait(0.01)


def test_a_request_in_time_leaves_no_timer(faults: FaultEndpoint) -> None:
    asking = runtime(faults, HEALTHY)

    asking.invoke(b"{}", request=Request(), refusal=refuse)

    timers = [
        each for each in threading.enumerate() if isinstance(each, threading.Timer)
    ]
    for timer in timers:
        timer.join(1)
    assert not any(timer.is_alive() for timer in timers)
