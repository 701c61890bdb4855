"""Whether an endpoint that fails is only starting. Asks SageMaker, now and then."""

from __future__ import annotations

import threading
import time
from typing import TYPE_CHECKING

from falcon.endpoints import read_state
from falcon.errors import (
    EndpointNotFoundError,
    EndpointUnavailableError,
    FalconError,
    OverloadedError,
)

if TYPE_CHECKING:
    from falcon.endpoint import Endpoint

SECONDS_BETWEEN_READINGS = 5.0


class StartingCheck:
    """For one endpoint. Safe from any thread; many that fail together ask once."""

    def __init__(self, endpoint: Endpoint) -> None:
        self._endpoint = endpoint
        self._lock = threading.Lock()
        self._read_at = float("-inf")
        self._is_starting = False

    def explains(self, error: FalconError) -> bool:
        """Return whether `error` came because the endpoint is starting."""
        if isinstance(error, EndpointUnavailableError) and error.is_starting:
            return True
        # An endpoint that is being created is "not found" to those who ask it.
        if not isinstance(
            error, (EndpointNotFoundError, EndpointUnavailableError, OverloadedError)
        ):
            return False
        with self._lock:
            if time.monotonic() - self._read_at > SECONDS_BETWEEN_READINGS:
                self._is_starting = read_state(self._endpoint).status == "starting"
                self._read_at = time.monotonic()
            return self._is_starting
