from __future__ import annotations

import threading

import pytest

from falcon.endpoint import Endpoint
from falcon.errors import (
    EndpointNotFoundError,
    EndpointUnavailableError,
    FalconError,
    GenerationError,
    InvalidInputError,
    OverloadedError,
)
from falcon.starting import StartingCheck
from tests.fault_endpoint import FaultEndpoint, serving

UNCERTAIN = [
    EndpointNotFoundError("gone"),
    EndpointUnavailableError("busy"),
    OverloadedError("busy"),
]


def check(server: FaultEndpoint) -> StartingCheck:
    return StartingCheck(Endpoint(name="a", region="us-east-1", url=server.url))


@pytest.mark.parametrize("error", UNCERTAIN, ids=lambda error: type(error).__name__)
def test_an_endpoint_whose_container_is_not_ready_is_starting(
    error: FalconError,
) -> None:
    with serving(cold=30) as server:
        assert check(server).explains(error)


@pytest.mark.parametrize("error", UNCERTAIN, ids=lambda error: type(error).__name__)
def test_an_endpoint_in_service_is_not_starting(error: FalconError) -> None:
    with serving() as server:
        assert not check(server).explains(error)


def test_an_error_that_says_so_needs_no_look() -> None:
    with serving() as server:
        error = EndpointUnavailableError("no capacity", is_starting=True)

        assert check(server).explains(error)
        assert server.pings == 0


@pytest.mark.parametrize(
    "error",
    [GenerationError("failed"), InvalidInputError("refused")],
    ids=lambda error: type(error).__name__,
)
def test_an_error_of_a_model_that_runs_needs_no_look(error: FalconError) -> None:
    with serving(cold=30) as server:
        assert not check(server).explains(error)
        assert server.pings == 0


def test_many_that_fail_together_look_once() -> None:
    with serving(cold=30) as server:
        starting, found = check(server), []
        threads = [
            threading.Thread(
                target=lambda: found.append(starting.explains(UNCERTAIN[1]))
            )
            for _ in range(20)
        ]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(5)

        assert found == [True] * 20
        assert server.pings == 1
