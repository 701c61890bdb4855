"""The local endpoint's routes, as an unmodified client and a raw socket see them."""

from __future__ import annotations

import http.client
import json
import socket
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from botocore.exceptions import ClientError, EventStreamError

from falcon.local.container import ContainerName
from falcon.local.engine import Engine
from falcon.local.listening import listen
from falcon.local.process import LocalEndpoint
from falcon.local.serving import EngineServer
from tests.runtime_client import PROMPT, RuntimeClient, connect

ENDLESS = {"max_new_tokens": 1000, "temperature": 1e9, "seed": 1}
"""Any token is as likely as any other: a long answer."""


@dataclass(frozen=True, slots=True)
class Answer:
    status: int
    content_type: str
    body: bytes


def ask(
    endpoint: LocalEndpoint,
    path: str,
    body: object = None,
    *,
    host: str | None = None,
) -> Answer:
    """One request without boto3; a GET if there is no body."""
    connection = http.client.HTTPConnection(urlsplit(endpoint.url).netloc, timeout=10)
    headers = {"Content-Type": "application/json"} | ({"Host": host} if host else {})
    method = "GET" if body is None else "POST"
    with closing(connection):
        content = None if body is None else json.dumps(body)
        connection.request(method, path, content, headers)
        response = connection.getresponse()
        content_type = response.getheader("content-type") or ""
        return Answer(response.status, content_type, response.read())


def test_the_headers_are_sagemakers(runtime: RuntimeClient) -> None:
    response = runtime.open_stream(max_new_tokens=1)

    headers = response["ResponseMetadata"]["HTTPHeaders"]
    list(response["Body"])
    assert headers["content-type"] == "application/vnd.amazon.eventstream"
    assert headers["transfer-encoding"] == "chunked"
    assert response["ContentType"] == "text/event-stream"
    assert response["InvokedProductionVariant"] == "AllTraffic"
    assert len(response["ResponseMetadata"]["RequestId"]) == 36


def test_a_whole_answer_may_come_through_the_stream_route(
    runtime: RuntimeClient,
) -> None:
    response = runtime.boto3.invoke_endpoint_with_response_stream(
        EndpointName=runtime.endpoint_name,
        ContentType="application/json",
        Body=json.dumps({"inputs": PROMPT, "parameters": {"max_new_tokens": 3}}),
    )

    [event] = list(response["Body"])
    assert response["ContentType"] == "application/json"
    assert json.loads(event["PayloadPart"]["Bytes"])[0]["generated_text"]


def test_a_stream_may_come_through_the_whole_route(runtime: RuntimeClient) -> None:
    parameters = {"max_new_tokens": 3}
    body = {"inputs": PROMPT, "parameters": parameters, "stream": True}

    content = runtime.invoke(json.dumps(body))

    assert content == b"".join(runtime.parts(**parameters))


def test_an_unknown_endpoint_is_a_validation_error(runtime: RuntimeClient) -> None:
    with pytest.raises(runtime.boto3.exceptions.ValidationError) as caught:
        runtime.boto3.invoke_endpoint(EndpointName="other", Body=b"{}")

    assert caught.value.response["Error"]["Message"] == (
        "Endpoint other of account 000000000000 not found."
    )
    assert caught.value.response["ResponseMetadata"]["HTTPStatusCode"] == 400


def test_what_the_container_refuses_is_a_model_error(runtime: RuntimeClient) -> None:
    with pytest.raises(runtime.boto3.exceptions.ModelError) as caught:
        runtime.invoke("{")

    response = caught.value.response
    refusal = (
        "Failed to parse the request body as JSON: "
        "EOF while parsing a value at line 1 column 2"
    )
    assert response["ResponseMetadata"]["HTTPStatusCode"] == 424
    assert response["OriginalStatusCode"] == 400
    assert response["OriginalMessage"] == refusal
    assert response["LogStreamArn"].endswith("/aws/sagemaker/Endpoints/falcon-local")
    assert response["Error"]["Message"].startswith(
        f'Received client error (400) from primary with message "{refusal}". See '
    )


