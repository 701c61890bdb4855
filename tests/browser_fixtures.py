"""Real Chromium, and the page served as people start it: fixtures for browser tests.

A machine without Chromium skips those tests aloud; FALCON_REQUIRE_BROWSER=1 makes
that a failure.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, sync_playwright

ROOT = Path(__file__).parents[1]
CHROMIUM_NAMES = ("chromium", "chromium-browser", "google-chrome")
# Nothing but the page is to be fetched.
CHROMIUM_ARGUMENTS = [
    "--no-sandbox",
    "--disable-quic",
    "--disable-background-networking",
    "--disable-component-update",
    # Host names of the tests' own, which are not this machine's.
    "--host-resolver-rules=MAP *.test 127.0.0.1",
]
PORT_IN_OPENING_LINE = re.compile(r"Falcon Chat is .*?(?:proxy|ports|:)/?(\d+)")


# For a module and not for the session: while Playwright runs, its event loop occupies
# the main thread, and other modules' tests run loops of their own.
@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    found = next(filter(None, map(shutil.which, CHROMIUM_NAMES)), None)
    if found is None:
        missing = "no Chromium on this machine: the page was not tested in a browser"
        if os.environ.get("FALCON_REQUIRE_BROWSER") == "1":
            pytest.fail(missing)
        pytest.skip(missing)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=found, args=CHROMIUM_ARGUMENTS
        )
        yield browser
        browser.close()


@pytest.fixture
def page(browser: Browser) -> Iterator[Page]:
    context = browser.new_context(reduced_motion="reduce")
    context.set_default_timeout(15_000)
    yield context.new_page()
    context.close()


@contextmanager
def serve(*arguments: str, **environ: str) -> Iterator[int]:
    """The page as `streamlit run` serves it, on a free port; ends with the block."""
    with start(*arguments, **environ) as (_, port):
        yield port


@contextmanager
def start(
    *arguments: str, **environ: str
) -> Iterator[tuple[subprocess.Popen[str], int]]:
    """As `serve`, with the server's process."""
    command = [sys.executable, "-m", "streamlit", "run", "streamlit_app.py"]
    with subprocess.Popen(
        [*command, "--server.port", "0", *arguments],
        cwd=ROOT,
        env={**own_environ(), **environ},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    ) as process:
        try:
            yield process, read_port(process)
        finally:
            process.terminate()
            process.communicate()


def own_environ() -> Mapping[str, str]:
    """This environment without what would send the page elsewhere than the test."""
    foreign = ("AWS_", "FALCON_", "SAGEMAKER_", "STREAMLIT_")
    return {
        name: value
        for name, value in os.environ.items()
        if not name.startswith(foreign) or name == "FALCON_HISTORY"
    }


def read_port(process: subprocess.Popen[str]) -> int:
    """The port that the server says it has; fails with what it said instead."""
    assert process.stdout is not None
    said = []
    for line in process.stdout:
        said.append(line)
        if found := PORT_IN_OPENING_LINE.search(line):
            return int(found[1])
    pytest.fail("the server ended before it named its port:\n" + "".join(said))
