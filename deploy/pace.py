"""How often to look and how long to wait, in seconds."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeVar

from deploy.aws_refusals import RefusedError

Answer = TypeVar("Answer")


@dataclass(frozen=True, slots=True, kw_only=True)
class Pace:
    poll: float = 10.0
    """Between two looks at an endpoint."""
    creation: float = 5400.0
    """Until an endpoint that is being created counts as stuck; SageMaker itself gives
    the model an hour and the container another at the most."""
    removal: float = 3600.0
    """Until an endpoint that is still there stays on the pending list."""
    outage: float = 300.0
    """For which AWS may fail while something is waited for."""
    settling: float = 30.0
    """After a create call without an answer, until its resource must be visible."""


class Patience:
    """Asks again and again, and overlooks failures of AWS for a while."""

    def __init__(self, pace: Pace, *, limit: float) -> None:
        self._pace = pace
        self._ends = time.monotonic() + limit
        self._failing_since: float | None = None

    @property
    def is_over(self) -> bool:
        return time.monotonic() >= self._ends

    def try_to(self, call: Callable[[], Answer], otherwise: Answer) -> Answer:
        """Return what `call` does, or `otherwise` where AWS fails for the moment."""
        try:
            answer = call()
        except RefusedError as refusal:
            now = time.monotonic()
            self._failing_since = self._failing_since or now
            lasting = now - self._failing_since >= self._pace.outage
            if lasting or not refusal.retryable:
                raise
            return otherwise
        self._failing_since = None
        return answer

    def sleep(self) -> None:
        time.sleep(self._pace.poll)
