"""Clients of tests/fault_endpoint.py that lose no time."""

from __future__ import annotations

from dataclasses import replace

from falcon import Endpoint, FalconClient
from falcon.models import DEFAULT_MODEL
from falcon.retries import RetryBudget, RetryPolicy
from falcon.runtime import Timeouts
from tests.fault_endpoint import FaultEndpoint

MODEL = replace(DEFAULT_MODEL, tokenizer=None)
"""Its tokens are estimated: nothing is fetched."""
FAST = RetryPolicy(
    total=5.0, first_pause=0.01, longest_pause=0.05, start_total=10.0, start_pause=0.04
)


def client_for(
    server: FaultEndpoint,
    fault: str,
    *,
    retries: RetryPolicy = FAST,
    budget: RetryBudget | None = None,
    read: float = 1.0,
    total: float = 480.0,
) -> FalconClient:
    """A client of the endpoint that fails as `fault` says; its budget is its own."""
    return FalconClient(
        Endpoint(name=fault, region="us-east-1", url=server.url),
        container=server.container,
        model=MODEL,
        timeouts=Timeouts(read=read, total=total),
        retries=retries,
        budget=budget or RetryBudget(),
    )