@pytest.mark.parametrize("size", [6 * 2**20 + 1, 25 * 2**20])
def test_a_body_that_is_too_large_is_refused(size: int, runtime: RuntimeClient) -> None:
    with pytest.raises(ClientError) as caught:
        runtime.invoke(b" " * size)

    assert caught.value.response["Error"] == {
        "Code": "413",
        "Message": "HTTP content length exceeded 6291456 bytes.",
    }


def test_a_server_that_stops_ends_its_streams_with_a_model_stream_error(
    small_model: Path,
) -> None:
    server = EngineServer(Engine(small_model))
    with serve(server) as url, connect(url) as client:
        parts = client.parts(**ENDLESS)
        next(parts)

        server.should_exit = True

        with pytest.raises(EventStreamError) as caught:
            list(parts)
    assert caught.value.response["Error"] == {
        "Code": "ModelStreamError",
        "Message": "Request failed during generation: the engine was stopped",
    }


def test_a_server_that_stops_fails_the_whole_answers_it_was_making(
    small_model: Path,
) -> None:
    server = EngineServer(Engine(small_model))
    with serve(server) as url, connect(url) as client, ThreadPoolExecutor(1) as pool:
        answer = pool.submit(client.whole, **ENDLESS)
        next(client.parts(max_new_tokens=1))

        server.should_exit = True

        error = answer.exception()
    assert isinstance(error, client.boto3.exceptions.ModelError)
    assert error.response["OriginalStatusCode"] == 424


LOOP = {"repetition_penalty": 0.01, "temperature": 0, "max_tokens": 900}
"""The model repeats the prompt for ever."""

STOPPED = "the engine was stopped"
VLLM_ERROR = {
    "error": {
        "message": STOPPED,
        "type": "InternalServerError",
        "param": None,
        "code": 500,
    }
}


@pytest.mark.parametrize(
    ("container", "request_body", "last_event"),
    [
        pytest.param(
            "tgi",
            {"inputs": PROMPT, "parameters": ENDLESS},
            b'data:{"error":"Request failed during generation: %b",'
            b'"error_type":"generation"}\n\n' % STOPPED.encode(),
            id="tgi",
        ),
        pytest.param(
            "lmi",
            {"inputs": PROMPT, "parameters": LOOP | {"max_new_tokens": 900}},
            json.dumps(VLLM_ERROR).encode() + b"\n",
            id="lmi",
        ),
        pytest.param(
            "lmi",
            {"messages": [{"role": "user", "content": "Hello"}], **LOOP},
            json.dumps(VLLM_ERROR).encode() + b"\n",
            id="lmi chat",
        ),
        pytest.param(
            "openai_chat",
            {"messages": [{"role": "user", "content": "Hello"}], **LOOP},
            b"data: %b\n\ndata: [DONE]\n\n"
            % json.dumps(VLLM_ERROR, separators=(",", ":")).encode(),
            id="openai_chat",
        ),
    ],
)
def test_each_container_tells_in_its_own_way_that_the_model_failed(
    container: ContainerName,
    request_body: dict[str, object],
    last_event: bytes,
    small_model: Path,
) -> None:
    server = EngineServer(Engine(small_model), container)
    with serve(server) as url:
        connection = http.client.HTTPConnection(urlsplit(url).netloc, timeout=10)
        with closing(connection):
            body = json.dumps(request_body | {"stream": True})
            headers = {"Content-Type": "application/json"}
            connection.request("POST", "/invocations", body, headers)
            response = connection.getresponse()
            response.read(1)

            server.should_exit = True

            assert response.read().endswith(b"\n" + last_event)


@contextmanager
def serve(server: EngineServer) -> Iterator[str]:
    """The address of a server in this process."""
    listener = listen(0)
    thread = threading.Thread(target=server.run, args=([listener],))
    thread.start()
    yield f"http://127.0.0.1:{listener.getsockname()[1]}"
    server.should_exit = True
    thread.join()


def test_the_container_answers_a_ping(local_endpoint: LocalEndpoint) -> None:
    assert ask(local_endpoint, "/ping").status == 200


