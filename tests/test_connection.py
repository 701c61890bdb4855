"""What falcon.connection takes of botocore's private parts is still there."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from falcon import Endpoint, FalconClient
from falcon.connection import Request
from tests.fault_endpoint import FaultEndpoint, serving


@pytest.fixture
def faults() -> Iterator[FaultEndpoint]:
    with serving() as server:
        yield server


def test_a_request_of_the_client_knows_its_connection(faults: FaultEndpoint) -> None:
    endpoint = Endpoint(name="healthy", region="us-east-1", url=faults.url)
    client, request = FalconClient(endpoint), Request()

    with request.tracked():
        answer = client._runtime.invoke_endpoint(EndpointName="healthy", Body=b"{}")

    assert answer["Body"] is not None
    assert request._connection is not None
    assert request._connection.sock is not None


def test_a_reused_connection_is_known_to_its_second_request(
    faults: FaultEndpoint,
) -> None:
    endpoint = Endpoint(name="healthy", region="us-east-1", url=faults.url)
    runtime = FalconClient(endpoint)._runtime
    first, second = Request(), Request()

    for request in (first, second):
        with request.tracked():
            answer = runtime.invoke_endpoint(EndpointName="healthy", Body=b"{}")
        answer["Body"].read()

    assert second._connection is first._connection


def test_a_released_request_leaves_its_connection_alone() -> None:
    request = Request()
    request.release()

    request.abort()

    assert request.aborted
