from __future__ import annotations

import shlex
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from deploy.aws import Aws
from deploy.openai_route import openai_route
from deploy.ways import WAYS
from tests.deploy_plane import Account, serving


@pytest.fixture(autouse=True)
def account(monkeypatch: pytest.MonkeyPatch) -> Iterator[Account]:
    with serving(monkeypatch) as account:
        monkeypatch.delenv("AWS_ENDPOINT_URL")
        yield account


def test_the_address_is_below_the_endpoints_name() -> None:
    route = openai_route(
        Aws(region="ap-northeast-2"), endpoint_name="falcon-chat-x", way="vllm"
    )

    assert route is not None
    assert route.base_url == (
        "https://runtime.sagemaker.ap-northeast-2.amazonaws.com"
        "/endpoints/falcon-chat-x/openai/v1"
    )


def test_only_what_speaks_chat_has_one() -> None:
    aws = Aws(region="us-east-1")

    having = {
        way.name
        for way in WAYS
        if openai_route(aws, endpoint_name="x", way=way.name) is not None
    }

    assert having == {"vllm", "llama_cpp"}


def test_the_command_prints_a_token() -> None:
    route = openai_route(Aws(region="us-east-1"), endpoint_name="x", way="vllm")
    assert route is not None
    [program, *arguments] = shlex.split(route.token_command)

    ran = subprocess.run(
        [sys.executable, *arguments], capture_output=True, text=True, check=False
    )

    assert program == "python"
    assert ran.returncode == 0, ran.stderr
    assert len(ran.stdout.strip()) > 100


def test_the_command_names_the_profile(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    settings = tmp_path / "config"
    settings.write_text("[profile 'my team']\nregion = us-east-1\n", encoding="utf-8")
    monkeypatch.setenv("AWS_CONFIG_FILE", str(settings))

    route = openai_route(
        Aws(region="us-east-1", profile="my team"), endpoint_name="x", way="vllm"
    )

    assert route is not None
    assert route.token_command.startswith("AWS_PROFILE='my team' python -c ")
