from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace

import pytest

from falcon import FalconClient, GenerationParameters
from falcon.compare_run import ColumnSettings, CompareRun, wait
from falcon.comparison import MOST_COLUMNS, MOST_QUESTIONS, Comparison
from falcon.endpoint import Endpoint
from falcon.errors import IncompleteGenerationError, PermissionDeniedError
from falcon.open_conversation import OpenStream
from tests.fault_client import client_for
from tests.fault_endpoint import FaultEndpoint
from tests.slow_endpoint import SlowEndpoint, serving_slowly


@pytest.fixture(scope="module")
def server() -> Iterator[SlowEndpoint]:
    with serving_slowly() as endpoint:
        yield endpoint


@pytest.fixture
def endpoint(server: SlowEndpoint) -> Iterator[SlowEndpoint]:
    server.bodies.clear()
    server.left.clear()
    server.finish.clear()
    yield server
    server.finish.set()


def asking(server: FaultEndpoint) -> Callable[[ColumnSettings], OpenStream]:
    """The real clients of the endpoints that the columns name."""
    clients: dict[str, FalconClient] = {}

    def opener(settings: ColumnSettings) -> OpenStream:
        assert settings.endpoint is not None
        name = settings.endpoint.name
        if name not in clients:
            clients[name] = client_for(server, name, read=10)
        return lambda turns: clients[name].stream(turns, settings.parameters)

    return opener


def comparing(*names: str) -> Comparison:
    """A comparison whose columns ask the endpoints of these names."""
    comparison = Comparison(at(names[0])(ColumnSettings()))
    while len(comparison.columns) < len(names):
        comparison.add()
    for column, name in zip(comparison.columns, names, strict=True):
        comparison.change(column.name, at(name))
    return comparison


def at(name: str) -> Callable[[ColumnSettings], ColumnSettings]:
    endpoint = Endpoint(name=name, region="us-east-1")
    return lambda settings: replace(settings, endpoint=endpoint)


def finished(run: CompareRun | None) -> CompareRun:
    assert run is not None
    while run.running:
        seen = tuple(answer.generation.progress for answer in run.answers)
        wait(run, seen, timeout=10)
    return run


def texts(run: CompareRun) -> list[str]:
    return [answer.generation.progress.text for answer in run.answers]


def reasons(run: CompareRun) -> list[str | None]:
    return [answer.generation.progress.reason for answer in run.answers]


def test_four_columns_are_asked_at_the_same_time(endpoint: SlowEndpoint) -> None:
    comparison = comparing("slow", "slow", "slow", "slow")

    run = comparison.ask("Which falcon?", asking(endpoint))

    assert run is not None
    for answer in run.answers:
        while "word3" not in answer.generation.progress.text:
            answer.generation.wait(answer.generation.progress.version, timeout=10)
    assert endpoint.open == 4
    assert len(run.running) == 4
    endpoint.finish.set()
    assert reasons(finished(run)) == ["eos_token"] * 4


def test_a_column_that_fails_keeps_its_text_and_the_others_end(
    endpoint: SlowEndpoint,
) -> None:
    comparison = comparing(
        "healthy", "cut-frame", "http-403-AccessDeniedException", "turns"
    )

    run = finished(comparison.ask("Which falcon?", asking(endpoint)))

    said = "1 questions, the first was Which falcon?"
    assert texts(run) == ["Falcon", "Falcon", "", said]
    assert reasons(run) == ["eos_token", "interrupted", "interrupted", "eos_token"]
    errors = [answer.generation.progress.error for answer in run.answers]
    assert isinstance(errors[1], IncompleteGenerationError)
    assert isinstance(errors[2], PermissionDeniedError)
    assert errors[0] is errors[3] is None


def test_stop_ends_every_answer_and_its_request(endpoint: SlowEndpoint) -> None:
    comparison = comparing("slow", "slow")
    run = comparison.ask("Which falcon?", asking(endpoint))
    assert run is not None
    for answer in run.answers:
        while not answer.generation.progress.text:
            answer.generation.wait(answer.generation.progress.version, timeout=10)

    run.stop()

    assert reasons(run) == ["stopped", "stopped"]
    assert all(text.startswith("word0") for text in texts(run))
    assert endpoint.left.wait(5)


