"""How much one person, and all together, may have answered: places and a rate.

Nobody's computer or endpoint is to be filled by one page, a loop or a mistake. Knows
no page, no network and no clock but the one it is given, and never waits itself.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from types import TracebackType

from falcon.errors import OverloadedError
from falcon.text import text

SECONDS = 60.0
"""What the rate is counted over."""
MOST_KNOWN = 1000
"""Owners remembered before those who are at rest are forgotten."""
NOBODY = ""
"""The owner of all whose browsers keep no id: a reload would otherwise be somebody
new. They are counted together."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """The figures; 0 is no limit. An answer counts from its question to its end."""

    open_per_owner: int = 6
    open_in_all: int = 64
    """On this server."""
    questions_per_minute: int = 30
    """Of one owner, at once or one after the other; each column of a comparison is
    asked a question of its own."""


DEFAULT_LIMITS = Limits()


class Place:
    """One answer's place. Leaving the block gives it back, however that ends."""

    def __init__(self, owner: str, limiter: Limiter) -> None:
        self.owner = owner
        self._limiter = limiter

    def give_back(self) -> None:
        """Let another answer have it; doing so twice is doing so once."""
        self._limiter.take_back(self)

    def __enter__(self) -> Place:
        return self

    def __exit__(
        self,
        _kind: type[BaseException] | None,
        _error: BaseException | None,
        _where: TracebackType | None,
    ) -> None:
        self.give_back()


class Limiter:
    """Safe to use from any thread; one for each server."""

    def __init__(
        self,
        limits: Limits = DEFAULT_LIMITS,
        *,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self.limits = limits
        self._clock = clock
        self._lock = threading.Lock()
        self._places: dict[str, set[Place]] = {}
        # A bucket of tokens as one number: when it will be full again. It is the
        # "generic cell rate algorithm" of ATM networks (ITU-T I.371).
        self._full: dict[str, float] = {}

    @property
    def open(self) -> int:
        """How many answers are being made now, of all owners."""
        with self._lock:
            return self._open_in_all()

    def admit(self, owner: str, *, answers: int = 1) -> tuple[Place, ...]:
        """Take a place for each answer, or none: then OverloadedError says why."""
        with self._lock:
            if problem := self._problem(owner, answers):
                raise problem
            if self.limits.questions_per_minute:
                now = self._clock()
                self._forget(now)
                begins = max(now, self._full.get(owner, now))
                self._full[owner] = begins + answers * self._interval
            places = tuple(Place(owner, self) for _ in range(answers))
            self._places.setdefault(owner, set()).update(places)
            return places

    def problem(self, owner: str, *, answers: int = 1) -> OverloadedError | None:
        """Return why that many would not be admitted now; None: they would."""
        with self._lock:
            return self._problem(owner, answers)

    def take_back(self, place: Place) -> None:
        with self._lock:
            kept = self._places.get(place.owner, set())
            kept.discard(place)
            if not kept:
                self._places.pop(place.owner, None)

    @property
    def _interval(self) -> float:
        return SECONDS / self.limits.questions_per_minute

    def _open_in_all(self) -> int:
        return sum(map(len, self._places.values()))

    def _problem(self, owner: str, answers: int) -> OverloadedError | None:
        limits = self.limits
        most = limits.open_per_owner
        if most and len(self._places.get(owner, ())) + answers > most:
            return _too_many_of_one(owner, answers, most)
        most = limits.open_in_all
        if most and self._open_in_all() + answers > most:
            return OverloadedError(
                text(
                    "This server answers {most} questions at a time, and that many are "
                    "being answered now. Ask again when one of them has ended.",
                    most=most,
                )
            )
        most = limits.questions_per_minute
        if most:
            now = self._clock()
            full = max(now, self._full.get(owner, now)) + answers * self._interval
            # Tokens that come back one by one make up a little less than a whole.
            seconds = full - now - max(SECONDS, answers * self._interval)
            if seconds > 1e-6:
                return _too_fast(owner, most, seconds)
        return None

    def _forget(self, now: float) -> None:
        """Forget whose bucket is full: so they all were before they were known."""
        if len(self._full) >= MOST_KNOWN:
            self._full = {key: full for key, full in self._full.items() if full > now}


def _too_many_of_one(owner: str, answers: int, most: int) -> OverloadedError:
    if answers > most:
        return OverloadedError(
            text(
                "Here one person may have {most} answers at a time, and this asks for "
                "{answers}. Compare fewer columns.",
                most=most,
                answers=answers,
            )
        )
    if owner == NOBODY:
        return OverloadedError(
            text(
                "This browser stores nothing for this page, and all such browsers "
                "together may have {most} answers at a time. Ask again when one of "
                "them has ended, or let this page store data.",
                most=most,
            )
        )
    return OverloadedError(
        text(
            "You have as many answers on their way as one person may have here: "
            "{most}. Wait until one has ended, or stop one.",
            most=most,
        )
    )


def _too_fast(owner: str, most: int, seconds: float) -> OverloadedError:
    if owner == NOBODY:
        return OverloadedError(
            text(
                "This browser stores nothing for this page, and all such browsers "
                "together may ask {most} questions in a minute. Wait a moment, or let "
                "this page store data.",
                most=most,
            ),
            retry_after=seconds,
        )
    return OverloadedError(
        text(
            "You asked {most} questions within a minute, as many as one person may "
            "here. Wait a moment, then ask again.",
            most=most,
        ),
        retry_after=seconds,
    )
