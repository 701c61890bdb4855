"""A busy endpoint is asked again within bounds; one that starts, until it has."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from dataclasses import replace

import pytest

from falcon import Endpoint, FalconClient
from falcon.errors import (
    EndpointNotFoundError,
    EndpointTimeoutError,
    EndpointUnavailableError,
    FalconError,
    IncompleteGenerationError,
    OverloadedError,
)
from falcon.events import Event, WaitEvent
from falcon.retries import RetryBudget, RetryPolicy
from tests import control_plane
from tests.fault_client import FAST, MODEL, client_for
from tests.fault_endpoint import TEXT, FaultEndpoint, serving


@pytest.fixture
def faults() -> Iterator[FaultEndpoint]:
    with serving() as server:
        yield server


def waits(events: list[Event]) -> list[WaitEvent]:
    return [event for event in events if isinstance(event, WaitEvent)]


BUSY = [
    ("http-400-ThrottlingException", EndpointUnavailableError),
    ("http-424-ModelError-429", OverloadedError),
    ("http-424-ModelError-503", OverloadedError),
    ("http-429", EndpointUnavailableError),
    ("http-429-ThrottlingException", EndpointUnavailableError),
    ("http-500-InternalFailure", EndpointUnavailableError),
    ("http-503-ServiceUnavailable", EndpointUnavailableError),
    ("http-503", EndpointUnavailableError),
    ("overloaded", OverloadedError),
]


@pytest.mark.parametrize(("fault", "expected"), BUSY)
def test_an_endpoint_that_stays_busy_is_asked_four_times(
    faults: FaultEndpoint, fault: str, expected: type[FalconError]
) -> None:
    with pytest.raises(FalconError) as caught:
        list(client_for(faults, fault).stream("Hello"))

    assert type(caught.value) is expected
    assert len(faults.bodies) == 4


@pytest.mark.parametrize("fault", ["http-503", "http-429", "overloaded"])
def test_a_busy_endpoint_is_waited_for_in_sight(
    faults: FaultEndpoint, fault: str
) -> None:
    events = list(client_for(faults, f"{fault}-then-2").stream("Hello"))

    first, second = waits(events)
    assert events[:2] == [first, second]
    assert "busy" in first.reason
    assert second.seconds >= first.seconds


@pytest.mark.parametrize("failures", range(5))
def test_up_to_three_failures_are_got_over(
    faults: FaultEndpoint, failures: int
) -> None:
    stream = client_for(faults, f"http-500-then-{failures}").stream("Hello")

    try:
        list(stream)
    except EndpointUnavailableError:
        assert failures == 4

    assert stream.text == ("Falcon" if failures < 4 else "")
    assert len(faults.bodies) == min(failures + 1, 4)


def test_a_whole_answer_is_asked_for_again_too(faults: FaultEndpoint) -> None:
    answer = client_for(faults, "http-503-then-3").generate("Hello")

    assert answer.text == TEXT


@pytest.mark.parametrize("fault", ["reset", "stall", "overloaded-after-text"])
def test_an_answer_that_has_begun_is_asked_for_once(
    faults: FaultEndpoint, fault: str
) -> None:
    stream = client_for(faults, f"{fault}-then-1", read=0.3).stream("Hello")

    with pytest.raises(IncompleteGenerationError):
        list(stream)

    assert len(faults.bodies) == 1


def test_a_first_token_later_than_the_timeout_is_one_generation(
    faults: FaultEndpoint,
) -> None:
    with pytest.raises(EndpointTimeoutError):
        list(client_for(faults, "silent-then-1", read=0.3).stream("Hello"))

    assert len(faults.bodies) == 1


@pytest.mark.parametrize("after", ["400ms", "1s"])
def test_the_pause_that_an_endpoint_asks_for_is_kept(
    faults: FaultEndpoint, after: str
) -> None:
    asked_for = {"400ms": 0.4, "1s": 1.0}[after]

    list(client_for(faults, f"http-429-after-{after}-then-1").stream("Hello"))

    first, second = faults.times
    assert second - first >= asked_for


def test_a_pause_longer_than_the_question_may_take_ends_it(
    faults: FaultEndpoint,
) -> None:
    with pytest.raises(EndpointUnavailableError):
        list(client_for(faults, "http-503-after-6s").stream("Hello"))

    assert len(faults.bodies) == 1


COLD = [
    "http-400-Capacity",
    "http-400-ValidationError",
    "http-424-ModelError-503",
    "http-429-ModelNotReadyException",
    "http-503-ServiceUnavailable",
    "overloaded",
]


@pytest.mark.parametrize("fault", COLD)
def test_an_endpoint_that_starts_is_waited_for_and_asked_in_vain_for_nothing(
    fault: str,
) -> None:
    with serving(cold=0.4) as server:
        stream = client_for(server, f"{fault}-while-cold").stream("Hello")

        events = list(stream)

        assert stream.text == "Falcon"
        assert all("starting" in event.reason for event in waits(events))
        assert len(waits(events)) > FAST.attempts
        assert len(waits(events)) == len(server.bodies) - 1


def client_on_aws(
    server: FaultEndpoint, monkeypatch: pytest.MonkeyPatch
) -> FalconClient:
    """A client that looks for its endpoint where SageMaker's are."""
    monkeypatch.setenv("AWS_ENDPOINT_URL_SAGEMAKER_RUNTIME", server.url)
    return FalconClient(
        Endpoint(name=CREATED, region="us-east-1"),
        container="tgi",
        model=MODEL,
        retries=FAST,
        budget=RetryBudget(),
    )


