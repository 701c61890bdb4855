"""What several test modules share."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from falcon.local.model.files import GGUF
from falcon.local.process import LocalEndpoint

pytest_plugins = ["tests.browser_fixtures", "tests.runtime_client"]


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
