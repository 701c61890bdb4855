"""The pure parts of the page's benchmark: its tokens, its figures, its goals."""

from __future__ import annotations

import re

import pytest

from benchmarks.page.figures import Figures, percentile
from benchmarks.page.goals import verdicts
from benchmarks.page.pages import OURS, WRITE_STREAM
from benchmarks.page.peer_stream import LAST_WORDS, messages
from benchmarks.page.report import goals, table
from benchmarks.page.token_source import TOKEN, Question, chunks, token


def reached(figures: Figures) -> list[bool | None]:
    return [verdict.is_reached for verdict in verdicts(figures)]


def test_a_token_has_seven_characters_and_names_its_place() -> None:
    assert [token(0), token(49), token(7999)] == ["t0000, ", "t0049\n\n", "t7999\n\n"]
    assert TOKEN.findall(token(42).encode()) == [b"0042"]


def test_a_question_is_found_at_the_end_of_a_prompt() -> None:
    first = Question(name="w1", tokens=5, rate=0)
    second = Question(name="t2", tokens=200, rate=30)
    prompt = f"User: {first}\nFalcon: w0000, \nUser: {second}\nFalcon:"
    assert Question.newest(prompt) == second
    assert Question.newest("Hello") is None


def test_an_answer_holds_each_token_in_a_chunk_of_its_own() -> None:
    sent = list(chunks(Question(name="t1", tokens=60, rate=30)))
    assert len(sent) == 61
    assert [int(TOKEN.findall(chunk)[0]) for chunk in sent[:-1]] == list(range(60))


def test_warm_up_tokens_are_not_counted_as_measured_ones() -> None:
    sent = b"".join(chunks(Question(name="w1", tokens=60, rate=0)))
    assert not TOKEN.search(sent)
    assert b"w0059" in sent


@pytest.mark.parametrize("count", [20, 200])
def test_only_the_last_message_of_a_history_says_so(count: int) -> None:
    made = messages(count)
    assert len(made) == count
    assert [LAST_WORDS in each["content"] for each in made].index(True) == count - 1


def test_a_figure_is_the_median_of_what_was_found() -> None:
    figures = Figures()
    figures.add("burst", OURS, 0.3, 9.0, 0.4)
    assert figures.value("burst", OURS) == 0.4
    assert figures.value("burst", "Gradio") is None


def test_a_page_that_failed_once_has_no_figure() -> None:
    figures = Figures()
    figures.add("burst", "Gradio", 1.0)
    figures.fail(["burst"], "Gradio", "too slow")
    assert figures.row("burst") == {}


def test_a_percentile_lies_within_the_values() -> None:
    assert percentile([float(number) for number in range(101)], 95) == 95


def test_the_best_page_sets_the_goal_of_the_lag() -> None:
    figures = Figures()
    for page, lag in ((OURS, 8.0), (WRITE_STREAM, 5.0), ("Gradio", 3.9)):
        figures.add("p95_30", page, lag)
    assert reached(figures) == [False]
    figures.add("p95_30", "Chainlit", 4.1)
    figures.values["p95_30"][OURS] = [7.5]
    assert reached(figures) == [True]


def test_eighty_chats_have_no_goal() -> None:
    figures = Figures()
    figures.add("load_p99_80", OURS, 900.0)
    figures.add("load_p99_80", WRITE_STREAM, 2000.0)
    assert reached(figures) == [None]


def test_a_history_may_take_a_little_longer_when_it_is_longer() -> None:
    figures = Figures()
    figures.add("history_20", OURS, 1.0)
    figures.add("history_1000", OURS, 1.2)
    assert reached(figures) == [True]
    figures.values["history_1000"][OURS] = [1.4]
    assert reached(figures) == [False]


def test_the_table_says_why_a_cell_is_empty() -> None:
    figures = Figures()
    figures.add("burst", OURS, 0.31)
    figures.fail(["burst"], "Chainlit", "after 75 s it showed 3,000 of 5,000 tokens")
    text = "\n".join(table(figures, [OURS, "Chainlit"]))
    assert re.search(r"5,000 tokens .*0\.31 +\[1\]", text)
    assert "[1] Chainlit: after 75 s it showed" in text
    assert list(goals(figures)) == [
        "reached  5,000 tokens at once take 0.31 s, at most 0.5"
    ]
