"""The function of the Chat API, packed and run as Lambda runs it."""

from __future__ import annotations

import base64
import contextlib
import io
import json
import subprocess
import sys
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from deploy.api.lambda_function import (
    ANSWER_SECONDS,
    GATEWAY_SECONDS,
    LAMBDA_SECONDS,
    MOST_NEW_TOKENS,
    RETRY_SECONDS,
)
from deploy.api.package import Package, make_package
from falcon.local.process import LocalEndpoint
from tests.fault_endpoint import FaultEndpoint
from tests.runtime_api import Function, lambda_function
from tests.serving import running

QUESTION = "a-question-that-no-log-may-have"
ORIGIN = "https://localhost:3000"
CREDENTIALS = {
    "AWS_REGION": "us-east-1",
    "AWS_ACCESS_KEY_ID": "testing",
    "AWS_SECRET_ACCESS_KEY": "testing",
}


@pytest.fixture(scope="module")
def package() -> Package:
    return make_package()


@contextlib.contextmanager
def function_asking(
    package: Package, folder: Path, endpoint: str, url: str, **settings: str
) -> Iterator[Function]:
    environment = {
        **CREDENTIALS,
        "AWS_ENDPOINT_URL_SAGEMAKER_RUNTIME": url,
        "endpoint": endpoint,
        "FALCON_CONTAINER": "tgi",
        **settings,
    }
    folder.mkdir(exist_ok=True)
    with lambda_function(package.content, folder, environment) as function:
        yield function


