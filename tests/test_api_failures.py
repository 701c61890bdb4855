"""What the API's clients are told when the endpoint does not answer."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime

import pytest

from falcon import Endpoint, FalconClient
from falcon.api import Api
from falcon.errors import ConfigurationError
from falcon.limits import Limiter, Limits
from falcon.retries import RetryPolicy
from tests.api_requests import api_of, api_with, ask, post, read_error
from tests.control_plane import ControlPlane
from tests.control_plane import serving as serving_aws
from tests.fault_client import MODEL
from tests.fault_endpoint import FaultEndpoint, serving

QUESTION = {"text": "Hi"}
NAME = "http-400-ValidationError"
"""An endpoint that says of itself that it is not found, as those that start do."""


@pytest.fixture
def server() -> Iterator[FaultEndpoint]:
    with serving() as endpoint:
        yield endpoint


@pytest.fixture
def aws(
    server: FaultEndpoint, monkeypatch: pytest.MonkeyPatch
) -> Iterator[ControlPlane]:
    """An account, whose endpoints do as their name says."""
    monkeypatch.setenv("AWS_ENDPOINT_URL_SAGEMAKER_RUNTIME", server.url)
    with serving_aws(monkeypatch) as plane:
        yield plane


def api_on_aws(name: str) -> Api:
    client = FalconClient(
        Endpoint(name=name, region="us-east-1"),
        container="tgi",
        model=MODEL,
        retries=RetryPolicy(attempts=1, start_total=0.0),
    )
    return api_with(lambda: client)


@pytest.mark.parametrize(
    ("status", "count", "said"),
    [
        ("Creating", 0, "starting"),
        ("Failed", 0, "not in service"),
        ("OutOfService", 0, "not in service"),
        ("Deleting", 0, "not in service"),
        ("InService", 0, "starting"),
    ],
)
def test_an_endpoint_that_is_not_in_service_is_503_with_its_status(
    aws: ControlPlane, status: str, count: int, said: str
) -> None:
    aws.add_endpoint(NAME, created=datetime.now(UTC), status=status, count=count)

    response = post(api_on_aws(NAME), "/chat", QUESTION)

    assert response.status == 503
    assert response.headers["retry-after"] == "60"
    error = read_error(response)
    assert error["code"] == "endpoint_unavailable"
    assert error["endpoint_status"] == said
    assert error["type"] == "server_error"


@pytest.mark.usefixtures("aws")
def test_so_is_one_that_does_not_exist() -> None:
    response = post(api_on_aws(NAME), "/chat", QUESTION)

    assert response.status == 503
    assert read_error(response)["endpoint_status"] == "not found"


def test_where_sagemaker_may_not_be_asked_the_status_is_unknown(
    aws: ControlPlane,
) -> None:
    """As in the Lambda, which may invoke and nothing else."""
    aws.refused.add("DescribeEndpoint")

    response = post(api_on_aws(NAME), "/chat", QUESTION)

    assert response.status == 503
    assert read_error(response)["endpoint_status"] == "unknown"


@pytest.mark.parametrize(
    ("fault", "status", "code"),
    [
        ("http-403-AccessDeniedException", 502, "endpoint_access_denied"),
        ("http-413", 400, "invalid_input"),
        ("http-400-Unheard", 502, "endpoint_failed"),
        ("http-424-ModelError-422", 400, "invalid_input"),
        ("http-424-ModelError-429", 503, "endpoint_overloaded"),
        ("http-424-ModelError-424", 502, "endpoint_failed"),
        ("too-long-refused", 400, "context_length_exceeded"),
        ("overloaded", 503, "endpoint_overloaded"),
        ("no-finish", 502, "answer_cut"),
        ("not-json", 502, "endpoint_failed"),
        ("silent", 504, "endpoint_timeout"),
        ("early-eof-in-chunk", 502, "endpoint_connection_failed"),
        ("http-500", 503, "endpoint_unavailable"),
    ],
)
def test_each_failure_has_its_status_and_code(
    server: FaultEndpoint, fault: str, status: int, code: str
) -> None:
    response = post(api_of(server, fault), "/chat", QUESTION)

    assert (response.status, read_error(response)["code"]) == (status, code)


@pytest.mark.parametrize(
    ("fault", "seconds"),
    [("http-429-ThrottlingException-after-7s", "7"), ("http-503", "5")],
)
def test_a_busy_endpoint_says_when_to_come_back(
    server: FaultEndpoint, fault: str, seconds: str
) -> None:
    response = post(api_of(server, fault), "/chat", QUESTION)

    assert response.status == 503
    assert response.headers["retry-after"] == seconds
    assert read_error(response)["endpoint_status"] == "in service"


def test_nothing_cut_is_given_for_an_answer(server: FaultEndpoint) -> None:
    response = post(api_of(server, "no-finish"), "/chat", QUESTION)

    assert isinstance(response.body, bytes)
    assert b"Falcon" not in response.body


def test_a_wrong_setting_is_the_servers_fault_and_named() -> None:
    def misconfigured() -> FalconClient:
        raise ConfigurationError("FALCON_REGION is wrong.")

    response = post(api_with(misconfigured), "/chat", QUESTION)

    assert response.status == 500
    assert read_error(response)["code"] == "misconfigured"
    assert read_error(response)["message"] == "FALCON_REGION is wrong."


def test_too_many_questions_in_a_minute_are_429(server: FaultEndpoint) -> None:
    api = api_of(server, limiter=Limiter(Limits(questions_per_minute=2)))

    responses = [post(api, "/chat", QUESTION) for _ in range(3)]
    elsewhere = post(api, "/chat", QUESTION, source="10.0.0.8")

    assert [response.status for response in responses] == [200, 200, 429]
    assert read_error(responses[2])["code"] == "rate_limited"
    assert 1 <= int(responses[2].headers["retry-after"]) <= 60
    assert elsewhere.status == 200


def test_what_is_refused_unread_does_not_count(server: FaultEndpoint) -> None:
    api = api_of(server, limiter=Limiter(Limits(questions_per_minute=1)))

    for _ in range(3):
        post(api, "/chat", {"text": ""})
        ask(api, "GET", "/v1/models")

    assert post(api, "/chat", QUESTION).status == 200


@pytest.mark.parametrize("fault", ["healthy", "no-finish", "early-eof-in-chunk"])
@pytest.mark.parametrize("path", ["/chat", "/v1/chat/completions"])
def test_an_answers_place_is_given_back_however_it_ends(
    server: FaultEndpoint, fault: str, path: str
) -> None:
    limiter = Limiter()
    body = {"messages": [{"role": "user", "content": "Hi"}], "stream": True}

    response = post(
        api_of(server, fault, limiter=limiter),
        path,
        QUESTION if path == "/chat" else body,
    )
    if not isinstance(response.body, bytes):
        assert limiter.open == 1
        for _ in response.body:
            pass

    assert limiter.open == 0


def test_a_stream_that_nobody_reads_is_given_back_when_it_is_closed(
    server: FaultEndpoint,
) -> None:
    limiter = Limiter()
    body = {"messages": [{"role": "user", "content": "Hi"}], "stream": True}

    response = post(
        api_of(server, "endless", limiter=limiter), "/v1/chat/completions", body
    )
    response.close()

    assert limiter.open == 0
    assert server.left.wait(5)
