from __future__ import annotations

import threading

import pytest

from falcon.errors import OverloadedError
from falcon.limits import MOST_KNOWN, NOBODY, SECONDS, Limiter, Limits, Place


class Clock:
    """Time that passes when the test says so."""

    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


def limiter(clock: Clock, *, owner: int = 0, all_: int = 0, rate: int = 0) -> Limiter:
    limits = Limits(open_per_owner=owner, open_in_all=all_, questions_per_minute=rate)
    return Limiter(limits, clock=clock)


def admit(limiter: Limiter, owner: str = "anna") -> Place:
    (place,) = limiter.admit(owner)
    return place


def test_nobody_has_more_answers_open_than_allowed(clock: Clock) -> None:
    asked = limiter(clock, owner=2)
    first = admit(asked)
    admit(asked)

    with pytest.raises(OverloadedError, match="one person may have here: 2"):
        admit(asked)

    admit(asked, "ben")
    first.give_back()
    admit(asked)


def test_all_together_have_no_more_answers_open_than_allowed(clock: Clock) -> None:
    asked = limiter(clock, all_=2)
    first = admit(asked, "anna")
    admit(asked, "ben")

    with pytest.raises(OverloadedError, match="This server answers 2 questions"):
        admit(asked, "carla")

    first.give_back()
    admit(asked, "carla")


def test_a_place_is_given_back_once_and_only_its_own(clock: Clock) -> None:
    asked = limiter(clock, owner=2)
    first = admit(asked)
    admit(asked)

    for _ in range(3):
        first.give_back()

    assert asked.open == 1


def test_a_place_is_given_back_whatever_happens_in_it(clock: Clock) -> None:
    asked = limiter(clock, owner=1)

    with pytest.raises(ZeroDivisionError), admit(asked):
        _ = 1 / 0

    assert asked.open == 0


def test_a_minutes_questions_may_come_at_once_and_then_one_by_one(clock: Clock) -> None:
    asked = limiter(clock, rate=30)
    for _ in range(30):
        admit(asked).give_back()

    with pytest.raises(OverloadedError, match="asked 30 questions") as refused:
        admit(asked)

    assert refused.value.retry_after == pytest.approx(2)
    clock.now += 2
    admit(asked)
    with pytest.raises(OverloadedError):
        admit(asked)


def test_whoever_comes_when_told_is_admitted(clock: Clock) -> None:
    asked = limiter(clock, rate=7)
    admitted = 0
    began = clock.now
    while clock.now < began + 10 * SECONDS + 1:
        if (problem := asked.problem("anna")) is None:
            admit(asked).give_back()
            admitted += 1
        else:
            assert problem.retry_after is not None
            clock.now += problem.retry_after

    assert admitted == 7 + 10 * 7


def test_a_refused_question_costs_nothing(clock: Clock) -> None:
    asked = limiter(clock, rate=1)
    admit(asked)
    for _ in range(100):
        with pytest.raises(OverloadedError):
            admit(asked)

    clock.now += SECONDS

    assert asked.problem("anna") is None


def test_what_one_asks_is_not_counted_for_another(clock: Clock) -> None:
    asked = limiter(clock, rate=1)
    admit(asked, "anna")

    assert asked.problem("ben") is None
    assert asked.problem("anna") is not None


def test_a_comparison_is_admitted_whole_or_not_at_all(clock: Clock) -> None:
    asked = limiter(clock, owner=4, rate=10)
    admit(asked)

    with pytest.raises(OverloadedError):
        asked.admit("anna", answers=4)

    assert asked.open == 1
    assert len(asked.admit("anna", answers=3)) == 3


def test_more_columns_than_anybody_may_have_are_told_so(clock: Clock) -> None:
    with pytest.raises(OverloadedError, match="Compare fewer columns"):
        limiter(clock, owner=2).admit("anna", answers=3)


def test_more_columns_than_a_minutes_questions_wait_for_a_whole_minute(
    clock: Clock,
) -> None:
    asked = limiter(clock, rate=2)

    asked.admit("anna", answers=4)

    problem = asked.problem("anna")
    assert problem is not None
    assert problem.retry_after == pytest.approx(90)


def test_browsers_that_keep_no_id_are_counted_together_and_told_so(
    clock: Clock,
) -> None:
    for asked in (limiter(clock, owner=1), limiter(clock, rate=1)):
        admit(asked, NOBODY)

        with pytest.raises(OverloadedError, match="let this page store data"):
            admit(asked, NOBODY)


def test_zero_is_no_limit(clock: Clock) -> None:
    asked = limiter(clock)

    assert len(asked.admit("anna", answers=10_000)) == 10_000


def test_ids_made_up_without_end_are_forgotten_again(clock: Clock) -> None:
    asked = limiter(clock, rate=60)
    for number in range(10 * MOST_KNOWN):
        admit(asked, str(number)).give_back()
        clock.now += 0.01

    assert len(asked._full) <= MOST_KNOWN
    assert not asked._places


def test_many_threads_together_get_no_more_places_than_there_are(clock: Clock) -> None:
    asked = limiter(clock, owner=5)
    most_seen, errors = [], 0
    lock = threading.Lock()

    def ask_often() -> None:
        nonlocal errors
        for _ in range(300):
            try:
                with admit(asked):
                    most_seen.append(asked.open)
            except OverloadedError:
                with lock:
                    errors += 1

    threads = [threading.Thread(target=ask_often) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert max(most_seen) <= 5
    assert len(most_seen) + errors == 8 * 300
    assert asked.open == 0
