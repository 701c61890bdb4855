"""What AWS last said of endpoints, read in threads: nobody waits for it here."""

from __future__ import annotations

from typing import TYPE_CHECKING

from falcon.endpoint import Endpoint
from falcon.errors import FalconError
from falcon.ui.endpoint.readings import Readings

if TYPE_CHECKING:
    from falcon.endpoint_details import EndpointDetails
    from falcon.endpoints import EndpointState

SECONDS_BETWEEN_STATES = 20.0
SECONDS_BETWEEN_DETAILS = 300.0


class EndpointReadings:
    """Safe from any thread; each answer is None before the first reading has come."""

    def __init__(self) -> None:
        self._states = Readings(_read_state, seconds=SECONDS_BETWEEN_STATES)
        self._details = Readings(_read_details, seconds=SECONDS_BETWEEN_DETAILS)

    def state(self, endpoint: Endpoint) -> EndpointState | None:
        """Return how an endpoint is."""
        return self._states.newest(endpoint)

    def details(self, endpoint: Endpoint) -> EndpointDetails | FalconError | None:
        """Return what stands behind an endpoint, or why it is not known."""
        return self._details.newest(endpoint)


# boto3 takes 0.2 s to import: the first page is painted without it.


def _read_state(endpoint: Endpoint) -> EndpointState:
    from falcon.endpoints import read_state

    return read_state(endpoint)


def _read_details(endpoint: Endpoint) -> EndpointDetails | FalconError:
    from falcon.endpoint_details import read_details

    try:
        return read_details(endpoint)
    except FalconError as error:
        return error
