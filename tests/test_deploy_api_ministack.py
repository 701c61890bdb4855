"""The stack of the Chat API, made, asked, throttled, changed and removed."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
from botocore import UNSIGNED  # noqa: F401

from deploy.api import template as api_template
from deploy.aws import Aws
from falcon.local.process import LocalEndpoint
from tests.deploy_example import Machine
from tests.deploy_fixtures import Command
from tests.deploy_plane import Account
from tests.ministack import Ministack, ministack

ORIGIN = "https://localhost:3000"


@pytest.fixture(scope="module")
def cloud(
    local_endpoint: LocalEndpoint, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Ministack]:
    environment = {"AWS_ENDPOINT_URL_SAGEMAKER_RUNTIME": local_endpoint.url}
    with ministack(tmp_path_factory.mktemp("ministack"), environment) as cloud:
        yield cloud


def test_it(
    cloud: Ministack,
    account: Account,
    machine: Machine,
    deploy: Command,
    local_endpoint: LocalEndpoint,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    name = local_endpoint.name
    machine.up(endpoint_name=name)
    for variable, value in cloud.environment.items():
        monkeypatch.setenv(variable, value)
    monkeypatch.setenv("FALCON_API_ORIGINS", ORIGIN)
    monkeypatch.setenv("FALCON_CONTAINER", "tgi")
    rc = deploy("api", "up", name, "--yes", "--json")
    told = capsys.readouterr()
    print(told.err[-6000:])
    print(told.out)
    assert rc == 0
    value = json.loads(told.out)
    aws = Aws(region="us-east-1")
    key = aws.ask("apigateway", "GetApiKeys", includeValues=True)["items"][0]["value"]
    print(cloud.ask(value["api"], "/chat", body=b'{"text": "Hello"}'))
    print(cloud.ask(value["api"], "/chat", body=b'{"text": "Hello"}', headers={"x-api-key": "bad"}))
    print(cloud.ask(value["api"], "/chat", body=b'{"text": "Hello"}', headers={"x-api-key": key, "content-type": "application/json"}))
    print(cloud.ask(value["api"], "/nowhere", body=b'{"text": "Hello"}', headers={"x-api-key": key, "content-type": "application/json"}))
    print(cloud.ask(value["api"], "/chat", method="OPTIONS", headers={"Origin": ORIGIN, "Access-Control-Request-Headers": "x-api-key"}))
    assert 0
