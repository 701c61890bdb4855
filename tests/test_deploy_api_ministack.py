"""The stack of the Chat API, made, asked, throttled, changed and removed."""

from __future__ import annotations

import contextlib
import io
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from deploy.api.installation import stack_name
from deploy.api.template import TEMPLATE, read_template
from deploy.aws import Aws
from deploy.commands.app import main
from deploy.stack import Stack
from falcon.local.process import LocalEndpoint
from tests.deploy_example import PACE, Machine, Told
from tests.deploy_plane import REGION, serving
from tests.ministack import Ministack, ministack

ORIGIN = "https://localhost:3000"
QUESTION = b'{"text": "What is a falcon?"}'


@pytest.fixture(scope="module")
def cloud(
    local_endpoint: LocalEndpoint, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Ministack]:
    """Its functions ask the small Falcon on this machine."""
    environment = {"AWS_ENDPOINT_URL_SAGEMAKER_RUNTIME": local_endpoint.url}
    with ministack(tmp_path_factory.mktemp("ministack"), environment) as cloud:
        yield cloud


@dataclass
class ChatApi:
    """The Chat API of one endpoint."""

    cloud: Ministack
    endpoint_name: str
    aws: Aws

    def run(self, command: str) -> Any:
        """Return what `python -m deploy api` answers in JSON."""
        said = io.StringIO()
        with contextlib.redirect_stdout(said):
            arguments = ("api", command, self.endpoint_name, "--json")
            yes = () if command == "status" else ("--yes",)
            assert main((*arguments, *yes), pace=PACE) == 0
        return json.loads(said.getvalue())

    @property
    def stack(self) -> Stack:
        return Stack(
            aws=self.aws,
            name=stack_name(self.endpoint_name),
            progress=Told(),
            pace=PACE,
        )

    def key(self) -> str:
        """The key, read as the command that `up` prints reads it."""
        words = self.run("status")["key_command"].split()
        arguments = {
            "apiKey": words[words.index("--api-key") + 1],
            "includeValue": "--include-value" in words,
        }
        value: str = self.aws.ask("apigateway", "GetApiKey", **arguments)["value"]
        return value

    def deployment(self) -> str:
        """Which snapshot of the methods is answered."""
        found = self.aws.ask(
            "cloudformation", "DescribeStackResources", StackName=self.stack.name
        )
        [api] = [
            each["PhysicalResourceId"]
            for each in found["StackResources"]
            if each["LogicalResourceId"] == "Api"
        ]
        stage = self.aws.ask("apigateway", "GetStage", restApiId=api, stageName="prod")
        return str(stage["deploymentId"])


@contextlib.contextmanager
def account(cloud: Ministack, folder: Path) -> Iterator[Aws]:
    """An account whose SageMaker is that of the deploy tests."""
    with pytest.MonkeyPatch.context() as patch, serving(patch):
        environment = {
            **cloud.environment,
            "FALCON_API_ORIGINS": f"{ORIGIN},https://chat.example.com",
            "FALCON_CONTAINER": "tgi",
            "FALCON_DEPLOYMENTS": str(folder),
            "AWS_REGION": REGION,
        }
        for name, value in environment.items():
            patch.setenv(name, value)
        yield Aws(region=REGION)


@contextlib.contextmanager
def made(cloud: Ministack, folder: Path, endpoint_name: str) -> Iterator[ChatApi]:
    """An endpoint's Chat API that `up` has made."""
    with account(cloud, folder) as aws:
        Machine(folder, aws=aws).up(endpoint_name=endpoint_name)
        api = ChatApi(cloud, endpoint_name, aws)
        api.run("up")
        yield api


@dataclass(frozen=True)
class Address:
    """Where the API is asked, and with which key."""

    cloud: Ministack
    url: str
    key: str

    def ask(
        self,
        path: str,
        body: bytes | None = QUESTION,
        *,
        key: str | None = None,
        method: str = "POST",
        headers: Mapping[str, str] | None = None,
    ) -> tuple[int, Mapping[str, str], Any]:
        """The status, the headers and the JSON of an answer."""
        said = {"Content-Type": "application/json", **(headers or {})}
        if key is not None:
            said["x-api-key"] = key
        status, told, answer = self.cloud.ask(
            self.url, path, method=method, body=body, headers=said
        )
        return status, told, json.loads(answer) if answer else None


@pytest.fixture(scope="module")
def address(
    cloud: Ministack,
    local_endpoint: LocalEndpoint,
    tmp_path_factory: pytest.TempPathFactory,
) -> Address:
    folder = tmp_path_factory.mktemp("journal")
    with made(cloud, folder, local_endpoint.name) as api:
        return Address(cloud, api.run("status")["api"], api.key())


@pytest.mark.parametrize("key", [None, "a-wrong-key"])
def test_without_the_key_it_is_forbidden_and_a_page_may_read_that(
    address: Address, key: str | None
) -> None:
    status, headers, answer = address.ask("/chat", key=key)

    assert status == 403
    assert headers["access-control-allow-origin"] == ORIGIN
    assert answer["error"]["code"] == "invalid_api_key"
    assert answer["error"]["message"].startswith("Forbidden")


