"""The page behind SageMaker Studio's proxy, played by a real jupyter-server-proxy.

Jupyter runs with the flags of sagemaker-distribution's start-jupyter-server. The
gateway in front of it either keeps the Host header or rewrites it, as a notebook
instance's does, and may strip cookies: which of these Studio's own does is not known.
"""

from __future__ import annotations

import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from tests.browser_fixtures import own_environ, serve
from tests.gateway import Gateway
from tests.slow_endpoint import SlowEndpoint, serving_slowly


@pytest.fixture(scope="module")
def slow() -> Iterator[SlowEndpoint]:
    with serving_slowly() as endpoint:
        yield endpoint


@pytest.fixture(scope="module")
def page_port(slow: SlowEndpoint) -> Iterator[int]:
    settings = {
        "SAGEMAKER_APP_TYPE_LOWERCASE": "jupyterlab",
        "FALCON_ENDPOINT": "slow",
        "FALCON_REGION": "us-east-1",
    }
    with serve(**slow.environ, **settings) as port:
        yield port


@pytest.fixture(scope="module")
def jupyter_port(tmp_path_factory: pytest.TempPathFactory) -> Iterator[int]:
    port = unused_port()
    home = tmp_path_factory.mktemp("jupyter")
    flags = [
        f"--ServerApp.port={port}",
        # The start script listens everywhere, which is what allows any Host.
        "--ServerApp.ip=127.0.0.1",
        "--ServerApp.allow_remote_access=True",
        "--ServerApp.base_url=/jupyterlab/default",
        "--ServerApp.allow_origin=*",
        "--ServerApp.tornado_settings=compress_response=True",
        "--IdentityProvider.token=",
        "--allow-root",
        "--no-browser",
    ]
    with (
        (home / "log").open("w") as log,
        subprocess.Popen(
            [sys.executable, "-m", "jupyter_server", *flags],
            env={**own_environ(), "HOME": str(home)},
            stdout=subprocess.DEVNULL,
            stderr=log,
            cwd=home,
        ) as process,
    ):
        wait_for(f"http://127.0.0.1:{port}/jupyterlab/default/api/status", home / "log")
        yield port
        process.terminate()


@pytest.mark.parametrize(
    "gateway",
    [
        pytest.param(Gateway(), id="host kept"),
        pytest.param(Gateway(host="10.0.0.7:8443"), id="host rewritten"),
        pytest.param(
            Gateway(host="10.0.0.7:8443", keeps_cookies=False),
            id="host rewritten, cookies stripped",
        ),
    ],
)
def test_an_answer_streams_behind_the_proxy(
    page: Page, slow: SlowEndpoint, page_port: int, jupyter_port: int, gateway: Gateway
) -> None:
    slow.finish.clear()
    path = f"jupyterlab/default/proxy/{page_port}/"

    with gateway.in_front_of(jupyter_port) as port:
        page.goto(f"http://studio.test:{port}/{path}")
        question = page.get_by_test_id("stChatInputTextArea")
        question.fill("Tell me about falcons")
        question.press("Enter")
        answer = page.get_by_label("Chat message from assistant").last
        expect(answer).to_contain_text("word5")
        unfinished = answer.inner_text()
        slow.finish.set()
        expect(answer).not_to_have_text(unfinished)


def test_page_keeps_its_policy_behind_the_proxy(
    page_port: int, jupyter_port: int
) -> None:
    url = f"http://127.0.0.1:{jupyter_port}/jupyterlab/default/proxy/{page_port}/"

    with urllib.request.urlopen(url, timeout=10) as response:
        policy = response.headers["Content-Security-Policy"]

    assert "img-src 'self' data: blob:;" in policy


def unused_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def wait_for(url: str, log: Path) -> None:
    """Until Jupyter answers; fails with what it said."""
    deadline = time.monotonic() + 30
    while time.monotonic() < deadline:
        try:
            with urllib.request.urlopen(url, timeout=1):
                return
        except urllib.error.URLError:
            time.sleep(0.1)
    pytest.fail(f"Jupyter did not start:\n{log.read_text()}")