CREATED = "http-400-ValidationError-while-cold"


def test_an_endpoint_that_sagemaker_is_creating_is_waited_for(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    with control_plane.serving(monkeypatch) as aws, serving(cold=2.0) as server:
        aws.add("Endpoint", CREATED, EndpointStatus="Creating")
        stream = client_on_aws(server, monkeypatch).stream("Hello")

        events = list(stream)

    assert stream.text == "Falcon"
    assert len(waits(events)) > FAST.attempts
    assert [operation for operation, _ in aws.calls] == ["DescribeEndpoint"]


@pytest.mark.parametrize("is_allowed", [True, False])
def test_an_endpoint_that_sagemaker_does_not_know_is_not_waited_for(
    monkeypatch: pytest.MonkeyPatch, is_allowed: bool
) -> None:
    with control_plane.serving(monkeypatch) as aws, serving(cold=30) as server:
        aws.refused = set() if is_allowed else {"DescribeEndpoint"}

        with pytest.raises(EndpointNotFoundError):
            list(client_on_aws(server, monkeypatch).stream("Hello"))

    assert len(server.bodies) == 1


def test_a_wait_says_how_long_it_has_taken() -> None:
    with serving(cold=0.4) as server:
        client = client_for(server, "http-503-while-cold")

        seconds = [event.seconds for event in waits(list(client.stream("Hello")))]

    assert seconds == sorted(seconds)
    assert seconds[-1] > 0.2


def test_an_endpoint_that_does_not_start_is_given_up() -> None:
    impatient = replace(FAST, start_total=0.2)
    with serving(cold=30.0) as server:
        client = client_for(server, "http-503-while-cold", retries=impatient)

        with pytest.raises(EndpointUnavailableError):
            list(client.stream("Hello"))


def test_a_start_costs_nothing_of_the_budget() -> None:
    budget = RetryBudget(size=1)
    with serving(cold=0.4) as server:
        client = client_for(server, "http-503-while-cold", budget=budget)

        list(client.stream("Hello"))

    assert budget.spend()


PATIENT = RetryPolicy(first_pause=60.0, longest_pause=60.0, total=600.0)


@pytest.mark.parametrize("cold", [0.0, 60.0], ids=["busy", "starting"])
def test_close_ends_a_wait_at_once(cold: float) -> None:
    with serving(cold=cold) as server:
        client = client_for(server, "http-503", retries=PATIENT)
        stream = client.stream("Hello")
        is_waiting, ended_at = threading.Event(), 0.0

        def read() -> None:
            nonlocal ended_at
            for _ in stream:
                is_waiting.set()
            ended_at = time.monotonic()

        reader = threading.Thread(target=read)
        reader.start()
        assert is_waiting.wait(5)
        time.sleep(0.05)
        closed_at = time.monotonic()

        stream.close()

        reader.join(5)
        assert 0 <= ended_at - closed_at < 1
        assert len(server.bodies) == 1


def test_leaving_the_loop_at_a_wait_asks_no_more(faults: FaultEndpoint) -> None:
    for event in client_for(faults, "http-503").stream("Hello"):
        assert isinstance(event, WaitEvent)
        break

    time.sleep(0.1)
    assert len(faults.bodies) == 1


def test_many_clients_of_a_failing_endpoint_ask_hardly_more_than_their_questions(
    faults: FaultEndpoint,
) -> None:
    budget, questions = RetryBudget(size=10), 5

    def ask(client: FalconClient) -> None:
        for _ in range(questions):
            with pytest.raises(EndpointUnavailableError):
                list(client.stream("Hello"))

    clients = [client_for(faults, "http-503", budget=budget) for _ in range(20)]
    threads = [threading.Thread(target=ask, args=[client]) for client in clients]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)

    assert len(faults.bodies) == 20 * questions + 10
    assert faults.pings <= 20