def test_with_the_key_falcon_answers(address: Address) -> None:
    status, headers, answer = address.ask(
        "/chat", key=address.key, headers={"Origin": ORIGIN}
    )

    assert status == 200
    assert headers["access-control-allow-origin"] == ORIGIN
    assert answer["statusCode"] == 200
    assert answer["msg"]


def test_the_second_form_is_answered_as_a_json_string(address: Address) -> None:
    body = b'{"message": {"Field0": "What is a falcon?"}}'

    _, _, answer = address.ask("/api/chat", body, key=address.key)

    assert json.loads(answer)["outputs"][0]["generated_text"]


def test_openai_clients_are_answered(address: Address) -> None:
    body = b'{"model": "", "messages": [{"role": "user", "content": "Hello."}]}'

    _, _, answer = address.ask("/v1/chat/completions", body, key=address.key)

    assert answer["choices"][0]["message"]["content"]


def test_a_wrong_path_is_explained(address: Address) -> None:
    status, _, answer = address.ask("/nowhere", key=address.key)

    assert status == 403
    assert "Missing Authentication Token" in answer["error"]["message"]
    assert "no such path" in answer["error"]["message"]


@pytest.mark.parametrize("origin", [ORIGIN, "https://chat.example.com"])
def test_a_page_of_a_configured_origin_may_ask(address: Address, origin: str) -> None:
    headers = {
        "Origin": origin,
        "Access-Control-Request-Method": "POST",
        "Access-Control-Request-Headers": "x-api-key,access-control-allow-origin",
    }

    status, told, _ = address.ask("/chat", None, method="OPTIONS", headers=headers)

    assert status == 204
    assert told["access-control-allow-origin"] == origin
    assert "x-api-key" in told["access-control-allow-headers"]


def test_another_page_may_not(address: Address) -> None:
    headers = {"Origin": "https://evil.example"}

    status, told, _ = address.ask("/chat", None, method="OPTIONS", headers=headers)

    assert status == 403
    assert "access-control-allow-origin" not in told


def test_who_asks_too_fast_is_told_to_wait(cloud: Ministack, tmp_path: Path) -> None:
    with made(cloud, tmp_path, "falcon-throttled") as api:
        there = Address(cloud, api.run("status")["api"], api.key())

    statuses = []
    while 429 not in statuses:
        status, headers, answer = there.ask(
            "/v1/models", None, key=there.key, method="GET"
        )
        statuses.append(status)
        assert len(statuses) < 200

    assert statuses[0] == 200
    assert headers["retry-after"]
    assert headers["access-control-allow-origin"] == ORIGIN
    assert answer["error"]["code"] == "rate_limited"


def test_a_second_up_changes_nothing_and_a_changed_method_is_deployed(
    cloud: Ministack, tmp_path: Path
) -> None:
    with made(cloud, tmp_path, "falcon-changed") as api:
        there = Address(cloud, api.run("status")["api"], api.key())
        before = api.deployment()
        api.run("up")
        assert api.deployment() == before
        assert there.ask("/v1/models", None, method="GET")[0] == 403
        parameters = {
            each["ParameterKey"]: each["ParameterValue"]
            for each in (api.stack.describe() or {})["Parameters"]
        }
        text = TEMPLATE.read_text(encoding="utf-8")
        changed = text.replace("ApiKeyRequired: true", "ApiKeyRequired: false")

        change_set = api.stack.prepare(
            read_template(first_origin=ORIGIN, text=changed), parameters=parameters
        )
        assert change_set
        api.stack.execute(change_set)

        assert api.deployment() != before
        assert there.ask("/v1/models", None, method="GET")[0] == 200


def test_down_leaves_nothing(cloud: Ministack, tmp_path: Path) -> None:
    with account(cloud, tmp_path) as aws:
        before = everything(aws)
    with made(cloud, tmp_path, "falcon-gone") as api:
        assert everything(api.aws) != before

        assert api.run("down")["is_gone"]

        assert everything(api.aws) == before
        assert api.run("status")["status"] is None
        assert api.run("down")["is_gone"]


def everything(aws: Aws) -> dict[str, list[str]]:
    """What there is of each kind of resource, by name."""
    lists = (
        ("s3", "ListBuckets", "Buckets", "Name"),
        ("lambda", "ListFunctions", "Functions", "FunctionName"),
        ("logs", "DescribeLogGroups", "logGroups", "logGroupName"),
        ("iam", "ListRoles", "Roles", "RoleName"),
        ("apigateway", "GetRestApis", "items", "id"),
        ("apigateway", "GetApiKeys", "items", "id"),
        ("apigateway", "GetUsagePlans", "items", "id"),
    )
    return {
        operation: sorted(
            each[name] for each in aws.ask(service, operation).get(key, [])
        )
        for service, operation, key, name in lists
    }