def test_one_column_stops_alone(endpoint: SlowEndpoint) -> None:
    comparison = comparing("slow", "slow")
    run = comparison.ask("Which falcon?", asking(endpoint))
    assert run is not None

    run.answers[0].generation.stop()

    assert run.running == run.answers[1:]
    endpoint.finish.set()
    assert reasons(finished(run)) == ["stopped", "eos_token"]


def test_a_second_question_carries_each_columns_own_conversation(
    endpoint: SlowEndpoint,
) -> None:
    comparison = comparing("healthy", "http-403-AccessDeniedException")
    finished(comparison.ask("Who are you?", asking(endpoint)))
    comparison.change("B", at("healthy"))

    finished(comparison.ask("And who am I?", asking(endpoint)))

    bodies = endpoint.bodies[-2:]
    assert sorted(b"Assistant: Falcon" in body for body in bodies) == [False, True]
    assert all(b"Who are you?" in body for body in bodies)
    assert not any(b"not authorized" in body for body in bodies)


def test_a_question_asked_again_takes_the_place_of_the_last(
    endpoint: SlowEndpoint,
) -> None:
    comparison = comparing("turns", "turns")
    finished(comparison.ask("Who are you?", asking(endpoint)))

    run = finished(comparison.ask("Who are you?", asking(endpoint), again=True))

    assert texts(run) == ["1 questions, the first was Who are you?"] * 2
    assert len(comparison.runs) == 2
    assert len(comparison.conversation("A").path()) == 2


def test_a_columns_conversation_is_temporary_and_says_what_made_it(
    endpoint: SlowEndpoint,
) -> None:
    comparison = comparing("turns", "turns")
    comparison.change(
        "B", lambda s: replace(s, parameters=GenerationParameters(temperature=0.2))
    )
    finished(comparison.ask("Who are you?", asking(endpoint)))

    conversation = comparison.conversation("B")

    assert conversation.is_temporary
    question, answer = conversation.path()
    assert (question.role, question.text) == ("user", "Who are you?")
    assert answer.record is not None
    assert answer.record.endpoint == "turns"
    assert answer.record.parameters == {"temperature": 0.2}
    assert answer.record.seconds is not None


def test_while_one_question_is_answered_no_other_is_asked(
    endpoint: SlowEndpoint,
) -> None:
    comparison = comparing("slow", "slow")
    run = comparison.ask("One", asking(endpoint))

    assert comparison.ask("Two", asking(endpoint)) is None

    assert comparison.runs == (run,)
    assert comparison.running is run


def test_a_comparison_ends_at_its_most_questions(endpoint: SlowEndpoint) -> None:
    comparison, opener = comparing("http-400", "http-400"), asking(endpoint)
    for _ in range(MOST_QUESTIONS):
        finished(comparison.ask("Again", opener, again=True))

    assert comparison.ask("Once more", opener) is None


def test_tokens_are_counted_where_the_endpoint_says_how_many(
    endpoint: SlowEndpoint,
) -> None:
    comparison = comparing("healthy", "cut-frame")

    run = finished(comparison.ask("Which falcon?", asking(endpoint)))

    assert [answer.is_counted for answer in run.answers] == [True, False]


def test_a_new_column_has_the_last_ones_settings() -> None:
    comparison = comparing("first", "second")

    comparison.add()

    endpoints = [column.settings.endpoint for column in comparison.columns]
    assert endpoints[2] == endpoints[1] != endpoints[0]


def test_there_are_two_to_four_columns_and_no_name_twice() -> None:
    comparison = Comparison(ColumnSettings())
    comparison.remove("A")
    for _ in range(MOST_COLUMNS):
        comparison.add()
    comparison.remove("B")
    comparison.add()

    assert [column.name for column in comparison.columns] == ["A", "C", "D", "E"]


def test_same_settings_everywhere_are_the_first_columns() -> None:
    comparison = comparing("first", "second", "third")

    comparison.level()

    first = at("first")(ColumnSettings())
    assert [column.settings for column in comparison.columns] == [first] * 3


def test_a_column_that_is_taken_out_stops_and_its_answer_stays(
    endpoint: SlowEndpoint,
) -> None:
    comparison = comparing("slow", "slow", "slow")
    run = comparison.ask("Which falcon?", asking(endpoint))
    assert run is not None

    comparison.remove("B")

    assert reasons(run) == [None, "stopped", None]
    assert [column.name for column in comparison.columns] == ["A", "C"]
