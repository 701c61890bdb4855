"""When to ask an endpoint again, and how long to wait before.

Only what cannot have begun an answer is asked again: see FalconError.repeatable. Pauses
follow "Exponential Backoff And Jitter" (AWS Architecture Blog): anything from zero to
a bound that doubles, so that many clients do not come back together. Knows no network
and does not wait itself.
"""

from __future__ import annotations

import random
import threading
import time
from dataclasses import dataclass

from falcon.errors import EndpointUnavailableError, FalconError


@dataclass(frozen=True, slots=True, kw_only=True)
class RetryPolicy:
    """How patient a client is; times are in seconds."""

    attempts: int = 4
    """How often a busy or failing endpoint is asked, the first time included."""
    total: float = 30.0
    """After this long with a busy or failing endpoint, it is not asked again."""
    first_pause: float = 0.5
    longest_pause: float = 8.0
    start_total: float = 1800.0
    """How long an endpoint may take to start. Falcon on a GPU takes 5 to 15 minutes."""
    start_pause: float = 10.0
    """Between two questions to an endpoint that is starting, about."""


class RetryBudget:
    """How many repetitions many clients have together. Safe from any thread.

    A failing endpoint must not get a multiple of its usual requests: each repetition
    takes one from the budget, and only answered questions fill it again.
    """

    def __init__(self, *, size: float = 10.0, refill: float = 0.1) -> None:
        self._lock = threading.Lock()
        self._size = size
        self._refill = refill
        self._left = size

    def spend(self) -> bool:
        """Take one repetition; False if none is left."""
        with self._lock:
            # Ten refills of a tenth come to a little less than one.
            if self._left < 1 - 1e-9:
                return False
            self._left -= 1
            return True

    def earn(self) -> None:
        """Count a question that was answered."""
        with self._lock:
            self._left = min(self._left + self._refill, self._size)


PROCESS_BUDGET = RetryBudget()
"""Shared by every client of this process."""


class Retries:
    """The repetitions of one question."""

    def __init__(self, policy: RetryPolicy, budget: RetryBudget) -> None:
        self._policy = policy
        self._budget = budget
        self._began = time.monotonic()
        self._failures = 0

    @property
    def seconds(self) -> float:
        """How long the question has been waiting."""
        return time.monotonic() - self._began

    def pause(self, error: FalconError, *, is_starting: bool) -> float | None:
        """Return the seconds to wait before asking again; None: give up."""
        if is_starting:
            pause = self._policy.start_pause * random.uniform(0.5, 1.5)
            return self._within(self._policy.start_total, pause, error)
        self._failures += 1
        if not error.repeatable or self._failures >= self._policy.attempts:
            return None
        bound = self._policy.first_pause * 2 ** (self._failures - 1)
        pause = random.uniform(0, min(bound, self._policy.longest_pause))
        within = self._within(self._policy.total, pause, error)
        return within if within is not None and self._budget.spend() else None

    def _within(self, total: float, pause: float, error: FalconError) -> float | None:
        if isinstance(error, EndpointUnavailableError) and error.retry_after:
            # Not before the endpoint asks for it, and still not all at once.
            pause += error.retry_after
        return pause if self.seconds + pause <= total else None
