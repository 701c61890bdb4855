from __future__ import annotations

import random
import statistics
import time
from collections.abc import Iterator

import pytest

from falcon.errors import (
    EndpointConnectionError,
    EndpointTimeoutError,
    EndpointUnavailableError,
    FalconError,
    GenerationError,
    IncompleteGenerationError,
    InvalidInputError,
    OverloadedError,
)
from falcon.retries import Retries, RetryBudget, RetryPolicy

BUSY = EndpointUnavailableError("busy")
DRAWS = 10_000


@pytest.fixture(autouse=True)
def _same_draws() -> Iterator[None]:
    state = random.getstate()
    random.seed(1)
    yield
    random.setstate(state)


def retries(
    policy: RetryPolicy = RetryPolicy(), *, budget: RetryBudget | None = None
) -> Retries:
    return Retries(policy, budget or RetryBudget(size=DRAWS))


def pause(error: FalconError = BUSY, *, after: int = 1) -> float:
    """Return the pause after this many failures of a fresh question."""
    asked = retries()
    for _ in range(after):
        seconds = asked.pause(error, is_starting=False)
    assert seconds is not None
    return seconds


@pytest.mark.parametrize(("after", "bound"), [(1, 0.5), (2, 1.0), (3, 2.0)])
def test_a_pause_is_anything_up_to_a_bound_that_doubles(
    after: int, bound: float
) -> None:
    pauses = [pause(after=after) for _ in range(DRAWS)]

    assert min(pauses) >= 0
    assert max(pauses) <= bound
    deciles = statistics.quantiles(pauses, n=10)
    for number, decile in enumerate(deciles, start=1):
        assert decile == pytest.approx(bound * number / 10, abs=bound * 0.02)


def test_pauses_do_not_grow_past_their_longest() -> None:
    policy = RetryPolicy(attempts=20, total=1000, longest_pause=3)
    asked = retries(policy)

    pauses = [asked.pause(BUSY, is_starting=False) for _ in range(19)]

    assert max(seconds for seconds in pauses if seconds is not None) <= 3


def test_many_clients_that_fail_together_do_not_come_back_together() -> None:
    pauses = sorted(pause() for _ in range(1000))

    in_one_hundredth = max(
        sum(at <= seconds < at + 0.005 for seconds in pauses) for at in pauses
    )

    assert in_one_hundredth < 30


def test_a_question_is_asked_four_times_at_most() -> None:
    asked = retries()

    pauses = [asked.pause(BUSY, is_starting=False) for _ in range(4)]

    assert [seconds is None for seconds in pauses] == [False, False, False, True]


@pytest.mark.parametrize(
    "error",
    [
        EndpointTimeoutError("sent"),
        EndpointConnectionError("sent"),
        GenerationError("failed"),
        IncompleteGenerationError("cut"),
        InvalidInputError("refused"),
    ],
    ids=lambda error: type(error).__name__,
)
def test_what_may_have_begun_an_answer_is_not_asked_again(error: FalconError) -> None:
    assert retries().pause(error, is_starting=False) is None


@pytest.mark.parametrize(
    "error",
    [
        BUSY,
        OverloadedError("busy"),
        EndpointConnectionError("unsent", was_sent=False),
        EndpointTimeoutError("unsent", was_sent=False),
    ],
    ids=lambda error: type(error).__name__,
)
def test_what_cannot_have_begun_an_answer_is_asked_again(error: FalconError) -> None:
    assert retries().pause(error, is_starting=False) is not None


def test_no_pause_is_shorter_than_the_endpoint_asks_for() -> None:
    error = EndpointUnavailableError("busy", retry_after=7)

    pauses = [pause(error) for _ in range(100)]

    assert min(pauses) >= 7
    assert max(pauses) - min(pauses) > 0.3


def test_a_question_is_given_up_rather_than_asked_after_its_time() -> None:
    error = EndpointUnavailableError("busy", retry_after=31)

    assert retries().pause(error, is_starting=False) is None


def test_the_time_that_attempts_take_counts() -> None:
    asked = retries(RetryPolicy(total=0.05, first_pause=0.001))
    assert asked.pause(BUSY, is_starting=False) is not None

    time.sleep(0.06)

    assert asked.pause(BUSY, is_starting=False) is None


def test_what_is_given_up_takes_nothing_from_the_budget() -> None:
    budget = RetryBudget(size=1)
    late = EndpointUnavailableError("busy", retry_after=31)

    retries(budget=budget).pause(late, is_starting=False)

    assert budget.spend()


def test_an_endpoint_that_starts_is_asked_about_every_ten_seconds() -> None:
    asked = retries()

    pauses = [asked.pause(BUSY, is_starting=True) for _ in range(DRAWS)]

    known = [seconds for seconds in pauses if seconds is not None]
    assert len(known) == DRAWS
    assert min(known) >= 5
    assert max(known) <= 15
    assert statistics.mean(known) == pytest.approx(10, abs=0.1)


def test_an_endpoint_that_does_not_start_is_given_up() -> None:
    asked = retries(RetryPolicy(start_total=4))

    assert asked.pause(BUSY, is_starting=True) is None


def test_waiting_for_a_start_uses_up_no_attempt() -> None:
    asked = retries()
    for _ in range(10):
        asked.pause(BUSY, is_starting=True)

    assert asked.pause(BUSY, is_starting=False) is not None


def test_an_empty_budget_ends_repetitions() -> None:
    budget = RetryBudget(size=2)
    asked = retries(budget=budget)

    pauses = [asked.pause(BUSY, is_starting=False) for _ in range(3)]

    assert [seconds is None for seconds in pauses] == [False, False, True]


def repetitions(budget: RetryBudget, *, questions: int) -> int:
    """Return how often questions that all fail are asked again."""
    count = 0
    for _ in range(questions):
        asked = retries(budget=budget)
        while asked.pause(BUSY, is_starting=False) is not None:
            count += 1
    return count


def test_a_failing_endpoint_gets_its_questions_once_when_the_budget_is_used_up() -> (
    None
):
    budget = RetryBudget()
    assert repetitions(budget, questions=50) == 10

    assert repetitions(budget, questions=50) == 0


def test_answers_fill_the_budget_by_a_tenth_each() -> None:
    budget = RetryBudget()
    repetitions(budget, questions=50)

    for _ in range(55):
        budget.earn()

    assert repetitions(budget, questions=50) == 5


def test_the_budget_does_not_grow_past_its_size() -> None:
    budget = RetryBudget(size=3)
    for _ in range(1000):
        budget.earn()

    assert repetitions(budget, questions=50) == 3
