"""What several test modules share."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from falcon.local.model.files import GGUF
from falcon.local.process import LocalEndpoint

# No test asks the hub for a tokenizer: nobody listens there. A test that has a hub of
# its own names it.
os.environ["HF_ENDPOINT"] = "http://127.0.0.1:9"
os.environ["HF_HOME"] = "/nonexistent"
# No test writes to the user's own conversations: those of a page that a test starts are
# gone with it.
os.environ["FALCON_HISTORY"] = "sqlite://"

pytest_plugins = [
    "tests.browser_fixtures",
    "tests.deploy_fixtures",
    "tests.runtime_client",
]


@pytest.fixture(scope="session")
def small_model() -> Path:
    """The file of the small Falcon network."""
    return GGUF


@pytest.fixture(scope="session")
def local_endpoint() -> Iterator[LocalEndpoint]:
    """The local endpoint, ready, with the small Falcon model: `.url` and `.name`."""
    with LocalEndpoint() as endpoint:
        assert endpoint.wait(timeout=30) == "ready", endpoint.reason
        yield endpoint