@pytest.fixture(scope="module")
def function(
    package: Package,
    local_endpoint: LocalEndpoint,
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[Function]:
    """It asks the small Falcon on this machine."""
    folder = tmp_path_factory.mktemp("function")
    with function_asking(
        package,
        folder,
        local_endpoint.name,
        local_endpoint.url,
        FALCON_API_ORIGINS=ORIGIN,
        FALCON_SEED="1",
    ) as function:
        yield function


def proxied(path: str, body: object, *, method: str = "POST", **headers: str) -> Any:
    """The event that API Gateway makes of a request."""
    return {
        "httpMethod": method,
        "path": path,
        "headers": {"Content-Type": "application/json", **headers},
        "body": None if body is None else json.dumps(body),
        "isBase64Encoded": False,
        "requestContext": {
            "requestId": "c6af9ac6-7b61-11e6-9a41-93e8deadbeef",
            "identity": {"sourceIp": "10.0.0.7"},
        },
    }


def test_a_request_of_the_gateway_is_answered(function: Function) -> None:
    answer = function.invoke(proxied("/chat", {"text": "What is a falcon?"}))

    assert answer["statusCode"] == 200
    assert answer["headers"]["content-type"] == "application/json"
    told = json.loads(answer["body"])
    assert told["statusCode"] == 200
    assert told["msg"]


def test_the_first_form_is_answered_without_a_gateway(function: Function) -> None:
    answer = function.invoke({"text": "What is a falcon?"})

    assert answer["statusCode"] == 200
    assert answer["msg"]


def test_the_second_form_is_answered_by_a_json_string(function: Function) -> None:
    answer = function.invoke({"message": {"Field0": "What is a falcon?"}})

    assert json.loads(answer)["outputs"][0]["generated_text"]


def test_the_second_form_comes_through_the_gateway(function: Function) -> None:
    answer = function.invoke(
        proxied("/api/chat", {"message": {"Field0": "What is a falcon?"}})
    )

    told = json.loads(json.loads(answer["body"]))
    assert told["outputs"][0]["generated_text"]


def test_a_body_in_base64_is_read(function: Function) -> None:
    event = proxied("/chat", None)
    event["isBase64Encoded"] = True
    event["body"] = base64.b64encode(b'{"text": "\xec\x95\x88\xeb\x85\x95"}').decode()

    assert function.invoke(event)["statusCode"] == 200


def test_events_of_a_stream_come_together(function: Function) -> None:
    body = {"messages": [{"role": "user", "content": "Hello."}], "stream": True}

    answer = function.invoke(proxied("/v1/chat/completions", body))

    assert answer["headers"]["content-type"] == "text/event-stream"
    assert answer["body"].startswith("data: {")
    assert answer["body"].endswith("data: [DONE]\n\n")


def test_the_models_are_told(function: Function) -> None:
    answer = function.invoke(proxied("/v1/models", None, method="GET"))

    assert json.loads(answer["body"])["data"][0]["id"] == "falcon-7b-instruct"


def test_a_preflight_is_answered_for_the_configured_origin(function: Function) -> None:
    event = proxied(
        "/chat",
        None,
        method="OPTIONS",
        origin=ORIGIN,
        **{"Access-Control-Request-Headers": "x-api-key,access-control-allow-origin"},
    )

    answer = function.invoke(event)

    assert answer["statusCode"] == 204
    assert answer["headers"]["access-control-allow-origin"] == ORIGIN
    assert "x-api-key" in answer["headers"]["access-control-allow-headers"]


def test_an_error_carries_the_gateways_request_id(function: Function) -> None:
    answer = function.invoke(proxied("/chat", {"text": ""}, Origin=ORIGIN))

    assert answer["statusCode"] == 400
    assert answer["headers"]["access-control-allow-origin"] == ORIGIN
    told = json.loads(answer["body"])["error"]
    assert told["request_id"].startswith("c6af9ac6")


def test_more_tokens_than_the_time_allows_are_refused(function: Function) -> None:
    body = {"text": "Hello.", "parameters": {"max_new_tokens": MOST_NEW_TOKENS + 1}}

    answer = function.invoke(proxied("/chat", body))

    assert answer["statusCode"] == 400
    assert str(MOST_NEW_TOKENS) in json.loads(answer["body"])["error"]["message"]


@pytest.mark.parametrize("event", [[], "text", 7, None, {}])
def test_an_event_of_no_form_is_answered_by_an_error(
    function: Function, event: object
) -> None:
    assert function.invoke(event)["statusCode"] == 400


def test_no_prompt_is_logged_and_each_request_is(function: Function) -> None:
    function.invoke(proxied("/chat", {"text": QUESTION}))
    function.invoke({"text": QUESTION, QUESTION: 1})
    function.invoke({"message": {"Field0": QUESTION}})

    assert QUESTION not in function.log
    assert "200 after" in function.log


def test_an_endpoint_that_is_not_there_is_503(package: Package, tmp_path: Path) -> None:
    with (
        running(FaultEndpoint()) as server,
        function_asking(
            package, tmp_path, "http-400-ValidationError", server.url
        ) as function,
    ):
        answer = function.invoke(proxied("/chat", {"text": "Hello."}))
        invoked = function.invoke({"text": "Hello."})
        told = json.loads(function.invoke({"message": "Hello."}))

    assert answer["statusCode"] == 503
    assert answer["headers"]["retry-after"]
    assert json.loads(answer["body"])["error"]["code"] == "endpoint_unavailable"
    assert (invoked["statusCode"], told["statusCode"]) == (503, 503)
    assert invoked["msg"] == invoked["error"]["message"]


def test_a_function_without_an_endpoint_says_so(
    package: Package, tmp_path: Path
) -> None:
    with function_asking(package, tmp_path, "", "http://127.0.0.1:9") as function:
        answer = function.invoke({"text": "Hello."})

    assert answer["error"]["code"] == "misconfigured"
    assert "endpoint" in answer["msg"]


def test_each_time_limit_ends_within_the_next() -> None:
    assert RETRY_SECONDS + ANSWER_SECONDS < LAMBDA_SECONDS < GATEWAY_SECONDS
    assert MOST_NEW_TOKENS == 200


def test_the_zip_needs_nothing_beside_it_and_has_nothing_of_the_page(
    package: Package, tmp_path: Path
) -> None:
    with zipfile.ZipFile(io.BytesIO(package.content)) as archive:
        archive.extractall(tmp_path)
    # Without site-packages: what is not in the zip is not there.
    code = (
        f"import sys; sys.path.insert(0, {str(tmp_path)!r})\n"
        "import lambda_function, boto3, botocore, json\n"
        "answer = lambda_function.handler({'text': 'Hello.'}, None)\n"
        "homes = [boto3.__file__, botocore.__file__]\n"
        "print(json.dumps([answer, homes, sorted(sys.modules)]))"
    )

    said = subprocess.run(
        [sys.executable, "-I", "-S", "-B", "-c", code],
        capture_output=True,
        check=True,
        env={**CREDENTIALS, "endpoint": "falcon", "AWS_REGION": "nowhere"},
    )

    answer, homes, modules = json.loads(said.stdout)
    assert answer["error"]["code"] == "misconfigured"
    assert all(home.startswith(str(tmp_path)) for home in homes)
    assert not {"streamlit", "starlette", "sqlalchemy", "pydantic"} & set(modules)


def test_a_package_of_the_same_files_is_the_same(package: Package) -> None:
    assert make_package() == package


def test_a_package_is_small(package: Package) -> None:
    assert len(package.content) < 2_000_000