def test_the_containers_own_route_speaks_tgi(local_endpoint: LocalEndpoint) -> None:
    request = {"inputs": PROMPT, "parameters": {"max_new_tokens": 3}}

    whole = ask(local_endpoint, "/invocations", request)
    stream = ask(local_endpoint, "/invocations", request | {"stream": True})

    assert whole.content_type == "application/json"
    assert stream.content_type.startswith("text/event-stream")
    last = stream.body.decode().split("\n\n")[-2]
    text = json.loads(whole.body)[0]["generated_text"]
    assert json.loads(last.removeprefix("data:"))["generated_text"] == text


def test_the_containers_own_route_refuses_with_its_own_status(
    local_endpoint: LocalEndpoint,
) -> None:
    response = ask(local_endpoint, "/invocations", {"inputs": ""})

    assert response.status == 422
    assert json.loads(response.body)["error_type"] == "validation"


@pytest.mark.parametrize(
    ("host", "status"),
    [
        pytest.param("127.0.0.1:1234", 200, id="the address"),
        pytest.param("localhost", 200, id="the name"),
        pytest.param("evil.example", 400, id="a rebound name"),
        pytest.param("127.0.0.1.evil.example", 400, id="a name like the address"),
    ],
)
@pytest.mark.parametrize("path", ["/ping", "/invocations"])
def test_only_this_machines_names_are_answered(
    host: str, status: int, path: str, local_endpoint: LocalEndpoint
) -> None:
    body = {"inputs": PROMPT, "parameters": {"max_new_tokens": 1}}

    asked = ask(local_endpoint, path, None if path == "/ping" else body, host=host)

    assert asked.status == status


def test_eight_streams_at_once_are_all_answered(runtime: RuntimeClient) -> None:
    greedy = runtime.stream(max_new_tokens=40)

    with ThreadPoolExecutor(8) as pool:
        futures = [pool.submit(runtime.stream, max_new_tokens=40) for _ in range(8)]

    assert all(future.result() == greedy for future in futures)


def test_a_client_that_leaves_a_stream_stops_the_model(runtime: RuntimeClient) -> None:
    def leave_many() -> None:
        for _ in range(40):
            response = runtime.open_stream(**ENDLESS)
            next(iter(response["Body"]))
            response["Body"].close()
        runtime.whole(max_new_tokens=1)

    long_answer = seconds(lambda: runtime.stream(**ENDLESS))

    assert seconds(leave_many) < 6 * long_answer


def test_a_client_that_leaves_while_it_waits_for_a_whole_answer_stops_the_model(
    local_endpoint: LocalEndpoint, runtime: RuntimeClient
) -> None:
    long_answer = seconds(lambda: runtime.whole(**ENDLESS))

    with ExitStack() as waiting:
        for _ in range(20):
            waiting.enter_context(send(local_endpoint, stream=False))
        time.sleep(long_answer / 4)

    assert seconds(lambda: runtime.whole(max_new_tokens=1)) < 2 * long_answer


def seconds(action: Callable[[], object]) -> float:
    began = time.perf_counter()
    action()
    return time.perf_counter() - began


def test_more_than_128_requests_at_once_are_refused(
    local_endpoint: LocalEndpoint, runtime: RuntimeClient
) -> None:
    with ExitStack() as open_sockets:
        for _ in range(128):
            waiting = open_sockets.enter_context(send(local_endpoint, stream=True))
            waiting.recv(10)

        events = runtime.stream(max_new_tokens=1)
        with pytest.raises(runtime.boto3.exceptions.ModelError) as caught:
            runtime.whole(max_new_tokens=1)

    overloaded = {"error": "Model is overloaded", "error_type": "overloaded"}
    assert events == [overloaded]
    assert caught.value.response["OriginalStatusCode"] == 429
    assert json.loads(caught.value.response["OriginalMessage"]) == overloaded


def send(endpoint: LocalEndpoint, *, stream: bool) -> socket.socket:
    """A request for a long answer, sent and not read."""
    body = json.dumps({"inputs": PROMPT, "parameters": ENDLESS, "stream": stream})
    address = urlsplit(endpoint.url)
    connection = socket.create_connection((address.hostname, address.port), timeout=10)
    head = (
        "POST /invocations HTTP/1.1\r\n"
        f"Host: {address.netloc}\r\nContent-Type: application/json\r\n"
        f"Content-Length: {len(body)}\r\n\r\n"
    )
    connection.sendall((head + body).encode())
    return connection
